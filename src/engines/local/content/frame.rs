//! One side of the known pixels, seen as if its margin always lay to the right.
//!
//! Everything between the proxy and the painting counts *across*, outwards from the border
//! (0 is the first margin pixel, -1 the outermost known one), and *along* the border.

use crate::engines::local::side::Side;
use crate::geometry::Rect;

/// A side of what is known, and where its positions are on the canvas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) side: Side,
    pub(super) known: Rect,
}

impl Frame {
    /// Pixels along the border.
    pub(super) fn length(&self) -> u32 {
        self.side.extent(self.known).0
    }

    /// Known pixels across.
    pub(super) fn depth(&self) -> u32 {
        self.side.extent(self.known).1
    }

    /// A position on the canvas.
    #[inline]
    pub(super) fn at(&self, across: i32, along: i32) -> (i32, i32) {
        let Rect { x, y, .. } = self.known;
        match self.side {
            Side::Left => (x as i32 - 1 - across, y as i32 + along),
            Side::Right => (self.known.right() as i32 + across, y as i32 + along),
            Side::Top => (x as i32 + along, y as i32 - 1 - across),
            Side::Bottom => (x as i32 + along, self.known.bottom() as i32 + across),
        }
    }

    /// Returns where a position on the canvas is: across and along.
    #[inline]
    pub(super) fn of(&self, x: i32, y: i32) -> (i32, i32) {
        let Rect { x: left, y: top, .. } = self.known;
        match self.side {
            Side::Left => (left as i32 - 1 - x, y - top as i32),
            Side::Right => (x - self.known.right() as i32, y - top as i32),
            Side::Top => (top as i32 - 1 - y, x - left as i32),
            Side::Bottom => (y - self.known.bottom() as i32, x - left as i32),
        }
    }

    /// The rectangle from `first` across, `count` pixels deep, along the whole border.
    pub(super) fn band(&self, first: i32, count: u32) -> Rect {
        let one = self.at(first, 0);
        let other = self.at(first + count as i32 - 1, self.length() as i32 - 1);
        let (x, y) = (one.0.min(other.0), one.1.min(other.1));
        Rect::new(x as u32, y as u32, one.0.abs_diff(other.0) + 1, one.1.abs_diff(other.1) + 1)
    }

    /// Returns what is known once the margin is filled `count` pixels deep.
    pub(super) fn grown(&self, count: u32) -> Rect {
        let Rect { x, y, width, height } = self.known;
        match self.side {
            Side::Left => Rect::new(x - count, y, width + count, height),
            Side::Right => Rect::new(x, y, width + count, height),
            Side::Top => Rect::new(x, y - count, width, height + count),
            Side::Bottom => Rect::new(x, y, width, height + count),
        }
    }
}
