//! Lines of levels, smoothed.

use crate::engines::local::mixture::median_of;
use crate::raster::Lanes;

/// The mean of what lies up to `radius` places off; at the ends of what there is of it.
pub(super) fn averaged(line: &[Lanes], radius: usize) -> Vec<Lanes> {
    let Some(&origin) = line.first() else { return Vec::new() };
    // From the first level on, so that sums stay small.
    let mut sums = Vec::with_capacity(line.len() + 1);
    let mut sum = Lanes::ZERO;
    sums.push(sum);
    for &level in line {
        sum += level - origin;
        sums.push(sum);
    }
    let mean = |at: usize| {
        let (first, end) = (at.saturating_sub(radius), (at + radius + 1).min(line.len()));
        origin + (sums[end] - sums[first]) * (1.0 / (end - first) as f32)
    };
    (0..line.len()).map(mean).collect()
}

/// The median of what lies up to `radius` places off, lane by lane.
pub(super) fn medians(line: &[Lanes], radius: usize) -> Vec<Lanes> {
    let median = |at: usize| {
        let near = &line[at.saturating_sub(radius)..(at + radius + 1).min(line.len())];
        median(near.iter().copied())
    };
    (0..line.len()).map(median).collect()
}

/// The median, lane by lane.
pub(super) fn median(levels: impl Iterator<Item = Lanes> + Clone) -> Lanes {
    Lanes(std::array::from_fn(|lane| median_of(&mut levels.clone().map(|level| level.0[lane]).collect::<Vec<_>>())))
}

/// Smoothed by the parabola that fits best up to `radius` places off (Savitzky and Golay, 1964),
/// which keeps slopes and bends. Past its ends the line goes on as it ends.
pub(super) fn fitted(line: &[Lanes], radius: usize) -> Vec<Lanes> {
    let reach = radius as f32;
    let norm = (2.0 * reach - 1.0) * (2.0 * reach + 1.0) * (2.0 * reach + 3.0);
    let weight = |off: f32| 3.0 * (3.0 * reach * reach + 3.0 * reach - 1.0 - 5.0 * off * off) / norm;
    let weights: Vec<f32> = (0..=2 * radius).map(|at| weight(at as f32 - reach)).collect();
    let ends = |level: Option<&Lanes>| std::iter::repeat_n(level.copied().unwrap_or_default(), radius);
    let padded: Vec<Lanes> = ends(line.first()).chain(line.iter().copied()).chain(ends(line.last())).collect();
    let sum =
        |near: &[Lanes]| near.iter().zip(&weights).fold(Lanes::ZERO, |sum, (&level, &weight)| sum + level * weight);
    padded.windows(2 * radius + 1).map(sum).collect()
}

/// The mean of what lies up to `radius` places off and differs by little more than `tolerance`:
/// noise goes, lines and steps stay.
pub(super) fn calmed(line: &[Lanes], radius: usize, tolerance: f32) -> Vec<Lanes> {
    let scale = 1.0 / (3.0 * tolerance * tolerance);
    let calm = |at: usize| {
        let (mut sum, mut weights) = (Lanes::ZERO, 0.0);
        for &level in &line[at.saturating_sub(radius)..(at + radius + 1).min(line.len())] {
            let difference = level - line[at];
            let alike = (1.0 - difference.square() * scale).max(0.0);
            sum += difference * (alike * alike);
            weights += alike * alike;
        }
        line[at] + sum * (1.0 / weights)
    };
    (0..line.len()).map(calm).collect()
}

/// The deviation of the noise in some lines: of what differs from one place to the next, which
/// steps hardly change.
pub(super) fn noise<'a>(lines: impl Iterator<Item = &'a [Lanes]>, channels: usize) -> f32 {
    let steps = lines.flat_map(|line| line.windows(2)).flat_map(|pair| {
        let step = pair[1] - pair[0];
        step.0.into_iter().take(channels).map(f32::abs)
    });
    // From the median of a difference to the deviation of one of its terms.
    median_of(&mut steps.collect::<Vec<_>>()) * 1.4826 / std::f32::consts::SQRT_2
}
