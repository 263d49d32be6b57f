//! Rectangles that lie around another one.

use crate::geometry::Rect;
use crate::geometry::Size;

/// The part of a canvas outside `known`, as up to four rectangles that do not overlap: above
/// and below over the full width, left and right beside `known`.
///
/// # Panics
/// If `known` is empty or does not lie inside the canvas.
#[must_use]
pub fn margin_strips(canvas: Size, known: Rect) -> Vec<Rect> {
    assert!(known.width > 0 && known.height > 0, "{known:?} is empty");
    assert!(known.right() <= canvas.width && known.bottom() <= canvas.height, "{known:?} lies inside {canvas}");
    let strips = [
        Rect::new(0, 0, canvas.width, known.y),
        Rect::new(0, known.bottom(), canvas.width, canvas.height - known.bottom()),
        Rect::new(0, known.y, known.x, known.height),
        Rect::new(known.right(), known.y, canvas.width - known.right(), known.height),
    ];
    strips.into_iter().filter(|strip| strip.width > 0 && strip.height > 0).collect()
}
