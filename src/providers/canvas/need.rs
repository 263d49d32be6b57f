//! The least that a canvas must show.

use crate::geometry::Layout;
use crate::geometry::Margins;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::providers::canvas::grown;

/// Part of the source and margins that a canvas must show, in pixels of the output.
#[derive(Debug, Clone, Copy)]
pub(super) struct CanvasNeed {
    /// The part of the plane that is sent, in source pixels.
    pub(super) visible: Window,
    /// Its size in the output.
    pub(super) placed: Size,
    /// Margins around it in the output.
    pub(super) margins: Margins,
}

impl CanvasNeed {
    pub(super) fn of(layout: &Layout) -> CanvasNeed {
        CanvasNeed { visible: layout.visible(), placed: layout.placement.size(), margins: layout.margins() }
    }

    pub(super) fn output(&self) -> Size {
        grown(self.placed, self.margins)
    }

    /// Returns the same in two steps: this share of the margins, and the rest around that.
    pub(super) fn split(&self, share: f64) -> (CanvasNeed, CanvasNeed) {
        let part = |length: u32| (f64::from(length) * share).round() as u32;
        let Margins { left, top, right, bottom } = self.margins;
        let first = Margins { left: part(left), top: part(top), right: part(right), bottom: part(bottom) };
        let rest = Margins {
            left: left - first.left,
            top: top - first.top,
            right: right - first.right,
            bottom: bottom - first.bottom,
        };
        let across = self.visible.width / f64::from(self.placed.width);
        let down = self.visible.height / f64::from(self.placed.height);
        let visible = Window {
            x: self.visible.x - f64::from(first.left) * across,
            y: self.visible.y - f64::from(first.top) * down,
            width: self.visible.width + f64::from(first.left + first.right) * across,
            height: self.visible.height + f64::from(first.top + first.bottom) * down,
        };
        let first = CanvasNeed { margins: first, ..*self };
        (first, CanvasNeed { visible, placed: first.output(), margins: rest })
    }
}
