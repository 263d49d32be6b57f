//! Measurements of pixels on which decisions are based.

use crate::each_depth;
use crate::geometry::Rect;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// One pixel's samples in the depth of its picture; those past its channels are 0.
pub(crate) type Samples = [u16; 4];

/// The outermost pixels of a part of a picture, one pixel deep, on those sides on which the
/// part does not reach the picture's edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Border {
    /// The median of each channel with straight alpha; fully transparent samples are all 0.
    pub color: Samples,
    /// Share, 0 to 1, of pixels that differ from the median, on the side where it is largest.
    pub deviating: f64,
    /// Share, 0 to 1, of pixels that are fully transparent, on the side where it is largest.
    pub clear: f64,
}

/// Measures the border of the part `inner` of `raster`. A pixel differs if one of its channels
/// does by more than `tolerance`, in 8-bit levels. Colours are weighed by their alpha: what
/// cannot be seen does not differ.
///
/// None if `inner` reaches all four edges.
///
/// # Panics
/// If `inner` is empty or does not lie inside the picture.
#[must_use]
pub fn border(raster: &Raster, inner: Rect, tolerance: f32) -> Option<Border> {
    each_depth!(raster, pixels => measured(pixels, inner, tolerance))
}

fn measured<S: Sample>(pixels: &Pixels<S>, inner: Rect, tolerance: f32) -> Option<Border> {
    let sides: Vec<Vec<[u32; 4]>> = facing_sides(pixels, inner)
        .into_iter()
        .map(|side| positions(side).map(|(x, y)| weighed(pixels, pixels.pixel(x, y))).collect())
        .collect();
    if sides.is_empty() {
        return None;
    }
    let count = pixels.channels().count();
    let mut median = [0; 4];
    for (channel, middle) in median.iter_mut().enumerate().take(count) {
        let mut levels: Vec<u32> = sides.iter().flatten().map(|pixel| pixel[channel]).collect();
        let half = levels.len() / 2;
        *middle = *levels.select_nth_unstable(half).1;
    }
    let full = S::MAX as u32;
    // Weighed colours go up to the square of the largest sample.
    let allowed = (f64::from(tolerance) / 255.0 * f64::from(full) * f64::from(full)) as u32;
    let differs =
        |pixel: &[u32; 4]| pixel.iter().zip(&median).any(|(&level, &middle)| level.abs_diff(middle) > allowed);
    let has_alpha = pixels.channels().has_alpha();
    let is_clear = |pixel: &[u32; 4]| has_alpha && pixel[count - 1] == 0;
    Some(Border {
        color: straight(median, count, has_alpha, full),
        deviating: largest_share(&sides, differs),
        clear: largest_share(&sides, is_clear),
    })
}

/// The share of pixels of which something is true, on the side where it is largest.
fn largest_share(sides: &[Vec<[u32; 4]>], is_true: impl Fn(&[u32; 4]) -> bool) -> f64 {
    let share = |side: &Vec<[u32; 4]>| side.iter().filter(|pixel| is_true(pixel)).count() as f64 / side.len() as f64;
    sides.iter().map(share).fold(0.0, f64::max)
}

/// The sides of `inner` that face a margin, as rectangles one pixel deep.
fn facing_sides<S: Sample>(pixels: &Pixels<S>, inner: Rect) -> Vec<Rect> {
    let size = pixels.size();
    assert!(inner.width > 0 && inner.height > 0, "{inner:?} is empty");
    assert!(inner.right() <= size.width && inner.bottom() <= size.height, "{inner:?} lies inside a picture of {size}");
    let mut sides = Vec::with_capacity(4);
    if inner.x > 0 {
        sides.push(Rect::new(inner.x, inner.y, 1, inner.height));
    }
    if inner.right() < size.width {
        sides.push(Rect::new(inner.right() - 1, inner.y, 1, inner.height));
    }
    if inner.y > 0 {
        sides.push(Rect::new(inner.x, inner.y, inner.width, 1));
    }
    if inner.bottom() < size.height {
        sides.push(Rect::new(inner.x, inner.bottom() - 1, inner.width, 1));
    }
    sides
}

fn positions(rect: Rect) -> impl Iterator<Item = (u32, u32)> {
    (rect.y..rect.bottom()).flat_map(move |y| (rect.x..rect.right()).map(move |x| (x, y)))
}

/// The pixel with its colours multiplied by alpha, or by the largest sample where there is
/// none; alpha, if any, is scaled likewise.
fn weighed<S: Sample>(pixels: &Pixels<S>, pixel: &[S]) -> [u32; 4] {
    let full = S::MAX as u32;
    let level = |sample: &S| sample.to_f32() as u32;
    let alpha = if pixels.channels().has_alpha() { pixel.last().map_or(full, level) } else { full };
    let colors = pixel.len() - usize::from(pixels.channels().has_alpha());
    let mut weighed = [0; 4];
    for (channel, sample) in pixel.iter().enumerate() {
        weighed[channel] = level(sample) * if channel < colors { alpha } else { full };
    }
    weighed
}

fn straight(weighed: [u32; 4], count: usize, has_alpha: bool, full: u32) -> Samples {
    let alpha = if has_alpha { weighed[count - 1] / full } else { full };
    let mut samples = [0; 4];
    if alpha == 0 {
        return samples;
    }
    for channel in 0..count {
        let is_alpha = has_alpha && channel == count - 1;
        let divisor = if is_alpha { full } else { alpha };
        // In 64 bits, because half of the divisor on top may pass 32.
        let level = (u64::from(weighed[channel]) + u64::from(divisor) / 2) / u64::from(divisor);
        samples[channel] = level.min(u64::from(full)) as u16;
    }
    samples
}
