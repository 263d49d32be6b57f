//! Encodes pictures as files of any format.

use crate::codecs::Encode;
use crate::codecs::Format;
use crate::error::Class;
use crate::error::Failure;
use crate::raster::Pixels;

/// Encodes a picture as a file of `format`, in sRGB and without metadata.
///
/// # Errors
/// [`Class::Limit`] if a side is longer than the format allows; [`Class::Internal`] if there is
/// alpha that the format cannot store, which the caller must have flattened.
pub fn encode(pixels: &Pixels<u8>, format: Format, options: &Encode) -> Result<Vec<u8>, Failure> {
    let (codec, size) = (format.codec(), pixels.size());
    let (longest, most) = (size.width.max(size.height), codec.max_side());
    if longest > most {
        let message = format!("the output is {size}; a side of a {format:?} file has at most {most} pixels");
        return Err(Failure::new(Class::Limit, message));
    }
    if pixels.channels().has_alpha() && !codec.has_alpha() {
        return Err(Failure::new(Class::Internal, format!("alpha was handed to {format:?}, which cannot store it")));
    }
    codec.encode(pixels, options)
}
