//! Makes the border between source and generated part invisible: the difference between
//! the two along the border, spread outwards and fading.
//!
//! It is a membrane in the sense of Poisson blending, drawn directly: at a distance of `d`
//! pixels a margin pixel takes the border's differences averaged over about `1.6 · d` pixels to
//! both sides, much as the harmonic solution before a straight border does, and less of them
//! the farther it is away. Differences are means over a few pixels of depth, or the noise of
//! compression in the outermost pixels would be drawn out into streaks.

use crate::geometry::Rect;
use crate::geometry::Size;

/// Pixels of depth, inside the border, over which differences are averaged.
const DEPTH: u32 = 3;

/// By how many doublings averaging is wider than `0.4 · d`. Measured, with [`DEPTH`], over
/// photographs in `tests/providers/returned/seams.rs`.
const WIDTH: f32 = 2.0;

/// Distance outside of the source over which the two are blended, as a share of the output's longer side.
const REACH: f32 = 0.05;

/// Fewest pixels of that.
const LEAST_REACH: f32 = 8.0;

/// Differences along the border of a rectangle, averaged over more and more of it.
pub(crate) struct Membrane {
    /// The rectangle.
    around: Rect,
    /// Distance that it reaches, in pixels.
    reach: f32,
    /// One closed line of differences per width of averaging; each twice as wide as the last.
    levels: Vec<Vec<[f32; 3]>>,
}

impl Membrane {
    /// The membrane around `rect` in a picture of `size`. `difference` says for a pixel of the
    /// rectangle what must be added to the generated picture, per channel, and how much that
    /// counts, 0 to 1.
    pub(crate) fn new(size: Size, rect: Rect, difference: impl Fn(u32, u32) -> ([f32; 3], f32)) -> Membrane {
        let reach = (size.width.max(size.height) as f32 * REACH).max(LEAST_REACH);
        let mut line: Vec<[f32; 4]> = Vec::with_capacity(loop_length(rect));
        let deep = DEPTH.min(rect.width.min(rect.height).div_ceil(2));
        for (x, y) in border(rect) {
            let mut sum = [0.0; 4];
            for inward in 0..deep {
                let (x, y) = (pulled(x, rect.x, rect.right(), inward), pulled(y, rect.y, rect.bottom(), inward));
                let ([red, green, blue], weight) = difference(x, y);
                for (sum, color) in sum.iter_mut().zip([red, green, blue, 1.0]) {
                    *sum += color * weight;
                }
            }
            line.push(sum);
        }
        // A level for each doubling of the distance, up to the farthest, and one beyond to mix with.
        let count = ((reach.log2() + WIDTH).ceil().max(1.0) as usize) + 1;
        let mut levels = Vec::with_capacity(count);
        for level in 0..count {
            let straight = |[red, green, blue, weight]: &[f32; 4]| {
                // Where nothing counts, no difference is known.
                let scale = if *weight > 1e-4 { 1.0 / weight } else { 0.0 };
                [red * scale, green * scale, blue * scale]
            };
            levels.push(line.iter().map(straight).collect());
            // (1, 2, 1) / 4 over steps of a has the variance a² / 2; after n of them with steps of 1, 2, 4 … their
            // sum is (4ⁿ − 1) / 6, so the deviation is 0.41 · 2ⁿ: with `WIDTH`, 1.6 times the distance.
            line = averaged(&line, 1 << level);
        }
        Membrane { around: rect, reach, levels }
    }

    /// Returns what is added to the generated picture at a pixel outside the rectangle; None where
    /// that is nothing.
    pub(crate) fn at(&self, x: u32, y: u32) -> Option<[f32; 3]> {
        let rect = self.around;
        let near_x = x.clamp(rect.x, rect.right() - 1);
        let near_y = y.clamp(rect.y, rect.bottom() - 1);
        let (across, down) = (x.abs_diff(near_x) as f32, y.abs_diff(near_y) as f32);
        let distance = across.hypot(down);
        if distance >= self.reach {
            return None;
        }
        let share = (distance - 1.0).max(0.0) / (self.reach - 1.0);
        // Smoothstep: no slope at either end, so neither the border nor the end of the reach shows.
        let fade = 1.0 - share * share * (3.0 - 2.0 * share);
        let level = distance.max(1.0).log2() + WIDTH;
        let (lower, between) = (level.floor() as usize, level.fract());
        let last = self.levels.len() - 1;
        let place = self.place(near_x, near_y);
        let (near, wide) = (self.levels[lower.min(last)][place], self.levels[(lower + 1).min(last)][place]);
        Some([0, 1, 2].map(|channel| (near[channel] + (wide[channel] - near[channel]) * between) * fade))
    }

    /// The index along the line of a pixel on the rectangle's border.
    fn place(&self, x: u32, y: u32) -> usize {
        let rect = self.around;
        let (width, height) = (rect.width as usize, rect.height as usize);
        let (from_left, from_top) = ((x - rect.x) as usize, (y - rect.y) as usize);
        // In the order of `border`: above from the left, right from above, below from the right, left from below; a
        // corner belongs to the side that begins with it.
        if y == rect.y {
            from_left
        } else if x + 1 == rect.right() {
            width - 1 + from_top
        } else if y + 1 == rect.bottom() {
            width + height - 2 + (width - 1 - from_left)
        } else {
            2 * width + height - 3 + (height - 1 - from_top)
        }
    }
}

/// The border's pixels, once around from the left top; a rectangle one pixel wide or high is
/// walked there and back.
fn border(rect: Rect) -> impl Iterator<Item = (u32, u32)> {
    let (left, top, right, bottom) = (rect.x, rect.y, rect.right() - 1, rect.bottom() - 1);
    let upper = (left..right).map(move |x| (x, top));
    let beside = (top..bottom).map(move |y| (right, y));
    let lower = (left + 1..=right).rev().map(move |x| (x, bottom));
    let back = (top + 1..=bottom).rev().map(move |y| (left, y));
    // Of a single pixel no side has a length.
    let single = (left == right && top == bottom).then_some((left, top));
    upper.chain(beside).chain(lower).chain(back).chain(single)
}

fn loop_length(rect: Rect) -> usize {
    (2 * (rect.width as usize + rect.height as usize)).saturating_sub(4).max(1)
}

/// The closed line, each item averaged with those `apart` before and after it (1, 2, 1).
fn averaged(line: &[[f32; 4]], apart: usize) -> Vec<[f32; 4]> {
    let length = line.len();
    let apart = apart % length;
    let mixed = |index: usize| {
        let (before, here, after) =
            (line[(index + length - apart) % length], line[index], line[(index + apart) % length]);
        [0, 1, 2, 3].map(|channel| (before[channel] + 2.0 * here[channel] + after[channel]) / 4.0)
    };
    (0..length).map(mixed).collect()
}

/// The place `inward` pixels further inside a range, for places closer to its ends than that.
fn pulled(at: u32, start: u32, end: u32, inward: u32) -> u32 {
    at.clamp(start + inward, end - 1 - inward)
}
