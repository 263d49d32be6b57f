//! Names the part of a source that is made before anything else, and its size in the output.

use crate::geometry::Orientation;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Filter;

/// A part of a source in pixels of an output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Showing {
    /// The part, in pixels of the source.
    pub visible: Window,
    /// Pixels that show it.
    pub size: Size,
    /// Filter by which it is resampled.
    pub filter: Filter,
}

impl Showing {
    /// Returns the same of the picture as it is stored, in this size, for one of the upright picture.
    #[must_use]
    pub(crate) fn stored(self, orientation: Orientation, stored: Size) -> Showing {
        let back = orientation.inverse();
        Showing {
            visible: back.place(self.visible, orientation.apply_to(stored)),
            size: back.apply_to(self.size),
            filter: self.filter,
        }
    }
}
