//! Pixels in memory: from the bytes of a source to those of its outputs, without folders or records.
//!
//! A [`DecodedSource`] is decoded once for all tasks. Each [`OutputPicture`] is one resampling of it on its canvas,
//! with margins by local engines or by what the caller asks, and is encoded as often as asked.

mod encoded;
mod filling;
mod in_memory;
mod look;
mod picture;
mod picture_key;
mod rendered;
#[cfg(feature = "providers")]
mod results;
#[cfg(feature = "providers")]
mod sent;
mod source;
mod unrendered;

pub(crate) use encoded::Encoded;
pub(crate) use look::Look;
pub(crate) use picture::OutputPicture;
pub(crate) use picture::PictureError;
pub(crate) use picture::milliseconds;
pub(crate) use picture_key::PictureKey;
pub(crate) use picture_key::by_picture;
pub use rendered::Rendered;
#[cfg(feature = "providers")]
pub(crate) use results::RESULT;
#[cfg(feature = "providers")]
pub(crate) use sent::Sent;
pub(crate) use source::DecodedSource;
