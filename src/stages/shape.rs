//! Holds what a target asks for.

use crate::geometry::Ratio;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::geometry::rounding;

/// Holds what a target asks for. At least one of the fields is given; width and height together
/// leave no room for another ratio.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shape {
    /// The asked ratio, if it was given by itself.
    pub ratio: Option<Ratio>,
    /// Output pixels across.
    pub width: Option<u32>,
    /// Output pixels down.
    pub height: Option<u32>,
}

impl Shape {
    /// Returns the asked size, if both sides are known.
    #[must_use]
    pub fn size(&self) -> Option<Size> {
        self.width.zip(self.height).map(|(width, height)| Size::new(width, height))
    }

    /// Returns the asked ratio, whether given or implied by a size.
    #[must_use]
    pub fn ratio(&self) -> Option<Ratio> {
        self.ratio.or_else(|| self.size().map(Ratio::of))
    }

    /// Returns the output's size for a window, or nothing if the source's resolution is kept.
    #[must_use]
    pub fn output_for(&self, window: Window) -> Option<Size> {
        let width_for = |height: f64| self.ratio.map_or(height * window.ratio(), |ratio| ratio.width_for(height));
        let height_for = |width: f64| self.ratio.map_or(width / window.ratio(), |ratio| ratio.height_for(width));
        match (self.width, self.height) {
            (Some(width), Some(height)) => Some(Size::new(width, height)),
            (Some(width), None) => Some(Size::new(width, rounding::side(height_for(width.into())))),
            (None, Some(height)) => Some(Size::new(rounding::side(width_for(height.into())), height)),
            (None, None) => None,
        }
    }
}
