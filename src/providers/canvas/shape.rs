//! The canvas that shows what is needed at one scale, in the provider's unit.

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Margins;
use crate::geometry::Size;
use crate::providers::Canvas;
use crate::providers::Geometry;
use crate::providers::Placement;
use crate::providers::Unit;
use crate::providers::canvas::grown;
use crate::providers::canvas::need::CanvasNeed;

/// The smallest scale at which the source is still found on a result that was zoomed out.
const SMALLEST_ZOOM: f64 = 0.5;

/// Makes the canvas at `factor` times the output's scale.
///
/// # Errors
/// [`Class::Unreachable`] if it is out of the provider's reach at any scale.
pub(super) fn at(need: &CanvasNeed, factor: f64, geometry: &Geometry) -> Result<Canvas, Failure> {
    let placed = need.placed;
    let whole = |length: u32| ((f64::from(length) * factor).round() as u32).max(1);
    let sent = Size::new(whole(placed.width), whole(placed.height));
    // Small sizes round the two axes to scales of their own. A millionth of a pixel is the
    // arithmetic's, not the margin's.
    let enough = |length: u32, sent: u32, placed: u32| {
        (f64::from(length) * f64::from(sent) / f64::from(placed) - 1e-6).ceil() as u32
    };
    let across = |length| enough(length, sent.width, placed.width);
    let down = |length| enough(length, sent.height, placed.height);
    let Margins { left, top, right, bottom } = need.margins;
    let needed = Margins { left: across(left), top: down(top), right: across(right), bottom: down(bottom) };
    let canvas = Canvas { visible: need.visible, sent, margins: needed, needed, steps: 0, before: None };
    match (geometry.unit, geometry.placement) {
        (Unit::Walk, _) => walked(canvas, geometry),
        (Unit::Percent, _) => in_percent(canvas, geometry),
        (Unit::Canvas, Placement::Unknown) => Ok(padded(symmetric(canvas), geometry.multiple_of)),
        (Unit::Pixels | Unit::CanvasOffset | Unit::Canvas, _) => {
            let padded = padded(canvas, geometry.multiple_of);
            Ok(Canvas { needed: padded.margins, ..padded })
        }
    }
}

/// Makes margins equal left and right, above and below: a provider that places the source itself most likely puts it
/// into the middle.
fn symmetric(canvas: Canvas) -> Canvas {
    let Margins { left, top, right, bottom } = canvas.margins;
    let (across, down) = (left.max(right), top.max(bottom));
    Canvas { margins: Margins { left: across, top: down, right: across, bottom: down }, ..canvas }
}

/// Sides that are multiples of `multiple`: more margin right and below.
fn padded(canvas: Canvas, multiple: u32) -> Canvas {
    let (size, mut margins) = (canvas.size(), canvas.margins);
    margins.right += size.width.next_multiple_of(multiple) - size.width;
    margins.bottom += size.height.next_multiple_of(multiple) - size.height;
    Canvas { margins, ..canvas }
}

/// Margins of whole percent: what the provider can be told.
fn in_percent(canvas: Canvas, geometry: &Geometry) -> Result<Canvas, Failure> {
    let percent = canvas.percent();
    let Margins { left, top, right, bottom } = percent;
    let most = left.max(top).max(right).max(bottom);
    if let Some(limit) = geometry.max_per_side.filter(|&limit| u64::from(most) > limit) {
        return Err(unreachable(format!("a side needs {most}% more, the provider adds at most {limit}%")));
    }
    let pixels = |percent: u32, side: u32| (u64::from(percent) * u64::from(side) / 100) as u32;
    let Size { width, height } = canvas.sent;
    let margins = Margins {
        left: pixels(left, width),
        top: pixels(top, height),
        right: pixels(right, width),
        bottom: pixels(bottom, height),
    };
    Ok(Canvas { margins, needed: margins, ..canvas })
}

/// Takes as many steps back as show all that is needed. The frame keeps the size that is sent, and the view grows in
/// proportion to it.
fn walked(canvas: Canvas, geometry: &Geometry) -> Result<Canvas, Failure> {
    let frame = |side: u32| (side / geometry.multiple_of * geometry.multiple_of).max(geometry.multiple_of);
    let sent = Size::new(frame(canvas.sent.width), frame(canvas.sent.height));
    let Margins { left, top, right, bottom } = canvas.needed;
    let shape = f64::from(sent.height) / f64::from(sent.width);
    let gain = |steps: u32| {
        let across = steps * geometry.step;
        (across, (f64::from(across) * shape).floor() as u32)
    };
    let across = f64::from(left.max(right));
    let down = f64::from(top.max(bottom)) / shape;
    let steps = (across.max(down) / f64::from(geometry.step)).ceil().max(1.0) as u32;
    let zoom = |steps: u32| f64::from(sent.width) / f64::from(sent.width + 2 * gain(steps).0);
    if zoom(steps) < SMALLEST_ZOOM {
        let percent = zoom(steps) * 100.0;
        return Err(unreachable(format!("{steps} steps back would show the source at {percent:.0}% of its size")));
    }
    let (across, down) = gain(steps);
    let margins = Margins { left: across, top: down, right: across, bottom: down };
    let needed = Margins { left, top: top.min(down), right, bottom: bottom.min(down) };
    Ok(Canvas { sent, margins, needed, steps, ..canvas })
}

/// Tells whether a canvas keeps to the provider's limits.
pub(super) fn fits(canvas: &Canvas, geometry: &Geometry) -> bool {
    let size = canvas.returned();
    let Margins { left, top, right, bottom } = canvas.margins;
    let side = u64::from(left.max(top).max(right).max(bottom));
    size.width.max(size.height) <= geometry.max_side.unwrap_or(u32::MAX)
        && size.area() <= geometry.max_pixels.unwrap_or(u64::MAX)
        && (geometry.unit != Unit::Pixels || geometry.max_per_side.is_none_or(|most| side <= most))
        && grown(canvas.sent, canvas.margins).width.min(size.height).min(size.width) >= geometry.min_side
}

pub(super) fn unreachable(why: String) -> Failure {
    Failure::new(Class::Unreachable, why)
}
