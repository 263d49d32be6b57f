//! A decoder of baseline JPEG that does only what is asked for, in safe Rust.
//!
//! Nearly all photographs are baseline files of one scan, and most outputs are a fraction of
//! their size. Most of the time goes into the entropy-coded bits, of which each hangs on those
//! before; so what is not needed is passed over quickly: of blocks outside the region all but the
//! mean, of the others the frequencies that the scale does not show, several codes in one step.
//! The rows below the region are not read at all.
//!
//! Everything else, and every damaged file, is left to the general decoder.

mod decode;
mod edge;
mod estimate;
mod full;
mod grid;
mod headers;
mod part;
mod picture;
mod plane;
mod reduction;
mod scaled;
mod supported;

pub(super) use decode::Read;
pub(super) use decode::decode;
pub(super) use estimate::differences;
pub(super) use estimate::memory;
pub(super) use estimate::most;
pub(super) use estimate::waiting;
pub(super) use picture::Kept;
pub(super) use reduction::EIGHTHS;
pub(super) use supported::reads;
