//! Lines that cross the border at a slant: a floor or a table that is seen from one side.
//!
//! All else carries what the border shows straight outwards. So a band whose lines are found
//! moved along the side, the farther the deeper, is straightened first, and the lines of its margin
//! are moved the other way.

use std::collections::BTreeSet;

use crate::engines::local::band::Band;
use crate::engines::local::line;
use crate::engines::local::studio::grid::Grid;
use crate::raster::Lanes;

/// Most pixels along the side per pixel across; from one slope that is tried to the next, at first and
/// around the best of these.
const STEEPEST: f32 = 0.3;
const STEP: f32 = 0.02;
const FINE_STEP: f32 = 0.005;

/// Places along a side that are looked at, of which each stands for some pixels, up to so many.
const PLACES: usize = 250;
const COARSEST: usize = 4;

/// Depths of the band at which they are looked for, as shares of it, the number of lines that tell it there, and
/// at how many depths there has to be backdrop.
const DEPTHS: [f32; 6] = [0.08, 0.2, 0.35, 0.5, 0.7, 0.9];
const LINES: usize = 4;
const FEWEST: f32 = 3.0;

/// Radii along the side, in places: of a blur, past which levels are light and no line, over
/// which a slope is told, and over which it is smoothed.
const BLUR: usize = 1;
const LINE: usize = 6;
const WINDOW: usize = 16;
const SMOOTH: usize = 12;

/// Largest share of the error of no slant that a slant may have, in the end and at first, and of all that
/// there is to see.
const BETTER: f32 = 0.35;
const PROMISING: f32 = 0.7;
const EXPLAINED: f32 = 0.3;

/// Least squared levels of what is to be seen, above noise.
const LEAST: f32 = 2.0;

/// Slant of the lines of a side.
pub(super) struct Slant {
    /// For each place along the side, pixels along it per pixel inwards.
    slopes: Vec<f32>,
}

impl Slant {
    /// The slant of a band, with noise of this deviation; none if nothing is slanted.
    pub(super) fn of(band: &Band, grid: &Grid, noise: f32) -> Option<Slant> {
        if band.depth < LINES {
            return None;
        }
        let coarse = Coarse::of(band, grid);
        // The noise of four lanes, each the mean of so many pixels and lines.
        let least = LEAST + 4.0 * noise * noise / (coarse.pixels * LINES) as f32;
        let (shown, straight) = (coarse.shown(), coarse.errors(0.0));
        let is_straight = |place: usize| straight[place] <= EXPLAINED * shown[place];
        let is_open = |place: usize| shown[place] > least && !is_straight(place);
        if !(0..shown.len()).any(is_open) {
            return None;
        }
        let best = coarse.best(&straight, is_open);
        let is_slanted = |place: usize| {
            let most = (BETTER * straight[place]).min(EXPLAINED * shown[place]);
            // One at the limit stands for a steeper one.
            is_open(place) && best[place].0 < most && best[place].1.abs() < STEEPEST
        };
        if !(0..shown.len()).any(is_slanted) {
            return None;
        }
        // What is straight has a say as well; where nothing is to be seen all goes as beside it.
        let known: Vec<bool> =
            (0..shown.len()).map(|place| is_slanted(place) || shown[place] > least && is_straight(place)).collect();
        let slope = |place: usize| Lanes([if is_slanted(place) { best[place].1 } else { 0.0 }, 0.0, 0.0, 0.0]);
        let mut slopes: Vec<Lanes> = (0..shown.len()).map(slope).collect();
        line::bridged(&mut slopes, &known);
        // Slopes change slowly along the side: twice the mean is nearly a bell, without steps that would tear lines.
        let smooth = line::averaged(&line::averaged(&slopes, SMOOTH), SMOOTH);
        let slope = |along: usize| line::between(&smooth, (along as f32 + 0.5) / coarse.pixels as f32 - 0.5).0[0];
        Some(Slant { slopes: (0..band.length).map(slope).collect() })
    }

    /// Makes a band what it would be without it.
    pub(super) fn straighten(&self, band: &mut Band) {
        band.change(|deep, line| {
            let (levels, deep) = (line.to_vec(), deep as f32 + 0.5);
            for (along, (level, slope)) in line.iter_mut().zip(&self.slopes).enumerate() {
                *level = line::between(&levels, along as f32 + slope * deep);
            }
        });
    }

    /// Moves a line of the margin, counted outwards, to where it belongs. Where lines have met, one hides
    /// the other.
    pub(super) fn put_back(&self, out: usize, line: &mut [Lanes]) {
        let (straight, out) = (line.to_vec(), out as f32 + 0.5);
        let moved = |place: usize| place as f32 - self.slopes[place] * out;
        // Places are moved in their order. Where lines have met, `next` lies before what is written already and the
        // loop passes over it: the earlier line hides it.
        let mut begun = 0;
        for place in 0..line.len() {
            let (here, next) = (moved(place), if place + 1 < line.len() { moved(place + 1) } else { f32::INFINITY });
            while begun < line.len() && (begun as f32) < next {
                let part = ((begun as f32 - here) / (next - here)).max(0.0);
                line[begun] = line::between(&straight, place as f32 + part);
                begun += 1;
            }
        }
    }
}

