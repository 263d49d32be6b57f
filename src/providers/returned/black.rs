//! The black picture that a safety checker puts in place of what it does not let through.

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Window;
use crate::providers::returned::field::reduced;
use crate::providers::returned::field::resized;
use crate::raster::Raster;

/// The brightest level, of 255, that still counts as black: what compression makes of it.
const BLACK: f32 = 10.0;

/// The share of pixels that must be black.
const NEARLY_ALL: f64 = 0.99;

/// A source whose own border is black to this share may well be continued in black.
const NIGHT: f64 = 0.6;

/// Longer side at which pixels are counted.
const LONGEST: u32 = 256;

/// Refuses a picture that is black all over, or wherever it was generated, unless the source
/// is so itself: photographs of stars and of retinas are.
pub(super) fn refuse(returned: &Raster, sent: &Raster, place: Window) -> Result<(), Failure> {
    let scale = |picture: &Raster| f64::from(reduced(picture.size(), LONGEST).width) / f64::from(picture.size().width);
    let by = scale(returned);
    let inside = |x: f64, y: f64| {
        x > place.x * by && y > place.y * by && x < (place.x + place.width) * by && y < (place.y + place.height) * by
    };
    let generated = share(returned, |x, y, _, _| !inside(x, y));
    let all = share(returned, |_, _, _, _| true);
    let border =
        |x: f64, y: f64, width: f64, height: f64| x.min(y).min(width - x).min(height - y) < 0.04 * width.min(height);
    let night = || share(sent, border) > NIGHT;
    let dark = || share(sent, |_, _, _, _| true) > NEARLY_ALL;
    if (all > NEARLY_ALL && !dark()) || (generated > NEARLY_ALL && !night()) {
        let message = "the result is black where something was to be generated, as of a safety checker; only --repay buys it again";
        return Err(Failure::new(Class::BadOutput, message));
    }
    Ok(())
}

/// Returns the share of black among the counted pixels of a reduced picture; `counts` gets a pixel's centre and the
/// size. 0 if none counts.
fn share(picture: &Raster, counts: impl Fn(f64, f64, f64, f64) -> bool) -> f64 {
    let small = resized(picture, reduced(picture.size(), LONGEST)).into_u8();
    let (width, height) = (f64::from(small.size().width), f64::from(small.size().height));
    let (mut counted, mut black) = (0_u32, 0_u32);
    for y in 0..small.size().height {
        for x in 0..small.size().width {
            if counts(f64::from(x) + 0.5, f64::from(y) + 0.5, width, height) {
                counted += 1;
                black += u32::from(small.pixel(x, y).iter().all(|&level| f32::from(level) <= BLACK));
            }
        }
    }
    if counted == 0 { 0.0 } else { f64::from(black) / f64::from(counted) }
}
