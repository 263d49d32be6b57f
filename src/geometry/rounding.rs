//! Every rounding rule of recanvas, in one place.
//!
//! | rule | where |
//! |---|---|
//! | the output has exactly the asked size | [`Axis::land`]: `output` is never changed |
//! | a whole source lands on `round(length · k)` output pixels, at least 1 and at most `output` | [`Axis::land`] |
//! | the room left over is shared as in the window; the odd pixel of equal shares goes right/bottom: `floor(room · share)` | [`Axis::land`] |
//! | where the window cuts the source the picture reaches the output's edge | [`Axis::land`] |
//! | at scale 1 the window is moved to whole source pixels, left/top first, so that pixels are copied and not resampled | [`snap`] |
//! | without an asked size the ratio holds to half a pixel: the whole side stays, the other is rounded | [`natural_size`] |
//! | an output of the window's natural size is at scale 1: the source is not resampled by a fraction of a pixel | [`Layout`](crate::geometry::Layout) |
//! | a side from the other side and a ratio is rounded half up, at least 1 | [`side`] |
//!
//! `round` is half up, on positive numbers. The two scales of a task differ by less than half
//! an output pixel over the source's length, because both lengths are rounded from one scale.

use crate::geometry::Size;
use crate::geometry::Window;

/// Lengths closer than this, in source pixels, are the same. Far above the error of the
/// arithmetic (1e-10 on sides of 10⁵), far below what an eye or a resampler could see.
const EPSILON: f64 = 1e-6;

/// Tells whether a length in source pixels is zero but for the error of the arithmetic.
#[must_use]
pub fn is_nothing(length: f64) -> bool {
    length.abs() < EPSILON
}

/// A number of pixels from a computed length: half up, at least 1.
#[must_use]
pub fn side(length: f64) -> u32 {
    // The cast saturates, so an absurd length meets the limits instead of wrapping.
    (length + EPSILON).round().max(1.0) as u32
}

/// The size of a window that keeps the source's resolution.
///
/// A side that is whole already stays; otherwise the height is rounded first. The other side
/// follows from the window's ratio.
#[must_use]
pub fn natural_size(window: Window) -> Size {
    let is_whole = |length: f64| is_nothing(length - length.round());
    if is_whole(window.width) {
        let width = side(window.width);
        Size::new(width, side(f64::from(width) / window.ratio()))
    } else {
        let height = side(window.height);
        Size::new(side(f64::from(height) * window.ratio()), height)
    }
}

/// One axis of a layout before rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// First source pixel that counts.
    pub content: u32,
    /// Number of source pixels that count.
    pub content_length: u32,
    /// Begin of the window, in source pixels.
    pub window: f64,
    /// The window's length, in source pixels.
    pub window_length: f64,
    /// The output's length, in output pixels.
    pub output: u32,
}

/// One axis after rounding: which part of the source shows, and on which output pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoundedAxis {
    /// Begin of the visible part, in source pixels.
    pub visible: f64,
    /// Length of the visible part, in source pixels.
    pub visible_length: f64,
    /// First output pixel that it covers.
    pub placed: u32,
    /// Number of output pixels that it covers.
    pub placed_length: u32,
}

impl Axis {
    /// Output pixels per source pixel, before rounding.
    #[must_use]
    pub fn scale(&self) -> f64 {
        f64::from(self.output) / self.window_length
    }

    /// Source pixels of window before the content; negative where the window cuts it.
    fn margin_before(&self) -> f64 {
        f64::from(self.content) - self.window
    }

    /// Source pixels of window after the content; negative where the window cuts it.
    fn margin_after(&self) -> f64 {
        self.window + self.window_length - f64::from(self.content) - f64::from(self.content_length)
    }

    /// Applies the rules of this file to one axis.
    #[must_use]
    pub fn land(&self) -> RoundedAxis {
        let significant = |length: f64| if is_nothing(length) { 0.0 } else { length };
        let (before, after) = (significant(self.margin_before()), significant(self.margin_after()));
        let (room_before, room_after) = (before.max(0.0), after.max(0.0));
        let visible = f64::from(self.content) + (-before).max(0.0);
        let visible_length = f64::from(self.content_length) - (-before).max(0.0) - (-after).max(0.0);
        let room = room_before + room_after;
        if room == 0.0 {
            return RoundedAxis { visible, visible_length, placed: 0, placed_length: self.output };
        }
        let placed_length = side(visible_length * self.scale()).min(self.output);
        let left_over = f64::from(self.output - placed_length);
        let placed = (left_over * room_before / room + EPSILON).floor() as u32;
        RoundedAxis { visible, visible_length, placed, placed_length }
    }
}

/// Moves the visible parts of both axes to whole source pixels if the picture is neither
/// enlarged nor reduced.
#[must_use]
pub fn snap(x: RoundedAxis, y: RoundedAxis) -> (RoundedAxis, RoundedAxis) {
    let unscaled = |axis: RoundedAxis| is_nothing(axis.visible_length - f64::from(axis.placed_length));
    if !unscaled(x) || !unscaled(y) {
        return (x, y);
    }
    let whole = |axis: RoundedAxis| RoundedAxis {
        visible: (axis.visible + EPSILON).floor(),
        visible_length: f64::from(axis.placed_length),
        ..axis
    };
    (whole(x), whole(y))
}
