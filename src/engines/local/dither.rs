//! Numbers without pattern, and how 16 bits become those of the canvas.

use crate::raster::Sample;

/// A number from 0 to 65535 from a pixel's position on the canvas, without pattern: a regular
/// spread would beat with the pixels of whoever shows the output smaller.
pub(super) fn noise(x: u32, y: u32) -> u32 {
    dice(x, y, 0) >> 16
}

/// A number that follows from three and shows no pattern; its upper half is the better one.
pub(super) fn dice(x: u32, y: u32, seed: u32) -> u32 {
    let mixed = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
    (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39)
}

/// Samples that can be made from 16-bit ones.
pub(super) trait FromFine: Sample {
    fn from_fine(fine: u16, noise: u32) -> Self;
}

impl FromFine for u16 {
    fn from_fine(fine: u16, _noise: u32) -> Self {
        fine
    }
}

impl FromFine for u8 {
    /// Rounds up or down by the noise, in proportion to the remainder: 8 bits would show a slow
    /// gradient as bands. A level that 8 bits hold, give or take the error of the arithmetic,
    /// stays what it is.
    fn from_fine(fine: u16, noise: u32) -> Self {
        const KEPT: u32 = 1024;
        let threshold = KEPT + noise * (65535 - 2 * KEPT) / 65536;
        ((u32::from(fine) * 255 + threshold) / 65535) as u8
    }
}
