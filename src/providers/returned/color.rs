//! Colour drift: what a model did to all colours, measured where the source is known.

use crate::error::Failure;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::providers::returned::field::luma;
use crate::providers::returned::field::reduced;
use crate::providers::returned::flaw::bad;
use crate::raster;
use crate::raster::Filter;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::median::FROM_MEDIAN;
use crate::raster::median::median_by;

/// Longer side at which the ring is measured. Coarser than detail that a model invents anew.
const LONGEST: u32 = 160;

/// Depth of the ring, as a share of the source's shorter side.
const DEPTH: f64 = 0.06;

/// Most that contrast is changed, and most that the ring's mean is moved, in 8-bit levels.
const GAIN: (f64, f64) = (0.8, 1.25);
const SHIFT: f64 = 40.0;

/// A spread of levels in the ring, in 8-bit levels, at which half of a measured contrast is
/// believed. A ring of one colour says nothing about contrast.
const SPREAD: f64 = 6.0;

/// Pixels of the ring that must agree with the result, within [`CLOSE`] levels; below that the
/// model painted something else there, and its colours are left alone.
const AGREEING: f64 = 0.4;
const CLOSE: f64 = 14.0;

/// The least mean spread of red, green and blue, in 8-bit levels, of a source with colours, and the share of
/// it up to which a result is grey.
const COLOURFUL: f64 = 12.0;
const GREY: f64 = 0.1;

/// A straight line per channel, in levels from 0 to 1: `level · gain + offset`. A line bends
/// no gradient, so that none of its steps shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correction {
    /// Factors of contrast for red, green and blue.
    pub gain: [f32; 3],
    /// Levels that are added then.
    pub offset: [f32; 3],
}

impl Correction {
    /// The one that changes nothing.
    pub const NONE: Correction = Correction { gain: [1.0; 3], offset: [0.0; 3] };

    /// Returns the level after correction.
    pub(super) fn apply(&self, channel: usize, level: f32) -> f32 {
        level * self.gain[channel] + self.offset[channel]
    }

    /// Returns the correction that brings `returned`, in whose part `place` the source lies, to the colours of `sent`,
    /// measured on a ring inside the source along those borders behind which there is something generated.
    pub(super) fn measure(returned: &Raster, sent: &Raster, place: Window) -> Correction {
        let Some((theirs, ours)) = both(returned, sent, place) else { return Correction::NONE };
        let size = returned.size();
        let faces = [
            place.x > 1.0,
            place.y > 1.0,
            place.x + place.width < f64::from(size.width) - 1.0,
            place.y + place.height < f64::from(size.height) - 1.0,
        ];
        let ring = ring(theirs.size(), faces);
        let (theirs, ours) = (levels(&theirs, &ring), levels(&ours, &ring));
        let mut correction = Correction::NONE;
        for channel in 0..3 {
            let pairs = theirs.iter().zip(&ours).map(|(one, other)| (one[channel], other[channel]));
            match line(&pairs.collect::<Vec<_>>()) {
                Some((gain, offset)) => {
                    correction.gain[channel] = gain as f32;
                    correction.offset[channel] = (offset / 255.0) as f32;
                }
                // One channel alone would tint the picture.
                None => return Correction::NONE,
            }
        }
        correction
    }
}

/// Returns the source as it came back and as it was sent, in the same small number of pixels. None if too little of it
/// lies on the returned picture.
pub(super) fn both(returned: &Raster, sent: &Raster, place: Window) -> Option<(Raster, Raster)> {
    let Size { width, height } = returned.size();
    let (left, top) = (place.x.max(0.0), place.y.max(0.0));
    let right = (place.x + place.width).min(width.into());
    let bottom = (place.y + place.height).min(height.into());
    let there = Window { x: left, y: top, width: right - left, height: bottom - top };
    if there.width < 4.0 || there.height < 4.0 {
        return None;
    }
    let (across, down) = (f64::from(sent.size().width) / place.width, f64::from(sent.size().height) / place.height);
    let here = Window {
        x: (left - place.x) * across,
        y: (top - place.y) * down,
        width: there.width * across,
        height: there.height * down,
    };
    let size = reduced(Size::new(there.width.round() as u32, there.height.round() as u32), LONGEST);
    let small = |picture: &Raster, part| -> Raster {
        raster::with_u16(raster::resample(picture, part, size, Filter::Bilinear)).into()
    };
    Some((small(returned, there), small(sent, here)))
}

