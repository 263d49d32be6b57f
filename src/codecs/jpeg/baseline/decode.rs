//! Decodes a picture, or the wanted part of it.

use crate::codecs::StoredPixels;
use crate::codecs::jpeg::baseline::Kept;
use crate::codecs::jpeg::baseline::grid::Grid;
use crate::codecs::jpeg::baseline::headers::Headers;
use crate::codecs::jpeg::baseline::picture::Picture;
use crate::codecs::jpeg::baseline::picture::Rows;
use crate::codecs::jpeg::bits::Scan;
use crate::codecs::jpeg::segments::ends_at;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Pixels;
use crate::raster::Plane as Samples;
use crate::raster::PlaneRows;
use crate::raster::Planes;

/// Decodes at least `region`, in stored pixels, at `eighths` of the size, one of [`EIGHTHS`](super::EIGHTHS);
/// as planes where they are asked for and there is colour. Nothing if the file is damaged or of a
/// kind that is not read here.
pub(in crate::codecs::jpeg) fn decode(bytes: &[u8], region: Window, eighths: u32, kept: Kept) -> Option<Read> {
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

/// Holds what was decoded.
pub(in crate::codecs::jpeg) struct Read {
    /// The picture.
    pub(in crate::codecs::jpeg) pixels: StoredPixels,
    /// The part of the stored picture that is shown. It may end beyond the last pixels, as a sample
    /// of a reduced picture may stand for pixels that are not there.
    pub(in crate::codecs::jpeg) shown: Window,
}
