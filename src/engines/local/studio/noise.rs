//! Measures the noise at a border.

use crate::raster::Lanes;
use crate::raster::median::FROM_MEDIAN;
use crate::raster::median::median_of;

/// Places from one to the next of which noise is told.
const APART: usize = 3;
/// Places along and lines past which the noise of any picture has another value.
const FAR: (usize, usize) = (4, 8);
/// The deviation, within reason.
const LEAST: f32 = 0.3;
const MOST: f32 = 64.0;

/// The noise in some lines.
pub(super) struct Noise {
    pub(super) deviation: f32,
    /// Share of it that neighbours have in common, 0 to 1: much in a picture that was made smaller or
    /// cleaned.
    alike: f32,
}

impl Noise {
    /// Of what differs from one place to the next, which steps hardly change; or between places
    /// and lines farther off, where what goes on from line to line has no part.
    pub(super) fn of(lines: &[&[Lanes]], channels: usize) -> Noise {
        let steps = lines.iter().flat_map(|line| line.windows(2).step_by(APART)).map(|near| near[1] - near[0]);
        let pairs = lines.iter().zip(lines.iter().skip(FAR.1));
        let far = pairs.flat_map(|(line, other)| {
            let both = line.windows(FAR.0 + 1).zip(other.windows(FAR.0 + 1));
            both.step_by(APART).map(|(one, other)| (one[FAR.0] - one[0]) - (other[FAR.0] - other[0]))
        });
        // From sums of so many of its terms.
        let deviation = |sums: &mut dyn Iterator<Item = Lanes>, terms: f32| {
            let mut sizes: Vec<f32> = sums.flat_map(|sum| sum.0.into_iter().take(channels)).map(f32::abs).collect();
            median_of(&mut sizes) * FROM_MEDIAN as f32 / terms.sqrt()
        };
        let (abrupt, slow) = (deviation(&mut { steps }, 2.0), deviation(&mut { far }, 4.0));
        let alike = if slow > abrupt { 1.0 - (abrupt / slow).powi(2) } else { 0.0 };
        Noise { deviation: abrupt.max(slow).clamp(LEAST, MOST), alike }
    }

    /// Returns what is left of it in the mean of `count` places side by side: noise that is alike in
    /// neighbours is not averaged away.
    pub(super) fn left(&self, count: usize) -> f32 {
        let count = count as f32;
        self.deviation * ((1.0 + (count - 1.0) * self.alike) / count).sqrt()
    }
}
