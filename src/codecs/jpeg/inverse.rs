//! A block of 8×8 coefficients in as many samples, by the inverse DCT of libjpeg-turbo: a picture at
//! its full size has the very levels that other programs show.

use libjpeg_turbo_rs::simd::SimdRoutines;
use libjpeg_turbo_rs::simd::detect;

use crate::codecs::jpeg::strip::Strip;
use crate::codecs::jpeg::tables::Steps;
use crate::codecs::jpeg::transform::BLOCK;
use crate::codecs::jpeg::transform::ZIGZAG;

/// Samples a side of a block.
pub(super) const SIDE: usize = 8;

/// The coefficients of a block by row and column.
pub(super) type Block = [i16; BLOCK as usize];

/// The inverse DCT of one component.
pub(super) struct Inverse {
    routine: fn(&Block, &Steps, &mut [u8; BLOCK as usize]),
    /// By row and column.
    steps: Steps,
}

impl Inverse {
    /// For a component with these steps of its coefficients, in the order of the file.
    pub(super) fn new(steps: &Steps) -> Self {
        let mut natural = [0; BLOCK as usize];
        ZIGZAG.iter().zip(steps).for_each(|(&at, &step)| natural[usize::from(at)] = step);
        // The slow, exact one: of the transforms of libjpeg-turbo it is the default of most programs.
        let SimdRoutines { idct_islow, .. } = detect();
        Inverse { routine: idct_islow, steps: natural }
    }

    /// Does what [`Inverse::show`] does, for a block of which all coefficients but this first one are 0: the
    /// transform leaves the same arithmetic, in 16 bits and then in 32.
    #[inline(always)]
    pub(super) fn show_flat(&self, mean: i16, strip: &mut Strip, x: usize, y: usize) {
        // The first pass of `idct_islow` keeps two fraction bits (PASS1_BITS); the second one removes them and the
        // factor 8 of the two-dimensional transform: 5 bits, rounded by half of 32. 128 is the level shift (T.81,
        // A.3.1).
        let scaled = mean.wrapping_mul(self.steps[0].cast_signed()).wrapping_shl(2);
        let level = ((i32::from(scaled) + 16) >> 5).clamp(-128, 127) + 128;
        for down in 0..SIDE {
            strip.eight(x, y + down).fill(level as u8);
        }
    }

    /// Writes the samples of a block into a strip, from a sample of a row on.
    #[inline(always)]
    pub(super) fn show(&self, block: &Block, strip: &mut Strip, x: usize, y: usize) {
        let mut samples = [0; BLOCK as usize];
        (self.routine)(block, &self.steps, &mut samples);
        for (down, row) in samples.as_chunks::<SIDE>().0.iter().enumerate() {
            strip.eight(x, y + down).copy_from_slice(row);
        }
    }
}
