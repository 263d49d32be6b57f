//! Resampling of a plane of 8 bits: down in bands of rows, then across.
//!
//! Bands are the same whether the plane is there as a whole or its rows come one after the other
//! while it is decoded, and so is what is made of them, to the bit. The second way never holds
//! more than a few rows of the plane, which stay in the processor's caches.

use std::ops::Range;

use fast_image_resize as fir;

use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::resample::down;
use crate::raster::transpose::Rows;
use crate::raster::transpose::transpose;

/// Rows of the output that are made at once.
const ROWS: u32 = 16;

/// The same for columns: a line of a cache.
const COLUMNS: u32 = 64;

/// Reach of the widest filter on each side, in pixels of whichever picture has the larger ones, and one
/// more for roundings.
const REACH: f64 = 4.25;

/// Places are multiples of this part of a pixel. So the arithmetic is exact wherever pixels are counted
/// from, and no error reaches past an edge.
const PLACES: f64 = (1 << 20) as f64;

/// Maps an output to a plane on one axis.
#[derive(Debug, Clone, Copy)]
struct Axis {
    /// Samples of the plane.
    plane: u32,
    /// Begin of the part that is shown, and samples of it for each one of the output.
    start: f64,
    step: f64,
    output: u32,
    /// Samples of the output that are made at once.
    at_once: u32,
}

/// Some rows or columns of an output.
struct Band {
    /// Counted from the output's first.
    output: Range<u32>,
    /// The part of the plane that they show.
    part: Range<f64>,
    /// All of the plane that they are made of, or more.
    needed: Range<usize>,
}

impl Axis {
    fn down(plane: u32, part: Window, output: u32) -> Axis {
        Axis { plane, start: part.y, step: part.height / f64::from(output), output, at_once: ROWS }
    }

    fn across(plane: u32, part: Window, output: u32) -> Axis {
        Axis { plane, start: part.x, step: part.width / f64::from(output), output, at_once: COLUMNS }
    }

    fn bands(&self) -> impl Iterator<Item = Band> {
        (0..self.output.div_ceil(self.at_once)).filter_map(|number| self.band(number))
    }

    fn band(&self, number: u32) -> Option<Band> {
        let first = number * self.at_once;
        let output = first..(first + self.at_once).min(self.output);
        // From the first sample of the whole output, never from the band before: bands do not add up errors.
        let place = |sample: u32| ((self.start + f64::from(sample) * self.step) * PLACES).round() / PLACES;
        let part = place(output.start)..place(output.end);
        // Filters are as wide in pixels of the output when reducing, and of the plane when enlarging.
        let reach = REACH * self.step.max(1.0);
        // Casts of floats stop at 0.
        let needed = (part.start - reach) as usize..((part.end + reach) as usize + 1).min(self.plane as usize);
        (!output.is_empty()).then_some(Band { output, part, needed })
    }
}

impl Band {
    /// Makes the band from rows of which the first is row `first` of the plane.
    fn make(&self, (rows, first): (&[u8], usize), width: usize, algorithm: fir::ResizeAlg, made: &mut [u8]) {
        let part = self.part.start - first as f64..self.part.end - first as f64;
        down(rows, width, part, algorithm, made);
    }

    /// The samples that it has in the output, in rows of this width.
    fn place(&self, width: usize) -> Range<usize> {
        self.output.start as usize * width..self.output.end as usize * width
    }
}

/// Resamples the part of a plane down: the rows of an output, in which every column is still there.
///
/// # Panics
/// If the part does not lie inside the plane or is empty.
pub(super) fn reduced(plane: &Pixels<u8>, part: Window, rows: u32, algorithm: fir::ResizeAlg) -> Pixels<u8> {
    let (size, width) = (plane.size(), plane.stride());
    let mut reduced = Pixels::new(Size::new(size.width, rows), Channels::Gray);
    for band in Axis::down(size.height, part, rows).bands() {
        let source = &plane.samples()[band.needed.start * width..band.needed.end * width];
        let made = &mut reduced.samples_mut()[band.place(width)];
        band.make((source, band.needed.start), width, algorithm, made);
    }
    reduced
}

