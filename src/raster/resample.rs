//! One resampling from the decoded source to the output.

use std::f64::consts::PI;
use std::ops::Range;
use std::sync::LazyLock;

use fast_image_resize as fir;
use serde::Deserialize;

use crate::each_depth;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// Resampling filters, from the fastest to the sharpest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// The nearest pixel: no smoothing, for pixel art.
    Nearest,
    /// Mean of the covered area.
    Box,
    /// Linear between neighbours.
    Bilinear,
    /// Hamming window: as sharp as bicubic when reducing, without halos.
    Hamming,
    /// Cubic Catmull-Rom spline.
    CatmullRom,
    /// Cubic Mitchell-Netravali spline: soft, hardly any halos.
    Mitchell,
    /// Windowed sinc over three lobes: the sharpest.
    Lanczos3,
}

impl Filter {
    fn algorithm(self) -> fir::ResizeAlg {
        let convolution = |filter| fir::ResizeAlg::Convolution(filter);
        match self {
            Filter::Nearest => fir::ResizeAlg::Nearest,
            Filter::Box => convolution(fir::FilterType::Box),
            Filter::Bilinear => convolution(fir::FilterType::Bilinear),
            Filter::Hamming => convolution(fir::FilterType::Hamming),
            Filter::CatmullRom => convolution(cubic("Catmull-Rom", catmull_rom)),
            Filter::Mitchell => convolution(cubic("Mitchell-Netravali", mitchell)),
            Filter::Lanczos3 => convolution(fir::FilterType::Lanczos3),
        }
    }
}

/// [`Filter::Lanczos3`] over a picture that is reduced to a quarter or less: each output pixel then
/// takes the mean over half a pixel of what the filter alone would give. What is just too fine to
/// show is left out more completely, and what remains is as sharp as where other programs first
/// take means of whole pixels; but without their moiré.
fn softened_lanczos3() -> fir::ResizeAlg {
    let Ok(filter) = fir::Filter::new("softened Lanczos3", softened, SOFTENED_REACH) else {
        panic!("it reaches somewhere")
    };
    fir::ResizeAlg::Convolution(fir::FilterType::Custom(filter))
}

/// Output pixels that a mean is taken over.
const SOFTENING: f64 = 0.5;

const SOFTENED_REACH: f64 = 3.0 + SOFTENING / 2.0;

/// Knots of the softened kernel in each output pixel: it is straight from one to the next.
const KNOTS: f64 = 256.0;

/// The mean of the kernel of [`Filter::Lanczos3`] around each knot from 0 to its reach.
static SOFTENED: LazyLock<Vec<f64>> = LazyLock::new(|| {
    const POINTS: u32 = 64;
    let mean = |knot: u32| {
        let point =
            |number: u32| f64::from(knot) / KNOTS + SOFTENING * ((f64::from(number) + 0.5) / f64::from(POINTS) - 0.5);
        (0..POINTS).map(|number| lanczos3(point(number))).sum::<f64>() / f64::from(POINTS)
    };
    (0..=(SOFTENED_REACH * KNOTS) as u32).map(mean).collect()
});

fn softened(x: f64) -> f64 {
    let place = x.abs() * KNOTS;
    let [low, high] = match SOFTENED.get(place as usize..) {
        Some(&[low, high, ..]) => [low, high],
        _ => return 0.0,
    };
    let mean = low + (high - low) * place.fract();
    // See `piecewise`.
    if mean == 0.0 { f64::MIN_POSITIVE } else { mean }
}

