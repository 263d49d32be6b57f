//! A picture whose colour lies beside its brightness, as JPEG stores it.

use crate::geometry::Orientation;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Showing;
use crate::raster::orient::turned;
use crate::raster::reduction::Reduction;
use crate::raster::reduction::finished;
use crate::raster::reduction::reduced;
use crate::raster::resample::algorithm_for;
use crate::raster::resample::part_of;
use crate::raster::soften::Softener;
use crate::raster::soften::softened;
use crate::raster::ycc::to_rgb;

/// Says where the samples of a plane lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneShape {
    /// Number of samples, across and down.
    pub size: Size,
    /// The part of the stored picture that they show, in its pixels. It may end beyond its edges by
    /// less than a sample.
    pub shown: Window,
    /// The axes, across and down, on which it has half of the resolution of the brightness. There it
    /// becomes as soft as interpolation leaves it elsewhere, without which fine colours would show
    /// moiré.
    pub halved: (bool, bool),
}

/// Brightness, or how far blue or red lie from it (JFIF 1.02).
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    shape: PlaneShape,
    rows: Rows,
}

/// Rows of a plane that there are.
#[derive(Debug, Clone, PartialEq)]
enum Rows {
    /// All.
    All(Pixels<u8>),
    /// Those of this showing of the stored picture.
    Shown(Pixels<u8>, Showing),
}

impl Plane {
    /// A plane of which all samples are there.
    ///
    /// # Panics
    /// If there are not as many as its shape says.
    #[must_use]
    pub fn new(shape: PlaneShape, samples: Vec<u8>) -> Plane {
        let pixels = Pixels::from_samples(shape.size, Channels::Gray, samples);
        Plane { shape, rows: Rows::All(softened(pixels, shape.halved)) }
    }

    /// Resamples what a showing of the stored picture has of it.
    ///
    /// # Panics
    /// If that is not there.
    fn resample(&self, showing: Showing) -> Pixels<u8> {
        let PlaneShape { size, shown, .. } = self.shape;
        let part = part_of(size, shown, showing.visible);
        let algorithm = algorithm_for(part, showing.size, showing.filter);
        match &self.rows {
            Rows::All(pixels) => {
                let rows = reduced(pixels, part, showing.size.height, algorithm);
                finished(&rows, part, showing.size, algorithm)
            }
            Rows::Shown(rows, of) => {
                assert_eq!(*of, showing, "rows are there for one showing");
                finished(rows, part, showing.size, algorithm)
            }
        }
    }
}

/// Takes the rows of a plane as they are decoded, and keeps what one showing needs of them.
#[derive(Debug)]
pub(crate) struct PlaneRows {
    shape: PlaneShape,
    showing: Showing,
    softener: Softener,
    reduction: Reduction,
    /// Rows that are still to come.
    missing: u32,
}

impl PlaneRows {
    /// Expects all rows of a plane, from the first on.
    pub(crate) fn new(shape: PlaneShape, showing: Showing) -> PlaneRows {
        let PlaneShape { size, shown, halved } = shape;
        let part = part_of(size, shown, showing.visible);
        let algorithm = algorithm_for(part, showing.size, showing.filter);
        let reduction = Reduction::new(size, part, showing.size.height, algorithm);
        PlaneRows { shape, showing, softener: Softener::new(halved), reduction, missing: size.height }
    }

    /// Takes the next row, which may have more samples behind it; nothing behind the last one.
    pub(crate) fn push(&mut self, row: &[u8]) {
        if self.missing == 0 {
            return;
        }
        self.missing -= 1;
        let row = &row[..self.shape.size.width as usize];
        self.softener.push(row, |row| self.reduction.push(row));
    }

    /// Returns the plane.
    ///
    /// # Panics
    /// If rows are missing that the showing needs.
    pub(crate) fn finish(mut self) -> Plane {
        self.softener.finish(|row| self.reduction.push(row));
        Plane { shape: self.shape, rows: Rows::Shown(self.reduction.finish(), self.showing) }
    }
}

/// A picture in planes, as stored. Each is resampled as it is stored, and there is RGB at the size of
/// the output alone, which then is turned upright.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// Brightness, blue, red.
    planes: [Plane; 3],
    orientation: Orientation,
    stored: Size,
}

impl Planes {
    /// Joins brightness, blue and red to a picture that is stored in this size; it stands upright.
    #[must_use]
    pub fn new(planes: [Plane; 3], stored: Size) -> Planes {
        Planes { planes, orientation: Orientation::Upright, stored }
    }

    /// Returns the same for a picture that becomes upright by this.
    #[must_use]
    pub fn oriented(self, orientation: Orientation) -> Planes {
        Planes { orientation, ..self }
    }

    /// The samples of the brightness, across and down, as stored.
    #[must_use]
    pub(super) fn size(&self) -> Size {
        self.planes[0].shape.size
    }

    /// The part of the upright picture that is shown, in its pixels.
    pub(super) fn shown(&self) -> Window {
        self.orientation.place(self.planes[0].shape.shown, self.stored)
    }

    /// A showing of the upright picture in RGB.
    pub(super) fn resample(&self, showing: Showing) -> Pixels<u8> {
        let stored = showing.stored(self.orientation, self.stored);
        let [luma, blue, red] = self.planes.each_ref().map(|plane| plane.resample(stored));
        let mut data = vec![0; luma.samples().len() * 3];
        to_rgb([luma.samples(), blue.samples(), red.samples()], &mut data);
        drop([luma, blue, red]);
        let pixels = Pixels::from_samples(stored.size, Channels::Rgb, data);
        if self.orientation == Orientation::Upright { pixels } else { turned(&pixels, self.orientation) }
    }
}
