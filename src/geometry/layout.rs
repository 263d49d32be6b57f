//! The one value that every geometric stage edits.

use serde::Deserialize;
use serde::Serialize;

use crate::geometry::Anchor;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::geometry::rounding;
use crate::geometry::rounding::Axis;

/// Numbers of what one task does to one source; known before any pixel is touched.
///
/// The fields agree at all times: an edit returns a new layout whose `placement` follows from
/// the others by the rules in [`rounding`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// The source after its EXIF orientation.
    pub oriented: Size,
    /// The part of it that counts, in source pixels.
    pub content: Rect,
    /// The part of the plane that the output shows, in source pixels.
    pub window: Window,
    /// The output, exactly.
    pub output: Size,
    /// Rectangle on which the visible part of the source lands, in output pixels.
    pub placement: Rect,
    /// Place of the source when a later edit makes room or takes some away.
    pub anchor: Anchor,
}

/// Output pixels on each side that the source does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Margins {
    /// Columns left of the source.
    pub left: u32,
    /// Rows above it.
    pub top: u32,
    /// Columns right of it.
    pub right: u32,
    /// Rows below it.
    pub bottom: u32,
}

impl Margins {
    /// Tells whether the source covers the whole output.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.left == 0 && self.top == 0 && self.right == 0 && self.bottom == 0
    }
}

impl Layout {
    /// Tells whether the source is enlarged, by a pixel at least: less is due to rounding.
    #[must_use]
    pub fn is_enlarged(&self) -> bool {
        let (visible, placement) = (self.visible(), self.placement);
        let is_longer = |placed: u32, seen: f64| f64::from(placed) >= seen + 1.0;
        is_longer(placement.width, visible.width) || is_longer(placement.height, visible.height)
    }

    /// Tells whether the source's pixels stand in the output one to one, so that nothing is resampled.
    #[must_use]
    pub fn is_one_to_one(&self) -> bool {
        let (Window { x, y, width, height }, Size { width: across, height: down }) =
            (self.visible(), self.placement.size());
        x.fract() == 0.0 && y.fract() == 0.0 && width == f64::from(across) && height == f64::from(down)
    }

    /// The layout that shows the whole source at its own size.
    #[must_use]
    pub fn whole(oriented: Size) -> Self {
        let content = Rect::of(oriented);
        Layout {
            oriented,
            content,
            window: Window::of(content),
            output: oriented,
            placement: content,
            anchor: Anchor::CENTER,
        }
    }

    /// Counts this part of the source alone, in source pixels, and shows it at its own size. What lies outside of it
    /// never shows again.
    ///
    /// # Panics
    /// If it is empty or does not lie inside the content.
    #[must_use]
    pub fn with_content(self, content: Rect) -> Self {
        let lies_inside = self.content.x <= content.x
            && self.content.y <= content.y
            && content.right() <= self.content.right()
            && content.bottom() <= self.content.bottom();
        assert!(lies_inside && content.width > 0 && content.height > 0, "{content:?} is no part of {:?}", self.content);
        Layout { content, window: Window::of(content), output: content.size(), ..self }.settled()
    }

    /// Shows `width` × `height` source pixels, laid over the content by `anchor`, at the
    /// source's resolution.
    #[must_use]
    pub fn with_window(self, width: f64, height: f64, anchor: Anchor) -> Self {
        let window = Window::around(self.content, width, height, anchor);
        Layout { window, anchor, output: rounding::natural_size(window), ..self }.settled()
    }

    /// Keeps the window and shows it in exactly `output` pixels.
    #[must_use]
    pub fn with_output(self, output: Size) -> Self {
        Layout { output, ..self }.settled()
    }

    /// Moves the window so that, on each axis where it cuts the content, `anchor` says what
    /// stays. Margins keep their place.
    #[must_use]
    pub fn with_crop_anchor(self, anchor: Anchor) -> Self {
        let moved = Window::around(self.content, self.window.width, self.window.height, anchor);
        let mut window = self.window;
        if window.width < f64::from(self.content.width) {
            window.x = moved.x;
        }
        if window.height < f64::from(self.content.height) {
            window.y = moved.y;
        }
        Layout { window, ..self }.settled()
    }

    /// Keeps the output's size and shows it at the source's own resolution, so that the window
    /// has as many source pixels as the output has pixels. Each axis shares its room as before;
    /// one that the window fitted exactly is laid by the anchor.
    #[must_use]
    pub fn unscaled(self) -> Self {
        Layout { window: self.whole_window(), ..self }.settled()
    }

    /// The part of the source that shows, in source pixels.
    #[must_use]
    pub fn visible(&self) -> Window {
        let (x, y) = self.landed();
        Window { x: x.visible, y: y.visible, width: x.visible_length, height: y.visible_length }
    }

    /// Output pixels per source pixel, across and down.
    #[must_use]
    pub fn scale(&self) -> (f64, f64) {
        let visible = self.visible();
        (f64::from(self.placement.width) / visible.width, f64::from(self.placement.height) / visible.height)
    }

    /// Output pixels that an engine must fill.
    #[must_use]
    pub fn margins(&self) -> Margins {
        Margins {
            left: self.placement.x,
            top: self.placement.y,
            right: self.output.width - self.placement.right(),
            bottom: self.output.height - self.placement.bottom(),
        }
    }

    /// The window that has as many source pixels as the output has pixels.
    fn whole_window(&self) -> Window {
        let share = |content: u32, length: u32, window: f64, window_length: f64, otherwise: f64| {
            let room = f64::from(length) - window_length;
            if rounding::is_nothing(room) { otherwise } else { (window - f64::from(content)) / room }
        };
        let (content, window) = (self.content, self.window);
        let shares = Anchor {
            x: share(content.x, content.width, window.x, window.width, self.anchor.x),
            y: share(content.y, content.height, window.y, window.height, self.anchor.y),
        };
        Window::around(content, self.output.width.into(), self.output.height.into(), shares)
    }

    fn axes(&self) -> (Axis, Axis) {
        // The window itself stays exact, so that an output of another size has its ratio.
        let natural = self.output == rounding::natural_size(self.window);
        let window = if natural { self.whole_window() } else { self.window };
        let x = Axis {
            content: self.content.x,
            content_length: self.content.width,
            window: window.x,
            window_length: window.width,
            output: self.output.width,
        };
        let y = Axis {
            content: self.content.y,
            content_length: self.content.height,
            window: window.y,
            window_length: window.height,
            output: self.output.height,
        };
        (x, y)
    }

    fn landed(&self) -> (rounding::RoundedAxis, rounding::RoundedAxis) {
        let (x, y) = self.axes();
        rounding::snap(x.land(), y.land())
    }

    /// Brings `placement` in line with the other fields.
    fn settled(self) -> Self {
        let (x, y) = self.landed();
        let placement = Rect::new(x.placed, y.placed, x.placed_length, y.placed_length);
        Layout { placement, ..self }
    }
}
