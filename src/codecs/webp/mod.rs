//! WebP: read by image-webp through the image crate, written by libwebp.
//!
//! The container is walked here, and the decoder sees the frame that is shown and nothing else: it
//! takes what it finds for whole and allocates what a size says. A file must have all the bytes
//! that its RIFF header promises.

mod chunks;
mod codec;
mod container;
mod flag;
mod frame;

pub(super) use codec::Webp;
