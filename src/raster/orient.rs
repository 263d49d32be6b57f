//! Bakes an EXIF orientation into the pixels.

use crate::each_depth;
use crate::geometry::Orientation;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// The picture turned upright.
#[must_use]
pub fn orient(raster: Raster, orientation: Orientation) -> Raster {
    if orientation == Orientation::Upright {
        return raster;
    }
    each_depth!(raster, pixels => turned(&pixels, orientation).into())
}

pub(super) fn turned<S: Sample>(source: &Pixels<S>, orientation: Orientation) -> Pixels<S> {
    use Orientation::{FlipHorizontal, FlipVertical, Rotate90, Rotate180, Rotate270, Transpose, Transverse, Upright};
    let count = source.channels().count();
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    // Where the first upright pixel is stored, and how far the next one to the right and the
    // next one down lie from it, in pixels.
    let (last_column, last_row) = (width - 1, (height - 1) * width);
    let row = width as isize;
    let (first, right, down) = match orientation {
        Upright => (0, 1, row),
        FlipHorizontal => (last_column, -1, row),
        Rotate180 => (last_row + last_column, -1, -row),
        FlipVertical => (last_row, 1, -row),
        Transpose => (0, row, 1),
        Rotate90 => (last_row, -row, 1),
        Transverse => (last_row + last_column, -row, -1),
        Rotate270 => (last_column, row, -1),
    };
    let samples = source.samples();
    let mut upright = Pixels::new(orientation.apply_to(source.size()), source.channels());
    let upright_width = upright.size().width as usize;
    for (y, line) in upright.samples_mut().chunks_exact_mut(upright_width * count).enumerate() {
        let start = first as isize + y as isize * down;
        for (x, pixel) in line.chunks_exact_mut(count).enumerate() {
            let from = (start + x as isize * right) as usize * count;
            pixel.copy_from_slice(&samples[from..from + count]);
        }
    }
    upright
}
