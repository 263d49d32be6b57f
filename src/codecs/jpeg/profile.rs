//! The colour profile of a file, which may be spread over several segments.

use std::collections::BTreeMap;
use std::io::Cursor;

use crate::codecs::jpeg::marker;
use crate::codecs::jpeg::segments::segment;

/// Bytes that begin a segment with a part of a profile (ICC.1:2022, B.4).
pub(super) const NAME: &[u8] = b"ICC_PROFILE\0";

/// Parts of a profile that do not make a whole one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Incomplete;

/// The embedded ICC profile, if there is one. Its parts may come in any order, and again.
///
/// # Errors
/// If a part is missing, or there are two of the same number that differ.
pub(super) fn embedded(bytes: &[u8]) -> Result<Option<Vec<u8>>, Incomplete> {
    let mut parts: BTreeMap<u8, &[u8]> = BTreeMap::new();
    let mut most = 0;
    for segment in segments_before_scan(bytes) {
        if let Some((number, count, part)) = part_of(segment) {
            most = most.max(count);
            if *parts.entry(number).or_insert(part) != part {
                return Err(Incomplete);
            }
        }
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let profile: Vec<u8> = parts.values().flat_map(|part| part.iter()).copied().collect();
    // Some writers count wrong, but the profile begins with its own length (ICC.1:2022, 7.2.2).
    let has_length = profile.first_chunk().is_some_and(|length| u32::from_be_bytes(*length) as usize == profile.len());
    let is_counted = parts.keys().copied().eq(1..=most);
    if has_length || is_counted { Ok(Some(profile)) } else { Err(Incomplete) }
}

/// Tells whether an APP2 segment holds a part of a profile.
pub(super) fn is_part(segment: &[u8]) -> bool {
    part_of(segment).is_some()
}

/// The number of a part, how many there are, and the part itself.
fn part_of(segment: &[u8]) -> Option<(u8, u8, &[u8])> {
    match segment.strip_prefix(NAME)? {
        &[number, count, ref part @ ..] => Some((number, count, part)),
        _ => None,
    }
}

/// Returns what the APP2 segments before the first scan hold.
fn segments_before_scan(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut reader = Cursor::new(bytes);
    reader.set_position(2);
    std::iter::from_fn(move || {
        loop {
            let (code, length) = segment(&mut reader).ok()?;
            let start = reader.position() as usize;
            let data = bytes.get(start..start + usize::from(length))?;
            reader.set_position((start + data.len()) as u64);
            match code {
                marker::SOS | marker::EOI => return None,
                marker::APP2 => return Some(data),
                _ => {}
            }
        }
    })
}
