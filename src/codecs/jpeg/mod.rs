//! JPEG: most files are read by a decoder that does only what is asked for, all others by one that
//! reads every kind; written by libjpeg-turbo-rs.

mod adobe_rgb;
mod baseline;
mod bits;
mod codec;
mod codes;
mod color;
mod frame;
mod general;
mod header;
mod inverse;
mod marker;
mod profile;
mod segments;
mod strip;
mod tables;
mod transform;

pub(super) use codec::Jpeg;
