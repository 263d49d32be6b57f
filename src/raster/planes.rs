//! Colour that lies beside a picture of brightness, as JPEG stores it.

use std::mem;

use crate::geometry::Orientation;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Channels;
use crate::raster::Filter;
use crate::raster::Pixels;
use crate::raster::orient::turned;
use crate::raster::resample::part_of;
use crate::raster::resample::reduce;

/// Pixels that are converted at once.
const CHUNK: usize = 16;

/// The colour of a picture of which a grey raster is the brightness: how far blue and red lie from
/// it (JFIF 1.02), in pixels that may be larger than those of the brightness. So they are resampled
/// as they are stored, and there is RGB at the size of the output alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Differences {
    blue: Pixels<u8>,
    red: Pixels<u8>,
    shown: Window,
}

impl Differences {
    /// Differences of the part `shown` of the source, in its pixels. It may end beyond its edges by
    /// less than a pixel of these. Axes on which they are `halved` have half of the brightness'
    /// resolution; there they become as soft as interpolation leaves them elsewhere, without which
    /// fine colours would show moiré.
    ///
    /// # Panics
    /// If the two differ in size or have more than one sample a pixel.
    #[must_use]
    pub fn new([blue, red]: [Pixels<u8>; 2], halved: (bool, bool), shown: Window) -> Differences {
        assert_eq!(blue.size(), red.size(), "both differences are there for each pixel");
        assert_eq!([blue.channels(), red.channels()], [Channels::Gray; 2], "a difference is one number");
        let [blue, red] = [blue, red].map(|plane| softened(plane, halved));
        Differences { blue, red, shown }
    }

    /// Those of the upright picture, from those of a source that is stored in this size.
    #[must_use]
    pub fn oriented(self, orientation: Orientation, stored: Size) -> Differences {
        let turned = |pixels: Pixels<u8>| match orientation {
            Orientation::Upright => pixels,
            _ => turned(&pixels, orientation),
        };
        Differences { blue: turned(self.blue), red: turned(self.red), shown: orientation.place(self.shown, stored) }
    }

    /// The part `visible` of the source in RGB, given its brightness.
    pub(super) fn color(self: &Differences, luma: &Pixels<u8>, visible: Window, filter: Filter) -> Pixels<u8> {
        let output = luma.size();
        let part = part_of(self.blue.size(), self.shown, visible);
        let [blue, red] = [&self.blue, &self.red].map(|plane| reduce(plane, part, output, filter));
        let mut data = vec![0; luma.samples().len() * 3];
        to_rgb([luma.samples(), blue.samples(), red.samples()], &mut data);
        Pixels::from_samples(output, Channels::Rgb, data)
    }
}

/// A plane in which each sample takes its neighbours into account, across, down or both ways.
fn softened(mut plane: Pixels<u8>, (across, down): (bool, bool)) -> Pixels<u8> {
    let width = plane.stride();
    let samples = plane.samples_mut();
    let (mut before, mut row) = (samples[..width].to_vec(), vec![0; width]);
    if down {
        for start in (0..samples.len()).step_by(width) {
            let (line, rest) = samples[start..].split_at_mut(width);
            row.copy_from_slice(line);
            soften(line, &before, &row, rest.get(..width).unwrap_or(&row));
            mem::swap(&mut before, &mut row);
        }
    }
    if across && width > 1 {
        for line in samples.chunks_exact_mut(width) {
            row.copy_from_slice(line);
            soften(&mut line[1..width - 1], &row, &row[1..], &row[2..]);
            soften(&mut line[..1], &row, &row, &row[1..]);
            soften(&mut line[width - 1..], &row[width - 2..], &row[width - 1..], &row[width - 1..]);
        }
    }
    plane
}

/// Triangle interpolation to twice the resolution leaves cos³ of a quarter turn at the finest that
/// there is; these weights leave a little less of whatever the interpolated picture shows.
fn soften(line: &mut [u8], before: &[u8], at: &[u8], after: &[u8]) {
    for (sample, (&at, (&before, &after))) in line.iter_mut().zip(at.iter().zip(before.iter().zip(after))) {
        *sample = ((11 * (u16::from(before) + u16::from(after)) + 42 * u16::from(at) + 32) >> 6) as u8;
    }
}

/// Writes pixels of RGB; there may be more samples than that (JFIF 1.02, conversion to RGB).
pub(crate) fn to_rgb([luma, blue, red]: [&[u8]; 3], pixels: &mut [u8]) {
    let count = pixels.len() / 3;
    let chunks = luma[..count].chunks(CHUNK).zip(blue[..count].chunks(CHUNK)).zip(red[..count].chunks(CHUNK));
    for (pixels, ((luma, blue), red)) in pixels.chunks_mut(3 * CHUNK).zip(chunks) {
        let [luma, blue, red] = [luma, blue, red].map(padded);
        let packed: [u32; CHUNK] = std::array::from_fn(|at| pixel(luma[at], blue[at], red[at]));
        // Vector instructions compute, but do not write three bytes: four pixels become three words.
        let mut bytes = [0; 3 * CHUNK];
        for (words, &[a, b, c, d]) in bytes.chunks_exact_mut(12).zip(packed.as_chunks().0) {
            words[..4].copy_from_slice(&(a | b << 24).to_le_bytes());
            words[4..8].copy_from_slice(&(b >> 8 | c << 16).to_le_bytes());
            words[8..].copy_from_slice(&(c >> 16 | d << 8).to_le_bytes());
        }
        pixels.copy_from_slice(&bytes[..pixels.len()]);
    }
}

fn padded(chunk: &[u8]) -> [u8; CHUNK] {
    chunk.try_into().unwrap_or_else(|_| {
        let mut padded = [0; CHUNK];
        padded[..chunk.len()].copy_from_slice(chunk);
        padded
    })
}

/// Red in the lowest byte, then green, then blue. In sixteenths and 16 bits, of which vector
/// instructions hold the most.
#[inline(always)]
fn pixel(luma: u8, blue: u8, red: u8) -> u32 {
    let (luma, blue, red) = (i16::from(luma) << 4 | 8, i16::from(blue) - 128, i16::from(red) - 128);
    // A factor of 2^13 and seven bits on the other side leave four after the upper half is taken.
    let times = |difference: i16, factor: i16| ((i32::from(difference << 7) * i32::from(factor)) >> 16) as i16;
    let level = |sixteenths: i16| u32::from((sixteenths >> 4).clamp(0, 255) as u16);
    // 1.402, 0.344136, 0.714136 and 1.772.
    let green = luma - times(blue, 2_819) - times(red, 5_850);
    level(luma + times(red, 11_485)) | level(green) << 8 | level(luma + times(blue, 14_516)) << 16
}
