//! What is smooth in a band of known pixels, carried outwards.

use crate::engines::local::studio::band::Band;
use crate::engines::local::studio::grid::Grid;
use crate::engines::local::studio::grid::bridged;
use crate::engines::local::studio::line;
use crate::engines::local::studio::noise::Noise;
use crate::engines::local::studio::persistence::Persistence;
use crate::engines::local::studio::trend::Trend;
use crate::engines::local::studio::trend::come;
use crate::raster::Lanes;

/// Lines that may tell the level at the border; the first few do so in any case.
const LINES: usize = 12;
const FIRST: usize = 3;

/// Pixels along the side over which the slope at the border is averaged.
const SLOPE_REACH: usize = 15;

/// How far along the side the border may be smoothed.
const RADII: &[usize] = &[1, 2, 4, 8, 16, 32, 64];

/// Means of lines farther in, of which most show what the border is without its noise.
const DEEPER: usize = 12;

/// Pixels along the side past which a difference is a matter of light.
const LIGHT: usize = 96;

/// Share of the side's pixels that tell how far it may be smoothed: a subject is left out.
const TELLING: f32 = 0.8;

/// A trend brings at most this many times the change that the band itself shows in as many
/// pixels, and of what it takes away this share.
const MOST: f32 = 1.5;
const DARKEST: f32 = 0.8;

/// The smooth part of a side.
pub(super) struct Backdrop {
    /// Along the side at the border: what goes on, and what fades on top of it.
    far: Persistence,
    fine: Vec<Lanes>,
    light: Option<Light>,
    /// Per line of the margin, how much of the fine part is left.
    fading: Vec<f32>,
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
        let noise_left = noise.left(FIRST);
        let border = border(band, grid, noise.deviation);
        let fine = line::calmed(&border, 2, 2.5 * noise_left + 1.0);
        let smooth = line::fitted(&fine, radius(band, &border));
        let tolerance = 2.0 * noise_left + 1.0;
        let lines = line::calmed(&fine, 4, tolerance);
        let kept = |(&smooth, &line): (&Lanes, &Lanes)| {
            let line = line - smooth;
            smooth + line * (line.largest() / tolerance - 1.0).clamp(0.0, 1.0)
        };
        let far: Vec<Lanes> = smooth.iter().zip(&lines).map(kept).collect();
        let fine = fine.iter().zip(&far).map(|(&fine, &far)| fine - far).collect();
        let light =
            Trend::of(grid, margin as f32 / grid.cell as f32).map(|trend| Light::of(&trend, grid, &far, margin));
        let reach = (band.depth as f32 / 4.0).max(8.0);
        let far = Persistence::of(&far, band, grid, margin);
        let fading = (0..margin).map(|out| (-(out as f32 + 0.5) / reach).exp()).collect();
        Backdrop { far, fine, light, fading }
    }

    /// The levels of a line of the margin, counted outwards.
    pub(super) fn write(&self, out: usize, line: &mut [Lanes]) {
        let left = self.fading[out];
        for ((level, far), &fine) in line.iter_mut().zip(self.far.line(out)).zip(&self.fine) {
            *level = far + fine * left;
        }
        if let Some(light) = &self.light {
            light.add(out, line);
        }
    }
}

impl Light {
    fn of(trend: &Trend, grid: &Grid, far: &[Lanes], margin: usize) -> Light {
        let per_pixel = 1.0 / grid.cell as f32;
        let slope = grid.spread(&trend.slope).into_iter().map(|slope| slope * per_pixel).collect();
        let bend = grid.spread(&trend.bend).into_iter().map(|bend| bend * (per_pixel * per_pixel)).collect();
        let rise =
            grid.spread(&changes(grid, margin)).into_iter().map(|change| change.map(|change| change * MOST + 1.0));
        let rise: Vec<Lanes> = rise.collect();
        let darkest = far.iter().map(|far| far.map(|level| level.max(0.0) * DARKEST + 2.0));
        let fall: Vec<Lanes> = darkest.zip(&rise).map(|(darkest, &rise)| darkest.with(rise, f32::min)).collect();
        let inverse = |bounds: Vec<Lanes>| bounds.into_iter().map(|bound| bound.map(|bound| 1.0 / bound)).collect();
        let (rise, fall) = (inverse(rise), inverse(fall));
        let damping = trend.damping.powf(per_pixel);
        let come = (0..margin).map(|out| come(out as f32 + 0.5, damping)).collect();
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
        (most - least) * (margin as f32 / (count * grid.cell) as f32).max(1.0)
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

/// How far the border may be smoothed along the side: as makes it most like what lies deeper.
fn radius(band: &Band, border: &[Lanes]) -> usize {
    let (first, end) = (band.depth / 4, (band.depth / 2).max(band.depth / 4 + 1));
    let apart = (end - first).div_ceil(DEEPER);
    let lines = (first..end).step_by(apart).map(|deep| band.mean(deep..(deep + apart).min(end)));
    let lines: Vec<Vec<Lanes>> = lines.map(|mean| line::averaged(&mean, 1)).collect();
    let deeper: Vec<Lanes> = (0..band.length).map(|along| line::median(lines.iter().map(|line| line[along]))).collect();
    let error = |radius: usize| {
        let smooth = line::fitted(border, radius);
        let differences: Vec<Lanes> = deeper.iter().zip(&smooth).map(|(&deeper, &smooth)| deeper - smooth).collect();
        let light = line::averaged(&differences, LIGHT);
        let mut errors: Vec<f32> = differences
            .iter()
            .zip(&light)
            .map(|(&difference, &light)| (difference - light).0.into_iter().map(f32::abs).sum())
            .collect();
        let telling = ((errors.len() as f32 * TELLING) as usize).max(1);
        errors.select_nth_unstable_by(telling - 1, f32::total_cmp);
        errors[..telling].iter().sum::<f32>() / telling as f32
    };
    let fitting = RADII.iter().copied().filter(|radius| 2 * radius < band.length);
    let judged = fitting.map(|radius| (error(radius), radius));
    judged.min_by(|one, other| one.0.total_cmp(&other.0)).map_or(1, |(_, radius)| radius)
}
