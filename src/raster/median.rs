//! Medians, which a few outliers do not change.

use std::cmp::Ordering;

use crate::raster::Lanes;

/// From the median of the sizes of noise to its deviation.
pub(crate) const FROM_MEDIAN: f64 = 1.4826;

/// The median in an order, the upper one of two; none of nothing.
pub(crate) fn median_by<T: Copy>(values: &mut [T], order: impl FnMut(&T, &T) -> Ordering) -> Option<T> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, order).1)
}

/// The median of some numbers; 0 of none.
pub(crate) fn median_of(numbers: &mut [f32]) -> f32 {
    median_by(numbers, f32::total_cmp).unwrap_or(0.0)
}

/// The median of many levels, lane by lane; 0 of none.
pub(crate) fn lane_median(levels: impl Iterator<Item = Lanes>) -> Lanes {
    let mut levels: Vec<Lanes> = levels.collect();
    Lanes(std::array::from_fn(|lane| {
        let middle = median_by(&mut levels, |one, other| one.0[lane].total_cmp(&other.0[lane]));
        middle.map_or(0.0, |middle| middle.0[lane])
    }))
}
