//! Measures copied content, and how sure it is that it will not be noticed.
//!
//! The measures and the weights that make a confidence of them were chosen on photographs that
//! were looked at one by one: `docs/local-engines.md`.

use crate::engines::local::auto::look::Levels;
use crate::engines::local::auto::look::Look;
use crate::engines::local::auto::look::percentile;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::raster::Lanes;
use crate::raster::Raster;
use crate::raster::median::median_of;

/// Pixels from the border within which things that end there are looked for.
const NEAR: usize = 8;

/// Rows of a side and lines behind it in which lines that cross its border are followed, and the
/// share of rows that is not looked at, as noise has a few of any size.
const ROWS: u32 = 256;
const LINES: u32 = 11;
const FEW: f32 = 0.005;
/// Levels that change anywhere.
const ANYWHERE: f64 = 2.0;

/// Measures of copied content.
pub(super) struct Copies {
    /// Strength of the change of colours towards the border, close to it: things that end there.
    pub(super) ends: f64,
    /// The strongest corner of something large in the margin: a thing was copied.
    pub(super) corners: f64,
    /// Factor by which levels change more across the border than from line to line behind it: lines that do
    /// not meet.
    pub(super) jump: f64,
}

impl Copies {
    /// Measures a side of which `inner` was known and whose margin is filled.
    pub(super) fn of(canvas: &Raster, inner: Rect, side: Side) -> Copies {
        let grown = side.grown(canvas.size(), inner);
        let look = Look::at(canvas, grown);
        let margin = side.margin(canvas.size(), inner);
        let (_, across) = side.extent(inner);
        let (_, shown) = side.extent(Rect::of(look.size()));
        let border = (f64::from(across) / f64::from(across + margin) * f64::from(shown)).round() as usize;
        let all = look.turned(Rect::of(look.size()), side);
        let border = border.clamp(1, all.width.saturating_sub(1).max(1));
        let margin = all.width - border;
        let known = all.columns(border.saturating_sub(margin.max(3 * NEAR))..border);
        let near = tensors(&known, 1.0).columns(known.width.saturating_sub(NEAR)..known.width);
        let made = tensors(&all, 2.0).columns(border..all.width);
        Copies {
            ends: percentile(near.levels.iter().map(|tensor| tensor.0[0].max(0.0).sqrt()), 0.95),
            corners: percentile(made.levels.iter().map(|&tensor| corner(tensor)), 1.0),
            jump: jump(canvas, inner, side),
        }
    }

    /// Returns how sure it is that copies will not be noticed, of a margin `reach` times as wide as what is known
    /// is deep: a logistic regression.
    pub(super) fn confidence(&self, reach: f64) -> f64 {
        // Fitted to 202 results on the tune half, 97 of them called broken by eye: `docs/local-engines.md`.
        let bad = 1.27 * self.ends.ln_1p() + 1.11 * self.corners.ln_1p() + 9.52 * reach - 8.48;
        1.0 / (1.0 + bad.exp())
    }
}

/// Returns how much more levels change from one line to the next across the border than behind it.
fn jump(canvas: &Raster, inner: Rect, side: Side) -> f64 {
    let (length, across) = side.extent(inner);
    let step = length.div_ceil(ROWS).min(side.margin(canvas.size(), inner));
    let show = |part: Rect| {
        let look = Look::at(canvas, part);
        look.turned(Rect::of(look.size()), side)
    };
    let behind = show(side.strip(inner, across.min(LINES * step)));
    let beyond = show(side.lines(inner, 0..step));
    let change = |before: &Levels, x: usize, after: &Levels, next: usize| {
        let rows = 0..before.height.min(after.height);
        let changes = rows.map(|y| (after.at(next, y) - before.at(x, y)).largest());
        percentile(changes, 1.0 - FEW)
    };
    // Median over the lines behind: one that lies along the border is not what its side usually does.
    let mut inside: Vec<f32> = (1..behind.width).map(|x| change(&behind, x - 1, &behind, x) as f32).collect();
    change(&behind, behind.width - 1, &beyond, 0) / (f64::from(median_of(&mut inside)) + ANYWHERE)
}

/// Returns where levels change after a blur by this deviation, and in which direction: the structure
/// tensor of each place (squares across, products, squares along), summed over its neighbourhood
/// and over luma and colours.
fn tensors(levels: &Levels, deviation: f32) -> Levels {
    let smooth = levels.blurred(deviation);
    let slope = |before: Lanes, after: Lanes, distance: usize| (after - before) * (1.0 / distance.max(1) as f32);
    let (right, below) = (levels.width - 1, levels.height - 1);
    let product = |x: usize, y: usize| {
        let (left, next) = (x.saturating_sub(1), (x + 1).min(right));
        let across = slope(smooth.at(left, y), smooth.at(next, y), next - left);
        let (up, down) = (y.saturating_sub(1), (y + 1).min(below));
        let along = slope(smooth.at(x, up), smooth.at(x, down), down - up);
        Lanes([across.square(), across.dot(along), along.square(), 0.0])
    };
    let products = (0..levels.height).flat_map(|y| (0..levels.width).map(move |x| (x, y)));
    let products = products.map(|(x, y)| product(x, y)).collect();
    Levels { levels: products, ..*levels }.blurred(2.0 * deviation)
}

/// Returns how much levels change in the direction in which they change least: nothing along an edge.
fn corner(Lanes([across, both, along, _]): Lanes) -> f32 {
    let (middle, half) = ((across + along) / 2.0, (across - along) / 2.0);
    // The smaller eigenvalue of a symmetric matrix of two rows; its root is in levels per pixel.
    (middle - (half * half + both * both).sqrt()).max(0.0).sqrt()
}
