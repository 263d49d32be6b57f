//! A line of the table of formats.

use std::fmt;

use crate::codecs::Decoder;
use crate::codecs::EncoderDef;
use crate::codecs::Format;

/// Says what can be done with a format.
pub struct Codec {
    /// Format that it reads and writes.
    pub format: Format,
    /// Says what reads its files.
    pub decoder: &'static dyn Decoder,
    /// Says what writes its files; none if they are only read.
    pub encoder: Option<&'static EncoderDef>,
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codec").field("format", &self.format).finish_non_exhaustive()
    }
}
