//! Tells what is WebP.

use crate::codecs::Format;
use crate::codecs::format::FormatDef;

static FORMAT: FormatDef = FormatDef {
    name: "webp",
    extensions: &["webp"],
    is_begun_by: |head| head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"),
};

impl Format {
    /// WebP (RFC 9649).
    pub const WEBP: Format = Format::new(&FORMAT);
}
