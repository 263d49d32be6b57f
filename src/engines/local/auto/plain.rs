//! Tells whether a side, or all of them, shows one plain colour.

use crate::engines::local::band::Band;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::raster::Border;
use crate::raster::Lanes;
use crate::raster::Raster;
use crate::raster::Samples;
use crate::raster::border;
use crate::raster::median::lane_median;

/// Most by which a pixel of a plain border differs from its colour, in 8-bit levels. A backdrop of more
/// than that has grain or light that goes on.
const PLAIN: f32 = 1.5;
/// The largest share of pixels on one side that may be farther: dust.
const SPECKS: f64 = 0.02;

/// Most by which compression changes a plain border close to a thing, in 8-bit levels, and the largest
/// share of a side that it may; the rest has the very colour.
const RINGING: f32 = 8.0;
const RUNG: f64 = 0.2;
const EXACT: f32 = 0.5;

/// Number of pixels for which a plain border must go on, to be more than a dead line or a frame.
const DEEP: u32 = 3;
/// The largest share of a side that may be something else that deep: a corner of a thing.
const OTHER: f64 = 0.1;
/// The share of a side that runs out of the frame there: a string.
const THING: f64 = 0.003;

/// Depth to which light may have changed the colour, as a share of the shorter side, and the share of
/// pixels that may differ there if that is what did.
const INSIDE: f64 = 0.06;
const DISAGREE: f64 = 0.5;

/// A border that is never darkened: so much of so many of its outermost lines is within so many
/// levels of one colour.
const OWN_LINES: u32 = 8;
const OWN: f64 = 0.95;
const OWN_LEVELS: f32 = 4.0;

/// The one colour of the border of what is `known`, if it has one and the picture before it does
/// not run out of the frame.
pub(super) fn plain(canvas: &Raster, known: Rect) -> Option<Samples> {
    let at = |depth: u32, tolerance: f32| {
        let Border { color, deviating, .. } = border(canvas, inset(known, canvas.size(), depth), tolerance)?;
        Some(Line { color: levels(canvas, color), deviating })
    };
    let color = border(canvas, known, 0.0)?.color;
    is_plain(inside(known), at)?.then_some(color)
}

/// The same of one side by itself.
pub(super) fn plain_side(canvas: &Raster, known: Rect, side: Side) -> Option<Samples> {
    let (_, across) = side.extent(known);
    let deepest = inside(known).max(DEEP).min(across - 1);
    let band = Band::outermost(canvas, known, side, deepest + 1);
    let at = |depth: u32, tolerance: f32| {
        let depth = depth.min(deepest);
        // Beside the ends there may be what lies behind the sides next to it.
        let ends = (depth as usize).min((band.length - 1) / 2);
        let line = &band.line(depth as usize)[ends..band.length - ends];
        let color = lane_median(line.iter().copied());
        let deviating = line.iter().filter(|&&level| (level - color).largest() > tolerance).count();
        Some(Line { color, deviating: deviating as f64 / line.len() as f64 })
    };
    let color = at(0, 0.0)?.color;
    is_plain(inside(known), at)?.then(|| samples(canvas, &band, color))
}

/// The colour of a side whose border is plain, whatever lies behind it.
pub(super) fn own_color(canvas: &Raster, known: Rect, side: Side) -> Option<Samples> {
    let band = Band::outermost(canvas, known, side, OWN_LINES);
    let color = lane_median(band.levels.iter().copied());
    let is_near = |level: &Lanes| (*level - color).largest() <= OWN_LEVELS;
    let near = band.levels.iter().filter(|level| is_near(level)).count();
    // What the margin meets is the outermost line.
    let line = lane_median(band.line(0).iter().copied().filter(is_near));
    (near as f64 >= OWN * band.levels.len() as f64).then(|| samples(canvas, &band, line))
}

/// Measures of the line of a border.
struct Line {
    color: Lanes,
    /// The share of pixels that differ by more than was allowed, on the side where it is largest.
    deviating: f64,
}

/// Tells whether lines `at` a depth, of which pixels may differ by so many levels, are those of one colour;
/// `inside` is how deep light shows.
fn is_plain(inside: u32, at: impl Fn(u32, f32) -> Option<Line>) -> Option<bool> {
    let Line { color, deviating } = at(0, RINGING)?;
    // Nearly all of it within `PLAIN`, or most of it exact: compression rings close to a thing, and leaves the rest
    // as it was.
    let is_plain = at(0, PLAIN)?.deviating <= SPECKS || at(0, EXACT)?.deviating <= RUNG;
    let deep = at(DEEP, RINGING)?;
    let is_other = |other: Lanes| (other - color).largest() > PLAIN;
    // Dust is at one depth; what is at both comes in from outside of the frame.
    let runs_out = deviating > THING && deep.deviating > THING;
    let is_line = deep.deviating > OTHER || is_other(deep.color);
    let inside = at(inside, PLAIN)?;
    // Where most pixels farther in agree on another level it is light that changes the colour; where they do not it
    // is a thing.
    let is_light = inside.deviating <= DISAGREE && is_other(inside.color);
    Some(deviating <= SPECKS && is_plain && !runs_out && !is_line && !is_light)
}

fn inside(known: Rect) -> u32 {
    (f64::from(known.width.min(known.height)) * INSIDE) as u32
}

/// Returns what is known without its outermost pixels beside margins, if anything is left.
fn inset(known: Rect, canvas: Size, depth: u32) -> Rect {
    let beside = |is_margin: bool| if is_margin { depth } else { 0 };
    let (left, top) = (beside(known.x > 0), beside(known.y > 0));
    let (right, bottom) = (beside(known.right() < canvas.width), beside(known.bottom() < canvas.height));
    if known.width <= left + right || known.height <= top + bottom {
        return known;
    }
    Rect::new(known.x + left, known.y + top, known.width - left - right, known.height - top - bottom)
}

/// Samples of a canvas in 8-bit levels, not weighed by alpha.
fn levels(canvas: &Raster, samples: Samples) -> Lanes {
    let level = if canvas.sample_bytes() == 1 { 1.0 } else { 257.0 };
    Lanes(samples.map(|sample| f32::from(sample) / level))
}

/// A level of a band in samples of its canvas, its colours no longer weighed by alpha.
pub(super) fn samples(canvas: &Raster, band: &Band, level: Lanes) -> Samples {
    let channels = canvas.channels();
    let alpha = if channels.has_alpha() { level.0[band.colors] } else { 255.0 };
    let scale = if canvas.sample_bytes() == 1 { 1.0 } else { 257.0 };
    std::array::from_fn(|lane| {
        let weight = if lane < band.colors && !band.is_opaque { 255.0 / alpha.max(1e-3) } else { 1.0 };
        if lane < channels.count() { (level.0[lane] * weight * scale + 0.5) as u16 } else { 0 }
    })
}
