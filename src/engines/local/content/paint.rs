//! The margin in full resolution: every pixel a copy, corrected in its low frequencies; where
//! two copies meet they are blended over one pixel of the proxy.

use crate::engines::local::content::frame::Frame;
use crate::engines::local::content::label::Labelling;
use crate::engines::local::content::proxy::Color;
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
    /// How much longer across copies are than what they copy.
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
        let reach = (2 * self.factor).clamp(3, 16).min(depth);
        let steps = self.steps(pixels);
        let strip = self.frame.band(0, depth);
        for y in strip.y..strip.bottom() {
            for x in strip.x..strip.right() {
                let (across, along) = self.frame.of(x as i32, y as i32);
                let mut color = self.color(pixels, across, along);
                if across < reach as i32 {
                    let near = 1.0 - (across as f32 + 0.5) / reach as f32;
                    for (level, step) in color.iter_mut().zip(steps[along as usize]) {
                        *level += step * near * near;
                    }
                }
                let row = &mut pixels.row_mut(y)[x as usize * count..][..count];
                for (sample, level) in row.iter_mut().zip(color) {
                    *sample = S::from_f32(level);
                }
            }
        }
    }

    /// What each border pixel has more than what would be painted in its place: the step that is
    /// left for the finest frequencies to close.
    fn steps<S: Sample>(&self, pixels: &Pixels<S>) -> Vec<[f32; 4]> {
        let step = |along: i32| {
            let (x, y) = self.frame.at(-1, along);
            let mut step = self.color(pixels, -1, along).map(|level| -level);
            for (step, sample) in step.iter_mut().zip(pixels.pixel(x as u32, y as u32)) {
                *step += sample.to_f32();
            }
            step
        };
        (0..self.frame.length() as i32).map(step).collect()
    }

    /// What a margin pixel, or a border pixel if it were one, should show.
    fn color<S: Sample>(&self, pixels: &Pixels<S>, across: i32, along: i32) -> [f32; 4] {
        // Only the margin is stretched; the known pixels beside it stay where they are.
        let across = if across < 0 { across as f32 } else { (across as f32 + 0.5) / self.stretch - 0.5 };
        let place = |at: f32, first: f32, last: usize| {
            let at = ((at + 0.5) / self.factor as f32 + first).clamp(0.0, last as f32);
            let low = (at as usize).min(last - 1);
            (low, at - low as f32)
        };
        // Columns count from half a cell before the border.
        let (column, right) = place(across, 0.5, self.columns - 1);
        let (row, below) = place(along as f32, -0.5, self.rows - 1);
        let first = row * self.columns + column;
        let second = first + self.columns;
        let corners = [
            (&self.cells[first], (1.0 - right) * (1.0 - below)),
            (&self.cells[first + 1], right * (1.0 - below)),
            (&self.cells[second], (1.0 - right) * below),
            (&self.cells[second + 1], right * below),
        ];
        let mut color = [0.0; 4];
        for (cell, weight) in corners {
            for (level, added) in color.iter_mut().zip(cell.added) {
                *level += weight * added * (S::MAX / 255.0);
            }
        }
        if corners[1..].iter().all(|(cell, _)| cell.offset == corners[0].0.offset) {
            self.copy(pixels, (across, along), corners[0].0.offset, 1.0, &mut color);
        } else {
            for (cell, weight) in corners {
                self.copy(pixels, (across, along), cell.offset, weight, &mut color);
            }
        }
        if pixels.channels().has_alpha() {
            // Whatever is copied is opaque.
            color[pixels.channels().count() - 1] = S::MAX;
        }
        color
    }

    /// Adds the copy that an offset makes, times `weight`.
    fn copy<S: Sample>(
        &self,
        pixels: &Pixels<S>,
        (across, along): (f32, i32),
        offset: (i32, i32),
        weight: f32,
        color: &mut [f32; 4],
    ) {
        let known = self.frame.known;
        let (whole, part) = (across.floor() as i32, across - across.floor());
        let mut add = |across: i32, weight: f32| {
            let (x, y) = self.frame.at(across, along);
            let x = (x + offset.0).clamp(known.x as i32, known.right() as i32 - 1);
            let y = (y + offset.1).clamp(known.y as i32, known.bottom() as i32 - 1);
            for (level, sample) in color.iter_mut().zip(pixels.pixel(x as u32, y as u32)) {
                *level += weight * sample.to_f32();
            }
        };
        if part == 0.0 {
            return add(whole, weight);
        }
        let near = |d: f32| ((SHARPNESS + 2.0) * d - (SHARPNESS + 3.0)) * d * d + 1.0;
        let far = |d: f32| SHARPNESS * (((d - 5.0) * d + 8.0) * d - 4.0);
        for (tap, share) in (-1..).zip([far(1.0 + part), near(part), near(1.0 - part), far(2.0 - part)]) {
            add(whole + tap, weight * share);
        }
    }
}
