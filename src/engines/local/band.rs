//! The known pixels along a side, line by line, and the margin's.

use std::ops::Range;

use crate::each_depth;
use crate::engines::local::dither::Dither;
use crate::engines::local::dither::dithered;
use crate::engines::local::dither::shared;
use crate::engines::local::line;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::raster::Channels;
use crate::raster::Lanes;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// Share of the known pixels across a side that is looked at.
const SHARE: f64 = 0.45;
/// More than so many lines tell nothing new.
const MOST: u32 = 400;
/// At least so many lines are looked at, if there are as many; and twice as many as are to be made.
const LEAST: u32 = 64;

/// Places whose mean is the level from which a line is bridged: grain is none of it.
const NEAR: usize = 12;

/// Alpha of what is opaque, in 8-bit levels, but for the error of the arithmetic.
const OPAQUE: f32 = 254.999;

/// Lines of a margin that are made before they are written: as many as pixels of a row lie side by
/// side in the caches.
const AT_ONCE: u32 = 16;

/// Counts the lines of levels.
pub(super) const LINES_AT_ONCE: u64 = AT_ONCE as u64;

/// Returns how many pixels deep the band of a side is, whose margin is `margin` wide and behind which
/// `across` are known.
pub(super) fn depth(across: u32, margin: u32) -> u32 {
    let share = (f64::from(across) * SHARE) as u32;
    share.min(margin.saturating_mul(2).max(LEAST)).clamp(8, MOST).min(across)
}

/// The known pixels along a side, in 8-bit levels, colours premultiplied by alpha.
pub(super) struct Band {
    /// Line by line from the outermost.
    pub(super) levels: Vec<Lanes>,
    pub(super) length: usize,
    pub(super) depth: usize,
    /// Number of lanes of a level that are colours.
    pub(super) colors: usize,
    /// Set where nothing of it is transparent.
    pub(super) is_opaque: bool,
}

impl Band {
    pub(super) fn of<S: Sample>(pixels: &Pixels<S>, inner: Rect, side: Side, depth: u32) -> Band {
        let (length, _) = side.extent(inner);
        let channels = pixels.channels();
        let lines = Lines::inside(side, inner, depth);
        let mut levels = vec![Lanes::ZERO; length as usize * depth as usize];
        // Row by row, as the caches hold a canvas.
        for y in lines.strip.y..lines.strip.bottom() {
            let row = &pixels.row(y)[lines.strip.x as usize * channels.count()..];
            for (pixel, place) in row.chunks_exact(channels.count()).zip(lines.places(y)) {
                levels[place] = level(pixel);
            }
        }
        let alpha = channels.count() - 1;
        let is_opaque = !channels.has_alpha() || levels.iter().all(|level| level.0[alpha] >= OPAQUE);
        if !is_opaque {
            premultiply(&mut levels, alpha);
        }
        let colors = channels.without_alpha().count();
        Band { levels, length: length as usize, depth: depth as usize, colors, is_opaque }
    }

    /// The outermost lines of a side of what is `known` of a canvas, at most as many as it has.
    pub(super) fn outermost(canvas: &Raster, known: Rect, side: Side, depth: u32) -> Band {
        let depth = depth.min(side.extent(known).1);
        each_depth!(canvas, pixels => Band::of(pixels, known, side, depth))
    }

    /// The mean of some lines.
    pub(super) fn mean(&self, lines: Range<usize>) -> Vec<Lanes> {
        let (mut mean, share) = (vec![Lanes::ZERO; self.length], 1.0 / lines.len() as f32);
        for deep in lines {
            mean.iter_mut().zip(self.line(deep)).for_each(|(mean, &level)| *mean += level * share);
        }
        mean
    }

    /// Returns what lies behind so many of its lines.
    pub(super) fn behind(mut self, lines: usize) -> Band {
        self.levels.drain(..lines * self.length);
        Band { depth: self.depth - lines, ..self }
    }

    /// Has each line changed, of which the depth is said.
    pub(super) fn change(&mut self, change: impl Fn(usize, &mut [Lanes])) {
        self.levels.chunks_exact_mut(self.length).enumerate().for_each(|(deep, line)| change(deep, line));
    }

    /// Has each line go on from one `backdrop` place to the next, as if nothing stood between them.
    pub(super) fn bridge(&mut self, backdrop: &[bool]) {
        for line in self.levels.chunks_exact_mut(self.length) {
            let mut bridged = calm(line, backdrop);
            line::bridged(&mut bridged, backdrop);
            let places = line.iter_mut().zip(bridged).zip(backdrop);
            places.filter(|(_, is_backdrop)| !**is_backdrop).for_each(|((level, bridged), _)| *level = bridged);
        }
    }

    /// The line `deep` pixels behind the outermost one.
    pub(super) fn line(&self, deep: usize) -> &[Lanes] {
        &self.levels[deep * self.length..][..self.length]
    }
}

