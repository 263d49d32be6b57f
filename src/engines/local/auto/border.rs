//! Measures a side, before anything is made beside it.

use std::ops::Range;

use crate::engines::local::auto::look::Levels;
use crate::engines::local::auto::look::Look;
use crate::engines::local::auto::look::grain;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::raster::Lanes;
use crate::raster::Raster;
use crate::raster::median::lane_median;

/// Share of the known pixels across a side that is looked at for smoothness, and the least number.
const STRIP: f32 = 0.06;
const NARROWEST: u32 = 8;

/// A step to the next pixel by more levels than this is none of a backdrop.
const STEP: f32 = 6.0;

/// The share of such steps up to which a side is a backdrop.
const SMOOTH: f64 = 0.12;
/// Confidence that a share of steps takes.
const STEPS_COST: f64 = 2.5;

/// Steps from pixel to pixel of the canvas, in 8-bit levels, from which on a side that looks smooth
/// from afar is a fine pattern, like a weave.
const FINE: f64 = 16.0;

/// Columns whose median is the border, so that dust is none of it.
const OUTERMOST: usize = 7;
/// A line that crosses the border has so many levels more or less on its other side, which is
/// so many pixels away.
const LINE: f32 = 16.0;
const LINE_WIDTH: usize = 2;
/// Confidence that a line of the room takes.
const LINE_COST: f64 = 0.04;
/// Distance along the side, as a share of it, at which such a line may be found on the opposite side.
const OPPOSITE: f32 = 0.12;

/// Share of steps among few rows up to which they are a plain backdrop, how many rows these are,
/// and the share of a side that makes a backdrop before which things stand.
const PLAIN: f32 = 0.02;
const ROWS: usize = 7;
const BACKDROP: f32 = 0.1;

/// Kind of what a side shows.
pub(super) enum Kind {
    /// A backdrop, and how sure it is that it can be continued.
    Backdrop(f64),
    /// A thing before a backdrop that runs out of the frame: the rest of it is unknown.
    CutOff,
    /// Anything else.
    Content,
}

/// Measures of a side.
pub(super) struct Border {
    /// Share of steps: from 0, smooth, to 1.
    pub(super) busy: f64,
    /// Size of the more frequent steps from pixel to pixel of the canvas, in 8-bit levels.
    pub(super) grain: f64,
    /// Number of lines across it that the opposite side has as well, like that of a floor.
    pub(super) lines: usize,
    /// Number of lines across it that are the edges of a thing.
    edges: usize,
    /// Number of things of many steps on it, before a backdrop.
    things: usize,
}

impl Border {
    /// Measures a side of the `known` part of a canvas, whose small copy is `look`.
    pub(super) fn of(canvas: &Raster, known: Rect, look: &Look, side: Side) -> Border {
        let whole = Rect::of(look.size());
        let strip_of = |side: Side| {
            let (_, across) = side.extent(whole);
            let depth = ((across as f32 * STRIP) as u32).max(NARROWEST).min(across);
            look.turned(side.strip(whole, depth), side)
        };
        let (strip, opposite) = (strip_of(side), strip_of(side.opposite()));
        let (lines, lines_there) = (crossing(&strip), crossing(&opposite));
        let reach = (strip.height as f32 * OPPOSITE) as usize;
        let is_there = |line: &&Line| {
            lines_there.iter().any(|other| other.at.abs_diff(line.at) <= reach && other.step.dot(line.step) > 0.0)
        };
        // A line of the room comes out again on the other side, lighter on the same side of it; the edge of a thing
        // does not.
        let through = lines.iter().filter(is_there).count();
        let (_, across) = side.extent(known);
        Border {
            busy: busy(&strip),
            grain: grain(canvas, side.strip(known, across.min(NARROWEST))),
            lines: through,
            edges: lines.len() - through,
            things: things(&busy_rows(&strip), &busy_rows(&opposite), side),
        }
    }

    /// Returns how much of it is a part of something that runs out of the frame.
    pub(super) fn cut_off(&self) -> usize {
        if self.is_smooth() { self.edges } else { self.things }
    }

    fn is_smooth(&self) -> bool {
        self.busy < SMOOTH && self.grain < FINE
    }

