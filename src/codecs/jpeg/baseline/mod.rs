//! A decoder of baseline JPEG that does only what is asked for, in safe Rust.
//!
//! Nearly all photographs are baseline files of one scan, and most outputs are a fraction of
//! their size. Most of the time goes into the entropy-coded bits, of which each hangs on those
//! before; so what is not needed is passed over quickly: of blocks outside the region all but the
//! mean, of the others the frequencies that the scale does not show, several codes in one step.
//! The rows below the region are not read at all.
//!
//! Everything else, and every damaged file, is left to the general decoder.

mod edge;
mod full;
mod headers;
mod part;
mod plane;
mod scaled;

use std::ops::Range;

use crate::codecs::StoredPixels;
use crate::codecs::jpeg::baseline::headers::Headers;
use crate::codecs::jpeg::baseline::part::plane;
use crate::codecs::jpeg::baseline::plane::Damaged;
use crate::codecs::jpeg::baseline::plane::Place;
use crate::codecs::jpeg::baseline::plane::Plane;
use crate::codecs::jpeg::baseline::plane::Tables;
use crate::codecs::jpeg::bits::Bits;
use crate::codecs::jpeg::bits::Scan;
use crate::codecs::jpeg::color::ColorMarkers;
use crate::codecs::jpeg::color::Model;
use crate::codecs::jpeg::color::Ratio;
use crate::codecs::jpeg::color::Upsampled;
use crate::codecs::jpeg::markers::Frame;
use crate::codecs::jpeg::markers::ends_at;
use crate::codecs::jpeg::strip::Strip;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Plane as Samples;
use crate::raster::PlaneRows;
use crate::raster::PlaneShape;
use crate::raster::Planes;
use crate::raster::Showing;
use crate::raster::to_rgb;
use crate::raster::waiting_bytes;

/// Sides of a block of 8 at the scales that are built, from the smallest.
pub(super) const EIGHTHS: [u32; 4] = [1, 2, 4, 8];

/// Samples of the reduced picture around the region that interpolated colours look at.
const CONTEXT: f64 = 4.0;

/// Decodes at least `region`, in stored pixels, at `eighths` of the size, one of [`EIGHTHS`];
/// as planes where they are asked for and there is colour. Nothing if the file is damaged or of a
/// kind that is not read here.
pub(super) fn decode(bytes: &[u8], region: Window, eighths: u32, kept: Kept) -> Option<Read> {
    let (headers, start) = Headers::read(bytes)?;
    let (scan, length) = Scan::read(bytes.get(start..)?);
    ends_at(bytes, start + length).then_some(())?;
    let grid = Grid::new(&headers, region, eighths)?;
    let mut picture = Picture::new(&headers, &grid, eighths, kept)?;
    picture.read(&scan, &grid, headers.restart).ok()?;
    let Picture { rows, size, channels, components, .. } = picture;
    let planes = |planes: Vec<Samples>| Some(Planes::new(planes.try_into().ok()?, headers.size?).into());
    let pixels = match rows {
        Rows::Pixels(samples) => Pixels::from_samples(size, channels, samples).into(),
        Rows::Planes(shapes) => {
            let samples = components.into_iter().zip(shapes).map(|(part, shape)| {
                let Size { width, height } = shape.size;
                Samples::new(shape, part.plane.into_strip().into_samples(width as usize, height as usize))
            });
            planes(samples.collect())?
        }
        Rows::Reduced(rows) => planes(rows.into_iter().map(PlaneRows::finish).collect())?,
    };
    Some(Read { pixels, shown: grid.shown(size, (1, 1), eighths) })
}

/// Tells whether [`decode`] reads a picture of this frame in one scan, if what these markers say of its colours is
/// all: grey, or brightness and differences of at most half of the resolution.
pub(super) fn reads(frame: &Frame, color: &ColorMarkers) -> bool {
    let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
    let is_sampled = match &frame.components[..] {
        [_] => true,
        [luma, differences @ ..] => {
            matches!(luma.factors, (1 | 2, 1 | 2)) && differences.iter().all(|it| it.factors == (1, 1))
        }
        [] => false,
    };
    !frame.is_progressive && is_sampled && matches!(color.model(&ids), Model::Gray | Model::YCbCr)
}

