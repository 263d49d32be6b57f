//! Unpacks bodies that were packed though that was not asked for.

use std::io::ErrorKind;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use flate2::read::ZlibDecoder;

/// Reason for which a body is not unpacked as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packed {
    /// It holds more bytes than are read.
    TooLarge,
    /// It ends early.
    Cut,
}

/// Returns the unpacked body, at most `most` bytes of it, and the reason why that is not all of it. Gzip is known by
/// its first bytes, as no picture and no text begins with them; deflate by the header. A body that is not packed, or in
/// another way, stays as it is.
pub(super) fn unpacked(body: Vec<u8>, encoding: Option<&str>, most: u64) -> (Vec<u8>, Option<Packed>) {
    let is_deflated = encoding.is_some_and(|encoding| encoding.trim().eq_ignore_ascii_case("deflate"));
    let found = if body.starts_with(&[0x1f, 0x8b]) {
        read(MultiGzDecoder::new(body.as_slice()), most)
    } else if is_deflated {
        read(ZlibDecoder::new(body.as_slice()), most)
    } else {
        None
    };
    found.unwrap_or((body, None))
}

/// Returns the unpacked bytes, and the reason why they are not all; `None` if it is not packed in this way.
fn read(packed: impl Read, most: u64) -> Option<(Vec<u8>, Option<Packed>)> {
    let mut bytes = Vec::new();
    match packed.take(most.saturating_add(1)).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > most => {
            bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            Some((bytes, Some(Packed::TooLarge)))
        }
        Ok(_) => Some((bytes, None)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Some((bytes, Some(Packed::Cut))),
        Err(_) => None,
    }
}
