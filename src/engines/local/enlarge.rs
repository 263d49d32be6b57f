//! A small picture shown large, in the margins only.

use crate::engines::local::dither::Dither;
use crate::engines::local::dither::dithered;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Filter;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::resample;
use crate::raster::with_u16;

/// Rows that are enlarged at once: enough to share the set-up, few enough for the caches.
pub(super) const BAND: u32 = 64;

/// Fills `strip` with its part of the backdrop, as if that had been enlarged to all of the
/// canvas. Where the backdrop has no alpha, that of the canvas stays.
pub(super) fn enlarge<S: Sample>(backdrop: &Raster, canvas: &mut Pixels<S>, strip: Rect, filter: Filter) {
    let (size, small) = (canvas.size(), backdrop.size());
    let (count, enlarged) = (canvas.channels().count(), backdrop.channels().count());
    let dither = Dither::new(strip.width, enlarged);
    // Scaled, and kept off the far edge by more than the error of the arithmetic.
    let scaled = |at: u32, whole: u32, small: u32| {
        (f64::from(at) * f64::from(small) / f64::from(whole)).min(f64::from(small) - 1e-9)
    };
    let (left, right) = (scaled(strip.x, size.width, small.width), scaled(strip.right(), size.width, small.width));
    for top in (strip.y..strip.bottom()).step_by(BAND as usize) {
        let bottom = (top + BAND).min(strip.bottom());
        let y = scaled(top, size.height, small.height);
        let height = scaled(bottom, size.height, small.height) - y;
        let window = Window { x: left, y, width: right - left, height };
        let band = with_u16(resample(backdrop, window, Size::new(strip.width, bottom - top), filter));
        for (row, y) in (top..bottom).enumerate() {
            let line = &mut canvas.row_mut(y)[strip.x as usize * count..strip.right() as usize * count];
            let (fine, thresholds) = (band.row(row as u32), dither.row(y));
            if enlarged == count {
                write(line, fine, thresholds);
                continue;
            }
            let pixels = line.chunks_exact_mut(count).zip(fine.chunks_exact(enlarged));
            for ((pixel, fine), thresholds) in pixels.zip(thresholds.chunks_exact(enlarged)) {
                write(&mut pixel[..enlarged], fine, thresholds);
            }
        }
    }
}

#[inline]
fn write<S: Sample>(samples: &mut [S], fine: &[u16], thresholds: &[u16]) {
    for ((sample, &fine), &threshold) in samples.iter_mut().zip(fine).zip(thresholds) {
        *sample = dithered(fine, threshold);
    }
}
