//! Finds the source on a picture that a provider returned.
//!
//! What is compared are gradients ([`GradientField`]), which survive what providers do to colour,
//! sharpness and compression. The search goes from coarse to fine: every place and scale on a
//! picture of [`COARSE`](crate::providers::returned::search::COARSE) pixels, then the best few, moved and scaled by
//! ever smaller steps, on larger ones. At the finest size a wrong place agrees with nothing, so that one score tells
//! found from not found.

use crate::geometry::Size;
use crate::geometry::Window;
use crate::providers::Placement;
use crate::providers::returned::field::GradientField;
use crate::providers::returned::field::gray;
use crate::providers::returned::field::reduced;
use crate::providers::returned::field::resized;
use crate::providers::returned::search::FoundPlace;
use crate::providers::returned::search::Search;
use crate::providers::returned::search::centre;
use crate::providers::returned::search::distinct;
use crate::providers::returned::sweep::sweep;
use crate::raster::Raster;

/// Longest sides of the pictures on which the best places are refined, and how many of them
/// go on to the next.
const LEVELS: [(u32, usize); 3] = [(160, 6), (320, 3), (768, 2)];

/// The scales, against the one that was asked for, at which an unknown place is searched.
pub(in crate::providers) const SCALES: (f64, f64) = (0.5, 1.05);

/// Most by which a known place may be off: in pixels of the returned picture or as a share of its
/// longer side, whichever is more; and in scale.
const NEAR: (f64, f64, f64) = (8.0, 0.015, 0.04);

/// The least agreement at which the source counts as found, for a known and for an unknown
/// place. Over the photographs and faults of `tests/providers/returned/placement.rs`: whatever a
/// provider does short of painting over the source leaves at least 0.65; with half of it
/// painted over 0.2 to 0.5 are left. Near a known place another picture agrees by 0.18 at most;
/// of all places, where half of the source is gone, a wrong one by up to 0.36.
const FOUND: (f32, f32) = (0.20, 0.38);

/// The largest share of the best agreement that another place may reach.
const RIVAL: f32 = 0.75;

/// The least share of a source's parts that must agree in an unknown place. Half of them are
/// left when all but a frame was painted over; a wrong place has a few.
const SPREAD: f32 = 0.3;

/// Below this texture a source has nothing by which it could be found.
const FEATURELESS: f32 = 0.002;

/// Most by which a source's ratio may have changed, beyond what the result's own size says.
const BENT: f64 = 0.015;

/// Agreement that a place other than the one asked for must gain to be believed.
pub(super) const GAIN: f32 = 0.01;

/// Reason for which it was not found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Lost {
    /// The source is of one colour: there is nothing to recognise.
    Featureless,
    /// No place agrees; the best one's agreement and the least that is asked.
    Missing(f32, f32),
    /// Two places agree about as well.
    Ambiguous(f32, f32),
    /// It was found, farther than a known place may be off: pixels across and down, scale.
    Far(f64, f64, f64),
}

/// Searches `sent` on `returned`, at or near `asked`, or anywhere.
pub(super) fn locate(
    returned: &Raster,
    sent: &Raster,
    asked: Window,
    (placement, scales): (Placement, (f64, f64)),
) -> Result<FoundPlace, Lost> {
    let finest = LEVELS[LEVELS.len() - 1].0;
    let canvas = gray(returned, reduced(returned.size(), finest));
    let scale = f64::from(canvas.size().width) / f64::from(returned.size().width);
    let search = Search {
        size: returned.size(),
        // What suffices to be scaled by anything up to the largest scale.
        sent: gray(sent, reduced(sent.size(), (asked.width.max(asked.height) * scale * scales.1 * 1.05).ceil() as u32)),
        canvas,
        asked,
        scales,
    };
    if GradientField::of(&search.sent, 0).texture() < FEATURELESS {
        return Err(Lost::Featureless);
    }
    match placement {
        Placement::Exact => search.near(),
        Placement::Unknown => search.anywhere(),
    }
}

/// Returns the agreement of `sent` with what lies at or near `place`, up to 1; 0 where it is found nowhere there.
pub(super) fn agreement(returned: &Raster, sent: &Raster, place: Window) -> f32 {
    match locate(returned, sent, place, (Placement::Exact, SCALES)) {
        Ok(found) => found.agreement,
        Err(Lost::Missing(best, _)) => best,
        Err(Lost::Featureless | Lost::Ambiguous(..) | Lost::Far(..)) => 0.0,
    }
}

/// One size at which places are compared.
struct Level {
    field: GradientField,
    /// Pixels of this level per pixel of the returned picture.
    scale: (f64, f64),
    stride: usize,
}

impl Search {
    fn level(&self, longest: u32) -> Level {
        let size = reduced(self.canvas.size(), longest);
        let scale =
            (f64::from(size.width) / f64::from(self.size.width), f64::from(size.height) / f64::from(self.size.height));
        let stride = (longest / 256 + 1) as usize;
        Level { field: GradientField::of(&resized(&self.canvas, size), 0), scale, stride }
    }

    /// Returns the source as it would look at this level, in the place `window`.
    fn template(&self, level: &Level, window: Window) -> GradientField {
        let side = |length: f64| length.round().max(4.0) as u32;
        let size = Size::new(side(window.width * level.scale.0), side(window.height * level.scale.1));
        GradientField::of(&resized(&self.sent, size), 0)
    }

