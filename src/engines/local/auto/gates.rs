//! What is measured of a side, before and after its margin is filled.
//!
//! The measures and the weights that make a confidence of them were chosen on photographs that
//! were looked at one by one: `docs/local-engines.md`.

use crate::engines::local::auto::look::Levels;
use crate::engines::local::auto::look::Look;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::raster::Lanes;
use crate::raster::Raster;

/// How much of the known pixels across a side is looked at for smoothness, and at least.
const STRIP: f32 = 0.06;
const NARROWEST: u32 = 8;

/// A step to the next pixel by more levels than this is none of a backdrop.
const STEP: f32 = 6.0;

/// The share of such steps up to which a side is a backdrop.
const SMOOTH: f64 = 0.12;
/// How much confidence a share of steps takes.
const STEPS_COST: f64 = 2.5;

/// A line that crosses the border has so many levels more or less on its other side, which is
/// so many pixels away.
const LINE: f32 = 24.0;
const LINE_WIDTH: usize = 2;
/// How many lines may cross a side of a backdrop: the edges of a skirting or of a shadow beside
/// it, one above and below. More are a thing that runs out of the frame.
const LINES_BESIDE: u32 = 2;
const LINES_ABOVE: u32 = 1;
/// How much confidence a line takes.
const LINE_COST: f64 = 0.1;

/// How far from the border things that end there are looked for.
const NEAR: usize = 8;
/// Columns across the border whose edges count as those that cross it.
const CROSSING: usize = 3;

/// What a side shows.
pub(super) enum Kind {
    /// A backdrop, and how sure it is that it can be continued.
    Backdrop(f64),
    /// A thing before a backdrop that runs out of the frame: nobody knows the rest of it.
    CutOff,
    /// Anything else.
    Content,
}

/// What is measured of a side before anything is made beside it.
pub(super) struct Border {
    /// Share of steps: from 0, smooth, to 1.
    pub(super) busy: f64,
    /// How many lines cross it.
    pub(super) lines: u32,
    side: Side,
}

impl Border {
    /// Measures a side of what is known.
    pub(super) fn of(known: &Look, side: Side) -> Border {
        let whole = Rect::of(known.size());
        let (_, across) = side.extent(whole);
        let depth = ((across as f32 * STRIP) as u32).max(NARROWEST).min(across);
        let strip = known.turned(side.strip(whole, depth), side);
        Border { busy: busy(&strip), lines: lines(&strip), side }
    }

    /// What is to be made beside it.
    pub(super) fn kind(&self) -> Kind {
        let most = if self.side.is_lateral() { LINES_BESIDE } else { LINES_ABOVE };
        match self.busy < SMOOTH {
            true if self.lines > most => Kind::CutOff,
            true => Kind::Backdrop(1.0 - self.busy * STEPS_COST - f64::from(self.lines) * LINE_COST),
            false => Kind::Content,
        }
    }
}

/// How many lines reach the outermost pixels, which are on the right.
fn lines(strip: &Levels) -> u32 {
    let last = strip.width - 1;
    let is_step = |y: &usize| (strip.at(last, y + LINE_WIDTH) - strip.at(last, *y)).largest() > LINE;
    let steps: Vec<bool> = (0..strip.height.saturating_sub(LINE_WIDTH)).map(|y| is_step(&y)).collect();
    steps.iter().enumerate().filter(|&(at, &step)| step && (at == 0 || !steps[at - 1])).count() as u32
}

fn busy(strip: &Levels) -> f64 {
    let is_step = |one: Lanes, other: Lanes| (other - one).largest() > STEP;
    let (mut steps, mut places) = (0, 0);
    for y in 1..strip.height {
        for x in 1..strip.width {
            let here = strip.at(x, y);
            steps += u32::from(is_step(strip.at(x - 1, y), here) || is_step(strip.at(x, y - 1), here));
            places += 1;
        }
    }
    f64::from(steps) / f64::from(places.max(1))
}

/// What is measured of copied content.
pub(super) struct Content {
    /// How strongly colours change towards the border, close to it: things that end there.
    pub(super) ends: f64,
    /// How strong the edges are that cross the border.
    pub(super) edges: f64,
    /// The strongest corner of something large in the margin: a thing was copied.
    pub(super) corners: f64,
}

impl Content {
    /// Measures a side of which `inner` was known and whose margin is filled.
    pub(super) fn of(canvas: &Raster, inner: Rect, side: Side) -> Content {
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
        let large = tensors(&all, 2.0);
        let crossing = large.columns(border.saturating_sub(CROSSING)..(border + CROSSING).min(all.width));
        let made = large.columns(border..all.width);
        Content {
            ends: percentile(near.levels.iter().map(|tensor| tensor.0[0].max(0.0).sqrt()), 0.95),
            edges: percentile(crossing.levels.iter().map(|&tensor| eigenvalues(tensor).1.sqrt()), 0.95),
            corners: percentile(made.levels.iter().map(|&tensor| eigenvalues(tensor).0.sqrt()), 1.0),
        }
    }

    /// How sure it is that nobody takes offence: a logistic regression.
    pub(super) fn confidence(&self) -> f64 {
        let bad = 2.01 * self.ends.ln_1p() - 1.15 * self.edges.ln_1p() + 1.22 * self.corners.ln_1p() - 5.45;
        1.0 / (1.0 + bad.exp())
    }
}

/// Where levels change after a blur by this deviation, and in which direction: the structure
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

/// The lesser and the larger eigenvalue, which are not below 0.
fn eigenvalues(Lanes([across, both, along, _]): Lanes) -> (f32, f32) {
    let (middle, half) = ((across + along) / 2.0, (across - along) / 2.0);
    let spread = (half * half + both * both).sqrt();
    ((middle - spread).max(0.0), middle + spread)
}

fn percentile(values: impl Iterator<Item = f32>, share: f32) -> f64 {
    let mut values: Vec<f32> = values.collect();
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f32 * share).round() as usize;
    f64::from(*values.select_nth_unstable_by(at, f32::total_cmp).1)
}
