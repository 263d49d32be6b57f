//! Lets what the border shows along the side go on as far outwards as it does inwards.
//!
//! A floor's edge crosses all of a picture, a cloud or a fold only a part of it; both look the same
//! at the border. So what the border shows is taken apart by size, and for each size and each
//! place the lines that lie deeper tell how much of it is found there: the share that least
//! squares give. The margin has as much of it as far out, and past that less and less.
//! But a shadow that fades does so on ([`Shadow`]).

use crate::engines::local::band::Band;
use crate::engines::local::line;
use crate::engines::local::studio::grid::Grid;
use crate::engines::local::studio::shadow::Shadow;
use crate::raster::Lanes;

/// Radii of the means that take the border apart, in pixels.
const SIZES: [usize; 3] = [4, 16, 64];

/// Depths of the band at which it is looked for, as shares of it, and the number of lines that tell it there.
const DEPTHS: [f32; 4] = [0.06, 0.25, 0.5, 0.9];
const LINES: usize = 8;

/// Distance along the side from which a share is taken, in radii of its size, and pixels more.
const WINDOW: (usize, usize) = (3, 16);

/// Squared levels that are rounding, and the least share of what a border shows in a window behind
/// which there has to be backdrop.
const ROUNDING: f32 = 0.05;
const SEEN: f32 = 0.5;

/// A share up to which it is nothing, as noise is alike by chance, and from which on it is all.
const NONE: f32 = 0.3;
const ALL: f32 = 0.9;
/// Share that is left at the least depth where nothing is seen at any: stars hide the sky from each other,
/// and must not become streaks.
const UNSEEN: f32 = 0.5;

/// Parts of a border that are left, line by line outwards: its details, each as far as it goes.
pub(super) struct Persistence<'a> {
    details: [Detail; SIZES.len()],
    /// Larger parts, and the light that they lack.
    rest: Vec<Lanes>,
    lack: Vec<Lanes>,
    shadow: &'a Shadow,
    depths: [usize; DEPTHS.len()],
}

/// Details of a border of one size.
struct Detail {
    levels: Vec<Lanes>,
    /// Light that it lacks.
    lack: Vec<Lanes>,
    /// At each of the [`DEPTHS`], how much of it is left at each place.
    left: Vec<Vec<Option<f32>>>,
}

impl Persistence<'_> {
    /// Returns what is left of `border` beyond it.
    pub(super) fn of<'a>(border: &[Lanes], shadow: &'a Shadow, band: &Band, grid: &Grid) -> Persistence<'a> {
        let depths = DEPTHS.map(|share| ((band.depth as f32 * share) as usize).max(1));
        let deeper = depths.map(|depth| deeper(band, grid, depth));
        let mut rest = border.to_vec();
        let mut lack = shadow.lack.clone();
        // From the finest size to the coarsest: each takes its details out of the border and out of what lies deeper
        // alike, and leaves the rest to the next.
        let mut rests = deeper.iter().map(|(levels, _)| levels.clone()).collect::<Vec<_>>();
        let details = SIZES.map(|size| {
            let (levels, lack) = (take(&mut rest, size), take(&mut lack, size));
            let there = rests.iter_mut().zip(&deeper);
            let left = there.map(|(rest, (_, seen))| left(&levels, &take(rest, size), seen, size)).collect();
            Detail { left, levels, lack }
        });
        Persistence { details, rest, lack, shadow, depths }
    }

    /// The levels of a line of the margin, counted outwards.
    pub(super) fn line(&self, out: usize) -> Vec<Lanes> {
        let at = |place: usize| {
            let come_back = self.shadow.come_back(place, out as f32);
            let add = |sum, detail: &Detail| {
                let level = detail.levels[place] + detail.lack[place] * come_back;
                sum + level * detail.at(place, out as f32, &self.depths)
            };
            self.details.iter().fold(self.rest[place] + self.lack[place] * come_back, add)
        };
        (0..self.rest.len()).map(at).collect()
    }
}

impl Detail {
    /// Returns how much is left at a place so far outwards.
    fn at(&self, place: usize, out: f32, depths: &[usize]) -> f32 {
        let (mut near, mut left) = (0.0, 1.0_f32);
        for (&depth, there) in depths.iter().zip(&self.left) {
            // Never more than nearer to the border: what is found again farther in is something else of the same
            // shape.
            let Some(there) = there[place].map(|there| there.min(left)) else { continue };
            let depth = depth as f32;
            if out < depth {
                return left + (there - left) * (out - near) / (depth - near);
            }
            (near, left) = (depth, there);
        }
        if near == 0.0 {
            (near, left) = (depths[0] as f32, UNSEEN);
        }
        // Past the last depth that is known it fades on at the rate at which it has come to be what it is there.
        left.powf(out / near)
    }
}

/// Takes what is finer than `size` out of a line.
fn take(line: &mut Vec<Lanes>, size: usize) -> Vec<Lanes> {
    // Twice the mean: a triangle, which has no ripples as a box would leave.
    let coarse = line::averaged(&line::averaged(line, size), size);
    let fine = line.iter().zip(&coarse).map(|(&level, &coarse)| level - coarse).collect();
    *line = coarse;
    fine
}

/// The mean of lines around a depth, and where they show backdrop.
fn deeper(band: &Band, grid: &Grid, depth: usize) -> (Vec<Lanes>, Vec<bool>) {
    // A quarter of the depth to both sides: depths grow by factors, and so does what each of them stands for.
    let around = (depth / 4).max(LINES / 2);
    let (first, end) = (depth.saturating_sub(around), (depth + around).min(band.depth));
    let step = (end - first).div_ceil(LINES).max(1);
    let mut sum = vec![Lanes::ZERO; band.length];
    let lines = (first..end).step_by(step);
    let share = 1.0 / lines.clone().count().max(1) as f32;
    for deep in lines {
        sum.iter_mut().zip(band.line(deep)).for_each(|(sum, &level)| *sum += level * share);
    }
    (sum, grid.clear_along().into_iter().map(|clear| clear >= end).collect())
}

/// The share of what a border shows that is found deeper, place by place, if anything is seen there.
fn left(border: &[Lanes], there: &[Lanes], seen: &[bool], size: usize) -> Vec<Option<f32>> {
    let products = border.iter().zip(there).zip(seen).map(|((border, there), &seen)| {
        // Products of what lies deeper and of the border, squares of the border where something is seen and in all,
        // and how much of it is seen.
        let own = border.square();
        if seen { Lanes([border.dot(*there), own, own, 1.0]) } else { Lanes([0.0, 0.0, own, 0.0]) }
    });
    let sums = line::averaged(&products.collect::<Vec<_>>(), WINDOW.0 * size + WINDOW.1);
    let share = |Lanes([both, own, all, seen])| {
        // What is seen beside a thing says nothing of what is hidden behind it.
        let is_seen = seen > 0.0 && own >= SEEN * all;
        // Least squares: there ≈ share × border. `ROUNDING` keeps a border of rounding errors from counting.
        is_seen.then(|| ((both / (own + ROUNDING * seen) - NONE) / (ALL - NONE)).clamp(0.0, 1.0))
    };
    sums.into_iter().map(share).collect()
}
