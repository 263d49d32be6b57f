//! The margin in full resolution: every pixel a copy, corrected in its low frequencies; where
//! two copies meet they are blended over one pixel of the proxy.

use crate::engines::local::content::frame::Frame;
use crate::engines::local::content::label::Labelling;
use crate::engines::local::content::proxy::Color;
use crate::raster::Lanes;
use crate::raster::Pixels;
use crate::raster::Sample;

/// The slope of the cubic kernel where it is 0: sharper than most, which makes up for what the
/// stretch takes from the finest detail.
const SHARPNESS: f32 = -1.5;

/// A pixel of the proxy's margin: from where on the canvas it copies, and what it adds, in
/// 8-bit levels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell {
    offset: (i32, i32),
    added: Color,
}

/// The solved margin of one side, as painting needs it. Its first column stands for the border.
#[derive(Debug)]
pub(super) struct Plan {
    frame: Frame,
    factor: u32,
    /// Factor by which copies are stretched across.
    stretch: f32,
    columns: usize,
    rows: usize,
    cells: Vec<Cell>,
}

impl Plan {
    pub(super) fn new(
        frame: Frame,
        labelling: &Labelling<'_>,
        labels: &[u16],
        correction: &[Color],
        stretch: f32,
    ) -> Self {
        let (columns, rows) = (labelling.margin + 1, labelling.proxy.length);
        let factor = labelling.proxy.factor;
        let (side, origin) = (factor as i32, frame.at(0, 0));
        let offsets = labelling.offsets.iter().map(|offset| {
            let (x, y) = frame.at(-offset.inwards * side, offset.along * side);
            (x - origin.0, y - origin.1)
        });
        let offsets: Vec<(i32, i32)> = offsets.collect();
        let cells = (0..columns * rows).map(|at| {
            let (column, row) = ((at % columns).saturating_sub(1), at / columns);
            let label = labels[row * labelling.margin + column];
            Cell { offset: offsets[usize::from(label)], added: correction[at] }
        });
        Plan { frame, factor, stretch, columns, rows, cells: cells.collect() }
    }

    /// Paints the margin `depth` pixels deep.
    pub(super) fn paint<S: Sample>(&self, pixels: &mut Pixels<S>, depth: u32) {
        let count = pixels.channels().count();
        // The correction knows means over `factor` pixels; what is finer is closed at the border over about two of
        // these.
        let reach = (2 * self.factor).clamp(3, 16).min(depth);
        let rows: Vec<Between> = (0..self.frame.length() as i32).map(|along| self.row(along)).collect();
        let columns: Vec<Taps> = (0..depth as i32).map(|across| self.taps(across)).collect();
        let steps = self.steps(pixels, &rows);
        let strip = self.frame.band(0, depth);
        for y in strip.y..strip.bottom() {
            for x in strip.x..strip.right() {
                let (across, along) = self.frame.of(x as i32, y as i32);
                let mut color = self.color(pixels, &columns[across as usize], along, rows[along as usize]);
                if across < reach as i32 {
                    let near = 1.0 - (across as f32 + 0.5) / reach as f32;
                    // Falls off with no slope at its end.
                    color += steps[along as usize] * (near * near);
                }
                let row = &mut pixels.row_mut(y)[x as usize * count..][..count];
                for (sample, level) in row.iter_mut().zip(color.0) {
                    *sample = S::from_f32(level);
                }
            }
        }
    }

    /// Returns what each border pixel has more than what would be painted in its place: the step that is
    /// left for the finest frequencies to close.
    fn steps<S: Sample>(&self, pixels: &Pixels<S>, rows: &[Between]) -> Vec<Lanes> {
        let taps = self.taps(-1);
        let step = |(along, &row): (i32, &Between)| {
            let (x, y) = self.frame.at(-1, along);
            levels(pixels.pixel(x as u32, y as u32)) - self.color(pixels, &taps, along, row)
        };
        (0..).zip(rows).map(step).collect()
    }

    /// The rows of cells around a place along the border.
    fn row(&self, along: i32) -> Between {
        Between::of((along as f32 + 0.5) / self.factor as f32 - 0.5, self.rows - 1)
    }

