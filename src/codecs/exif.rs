//! The one thing that EXIF decides about pixels: how they stand.

use exif::In;
use exif::Reader;
use exif::Tag;

use crate::geometry::Orientation;

/// What JPEG, and some writers of WebP, put before the TIFF structure.
pub(super) const PREFIX: &[u8] = b"Exif\0\0";

/// The longest EXIF block that is looked at. JPEG has room for 64 KiB; more is an embedded
/// picture or a lie.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// The orientation in an EXIF block. Damaged metadata never costs a picture: what cannot be
/// read means nothing.
pub(super) fn orientation(block: &[u8]) -> Orientation {
    let tiff = block.strip_prefix(PREFIX).unwrap_or(block);
    let read = Reader::new().continue_on_error(true).read_raw(tiff.to_vec());
    let Ok(fields) = read.or_else(|error| error.distill_partial_result(|_| ())) else {
        return Orientation::Upright;
    };
    let value = fields.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0));
    value.map_or(Orientation::Upright, Orientation::from_exif)
}
