//! Compares what `studio` makes of known pixels that are hidden from it with what is there.
//!
//! Whether a backdrop can be foretold is best found out by foretelling it: the clouds of a painted canvas
//! become streaks on a hidden strip as they do in the margin. The weights that make a confidence of how
//! much is missed were chosen on pictures that were looked at one by one: `docs/local-engines.md`.

use crate::engines::local::auto::look::Levels;
use crate::engines::local::auto::look::Look;
use crate::engines::local::side::Side;
use crate::engines::local::studio;
use crate::geometry::Rect;
use crate::raster::Lanes;

/// Depth of the hidden strip, as a share of what is known across the side, and the least.
const STRIP: f64 = 0.045;
const NARROWEST: u32 = 2;

/// Pixels behind it in which nothing may begin, as `studio` would carry it on.
const BEHIND: u32 = 8;
/// A step by more levels than this over so many pixels begins a thing; so far beside it is its blur.
const EDGE: (f32, usize) = (8.0, 4);
const BESIDE: usize = 5;
/// Least share of the side that shows nothing but backdrop; where less seems to, it is the backdrop that
/// has the edges.
const CLEAR: f32 = 0.3;

/// Deviation of the blur that takes the grain from both.
const BLUR: f32 = 1.0;

/// Measures of a side with a hidden strip.
pub(super) struct HoldOut {
    /// Distance of what is foretold of the hidden strip from what is there, in 8-bit levels.
    pub(super) missed: f64,
}

impl HoldOut {
    /// Tries a side of a small copy; none where so little is known that nothing can be hidden.
    pub(super) fn of(look: &Look, side: Side) -> Option<HoldOut> {
        let whole = Rect::of(look.size());
        let (_, across) = side.extent(whole);
        let hidden = ((f64::from(across) * STRIP).round() as u32).max(NARROWEST);
        // More must be left than is hidden, or the light has nothing to be foretold from.
        let kept = across.checked_sub(hidden).filter(|&kept| kept > hidden)?;
        let mut tried = look.raster().clone();
        studio::continue_side(&mut tried, side.opposite().strip(whole, kept), side);

        let shown = (hidden + hidden.max(BEHIND)).min(across);
        let outermost = |look: &Look| look.turned(side.strip(whole, shown), side).blurred(BLUR);
        let (there, made) = (outermost(look), outermost(&Look::of(tried)));
        let clear = clear(&there);
        let strip = (shown - hidden) as usize..shown as usize;
        // A level that is off all along the side is light, which is not missed.
        let off = |x: usize| {
            let off: Vec<Lanes> = clear.iter().map(|&y| made.at(x, y) - there.at(x, y)).collect();
            let mean = off.iter().fold(Lanes::ZERO, |sum, &off| sum + off) * (1.0 / off.len() as f32);
            off.iter().map(|&off| (off - mean).square().sqrt()).sum::<f32>()
        };
        let count = clear.len() * strip.len();
        Some(HoldOut { missed: f64::from(strip.map(off).sum::<f32>()) / count as f64 })
    }

    /// Returns how sure it is that the margin will not be noticed: a logistic regression.
    pub(super) fn confidence(&self) -> f64 {
        // Fitted to 180 results of `studio` on the tune half, 20 of them called broken by eye:
        // `docs/local-engines.md`.
        let bad = 1.74 * (self.missed + 0.1).ln() - 2.29;
        1.0 / (1.0 + bad.exp())
    }
}

/// The rows that show nothing but backdrop.
fn clear(levels: &Levels) -> Vec<usize> {
    let (step, distance) = EDGE;
    let is_edge = |x: usize, y: usize| (levels.at(x, y) - levels.at(x - distance, y)).largest() > step;
    let things: Vec<bool> = (0..levels.height).map(|y| (distance..levels.width).any(|x| is_edge(x, y))).collect();
    let near = |y: usize| &things[y.saturating_sub(BESIDE)..(y + BESIDE + 1).min(things.len())];
    let clear: Vec<usize> = (0..levels.height).filter(|&y| !near(y).contains(&true)).collect();
    if (clear.len() as f32) < CLEAR * levels.height as f32 { (0..levels.height).collect() } else { clear }
}