    /// Finds a known place: tries every shift and a few scales around it, then refined.
    fn near(&self) -> Result<FoundPlace, Lost> {
        let (least, share, scales) = NEAR;
        let range = least.max(share * f64::from(self.size.width.max(self.size.height)));
        // As coarse as leaves the range four pixels wide.
        let longest = (f64::from(self.size.width.max(self.size.height)) * 4.0 / range).round() as u32;
        let level = self.level(longest.clamp(64, 320));
        let template = self.template(&level, self.asked);
        // 81 places at five scales: a step is one pixel of that level, within which agreement rises towards the place.
        let steps: Vec<f64> = (-4..=4).map(|step| f64::from(step) / 4.0 * range).collect();
        let mut best = FoundPlace { window: self.asked, agreement: f32::MIN };
        for scale in [1.0, 1.0 - scales / 2.0, 1.0 + scales / 2.0, 1.0 - scales, 1.0 + scales] {
            for (x, y) in steps.iter().flat_map(|&y| steps.iter().map(move |&x| (x, y))) {
                let window = moved(self.asked, x, y, scale, scale);
                best = better(best, level.agreement(&template, window));
            }
        }
        for (longest, _) in &LEVELS[1..] {
            best = self.refined(&self.level(*longest), best.window);
        }
        let level = self.level(LEVELS[2].0);
        let template = self.template(&level, self.asked);
        let as_asked = level.agreement(&template, self.asked);
        if as_asked.agreement >= best.agreement - GAIN {
            best = as_asked;
        }
        let (x, y) = (centre(best.window).0 - centre(self.asked).0, centre(best.window).1 - centre(self.asked).1);
        let scale = best.window.width / self.asked.width;
        if best.agreement < FOUND.0 {
            Err(Lost::Missing(best.agreement, FOUND.0))
        } else if x.abs().max(y.abs()) > range * 1.25 || (scale - 1.0).abs() > scales * 1.5 {
            Err(Lost::Far(x, y, scale))
        } else {
            Ok(best)
        }
    }

    /// Finds an unknown place: tries all, then refines the best few.
    fn anywhere(&self) -> Result<FoundPlace, Lost> {
        let mut found = sweep(self);
        for (longest, kept) in LEVELS {
            let level = self.level(longest);
            found.truncate(kept);
            let refined: Vec<FoundPlace> = found.iter().map(|one| self.refined(&level, one.window)).collect();
            found = distinct(refined, self.apart());
        }
        let level = self.level(LEVELS[1].0);
        // One strong edge may agree by itself: the parts of the source must agree one by one.
        found.retain(|one| level.spread(&self.template(&level, one.window), one.window) >= SPREAD);
        let Some(&best) = found.first() else { return Err(Lost::Missing(0.0, FOUND.1)) };
        let rival = found.get(1).map_or(0.0, |other| other.agreement);
        if best.agreement < FOUND.1 {
            Err(Lost::Missing(best.agreement, FOUND.1))
        } else if rival > best.agreement * RIVAL {
            Err(Lost::Ambiguous(best.agreement, rival))
        } else {
            Ok(best)
        }
    }

    /// Tells whether the source could have been scaled like this: it is not bent, and not much larger or smaller than
    /// is searched.
    fn plausible(&self, window: Window) -> bool {
        let (across, down) = (window.width / self.asked.width, window.height / self.asked.height);
        let (least, most) = self.scales;
        let allowed = least * (1.0 - BENT)..=most * (1.0 + BENT);
        allowed.contains(&across) && allowed.contains(&down) && (across / down - 1.0).abs() <= BENT
    }

    /// Returns the place nearby that agrees best: uphill in position and both scales, by steps that are halved when
    /// none of them helps.
    fn refined(&self, level: &Level, start: Window) -> FoundPlace {
        let template = self.template(level, start);
        let mut best = level.agreement(&template, start);
        let pixel = 1.0 / level.scale.0.min(level.scale.1);
        let mut step = pixel;
        while step > pixel / 12.0 {
            // Scaled about its centre by this, each edge moves by a step.
            let (across, down) = (2.0 * step / start.width, 2.0 * step / start.height);
            let tries = [
                (step, 0.0, 0.0, 0.0),
                (0.0, step, 0.0, 0.0),
                (0.0, 0.0, across, down),
                (0.0, 0.0, across, 0.0),
                (0.0, 0.0, 0.0, down),
            ];
            let before = best;
            for (x, y, width, height) in tries {
                for sign in [1.0, -1.0] {
                    let window = moved(best.window, sign * x, sign * y, 1.0 + sign * width, 1.0 + sign * height);
                    if !self.plausible(window) {
                        continue;
                    }
                    let tried = level.agreement(&template, window);
                    // What hardly agrees better is noise; a place does not wander for it.
                    if tried.agreement > best.agreement + 1e-4 {
                        best = tried;
                        break;
                    }
                }
            }
            if best == before {
                step /= 2.0;
            }
        }
        best
    }
}

impl Level {
    fn agreement(&self, template: &GradientField, window: Window) -> FoundPlace {
        FoundPlace { window, agreement: self.field.agreement(template, self.here(window), self.stride) }
    }

    fn spread(&self, template: &GradientField, window: Window) -> f32 {
        self.field.spread(template, self.here(window))
    }

    /// Returns the window in pixels of this level.
    fn here(&self, window: Window) -> Window {
        let (x, y) = self.scale;
        Window { x: window.x * x, y: window.y * y, width: window.width * x, height: window.height * y }
    }
}

fn better(one: FoundPlace, other: FoundPlace) -> FoundPlace {
    if other.agreement > one.agreement { other } else { one }
}

/// Returns the window moved, and scaled about its centre.
fn moved(window: Window, x: f64, y: f64, across: f64, down: f64) -> Window {
    let (width, height) = (window.width * across, window.height * down);
    let (centre_x, centre_y) = centre(window);
    Window { x: centre_x + x - width / 2.0, y: centre_y + y - height / 2.0, width, height }
}