/// The mean of each backdrop place of a line and of those near it.
fn calm(line: &[Lanes], backdrop: &[bool]) -> Vec<Lanes> {
    let mean = |at: usize| {
        let near = at.saturating_sub(NEAR)..(at + NEAR + 1).min(line.len());
        let (mut sum, mut count) = (Lanes::ZERO, 0.0);
        for near in near.filter(|&near| backdrop[near]) {
            sum += line[near];
            count += 1.0;
        }
        sum * (1.0 / f32::max(count, 1.0))
    };
    // Only the ends of what is bridged count.
    let is_end = |at: usize| {
        backdrop[at] && (at.checked_sub(1).is_some_and(|at| !backdrop[at]) || backdrop.get(at + 1) == Some(&false))
    };
    (0..line.len()).map(|at| if is_end(at) { mean(at) } else { line[at] }).collect()
}

/// Samples one by one, so that they need not go through memory to become lanes.
#[inline]
fn level<S: Sample>(pixel: &[S]) -> Lanes {
    let level = |at: usize| pixel.get(at).map_or(0.0, |sample| sample.to_f32() * (255.0 / S::MAX));
    Lanes([level(0), level(1), level(2), level(3)])
}

/// Weighs the colours of levels by their alpha, which is the one `at` this place.
fn premultiply(levels: &mut [Lanes], at: usize) {
    for Lanes(level) in levels {
        let weight = level[at] / 255.0;
        level[..at].iter_mut().for_each(|level| *level *= weight);
    }
}

/// Fills the margin beside `inner`, `margin` wide, with what `make` writes of each line, counted
/// outwards, in the levels of a [`Band`]. Of the dither each place along the side has a share.
pub(super) fn write<S: Sample>(
    pixels: &mut Pixels<S>,
    (inner, side, margin): (Rect, Side, u32),
    shares: &[f32],
    make: impl Fn(usize, &mut [Lanes]),
) {
    let (length, channels) = (side.extent(inner).0 as usize, pixels.channels());
    let dither = Dither::new(pixels.size().width, 1);
    let mut levels = vec![Lanes::ZERO; length * AT_ONCE as usize];
    for first in (0..margin).step_by(AT_ONCE as usize) {
        let outs = first..margin.min(first + AT_ONCE);
        for (out, line) in outs.clone().zip(levels.chunks_exact_mut(length)) {
            make(out as usize, line);
        }
        let lines = Lines::outside(side, inner, outs);
        for y in lines.strip.y..lines.strip.bottom() {
            let row = &mut pixels.row_mut(y)[lines.strip.x as usize * channels.count()..];
            let places = lines.places(y).zip(lines.along(y)).zip(dither.row(y));
            for (pixel, ((place, along), &threshold)) in row.chunks_exact_mut(channels.count()).zip(places) {
                put(pixel, channels, levels[place], shared(threshold, shares[along]));
            }
        }
    }
}

/// Makes a pixel of a level.
#[inline]
fn put<S: Sample>(pixel: &mut [S], channels: Channels, Lanes(mixed): Lanes, threshold: u16) {
    let colors = channels.without_alpha().count();
    let mut scale = 257.0;
    if channels.has_alpha() {
        pixel[colors] = S::from_f32(mixed[colors] * (S::MAX / 255.0));
        let alpha = pixel[colors].to_f32();
        scale *= if alpha > 0.0 { S::MAX / alpha } else { 0.0 };
    }
    for (sample, level) in pixel[..colors].iter_mut().zip(mixed) {
        // The cast stops at both ends.
        *sample = dithered((level * scale + 0.5) as u16, threshold);
    }
}

/// A strip of the canvas as lines along a side, the one nearest to the border first.
struct Lines {
    strip: Rect,
    is_lateral: bool,
    /// Set where the first line is the last one on the canvas.
    is_reversed: bool,
}

impl Lines {
    /// The outermost known lines.
    fn inside(side: Side, inner: Rect, depth: u32) -> Lines {
        let is_reversed = matches!(side, Side::Right | Side::Bottom);
        Lines { strip: side.strip(inner, depth), is_lateral: side.is_lateral(), is_reversed }
    }

    /// Lines of the margin, counted outwards.
    fn outside(side: Side, inner: Rect, outs: Range<u32>) -> Lines {
        let is_reversed = matches!(side, Side::Left | Side::Top);
        Lines { strip: side.lines(inner, outs), is_lateral: side.is_lateral(), is_reversed }
    }

    /// Returns where the pixels of a row of the strip are along the side.
    fn along(&self, y: u32) -> impl Iterator<Item = usize> + use<> {
        let (first, step) = if self.is_lateral { ((y - self.strip.y) as usize, 0) } else { (0, 1) };
        (0..self.strip.width as usize).map(move |at| first + at * step)
    }

    /// Returns where the pixels of a row of the strip are in the lines, one line behind the other.
    fn places(&self, y: u32) -> impl Iterator<Item = usize> + use<> {
        let Rect { y: top, width, height, .. } = self.strip;
        let (row, width, height) = ((y - top) as usize, width as usize, height as usize);
        let line = |at: usize, count: usize| if self.is_reversed { count - 1 - at } else { at };
        let (first, step) = match self.is_lateral {
            true => {
                (line(0, width) * height + row, if self.is_reversed { -(height as isize) } else { height as isize })
            }
            false => (line(row, height) * width, 1),
        };
        (0..width).map(move |at| first.wrapping_add_signed(at as isize * step))
    }
}