/// A few lines of a band, coarse and without what is larger than lines are.
struct Coarse {
    /// Pixels along the side that a place stands for.
    pixels: usize,
    border: Vec<Lanes>,
    /// Depth, levels.
    deeper: Vec<(f32, Vec<Lanes>)>,
    /// Depth up to which nothing begins that is more than a line.
    free: Vec<f32>,
}

impl Coarse {
    fn of(band: &Band, grid: &Grid) -> Coarse {
        let pixels = (band.length / PLACES).clamp(1, COARSEST);
        // What is smooth over `LINE` places is the same at many slopes and tells none: it is taken off.
        let line = |first: usize| {
            let mean = band.mean(first..first + LINES);
            let share = |near: &[Lanes]| 1.0 / near.len() as f32;
            let coarse =
                mean.chunks(pixels).map(|near| near.iter().fold(Lanes::ZERO, |sum, &level| sum + level) * share(near));
            let coarse = line::averaged(&coarse.collect::<Vec<_>>(), BLUR);
            let light = line::averaged(&coarse, LINE);
            coarse.iter().zip(light).map(|(&level, light)| level - light).collect::<Vec<_>>()
        };
        let depths = DEPTHS.map(|share| (band.depth as f32 * share) as usize);
        let deeper = depths.into_iter().filter(|&deep| deep >= LINES && deep + LINES <= band.depth);
        let free = grid.free_along();
        Coarse {
            pixels,
            border: line(0),
            deeper: deeper.map(|deep| (deep as f32, line(deep))).collect(),
            free: free.chunks(pixels).map(|near| near[0] as f32).collect(),
        }
    }

    /// The squared levels at the border that might be found deeper, around each place.
    fn shown(&self) -> Vec<f32> {
        self.mean(0.0, 0.0, |place, _| self.border[place].square())
    }

    /// The squared differences between the border and what lies deeper at a slope, around each place.
    fn errors(&self, slope: f32) -> Vec<f32> {
        self.mean(slope, f32::INFINITY, |place, there| (self.border[place] - there).square())
    }

    /// The least error of each place and its slope, of which `straight` is that of no slant. Places that are
    /// open say around which slopes finer ones are tried.
    fn best(&self, straight: &[f32], is_open: impl Fn(usize) -> bool) -> Vec<(f32, f32)> {
        let mut best: Vec<(f32, f32)> = straight.iter().map(|&error| (error, 0.0)).collect();
        let try_slope = |best: &mut Vec<(f32, f32)>, slope: f32| {
            for (best, error) in best.iter_mut().zip(self.errors(slope)) {
                if error < best.0 {
                    *best = (error, slope);
                }
            }
        };
        // Coarse first: 31 slopes for all places, then seven around each that is promising, instead of 121.
        let steps = (STEEPEST / STEP) as i32;
        (-steps..=steps).for_each(|step| try_slope(&mut best, step as f32 * STEP));
        let promising = (0..best.len()).filter(|&place| is_open(place) && best[place].0 < PROMISING * straight[place]);
        let found: BTreeSet<i32> = promising.map(|place| (best[place].1 / STEP).round() as i32).collect();
        let finer = (STEP / FINE_STEP) as i32;
        for step in found {
            let near = (1 - finer..finer).map(|finer| step as f32 * STEP + finer as f32 * FINE_STEP);
            near.for_each(|slope| try_slope(&mut best, slope));
        }
        best
    }

    /// The mean around each place of a value of it and of what lies deeper at a slope, over all depths
    /// where nothing else is; `unseen` where these are few.
    fn mean(&self, slope: f32, unseen: f32, value: impl Fn(usize, Lanes) -> f32) -> Vec<f32> {
        let last = self.border.len() - 1;
        let sum = |place: usize| {
            let (mut sum, mut count) = (0.0, 0.0);
            for (deep, levels) in &self.deeper {
                let there = place as f32 + slope * deep / self.pixels as f32;
                let free = self.free[place].min(self.free[(there.max(0.0) as usize).min(last)]);
                if deep + (LINES as f32) < free && (0.0..=last as f32).contains(&there) {
                    sum += value(place, line::between(levels, there));
                    count += 1.0;
                }
            }
            // Sum and count are averaged along the side together, so that places count by the number of their depths.
            if count < FEWEST { Lanes::ZERO } else { Lanes([sum, count, 0.0, 0.0]) }
        };
        let sums: Vec<Lanes> = (0..=last).map(sum).collect();
        let mean = |Lanes([sum, count, ..]): Lanes| if count > FEWEST / 2.0 { sum / count } else { unseen };
        line::averaged(&sums, WINDOW).into_iter().map(mean).collect()
    }
}
