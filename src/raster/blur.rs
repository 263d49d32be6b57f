//! Gaussian blur as three running means.

use crate::each_depth;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// Number of running means that stand for one Gaussian. Three are within 3 % of its bell everywhere.
const PASSES: usize = 3;

/// The picture blurred by a Gaussian with a standard deviation of `across` and `down` pixels,
/// each 0 or more. Past the edge the picture is continued by its outermost pixels. Alpha is
/// premultiplied on the way, so that transparent pixels lend no colour.
///
/// The work does not grow with the deviation; it needs 8 bytes of memory per sample besides
/// the two pictures.
#[must_use]
pub fn blur(raster: &Raster, across: f64, down: f64) -> Raster {
    each_depth!(raster, pixels => blurred(pixels, across, down).into())
}

fn blurred<S: Sample>(source: &Pixels<S>, across: f64, down: f64) -> Pixels<S> {
    let (count, stride) = (source.channels().count(), source.stride());
    let mut levels = premultiplied(source);
    let mut other = vec![0.0; levels.len()];
    let mean = Mean::of(across);
    for _ in 0..PASSES {
        for (from, to) in levels.chunks_exact(stride).zip(other.chunks_exact_mut(stride)) {
            mean.run(from, to, count);
        }
        std::mem::swap(&mut levels, &mut other);
    }
    let mean = Mean::of(down);
    for _ in 0..PASSES {
        mean.run(&levels, &mut other, stride);
        std::mem::swap(&mut levels, &mut other);
    }
    straight(source, &levels)
}

/// A running mean over `2 · radius + 1` items, plus one at each end that counts in part, so
/// that any deviation can be had and not only those of whole boxes.
#[derive(Debug, Clone, Copy)]
struct Mean {
    radius: usize,
    /// Weight of the two outermost items, 0 to 1.
    part: f64,
    /// One over the sum of what all items count.
    scale: f64,
}

impl Mean {
    /// The mean that, applied [`PASSES`] times, has this deviation. Its parts follow from
    /// equal variance: Gwosdek et al., Theoretical foundations of Gaussian convolution by
    /// extended box filtering (2011).
    fn of(deviation: f64) -> Self {
        let variance = deviation * deviation / PASSES as f64;
        let radius = (((12.0 * variance + 1.0).sqrt() - 1.0) / 2.0).floor();
        let length = 2.0 * radius + 1.0;
        let part =
            length * (radius * (radius + 1.0) - 3.0 * variance) / (6.0 * (variance - (radius + 1.0) * (radius + 1.0)));
        Mean { radius: radius as usize, part, scale: 1.0 / (length + 2.0 * part) }
    }

    /// Averages along a line of items, each `lane` samples long, every sample with the samples
    /// in its place of the neighbouring items. A row is a line of pixels; a whole picture is a
    /// line of rows.
    fn run(self, from: &[f32], to: &mut [f32], lane: usize) {
        let last = from.len() / lane - 1;
        let radius = self.radius;
        // Item `shifted - radius - 1`; before the first and after the last come those two.
        let at = |shifted: usize| {
            let index = shifted.saturating_sub(radius + 1).min(last);
            &from[index * lane..][..lane]
        };
        // Doubles, so that adding and taking away leaves no trace in 24-bit samples.
        let mut sums = vec![0.0_f64; lane];
        for shifted in 1..=2 * radius + 1 {
            for (sum, &sample) in sums.iter_mut().zip(at(shifted)) {
                *sum += f64::from(sample);
            }
        }
        for (index, target) in to.chunks_exact_mut(lane).enumerate() {
            // Shifted by radius + 1, the outermost items on both sides.
            let (before, first, after) = (at(index), at(index + 1), at(index + 2 * radius + 2));
            for place in 0..lane {
                let ends = f64::from(before[place]) + f64::from(after[place]);
                target[place] = ((sums[place] + self.part * ends) * self.scale) as f32;
                sums[place] += f64::from(after[place]) - f64::from(first[place]);
            }
        }
    }
}

fn premultiplied<S: Sample>(source: &Pixels<S>) -> Vec<f32> {
    let mut levels: Vec<f32> = source.samples().iter().map(|sample| sample.to_f32()).collect();
    if source.channels().has_alpha() {
        for pixel in levels.chunks_exact_mut(source.channels().count()) {
            if let [colors @ .., alpha] = pixel {
                colors.iter_mut().for_each(|color| *color *= *alpha / S::MAX);
            }
        }
    }
    levels
}

fn straight<S: Sample>(source: &Pixels<S>, levels: &[f32]) -> Pixels<S> {
    let count = source.channels().count();
    let mut samples = Vec::with_capacity(levels.len());
    for pixel in levels.chunks_exact(count) {
        match pixel {
            [colors @ .., alpha] if source.channels().has_alpha() => {
                let alpha = S::from_f32(*alpha);
                // Divided by the alpha that is stored, or rounding would brighten faint pixels.
                let scale = if alpha == S::default() { 0.0 } else { S::MAX / alpha.to_f32() };
                samples.extend(colors.iter().map(|color| S::from_f32(color * scale)));
                samples.push(alpha);
            }
            _ => samples.extend(pixel.iter().map(|&level| S::from_f32(level))),
        }
    }
    Pixels::from_samples(source.size(), source.channels(), samples)
}
