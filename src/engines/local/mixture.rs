//! Grain mixed from overlapping pieces of it, so that no shape in it is seen again.

use std::array;
use std::f32::consts::PI;

use crate::raster::Lanes;

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
    deviations * FROM_MEDIAN * median_of(sizes) + level / 2.0
}

/// From the median of the sizes of noise to its deviation.
pub(super) const FROM_MEDIAN: f32 = 1.4826;

/// The median of some numbers, the upper one of two; 0 of none.
pub(super) fn median_of(numbers: &mut [f32]) -> f32 {
    if numbers.is_empty() {
        return 0.0;
    }
    let middle = numbers.len() / 2;
    *numbers.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// The median of many levels, lane by lane, the upper one of two.
pub(super) fn lane_median(levels: impl Iterator<Item = Lanes>) -> Lanes {
    let mut levels: Vec<Lanes> = levels.collect();
    let middle = levels.len() / 2;
    Lanes(std::array::from_fn(|lane| {
        levels.select_nth_unstable_by(middle, |one, other| one.0[lane].total_cmp(&other.0[lane])).1.0[lane]
    }))
}
