//! Bounds what may be decoded.

use crate::codecs::Header;
use crate::codecs::thousands::grouped;
use crate::error::Class;
use crate::error::Failure;

/// Bounds on what may be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels of a source.
    pub max_pixels: u64,
    /// Most bytes of a source file.
    pub max_bytes: u64,
}

/// Checks a source against the limits, from its header and its length in bytes.
///
/// # Errors
/// [`Class::Limit`], with the figure and the option that raises it.
pub(crate) fn check_limits(header: &Header, file_bytes: u64, limits: &Limits) -> Result<(), Failure> {
    let pixels = header.stored.area();
    if pixels > limits.max_pixels {
        let (pixels, most) = (grouped(pixels), grouped(limits.max_pixels));
        let message = format!("the picture has {pixels} pixels; the limit is {most} (load.max_pixels)");
        return Err(Failure::new(Class::Limit, message));
    }
    check_bytes(file_bytes, limits)
}

/// Checks a source's length in bytes against the limits, which can be done before it is opened.
///
/// # Errors
/// As [`check_limits`].
pub(crate) fn check_bytes(file_bytes: u64, limits: &Limits) -> Result<(), Failure> {
    if file_bytes <= limits.max_bytes {
        return Ok(());
    }
    let (bytes, most) = (grouped(file_bytes), grouped(limits.max_bytes));
    Err(Failure::new(Class::Limit, format!("the file has {bytes} bytes; the limit is {most} (load.max_bytes)")))
}
