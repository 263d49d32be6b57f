//! The inverse DCT to smaller blocks: 8×8 coefficients shown in N×N samples, each the mean of the
//! samples in its place.
//!
//! Means are what libjpeg makes, too. A transform of the first N coefficients alone would be cheaper,
//! but of a pattern that is too fine to show it leaves a rest in each block. Four blocks are
//! transformed at once, one in each lane.

use std::array;
use std::f64::consts::PI;

use crate::raster::Lanes;

/// Blocks that are transformed at once.
pub(super) const LANES: usize = Lanes::COUNT;

/// Coefficients of a block.
pub(super) const BLOCK: u32 = 64;

/// For each coefficient in the order of the file its row times 8 and column (T.81, figure A.6).
pub(super) const ZIGZAG: [u8; BLOCK as usize] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// The nearest sample. A cast would check for what cannot be here, one number at a time.
#[inline(always)]
fn to_sample(value: f32) -> u8 {
    let value = if value > 0.0 { value } else { 0.0 };
    let value = if value < 255.0 { value } else { 255.0 };
    // From 2^23 on a float has no fraction: the addition rounds.
    (value + 8_388_608.0).to_bits() as u8
}

/// The cosines of one size: N samples from K coefficients.
pub(super) struct Transform<const N: usize, const K: usize>([[f32; K]; N]);

impl<const N: usize, const K: usize> Transform<N, K> {
    pub(super) fn new() -> Self {
        // T.81, A.3.3.
        let cosine = |x: usize, u: usize| {
            let weight = if u == 0 { 0.125_f64.sqrt() } else { 0.5 };
            weight * ((2 * x + 1) as f64 * u as f64 * PI / 16.0).cos()
        };
        let mean =
            |x: usize, u: usize| (x * 8 / N..(x + 1) * 8 / N).map(|x| cosine(x, u)).sum::<f64>() * N as f64 / 8.0;
        Transform(array::from_fn(|x| array::from_fn(|u| mean(x, u) as f32)))
    }

    /// Shows the blocks `coefficients[v · K + u][lane]` and clears them. The first `starts`
    /// say where in `samples` blocks begin, whose rows are `stride` apart.
    #[inline(never)]
    pub(super) fn show(&self, coefficients: &mut [[f32; LANES]], starts: &[usize], samples: &mut [u8], stride: usize) {
        // Separable: N·K² products for the columns and N²·K for the rows, instead of N²·K² for all at once.
        let mut halfway = [[Lanes([0.0; LANES]); K]; N];
        for u in 0..K {
            let column = self.line(array::from_fn(|v| Lanes(coefficients[v * K + u])));
            (0..N).for_each(|y| halfway[y][u] = column[y]);
        }
        // The next blocks write only what is not 0.
        coefficients.fill([0.0; LANES]);
        // The level shift (T.81, A.3.1) goes into the mean, whose factor is the same for all samples: one addition
        // for a row instead of N.
        let middle = Lanes([128.0 / self.0[0][0]; LANES]);
        for (y, mut row) in halfway.into_iter().enumerate() {
            row[0] += middle;
            let shown = self.line(row).map(|lanes| lanes.0.map(to_sample));
            for (lane, start) in starts.iter().enumerate() {
                let line = &mut samples[start + y * stride..][..N];
                (0..N).for_each(|x| line[x] = shown[x][lane]);
            }
        }
    }

    /// One dimension. Cosines of even frequency are symmetric, those of odd frequency are
    /// antisymmetric, so both halves of a line come from the same products.
    #[inline(always)]
    fn line(&self, coefficients: [Lanes; K]) -> [Lanes; N] {
        let mut samples = [Lanes([0.0; LANES]); N];
        for x in 0..N.div_ceil(2) {
            let mut even = coefficients[0] * self.0[x][0];
            for u in (2..K).step_by(2) {
                even += coefficients[u] * self.0[x][u];
            }
            let mut odd = Lanes([0.0; LANES]);
            for u in (1..K).step_by(2) {
                odd += coefficients[u] * self.0[x][u];
            }
            samples[N - 1 - x] = even - odd;
            samples[x] = even + odd;
        }
        samples
    }
}
