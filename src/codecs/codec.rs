//! A line of the table of formats.

use crate::codecs::Decoder;
use crate::codecs::EncoderDef;
use crate::codecs::Format;

/// Says what can be done with a format.
pub struct Codec {
    /// Which format.
    pub format: Format,
    /// Says what reads its files.
    pub decoder: &'static dyn Decoder,
    /// Says what writes its files; none if they are only read.
    pub encoder: Option<&'static EncoderDef>,
}
