//! Takes from a band what is not smooth, the grain of a sensor, and makes more of it.

use std::collections::VecDeque;

use crate::engines::local::band::Band;
use crate::engines::local::dither::dice;
use crate::engines::local::line;
use crate::engines::local::mixture::largest_grain;
use crate::engines::local::mixture::pieces;
use crate::engines::local::mixture::weights;
use crate::engines::local::side::mirrored;
use crate::engines::local::studio::grid::Grid;
use crate::raster::Lanes;

/// Share of the grain that is made. All of it would look the same at 400 %, and lie twice as far
/// from what was there as none; this much costs a third of that.
// Made grain is independent of what was there: with the share k of it the squared distance is 1 + k² times the
// variance of grain, 2 for all of it and 1.36 for 0.6.
const STRENGTH: f32 = 0.6;
/// The deviation that may be missing, in levels: of strong grain less would be seen.
const MISSING: f32 = 0.8;

/// Side of the pieces of grain, of which each pixel of a margin mixes four.
const TILE: usize = 24;

/// Depth from which grain is taken, and its distance from anything that is not backdrop.
const DEPTH: usize = 128;
const DISTANCE: usize = 8;

/// Most pixels along the side that a piece may be taken from its place, as grain grows with light.
const STRAY: usize = 96;

/// Radius of the means that leave the grain, and the deviations past which a pixel is no grain.
const RADIUS: usize = 3;
const MOST: f32 = 4.0;

/// Pixels from one to the next of which the deviation is told.
const APART: usize = 7;

/// From the mean of the sizes of noise to its deviation: the root of π / 2.
const FROM_MEAN: f32 = 1.2533;

/// Lines that tell how strong the grain is at the border.
const OUTERMOST: usize = 16;
/// Pixels along the side over which that is averaged.
const NEAR: usize = 32;

/// Returns how many lines are held while the grain of a band so deep is found, the first ones for good: those of
/// the grain, the means that it is more than, and the sizes of some of it, which come one by one.
pub(super) fn lines(depth: u64) -> (u64, u64) {
    let lines = depth.min(DEPTH as u64);
    (lines, 2 * (RADIUS as u64 + 2) + 2 * lines.div_ceil(APART as u64))
}

/// The grain of a side.
pub(super) struct Grain {
    /// Line by line from the outermost.
    levels: Vec<Lanes>,
    length: usize,
    /// Share of it that is made of each pixel along the side.
    strength: Vec<f32>,
    /// The deviation of what is made, in levels.
    deviation: Vec<f32>,
    /// The place along the side that stands for each, from as far before its beginning as pieces
    /// may be taken from.
    places: Vec<usize>,
    seed: u32,
    weights: [f32; 2 * TILE],
}

impl Grain {
    pub(super) fn of(band: &Band, grid: &Grid, channels: usize, seed: u32) -> Grain {
        let depth = DEPTH.min(band.depth);
        let clear = grid.clear_along();
        // Close to a thing the means around a pixel contain a part of it.
        let depths: Vec<usize> = clear.iter().map(|clear| clear.saturating_sub(DISTANCE).min(depth)).collect();
        let mut levels = without_things(residual(band, depth), &depths, channels);
        let (strength, deviation) = strength(&levels, &depths, channels);
        go_on_inwards(&mut levels, &depths);
        // A piece begins up to `STRAY` pixels beside its place and is two tiles long: with the mirror image of both
        // ends no place needs a check.
        let reach = (STRAY + 2 * TILE) as isize;
        let places = (-reach..(band.length as isize + reach)).map(|place| mirrored(place, band.length)).collect();
        Grain { levels, length: band.length, strength, deviation, places, seed, weights: weights() }
    }

    /// The deviation of the grain that is made of each pixel along the side, in levels.
    pub(super) fn deviation(&self) -> &[f32] {
        &self.deviation
    }

    /// Adds grain to a line of the margin, counted outwards.
    pub(super) fn add(&self, out: usize, line: &mut [Lanes]) {
        if self.levels.is_empty() {
            return;
        }
        for (row, down) in pieces(out, TILE) {
            for column in 0..=line.len().div_ceil(TILE) {
                let (from, deep) = self.piece(column, row);
                let source = self.line(mirrored(deep + down as isize, self.levels.len() / self.length));
                // Pieces begin one half before their column.
                let hidden = if column == 0 { TILE } else { 0 };
                let first = column * TILE + hidden - TILE;
                let made = line[first..].iter_mut().zip(&self.strength[first..]);
                let piece = self.places[from + hidden..].iter().zip(&self.weights[hidden..]);
                for ((level, strength), (&place, across)) in made.zip(piece) {
                    *level += source[place] * (across * self.weights[down] * strength);
                }
            }
        }
    }

