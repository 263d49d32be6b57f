//! Names the flags of the VP8X chunk (RFC 9649, 2.7).

pub(super) const ANIMATION: u8 = 0x02;
pub(super) const XMP: u8 = 0x04;
pub(super) const EXIF: u8 = 0x08;
pub(super) const ALPHA: u8 = 0x10;
pub(super) const ICC: u8 = 0x20;
