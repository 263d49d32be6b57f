//! The largest scale at which a canvas keeps to a provider's limits.

use crate::error::Failure;
use crate::geometry::Margins;
use crate::providers::Geometry;
use crate::providers::Unit;
use crate::providers::canvas::need::CanvasNeed;
use crate::providers::canvas::shape::at;
use crate::providers::canvas::shape::fits;
use crate::providers::canvas::shape::unreachable;

/// Most times that a factor which rounding made too large is made smaller by a pixel's worth.
const TRIES: u32 = 64;

/// Returns the largest factor of the output's scale up to `wanted`, or the smallest above it that reaches the
/// provider's shortest side.
///
/// # Errors
/// [`Class::Unreachable`](crate::error::Class::Unreachable) if there is none.
pub(super) fn factor(need: &CanvasNeed, wanted: f64, geometry: &Geometry) -> Result<f64, Failure> {
    let (output, margins) = (need.output(), need.margins);
    let (longest, shortest) = (output.width.max(output.height), output.width.min(output.height));
    let least = f64::from(geometry.min_side) / f64::from(shortest);
    let mut factor = wanted.max(least);
    // A walk's frame is what is sent, not what is shown. All of it comes back smaller, so it is as large as may be:
    // what is left of it still has the detail that the margins need.
    let is_walk = geometry.unit == Unit::Walk;
    let framed = if is_walk { need.placed } else { output };
    if let Some(side) = geometry.max_side {
        let largest = f64::from(side) / f64::from(framed.width.max(framed.height));
        factor = if is_walk { largest } else { factor.min(largest) };
    }
    if let Some(pixels) = geometry.max_pixels {
        factor = factor.min((pixels as f64 / framed.area() as f64).sqrt());
    }
    if let (Unit::Pixels, Some(most)) = (geometry.unit, geometry.max_per_side) {
        let Margins { left, top, right, bottom } = margins;
        factor = factor.min(most as f64 / f64::from(left.max(top).max(right).max(bottom).max(1)));
    }
    // What rounding adds is at most a few pixels, a multiple, or a percent.
    for _ in 0..TRIES {
        let canvas = at(need, factor, geometry)?;
        if fits(&canvas, geometry) {
            return Ok(factor);
        }
        factor *= 1.0 - (1.0 / f64::from(longest)).max(1.0 / 512.0);
        if factor * f64::from(shortest) < f64::from(geometry.min_side) - 1.0 {
            break;
        }
    }
    Err(unreachable(format!(
        "a canvas of the shape of {output} cannot be within the provider's limits on sides and pixels"
    )))
}
