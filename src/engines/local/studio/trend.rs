//! Continues the light past the border in the way that has foretold it best inside the band.
//!
//! Of a few ways to go on, straight or bent, each more or less damped, every one is tried at every
//! depth of the band: what does it make, from the cells behind, of those that lie before them? The
//! most cautious one of those that do it about best is taken, and only as far as it was right;
//! none, if plain extension is not clearly worse.

use crate::engines::local::line;
use crate::engines::local::studio::grid::Grid;
use crate::raster::Lanes;

/// Cells from which a straight trend and a bent one are taken.
const STRAIGHT: &[usize] = &[3, 5, 8, 12];
const BENT: &[usize] = &[8, 12, 18];

/// Share of a slope that is left from one cell to the next.
const STRAIGHT_DAMPING: &[f32] = &[0.8, 0.9, 0.96, 1.0];
const BENT_DAMPING: &[f32] = &[0.96, 1.0];

/// The same farther out than it is known inwards.
const SOON: f32 = 0.8;

/// Largest error that is allowed, as a share of that of plain extension.
const STRAIGHT_ERROR: f32 = 0.5;
const BENT_ERROR: f32 = 0.2;

/// An error this many times the least one, and a bit, is about as good.
const ALIKE: (f32, f32) = (1.3, 0.02);

/// Squared levels that are no change.
const SMALL: f32 = 0.5;

/// Bins that are smoothed over.
const SLOPE_REACH: usize = 3;
const BEND_REACH: usize = 8;

/// Share of the colours of a change that goes for each share of noise in them.
const NOISY: f32 = 1.25;

/// Share of the bins that has to be clear for a trial, and of those that counts: the best.
const NEEDED: f32 = 0.25;
const COUNTED: f32 = 0.8;

/// Way in which the light of each bin goes on.
pub(super) struct Trend {
    /// Levels per cell outwards, and how much that grows from cell to cell.
    pub(super) slope: Vec<Lanes>,
    pub(super) bend: Vec<Lanes>,
    /// Share of the slope that is left from one cell to the next.
    pub(super) damping: f32,
    /// Number of cells over which it is known; nothing is known of what comes farther out.
    pub(super) known: f32,
}

/// A way to go on, as it proved in the band.
#[derive(Clone, Copy)]
struct Way {
    is_bent: bool,
    /// Cells from which it is taken.
    cells: usize,
    damping: f32,
    /// Its error as a share of that of plain extension.
    error: f32,
    /// The share of what it foretold that came.
    share: f32,
    /// At how many cells from the border it was tried last.
    deepest: usize,
}

impl Trend {
    /// The trend of a band whose margin is `reach` cells wide, if it has one.
    pub(super) fn of(grid: &Grid, reach: f32) -> Option<Trend> {
        let ways = [(false, STRAIGHT), (true, BENT)].into_iter();
        let ways = ways.flat_map(|(is_bent, cells)| cells.iter().map(move |&cells| (is_bent, cells)));
        let tried: Vec<Way> = ways.flat_map(|(is_bent, cells)| tried(grid, is_bent, cells, reach)).collect();
        // Errors of ways that are about as good differ by chance; among them the one that does least harm is taken.
        let best = tried.iter().map(|way| way.error).fold(f32::INFINITY, f32::min);
        let good = tried.into_iter().filter(|way| way.error <= best * ALIKE.0 + ALIKE.1);
        // Straight before bent, and more damped before less: both go astray more slowly where they are wrong.
        let cautious = |way: &Way| (way.is_bent, way.damping, way.error);
        let way =
            good.min_by(|one, other| cautious(one).partial_cmp(&cautious(other)).unwrap_or(std::cmp::Ordering::Equal))?;
        let known: Vec<bool> = (0..grid.bins()).map(|bin| grid.clear_cells(bin) >= way.cells).collect();
        let Fit { mut slope, mut bend, .. } = Fit::of(grid, 0, way.cells, &known, way.is_bent);
        line::bridged(&mut slope, &known);
        line::bridged(&mut bend, &known);
        // What was foretold is scaled as it would have been right inside, and again by how right it was: with half of
        // the squared error of plain extension it counts half.
        let share = way.share.clamp(0.0, 1.0) * (1.0 - way.error);
        let shared = |values: Vec<Lanes>| values.into_iter().map(|value| value * share).collect();
        Some(Trend {
            slope: shared(slope),
            bend: shared(bend),
            damping: way.damping,
            known: (way.deepest + way.cells) as f32,
        })
    }

