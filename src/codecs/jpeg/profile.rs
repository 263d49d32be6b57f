//! The colour profile of a file, which may be spread over several segments.

use std::io::Cursor;

use crate::codecs::jpeg::markers::marker;
use crate::codecs::jpeg::markers::segment;
use crate::codecs::read;

/// What begins a segment with a part of a profile (ICC.1:2022, B.4).
const NAME: &[u8] = b"ICC_PROFILE\0";

/// The embedded ICC profile, if there is one and it is whole.
pub(super) fn embedded(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Cursor::new(bytes);
    read::array::<2>(&mut reader).ok()?;
    let mut parts = Vec::new();
    let mut count = 0;
    loop {
        let (code, length) = segment(&mut reader).ok()?;
        match code {
            marker::SOS | marker::EOI => break,
            marker::APP2 => {
                let data = read::block(&mut reader, length.into()).ok()?;
                if let Some([number, of, part @ ..]) = data.strip_prefix(NAME) {
                    parts.push((*number, part.to_vec()));
                    count = *of;
                }
            }
            _ => read::skip(&mut reader, length.into()).ok()?,
        }
    }
    parts.sort_by_key(|(number, _)| *number);
    let is_whole = parts.iter().map(|(number, _)| *number).eq(1..=count) && count > 0;
    is_whole.then(|| parts.into_iter().flat_map(|(_, part)| part).collect())
}
