//! Holds a decoded picture.

use crate::codecs::Inks;
use crate::codecs::StoredPixels;
use crate::codecs::jpeg::color::Model;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;

/// The samples of a decoded picture.
pub(in crate::codecs::jpeg) struct Whole {
    /// Meaning of the components; [`Model::Gray`], [`Model::Rgb`] or [`Model::Cmyk`].
    pub(in crate::codecs::jpeg) model: Model,
    pub(in crate::codecs::jpeg) size: Size,
    /// Row by row, 1, 3 or 4 a pixel. Of inks 255 is full ink.
    pub(in crate::codecs::jpeg) samples: Vec<u8>,
}

impl From<Whole> for StoredPixels {
    fn from(whole: Whole) -> Self {
        match whole.model {
            Model::Gray => Pixels::from_samples(whole.size, Channels::Gray, whole.samples).into(),
            Model::Cmyk => Inks::from_samples(whole.size, whole.samples).into(),
            _ => Pixels::from_samples(whole.size, Channels::Rgb, whole.samples).into(),
        }
    }
}
