//! PNG, read and written by the png crate.
//!
//! The chunks are walked here, and the decoder sees those alone that make the pixels of the still
//! picture: faults of all others, such as later frames, cost nothing.

mod chunks;
mod codec;
mod color;
mod color_type;
mod packed;
mod pixels;
mod raw_profile;
mod survey;
mod transparency;

pub(super) use codec::Png;
