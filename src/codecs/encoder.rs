//! Says what every format's encoder is and does.

use std::fmt::Debug;
use std::sync::Arc;

use crate::codecs::Detail;
use crate::codecs::Metadata;
use crate::error::Failure;
use crate::geometry::Size;
use crate::options::Field;
use crate::options::Values;
use crate::raster::Channels;
use crate::raster::Raster;

/// Describes what writes the files of one format.
#[derive(Debug)]
pub struct EncoderDef {
    /// Its options, all of which can make a difference to its files. A field of several encoders is the same
    /// in all of them; see `encoder_fields`.
    pub fields: &'static [Field],
    /// Most pixels on one side that a file of the format can have.
    pub max_side: u32,
    /// Tells whether the format stores alpha.
    pub has_alpha: bool,
    /// Most bytes of a sample that the format stores: 1 or 2. Who has more reduces it.
    pub sample_bytes: usize,
    /// Raised whenever the file that is written for the same pixels changes.
    pub revision: u32,
    /// Makes the encoder of checked values, which have all of its fields and perhaps others.
    pub build: fn(&Values) -> Arc<dyn Encoder>,
}

/// Writes the files of one format, by its options.
pub trait Encoder: Debug + Send + Sync {
    /// Returns the most bytes that `Encoder::encode` holds at its peak beside the pixels, the returned file
    /// included and metadata not, for a picture with as much detail and samples of 1 or 2 bytes.
    fn memory(&self, size: Size, channels: Channels, sample_bytes: usize, detail: Detail) -> u64;

    /// Names those of its options that make no difference to its files beside the values of the others.
    fn idle(&self) -> &'static [&'static str] {
        &[]
    }

    /// Encodes a picture of which the format can store the size, the alpha and the depth, and all of its
    /// metadata.
    ///
    /// # Errors
    /// [`Class::Limit`](crate::error::Class::Limit) if the metadata, or the file with it, is longer than the
    /// format allows.
    fn encode(&self, picture: &Raster, metadata: &Metadata) -> Result<Vec<u8>, Failure>;
}
