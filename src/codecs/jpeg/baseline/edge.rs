//! Blocks that reach past the edge of the picture.
//!
//! What they hold there is the encoder's to choose: the last column once more, black, or the rest
//! of a picture that was cut without decoding it. In a reduced picture it would shine through.

use std::array;
use std::f64::consts::PI;

/// The samples of a line of 8 from its coefficients, and back.
pub(super) struct Edge([[f32; 8]; 8]);

impl Edge {
    pub(super) fn new() -> Self {
        // T.81, A.3.3, one axis. With these weights the matrix is orthogonal: its transpose is the transform back.
        let cosine = |x: usize, u: usize| {
            let weight = if u == 0 { 0.125_f64.sqrt() } else { 0.5 };
            (weight * ((2 * x + 1) as f64 * u as f64 * PI / 16.0).cos()) as f32
        };
        Edge(array::from_fn(|x| array::from_fn(|u| cosine(x, u))))
    }

    /// Repeats the last of the `real` columns and rows of a block up to its end.
    pub(super) fn repeat(&self, block: &mut [f32; 64], (columns, rows): (usize, usize)) {
        for line in 0..8 {
            self.along(block, 8 * line, 1, columns);
        }
        for line in 0..8 {
            self.along(block, line, 8, rows);
        }
    }

    fn along(&self, block: &mut [f32; 64], start: usize, step: usize, real: usize) {
        let sum = |terms: [f32; 8]| terms.into_iter().sum::<f32>();
        let samples: [f32; 8] = array::from_fn(|x| sum(array::from_fn(|u| self.0[x][u] * block[start + u * step])));
        for u in 0..8 {
            block[start + u * step] = sum(array::from_fn(|x| self.0[x][u] * samples[x.min(real - 1)]));
        }
    }
}
