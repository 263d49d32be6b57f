//! A small copy of a picture in which a side can be looked at.

use std::ops::Range;

use crate::each_depth;
use crate::engines::local::side::Side;
use crate::engines::local::side::mirrored;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Channels;
use crate::raster::Filter;
use crate::raster::Lanes;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::resample;

/// Longest side of a small copy.
const LONGEST: u32 = 256;

/// The share of steps from pixel to pixel that are not larger than what is said of them: stripes a
/// few pixels wide have one in four.
const FREQUENT: f32 = 0.7;

/// A part of a picture, reduced; in 8-bit levels of luma, two differences of colour and alpha,
/// the first three weighed by alpha.
pub(super) struct Look {
    small: Raster,
    levels: Vec<Lanes>,
}

/// Some levels, row by row.
#[derive(Clone)]
pub(super) struct Levels {
    pub(super) levels: Vec<Lanes>,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Most bytes of one: a pixel of a [`Raster`] has at most 8.
pub(super) const BYTES: u64 = LONGEST as u64 * LONGEST as u64 * (8 + size_of::<Lanes>() as u64);

/// Bytes that looking needs beside one that is held: either what the canvas is on its way to another, reduced on
/// one axis; or that other, turned, a part of it, and what two rounds of blurs and slopes make of it, some of
/// which grows by doubling.
pub(super) fn scratch_bytes(canvas: Size, pixel_bytes: u64) -> u64 {
    let longest = u64::from(LONGEST);
    (u64::from(canvas.width.max(canvas.height)) * longest * pixel_bytes).max(7 * BYTES)
}

impl Look {
    /// The part `shown` of a canvas.
    pub(super) fn at(canvas: &Raster, shown: Rect) -> Look {
        let reduction = (f64::from(shown.width.max(shown.height)) / f64::from(LONGEST)).max(1.0);
        let side = |length: u32| (f64::from(length) / reduction).round().max(1.0) as u32;
        let size = Size::new(side(shown.width), side(shown.height));
        // A box looks at no pixel beside the part.
        Look::of(resample(canvas, Window::of(shown), size, Filter::Box))
    }

    /// All of a canvas that is small.
    pub(super) fn of(small: Raster) -> Look {
        Look { levels: each_depth!(&small, pixels => levels(pixels)), small }
    }

    /// Its size.
    pub(super) fn size(&self) -> Size {
        self.small.size()
    }

    /// Its pixels.
    pub(super) fn raster(&self) -> &Raster {
        &self.small
    }

    /// The part `of` it, turned so that what lies outwards of `side` is on the right.
    pub(super) fn turned(&self, of: Rect, side: Side) -> Levels {
        let (length, across) = side.extent(of);
        let places = (0..length).flat_map(|along| (0..across).rev().map(move |deep| side.inside(of, along, deep)));
        let levels = places.map(|(x, y)| self.levels[(y * self.small.size().width + x) as usize]).collect();
        Levels { levels, width: across as usize, height: length as usize }
    }
}

impl Levels {
    /// The level at a place.
    pub(super) fn at(&self, x: usize, y: usize) -> Lanes {
        self.levels[y * self.width + x]
    }

    /// Some of its columns.
    pub(super) fn columns(&self, columns: Range<usize>) -> Levels {
        let rows = self.levels.chunks_exact(self.width);
        let levels = rows.flat_map(|row| row[columns.clone()].iter().copied()).collect();
        Levels { levels, width: columns.len(), height: self.height }
    }

    /// Blurred by a Gaussian, past the edges by their mirror image.
    pub(super) fn blurred(&self, deviation: f32) -> Levels {
        let reach = (4.0 * deviation).ceil() as isize;
        let bell: Vec<f32> = (-reach..=reach).map(|off| (-0.5 * (off as f32 / deviation).powi(2)).exp()).collect();
        let scale = 1.0 / bell.iter().sum::<f32>();
        let blur = |count: usize, at: usize, level: &dyn Fn(usize) -> Lanes| {
            let near = (-reach..=reach).zip(&bell);
            near.fold(Lanes::ZERO, |sum, (off, &weight)| {
                sum + level(mirrored(at as isize + off, count)) * (weight * scale)
            })
        };
        let places = || (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        let across = places().map(|(x, y)| blur(self.width, x, &|x| self.at(x, y))).collect();
        let across = Levels { levels: across, ..*self };
        let both = places().map(|(x, y)| blur(self.height, y, &|y| across.at(x, y))).collect();
        Levels { levels: both, ..*self }
    }
}

/// Returns how large the more frequent steps from pixel to pixel are in a part of a canvas, across or down,
/// whichever is larger, in 8-bit levels.
pub(super) fn grain(canvas: &Raster, part: Rect) -> f64 {
    fn steps<S: Sample>(pixels: &Pixels<S>, part: Rect, (right, down): (u32, u32)) -> Vec<f32> {
        let rows = part.y..part.bottom() - down;
        let places = rows.flat_map(|y| (part.x..part.right() - right).map(move |x| (x, y)));
        let level = |x: u32, y: u32| level(pixels.pixel(x, y), pixels.channels());
        places.map(|(x, y)| (level(x + right, y + down) - level(x, y)).largest()).collect()
    }
    let across = each_depth!(canvas, pixels => steps(pixels, part, (1, 0)));
    let down = each_depth!(canvas, pixels => steps(pixels, part, (0, 1)));
    percentile(across.into_iter(), FREQUENT).max(percentile(down.into_iter(), FREQUENT))
}

/// The value that so large a share of them does not exceed; 0 of none.
pub(super) fn percentile(values: impl Iterator<Item = f32>, share: f32) -> f64 {
    let mut values: Vec<f32> = values.collect();
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f32 * share).round() as usize;
    f64::from(*values.select_nth_unstable_by(at, f32::total_cmp).1)
}

fn levels<S: Sample>(pixels: &Pixels<S>) -> Vec<Lanes> {
    let channels = pixels.channels();
    pixels.samples().chunks_exact(channels.count()).map(|pixel| level(pixel, channels)).collect()
}

/// A pixel in the levels of a [`Look`].
#[inline]
fn level<S: Sample>(pixel: &[S], channels: Channels) -> Lanes {
    let colors = channels.without_alpha().count();
    let sample = |at: usize| pixel[at].to_f32() * (255.0 / S::MAX);
    let alpha = if channels.has_alpha() { sample(colors) } else { 255.0 };
    let (red, green, blue) =
        if colors == 3 { (sample(0), sample(1), sample(2)) } else { (sample(0), sample(0), sample(0)) };
    // The factors of the differences are 0.5 / (1 − 0.114) and 0.5 / (1 − 0.299).
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    // Rec. 601: differences as large as levels.
    let color = Lanes([luma, 0.564 * (blue - luma), 0.713 * (red - luma), 0.0]) * (alpha / 255.0);
    color + Lanes([0.0, 0.0, 0.0, alpha])
}
