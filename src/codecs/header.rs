//! Headers of files.

use std::io::BufRead;
use std::io::Seek;

use crate::codecs::Format;
use crate::geometry::Orientation;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Channels;
use crate::raster::ViewShape;

/// Header of a file, read before any pixel is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// The format, from the bytes.
    pub format: Format,
    /// Size as stored, before the orientation.
    pub stored: Size,
    /// Turn that makes the stored picture stand upright.
    pub orientation: Orientation,
    /// Samples per pixel that [`decode`](crate::codecs::decode) will return.
    pub channels: Channels,
    /// Bytes per sample that [`decode`](crate::codecs::decode) will return: 1 or 2.
    pub sample_bytes: u8,
    /// Tells whether there is more than one frame.
    pub animated: bool,
    /// Tells whether decoding keeps more than the picture until its end: JPEG in several scans,
    /// which needs all coefficients at once.
    pub several_scans: bool,
    /// Tells whether less than the whole picture can be decoded, by a region or at a smaller scale, as far
    /// as the header shows.
    pub in_parts: bool,
    /// Bytes that decoding the whole picture keeps beside it until its end: the coefficients of JPEG
    /// in several scans, the fourth ink of CMYK, a profile of PNG, planes and channels of WebP.
    pub kept_bytes: u64,
    /// Tells whether the file describes its colours, by a profile or otherwise, so that they may be
    /// converted.
    pub is_described: bool,
    /// On which axes colour has half of the resolution, across and down, where it can be had beside
    /// brightness ([`DecodeRequest::planes`](crate::codecs::DecodeRequest::planes)).
    pub halved: Option<(bool, bool)>,
}

impl Header {
    /// Size of the upright picture.
    #[must_use]
    pub fn oriented(&self) -> Size {
        self.orientation.apply_to(self.stored)
    }

    /// The whole stored picture.
    #[must_use]
    pub fn whole(&self) -> Window {
        Window::of(Rect::of(self.stored))
    }

    /// Says what decoding the whole picture returns, as stored.
    #[must_use]
    pub fn view(&self) -> ViewShape {
        let &Header { stored, channels, sample_bytes, .. } = self;
        ViewShape { size: stored, scale: 1.0, channels, sample_bytes, planes: None, spare: 0 }
    }

    /// Bytes of the decoded picture; the largest number where a hostile header claims more.
    #[must_use]
    pub fn decoded_bytes(&self) -> u64 {
        self.view().bytes()
    }
}

/// A reader of a file's header.
pub trait HeaderReader: BufRead + Seek {}
impl<R: BufRead + Seek> HeaderReader for R {}
