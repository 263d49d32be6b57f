//! Reduces what is known beside a margin: the picture in which sources are chosen.

use crate::each_depth;
use crate::engines::local::content::frame::Frame;
use crate::raster::Lanes;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// Feature by which two positions are compared: colour and the slopes of the luma; the rest is 0, so that
/// machines compare all at once.
pub(super) type Feature = [u8; 8];
pub(super) const FEATURES: usize = 5;

/// A colour in 8-bit levels; the last lane is 0.
pub(super) type Color = Lanes;

/// The band of known pixels along a border, each of its pixels the mean of `factor` by `factor`
/// of the canvas. Columns lie across, the last one at the border.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) factor: u32,
    /// Columns.
    pub(super) depth: usize,
    /// Rows.
    pub(super) length: usize,
    pub(super) colors: Vec<Color>,
    pub(super) features: Vec<Feature>,
}

impl Proxy {
    /// Reduces `depth` columns beside the border of `frame`.
    pub(super) fn new(canvas: &Raster, frame: Frame, factor: u32, depth: usize) -> Self {
        let length = frame.length().div_ceil(factor) as usize;
        let colors = each_depth!(canvas, pixels => reduced(pixels, frame, factor, depth, length));
        let features = features(&colors, depth);
        Proxy { factor, depth, length, colors, features }
    }

    /// Returns where a column and a row are.
    #[inline]
    pub(super) fn index(&self, column: usize, row: usize) -> usize {
        row * self.depth + column
    }
}

/// Sum of the differences of two features.
#[inline]
pub(super) fn difference(one: &Feature, other: &Feature) -> i32 {
    one.iter().zip(other).map(|(one, other)| i32::from(one.abs_diff(*other))).sum()
}

/// The brightness of a colour, by Rec. 709.
#[inline]
pub(super) fn luma(color: Color) -> f32 {
    let Lanes([red, green, blue, _]) = color;
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn reduced<S: Sample>(pixels: &Pixels<S>, frame: Frame, factor: u32, depth: usize, length: usize) -> Vec<Color> {
    let count = pixels.channels().count();
    let colorful = pixels.channels().without_alpha().count() == 3;
    let mut colors = vec![Lanes::ZERO; depth * length];
    let side = factor as i32;
    // In the order of the canvas, whose rows are what the caches hold.
    let cells: Box<dyn Iterator<Item = (usize, usize)>> = if frame.side.is_lateral() {
        Box::new((0..length).flat_map(|row| (0..depth).map(move |column| (column, row))))
    } else {
        Box::new((0..depth).flat_map(|column| (0..length).map(move |row| (column, row))))
    };
    for (column, row) in cells {
        let across = (column as i32 - depth as i32) * side;
        let along = row as i32 * side;
        let last = (along + side).min(frame.length() as i32) - 1;
        let (one, other) = (frame.at(across, along), frame.at(across + side - 1, last));
        let (left, right) = (one.0.min(other.0) as usize, one.0.max(other.0) as usize + 1);
        let (top, bottom) = (one.1.min(other.1) as u32, one.1.max(other.1) as u32 + 1);
        let mut sum = Lanes::ZERO;
        for y in top..bottom {
            for pixel in pixels.row(y)[left * count..right * count].chunks_exact(count) {
                let level = |channel: usize| pixel[if colorful { channel } else { 0 }].to_f32();
                sum += Lanes([level(0), level(1), level(2), 0.0]);
            }
        }
        let scale = 255.0 / S::MAX / ((right - left) as f32 * (bottom - top) as f32);
        colors[row * depth + column] = sum * scale;
    }
    colors
}

fn features(colors: &[Color], depth: usize) -> Vec<Feature> {
    let length = colors.len() / depth;
    let light = |column: usize, row: usize| luma(colors[row * depth + column]);
    let slope = |before: f32, after: f32| (128.0 + (after - before)).clamp(0.0, 255.0) as u8;
    let mut features = Vec::with_capacity(colors.len());
    for row in 0..length {
        for column in 0..depth {
            let across = slope(light(column.saturating_sub(1), row), light((column + 1).min(depth - 1), row));
            let along = slope(light(column, row.saturating_sub(1)), light(column, (row + 1).min(length - 1)));
            let [red, green, blue, _] = colors[row * depth + column].0.map(|level| level as u8);
            features.push([red, green, blue, across, along, 0, 0, 0]);
        }
    }
    features
}
