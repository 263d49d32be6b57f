//! JPEG: most files are read by a decoder that does only what is asked for, all others by one that
//! reads every kind; written by libjpeg-turbo-rs.

mod adobe_rgb;
mod baseline;
mod bits;
mod codes;
mod color;
mod decode;
mod encode;
mod format;
mod frame;
mod general;
mod header;
mod inverse;
mod marker;
mod metadata;
mod profile;
mod segments;
mod strip;
mod tables;
mod transform;

use crate::codecs::Codec;
use crate::codecs::Format;

/// Says what reads and writes JPEG.
pub(super) static CODEC: Codec =
    Codec { format: Format::JPEG, decoder: &decode::Jpeg, encoder: Some(&encode::ENCODER) };
