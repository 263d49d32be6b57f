//! Lays the units of a scan over the wanted region.

use std::ops::Range;

use crate::codecs::jpeg::baseline::headers::Headers;
use crate::codecs::jpeg::baseline::reduction::CONTEXT;
use crate::codecs::jpeg::color::Ratio;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::PlaneShape;

/// The units in which a scan is stored: the blocks of all components that cover one area.
pub(super) struct Grid {
    /// Units across and down.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Those of the region.
    pub(super) columns: Range<usize>,
    pub(super) rows: Range<usize>,
    /// Samples per unit at the scale.
    pub(super) unit: (usize, usize),
    /// The pictured part, in samples.
    pub(super) size: Size,
}

impl Grid {
    pub(super) fn new(headers: &Headers, region: Window, eighths: u32) -> Option<Grid> {
        // Brightness comes first and has the finest sampling (`reads`), so its blocks make the unit.
        let blocks = headers.components.first()?.blocks;
        let context = CONTEXT * 8.0 / f64::from(eighths);
        let axis = |length: u32, start: f64, wanted: f64, blocks: usize| {
            let unit = 8 * blocks as u32;
            let count = length.div_ceil(unit);
            // Casts of floats stop at the bounds.
            let first = (start - context) as u32 / unit;
            let end = ((start + wanted + context).ceil() as u32).div_ceil(unit).min(count);
            // Rounded up as libjpeg does.
            let scaled = (u64::from(length) * u64::from(eighths)).div_ceil(8) as u32;
            let side = eighths * blocks as u32;
            let samples = scaled.min(end * side).checked_sub(first * side).filter(|&samples| samples > 0)?;
            Some((count as usize, first as usize..end as usize, side as usize, samples))
        };
        let Size { width, height } = headers.size?;
        let (across, columns, unit_width, shown_width) = axis(width, region.x, region.width, blocks.0)?;
        let (down, rows, unit_height, shown_height) = axis(height, region.y, region.height, blocks.1)?;
        let size = Size::new(shown_width, shown_height);
        Some(Grid { across, down, columns, rows, unit: (unit_width, unit_height), size })
    }

    /// Returns what a plane of this size shows in stored pixels, where so many samples of brightness lie
    /// beside one of its own.
    pub(super) fn shown(&self, size: Size, ratio: Ratio, eighths: u32) -> Window {
        let stored = |samples: usize| samples as f64 * 8.0 / f64::from(eighths);
        Window {
            x: stored(self.columns.start * self.unit.0),
            y: stored(self.rows.start * self.unit.1),
            width: stored(size.width as usize * ratio.0),
            height: stored(size.height as usize * ratio.1),
        }
    }
}

impl Grid {
    /// Returns the shapes of brightness, blue and red, where so many samples of the first lie beside one of the
    /// others.
    pub(super) fn planes(&self, ratio: Ratio, eighths: u32) -> [PlaneShape; 3] {
        let plane = |ratio: Ratio| {
            let side = |length: u32, ratio: usize| length.div_ceil(ratio as u32);
            let size = Size::new(side(self.size.width, ratio.0), side(self.size.height, ratio.1));
            PlaneShape { size, shown: self.shown(size, ratio, eighths), halved: (ratio.0 > 1, ratio.1 > 1) }
        };
        [plane((1, 1)), plane(ratio), plane(ratio)]
    }
}
