//! A canvas as small as a model takes it, and what comes back from there.

use std::array;

use crate::engines::local::extend::extend;
use crate::engines::local::mirror::reflected;
use crate::engines::local::onnx::tensor::KNOWN;
use crate::engines::local::onnx::tensor::Question;
use crate::engines::local::solid::luma;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::options::Color;
use crate::raster::Channels;
use crate::raster::Filter;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::flatten;
use crate::raster::membrane::Membrane;
use crate::raster::place;
use crate::raster::resample;
use crate::raster::with_color;
use crate::raster::with_u16;

/// Filters by which a reduced picture is made and enlarged: no halos on the way down, and on the way up
/// a picture of the canvas' own size stays as it is.
pub(super) const DOWN: Filter = Filter::Hamming;
pub(super) const UP: Filter = Filter::CatmullRom;

/// Size of a canvas in the picture that a model is given.
pub(super) struct Reduced {
    pub(super) size: Size,
    /// Its size as a share of that of the canvas; 1 if it is not reduced.
    pub(super) scale: f64,
    /// Rectangle of it that is known.
    known: Rect,
}

impl Reduced {
    /// The canvas within `bounds`, and never larger than it is.
    pub(super) fn of(canvas: Size, known: Rect, bounds: Size) -> Reduced {
        let ratio = |most: u32, side: u32| f64::from(most) / f64::from(side);
        let scale = ratio(bounds.width, canvas.width).min(ratio(bounds.height, canvas.height)).min(1.0);
        let side = |length: u32| (f64::from(length) * scale).round().max(1.0) as u32;
        let size = Size::new(side(canvas.width), side(canvas.height));
        let (left, right) = known_between(known.x, known.right(), ratio(size.width, canvas.width), size.width);
        let (top, bottom) = known_between(known.y, known.bottom(), ratio(size.height, canvas.height), size.height);
        Reduced { size, scale, known: Rect::new(left, top, right - left, bottom - top) }
    }

    /// The picture of a canvas, on white, with its mask, in the size `given` that a graph takes:
    /// what is left beside it shows its mirror image.
    pub(super) fn question(&self, canvas: &Raster, given: Size) -> Question {
        let small = resample(canvas, Window::of(Rect::of(canvas.size())), self.size, DOWN);
        let opaque = flatten(small, Color::WHITE);
        let mut mask: Raster = Pixels::<u8>::new(self.size, Channels::Gray).into();
        let known = vec![KNOWN; self.known.size().area() as usize];
        place(&mut mask, &Pixels::from_samples(self.known.size(), Channels::Gray, known).into(), self.known);
        let padded = |part: &Raster| {
            let mut whole = part.blank(given);
            place(&mut whole, part, Rect::of(self.size));
            extend(&mut whole, Rect::of(self.size), reflected);
            whole
        };
        Question { picture: with_u16(padded(&with_color(&opaque))), mask: padded(&mask).into_u8() }
    }

    /// The picture that a model was asked for, without alpha, and grey if `is_gray`: what is known
    /// as it was, and the margins of the model's `answer`, led to it so that they meet without a
    /// step.
    pub(super) fn picture(&self, asked: &Question, answer: &Pixels<u16>, is_gray: bool) -> Raster {
        let color = |pixels: &Pixels<u16>, x, y| array::from_fn(|at| pixels.pixel(x, y)[at].to_f32());
        let membrane = Membrane::new(self.size, self.known, |x, y| {
            let (known, answered): ([f32; 3], [f32; 3]) = (color(&asked.picture, x, y), color(answer, x, y));
            (array::from_fn(|channel| known[channel] - answered[channel]), 1.0)
        });
        let is_known = |x, y| asked.mask.pixel(x, y) == [KNOWN];
        let pixel = |(x, y)| -> [u16; 3] {
            if is_known(x, y) {
                return array::from_fn(|at| asked.picture.pixel(x, y)[at]);
            }
            let (answered, added): ([f32; 3], _) = (color(answer, x, y), membrane.at(x, y).unwrap_or_default());
            array::from_fn(|channel| u16::from_f32(answered[channel] + added[channel]))
        };
        let pixels = (0..self.size.height).flat_map(|y| (0..self.size.width).map(move |x| (x, y))).map(pixel);
        let (channels, samples) = if is_gray {
            (Channels::Gray, pixels.map(luma).collect())
        } else {
            (Channels::Rgb, pixels.flatten().collect())
        };
        Pixels::from_samples(self.size, channels, samples).into()
    }
}

/// The reduced positions that show nothing but known ones; at least one.
fn known_between(start: u32, end: u32, scale: f64, length: u32) -> (u32, u32) {
    let first = ((f64::from(start) * scale).ceil() as u32).min(length - 1);
    let last = ((f64::from(end) * scale).floor() as u32).min(length);
    (first, last.max(first + 1))
}
