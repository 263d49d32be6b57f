//! From a layout and a provider's limits to a canvas.

use crate::error::Failure;
use crate::geometry::Layout;
use crate::providers::Canvas;
use crate::providers::Geometry;
use crate::providers::canvas::limits;
use crate::providers::canvas::need::CanvasNeed;
use crate::providers::canvas::shape::at;
use crate::providers::canvas::shape::unreachable;

impl Canvas {
    /// Plans the canvas for the margins of `layout`, at `scale` pixels per source pixel or as
    /// near to it as the provider allows. Never finer than the source: margins need no more
    /// detail than the picture beside them has.
    ///
    /// At the layout's own scale, and within the limits, the canvas is the output itself.
    ///
    /// # Errors
    /// [`Class::Unreachable`](crate::error::Class::Unreachable) if one call cannot reach the margins, with what is in
    /// the way.
    pub fn plan(layout: &Layout, scale: f64, geometry: &Geometry) -> Result<Canvas, Failure> {
        CanvasNeed::of(layout).plan(scale, geometry)
    }

    /// Plans the same for two passes, of which the second extends what the first has made.
    ///
    /// # Errors
    /// [`Class::Unreachable`](crate::error::Class::Unreachable) if two calls do not reach the margins either.
    pub fn plan_in_two(layout: &Layout, scale: f64, geometry: &Geometry) -> Result<Canvas, Failure> {
        let whole = CanvasNeed::of(layout);
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

impl CanvasNeed {
    fn plan(&self, scale: f64, geometry: &Geometry) -> Result<Canvas, Failure> {
        let across = f64::from(self.placed.width) / self.visible.width;
        let down = f64::from(self.placed.height) / self.visible.height;
        let factor = limits::factor(self, scale.min(1.0) / across.max(down), geometry)?;
        at(self, factor, geometry)
    }
}
