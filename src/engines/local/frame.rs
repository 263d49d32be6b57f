//! Frames: lines along a side that are another than the picture behind them: a few, as scanning, scaling
//! and cutting leave them, or more around the whole picture. They stay, and no margin is made of them.

use crate::engines::local::band::Band;
use crate::engines::local::extend::extend;
use crate::engines::local::extend::nearest;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::geometry::margin_strips;
use crate::raster::Lanes;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::median::lane_median;
use crate::raster::place;

/// Lines that a frame has at most, and how many times as many a side has at least.
const MOST: u32 = 6;
const DEPTH: u32 = 4;
/// The same of a frame of one colour around the whole picture, which may have been enlarged with it: at
/// most, and as a part of the shorter side.
const AROUND: u32 = 32;
const THIN: u32 = 40;
/// Largest distance of the colours of its sides from each other, in levels.
const ALIKE: f32 = 8.0;
/// The least lines behind which there is a frame.
const SHALLOWEST: u32 = 12;

/// The step in levels that makes one: more than any does that the lines behind it have from one to
/// the next, which counts so many times.
const STEP: (f32, f32) = (4.0, 3.0);
/// Number of steps behind it that are looked at.
const BEHIND: u32 = 6;

/// Bytes that [`without`] needs for a way of filling that needs `filling`.
pub(super) fn scratch_bytes(known: Rect, pixel_bytes: u64, filling: u64) -> u64 {
    let (width, height, most) = (u64::from(known.width), u64::from(known.height), u64::from(most_lines(known)));
    let band = width.max(height) * (most + u64::from(BEHIND + 2)) * size_of::<Lanes>() as u64;
    // What is looked at is given back before anything is filled; what is kept of a frame stays.
    2 * (width + height) * most * pixel_bytes + band.max(filling)
}

/// Lines that a frame has at most, of a side or around the whole of `known`.
pub(super) fn most_lines(known: Rect) -> u32 {
    (known.width.min(known.height) / THIN).clamp(MOST, AROUND)
}

/// Has margins filled as if what is `known` of a canvas had no frame.
pub(super) fn without<T>(canvas: &mut Raster, known: Rect, fill: impl FnOnce(&mut Raster, Rect) -> T) -> T {
    let [left, right, top, bottom] =
        around(canvas, known).unwrap_or_else(|| Side::ALL.map(|side| Lines::of(canvas, known, side, MOST).count));
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

/// Counts the lines that each side has of a frame around the whole picture, if it has one.
fn around(canvas: &Raster, known: Rect) -> Option<[u32; 4]> {
    let mut found: Vec<Lines> = Vec::with_capacity(4);
    for side in Side::ALL {
        let lines = Lines::of(canvas, known, side, most_lines(known));
        let is_alike = found.first().is_none_or(|first| (first.color - lines.color).largest() <= ALIKE);
        found.push(Some(lines).filter(|lines| lines.count > 0 && is_alike)?);
    }
    Some(std::array::from_fn(|side| found[side].count))
}

/// The outermost lines of a side that are a frame: each is another than what lies behind, which is
/// alike, all along the side.
struct Lines {
    count: u32,
    /// The median of the outermost.
    color: Lanes,
}

impl Lines {
    /// Counts them, up to `most`.
    fn of(canvas: &Raster, known: Rect, side: Side, most: u32) -> Lines {
        let (_, across) = side.extent(known);
        if across < SHALLOWEST {
            return Lines { count: 0, color: Lanes::ZERO };
        }
        let most = most.min(across / DEPTH);
        let band = Band::outermost(canvas, known, side, most + BEHIND + 2);
        let step = |one: u32, other: u32| {
            let steps = band.line(one as usize).iter().zip(band.line(other as usize));
            lane_median(steps.map(|(&one, &other)| one - other)).largest()
        };
        let depth = band.depth as u32;
        let next: Vec<f32> = (1..depth).map(|at| step(at - 1, at)).collect();
        let is_frame = |count: &u32| {
            let last = (count + 1 + BEHIND).min(depth - 1);
            let behind = next[*count as usize + 1..last as usize].iter().copied().fold(0.0, f32::max);
            step(count - 1, count + 1) > STEP.0 + STEP.1 * behind
        };
        let count = (1..=most).rev().find(is_frame).unwrap_or(0);
        Lines { count, color: lane_median(band.line(0).iter().copied()) }
    }
}

/// Returns what lies around `inside`.
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
