//! Grain mixed from overlapping pieces of it, so that no shape in it is seen again.

use std::array;
use std::f32::consts::PI;

use crate::raster::median::FROM_MEDIAN;
use crate::raster::median::median_of;

/// Pieces stand at every `side` pixels and are twice as long: the two that overlap a place, by
/// their number, and the place in each.
#[inline]
pub(super) fn pieces(at: usize, side: usize) -> [(usize, usize); 2] {
    let (piece, place) = (at / side, at % side);
    [(piece, place + side), (piece + 1, place)]
}

/// Weights of a piece across: those of two neighbours have a sum of squares of 1, so that the
/// mixture is as strong as its parts.
pub(super) fn weights<const ACROSS: usize>() -> [f32; ACROSS] {
    array::from_fn(|at| ((at as f32 + 0.5) / ACROSS as f32 * PI).sin())
}

/// The size past which what is in a picture is no grain, but a thing or a line: so many
/// deviations of these sizes, and the half of a `level` that rounding does.
pub(super) fn largest_grain(sizes: &mut [f32], deviations: f32, level: f32) -> f32 {
    deviations * FROM_MEDIAN as f32 * median_of(sizes) + level / 2.0
}
