//! From a layout and a provider's limits to a canvas.

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::geometry::Margins;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::providers::Canvas;
use crate::providers::Geometry;
use crate::providers::Placement;
use crate::providers::Unit;
use crate::providers::canvas::grown;
use crate::providers::canvas::limits;

/// The smallest scale at which the source is still found on a result that was zoomed out.
const SMALLEST_ZOOM: f64 = 0.5;

impl Canvas {
    /// Plans the canvas for the margins of `layout`, at `scale` pixels per source pixel or as
    /// near to it as the provider allows. Never finer than the source: margins need no more
    /// detail than the picture beside them has.
    ///
    /// At the layout's own scale, and within the limits, the canvas is the output itself.
    ///
    /// # Errors
    /// [`Class::Unreachable`] if one call cannot reach the margins, with what is in the way.
    pub fn plan(layout: &Layout, scale: f64, geometry: &Geometry) -> Result<Canvas, Failure> {
        Need::of(layout).plan(scale, geometry)
    }

    /// The same for two passes, of which the second extends what the first has made.
    ///
    /// # Errors
    /// [`Class::Unreachable`] if two calls do not reach the margins either.
    pub fn plan_in_two(layout: &Layout, scale: f64, geometry: &Geometry) -> Result<Canvas, Failure> {
        let whole = Need::of(layout);
        let mut failure = None;
        // The first pass does half of it, or as near to that as it can.
        for share in [0.5, 0.6, 0.4, 0.7, 0.3] {
            let (first, second) = whole.split(share);
            let planned = first.plan(scale, geometry).and_then(|first| {
                let second = second.plan(scale, geometry)?;
                Ok(second.after(first))
            });
            match planned {
                Ok(canvas) => return Ok(canvas),
                Err(why) => failure = failure.or(Some(why)),
            }
        }
        Err(failure.unwrap_or_else(|| unreachable("no two canvases reach it".into())))
    }
}

/// What a canvas must show, in pixels of the output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    /// The part of the plane that is sent, in source pixels.
    visible: Window,
    /// Its size in the output.
    pub(super) placed: Size,
    /// What lies around it in the output.
    pub(super) margins: Margins,
}

impl Need {
    fn of(layout: &Layout) -> Need {
        Need { visible: layout.visible(), placed: layout.placement.size(), margins: layout.margins() }
    }

    pub(super) fn output(&self) -> Size {
        grown(self.placed, self.margins)
    }

    fn plan(&self, scale: f64, geometry: &Geometry) -> Result<Canvas, Failure> {
        let across = f64::from(self.placed.width) / self.visible.width;
        let down = f64::from(self.placed.height) / self.visible.height;
        let factor = limits::factor(self, scale.min(1.0) / across.max(down), geometry)?;
        at(self, factor, geometry)
    }

    /// The same in two steps: this share of the margins, and the rest around that.
    fn split(&self, share: f64) -> (Need, Need) {
        let part = |length: u32| (f64::from(length) * share).round() as u32;
        let Margins { left, top, right, bottom } = self.margins;
        let first = Margins { left: part(left), top: part(top), right: part(right), bottom: part(bottom) };
        let rest = Margins {
            left: left - first.left,
            top: top - first.top,
            right: right - first.right,
            bottom: bottom - first.bottom,
        };
        let across = self.visible.width / f64::from(self.placed.width);
        let down = self.visible.height / f64::from(self.placed.height);
        let visible = Window {
            x: self.visible.x - f64::from(first.left) * across,
            y: self.visible.y - f64::from(first.top) * down,
            width: self.visible.width + f64::from(first.left + first.right) * across,
            height: self.visible.height + f64::from(first.top + first.bottom) * down,
        };
        let first = Need { margins: first, ..*self };
        (first, Need { visible, placed: first.output(), margins: rest })
    }
}

/// The canvas at `factor` times the output's scale.
///
/// # Errors
/// [`Class::Unreachable`] if it is out of the provider's reach at any scale.
pub(super) fn at(need: &Need, factor: f64, geometry: &Geometry) -> Result<Canvas, Failure> {
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

/// Equal margins left and right, above and below: a provider that places the source itself
/// most likely puts it into the middle.
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

/// As many steps back as show all that is needed. The frame keeps the size that is sent, and
/// the view grows in proportion to it.
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

/// Whether a canvas keeps to the provider's limits.
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
