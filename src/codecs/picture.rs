//! Pictures, as decoding returns them and as a file stores them.

use crate::codecs::Inks;
use crate::geometry::Window;
use crate::raster::Planes;
use crate::raster::Raster;
use crate::raster::View;

/// An upright picture in sRGB, and what the user should know about how it came to be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decoded {
    /// The picture.
    pub raster: Raster,
    /// Lowercase lines: an animation of which only the first frame is used, a profile that had
    /// to be assumed.
    pub warnings: Vec<String>,
}

/// Holds what [`Decoded`] does of the part that was wanted, at the size that was wanted, or more.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewed {
    /// Pixels that were decoded.
    pub view: View,
    /// As in [`Decoded::warnings`].
    pub warnings: Vec<String>,
}

/// A picture as its file stores it: not turned, in the file's own colours.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The picture.
    pub pixels: StoredPixels,
    /// The part of the file's picture that it shows, in stored pixels; [`View::shown`].
    pub shown: Window,
    /// The ICC profile that describes it, embedded or made of what the file says of its colours;
    /// none means sRGB, or inks that nothing is known of.
    pub icc: Option<Vec<u8>>,
    /// As in [`Decoded::warnings`].
    pub warnings: Vec<String>,
}

/// The pixels of a picture as its file stores it.
#[derive(Debug, Clone, PartialEq)]
pub enum StoredPixels {
    /// Grey or RGB.
    Raster(Raster),
    /// Printing inks.
    Inks(Inks),
    /// Colour beside brightness, of sRGB; only where [`DecodeRequest::planes`](crate::codecs::DecodeRequest::planes) allows it.
    Planes(Box<Planes>),
}

impl<P: Into<Raster>> From<P> for StoredPixels {
    fn from(picture: P) -> Self {
        StoredPixels::Raster(picture.into())
    }
}

impl From<Planes> for StoredPixels {
    fn from(planes: Planes) -> Self {
        StoredPixels::Planes(Box::new(planes))
    }
}

impl From<Inks> for StoredPixels {
    fn from(inks: Inks) -> Self {
        StoredPixels::Inks(inks)
    }
}
