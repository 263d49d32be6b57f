//! PNG, read and written by the png crate.
//!
//! The chunks are walked here, and the decoder sees those alone that make the pixels of the still
//! picture: faults of all others, such as later frames, cost nothing.

mod chunks;
mod color;
mod color_type;
mod decode;
mod encode;
mod format;
mod metadata;
mod packed;
mod pixels;
mod raw_profile;
mod survey;
mod transparency;

use crate::codecs::Codec;
use crate::codecs::Format;

/// Says what reads and writes PNG.
pub(super) static CODEC: Codec = Codec { format: Format::PNG, decoder: &decode::Png, encoder: Some(&encode::ENCODER) };
