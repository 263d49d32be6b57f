//! The markers of a file and the segments behind them (ITU-T T.81, annex B).

use std::io::Cursor;

use crate::codecs::HeaderReader;
use crate::codecs::read;
use crate::error::Failure;
use crate::geometry::Size;

/// Marker codes of ITU-T T.81, table B.1, and of Exif.
pub(super) mod marker {
    pub(in crate::codecs::jpeg) const TEM: u8 = 0x01;
    pub(in crate::codecs::jpeg) const SOF0: u8 = 0xc0;
    pub(in crate::codecs::jpeg) const SOF1: u8 = 0xc1;
    pub(in crate::codecs::jpeg) const DHT: u8 = 0xc4;
    pub(in crate::codecs::jpeg) const JPG: u8 = 0xc8;
    pub(in crate::codecs::jpeg) const DAC: u8 = 0xcc;
    pub(in crate::codecs::jpeg) const RST0: u8 = 0xd0;
    pub(in crate::codecs::jpeg) const RST7: u8 = 0xd7;
    pub(in crate::codecs::jpeg) const SOI: u8 = 0xd8;
    pub(in crate::codecs::jpeg) const EOI: u8 = 0xd9;
    pub(in crate::codecs::jpeg) const SOS: u8 = 0xda;
    pub(in crate::codecs::jpeg) const DQT: u8 = 0xdb;
    pub(in crate::codecs::jpeg) const DRI: u8 = 0xdd;
    pub(in crate::codecs::jpeg) const APP0: u8 = 0xe0;
    pub(in crate::codecs::jpeg) const APP1: u8 = 0xe1;
    pub(in crate::codecs::jpeg) const APP2: u8 = 0xe2;
    pub(in crate::codecs::jpeg) const APP14: u8 = 0xee;
    pub(in crate::codecs::jpeg) const COM: u8 = 0xfe;
}

/// The next marker's code, and how many bytes its segment has after the length.
pub(super) fn segment(reader: &mut dyn HeaderReader) -> Result<(u8, u16), Failure> {
    let [lead, mut code] = read::array(reader)?;
    if lead != 0xff {
        return Err(read::corrupt("there is no marker where one must be"));
    }
    // Any number of fill bytes may stand before a marker.
    while code == 0xff {
        [code] = read::array(reader)?;
    }
    if matches!(code, marker::TEM | marker::RST0..=marker::SOI | marker::EOI) {
        return Ok((code, 0));
    }
    let length = u16::from_be_bytes(read::array(reader)?);
    match length.checked_sub(2) {
        Some(length) => Ok((code, length)),
        None => Err(read::corrupt("a segment is shorter than its own length")),
    }
}

/// Size, number of components and whether the frame is progressive.
pub(super) fn frame_header(code: u8, data: &[u8]) -> Result<(Size, u8, bool), Failure> {
    if code > 0xc2 {
        let kind = if code >= 0xc9 { "arithmetic coding" } else { "lossless or hierarchical coding" };
        return Err(read::unsupported(format_args!("a JPEG with {kind}")));
    }
    let &[precision, h1, h0, w1, w0, components, ref factors @ ..] = data else {
        return Err(read::corrupt("its frame header is too short"));
    };
    if precision != 8 {
        return Err(read::unsupported(format_args!("a JPEG with {precision} bits a sample")));
    }
    let size = Size::new(u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into());
    match (size.width, size.height, components) {
        (0, _, _) => Err(read::corrupt("the picture has no width")),
        (_, 0, _) => Err(read::unsupported("a JPEG that tells its height after the picture")),
        (_, _, 3 | 4) if finer_chroma(factors) => Err(read::unsupported("a JPEG whose chroma is finer than its luma")),
        (_, _, 1 | 3 | 4) => Ok((size, components, code == 0xc2)),
        _ => Err(read::unsupported(format_args!("a JPEG with {components} components"))),
    }
}

/// Whether a component is sampled finer than the first in one of the ways that the decoder gets
/// wrong without a word; the others, such as 1x1 beside 1x2, it reads.
fn finer_chroma(components: &[u8]) -> bool {
    let factors = |component: &[u8]| (component[1] >> 4, component[1] & 15);
    let mut all = components.chunks_exact(3).map(factors);
    let Some((width, height)) = all.next() else { return false };
    let narrowest = all.clone().map(|(w, _)| w).min().unwrap_or(width);
    all.any(|(w, h)| w > width || (h > height && (height > 1 || width > 2 * narrowest)))
}

/// Whether only the end of the image follows at this place, and segments of tables and metadata.
pub(super) fn ends_at(bytes: &[u8], at: usize) -> bool {
    let mut reader = Cursor::new(bytes);
    reader.set_position(at as u64);
    loop {
        match segment(&mut reader) {
            Ok((marker::EOI, _)) => return true,
            Ok((marker::DHT | marker::DQT | marker::DRI | marker::APP0..=marker::COM, length))
                if read::skip(&mut reader, length.into()).is_ok() => {}
            _ => return false,
        }
    }
}

/// Walks over all segments and scans to the end of the image. What follows it is of no concern;
/// a thumbnail's own end lies inside a segment and is not seen.
pub(super) fn require_end(bytes: &[u8]) -> Result<(), Failure> {
    let mut reader = Cursor::new(bytes);
    read::array::<2>(&mut reader)?;
    loop {
        let (code, length) = segment(&mut reader)?;
        if code == marker::EOI {
            return Ok(());
        }
        read::skip(&mut reader, length.into())?;
        if code == marker::SOS {
            let start = usize::try_from(reader.position()).unwrap_or(usize::MAX);
            let scan = bytes.get(start..).ok_or_else(read::truncated)?;
            let end = scan_length(scan).ok_or_else(read::truncated)?;
            reader.set_position((start + end) as u64);
        }
    }
}

/// How far the entropy-coded bytes reach: up to the next marker that is no restart.
fn scan_length(scan: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += scan.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        match scan.get(at + 1)? {
            // A stuffed zero or a restart, both part of the scan.
            0 | marker::RST0..=marker::RST7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}
