//! A picture of which only a part, or a reduced copy, is in memory.

use crate::each_depth;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::options::Color;
use crate::raster::Filter;
use crate::raster::Planes;
use crate::raster::Raster;
use crate::raster::Showing;
use crate::raster::flatten;
use crate::raster::resample::part_of;
use crate::raster::resample::reduce;

/// Pixels of a source, as they were decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct View(Decoded);

#[derive(Debug, Clone, PartialEq)]
enum Decoded {
    /// Upright pixels, and the part of the upright source that they show.
    Pixels(Raster, Window),
    /// Colour beside brightness.
    Planes(Box<Planes>),
}

impl View {
    /// A view of the part `shown` of the upright source, in its pixels. It may end beyond its
    /// edges by less than a pixel of the raster.
    #[must_use]
    pub fn new(raster: Raster, shown: Window) -> View {
        View(Decoded::Pixels(raster, shown))
    }

    /// The pixels.
    ///
    /// # Panics
    /// If colour lies beside brightness.
    #[must_use]
    pub fn raster(&self) -> &Raster {
        match &self.0 {
            Decoded::Pixels(raster, _) => raster,
            Decoded::Planes(_) => panic!("{IN_PLANES}"),
        }
    }

    /// Gives up the view and returns the same.
    ///
    /// # Panics
    /// If colour lies beside brightness.
    #[must_use]
    pub fn into_raster(self) -> Raster {
        match self.0 {
            Decoded::Pixels(raster, _) => raster,
            Decoded::Planes(_) => panic!("{IN_PLANES}"),
        }
    }

    /// Tells whether colour lies beside brightness, so that there are no pixels yet.
    #[must_use]
    pub fn is_in_planes(&self) -> bool {
        matches!(self.0, Decoded::Planes(_))
    }

    /// The number of its pixels across and down; that of the samples of its brightness, as stored,
    /// where colour lies beside.
    #[must_use]
    pub fn size(&self) -> Size {
        match &self.0 {
            Decoded::Pixels(raster, _) => raster.size(),
            Decoded::Planes(planes) => planes.size(),
        }
    }

    /// The part of the upright source that it shows.
    #[must_use]
    pub fn shown(&self) -> Window {
        match &self.0 {
            Decoded::Pixels(_, shown) => *shown,
            Decoded::Planes(planes) => planes.shown(),
        }
    }

    /// The same on an opaque background; see [`flatten`].
    #[must_use]
    pub fn on(self, background: Color) -> View {
        View(match self.0 {
            Decoded::Pixels(raster, shown) => Decoded::Pixels(flatten(raster, background), shown),
            opaque @ Decoded::Planes(_) => opaque,
        })
    }

    /// The pixels whose centres lie in the part `visible` of the source, at least one on each axis.
    ///
    /// # Panics
    /// If `visible` does not lie inside what is shown or is empty, or if colour lies beside brightness.
    #[must_use]
    pub fn pixels_of(&self, visible: Window) -> Rect {
        let size = self.raster().size();
        let part = part_of(size, self.shown(), visible);
        let span = |from: f64, length: f64, most: u32| {
            let first = (from.round().max(0.0) as u32).min(most - 1);
            let end = ((from + length).round().max(0.0) as u32).clamp(first + 1, most);
            (first, end - first)
        };
        let (x, width) = span(part.x, part.width, size.width);
        let (y, height) = span(part.y, part.height, size.height);
        Rect::new(x, y, width, height)
    }

    /// The part `visible` of the source in exactly `output` pixels, as [`resample`] makes them, but
    /// a little softer where it is reduced to a quarter or less.
    ///
    /// [`resample`]: crate::raster::resample
    ///
    /// # Panics
    /// If `visible` does not lie inside what is shown or is empty; if the view was decoded for another
    /// [`Showing`] alone.
    #[must_use]
    pub fn resample(&self, visible: Window, output: Size, filter: Filter) -> Raster {
        match &self.0 {
            Decoded::Pixels(raster, shown) => {
                let part = part_of(raster.size(), *shown, visible);
                each_depth!(raster, pixels => reduce(pixels, part, output, filter).into())
            }
            Decoded::Planes(planes) => planes.resample(Showing { visible, size: output, filter }).into(),
        }
    }
}

impl From<Planes> for View {
    fn from(planes: Planes) -> View {
        View(Decoded::Planes(Box::new(planes)))
    }
}

const IN_PLANES: &str = "there are no pixels where colour lies beside brightness";
