//! From the colours that a file's ICC profile describes to sRGB: relative colorimetric with black
//! point compensation, as Little CMS understands profiles.
//!
//! Little CMS says what single colours are ([`evaluator`]); a picture is converted by tables made
//! of that, in its own depth: [`shaper`] for devices of one curve a colour, [`lattice`] for those
//! that a table describes.

mod assumed;
mod convert;
mod encoding;
mod evaluator;
mod inks;
mod lattice;
mod memory;
mod profile;
mod shaper;

pub(super) use assumed::DAMAGED;
pub(super) use convert::inks_to_srgb;
pub(super) use convert::to_srgb;
pub(crate) use inks::Inks;
pub(super) use memory::working_bytes;