/// Says what is kept of a picture of three components.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    /// Its pixels.
    Pixels,
    /// Its planes.
    Planes,
    /// Of its planes what this showing of the stored picture needs.
    Rows(Showing),
}

/// Holds what was decoded.
pub(super) struct Read {
    /// The picture.
    pub(super) pixels: StoredPixels,
    /// The part of the stored picture that is shown. It may end beyond the last pixels, as a sample
    /// of a reduced picture may stand for pixels that are not there.
    pub(super) shown: Window,
}

/// Returns the size of the largest picture that [`decode`] returns, whatever the file's sampling.
pub(super) fn most(stored: Size, region: Window, eighths: u32) -> Size {
    // Two blocks in a unit at most.
    const UNIT: f64 = 16.0;
    let scale = f64::from(eighths) / 8.0;
    let axis = |length: u32, start: f64, wanted: f64| {
        let context = CONTEXT / scale;
        let first = (start - context).max(0.0);
        let end = (start + wanted + context).min(f64::from(length));
        // Units that the region touches, and no more than there is.
        let units = (end - first).max(0.0) + 2.0 * UNIT;
        (units.min(f64::from(length)) * scale).ceil() as u32
    };
    Size::new(axis(stored.width, region.x, region.width), axis(stored.height, region.y, region.height))
}

/// Returns the size of the differences beside a brightness of this size, of a file that has them at half the
/// resolution on these axes.
pub(super) fn differences(luma: Size, halved: (bool, bool), eighths: u32) -> Size {
    let half = |side: u32, is_halved: bool| if is_halved { side.div_ceil(2) } else { side };
    match halved {
        (true, true) if is_spared((2, 2), eighths) => luma,
        (across, down) => Size::new(half(luma.width, across), half(luma.height, down)),
    }
}

/// Returns the most bytes of rows that wait where rows are kept for one showing, of brightness and differences of
/// these sizes, where so many rows of the first become those of the output.
pub(super) fn waiting(luma: Size, differences: Size, part: f64, rows: u32) -> u64 {
    let of = |plane: Size| waiting_bytes(plane, part * f64::from(plane.height) / f64::from(luma.height), rows);
    of(luma).saturating_add(of(differences).saturating_mul(2))
}

/// Tells whether differences have the resolution of the reduced brightness, though they are stored with
/// so many times fewer samples: at half of it both ways they have it all where less is shown.
fn is_spared(luma: (usize, usize), eighths: u32) -> bool {
    luma == (2, 2) && eighths <= 4
}

/// Returns the most bytes that [`decode`] holds for a picture of so many bytes that is so wide: that, the
/// entropy-coded bytes once more, and a strip of each component with the tables of its codes.
pub(super) fn memory(picture: u64, width: u32, file_bytes: u64) -> u64 {
    let strips = u64::from(width).saturating_add(32).saturating_mul(3 * 20);
    picture.saturating_add(strips).saturating_add(file_bytes).saturating_add(1 << 19)
}

/// The units in which a scan is stored: the blocks of all components that cover one area.
struct Grid {
    /// Units across and down.
    across: usize,
    down: usize,
    /// Those of the region.
    columns: Range<usize>,
    rows: Range<usize>,
    /// Samples per unit at the scale.
    unit: (usize, usize),
    /// The pictured part, in samples.
    size: Size,
}

