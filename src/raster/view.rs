//! A picture of which only a part, or a reduced copy, is in memory.

use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Filter;
use crate::raster::Raster;
use crate::raster::resample;

/// What was decoded of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The pixels.
    pub raster: Raster,
    /// The part of the upright source that they show, in its pixels. It may end beyond its edges
    /// by less than a pixel of the raster.
    pub shown: Window,
}

impl View {
    /// The part `visible` of the source in exactly `output` pixels; see [`resample`].
    ///
    /// # Panics
    /// If `visible` does not lie inside what is shown or is empty.
    #[must_use]
    pub fn resample(&self, visible: Window, output: Size, filter: Filter) -> Raster {
        let size = self.raster.size();
        let across = f64::from(size.width) / self.shown.width;
        let down = f64::from(size.height) / self.shown.height;
        let visible = Window {
            x: (visible.x - self.shown.x) * across,
            y: (visible.y - self.shown.y) * down,
            width: visible.width * across,
            height: visible.height * down,
        };
        resample(&self.raster, visible, output, filter)
    }
}
