//! Whether what a picture shows stands before one plain colour.

use crate::geometry::Rect;
use crate::geometry::Size;
use crate::raster::Border;
use crate::raster::Raster;
use crate::raster::Samples;
use crate::raster::border;

/// How far a pixel of a plain border may be from its colour, in 8-bit levels. A backdrop of more
/// than that has grain or light that goes on.
const PLAIN: f32 = 1.5;
/// The largest share of pixels on one side that may be farther: dust.
const SPECKS: f64 = 0.02;

/// How far compression changes a plain border close to a thing, in 8-bit levels, and the largest
/// share of a side that it may; the rest has the very colour.
const RINGING: f32 = 8.0;
const RUNG: f64 = 0.2;
const EXACT: f32 = 0.5;

/// What is plain for so many pixels is more than a dead line, or than a frame.
const DEEP: u32 = 3;
/// The largest share of a side that may be something else that deep: a corner of a thing.
const OTHER: f64 = 0.1;
/// The share of a side that runs out of the frame there: a string.
const THING: f64 = 0.003;

/// The largest share of a side that a thing may take which runs out of the frame before one colour.
const CUT_OFF: f64 = 0.5;

/// How deep light may have changed the colour, as a share of the shorter side, and the share of
/// pixels that may differ there if that is what did.
const INSIDE: f64 = 0.06;
const DISAGREE: f64 = 0.5;

/// The one colour of the border of what is `known`, if it has one and the picture before it does
/// not run out of the frame.
pub(super) fn plain(canvas: &Raster, known: Rect) -> Option<Samples> {
    let at = |depth: u32, tolerance: f32| border(canvas, inset(known, canvas.size(), depth), tolerance);
    let Border { color, deviating, .. } = at(0, RINGING)?;
    let is_plain = at(0, PLAIN)?.deviating <= SPECKS || at(0, EXACT)?.deviating <= RUNG;
    let deep = at(DEEP, RINGING)?;
    let runs_out = deviating > THING && deep.deviating > THING;
    let is_line = deep.deviating > OTHER || is_other(canvas, deep.color, color);
    let inside = at((f64::from(known.width.min(known.height)) * INSIDE) as u32, PLAIN)?;
    let is_light = inside.deviating <= DISAGREE && is_other(canvas, inside.color, color);
    (deviating <= SPECKS && is_plain && !runs_out && !is_line && !is_light).then_some(color)
}

/// The one colour of most of each side, before which something runs out of the frame.
pub(super) fn mostly_plain(canvas: &Raster, known: Rect) -> Option<Samples> {
    let Border { color, deviating, .. } = border(canvas, known, PLAIN)?;
    let deep = border(canvas, inset(known, canvas.size(), DEEP), PLAIN)?;
    let is_plain = deviating.max(deep.deviating) <= CUT_OFF && !is_other(canvas, deep.color, color);
    is_plain.then_some(color)
}

/// What is known without its outermost pixels beside margins, if anything is left.
fn inset(known: Rect, canvas: Size, depth: u32) -> Rect {
    let beside = |is_margin: bool| if is_margin { depth } else { 0 };
    let (left, top) = (beside(known.x > 0), beside(known.y > 0));
    let (right, bottom) = (beside(known.right() < canvas.width), beside(known.bottom() < canvas.height));
    if known.width <= left + right || known.height <= top + bottom {
        return known;
    }
    Rect::new(known.x + left, known.y + top, known.width - left - right, known.height - top - bottom)
}

/// Whether two colours of a canvas differ by more than a plain border does.
fn is_other(canvas: &Raster, one: Samples, other: Samples) -> bool {
    let level = if canvas.sample_bytes() == 1 { 1.0 } else { 257.0 };
    let most = PLAIN * level;
    one.iter().zip(other).any(|(&one, other)| f32::from(one.abs_diff(other)) > most)
}
