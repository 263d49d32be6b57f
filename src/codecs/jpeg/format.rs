//! Tells what is JPEG.

use crate::codecs::Format;
use crate::codecs::format::FormatDef;

static FORMAT: FormatDef = FormatDef {
    name: "jpeg",
    extensions: &["jpg", "jpeg", "jpe", "jfif"],
    // SOI and the lead byte of the next marker.
    is_begun_by: |head| head.starts_with(b"\xff\xd8\xff"),
};

impl Format {
    /// JPEG (ITU-T T.81).
    pub const JPEG: Format = Format::new(&FORMAT);
}
