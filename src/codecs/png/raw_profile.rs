//! EXIF in a text chunk, as ImageMagick and ExifTool put it there before PNG had a chunk for it.

use data_encoding::HEXLOWER_PERMISSIVE;

use crate::codecs::exif;
use crate::codecs::exif::Exif;
use crate::codecs::png::chunks::Chunk;
use crate::codecs::png::chunks::Walker;
use crate::codecs::png::packed::unpacked;
use crate::error::Failure;

/// The keywords of such chunks. Under the second stands whatever JPEG has in APP1: EXIF or XMP.
const KEYWORDS: [&[u8]; 2] = [b"Raw profile type exif\0", b"Raw profile type APP1\0"];

/// The length of each of them.
const KEYWORD_BYTES: u64 = 22;

/// Returns what EXIF says in this chunk, if it is such a text. Of all of them together no more is looked at
/// than the [`Allowance`](crate::codecs::read::Allowance) has left, which is more than EXIF needs.
pub(super) fn exif(walker: &mut Walker<'_>, chunk: Chunk) -> Result<Option<Exif>, Failure> {
    let most = walker.allowance.text_left();
    if most == 0 || !matches!(&chunk.kind, b"tEXt" | b"zTXt" | b"iTXt") {
        return Ok(None);
    }
    let head = walker.head(chunk, KEYWORD_BYTES)?;
    if !KEYWORDS.contains(&&head[..]) {
        return Ok(None);
    }
    let data = walker.rest(chunk, head, most)?;
    let text = data.and_then(|data| text(chunk, &data[KEYWORD_BYTES as usize..], most));
    walker.allowance.spend_text(text.as_ref().map_or(0, |text| text.len() as u64));
    let block = text.and_then(|text| block(&text));
    Ok(block.map(|block| exif::read(&block)))
}

/// The text behind a chunk's keyword (PNG, third edition, 11.3.3), unpacked up to `most` bytes.
fn text(chunk: Chunk, data: &[u8], most: u64) -> Option<Vec<u8>> {
    match &chunk.kind {
        b"tEXt" => Some(data.to_vec()),
        b"zTXt" => Some(unpacked(data.strip_prefix(&[0])?, most)),
        _ => {
            let (&[is_packed, method], rest) = data.split_first_chunk()?;
            // A language and a translated keyword.
            let mut parts = rest.splitn(3, |&byte| byte == 0).skip(2);
            let text = parts.next()?;
            match (is_packed, method) {
                (0, _) => Some(text.to_vec()),
                (1, 0) => Some(unpacked(text, most)),
                _ => None,
            }
        }
    }
}

/// The bytes that the text spells: a line with a name, one with their number, and hexadecimal
/// digits in lines.
fn block(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text.split(|&byte| byte == b'\n').skip_while(|line| line.trim_ascii().is_empty());
    let (_name, _length) = (lines.next()?, lines.next()?);
    let mut digits = lines.flatten().copied().filter(u8::is_ascii_hexdigit);
    let head: Vec<u8> = digits.by_ref().take(2 * exif::PREFIX.len()).collect();
    let head = bytes(head)?;
    // XMP under the keyword of both, which may be long.
    let is_exif = head.starts_with(exif::PREFIX) || head.starts_with(b"II") || head.starts_with(b"MM");
    if !is_exif {
        return None;
    }
    Some([head, bytes(digits.collect())?].concat())
}

/// Returns the bytes that these digits spell, of either case; a last one alone spells none.
fn bytes(mut digits: Vec<u8>) -> Option<Vec<u8>> {
    digits.truncate(digits.len() & !1);
    HEXLOWER_PERMISSIVE.decode(&digits).ok()
}
