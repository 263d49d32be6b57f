//! Fields of EXIF that decide about pixels: orientation and colour space.

mod directories;
mod fields;

pub(super) use fields::Exif;
pub(super) use fields::MAX_BYTES;
pub(super) use fields::PREFIX;
pub(super) use fields::read;