    /// Returns what lies across of a margin pixel, or a border pixel if it were one.
    fn taps(&self, across: i32) -> Taps {
        // Only the margin is stretched; the known pixels beside it stay where they are.
        let across = if across < 0 { across as f32 } else { (across as f32 + 0.5) / self.stretch - 0.5 };
        // Columns count from half a cell before the border.
        let column = Between::of((across + 0.5) / self.factor as f32 + 0.5, self.columns - 1);
        let part = across - across.floor();
        // The cubic convolution of Keys (1981), whose parameter is `SHARPNESS`; −0.5 is Catmull-Rom.
        let near = |d: f32| ((SHARPNESS + 2.0) * d - (SHARPNESS + 3.0)) * d * d + 1.0;
        let far = |d: f32| SHARPNESS * (((d - 5.0) * d + 8.0) * d - 4.0);
        let weights = [far(1.0 + part), near(part), near(1.0 - part), far(2.0 - part)];
        Taps { column, first: across.floor() as i32 - 1, weights }
    }

    /// Returns what a pixel should show.
    #[inline]
    fn color<S: Sample>(&self, pixels: &Pixels<S>, taps: &Taps, along: i32, row: Between) -> Lanes {
        let first = row.low * self.columns + taps.column.low;
        let (one, two) = (&self.cells[first..first + 2], &self.cells[first + self.columns..][..2]);
        let (right, below) = (taps.column.part, row.part);
        let corners = [
            (&one[0], (1.0 - right) * (1.0 - below)),
            (&one[1], right * (1.0 - below)),
            (&two[0], (1.0 - right) * below),
            (&two[1], right * below),
        ];
        let added = corners.iter().fold(Lanes::ZERO, |sum, &(cell, weight)| sum + cell.added * weight);
        let mut color = added * (S::MAX / 255.0);
        // Mostly there is one copy: one look-up instead of four.
        if corners[1..].iter().all(|(cell, _)| cell.offset == corners[0].0.offset) {
            color += self.copy(pixels, taps, along, corners[0].0.offset);
        } else {
            for (cell, weight) in corners {
                color += self.copy(pixels, taps, along, cell.offset) * weight;
            }
        }
        if pixels.channels().has_alpha() {
            // Whatever is copied is opaque.
            color.0[pixels.channels().count() - 1] = S::MAX;
        }
        color
    }

    /// The copy that an offset makes.
    #[inline]
    fn copy<S: Sample>(&self, pixels: &Pixels<S>, taps: &Taps, along: i32, offset: (i32, i32)) -> Lanes {
        let known = self.frame.known;
        (taps.first..).zip(taps.weights).fold(Lanes::ZERO, |sum, (across, weight)| {
            let (x, y) = self.frame.at(across, along);
            let x = (x + offset.0).clamp(known.x as i32, known.right() as i32 - 1);
            let y = (y + offset.1).clamp(known.y as i32, known.bottom() as i32 - 1);
            sum + levels(pixels.pixel(x as u32, y as u32)) * weight
        })
    }
}

/// The samples of a pixel.
#[inline]
fn levels<S: Sample>(pixel: &[S]) -> Lanes {
    let mut levels = Lanes::ZERO;
    levels.0.iter_mut().zip(pixel).for_each(|(level, sample)| *level = sample.to_f32());
    levels
}

/// A place between two cells: the lower one, and how much the other counts.
#[derive(Debug, Clone, Copy)]
struct Between {
    low: usize,
    part: f32,
}

impl Between {
    fn of(at: f32, last: usize) -> Between {
        let at = at.clamp(0.0, last as f32);
        // So that `low + 1` is a cell as well; `part` is 1 at the last one.
        let low = (at as usize).min(last - 1);
        Between { low, part: at - low as f32 }
    }
}

/// Weights and sources of all pixels at one distance from the border.
#[derive(Debug)]
struct Taps {
    column: Between,
    /// The first of the places across that are copied, and the weights of four.
    first: i32,
    weights: [f32; 4],
}
