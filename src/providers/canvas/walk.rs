//! Tells a camera that moves back how far to go.
//!
//! One step moves it by a share of the frame. What that share does is not documented: the source may then
//! take `1 - share` of the frame, `1 / (1 + share)`, or something between. So the first step goes far
//! enough under the weakest reading without losing the source under the strongest, and the others go by
//! what was found.

use crate::error::Class;
use crate::error::Failure;

/// The longest step while nothing is known: under the strongest reading a fifth of the frame is left.
const BLIND: f64 = 0.79;

/// Lengthens a step that was worked out: too far is fine, too near is lost.
const SPARE: f64 = 1.02;

/// The longest step that is ever asked for.
const LONGEST: f64 = 0.98;

/// A step that was made: the share of the frame that was asked, and that the source then took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CanvasStep {
    /// The share of the frame by which the camera was to move.
    pub asked: f64,
    /// The share of the frame that the source took then.
    pub found: f64,
}

/// Returns the step after which the source takes at most `zoom` of the frame, while nothing is known.
pub(super) fn first(zoom: f64) -> f64 {
    (1.0 / zoom - 1.0).clamp(0.0, BLIND)
}

/// Returns the same where a step of before shows how far one leads; one that leads only to `enough` of the frame
/// where none leads to `zoom`.
///
/// # Errors
/// [`Class::Unreachable`] if none leads to `enough`.
pub fn next(zoom: f64, enough: f64, known: CanvasStep) -> Result<f64, Failure> {
    // No number compares as too long.
    let leads = |share: f64| share <= LONGEST;
    let far = share(zoom, known) * SPARE;
    if leads(far) {
        return Ok(far.max(0.0));
    }
    if leads(share(enough, known) * SPARE) {
        return Ok(LONGEST);
    }
    let (asked, found, zoom) = (known.asked * 100.0, known.found * 100.0, enough * 100.0);
    Err(Failure::new(
        Class::Unreachable,
        format!(
            "a step back by {asked:.0} % left the source at {found:.0} % of the frame, and no step leads to {zoom:.0} %"
        ),
    ))
}

fn share(zoom: f64, CanvasStep { asked, found }: CanvasStep) -> f64 {
    let (weakest, strongest) = (1.0 / (1.0 + asked), 1.0 - asked);
    if found >= weakest {
        // Weaker than any reading: the step counts in another unit, or in none.
        let gained = 1.0 / found - 1.0;
        return if gained > 0.0 { (1.0 / zoom - 1.0) * asked / gained } else { f64::INFINITY };
    }
    if found <= strongest {
        return (1.0 - zoom) * asked / (1.0 - found);
    }
    // Between them lies `(1 + share · bend) ^ (-1 / bend)`, from -1 (the strongest) to 1 (the weakest).
    let leads = |share: f64, bend: f64| {
        if bend.abs() < 1e-6 { (-share).exp() } else { (1.0 + share * bend).max(1e-9).powf(-1.0 / bend) }
    };
    let bend = halved((-1.0, 1.0), |bend| leads(asked, bend) < found);
    halved((0.0, 1.0 / zoom - 1.0), |share| leads(share, bend) > zoom)
}

/// Finds by halving the end of the range, from the first bound on, in which a property holds.
fn halved((mut first, mut last): (f64, f64), holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(first, last);
        if holds(middle) { first = middle } else { last = middle }
    }
    last
}