    /// Returns how far the slope has come so many pixels outwards, in pixels, with cells of so many.
    pub(super) fn come(&self, pixels: f32, cell: usize) -> f32 {
        let per_pixel = 1.0 / cell as f32;
        let known = pixels.min(self.known * cell as f32);
        let damping = self.damping.powf(per_pixel);
        // Past what was tried the slope fades faster, by `SOON` for each cell more.
        let left = damping.powf(known);
        come(known, damping) + left * come(pixels - known, damping * SOON.powf(per_pixel))
    }
}

/// Returns how far a slope has come after some steps, each of which leaves so much of it: the sum of a geometric
/// series, also for part of a step.
fn come(steps: f32, damping: f32) -> f32 {
    if damping < 1.0 { damping * (1.0 - damping.powf(steps)) / (1.0 - damping) } else { steps }
}

/// Level, slope and bend of each bin at a cell, from that and those behind it.
struct Fit {
    level: Vec<Lanes>,
    slope: Vec<Lanes>,
    bend: Vec<Lanes>,
}

impl Fit {
    fn of(grid: &Grid, first: usize, count: usize, known: &[bool], is_bent: bool) -> Fit {
        let cells = &grid.cells[first..first + count];
        let middle = (count - 1) as f32 / 2.0;
        // Places, outwards from the middle: there the two shapes, x and x² less its mean, are orthogonal, so that
        // each is fitted by itself.
        let places: Vec<f32> = (0..count).map(|cell| middle - cell as f32).collect();
        let slope = smoothed(&toned(projected(cells, &places), &cells[0], known), known, SLOPE_REACH);
        let bend = if is_bent {
            let mean = places.iter().map(|place| place * place).sum::<f32>() / count as f32;
            let squares: Vec<f32> = places.iter().map(|place| place * place - mean).collect();
            let bend = toned(projected(cells, &squares), &cells[0], known);
            // Of x² the second derivative is 2.
            smoothed(&bend, known, BEND_REACH).into_iter().map(|bend| bend * 2.0).collect()
        } else {
            vec![Lanes::ZERO; grid.bins()]
        };
        // The slope at the outermost cell, where the margin begins, and no longer at the middle.
        let slope: Vec<Lanes> = slope.iter().zip(&bend).map(|(&slope, &bend)| slope + bend * middle).collect();
        // The mean of two cells lies half a cell behind the first; one alone has more noise.
        let level = |bin: usize| (cells[0][bin] + cells[1][bin]) * 0.5 + slope[bin] * 0.5;
        Fit { level: (0..grid.bins()).map(level).collect(), slope, bend }
    }

    /// Returns what came of the change of a bin up to a cell before those that it was taken from.
    fn came(&self, grid: &Grid, cell: usize, bin: usize) -> Lanes {
        grid.cells[cell][bin] - self.level[bin]
    }
}

/// Returns how much of a shape is in some cells, bin by bin: least squares.
fn projected(cells: &[Vec<Lanes>], shape: &[f32]) -> Vec<Lanes> {
    let norm: f32 = shape.iter().map(|value| value * value).sum();
    let part = |bin: usize| {
        let sum = cells.iter().zip(shape).fold(Lanes::ZERO, |sum, (cell, &value)| sum + cell[bin] * value);
        sum * (1.0 / norm)
    };
    (0..cells[0].len()).map(part).collect()
}

/// Changes of light in its own colours, as far as these are no noise. Most light falls off in all colours
/// alike; what differs from that, from bin to bin too, is noise, which far out would be a cast.
fn toned(mut changes: Vec<Lanes>, levels: &[Lanes], known: &[bool]) -> Vec<Lanes> {
    let common = |change: Lanes, level: Lanes| {
        let Lanes([red, green, blue, _]) = level;
        let level = Lanes([red, green, blue, 0.0]);
        // The part of a change in the direction of the level itself: light that falls off scales all colours alike.
        level * (change.dot(level) / level.square().max(1.0))
    };
    let own: Vec<Lanes> = changes.iter().zip(levels).map(|(&change, &level)| change - common(change, level)).collect();
    let known: Vec<usize> = (0..own.len()).filter(|&bin| known[bin]).collect();
    let steps = known.windows(2).map(|near| (own[near[1]] - own[near[0]]).square()).sum::<f32>();
    let all = known.iter().map(|&bin| own[bin].square()).sum::<f32>();
    // What is independent from bin to bin differs between neighbours by twice its variance.
    let noise = 0.5 * steps / all.max(1e-9);
    let lost = (NOISY * noise).min(1.0);
    changes.iter_mut().zip(&own).for_each(|(change, &own)| *change = *change - own * lost);
    changes
}

