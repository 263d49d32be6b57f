//! One search for the source on a returned picture: what is compared, and what was found so far.

use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Raster;

/// Longest side of the picture on which every place is tried.
pub(super) const COARSE: u32 = 72;

/// Place at which the source was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FoundPlace {
    /// The place, in pixels of the returned picture.
    pub(super) window: Window,
    /// Agreement there, up to 1.
    pub(super) agreement: f32,
}

/// The pictures of one search. Windows are in pixels of the returned picture throughout.
pub(super) struct Search {
    /// The returned picture's brightness, reduced.
    pub(super) canvas: Raster,
    /// The returned picture's own size.
    pub(super) size: Size,
    /// The brightness of what was sent, reduced.
    pub(super) sent: Raster,
    /// The place that was asked for.
    pub(super) asked: Window,
    /// The scales against it at which an unknown place is searched.
    pub(super) scales: (f64, f64),
}

impl Search {
    /// Pixels by which two places must differ to count as two.
    pub(super) fn apart(&self) -> f64 {
        f64::from(self.size.width.max(self.size.height)) * 2.5 / f64::from(COARSE)
    }
}

/// Returns the middle of a window.
pub(super) fn centre(window: Window) -> (f64, f64) {
    (window.x + window.width / 2.0, window.y + window.height / 2.0)
}

/// Sorts the best first, and keeps of those that are about the same place and scale only the best.
pub(super) fn distinct(mut found: Vec<FoundPlace>, apart: f64) -> Vec<FoundPlace> {
    found.sort_by(|one, other| other.agreement.total_cmp(&one.agreement));
    let mut kept: Vec<FoundPlace> = Vec::new();
    for one in found {
        let same = |other: &FoundPlace| {
            let ((x, y), (other_x, other_y)) = (centre(one.window), centre(other.window));
            let wider = (one.window.width - other.window.width).abs() / 2.0;
            let higher = (one.window.height - other.window.height).abs() / 2.0;
            (x - other_x).abs().max((y - other_y).abs()).max(wider).max(higher) < apart
        };
        if !kept.iter().any(same) {
            kept.push(one);
        }
    }
    kept
}
