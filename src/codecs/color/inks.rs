//! Pictures that are stored as printing inks.

use crate::codecs::color::assumed::assumed;
use crate::codecs::color::lattice::Lattice;
use crate::codecs::color::profile::ProfileRefusal;
use crate::codecs::color::profile::check;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;

/// Cyan, magenta, yellow and black of each pixel, row by row, without padding: 0 is no ink, 255 is
/// all of it. (Files by Adobe's programs store the reverse, which is the decoder's business.)
#[derive(Debug, Clone, PartialEq)]
pub struct Inks {
    size: Size,
    samples: Vec<u8>,
}

/// Note on colours that no profile describes; [`ideal`].
const IDEAL: &str = "ideal inks are assumed";

impl Inks {
    /// Four samples for each pixel.
    ///
    /// # Panics
    /// If the number of samples is another.
    #[must_use]
    pub fn from_samples(size: Size, samples: Vec<u8>) -> Self {
        assert_eq!(samples.len() as u64, size.area() * 4, "four inks a pixel");
        Inks { size, samples }
    }

    /// The picture in RGB, in the same memory.
    fn convert(self, convert: impl Fn([u8; 4]) -> [u8; 3]) -> Pixels<u8> {
        let mut samples = self.samples;
        for pixel in 0..samples.len() / 4 {
            let inks = *samples[4 * pixel..].first_chunk().expect("a pixel has four inks");
            samples[3 * pixel..3 * pixel + 3].copy_from_slice(&convert(inks));
        }
        samples.truncate(samples.len() / 4 * 3);
        Pixels::from_samples(self.size, Channels::Rgb, samples)
    }
}

/// Returns what a picture in inks is in sRGB, and what the user should know.
pub(in crate::codecs) fn to_srgb(inks: Inks, icc: Option<&[u8]>) -> (Pixels<u8>, Option<String>) {
    let Some(icc) = icc else {
        let warning = format!("profile_assumed: the colours are CMYK and no colour profile says which; {IDEAL}");
        return (inks.convert(ideal), Some(warning));
    };
    let lattice =
        check(icc, b"CMYK").and_then(|checked| Lattice::<4>::new(&checked.icc).ok_or(ProfileRefusal::Damaged));
    match lattice {
        Ok(lattice) => (inks.convert(|inks| lattice.convert(inks)), None),
        Err(refusal) => (inks.convert(ideal), Some(assumed(refusal, IDEAL))),
    }
}

/// Inks that take away all of one primary of sRGB, or with black of all three, in proportion to
/// their share: what browsers and Pillow assume where no profile says more.
fn ideal([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let product = |ink: u8| u16::from(255 - ink) * u16::from(255 - black);
    [cyan, magenta, yellow].map(|ink| ((product(ink) + 127) / 255) as u8)
}
