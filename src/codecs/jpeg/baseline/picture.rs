//! Reads the scan of a picture, strip by strip, into pixels or planes.

use crate::codecs::jpeg::baseline::grid::Grid;
use crate::codecs::jpeg::baseline::headers::Headers;
use crate::codecs::jpeg::baseline::part::plane;
use crate::codecs::jpeg::baseline::plane::Damaged;
use crate::codecs::jpeg::baseline::plane::Place;
use crate::codecs::jpeg::baseline::plane::Plane;
use crate::codecs::jpeg::baseline::plane::Tables;
use crate::codecs::jpeg::baseline::reduction::is_spared;
use crate::codecs::jpeg::bits::Bits;
use crate::codecs::jpeg::bits::Scan;
use crate::codecs::jpeg::color::Ratio;
use crate::codecs::jpeg::color::Upsampled;
use crate::codecs::jpeg::strip::Strip;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::PlaneRows;
use crate::raster::PlaneShape;
use crate::raster::Showing;
use crate::raster::to_rgb;

/// Says what is kept of a picture of three components.
#[derive(Clone, Copy)]
pub(in crate::codecs::jpeg) enum Kept {
    /// Its pixels.
    Pixels,
    /// Its planes.
    Planes,
    /// Of its planes what this showing of the stored picture needs.
    Rows(Showing),
}

/// Returns the number of the 8 samples from this block's first on that belong to the picture; one if none does.
fn real(samples: usize, block: usize) -> usize {
    samples.saturating_sub(8 * block).clamp(1, 8)
}

/// An interval has to end where its blocks do.
fn all_read(bits: &Bits<'_>) -> Result<(), Damaged> {
    if bits.is_at_end() { Ok(()) } else { Err(Damaged) }
}

/// A component of a picture.
pub(super) struct Part<'a> {
    pub(super) plane: Box<dyn Plane + 'a>,
    /// Blocks per unit, across and down.
    blocks: (usize, usize),
    /// Samples of the whole picture, across and down.
    samples: (usize, usize),
}

/// A picture while it is read.
pub(super) struct Picture<'a> {
    pub(super) components: Vec<Part<'a>>,
    colors: Vec<Upsampled>,
    pub(super) size: Size,
    pub(super) channels: Channels,
    pub(super) rows: Rows,
}

/// Holds the rows that are finished, or says where they are.
pub(super) enum Rows {
    /// They are pixels.
    Pixels(Vec<u8>),
    /// They stay with each component, of these shapes.
    Planes([PlaneShape; 3]),
    /// They are taken as they come.
    Reduced(Box<[PlaneRows; 3]>),
}

impl<'a> Picture<'a> {
    pub(super) fn new(headers: &'a Headers, grid: &Grid, eighths: u32, kept: Kept) -> Option<Self> {
        let channels = if headers.components.len() == 1 { Channels::Gray } else { Channels::Rgb };
        let luma = headers.components.first()?.blocks;
        // Side of a block of differences in samples, and how many samples of brightness lie beside one of them.
        let color = if is_spared(luma, eighths) { (2 * eighths, (1, 1)) } else { (eighths, luma) };
        let rows = match kept {
            Kept::Planes if channels == Channels::Rgb => Rows::Planes(grid.planes(color.1, eighths)),
            Kept::Rows(showing) if channels == Channels::Rgb => {
                Rows::Reduced(Box::new(grid.planes(color.1, eighths).map(|shape| PlaneRows::new(shape, showing))))
            }
            _ => Rows::Pixels(Vec::with_capacity(grid.size.area() as usize * channels.count())),
        };
        let is_whole = matches!(rows, Rows::Planes(_));
        let mut picture = Picture { components: Vec::new(), colors: Vec::new(), size: grid.size, channels, rows };
        for (number, component) in headers.components.iter().enumerate() {
            let (side, ratio): (u32, Ratio) = if number == 0 { (eighths, (1, 1)) } else { color };
            let (dc, ac, quantization) = headers.tables(component)?;
            let (stride, rows) = (grid.columns.len() * component.blocks.0, component.blocks.1);
            let (stride, rows) = (stride * side as usize, rows * side as usize);
            let strip = if is_whole { Strip::whole(stride, rows, grid.rows.len()) } else { Strip::new(stride, rows) };
            let plane = plane(side, strip, Tables { dc, ac, quantization })?;
            let Size { width, height } = headers.size?;
            let samples = |length: u32, blocks: usize, most: usize| (length as usize * blocks).div_ceil(most);
            let samples = (samples(width, component.blocks.0, luma.0), samples(height, component.blocks.1, luma.1));
            picture.colors.push(Upsampled::new(ratio, grid.size.width as usize, samples.0));
            picture.components.push(Part { plane, blocks: component.blocks, samples });
        }
        Some(picture)
    }

