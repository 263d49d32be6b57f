//! Stamp, digest and header of a source when its tasks were worked on, as a record holds them.

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;

use crate::codecs::Format;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::geometry::Orientation;
use crate::geometry::Size;
use crate::manifest::RecordedPath;
use crate::manifest::task_stamp::Seen;
use crate::raster::Channels;
use crate::storage::KnownStamp;
use crate::storage::Mark;
use crate::storage::Mtime;

/// Stamp, digest and header of a source: written before the first finished or failed task of it, and again where one of
/// them differs. Records of its tasks after that are of the source as described here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord<'a> {
    /// The source, relative to the input folder.
    #[serde(borrow)]
    pub path: RecordedPath<'a>,
    /// Its size in bytes.
    pub size: u64,
    /// Time at which it was modified.
    pub mtime: Mtime,
    /// Time of its inode's last change, where it is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctime: Option<Mtime>,
    /// The number of its inode, where the file system keeps one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<u64>,
    /// The digest of the name that an object store gives to its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<Digest>,
    /// The digest of its bytes, if they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Digest>,
    /// Its header, if that could be read.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub header: Option<RecordedHeader<'a>>,
}

/// Holds the parts of a [`Header`] from which layouts, and the options that act on an output, may follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedHeader<'a> {
    /// Names the format.
    #[serde(borrow)]
    pub format: Cow<'a, str>,
    /// Pixels across, as stored.
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// Turn that makes the stored picture stand upright; missing where there is none.
    #[serde(default, skip_serializing_if = "is_upright")]
    pub orientation: Orientation,
    /// Samples per pixel, 1 to 4.
    pub channels: u8,
    /// Bits per sample: 8 or 16; missing where there are 8.
    #[serde(default = "one_byte", skip_serializing_if = "is_one_byte")]
    pub depth: u8,
    /// Tells whether there is more than one frame.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub animated: bool,
    /// Tells whether it is stored in several scans.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub several_scans: bool,
    /// Tells whether a part of it can be decoded by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_parts: bool,
    /// Tells whether the file describes its colours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub described: bool,
    /// On which axes colour has half of the resolution, across and down, where it can be had by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halved: Option<[bool; 2]>,
}

impl SourceRecord<'_> {
    pub(super) fn seen(&self) -> Seen {
        let mark = Mark::of(self.ctime, self.inode, self.etag);
        Seen { stamp: KnownStamp { size: self.size, mtime: self.mtime, mark }, hash: self.hash }
    }
}

impl From<&Header> for RecordedHeader<'static> {
    fn from(header: &Header) -> Self {
        let Size { width, height } = header.stored;
        RecordedHeader {
            format: header.format.name().into(),
            width,
            height,
            orientation: header.orientation,
            channels: u8::try_from(header.channels.count()).unwrap_or(u8::MAX),
            depth: header.sample_bytes * 8,
            animated: header.animated,
            several_scans: header.several_scans,
            in_parts: header.in_parts,
            described: header.is_described,
            halved: header.halved.map(|(across, down)| [across, down]),
        }
    }
}

impl RecordedHeader<'_> {
    /// Returns the header, but for what decoding keeps beside the picture: nothing is decoded by a record. None
    /// if it is of a format, or has pixels, that this program does not know.
    #[must_use]
    pub fn header(&self) -> Option<Header> {
        let channels = [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba];
        Some(Header {
            format: Format::named(&self.format)?,
            stored: Size::new(self.width, self.height),
            orientation: self.orientation,
            channels: channels.into_iter().find(|known| known.count() == usize::from(self.channels))?,
            sample_bytes: [8, 16].contains(&self.depth).then_some(self.depth / 8)?,
            animated: self.animated,
            several_scans: self.several_scans,
            in_parts: self.in_parts,
            kept_bytes: 0,
            is_described: self.described,
            halved: self.halved.map(|[across, down]| (across, down)),
        })
    }
}

fn is_upright(orientation: &Orientation) -> bool {
    *orientation == Orientation::default()
}

fn one_byte() -> u8 {
    8
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one_byte(depth: &u8) -> bool {
    *depth == one_byte()
}