/// Resamples the part of a plane across, of which the rows are those of the output: by columns as
/// rows, because vector instructions resample down several times as fast as across.
///
/// # Panics
/// As [`reduced`].
pub(super) fn finished(reduced: &Pixels<u8>, part: Window, output: Size, algorithm: fir::ResizeAlg) -> Pixels<u8> {
    let (width, height) = (output.width as usize, output.height as usize);
    let rows = Rows { samples: reduced.samples(), stride: reduced.stride(), count: height };
    // Powers of two apart, columns would share lines of the cache.
    let stride = if height.is_multiple_of(256) { height + 64 } else { height };
    let mut finished = Pixels::new(output, Channels::Gray);
    let (mut columns, mut made) = (Vec::new(), Vec::new());
    for band in Axis::across(reduced.size().width, part, output.width).bands() {
        columns.resize(band.needed.len() * stride, 0);
        made.resize(band.output.len() * stride, 0);
        transpose(&rows, band.needed.clone(), &mut columns, stride);
        band.make((&columns, band.needed.start), stride, algorithm, &mut made);
        let columns = Rows { samples: &made, stride, count: band.output.len() };
        transpose(&columns, 0..height, &mut finished.samples_mut()[band.output.start as usize..], width);
    }
    finished
}

/// Does what [`reduced`] does, for a plane of which the rows come one after the other.
#[derive(Debug)]
pub(super) struct Reduction {
    axis: Axis,
    algorithm: fir::ResizeAlg,
    width: usize,
    /// The last rows that came, and the number of the first of them.
    rows: Vec<u8>,
    first: usize,
    /// The number of the next band to be made.
    next: u32,
    reduced: Pixels<u8>,
}

impl Reduction {
    /// Expects the rows of a plane of this size.
    pub(super) fn new(plane: Size, part: Window, rows: u32, algorithm: fir::ResizeAlg) -> Reduction {
        let axis = Axis::down(plane.height, part, rows);
        let waiting = waiting_bytes(plane, part.height, rows);
        Reduction {
            axis,
            algorithm,
            width: plane.width as usize,
            rows: Vec::with_capacity(usize::try_from(waiting).unwrap_or_default()),
            first: 0,
            next: 0,
            reduced: Pixels::new(Size::new(plane.width, rows), Channels::Gray),
        }
    }

    /// Takes the next row.
    pub(super) fn push(&mut self, row: &[u8]) {
        self.rows.extend_from_slice(&row[..self.width]);
        let known = self.first + self.rows.len() / self.width;
        while let Some(band) = self.axis.band(self.next).filter(|band| band.needed.end <= known) {
            // Rows are moved as rarely as they outnumber those that stay.
            let done = band.needed.start.saturating_sub(self.first);
            // So each row is moved once at most on average, and the memory is twice that of a band (`waiting_bytes`).
            if 2 * done > known - self.first {
                self.rows.drain(..done * self.width);
                self.first += done;
            }
            let made = &mut self.reduced.samples_mut()[band.place(self.width)];
            band.make((&self.rows, self.first), self.width, self.algorithm, made);
            self.next += 1;
        }
    }

    /// Returns what was made.
    ///
    /// # Panics
    /// If rows are missing.
    pub(super) fn finish(self) -> Pixels<u8> {
        assert!(self.axis.band(self.next).is_none(), "all rows that the output shows have come");
        self.reduced
    }
}

/// Returns the most bytes that a [`Reduction`] holds beside the reduced plane, for a plane of which so
/// many rows are shown in `rows`.
pub(crate) fn waiting_bytes(plane: Size, part: f64, rows: u32) -> u64 {
    let step = part / f64::from(rows);
    let band = f64::from(ROWS.min(rows)) * step + 2.0 * REACH * step.max(1.0) + 2.0;
    // Twice those of a band, as they are moved rarely, and the one that comes.
    let most = (2.0 * band).ceil() as u64 + 1;
    most.min(plane.height.into()).saturating_mul(plane.width.into())
}
