//! WebP: read by image-webp through the image crate, written by libwebp.
//!
//! The container is walked here, and the decoder sees the frame that is shown and nothing else: it
//! takes what it finds for whole and allocates what a size says. A file must have all the bytes
//! that its RIFF header promises.

mod chunks;
mod container;
mod decode;
mod encode;
mod flag;
mod format;
mod frame;
mod metadata;

use crate::codecs::Codec;
use crate::codecs::Format;

/// Says what reads and writes WebP.
pub(super) static CODEC: Codec =
    Codec { format: Format::WEBP, decoder: &decode::Webp, encoder: Some(&encode::ENCODER) };
