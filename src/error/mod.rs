//! Failures and errors, in words that every layer shares.
//!
//! The [`Class`] of a task's failure decides whether the task is tried
//! again, how the summary groups it and which exit code the run gets. Messages are lowercase
//! fragments; the layer that knows the file or the setting adds it.
//!
//! What the library is called by returns an [`Error`]: a kind to match, one line, and a source with the details.

mod class;
mod failure;
mod library;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod printable;

pub use class::Class;
pub use failure::Failure;
pub use library::Error;
pub use library::ErrorKind;
pub(crate) use printable::is_harmful;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use printable::printable;
#[cfg(not(feature = "internal"))]
pub(crate) use printable::printable;
