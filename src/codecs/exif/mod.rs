//! What EXIF decides about pixels: how they stand, and in which colours.

mod directories;
mod fields;

pub(super) use fields::Exif;
pub(super) use fields::MAX_BYTES;
pub(super) use fields::PREFIX;
pub(super) use fields::read;