    /// Returns what is to be made beside it.
    pub(super) fn kind(&self) -> Kind {
        match self.cut_off() {
            // A backdrop with many steps or lines is a pattern, which `studio` does not continue (`LEAST_BACKDROP`).
            0 if self.is_smooth() => Kind::Backdrop(1.0 - self.busy * STEPS_COST - self.lines as f64 * LINE_COST),
            0 => Kind::Content,
            _ => Kind::CutOff,
        }
    }
}

/// A line that crosses a side: where along it, and what lies beyond it more than before it.
struct Line {
    at: usize,
    step: Lanes,
}

/// The lines that cross the outermost pixels, which are on the right: those that the median of some
/// columns shows, or dust would be one, and the last column as well, or what stands close to the
/// border would.
fn crossing(strip: &Levels) -> Vec<Line> {
    let columns = strip.width.saturating_sub(OUTERMOST)..strip.width;
    let border = steps_along((0..strip.height).map(|y| lane_median(columns.clone().map(|x| strip.at(x, y)))).collect());
    let last = steps_along((0..strip.height).map(|y| strip.at(strip.width - 1, y)).collect());
    let reaches = |at: usize| {
        let near = at.saturating_sub(OUTERMOST / 2)..(at + OUTERMOST / 2 + 1).min(last.len());
        last[near].iter().any(|step| step.largest() > LINE / 2.0)
    };
    let is_line = |at: usize| border[at].largest() > LINE && reaches(at);
    let begins = |&at: &usize| is_line(at) && (at == 0 || !is_line(at - 1));
    (0..border.len()).filter(begins).map(|at| Line { at, step: border[at] }).collect()
}

/// Returns how much more lies beyond each place of a column than before it.
fn steps_along(levels: Vec<Lanes>) -> Vec<Lanes> {
    levels.iter().zip(levels.iter().skip(LINE_WIDTH)).map(|(&before, &after)| after - before).collect()
}

/// The rows, or columns, of so many that have one before them; the only one, if there is one.
fn followers(count: usize) -> Range<usize> {
    usize::from(count > 1)..count
}

/// Tells whether there is a step to a place of a strip.
fn is_step(strip: &Levels, x: usize, y: usize) -> bool {
    let far = |other: Lanes| (strip.at(x, y) - other).largest() > STEP;
    far(strip.at(x.saturating_sub(1), y)) || far(strip.at(x, y.saturating_sub(1)))
}

/// Returns how many steps there are in each row.
fn steps(strip: &Levels) -> Vec<usize> {
    let in_row = |y: usize| followers(strip.width).filter(|&x| is_step(strip, x, y)).count();
    followers(strip.height).map(in_row).collect()
}

/// The share of steps.
fn busy(strip: &Levels) -> f64 {
    let places = followers(strip.width).len() * followers(strip.height).len();
    steps(strip).iter().sum::<usize>() as f64 / places as f64
}

/// Tells whether the rows around each are more than a plain backdrop.
fn busy_rows(strip: &Levels) -> Vec<bool> {
    let most = PLAIN * (ROWS * followers(strip.width).len()) as f32;
    steps(strip).windows(ROWS).map(|rows| rows.iter().sum::<usize>() as f32 > most).collect()
}

/// Returns how many runs of busy rows stand between two backdrops, or above and below beside one, and are
/// not there on the opposite side, as a horizon would be.
fn things(rows: &[bool], opposite: &[bool], side: Side) -> usize {
    let runs = runs(rows, ((rows.len() as f32 * BACKDROP) as usize).max(1));
    let stands = |at: usize| {
        let (before, behind) = (at > 0, at + 1 < runs.len());
        if side.is_lateral() { before && behind } else { before || behind }
    };
    let is_there = |run: &Range<usize>| opposite.get((run.start + run.end) / 2).is_some_and(|&busy| busy);
    runs.iter().enumerate().filter(|&(at, (run, is_busy))| *is_busy && stands(at) && !is_there(run)).count()
}

/// Runs of busy rows and of `least` others at least, by turns.
fn runs(rows: &[bool], least: usize) -> Vec<(Range<usize>, bool)> {
    let mut runs: Vec<(Range<usize>, bool)> = Vec::new();
    let mut at = 0;
    for run in rows.chunk_by(PartialEq::eq) {
        let end = at + run.len();
        // A short pause is a part of the thing: between its legs, say.
        let is_busy = run[0] || run.len() < least;
        match runs.last_mut() {
            Some((last, was_busy)) if *was_busy == is_busy => last.end = end,
            _ => runs.push((at..end, is_busy)),
        }
        at = end;
    }
    runs
}
