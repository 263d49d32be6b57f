//! The fine grain that a reduced picture has lost, put back where a model saw only that.
//!
//! It is what the known pixels lose by that, at most their finest octave, taken in small pieces from near the border that
//! a margin faces and mixed, so that no shape is seen again. What deviates more than grain does is
//! a thing, or a line, and not taken.

use std::array;

use crate::each_depth;
use crate::engines::local::dither::dice;
use crate::engines::local::enlarge::enlarge;
use crate::engines::local::mixture::largest_grain;
use crate::engines::local::mixture::pieces;
use crate::engines::local::mixture::weights;
use crate::engines::local::onnx::reduced::DOWN;
use crate::engines::local::onnx::reduced::UP;
use crate::engines::local::side::mirrored;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::geometry::margin_strips;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::resample;

/// Deviations past which a pixel is no grain.
const MOST: f32 = 3.0;

/// Most pixels by which the grain is measured; more would not say more.
const MEASURED: usize = 1 << 16;

/// Side of the pieces, of which each pixel of a margin mixes four.
const PIECE: usize = 12;

/// Most pixels that a piece may be taken from its mirrored place, on each axis.
const STRAY: usize = 64;

/// Factor to which a picture is reduced to find its grain: what a smaller one loses is more than grain.
const FINEST: f64 = 0.5;

/// Adds to the margins `strength`, 0 to 1, of the grain that the known part loses when a canvas is
/// shown at `scale`.
pub(super) fn put_back(canvas: &mut Raster, known: Rect, scale: f64, strength: f32) {
    let side = |length: u32| (f64::from(length) * scale.max(FINEST)).ceil() as u32;
    let small = resample(canvas, Window::of(known), Size::new(side(known.width), side(known.height)), DOWN);
    each_depth!(canvas, pixels => {
        let mut smooth = Pixels::new(known.size(), pixels.channels());
        enlarge(&small, &mut smooth, Rect::of(known.size()), UP);
        let grain = Grain::of(pixels, &smooth, known);
        add(pixels, &grain, strength);
    });
}

/// Difference of known pixels from their finest mean; things are 0.
struct Grain {
    known: Rect,
    levels: Vec<[f32; 3]>,
    weights: [f32; 2 * PIECE],
}

impl Grain {
    fn of<S: Sample>(canvas: &Pixels<S>, smooth: &Pixels<S>, known: Rect) -> Grain {
        let colors = canvas.channels().without_alpha().count();
        let beyond = |(pixel, smooth): (&[S], &[S])| {
            array::from_fn(|at| if at < colors { pixel[at].to_f32() - smooth[at].to_f32() } else { 0.0 })
        };
        let mut levels: Vec<[f32; 3]> = (0..known.height)
            .flat_map(|y| (0..known.width).map(move |x| (x, y)))
            .map(|(x, y)| beyond((canvas.pixel(known.x + x, known.y + y), smooth.pixel(x, y))))
            .collect();
        let step = (levels.len() / MEASURED).max(1);
        let mut sizes: Vec<f32> =
            levels.iter().step_by(step).flat_map(|level| &level[..colors]).map(|level| level.abs()).collect();
        let most = largest_grain(&mut sizes, MOST, S::MAX / 255.0);
        for level in &mut levels {
            if level.iter().any(|level| level.abs() > most) {
                *level = [0.0; 3];
            }
        }
        Grain { known, levels, weights: weights() }
    }

    /// Returns what is added to a pixel of the margin.
    fn at(&self, x: u32, y: u32) -> [f32; 3] {
        let (width, height) = (self.known.width as usize, self.known.height as usize);
        let from = |at: u32, first: u32, dice: u32, length: usize| {
            let stray = (dice >> 16) as usize % (2 * STRAY);
            mirrored(at as isize - first as isize + stray as isize - STRAY as isize, length)
        };
        let mut sum = [0.0; 3];
        for (column, across) in pieces(x as usize, PIECE) {
            for (row, down) in pieces(y as usize, PIECE) {
                let dice = |axis| dice(column as u32, row as u32, axis);
                let (x, y) = (from(x, self.known.x, dice(0), width), from(y, self.known.y, dice(1), height));
                let weight = self.weights[across] * self.weights[down];
                let level = self.levels[y * width + x];
                sum = array::from_fn(|channel| sum[channel] + level[channel] * weight);
            }
        }
        sum
    }
}

fn add<S: Sample>(canvas: &mut Pixels<S>, grain: &Grain, strength: f32) {
    let (count, colors) = (canvas.channels().count(), canvas.channels().without_alpha().count());
    for strip in margin_strips(canvas.size(), grain.known) {
        for y in strip.y..strip.bottom() {
            for x in strip.x..strip.right() {
                let pixel = &mut canvas.row_mut(y)[x as usize * count..][..colors];
                for (sample, grain) in pixel.iter_mut().zip(grain.at(x, y)) {
                    *sample = S::from_f32(sample.to_f32() + grain * strength);
                }
            }
        }
    }
}
