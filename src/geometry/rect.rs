//! Sizes and rectangles: whole pixels ([`Size`], [`Rect`]) and the plane ([`Window`]).

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::geometry::Anchor;

/// Width and height in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// A size of `width` × `height` pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Size { width, height }
    }

    /// The number of pixels.
    #[must_use]
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Width and height exchanged.
    #[must_use]
    pub fn transposed(self) -> Self {
        Size::new(self.height, self.width)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// Says that a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a size; write it as WIDTHxHEIGHT, like 1080x1350")]
pub struct SizeError(String);

impl FromStr for Size {
    type Err = SizeError;

    /// Reads `1080x1350`; the sign may also be `X` or `×`.
    fn from_str(text: &str) -> Result<Self, SizeError> {
        let expected = || SizeError(text.to_owned());
        let (width, height) = text.trim().split_once(['x', 'X', '×']).ok_or_else(expected)?;
        let side = |digits: &str| digits.trim().parse::<u32>().ok().filter(|&side| side > 0);
        match (side(width), side(height)) {
            (Some(width), Some(height)) => Ok(Size::new(width, height)),
            _ => Err(expected()),
        }
    }
}

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Rect {
    /// A rectangle from its left top corner and its extent.
    #[must_use]
    pub const fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Rect { x, y, width, height }
    }

    /// The rectangle that covers a whole picture of `size`.
    #[must_use]
    pub const fn of(size: Size) -> Self {
        Rect::new(0, 0, size.width, size.height)
    }

    /// Width and height.
    #[must_use]
    pub const fn size(self) -> Size {
        Size::new(self.width, self.height)
    }

    /// One past the last column.
    #[must_use]
    pub const fn right(self) -> u32 {
        self.x + self.width
    }

    /// One past the last row.
    #[must_use]
    pub const fn bottom(self) -> u32 {
        self.y + self.height
    }
}

/// A rectangle over the plane of the source, in source pixels. It may be fractional and may
/// reach outside the source.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Left edge; negative where it lies left of the source.
    pub x: f64,
    /// Top edge; negative where it lies above the source.
    pub y: f64,
    /// Source pixels across.
    pub width: f64,
    /// Source pixels down.
    pub height: f64,
}

impl Window {
    /// The window that shows exactly `rect`.
    #[must_use]
    pub fn of(rect: Rect) -> Self {
        Window { x: rect.x.into(), y: rect.y.into(), width: rect.width.into(), height: rect.height.into() }
    }

    /// A window of `width` × `height` source pixels laid over `content`. On each axis the
    /// difference, room left over or length that goes, is shared out by `anchor`.
    #[must_use]
    pub fn around(content: Rect, width: f64, height: f64, anchor: Anchor) -> Self {
        let start =
            |at: u32, length: u32, window: f64, share: f64| f64::from(at) + (f64::from(length) - window) * share;
        Window {
            x: start(content.x, content.width, width, anchor.x),
            y: start(content.y, content.height, height, anchor.y),
            width,
            height,
        }
    }

    /// Width divided by height.
    #[must_use]
    pub fn ratio(self) -> f64 {
        self.width / self.height
    }

    /// The smallest window that contains both.
    #[must_use]
    pub fn hull(self, other: Window) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Window { x, y, width: right - x, height: bottom - y }
    }
}