/// Refuses a result that is grey where the source has colours: its margins would be grey as well.
///
/// # Errors
/// [`Class::BadOutput`](crate::error::Class::BadOutput) with how much colour both have.
pub(super) fn refuse_grey(returned: &Raster, sent: &Raster, place: Window) -> Result<(), Failure> {
    let Some((theirs, ours)) = both(returned, sent, place) else { return Ok(()) };
    let Size { width, height } = theirs.size();
    let all: Vec<(u32, u32)> = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).collect();
    let colour = |picture: &Raster| {
        let spread = |[red, green, blue]: [f64; 3]| red.max(green).max(blue) - red.min(green).min(blue);
        levels(picture, &all).into_iter().map(spread).sum::<f64>() / all.len().max(1) as f64
    };
    let (is, was) = (colour(&theirs), colour(&ours));
    if was >= COLOURFUL && is <= was * GREY {
        return Err(bad(format!("the result is grey: its colours differ by {is:.1} levels, the source's by {was:.1}")));
    }
    Ok(())
}

/// Returns the pixels of a ring along those of the sides left, top, right, bottom that are wanted.
fn ring(size: Size, [left, top, right, bottom]: [bool; 4]) -> Vec<(u32, u32)> {
    let depth = ((f64::from(size.width.min(size.height)) * DEPTH).round() as u32).max(2);
    let inside = |x: u32, y: u32| {
        (left && x < depth)
            || (top && y < depth)
            || (right && x + depth >= size.width)
            || (bottom && y + depth >= size.height)
    };
    let all = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    all.filter(|&(x, y)| inside(x, y)).collect()
}

/// Returns red, green and blue of these pixels, in 8-bit levels.
fn levels(picture: &Raster, pixels: &[(u32, u32)]) -> Vec<[f64; 3]> {
    let Raster::U16(picture) = picture else { panic!("both pictures have 16 bits") };
    let colors = |&(x, y): &(u32, u32)| match picture.pixel(x, y) {
        [red, green, blue, ..] => [red, green, blue].map(|level| f64::from(*level) / 257.0),
        other => [f64::from(other[0]) / 257.0; 3],
    };
    pixels.iter().map(colors).collect()
}

/// Returns gain and offset that take the first of each pair to the second, in 8-bit levels. Pairs far off count little
/// and then nothing (Tukey's biweight); None if hardly any agree.
fn line(pairs: &[(f64, f64)]) -> Option<(f64, f64)> {
    if pairs.len() < 8 {
        return None;
    }
    let mut differences: Vec<f64> = pairs.iter().map(|(from, to)| to - from).collect();
    let (mut gain, mut offset) = (1.0, middle(&mut differences));
    for _ in 0..12 {
        let mut residuals: Vec<f64> = pairs.iter().map(|(from, to)| (to - from * gain - offset).abs()).collect();
        let reach = (FROM_MEDIAN * middle(&mut residuals)).clamp(1.0, CLOSE) * 4.685;
        let weigh = |&(from, to): &(f64, f64)| {
            let share = ((to - from * gain - offset) / reach).powi(2);
            if share < 1.0 { (1.0 - share).powi(2) } else { 0.0 }
        };
        let weights: Vec<f64> = pairs.iter().map(weigh).collect();
        let total: f64 = weights.iter().sum();
        if total < 1.0 {
            return None;
        }
        let weighted = |value: &dyn Fn(&(f64, f64)) -> f64| {
            pairs.iter().zip(&weights).map(|(pair, weight)| value(pair) * weight).sum::<f64>() / total
        };
        let (from, to) = (weighted(&|pair| pair.0), weighted(&|pair| pair.1));
        let variance = weighted(&|pair| (pair.0 - from).powi(2));
        let together = weighted(&|pair| (pair.0 - from) * (pair.1 - to));
        let believed = SPREAD * SPREAD;
        gain = ((together + believed) / (variance + believed)).clamp(GAIN.0, GAIN.1);
        offset = from + (to - from).clamp(-SHIFT, SHIFT) - from * gain;
    }
    let close = pairs.iter().filter(|(from, to)| (to - from * gain - offset).abs() < CLOSE).count();
    (close as f64 >= AGREEING * pairs.len() as f64).then_some((gain, offset))
}

fn middle(values: &mut [f64]) -> f64 {
    median_by(values, f64::total_cmp).unwrap_or(0.0)
}

/// Returns the median difference of brightness, in 8-bit levels, between the source as it came back and as it was sent.
pub(super) fn difference(returned: &Raster, sent: &Raster, place: Window) -> Option<f64> {
    let (theirs, ours) = both(returned, sent, place)?;
    let all = ring(theirs.size(), [true; 4]);
    let brightness = |picture: &Raster| -> Vec<f32> {
        levels(picture, &all).iter().map(|colors| luma(colors.map(|level| level as f32))).collect()
    };
    let (theirs, ours) = (brightness(&theirs), brightness(&ours));
    let mut apart: Vec<f64> = theirs.iter().zip(&ours).map(|(one, other)| f64::from((one - other).abs())).collect();
    Some(middle(&mut apart))
}

/// Returns the level of one sample, 0 to 1.
pub(super) fn level<S: Sample>(sample: S) -> f32 {
    sample.to_f32() / S::MAX
}
