//! Frames: a few lines along a side that are another than the picture behind them, as scanning,
//! scaling and cutting leave them. They stay, and no margin is made of them.

use crate::engines::local::band::Band;
use crate::engines::local::extend::extend;
use crate::engines::local::extend::nearest;
use crate::engines::local::side::Side;
use crate::engines::margin_strips;
use crate::engines::median::lane_median;
use crate::geometry::Rect;
use crate::raster::Lanes;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::place;

/// Lines that a frame has at most, and how many times as many a side has at least.
const MOST: u32 = 6;
const DEPTH: u32 = 4;
/// The least lines behind which there is a frame.
const SHALLOWEST: u32 = 12;

/// The step in levels that makes one: more than any does that the lines behind it have from one to
/// the next, which counts so many times.
const STEP: (f32, f32) = (4.0, 3.0);
/// How many steps behind it are looked at.
const BEHIND: u32 = 6;

/// Bytes that [`without`] needs.
pub(super) fn scratch_bytes(known: Rect, pixel_bytes: u64) -> u64 {
    let around = 2 * (u64::from(known.width) + u64::from(known.height));
    around * (u64::from(MOST) * pixel_bytes + u64::from(MOST + BEHIND + 2) * size_of::<Lanes>() as u64)
}

/// Has margins filled as if what is `known` of a canvas had no frame.
pub(super) fn without<T>(canvas: &mut Raster, known: Rect, fill: impl FnOnce(&mut Raster, Rect) -> T) -> T {
    let [left, right, top, bottom] = Side::ALL.map(|side| lines(canvas, known, side));
    if [left, right, top, bottom] == [0; 4] {
        return fill(canvas, known);
    }
    let inside = Rect::new(known.x + left, known.y + top, known.width - left - right, known.height - top - bottom);
    let kept: Vec<(Rect, Raster)> = ring(known, inside).map(|part| (part, copy(canvas, part))).collect();
    let has_margin = Side::ALL.map(|side| side.margin(canvas.size(), known) > 0);
    // A frame beside a margin is filled with it; any other goes with what lies behind it.
    extend(canvas, inside, nearest);
    let [left, right, top, bottom] =
        [(left, 0), (right, 1), (top, 2), (bottom, 3)].map(|(lines, side)| if has_margin[side] { lines } else { 0 });
    let known = Rect::new(known.x + left, known.y + top, known.width - left - right, known.height - top - bottom);
    let filled = fill(canvas, known);
    kept.iter().for_each(|(part, frame)| place(canvas, frame, *part));
    filled
}

/// How many of the outermost lines of a side are a frame: each is another than what lies behind, which
/// is alike, all along the side.
fn lines(canvas: &Raster, known: Rect, side: Side) -> u32 {
    let (_, across) = side.extent(known);
    if across < SHALLOWEST {
        return 0;
    }
    let most = MOST.min(across / DEPTH);
    let band = Band::outermost(canvas, known, side, most + BEHIND + 2);
    let step = |one: u32, other: u32| {
        let steps = band.line(one as usize).iter().zip(band.line(other as usize));
        lane_median(steps.map(|(&one, &other)| one - other)).largest()
    };
    let is_frame = |count: &u32| {
        let last = (count + 1 + BEHIND).min(band.depth as u32 - 1);
        let behind = (*count + 1..last).map(|at| step(at, at + 1)).fold(0.0, f32::max);
        step(count - 1, count + 1) > STEP.0 + STEP.1 * behind
    };
    (1..=most).rev().find(is_frame).unwrap_or(0)
}

/// What lies around `inside`.
fn ring(known: Rect, inside: Rect) -> impl Iterator<Item = Rect> {
    let moved = Rect { x: inside.x - known.x, y: inside.y - known.y, ..inside };
    margin_strips(known.size(), moved).into_iter().map(move |strip| Rect {
        x: strip.x + known.x,
        y: strip.y + known.y,
        ..strip
    })
}

fn copy(canvas: &Raster, part: Rect) -> Raster {
    fn copied<S: Sample>(pixels: &Pixels<S>, part: Rect) -> Pixels<S> {
        let count = pixels.channels().count();
        let row = |y| &pixels.row(y)[part.x as usize * count..part.right() as usize * count];
        let samples = (part.y..part.bottom()).flat_map(row).copied().collect();
        Pixels::from_samples(part.size(), pixels.channels(), samples)
    }
    match canvas {
        Raster::U8(pixels) => copied(pixels, part).into(),
        Raster::U16(pixels) => copied(pixels, part).into(),
    }
}