    pub(super) fn read(&mut self, scan: &Scan, grid: &Grid, restart: usize) -> Result<(), Damaged> {
        let units = grid.across * grid.down;
        // Without restarts the whole scan is one interval.
        let interval = if restart == 0 { units } else { restart };
        let intervals = units.div_ceil(interval);
        if scan.intervals() != intervals {
            return Err(Damaged);
        }
        let mut bits = scan.interval(0);
        // No length stands before a block: those before the wanted part are read, too, and passed over. What lies below
        // it is not read.
        for row in 0..grid.rows.end {
            for column in 0..grid.across {
                let unit = row * grid.across + column;
                if unit > 0 && unit.is_multiple_of(interval) {
                    all_read(&bits)?;
                    bits = scan.interval(unit / interval);
                    self.components.iter_mut().for_each(|part| part.plane.restart());
                }
                let is_shown = grid.rows.contains(&row) && grid.columns.contains(&column);
                for Part { plane, blocks: (across, down), samples } in &mut self.components {
                    for y in 0..*down {
                        for x in 0..*across {
                            let place = is_shown.then(|| Place {
                                at: ((column - grid.columns.start) * *across + x, y),
                                real: (real(samples.0, column * *across + x), real(samples.1, row * *down + y)),
                            });
                            plane.read(&mut bits, place)?;
                        }
                    }
                }
            }
            // Once for each row of units, as past the end there are zeros, which are codes like others.
            if bits.is_past_end() {
                return Err(Damaged);
            }
            if grid.rows.contains(&row) {
                self.show(row - grid.rows.start, row + 1 == grid.rows.end, grid);
            }
        }
        if grid.rows.end == grid.down {
            all_read(&bits)?;
        }
        Ok(())
    }

    /// Finishes a strip. Rows of pixels are written one late: the last one needs the colours of the next.
    fn show(&mut self, number: usize, is_last: bool, grid: &Grid) {
        let samples = match &mut self.rows {
            Rows::Pixels(samples) => samples,
            Rows::Planes(_) => return self.components.iter_mut().for_each(|part| part.plane.finish_strip().go_on()),
            Rows::Reduced(rows) => {
                for (part, rows) in self.components.iter_mut().zip(&mut **rows) {
                    part.plane.finish_strip().present().for_each(|row| rows.push(row));
                }
                return;
            }
        };
        let start = number * grid.unit.1;
        let (height, stride) = (self.size.height as usize, self.size.width as usize * self.channels.count());
        let end = if is_last { height } else { start + grid.unit.1 - 1 };
        let mut strips: Vec<&mut Strip> = self.components.iter_mut().map(|part| part.plane.finish_strip()).collect();
        // Of the picture's rows, those that the strip and the one before it have.
        let known =
            (-start.min(1).cast_signed(), height.min(start + grid.unit.1).cast_signed() - start.cast_signed() - 1);
        for y in start.saturating_sub(1)..end {
            let at = y.cast_signed() - start.cast_signed();
            // Row by row, so that what is cleared is written before it leaves the caches.
            samples.resize((y + 1) * stride, 0);
            let line = &mut samples[y * stride..];
            match (&strips[..], &mut self.colors[..]) {
                ([luma, blue, red], [_, blues, reds]) => {
                    let (blue, red) = (blues.row(blue, at, known), reds.row(red, at, known));
                    to_rgb([luma.row(at), blue, red], line);
                }
                (strips, _) => line.copy_from_slice(&strips[0].row(at)[..line.len()]),
            }
        }
        strips.iter_mut().for_each(|strip| strip.carry());
    }
}
