//! Reads the header of a file of any format.

use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Sniffed;
use crate::codecs::read;
use crate::codecs::sniff;
use crate::error::Class;
use crate::error::Failure;

/// Reads a file's header; a few kilobytes, from its beginning.
///
/// # Errors
/// [`Class::Corrupt`] for an empty file and one that is damaged up to its header,
/// [`Class::Unsupported`] for all that is no image of a known format, [`Class::Limit`] for more
/// than 64 MiB or 65,536 chunks before the picture and for as much to read behind it, [`Class::Io`]
/// if the file cannot be read.
pub fn read_header(reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
    match sniff(&read::peek(reader)?) {
        Sniffed::Image(format) => format.decoder().header(reader),
        Sniffed::Empty => Err(Failure::new(Class::Corrupt, "the file is empty")),
        Sniffed::Unread(kind) | Sniffed::Other(kind) => Err(unread(kind)),
        Sniffed::Unknown => Err(Failure::new(Class::Unsupported, "the bytes are no image that recanvas knows")),
    }
}

/// Returns why a file of a known `kind` that no codec here reads cannot be decoded.
#[must_use]
pub(crate) fn unread(kind: &str) -> Failure {
    let kind = kind.to_uppercase();
    Failure::new(Class::Unsupported, format!("the bytes are {kind}, which recanvas does not read"))
}
