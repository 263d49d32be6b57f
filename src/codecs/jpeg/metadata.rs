//! Writes metadata into a file, in segments of its own (EXIF: Exif 3.0, 4.7.2; XMP: part 3, 1.1.3; profiles:
//! ICC.1:2022, B.4).

use crate::codecs::Metadata;
use crate::codecs::exif;
use crate::codecs::jpeg::marker;
use crate::codecs::jpeg::profile;
use crate::error::Class;
use crate::error::Failure;

/// Says what begins a segment with an XMP packet.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Most bytes of a packet, by its standard.
const XMP_BYTES: usize = 65_502;

/// Most bytes of a segment, beside its marker and its length.
const SEGMENT_BYTES: usize = 65_533;

/// Puts metadata into a file that was just encoded.
///
/// # Errors
/// [`Class::Limit`] for what is longer than its segments can be.
pub(super) fn with(file: Vec<u8>, metadata: &Metadata) -> Result<Vec<u8>, Failure> {
    let Metadata { icc, exif, xmp } = metadata;
    let mut segments = Vec::new();
    if let Some(exif) = exif {
        check_length("EXIF", exif.len(), SEGMENT_BYTES - exif::PREFIX.len())?;
        segments.push(segment(marker::APP1, &[exif::PREFIX, exif]));
    }
    if let Some(packet) = xmp {
        check_length("the XMP packet", packet.len(), XMP_BYTES)?;
        segments.push(segment(marker::APP1, &[XMP, packet.as_bytes()]));
    }
    if let Some(icc) = icc {
        let part_bytes = SEGMENT_BYTES - profile::NAME.len() - 2;
        check_length("the colour profile", icc.len(), part_bytes * usize::from(u8::MAX))?;
        let count = icc.len().div_ceil(part_bytes) as u8;
        for (number, part) in (1..=count).zip(icc.chunks(part_bytes)) {
            segments.push(segment(marker::APP2, &[profile::NAME, &[number, count], part]));
        }
    }
    if segments.is_empty() {
        return Ok(file);
    }
    // JFIF's own segment has to be the first.
    let at = match file[2..] {
        [0xff, marker::APP0, high, low, ..] => 4 + usize::from(u16::from_be_bytes([high, low])),
        _ => 2,
    };
    let (head, rest) = file.split_at(at);
    Ok([head, &segments.concat(), rest].concat())
}

fn check_length(what: &str, bytes: usize, most: usize) -> Result<(), Failure> {
    if bytes <= most {
        return Ok(());
    }
    Err(Failure::new(Class::Limit, format!("{what} has {bytes} bytes, at most {most} in a JPEG")))
}

/// A whole segment with these parts, which have been checked.
fn segment(marker: u8, parts: &[&[u8]]) -> Vec<u8> {
    let data = parts.concat();
    // The length counts itself.
    let length = u16::try_from(2 + data.len()).expect("a segment is short enough");
    [&[0xff, marker], &length.to_be_bytes()[..], &data].concat()
}
