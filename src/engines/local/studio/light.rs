//! Changes the levels of a margin by the light, which goes on as its [`Trend`] says, within bounds.

use crate::engines::local::line;
use crate::engines::local::studio::grid::Grid;
use crate::engines::local::studio::trend::Trend;
use crate::raster::Lanes;

/// A trend brings at most this many times the change that the band itself shows in as many
/// pixels, and of what it takes away this share.
const MOST: f32 = 1.5;
/// A margin counts at most as so many times as wide as the band is clear.
const FAR: f32 = 2.0;
const DARKEST: f32 = 0.8;

/// Light that goes on, along the side.
pub(super) struct Light<'a> {
    trend: &'a Trend,
    /// Lines per cell of the grid.
    cell: usize,
    /// Levels per pixel outwards, and how much that grows from pixel to pixel.
    slope: Vec<Lanes>,
    bend: Vec<Lanes>,
    /// One over the most that this may bring and take.
    rise: Vec<Lanes>,
    fall: Vec<Lanes>,
}

impl Light<'_> {
    /// The light beside a border, which goes on by this trend of this grid.
    pub(super) fn of<'a>(trend: &'a Trend, grid: &Grid, border: &[Lanes], margin: usize) -> Light<'a> {
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
        Light { trend, cell: grid.cell, slope, bend, rise, fall }
    }

    /// Adds what it changes in a line of the margin, counted outwards.
    pub(super) fn add(&self, out: usize, line: &mut [Lanes]) {
        let come = self.trend.come(out as f32 + 0.5, self.cell);
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

/// Returns how much each bin's light changes over as many clear pixels as the margin has.
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
    line::bridged(&mut changes, &known);
    changes
}
