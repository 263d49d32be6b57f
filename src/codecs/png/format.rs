//! Tells what is PNG.

use crate::codecs::Format;
use crate::codecs::format::FormatDef;

static FORMAT: FormatDef =
    FormatDef { name: "png", extensions: &["png", "apng"], is_begun_by: |head| head.starts_with(b"\x89PNG\r\n\x1a\n") };

impl Format {
    /// PNG (W3C, third edition).
    pub const PNG: Format = Format::new(&FORMAT);
}
