//! The known pixels along a side, line by line, and the margin's.

use crate::engines::local::dither::FromFine;
use crate::engines::local::dither::noise;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::raster::Lanes;
use crate::raster::Pixels;
use crate::raster::Sample;

/// How much of the known pixels across a side is looked at.
const SHARE: f64 = 0.45;
/// More than so many lines tell nothing new.
const MOST: u32 = 400;
/// At least so many lines are looked at, if there are as many; and twice as many as are to be made.
const LEAST: u32 = 64;

/// How many pixels deep the band of a side is, whose margin is `margin` wide and behind which
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
}

impl Band {
    pub(super) fn of<S: Sample>(pixels: &Pixels<S>, inner: Rect, side: Side, depth: u32) -> Band {
        let (length, _) = side.extent(inner);
        let alpha = pixels.channels().has_alpha().then(|| pixels.channels().count() - 1);
        let mut levels = Vec::with_capacity(length as usize * depth as usize);
        for deep in 0..depth {
            levels.extend((0..length).map(|along| {
                let (x, y) = side.inside(inner, along, deep);
                level(pixels.pixel(x, y), alpha)
            }));
        }
        Band { levels, length: length as usize, depth: depth as usize }
    }

    /// The line `deep` pixels behind the outermost one.
    pub(super) fn line(&self, deep: usize) -> &[Lanes] {
        &self.levels[deep * self.length..][..self.length]
    }
}

#[inline]
fn level<S: Sample>(pixel: &[S], alpha: Option<usize>) -> Lanes {
    let scale = 255.0 / S::MAX;
    let mut level = Lanes::ZERO;
    level.0.iter_mut().zip(pixel).for_each(|(level, sample)| *level = sample.to_f32() * scale);
    if let Some(alpha) = alpha {
        let weight = level.0[alpha] / 255.0;
        level.0[..alpha].iter_mut().for_each(|level| *level *= weight);
    }
    level
}

/// Fills the margin beside `inner`, `margin` wide, with what `make` writes of each line, counted
/// outwards, in the levels of a [`Band`].
pub(super) fn write<S: FromFine>(
    pixels: &mut Pixels<S>,
    (inner, side, margin): (Rect, Side, u32),
    make: impl Fn(usize, &mut [Lanes]),
) {
    let (length, _) = side.extent(inner);
    let mut line = vec![Lanes::ZERO; length as usize];
    let (count, has_alpha) = (pixels.channels().count(), pixels.channels().has_alpha());
    let colors = pixels.channels().without_alpha().count();
    for out in 0..margin {
        make(out as usize, &mut line);
        for (along, &Lanes(mixed)) in (0..length).zip(&line) {
            let (x, y) = side.outside(inner, along, out);
            let noise = noise(x, y);
            let pixel = &mut pixels.row_mut(y)[x as usize * count..][..count];
            let mut scale = 257.0;
            if has_alpha {
                pixel[colors] = S::from_f32(mixed[colors] * (S::MAX / 255.0));
                let alpha = pixel[colors].to_f32();
                scale *= if alpha > 0.0 { S::MAX / alpha } else { 0.0 };
            }
            for (sample, level) in pixel[..colors].iter_mut().zip(mixed) {
                // The cast stops at both ends.
                *sample = S::from_fine((level * scale + 0.5) as u16, noise);
            }
        }
    }
}
