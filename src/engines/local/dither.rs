//! Numbers without pattern, and how fine levels become those of outputs.

use crate::raster::Sample;

/// A number that follows from three and shows no pattern; its upper half is the better one.
pub(super) fn dice(x: u32, y: u32, seed: u32) -> u32 {
    let mixed = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
    (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39)
}

/// Noise that leaves of the error of rounding what cannot be seen: a twentieth of a step.
const ENOUGH: f32 = 0.3;
/// The threshold by which all is rounded to the nearest.
const NEAREST: f32 = 32767.5;

/// Thresholds at which each pixel of a canvas is rounded up: without pattern, as a regular spread would beat
/// with the pixels of a program that shows the output smaller.
pub(super) struct Dither {
    /// Those of a row, of which each begins at another place.
    thresholds: Vec<u16>,
    samples: usize,
}

impl Dither {
    /// Places at which rows begin. Two neighbours hardly ever begin at the same one.
    const PLACES: u32 = 4096;
    /// Distance to a level that 8 bits hold, in parts of one step to the next, within which all is rounded to
    /// it: more than the error of the arithmetic.
    const KEPT: u32 = 1024;

    /// For rows of `width` pixels of `samples` samples. Those of a pixel are rounded alike, or
    /// grey would become colourful.
    pub(super) fn new(width: u32, samples: usize) -> Dither {
        let threshold = |at: u32| (Dither::KEPT + (dice(at, 0, 0) >> 16) * (65535 - 2 * Dither::KEPT) / 65536) as u16;
        let thresholds = (0..width + Dither::PLACES).flat_map(|at| std::iter::repeat_n(threshold(at), samples));
        Dither { thresholds: thresholds.collect(), samples }
    }

    /// Bytes that [`Dither::new`] needs.
    pub(super) fn bytes(width: u32, samples: u64) -> u64 {
        u64::from(width + Dither::PLACES) * samples * size_of::<u16>() as u64
    }

    /// The thresholds of a row, sample by sample, and some more.
    pub(super) fn row(&self, y: u32) -> &[u16] {
        let first = (dice(0, y, 1) >> 16) % Dither::PLACES;
        &self.thresholds[first as usize * self.samples..]
    }
}

/// Returns how much dither noise of this deviation leaves to do, in steps of 8 bits: it spreads the rounding
/// itself, and both together would be more than either picture has.
#[inline]
pub(super) fn needed(noise: f32) -> f32 {
    (1.0 - (noise / ENOUGH).powi(2)).max(0.0).sqrt()
}

/// A threshold of which only a share is left, towards rounding to the nearest.
#[inline]
pub(super) fn shared(threshold: u16, share: f32) -> u16 {
    (NEAREST + (f32::from(threshold) - NEAREST) * share) as u16
}

/// Returns what 16 bits become: 8 bits, up or down by the threshold, in proportion to the remainder, as
/// they would show a slow gradient as bands. A canvas of 16 bits gets them as well: all outputs have
/// 8, and a program that rounds what is finer to the nearest makes bands of it.
#[inline]
pub(super) fn dithered<S: Sample>(fine: u16, threshold: u16) -> S {
    let sum = u32::from(fine) * 255 + u32::from(threshold);
    // Divided by 65535.
    S::from_u8(((sum + 1 + (sum >> 16)) >> 16) as u8)
}
