//! Reads what a file says of its picture before the first scan.

use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::exif;
use crate::codecs::exif::Exif;
use crate::codecs::jpeg::baseline;
use crate::codecs::jpeg::color::ColorMarkers;
use crate::codecs::jpeg::frame::Frame;
use crate::codecs::jpeg::marker;
use crate::codecs::jpeg::profile;
use crate::codecs::jpeg::segments::segment_within;
use crate::codecs::read;
use crate::codecs::read::Allowance;
use crate::error::Failure;
use crate::raster::Channels;

/// Reads as much as is needed to know the header.
pub(super) fn read(reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
    read::array::<2>(reader)?;
    let mut frame = None;
    let mut seen = Seen::default();
    let mut allowance = Allowance::before_pixels("segments");
    loop {
        let (code, length) = segment_within(reader, &mut allowance)?;
        match code {
            marker::EOI => return Err(read::corrupt("it ends before its picture begins")),
            marker::SOS => {
                let frame = frame.ok_or_else(|| read::corrupt("its picture has no frame header"))?;
                let [in_scan] = read::array(reader)?;
                return Ok(described(&frame, in_scan, &seen));
            }
            marker::DHT | marker::JPG | marker::DAC => read::skip(reader, length.into())?,
            0xc0..=0xcf if frame.is_some() => return Err(read::corrupt("it has two frame headers")),
            0xc0..=0xcf => frame = Some(Frame::read(code, &read::block(reader, length.into())?)?),
            marker::APP1 if seen.exif.is_none() => {
                let data = read::block(reader, length.into())?;
                seen.exif = data.starts_with(exif::PREFIX).then(|| exif::read(&data));
            }
            marker::APP0 | marker::APP14 => seen.color.read(code, &read::block(reader, length.into())?),
            marker::APP2 if !seen.has_profile => {
                seen.has_profile = profile::is_part(&read::block(reader, length.into())?);
            }
            _ => read::skip(reader, length.into())?,
        }
    }
}

/// Colours and orientation, as the segments before the picture say them.
#[derive(Default)]
struct Seen {
    exif: Option<Exif>,
    has_profile: bool,
    color: ColorMarkers,
}

/// Returns what is known of a picture once its first scan begins, which has so many components.
fn described(frame: &Frame, in_scan: u8, seen: &Seen) -> Header {
    let (count, exif) = (frame.components.len(), seen.exif.unwrap_or_default());
    let several_scans = frame.is_progressive || usize::from(in_scan) != count;
    let (across, down) = frame.units();
    let is_described = seen.has_profile || exif.is_adobe_rgb;
    let in_parts = !several_scans && baseline::reads(frame, &seen.color);
    let coefficients = if several_scans { (across * down) as u64 * frame.unit_bytes() } else { 0 };
    let halved = match &frame.components[..] {
        // A profile describes RGB.
        [luma, _, _] if in_parts && !is_described => Some((luma.factors.0 > 1, luma.factors.1 > 1)),
        _ => None,
    };
    Header {
        format: Format::JPEG,
        stored: frame.size,
        orientation: exif.orientation,
        channels: if count == 1 { Channels::Gray } else { Channels::Rgb },
        sample_bytes: 1,
        animated: false,
        several_scans,
        in_parts,
        kept_bytes: coefficients + if count == 4 { frame.size.area() } else { 0 },
        is_described: is_described || count == 4,
        halved,
    }
}
