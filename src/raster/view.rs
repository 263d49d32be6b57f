//! A picture of which only a part, or a reduced copy, is in memory.

use std::sync::OnceLock;

use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::options::Color;
use crate::raster::Filter;
use crate::raster::Raster;
use crate::raster::flatten;
use crate::raster::resample;

/// What was decoded of a source.
#[derive(Debug, Clone)]
pub struct View {
    raster: Raster,
    shown: Window,
    /// The same at half the size, once somebody needed no more.
    half: OnceLock<Box<View>>,
}

impl PartialEq for View {
    /// What was made of a view does not count.
    fn eq(&self, other: &View) -> bool {
        (&self.raster, self.shown) == (&other.raster, other.shown)
    }
}

impl View {
    /// A view of the part `shown` of the upright source, in its pixels. It may end beyond its
    /// edges by less than a pixel of the raster.
    #[must_use]
    pub fn new(raster: Raster, shown: Window) -> View {
        View { raster, shown, half: OnceLock::new() }
    }

    /// The pixels.
    #[must_use]
    pub fn raster(&self) -> &Raster {
        &self.raster
    }

    /// The pixels themselves, giving up the view.
    #[must_use]
    pub fn into_raster(self) -> Raster {
        self.raster
    }

    /// The part of the upright source that they show.
    #[must_use]
    pub fn shown(&self) -> Window {
        self.shown
    }

    /// The same on an opaque background; see [`flatten`].
    #[must_use]
    pub fn on(self, background: Color) -> View {
        View::new(flatten(self.raster, background), self.shown)
    }

    /// The pixels whose centres lie in the part `visible` of the source, at least one on each axis.
    ///
    /// # Panics
    /// If `visible` does not lie inside what is shown or is empty.
    #[must_use]
    pub fn pixels_of(&self, visible: Window) -> Rect {
        let (part, size) = (self.part(visible), self.raster.size());
        let span = |from: f64, length: f64, most: u32| {
            let first = (from.round().max(0.0) as u32).min(most - 1);
            let end = ((from + length).round().max(0.0) as u32).clamp(first + 1, most);
            (first, end - first)
        };
        let (x, width) = span(part.x, part.width, size.width);
        let (y, height) = span(part.y, part.height, size.height);
        Rect::new(x, y, width, height)
    }

    /// The part `visible` of the source in pixels of the raster.
    fn part(&self, visible: Window) -> Window {
        let size = self.raster.size();
        let across = f64::from(size.width) / self.shown.width;
        let down = f64::from(size.height) / self.shown.height;
        Window {
            x: (visible.x - self.shown.x) * across,
            y: (visible.y - self.shown.y) * down,
            width: visible.width * across,
            height: visible.height * down,
        }
    }

    /// The part `visible` of the source in exactly `output` pixels; see [`resample`]. As long as
    /// `oversample` pixels are left for each one of the output, on both axes, they are taken from
    /// a copy of half the size, which is made once for all that are as small.
    ///
    /// # Panics
    /// If `visible` does not lie inside what is shown or is empty.
    #[must_use]
    pub fn resample(&self, visible: Window, output: Size, filter: Filter, oversample: f64) -> Raster {
        let part = self.part(visible);
        let spare = (part.width / f64::from(output.width)).min(part.height / f64::from(output.height));
        if spare >= 2.0 * oversample && filter != Filter::Nearest {
            return self.half.get_or_init(|| self.halved()).resample(visible, output, filter, oversample);
        }
        resample(&self.raster, part, output, filter)
    }

    fn halved(&self) -> Box<View> {
        let size = self.raster.size();
        let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
        // A box takes whole pixels, so that where a side is odd the picture would be moved in part.
        let raster = resample(&self.raster, Window::of(Rect::of(size)), half, Filter::Hamming);
        Box::new(View::new(raster, self.shown))
    }
}