/// The values of the known bins, averaged by a bell over their neighbours.
fn smoothed(values: &[Lanes], known: &[bool], reach: usize) -> Vec<Lanes> {
    let width = reach as f32 / 2.0 + 0.1;
    let bell: Vec<f32> = (0..=reach).map(|off| (-0.5 * (off as f32 / width).powi(2)).exp()).collect();
    let mean = |at: usize| {
        let (mut sum, mut weights) = (Lanes::ZERO, 0.0);
        for near in at.saturating_sub(reach)..(at + reach + 1).min(values.len()) {
            if known[near] {
                sum += values[near] * bell[near.abs_diff(at)];
                weights += bell[near.abs_diff(at)];
            }
        }
        if weights > 0.0 { sum * (1.0 / weights) } else { Lanes::ZERO }
    };
    (0..values.len()).map(mean).collect()
}

/// A trial: what would have been foretold at one depth of the band.
struct Trial {
    /// Number of cells that lie before those that it is taken from.
    first: usize,
    /// The bins that are clear so deep.
    known: Vec<bool>,
    fit: Fit,
    /// Weight in the sum: each depth the same, however many cells lie before it and however much they
    /// change.
    weight: f32,
}

impl Trial {
    fn of(grid: &Grid, first: usize, cells: usize, known: Vec<bool>, is_bent: bool) -> Trial {
        let fit = Fit::of(grid, first, cells, &known, is_bent);
        let bins = || (0..grid.bins()).filter(|&bin| known[bin]);
        let changes =
            (0..first).flat_map(|cell| bins().map(move |bin| (cell, bin))).map(|(cell, bin)| fit.came(grid, cell, bin));
        let change = changes.map(Lanes::square).sum::<f32>() / (bins().count() * first).max(1) as f32;
        Trial { first, weight: 1.0 / (first as f32 * (change + SMALL)), known, fit }
    }
}

/// Score of a way in one bin: squared errors of plain extension and of the way, and how what was
/// foretold agrees with what came.
#[derive(Clone, Copy, Default)]
struct Score {
    plain: f32,
    error: f32,
    agreement: f32,
    energy: f32,
}

/// A way with each damping, tried at each depth of the band up to that of the margin. Only those
/// whose error is allowed.
fn tried(grid: &Grid, is_bent: bool, cells: usize, reach: f32) -> Vec<Way> {
    let known = |first: usize| (0..grid.bins()).map(|bin| grid.clear_cells(bin) >= first + cells).collect::<Vec<_>>();
    let least = (NEEDED * grid.bins() as f32).max(2.0);
    let deepest = grid.cells.len().saturating_sub(cells).min(reach as usize + 1);
    let trials = (1..=deepest).map(|first| (first, known(first)));
    let trials = trials.take_while(|(_, known)| known.iter().filter(|&&known| known).count() as f32 >= least);
    let trials: Vec<Trial> = trials.map(|(first, known)| Trial::of(grid, first, cells, known, is_bent)).collect();
    // One depth proves nothing: a way may fit it by chance.
    if trials.len() < 2 {
        return Vec::new();
    }
    let (dampings, allowed) = if is_bent { (BENT_DAMPING, BENT_ERROR) } else { (STRAIGHT_DAMPING, STRAIGHT_ERROR) };
    let deepest = trials.len();
    let way = |&damping: &f32| {
        let (error, share) = judged(&scores(grid, &trials, damping));
        Way { is_bent, cells, damping, error, share, deepest }
    };
    dampings.iter().map(way).filter(|way| way.error < allowed).collect()
}

fn scores(grid: &Grid, trials: &[Trial], damping: f32) -> Vec<Score> {
    let mut scores = vec![Score::default(); grid.bins()];
    for &Trial { first, ref known, ref fit, weight } in trials {
        for out in 1..=first {
            let come = come(out as f32, damping);
            for (bin, score) in scores.iter_mut().enumerate().filter(|&(bin, _)| known[bin]) {
                let came = fit.came(grid, first - out, bin);
                let foretold = fit.slope[bin] * come + fit.bend[bin] * (0.5 * come * come);
                score.plain += weight * came.square();
                score.error += weight * (came - foretold).square();
                score.agreement += weight * came.dot(foretold);
                score.energy += weight * foretold.square();
            }
        }
    }
    scores
}

/// Error and share over the bins that fare best: a subject's edge in one is none of the light's.
fn judged(scores: &[Score]) -> (f32, f32) {
    // Bins that were never known, or in which nothing changes, tell no way from another.
    let mut tried: Vec<Score> = scores.iter().copied().filter(|score| score.plain > 0.0).collect();
    tried.sort_by(|one, other| one.error.total_cmp(&other.error));
    tried.truncate(((tried.len() as f32 * COUNTED) as usize).max(1));
    let sum = |part: fn(&Score) -> f32| tried.iter().map(part).sum::<f32>().max(1e-9);
    let error = sum(|score| score.error) / sum(|score| score.plain);
    (error, sum(|score| score.agreement) / sum(|score| score.energy))
}