impl Grid {
    fn new(headers: &Headers, region: Window, eighths: u32) -> Option<Grid> {
        let blocks = headers.components.first()?.blocks;
        let context = CONTEXT * 8.0 / f64::from(eighths);
        let axis = |length: u32, start: f64, wanted: f64, blocks: usize| {
            let unit = 8 * blocks as u32;
            let count = length.div_ceil(unit);
            // Casts of floats stop at the bounds.
            let first = (start - context) as u32 / unit;
            let end = ((start + wanted + context).ceil() as u32).div_ceil(unit).min(count);
            let scaled = (u64::from(length) * u64::from(eighths)).div_ceil(8) as u32;
            let side = eighths * blocks as u32;
            let samples = scaled.min(end * side).checked_sub(first * side).filter(|&samples| samples > 0)?;
            Some((count as usize, first as usize..end as usize, side as usize, samples))
        };
        let Size { width, height } = headers.size?;
        let (across, columns, unit_width, shown_width) = axis(width, region.x, region.width, blocks.0)?;
        let (down, rows, unit_height, shown_height) = axis(height, region.y, region.height, blocks.1)?;
        let size = Size::new(shown_width, shown_height);
        Some(Grid { across, down, columns, rows, unit: (unit_width, unit_height), size })
    }

    /// Returns what a plane of this size shows in stored pixels, where so many samples of brightness lie
    /// beside one of its own.
    fn shown(&self, size: Size, ratio: Ratio, eighths: u32) -> Window {
        let stored = |samples: usize| samples as f64 * 8.0 / f64::from(eighths);
        Window {
            x: stored(self.columns.start * self.unit.0),
            y: stored(self.rows.start * self.unit.1),
            width: stored(size.width as usize * ratio.0),
            height: stored(size.height as usize * ratio.1),
        }
    }
}

impl Grid {
    /// Returns the shapes of brightness, blue and red, where so many samples of the first lie beside one of the
    /// others.
    fn planes(&self, ratio: Ratio, eighths: u32) -> [PlaneShape; 3] {
        let plane = |ratio: Ratio| {
            let side = |length: u32, ratio: usize| length.div_ceil(ratio as u32);
            let size = Size::new(side(self.size.width, ratio.0), side(self.size.height, ratio.1));
            PlaneShape { size, shown: self.shown(size, ratio, eighths), halved: (ratio.0 > 1, ratio.1 > 1) }
        };
        [plane((1, 1)), plane(ratio), plane(ratio)]
    }
}

/// How many of the 8 samples from this block's first on belong to the picture; one if none does.
fn real(samples: usize, block: usize) -> usize {
    samples.saturating_sub(8 * block).clamp(1, 8)
}

/// An interval has to end where its blocks do.
fn all_read(bits: &Bits<'_>) -> Result<(), Damaged> {
    if bits.is_at_end() { Ok(()) } else { Err(Damaged) }
}

/// A component of a picture.
struct Part<'a> {
    plane: Box<dyn Plane + 'a>,
    /// Blocks per unit, across and down.
    blocks: (usize, usize),
    /// Samples of the whole picture, across and down.
    samples: (usize, usize),
}

/// A picture while it is read.
struct Picture<'a> {
    components: Vec<Part<'a>>,
    colors: Vec<Upsampled>,
    size: Size,
    channels: Channels,
    rows: Rows,
}

/// Holds the rows that are finished, or says where they are.
enum Rows {
    /// They are pixels.
    Pixels(Vec<u8>),
    /// They stay with each component, of these shapes.
    Planes([PlaneShape; 3]),
    /// They are taken as they come.
    Reduced(Box<[PlaneRows; 3]>),
}

impl<'a> Picture<'a> {
    fn new(headers: &'a Headers, grid: &Grid, eighths: u32, kept: Kept) -> Option<Self> {
        let channels = if headers.components.len() == 1 { Channels::Gray } else { Channels::Rgb };
        let luma = headers.components.first()?.blocks;
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

    fn read(&mut self, scan: &Scan, grid: &Grid, restart: usize) -> Result<(), Damaged> {
        let units = grid.across * grid.down;
        let interval = if restart == 0 { units } else { restart };
        let intervals = units.div_ceil(interval);
        if scan.intervals() != intervals {
            return Err(Damaged);
        }
        let mut bits = scan.interval(0);
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
