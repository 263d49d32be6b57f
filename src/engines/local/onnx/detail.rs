//! The fine grain that a reduced picture has lost, put back where a model saw only that.
//!
//! It is the finest octave of the known pixels, taken in small pieces from near the border that
//! a margin faces and mixed, so that no shape is seen again. What deviates more than grain does is
//! a thing, or a line, and not taken.

use std::array;
use std::f32::consts::PI;

use crate::each_depth;
use crate::engines::local::dither::FromFine;
use crate::engines::local::dither::noise;
use crate::engines::local::enlarge::enlarge;
use crate::engines::local::mirror::reflected;
use crate::engines::margin_strips;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Filter;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::resample;

/// Deviations past which a pixel is no grain.
const MOST: f32 = 3.0;

/// Most pixels by which the grain is measured; more would not say more.
const MEASURED: usize = 1 << 16;

/// Side of the pieces, of which each pixel of a margin mixes four.
const PIECE: u32 = 12;

/// How far a piece may be taken from its mirrored place, on each axis.
const STRAY: u32 = 64;

/// Adds to the margins `strength`, 0 to 1, of the grain of the known part.
pub(super) fn put_back(canvas: &mut Raster, known: Rect, strength: f32) {
    let half = Size::new(known.width.div_ceil(2), known.height.div_ceil(2));
    let half = resample(canvas, Window::of(known), half, Filter::Box);
    each_depth!(canvas, pixels => {
        let mut smooth = Pixels::new(known.size(), pixels.channels());
        enlarge(&half, &mut smooth, Rect::of(known.size()), Filter::Mitchell);
        let grain = Grain::of(pixels, &smooth, known);
        add(pixels, &grain, strength);
    });
}

/// What known pixels are beyond their finest mean; things are 0.
struct Grain {
    known: Rect,
    levels: Vec<[f32; 3]>,
    /// Weights of a piece across: those of two neighbours have a sum of squares of 1, so that the
    /// mixture is as strong as its parts.
    weights: [f32; 2 * PIECE as usize],
}

impl Grain {
    fn of<S: FromFine>(canvas: &Pixels<S>, smooth: &Pixels<S>, known: Rect) -> Grain {
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
        let middle = sizes.len() / 2;
        // From the median to the deviation of noise; half an 8-bit level is what rounding does.
        let most = MOST * 1.4826 * *sizes.select_nth_unstable_by(middle, f32::total_cmp).1 + S::MAX / 510.0;
        for level in &mut levels {
            if level.iter().any(|level| level.abs() > most) {
                *level = [0.0; 3];
            }
        }
        let weights = array::from_fn(|at| ((at as f32 + 0.5) / (2 * PIECE) as f32 * PI).sin());
        Grain { known, levels, weights }
    }

    /// What is added to a pixel of the margin.
    fn at(&self, x: u32, y: u32) -> [f32; 3] {
        let mut sum = [0.0; 3];
        for (column, across) in pieces(x) {
            for (row, down) in pieces(y) {
                let dice = [noise(column, row), noise(row.wrapping_add(7), column)];
                let stray = dice.map(|dice| i64::from(dice % (2 * STRAY)) - i64::from(STRAY));
                let from_x = reflected(i64::from(x) - i64::from(self.known.x) + stray[0], self.known.width.into());
                let from_y = reflected(i64::from(y) - i64::from(self.known.y) + stray[1], self.known.height.into());
                let weight = self.weights[across as usize] * self.weights[down as usize];
                let level = self.levels[from_y as usize * self.known.width as usize + from_x as usize];
                sum = array::from_fn(|channel| sum[channel] + level[channel] * weight);
            }
        }
        sum
    }
}

/// The two pieces that overlap a place, by their number, and the place in each.
fn pieces(at: u32) -> [(u32, u32); 2] {
    let (piece, place) = (at / PIECE, at % PIECE);
    [(piece, place + PIECE), (piece + 1, place)]
}

fn add<S: FromFine>(canvas: &mut Pixels<S>, grain: &Grain, strength: f32) {
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
