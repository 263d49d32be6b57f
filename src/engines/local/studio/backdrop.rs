//! What is smooth in a band of known pixels, carried outwards.

use crate::engines::local::studio::band::Band;
use crate::engines::local::studio::grid::Grid;
use crate::engines::local::studio::grid::bridged;
use crate::engines::local::studio::line;
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

/// A trend brings at most this many times the change that the band itself shows in as many
/// pixels, and of what it takes away this share.
const MOST: f32 = 1.5;
/// A margin counts at most as so many times as wide as the band is clear.
const FAR: f32 = 2.0;
const DARKEST: f32 = 0.8;

/// The smooth part of a side.
pub(super) struct Backdrop {
    /// What goes on of the levels at the border, along the side.
    border: Persistence,
    light: Option<Light>,
}

/// How the light goes on, along the side.
struct Light {
    /// Levels per pixel outwards, and how much that grows from pixel to pixel.
    slope: Vec<Lanes>,
    bend: Vec<Lanes>,
    /// One over the most that this may bring and take.
    rise: Vec<Lanes>,
    fall: Vec<Lanes>,
    /// Per line of the margin, how far the slope has come, in pixels.
    come: Vec<f32>,
}

impl Backdrop {
    pub(super) fn of(band: &Band, grid: &Grid, noise: &Noise, margin: usize) -> Backdrop {
        let border = border(band, grid, noise.deviation);
        let border = line::calmed(&border, 2, 2.5 * noise.left(FIRST) + 1.0);
        let shadow = Shadow::of(&border, noise.deviation, grid, band.is_opaque);
        let trend = Trend::of(&shadow.light, margin as f32 / grid.cell as f32);
        let light = trend.map(|trend| Light::of(&trend, &shadow.light, &border, margin));
        Backdrop { border: Persistence::of(&border, &shadow, band, grid, margin), light }
    }

    /// The levels of a line of the margin, counted outwards.
    pub(super) fn write(&self, out: usize, line: &mut [Lanes]) {
        line.iter_mut().zip(self.border.line(out)).for_each(|(level, border)| *level = border);
        if let Some(light) = &self.light {
            light.add(out, line);
        }
    }
}

impl Light {
    fn of(trend: &Trend, grid: &Grid, border: &[Lanes], margin: usize) -> Light {
        let per_pixel = 1.0 / grid.cell as f32;
        let slope = grid.spread(&trend.slope).into_iter().map(|slope| slope * per_pixel).collect();
        let bend = grid.spread(&trend.bend).into_iter().map(|bend| bend * (per_pixel * per_pixel)).collect();
        let rise =
            grid.spread(&changes(grid, margin)).into_iter().map(|change| change.map(|change| change * MOST + 1.0));
        let rise: Vec<Lanes> = rise.collect();
        let darkest = border.iter().map(|level| level.map(|level| level.max(0.0) * DARKEST + 2.0));
        let fall: Vec<Lanes> = darkest.zip(&rise).map(|(darkest, &rise)| darkest.with(rise, f32::min)).collect();
        let inverse = |bounds: Vec<Lanes>| bounds.into_iter().map(|bound| bound.map(|bound| 1.0 / bound)).collect();
        let (rise, fall) = (inverse(rise), inverse(fall));
        let come = (0..margin).map(|out| trend.come(out as f32 + 0.5, grid.cell)).collect();
        Light { slope, bend, rise, fall, come }
    }

    fn add(&self, out: usize, line: &mut [Lanes]) {
        let come = self.come[out];
        let changes = self.slope.iter().zip(&self.bend).zip(self.rise.iter().zip(&self.fall));
        for (level, ((&slope, &bend), (&rise, &fall))) in line.iter_mut().zip(changes) {
            let change = slope * come + bend * (0.5 * come * come);
            // Bounded gently, and all channels alike, or the colour would change.
            let rises = change.with(rise, |change, rise| change.max(0.0) * rise);
            let falls = change.with(fall, |change, fall| change.min(0.0) * fall);
            let excess = (rises - falls).largest();
            let square = excess * excess;
            *level += change * (1.0 / (1.0 + square * square).sqrt().sqrt());
        }
    }
}

/// How much each bin's light changes over as many clear pixels as the margin has.
fn changes(grid: &Grid, margin: usize) -> Vec<Lanes> {
    let deepest = grid.clear.iter().copied().max().unwrap_or(0);
    let known: Vec<bool> = grid.clear.iter().map(|&clear| clear >= deepest.min(3 * grid.cell)).collect();
    let change = |bin: usize| {
        let count = grid.clear_cells(bin).clamp(1, grid.cells.len());
        let cells = grid.cells[..count].iter().map(|cell| cell[bin]);
        let most = cells.clone().reduce(|one, other| one.with(other, f32::max)).unwrap_or_default();
        let least = cells.reduce(|one, other| one.with(other, f32::min)).unwrap_or_default();
        (most - least) * (margin as f32 / (count * grid.cell) as f32).clamp(1.0, FAR)
    };
    let mut changes: Vec<Lanes> = (0..grid.bins()).map(change).collect();
    bridged(&mut changes, &known);
    changes
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
    let tolerance = 1.5 + 1.8 * noise;
    for deep in first..lines {
        let level: Vec<Lanes> =
            band.line(deep).iter().zip(&slope).map(|(&level, &slope)| level + slope * deep as f32).collect();
        for (along, level) in line::averaged(&level, 2).into_iter().enumerate() {
            let expected = mean[along] + slope[along] * ((first - 1) as f32 / 2.0);
            if counts[along] == deep && (level - expected).largest() < tolerance {
                sums[along] += band.line(deep)[along];
                counts[along] += 1;
            }
        }
    }
    let level = |along: usize| {
        let count = counts[along] as f32;
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
    let deviation = noise / (norm * (2 * SLOPE_REACH + 1) as f32).sqrt();
    let clear = grid.clear_along();
    let sure = |(slope, clear): (Lanes, usize)| {
        if clear <= lines + 4 {
            return Lanes::ZERO;
        }
        slope.map(|slope| slope * (slope.abs() / deviation / 3.0 - 1.0).clamp(0.0, 1.0))
    };
    smooth.into_iter().zip(clear).map(sure).collect()
}
