//! Checks a returned picture, finds the source on it, and makes it the margins of an output.

mod align;
mod black;
mod color;
mod compose;
mod field;
mod flaw;
mod search;
mod sides;
mod sweep;
mod verify;

pub(in crate::providers) use align::SCALES;
pub use color::Correction;
pub use verify::Asked;
pub use verify::Misfit;
pub use verify::Placed;
pub use verify::ResultHeader;
pub use verify::Verified;
pub use verify::examine;
pub use verify::glance;
pub use verify::verify;

/// Raised whenever the margins that are made of the same result change.
pub const RESULT_REVISION: u32 = 1;
