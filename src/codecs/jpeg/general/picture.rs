//! Coefficients to samples, and samples to rows of pixels.

use crate::codecs::jpeg::color::ColorMarkers;
use crate::codecs::jpeg::color::Model;
use crate::codecs::jpeg::color::Upsampled;
use crate::codecs::jpeg::frame::Frame;
use crate::codecs::jpeg::general::plane::Plane;
use crate::codecs::jpeg::general::whole::Whole;
use crate::codecs::jpeg::inverse::Inverse;
use crate::codecs::jpeg::inverse::SIDE;
use crate::codecs::jpeg::strip::Strip;
use crate::codecs::read;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::to_rgb;

/// A picture while it is shown, a row of units at a time.
pub(super) struct Picture {
    model: Model,
    size: Size,
    /// Rows of pixels of a unit.
    unit: usize,
    components: Vec<Shown>,
    /// The rows that are finished.
    samples: Vec<u8>,
}

/// A component of it.
struct Shown {
    inverse: Inverse,
    /// The step of the means of its blocks.
    step: u32,
    /// The largest mean of a block, whatever its sign; no picture of 8 bits has one above 1024.
    largest_mean: u32,
    strip: Strip,
    upsampled: Upsampled,
}

impl Picture {
    /// Nothing is shown yet.
    ///
    /// # Errors
    /// [`Class::Corrupt`](crate::error::Class::Corrupt) if a component has no quantization table.
    pub(super) fn new(frame: &Frame, planes: &[Plane], color: &ColorMarkers) -> Result<Picture, Failure> {
        let (across, down) = frame.most();
        let (size, width) = (frame.size, frame.size.width as usize);
        let mut components = Vec::new();
        for plane in planes {
            let steps = plane.steps.ok_or_else(|| read::corrupt("a table for its picture is missing"))?;
            let (h, v) = plane.factors;
            // The sampling factors divide the largest ones (`Frame::read`): a ratio is a whole number.
            let samples = (width * h).div_ceil(across);
            components.push(Shown {
                inverse: Inverse::new(&steps),
                step: steps[0].into(),
                largest_mean: 0,
                strip: Strip::new(plane.blocks.0 * SIDE, v * SIDE),
                upsampled: Upsampled::new((across / h, down / v), width, samples),
            });
        }
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        let model = color.model(&ids);
        let samples = Vec::with_capacity(size.area() as usize * components.len());
        Ok(Picture { model, size, unit: SIDE * down, components, samples })
    }

    /// Rows of units.
    pub(super) fn rows(&self) -> usize {
        (self.size.height as usize).div_ceil(self.unit)
    }

    /// Shows the row of units with this number, which comes after the one before.
    pub(super) fn show(&mut self, planes: &[Plane], number: usize) {
        for (shown, plane) in self.components.iter_mut().zip(planes) {
            shown.transform(plane, number);
        }
        // One row late: the last one needs the colours of the next.
        let (start, height) = (number * self.unit, self.size.height as usize);
        let end = if start + self.unit < height { start + self.unit - 1 } else { height };
        // Of the picture's rows, those that the strip and the one before it have.
        let known =
            (-start.min(1).cast_signed(), height.min(start + self.unit).cast_signed() - start.cast_signed() - 1);
        for y in start.saturating_sub(1)..end {
            self.write(y.cast_signed() - start.cast_signed(), known);
        }
        self.components.iter_mut().for_each(|shown| shown.strip.carry());
    }

    /// Adds a row of pixels.
    fn write(&mut self, at: isize, known: (isize, isize)) {
        let width = self.size.width as usize;
        let (written, count) = (self.samples.len(), self.components.len());
        self.samples.resize(written + width * count, 0);
        let line = &mut self.samples[written..];
        let mut rows = self.components.iter_mut().map(|shown| &shown.upsampled.row(&shown.strip, at, known)[..width]);
        let rows: [&[u8]; 4] = std::array::from_fn(|_| rows.next().unwrap_or_default());
        let [first, second, third, fourth] = rows;
        let inverted = |samples: &[u8], line: &mut [u8], place: usize| {
            line.iter_mut().skip(place).step_by(4).zip(samples).for_each(|(ink, sample)| *ink = 255 - sample);
        };
        match self.model {
            Model::Gray => line.copy_from_slice(first),
            Model::YCbCr => to_rgb([first, second, third], line),
            Model::Rgb => {
                let pixels = line.as_chunks_mut().0.iter_mut().zip(first).zip(second.iter().zip(third));
                pixels.for_each(|((pixel, &red), (&green, &blue))| *pixel = [red, green, blue]);
            }
            Model::Cmyk => (0..4).for_each(|ink| inverted(rows[ink], line, ink)),
            Model::Ycck => {
                // Inverted inks, so that what comes out are inks.
                let mut colors = vec![0; 3 * width];
                to_rgb([first, second, third], &mut colors);
                let pixels = line.as_chunks_mut::<4>().0.iter_mut().zip(colors.as_chunks::<3>().0);
                pixels.for_each(|(inks, color)| inks[..3].copy_from_slice(color));
                inverted(fourth, line, 3);
            }
        }
    }

    /// Tells whether all means are some that a picture can have. Where something else is read as a picture
    /// they soon are not, as each is told by its distance from the last.
    pub(super) fn is_possible(&self) -> bool {
        self.components.iter().all(|shown| shown.largest_mean <= 1024 + shown.step)
    }

    /// The picture of which all is shown.
    pub(super) fn finish(self) -> Whole {
        let model = match self.model {
            Model::YCbCr => Model::Rgb,
            Model::Ycck => Model::Cmyk,
            model => model,
        };
        Whole { model, size: self.size, samples: self.samples }
    }
}

impl Shown {
    /// The samples of a row of units.
    fn transform(&mut self, plane: &Plane, number: usize) {
        let (across, down) = (plane.blocks.0, plane.factors.1);
        for y in 0..down.min(plane.blocks.1.saturating_sub(number * down)) {
            for (x, block) in plane.row(number * down + y)[..across].iter().enumerate() {
                self.largest_mean = self.largest_mean.max(u32::from(block[0].unsigned_abs()) * self.step);
                self.inverse.show(block, &mut self.strip, x * SIDE, y * SIDE);
            }
        }
    }
}
