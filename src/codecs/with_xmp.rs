//! Puts XMP packets into files of any format.

use crate::codecs::Format;
use crate::codecs::xmp::MAX_BYTES;
use crate::error::Class;
use crate::error::Failure;

/// The file with an XMP packet in it. `file` is what [`encode`](crate::codecs::encode) wrote in
/// this format; its pixels stay as they are, to the bit.
///
/// # Errors
/// [`Class::Limit`] if the packet is longer than one segment of a JPEG, or the file becomes too
/// long for its format; [`Class::Internal`] if the file is not of this format.
pub fn with_xmp(file: &[u8], format: Format, packet: &str) -> Result<Vec<u8>, Failure> {
    if packet.len() > MAX_BYTES {
        let text = format!("the XMP packet has {} bytes, at most {MAX_BYTES}", packet.len());
        return Err(Failure::new(Class::Limit, text));
    }
    format.codec().with_xmp(file, packet)
}
