//! The sides of what is known of a canvas: how far along one, how far in or out.

use std::ops::Range;

use crate::geometry::Rect;
use crate::geometry::Size;

/// Side of the canvas on which a margin lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
    Top,
    Bottom,
}

impl Side {
    /// In the order in which they are continued: left and right beside the known rows, then above
    /// and below full ones.
    pub(super) const ALL: [Side; 4] = [Side::Left, Side::Right, Side::Top, Side::Bottom];

    /// The one that it faces.
    pub(super) fn opposite(self) -> Side {
        match self {
            Side::Left => Side::Right,
            Side::Right => Side::Left,
            Side::Top => Side::Bottom,
            Side::Bottom => Side::Top,
        }
    }

    /// Tells whether the margin lies beside the picture and not above or below it.
    pub(super) fn is_lateral(self) -> bool {
        matches!(self, Side::Left | Side::Right)
    }

    /// Returns what the side is continued from: left and right what is `known`, above and below full rows of
    /// it. What was made on the opposite side is none of it.
    pub(super) fn inner(self, size: Size, known: Rect) -> Rect {
        if self.is_lateral() { known } else { Rect::new(0, known.y, size.width, known.height) }
    }

    /// Returns how many pixels wide the margin beside `inner` is.
    pub(super) fn margin(self, size: Size, inner: Rect) -> u32 {
        match self {
            Side::Left => inner.x,
            Side::Right => size.width - inner.right(),
            Side::Top => inner.y,
            Side::Bottom => size.height - inner.bottom(),
        }
    }

    /// Returns what is known once the margin beside `inner` is filled.
    pub(super) fn grown(self, size: Size, inner: Rect) -> Rect {
        let margin = self.margin(size, inner);
        let Rect { x, y, width, height } = inner;
        match self {
            Side::Left => Rect::new(0, y, width + margin, height),
            Side::Right => Rect::new(x, y, width + margin, height),
            Side::Top => Rect::new(x, 0, width, height + margin),
            Side::Bottom => Rect::new(x, y, width, height + margin),
        }
    }

    /// The outermost pixels of `inner` along the side, `depth` of them deep.
    pub(super) fn strip(self, inner: Rect, depth: u32) -> Rect {
        let Rect { x, y, width, height } = inner;
        match self {
            Side::Left => Rect::new(x, y, depth, height),
            Side::Right => Rect::new(inner.right() - depth, y, depth, height),
            Side::Top => Rect::new(x, y, width, depth),
            Side::Bottom => Rect::new(x, inner.bottom() - depth, width, depth),
        }
    }

    /// Lines of the margin beside `inner`, counted outwards.
    pub(super) fn lines(self, inner: Rect, outs: Range<u32>) -> Rect {
        let Rect { x, y, width, height } = inner;
        let count = outs.end - outs.start;
        match self {
            Side::Left => Rect::new(x - outs.end, y, count, height),
            Side::Right => Rect::new(inner.right() + outs.start, y, count, height),
            Side::Top => Rect::new(x, y - outs.end, width, count),
            Side::Bottom => Rect::new(x, inner.bottom() + outs.start, width, count),
        }
    }

    /// Length of the side, and depth of what is known behind it.
    pub(super) fn extent(self, inner: Rect) -> (u32, u32) {
        match self {
            Side::Left | Side::Right => (inner.height, inner.width),
            Side::Top | Side::Bottom => (inner.width, inner.height),
        }
    }

    /// The known pixel `along` the side and `deep` pixels behind the outermost one.
    pub(super) fn inside(self, inner: Rect, along: u32, deep: u32) -> (u32, u32) {
        match self {
            Side::Left => (inner.x + deep, inner.y + along),
            Side::Right => (inner.right() - 1 - deep, inner.y + along),
            Side::Top => (inner.x + along, inner.y + deep),
            Side::Bottom => (inner.x + along, inner.bottom() - 1 - deep),
        }
    }
}

/// The place that stands for one past the ends of a line, continued by its mirror image with the
/// outermost places repeated.
#[inline]
pub(super) fn mirrored(at: isize, length: usize) -> usize {
    let period = 2 * length as isize;
    let at = at.rem_euclid(period);
    (if at < length as isize { at } else { period - 1 - at }) as usize
}
