//! A picture of which only a part, or a reduced copy, is in memory.

use crate::each_depth;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::options::Color;
use crate::raster::Channels;
use crate::raster::Differences;
use crate::raster::Filter;
use crate::raster::Raster;
use crate::raster::flatten;
use crate::raster::resample::part_of;
use crate::raster::resample::reduce;

/// What was decoded of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    raster: Raster,
    shown: Window,
    differences: Option<Differences>,
}

impl View {
    /// A view of the part `shown` of the upright source, in its pixels. It may end beyond its
    /// edges by less than a pixel of the raster.
    #[must_use]
    pub fn new(raster: Raster, shown: Window) -> View {
        View { raster, shown, differences: None }
    }

    /// Adds colour to a view whose raster is its brightness alone.
    ///
    /// # Panics
    /// If the raster has more than 8 bits of grey.
    #[must_use]
    pub fn colored(self, differences: Differences) -> View {
        assert_eq!((self.raster.channels(), self.raster.sample_bytes()), (Channels::Gray, 1), "it is brightness");
        View { differences: Some(differences), ..self }
    }

    /// The pixels; of their brightness alone where colour lies beside it.
    #[must_use]
    pub fn raster(&self) -> &Raster {
        &self.raster
    }

    /// Gives up the view and returns the same.
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
        View { raster: flatten(self.raster, background), ..self }
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
        part_of(self.raster.size(), self.shown, visible)
    }

    /// The part `visible` of the source in exactly `output` pixels, as [`resample`] makes them, but
    /// a little softer where it is reduced to a quarter or less.
    ///
    /// [`resample`]: crate::raster::resample
    ///
    /// # Panics
    /// If `visible` does not lie inside what is shown or is empty.
    #[must_use]
    pub fn resample(&self, visible: Window, output: Size, filter: Filter) -> Raster {
        let part = self.part(visible);
        match (&self.raster, &self.differences) {
            (Raster::U8(luma), Some(differences)) => {
                differences.color(&reduce(luma, part, output, filter), visible, filter).into()
            }
            (raster, _) => each_depth!(raster, pixels => reduce(pixels, part, output, filter).into()),
        }
    }
}