fn lanczos3(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

/// A filter of our own; see [`piecewise`] for why.
fn cubic(name: &'static str, kernel: fn(f64) -> f64) -> fir::FilterType {
    let Ok(filter) = fir::Filter::new(name, kernel, 2.0) else { panic!("it reaches somewhere") };
    fir::FilterType::Custom(filter)
}

fn catmull_rom(x: f64) -> f64 {
    piecewise(x, |x| (1.5 * x - 2.5) * x * x + 1.0, |x| (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5)
}

fn mitchell(x: f64) -> f64 {
    let outer = |x: f64| ((2.0 - 7.0 * x / 18.0) * x - 10.0 / 3.0) * x + 16.0 / 9.0;
    piecewise(x, |x| (7.0 * x / 6.0 - 2.0) * x * x + 16.0 / 18.0, outer)
}

/// A kernel of two cubics, one up to the distance 1 and one from there to 2, that is 0 nowhere
/// before 2.
///
/// fast_image_resize 6.1.0 has the same two, and they are 0 on the way. It leaves pixels of weight 0
/// out at both ends of those that make an output pixel, and takes it for granted that of all output
/// pixels the first then begins first and the last ends last. With a 0 on the way they may not, and
/// it reads outside of its intermediate picture.
fn piecewise(x: f64, inner: impl Fn(f64) -> f64, outer: impl Fn(f64) -> f64) -> f64 {
    let weight = match x.abs() {
        x if x < 1.0 => inner(x),
        x if x < 2.0 => outer(x),
        _ => return 0.0,
    };
    // Too small to change any sum.
    if weight == 0.0 { f64::MIN_POSITIVE } else { weight }
}

/// The part `visible` of `source`, in pixels of `source` and possibly fractional, shown in
/// exactly `output` pixels. Alpha is premultiplied on the way, so that transparent pixels lend
/// no colour. Where nothing is scaled and the part is whole the pixels are copied.
///
/// # Panics
/// If `visible` does not lie inside `source` or is empty.
#[must_use]
pub fn resample(source: &Raster, visible: Window, output: Size, filter: Filter) -> Raster {
    each_depth!(source, pixels => resampled(pixels, visible, output, filter.algorithm()).into())
}

/// The same as a picture for people: what is finer than the output can show becomes flat, and no
/// moiré.
pub(super) fn reduce<S: Depth>(source: &Pixels<S>, visible: Window, output: Size, filter: Filter) -> Pixels<S> {
    resampled(source, visible, output, algorithm_for(visible, output, filter))
}

/// The algorithm that shows a part, in pixels, in an output without moiré.
pub(super) fn algorithm_for(visible: Window, output: Size, filter: Filter) -> fir::ResizeAlg {
    // Where the scales differ it is by rounding; and the arithmetic has an error.
    let factor = (visible.width / f64::from(output.width)).max(visible.height / f64::from(output.height));
    match filter {
        Filter::Lanczos3 if factor >= 4.0 - 1e-6 => softened_lanczos3(),
        filter => filter.algorithm(),
    }
}

/// Some rows of a plane, of which `part` is shown in as many rows as `reduced` has.
pub(super) fn down(source: &[u8], width: usize, part: Range<f64>, algorithm: fir::ResizeAlg, reduced: &mut [u8]) {
    let size = |samples: usize| Size::new(width as u32, (samples / width) as u32);
    let part = Window { x: 0.0, y: part.start, width: width as f64, height: part.end - part.start };
    let (from, into) = (size(source.len()), size(reduced.len()));
    resize::<u8>((source, from), (reduced, into), Channels::Gray, part, algorithm);
}

/// The part `visible` of a source in pixels of a raster of `size` that shows `shown` of it.
pub(super) fn part_of(size: Size, shown: Window, visible: Window) -> Window {
    let (across, down) = (f64::from(size.width) / shown.width, f64::from(size.height) / shown.height);
    Window {
        x: (visible.x - shown.x) * across,
        y: (visible.y - shown.y) * down,
        width: visible.width * across,
        height: visible.height * down,
    }
}

/// Depth of samples, with the names that fast_image_resize has for pixels of it.
pub(super) trait Depth: Sample {
    fn pixel_type(channels: Channels) -> fir::PixelType;
    fn bytes(samples: &[Self]) -> &[u8];
    fn bytes_mut(samples: &mut [Self]) -> &mut [u8];
}

impl Depth for u8 {
    fn pixel_type(channels: Channels) -> fir::PixelType {
        match channels {
            Channels::Gray => fir::PixelType::U8,
            Channels::GrayAlpha => fir::PixelType::U8x2,
            Channels::Rgb => fir::PixelType::U8x3,
            Channels::Rgba => fir::PixelType::U8x4,
        }
    }

    fn bytes(samples: &[Self]) -> &[u8] {
        samples
    }

    fn bytes_mut(samples: &mut [Self]) -> &mut [u8] {
        samples
    }
}

impl Depth for u16 {
    fn pixel_type(channels: Channels) -> fir::PixelType {
        match channels {
            Channels::Gray => fir::PixelType::U16,
            Channels::GrayAlpha => fir::PixelType::U16x2,
            Channels::Rgb => fir::PixelType::U16x3,
            Channels::Rgba => fir::PixelType::U16x4,
        }
    }

    fn bytes(samples: &[Self]) -> &[u8] {
        bytemuck::cast_slice(samples)
    }

    fn bytes_mut(samples: &mut [Self]) -> &mut [u8] {
        bytemuck::cast_slice_mut(samples)
    }
}

fn resampled<S: Depth>(source: &Pixels<S>, visible: Window, output: Size, algorithm: fir::ResizeAlg) -> Pixels<S> {
    let (channels, size) = (source.channels(), source.size());
    let visible = kept_inside(visible, size);
    if let Some(copied) = copied(source, visible, output) {
        return copied;
    }
    let mut target = Pixels::new(output, channels);
    resize((source.samples(), size), (target.samples_mut(), output), channels, visible, algorithm);
    target
}

/// Calls the resizer.
fn resize<S: Depth>(
    (source, size): (&[S], Size),
    (target, output): (&mut [S], Size),
    channels: Channels,
    visible: Window,
    algorithm: fir::ResizeAlg,
) {
    let pixel_type = S::pixel_type(channels);
    let from = fir::images::ImageRef::new(size.width, size.height, S::bytes(source), pixel_type);
    let into = fir::images::Image::from_slice_u8(output.width, output.height, S::bytes_mut(target), pixel_type);
    let (Ok(from), Ok(mut into)) = (from, into) else { panic!("pictures hold as many samples as their size says") };
    // With `use_alpha` colours are multiplied by alpha before and divided by it afterwards.
    let options = fir::ResizeOptions::new()
        .resize_alg(algorithm)
        .crop(visible.x, visible.y, visible.width, visible.height)
        .use_alpha(channels.has_alpha());
    if let Err(error) = fir::Resizer::new().resize(&from, &mut into, &options) {
        panic!("{visible:?} lies inside a picture of {size}: {error}");
    }
}

/// The part without what the error of the arithmetic puts past the edges. More than that is
/// left for the resizer to refuse.
fn kept_inside(visible: Window, size: Size) -> Window {
    const ERROR: f64 = 1e-6;
    let kept = |start: f64, length: f64, side: u32| {
        let side = f64::from(side);
        // The rounding of doubles is far less than 10⁻⁶ pixels, and that is too little to be seen.
        let start = if (-ERROR..0.0).contains(&start) { 0.0 } else { start };
        let excess = start + length - side;
        // `start + (side - start)` is exactly `side`, as that is a whole number.
        (start, if excess > 0.0 && excess < ERROR { side - start } else { length })
    };
    let (x, width) = kept(visible.x, visible.width, size.width);
    let (y, height) = kept(visible.y, visible.height, size.height);
    Window { x, y, width, height }
}

/// The part as it is, if it is whole and keeps its size.
fn copied<S: Sample>(source: &Pixels<S>, visible: Window, output: Size) -> Option<Pixels<S>> {
    let whole = visible.x.fract() == 0.0 && visible.y.fract() == 0.0;
    let unscaled = visible.width == f64::from(output.width) && visible.height == f64::from(output.height);
    if !whole || !unscaled {
        return None;
    }
    let count = source.channels().count();
    let (left, length) = (visible.x as usize * count, output.width as usize * count);
    let mut data = Vec::with_capacity(length * output.height as usize);
    for y in 0..output.height {
        data.extend_from_slice(&source.row(visible.y as u32 + y)[left..left + length]);
    }
    Some(Pixels::from_samples(output, source.channels(), data))
}
