//! `borders`: how far plain borders reach in from each side.
//!
//! From a side inwards, a line of pixels belongs to the border as long as it is plain in itself, whatever
//! colour it has, and close to the line before it. So a backdrop counts that gets darker towards the floor,
//! and a thing that stands in it ends it. Colours are weighed by their alpha: what cannot be seen does not
//! differ.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::analysis::Measure;
use crate::analysis::Proxy;

/// Most 8-bit levels by which a pixel of a plain line differs from the line's median where there is no noise, and by
/// which the lines of a uniform border differ from the outermost.
const TOLERANCE: u8 = 10;

/// The same, in standard deviations of the noise on the outermost line, and never more levels than these: with
/// more, a thing in the picture would be taken for noise.
const NOISE: f32 = 4.5;
const MOST_NOISE: f32 = 25.0;

/// The standard deviation of a normal distribution over its median absolute deviation.
const DEVIATION: f32 = 1.4826;

/// Most levels from one line to the next.
const STEP: u8 = 3;

/// Most pixels of a plain line that may differ more: specks of dust, and what JPEG leaves at edges.
const STRAY_SHARE: f64 = 0.005;

/// Most alpha of what counts as transparent.
const CLEAR: u8 = 2;

/// The measure.
pub(super) static BORDERS: Of = Of;

pub(super) struct Of;

/// Says how far plain borders reach in from each side of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Borders {
    /// From the left.
    pub left: BorderSide,
    /// From above.
    pub top: BorderSide,
    /// From the right.
    pub right: BorderSide,
    /// From below.
    pub bottom: BorderSide,
}

/// One side of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BorderSide {
    /// Says what the border is.
    pub kind: BorderKind,
    /// Says how far it reaches in: a share of the picture's width or height, from 0 to 1.
    pub depth: f64,
    /// The median red, green, blue and alpha of the outermost line, each from 0 to 255.
    pub color: [u8; 4],
}

/// Says what a border is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BorderKind {
    /// There is none.
    None,
    /// One colour.
    Uniform,
    /// A colour that changes slowly on the way in.
    Gradient,
    /// Transparent.
    Clear,
}

impl Borders {
    /// The measure by which they are found.
    #[must_use]
    pub fn measure() -> &'static dyn Measure {
        &BORDERS
    }

    /// Looks at a picture.
    #[must_use]
    pub fn of(proxy: &Proxy) -> Self {
        let (width, height) = (proxy.size().width, proxy.size().height);
        let column = |x: u32| (0..height).map(move |y| proxy.pixel(x, y));
        let row = |y: u32| (0..width).map(move |x| proxy.pixel(x, y));
        Borders {
            left: side((0..width).map(column)),
            top: side((0..height).map(row)),
            right: side((0..width).rev().map(column)),
            bottom: side((0..height).rev().map(row)),
        }
    }
}

impl Measure for Of {
    fn name(&self) -> &'static str {
        "borders"
    }

    fn revision(&self) -> u32 {
        1
    }

    fn measure(&self, proxy: &Proxy) -> Value {
        json!(Borders::of(proxy))
    }
}

/// Looks at one side: its lines from the outermost inwards.
fn side<L: Iterator<Item = [u8; 4]>>(lines: impl ExactSizeIterator<Item = L>) -> BorderSide {
    let count = lines.len();
    let mut lines = lines.map(Iterator::collect::<Vec<_>>);
    let outermost = lines.next().map(|line| (median(&line), line));
    let Some((color, line)) = outermost else {
        return BorderSide { kind: BorderKind::None, depth: 0.0, color: [0; 4] };
    };
    let depth = |reached: usize| reached as f64 / count as f64;
    if is_clear(&line) {
        let reached = 1 + lines.take_while(|line| is_clear(line)).count();
        return BorderSide { kind: BorderKind::Clear, depth: depth(reached), color: [0; 4] };
    }
    let tolerance = tolerance(&line, color);
    if !is_plain(&line, color, tolerance) {
        return BorderSide { kind: BorderKind::None, depth: 0.0, color };
    }
    let (mut reached, mut last, mut furthest) = (1, color, 0);
    for line in lines {
        let median = median(&line);
        if distance(median, last) > STEP || !is_plain(&line, median, tolerance) {
            break;
        }
        (reached, last, furthest) = (reached + 1, median, furthest.max(distance(median, color)));
    }
    let kind = if furthest > TOLERANCE { BorderKind::Gradient } else { BorderKind::Uniform };
    BorderSide { kind, depth: depth(reached), color }
}

fn is_clear(line: &[[u8; 4]]) -> bool {
    line.iter().all(|pixel| pixel[3] <= CLEAR)
}

/// Returns how many levels a pixel may differ on a side whose outermost line is this.
fn tolerance(line: &[[u8; 4]], color: [u8; 4]) -> u8 {
    let mut distances: Vec<u8> = line.iter().map(|pixel| distance(*pixel, color)).collect();
    let middle = distances.len() / 2;
    let median = f32::from(*distances.select_nth_unstable(middle).1);
    TOLERANCE.max((NOISE * DEVIATION * median).min(MOST_NOISE) as u8)
}

fn is_plain(line: &[[u8; 4]], color: [u8; 4], tolerance: u8) -> bool {
    let strays = line.iter().filter(|pixel| distance(**pixel, color) > tolerance).count();
    strays as f64 <= line.len() as f64 * STRAY_SHARE
}

/// The median of each channel.
fn median(line: &[[u8; 4]]) -> [u8; 4] {
    [0, 1, 2, 3].map(|channel| {
        let mut levels: Vec<u8> = line.iter().map(|pixel| pixel[channel]).collect();
        let middle = levels.len() / 2;
        *levels.select_nth_unstable(middle).1
    })
}

/// The largest difference of a channel, as far as it can be seen.
fn distance(one: [u8; 4], other: [u8; 4]) -> u8 {
    let seen = |pixel: [u8; 4], channel: usize| (u16::from(pixel[channel]) * u16::from(pixel[3]) / 255) as u8;
    let color = (0..3).map(|channel| seen(one, channel).abs_diff(seen(other, channel))).max().unwrap_or(0);
    color.max(one[3].abs_diff(other[3]))
}
