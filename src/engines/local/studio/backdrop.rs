//! Carries outwards what is smooth in a band of known pixels.

use std::borrow::Borrow;

use crate::engines::local::band::Band;
use crate::engines::local::line;
use crate::engines::local::studio::grid::Grid;
use crate::engines::local::studio::light::Light;
use crate::engines::local::studio::noise::Noise;
use crate::engines::local::studio::persistence::Persistence;
use crate::engines::local::studio::shadow::Shadow;
use crate::engines::local::studio::trend::Trend;
use crate::raster::Lanes;

/// Lines that may tell the level at the border; the first few do so in any case.
const LINES: usize = 12;
const FIRST: usize = 3;

/// Pixels along the side over which the slope at the border is averaged.
const SLOPE_REACH: usize = 15;

/// Lines of a margin from one to the next that are worked out; between them there is a mixture.
const STEP: usize = 8;

/// Lines that are held while they are worked out, beside the band or, later, the lines that are: what lies at
/// each depth, twice; the details, with what is left of them; the light; a few sums.
pub(super) const WORKING: u64 = 48;

/// Returns how many lines a margin so wide is made of.
pub(super) fn lines(margin: u64) -> u64 {
    margin.div_ceil(STEP as u64) + 1
}

/// The smooth part of a side.
pub(super) struct Backdrop {
    /// Every [`STEP`]-th line of the margin, and one past its end.
    lines: Vec<Vec<Lanes>>,
}

impl Backdrop {
    /// The backdrop of a band, which is dropped, if it is given away, before the lines are made.
    pub(super) fn of(band: impl Borrow<Band>, grid: &Grid, noise: &Noise, margin: usize) -> Backdrop {
        let known: &Band = band.borrow();
        let border = border(known, grid, noise.deviation);
        let border = line::calmed(&border, 2, 2.5 * noise.left(FIRST) + 1.0);
        let shadow = Shadow::of(&border, noise.deviation, grid, known.is_opaque);
        let trend = Trend::of(&shadow.light, margin as f32 / grid.cell as f32);
        let light = trend.as_ref().map(|trend| Light::of(trend, &shadow.light, &border, margin));
        let persistence = Persistence::of(&border, &shadow, known, grid);
        drop(band);
        let line = |number: usize| {
            let mut line = persistence.line(number * STEP);
            if let Some(light) = &light {
                light.add(number * STEP, &mut line);
            }
            line
        };
        Backdrop { lines: (0..=margin.div_ceil(STEP)).map(line).collect() }
    }

    /// The levels of a line of the margin, counted outwards.
    pub(super) fn write(&self, out: usize, line: &mut [Lanes]) {
        let (number, part) = (out / STEP, (out % STEP) as f32 / STEP as f32);
        let pairs = self.lines[number].iter().zip(&self.lines[number + 1]);
        line.iter_mut().zip(pairs).for_each(|(level, (&near, &far))| *level = near + (far - near) * part);
    }
}

/// The level at the border, along the side: of the outermost lines as far as they are alike but
/// for a slope.
fn border(band: &Band, grid: &Grid, noise: f32) -> Vec<Lanes> {
    let lines = LINES.min(band.depth);
    let first = FIRST.min(band.depth);
    let slope = slope(band, grid, lines, noise);
    let sum_of = |lines: usize| -> Vec<Lanes> {
        let sum = |along: usize| (0..lines).fold(Lanes::ZERO, |sum, deep| sum + band.line(deep)[along]);
        (0..band.length).map(sum).collect()
    };
    let mut sums = sum_of(first);
    let mean: Vec<Lanes> = sums.iter().map(|&sum| sum * (1.0 / first as f32)).collect();
    let mean = line::averaged(&mean, 2);
    let mut counts = vec![first; band.length];
    // A mean of 5 pixels less one of 15 has √(1/5 + 1/15) = 0.52 of the deviation of white noise: 1.8 of that are
    // three and a half deviations, and 1.5 levels are for rounding and compression.
    let tolerance = 1.5 + 1.8 * noise;
    for deep in first..lines {
        let level: Vec<Lanes> =
            band.line(deep).iter().zip(&slope).map(|(&level, &slope)| level + slope * deep as f32).collect();
        for (along, level) in line::averaged(&level, 2).into_iter().enumerate() {
            // Both at the place of the outermost line: `level` was brought there, and the first lines have their mean
            // in the middle.
            let expected = mean[along] + slope[along] * ((first - 1) as f32 / 2.0);
            // Up to the first line that is not alike: what lies behind that is of something else.
            if counts[along] == deep && (level - expected).largest() < tolerance {
                sums[along] += band.line(deep)[along];
                counts[along] += 1;
            }
        }
    }
    let level = |along: usize| {
        let count = counts[along] as f32;
        // From the middle of the lines to the edge between the outermost one and the margin.
        sums[along] * (1.0 / count) + slope[along] * (count / 2.0)
    };
    let levels: Vec<Lanes> = (0..band.length).map(level).collect();
    let around = line::medians(&levels, SLOPE_REACH);
    // What only the first lines show, and only here, is a speck, like a star, and does not go on.
    let without_specks = |along: usize| {
        let seen = (0..lines).map(|deep| band.line(deep)[along] + slope[along] * (deep as f32 + 0.5));
        let (level, seen, around) = (levels[along], line::median(seen), around[along]);
        let is_speck = (level - around).largest() > tolerance && (seen - around).largest() < tolerance;
        if is_speck { seen } else { level }
    };
    (0..band.length).map(without_specks).collect()
}

/// Levels per pixel outwards in the outermost lines, where it is more than noise and no subject
/// is near.
fn slope(band: &Band, grid: &Grid, lines: usize, noise: f32) -> Vec<Lanes> {
    let middle = (lines - 1) as f32 / 2.0;
    // Least squares through the lines; a single line has no slope.
    let norm: f32 = (0..lines).map(|deep| (middle - deep as f32).powi(2)).sum();
    if norm == 0.0 {
        return vec![Lanes::ZERO; band.length];
    }
    let steep = |along: usize| {
        let sum = (0..lines).fold(Lanes::ZERO, |sum, deep| sum + band.line(deep)[along] * (middle - deep as f32));
        sum * (1.0 / norm)
    };
    let steep: Vec<Lanes> = (0..band.length).map(steep).collect();
    let smooth = line::averaged(&line::medians(&steep, SLOPE_REACH), SLOPE_REACH);
    // The deviation that noise gives such a slope, averaged along the side.
    let deviation = noise / (norm * (2 * SLOPE_REACH + 1) as f32).sqrt();
    let clear = grid.clear_along();
    let sure = |(slope, clear): (Lanes, usize)| {
        if clear <= lines + 4 {
            return Lanes::ZERO;
        }
        // None up to three deviations, all from six on, and gradually between: a threshold would show where it is
        // passed along the side.
        slope.map(|slope| slope * (slope.abs() / deviation / 3.0 - 1.0).clamp(0.0, 1.0))
    };
    smooth.into_iter().zip(clear).map(sure).collect()
}
