//! A header in little room.

use crate::codecs::Format;
use crate::codecs::Header;
use crate::geometry::Orientation;
use crate::geometry::Size;
use crate::raster::Channels;

/// Marks a place without a header.
const NONE: u32 = u32::MAX;

const CHANNELS: [Channels; 4] = [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba];

/// Header of a [`SourceRecord`](crate::manifest::SourceRecord) in 12 bytes; by default none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackedHeader {
    size: [u32; 2],
    /// Holds, from the lowest bit on: four flags, which axes of colour are halved and whether that is known,
    /// whether there are two bytes a sample, channels, orientation, and the format by its place in the table.
    rest: u32,
}

impl Default for PackedHeader {
    fn default() -> Self {
        PackedHeader { size: [0; 2], rest: NONE }
    }
}

impl PackedHeader {
    /// Returns the same for a header; nothing if its format is not in the table.
    pub(super) fn of(header: &Header) -> Self {
        let at = |place: Option<usize>| place.and_then(|place| u32::try_from(place).ok());
        let format = at(Format::all().position(|format| format == header.format));
        let channels = at(CHANNELS.iter().position(|channels| *channels == header.channels));
        let Some((format, channels)) = format.zip(channels) else { return PackedHeader::default() };
        let (across, down) = header.halved.unwrap_or_default();
        let flags = [
            header.animated,
            header.several_scans,
            header.in_parts,
            header.is_described,
            header.halved.is_some(),
            across,
            down,
            header.sample_bytes == 2,
        ];
        let flags = flags.into_iter().rev().fold(0, |bits, flag| bits << 1 | u32::from(flag));
        let rest = format << 13 | (header.orientation.exif() - 1) << 10 | channels << 8 | flags;
        PackedHeader { size: [header.stored.width, header.stored.height], rest }
    }

    /// Returns the header, without what decoding keeps beside the picture.
    pub(super) fn header(self) -> Option<Header> {
        let PackedHeader { size: [width, height], rest } = self;
        if rest == NONE {
            return None;
        }
        let flag = |place: u32| rest >> place & 1 == 1;
        Some(Header {
            format: Format::all().nth((rest >> 13) as usize)?,
            stored: Size::new(width, height),
            orientation: Orientation::from_exif((rest >> 10 & 7) + 1),
            channels: CHANNELS[(rest >> 8 & 3) as usize],
            sample_bytes: if flag(7) { 2 } else { 1 },
            animated: flag(0),
            several_scans: flag(1),
            in_parts: flag(2),
            kept_bytes: 0,
            is_described: flag(3),
            halved: flag(4).then(|| (flag(5), flag(6))),
        })
    }
}
