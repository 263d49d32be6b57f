//! Names the colour types (PNG, third edition, table 8).

pub(super) const GRAY: u8 = 0;
pub(super) const RGB: u8 = 2;
pub(super) const PALETTE: u8 = 3;
pub(super) const GRAY_ALPHA: u8 = 4;
pub(super) const RGBA: u8 = 6;