    fn line(&self, deep: usize) -> &[Lanes] {
        &self.levels[deep * self.length..][..self.length]
    }

    /// Returns where in the band a piece comes from: its first place, as in `places`, and line.
    #[inline]
    fn piece(&self, column: usize, row: usize) -> (usize, isize) {
        let dice = dice(column as u32, row as u32, self.seed);
        // The lower half, which is the weaker one (see `dice`), takes something of the upper one: both are used.
        let dice = dice ^ (dice >> 15);
        let stray = dice as usize % (2 * STRAY);
        let deep = (dice >> 16) as usize % DEPTH;
        (TILE + column * TILE + stray, deep as isize)
    }
}

/// Returns what the outermost lines are beyond the mean around each pixel.
fn residual(band: &Band, depth: usize) -> Vec<Lanes> {
    let mut near = VecDeque::new();
    let mut sums = vec![Lanes::ZERO; band.length];
    let mut residual = Vec::with_capacity(depth * band.length);
    let mut coming = (0..depth).map(|deep| line::averaged(band.line(deep), RADIUS));
    for deep in 0..depth {
        for line in coming.by_ref().take(if deep == 0 { RADIUS + 1 } else { 1 }) {
            sums.iter_mut().zip(&line).for_each(|(sum, &level)| *sum += level);
            near.push_back(line);
        }
        // A running sum of the lines up to `RADIUS` before and behind: each is added once and taken off once.
        if deep > RADIUS
            && let Some(line) = near.pop_front()
        {
            sums.iter_mut().zip(&line).for_each(|(sum, &level)| *sum = *sum - level);
        }
        let scale = 1.0 / near.len() as f32;
        residual.extend(band.line(deep).iter().zip(&sums).map(|(&level, &sum)| level - sum * scale));
    }
    residual
}

/// Leaves out what deviates more than grain does: that is a thing, or a line, and not repeated.
fn without_things(mut levels: Vec<Lanes>, depths: &[usize], channels: usize) -> Vec<Lanes> {
    let length = depths.len();
    let is_clear = |at: usize| at / length < depths[at % length];
    let clear = levels.iter().enumerate().step_by(APART).filter(|&(at, _)| is_clear(at));
    let mut sizes: Vec<f32> = clear.flat_map(|(_, level)| level.0.into_iter().take(channels)).map(f32::abs).collect();
    let most = largest_grain(&mut sizes, MOST, 1.0);
    levels.iter_mut().filter(|level| level.largest() > most).for_each(|level| *level = Lanes::ZERO);
    levels
}

/// Returns how much grain to make along the side, and its deviation then: as much as there is in the
/// outermost lines, if that is less than farther in.
fn strength(levels: &[Lanes], depths: &[usize], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let length = depths.len();
    let mean = |lines: usize| -> Vec<Lanes> {
        let mut sums = vec![Lanes::ZERO; length];
        for (deep, line) in levels.chunks_exact(length).take(lines).enumerate() {
            let clear = sums.iter_mut().zip(line).zip(depths).filter(|(_, depth)| deep < **depth);
            clear.for_each(|((sum, level), _)| *sum += level.map(f32::abs));
        }
        let mean = |(&sum, &depth): (&Lanes, &usize)| sum * (1.0 / depth.clamp(1, lines) as f32);
        let means: Vec<Lanes> = sums.iter().zip(depths).map(mean).collect();
        line::averaged(&means, NEAR)
    };
    let sum = |level: &Lanes| level.0.iter().sum::<f32>();
    // The means of a line reach `RADIUS` lines farther in, so these look at the outermost `OUTERMOST` ones.
    let (outermost, all) = (mean(OUTERMOST - RADIUS), mean(DEPTH));
    let both = outermost.iter().map(sum).zip(all.iter().map(sum));
    let made = both.map(|(outer, all)| {
        let deviation = outer.min(all) / channels as f32 * FROM_MEAN;
        let made = (deviation * STRENGTH).max(deviation - MISSING);
        // Grain of the whole depth is taken, so what is stronger there than at the border is made weaker.
        (made / deviation.max(1e-3) * (outer / all.max(1e-3)).min(1.0), made)
    });
    made.unzip()
}

/// Puts the mirror image of the grain where there is none, as a thing begins.
fn go_on_inwards(levels: &mut [Lanes], depths: &[usize]) {
    let length = depths.len();
    for line in 0..levels.len() / length {
        for (along, &depth) in depths.iter().enumerate().filter(|&(_, &depth)| line >= depth) {
            levels[line * length + along] =
                if depth > 0 { levels[mirrored(line as isize, depth) * length + along] } else { Lanes::ZERO };
        }
    }
}
