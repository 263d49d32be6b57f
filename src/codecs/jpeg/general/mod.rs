//! The decoder of every kind of JPEG that is read: any number of scans, sequential or progressive,
//! of gray, RGB, YCbCr and inks, with any sampling factors; the whole picture at full size.
//!
//! Other decoders are lenient with files that are damaged and fill what is missing with grey or
//! colours, which would reach a shop as a damaged product. Here a picture is whole or none:
//! every interval of every scan has to hold its blocks.

mod blocks;
mod decode;
mod entropy;
mod memory;
mod picture;
mod plane;
mod selection;
mod whole;

pub(super) use decode::decode;
pub(super) use memory::working_bytes;
