//! Writes metadata into a file, in chunks around its picture (RFC 9649, 2.7).

use std::io::Cursor;

use crate::codecs::Metadata;
use crate::codecs::webp::chunks::piece;
use crate::codecs::webp::container::Container;
use crate::codecs::webp::flag;
use crate::error::Class;
use crate::error::Failure;

/// Says what begins a file that has more chunks than its picture.
const EXTENDED: &[u8] = b"VP8X\x0a\0\0\0";

/// Puts metadata into a file that was just encoded.
///
/// # Errors
/// [`Class::Limit`] if the file is longer then than a file can be.
pub(super) fn with(file: Vec<u8>, metadata: &Metadata) -> Result<Vec<u8>, Failure> {
    let Metadata { icc, exif, xmp } = metadata;
    if *metadata == Metadata::default() {
        return Ok(file);
    }
    // Behind RIFF, the length and WEBP.
    let (mut header, picture) = match file[12..].strip_prefix(EXTENDED).and_then(<[u8]>::split_first_chunk::<10>) {
        Some((header, picture)) => (*header, picture),
        None => (header_of(&Container::of(&mut Cursor::new(&file))?), &file[12..]),
    };
    let mut chunk = |flag: u8, kind: &[u8; 4], data: Option<&[u8]>| match data {
        Some(data) => {
            header[0] |= flag;
            piece(kind, data)
        }
        None => Vec::new(),
    };
    let icc = chunk(flag::ICC, b"ICCP", icc.as_deref());
    let exif = chunk(flag::EXIF, b"EXIF", exif.as_deref());
    let xmp = chunk(flag::XMP, b"XMP ", xmp.as_deref().map(str::as_bytes));
    let body = [b"WEBP", &piece(b"VP8X", &header)[..], &icc, picture, &exif, &xmp].concat();
    let too_long = |_| Failure::new(Class::Limit, "the file is longer than WebP allows");
    let length = u32::try_from(body.len()).map_err(too_long)?;
    Ok([b"RIFF", &length.to_le_bytes()[..], &body].concat())
}

/// The header that only files of several chunks have, for one of a single chunk.
fn header_of(container: &Container) -> [u8; 10] {
    let side = |side: u32| (side - 1).to_le_bytes();
    let ([w0, w1, w2, _], [h0, h1, h2, _]) = (side(container.size.width), side(container.size.height));
    let flags = if container.has_alpha { flag::ALPHA } else { 0 };
    [flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]
}
