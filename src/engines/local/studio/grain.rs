//! What is not smooth in a band: the grain of a sensor, and more of it.

use crate::engines::local::dither::dice;
use crate::engines::local::mixture::largest_grain;
use crate::engines::local::mixture::pieces;
use crate::engines::local::mixture::weights;
use crate::engines::local::side::mirrored;
use crate::engines::local::studio::band::Band;
use crate::engines::local::studio::grid::Grid;
use crate::engines::local::studio::line;
use crate::raster::Lanes;

/// How much of the grain is made. All of it would look the same at 400 %, and lie twice as far
/// from what was there as none; this much costs a third of that.
const STRENGTH: f32 = 0.6;

/// Side of the pieces of grain, of which each pixel of a margin mixes four.
const TILE: usize = 24;

/// How deep grain is taken from, and how far from anything that is not backdrop.
const DEPTH: usize = 128;
const DISTANCE: usize = 8;

/// How far along the side a piece may be taken from its place, as grain grows with light.
const STRAY: usize = 96;

/// Radius of the means that leave the grain, and the deviations past which a pixel is no grain.
const RADIUS: usize = 3;
const MOST: f32 = 4.0;

/// The grain of a side.
pub(super) struct Grain {
    /// Line by line from the outermost.
    levels: Vec<Lanes>,
    length: usize,
    seed: u32,
    weights: [f32; 2 * TILE],
}

impl Grain {
    pub(super) fn of(band: &Band, grid: &Grid, channels: usize, seed: u32) -> Grain {
        let depth = DEPTH.min(band.depth);
        let clear = grid.clear_along();
        let depths: Vec<usize> = clear.iter().map(|clear| clear.saturating_sub(DISTANCE).min(depth)).collect();
        let mut levels = without_things(residual(band, depth), &depths, channels);
        go_on_inwards(&mut levels, &depths);
        Grain { levels, length: band.length, seed, weights: weights() }
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
                let weight = self.weights[down] * STRENGTH;
                // Pieces begin one half before their column.
                let first = (column * TILE) as isize - TILE as isize;
                let places = first.max(0)..(first + 2 * TILE as isize).min(line.len() as isize);
                for along in places {
                    let across = (along - first) as usize;
                    let place = mirrored(from + across as isize, self.length);
                    line[along as usize] += source[place] * (self.weights[across] * weight);
                }
            }
        }
    }

    fn line(&self, deep: usize) -> &[Lanes] {
        &self.levels[deep * self.length..][..self.length]
    }

    /// Where in the band a piece comes from.
    #[inline]
    fn piece(&self, column: usize, row: usize) -> (isize, isize) {
        let dice = dice(column as u32, row as u32, self.seed);
        let dice = dice ^ (dice >> 15);
        let stray = (dice as usize % (2 * STRAY)) as isize - STRAY as isize;
        let deep = (dice >> 16) as usize % DEPTH;
        ((column * TILE) as isize - TILE as isize + stray, deep as isize)
    }
}

/// What the outermost lines are beyond the mean around each pixel.
fn residual(band: &Band, depth: usize) -> Vec<Lanes> {
    let along: Vec<Vec<Lanes>> = (0..depth).map(|deep| line::averaged(band.line(deep), RADIUS)).collect();
    let mut residual = Vec::with_capacity(depth * band.length);
    for deep in 0..depth {
        let near = &along[deep.saturating_sub(RADIUS)..(deep + RADIUS + 1).min(depth)];
        let scale = 1.0 / near.len() as f32;
        residual.extend(
            band.line(deep)
                .iter()
                .enumerate()
                .map(|(at, &level)| level - near.iter().fold(Lanes::ZERO, |sum, line| sum + line[at]) * scale),
        );
    }
    residual
}

/// What deviates more than grain does is a thing, or a line, and not repeated.
fn without_things(mut levels: Vec<Lanes>, depths: &[usize], channels: usize) -> Vec<Lanes> {
    let length = depths.len();
    let is_clear = |at: usize| at / length < depths[at % length];
    let clear = levels.iter().enumerate().filter(|&(at, _)| is_clear(at));
    let mut sizes: Vec<f32> = clear.flat_map(|(_, level)| level.0.into_iter().take(channels)).map(f32::abs).collect();
    let most = largest_grain(&mut sizes, MOST, 1.0);
    levels.iter_mut().filter(|level| level.largest() > most).for_each(|level| *level = Lanes::ZERO);
    levels
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
