//! How much there is to encode in a picture.

use crate::raster::Pixels;

/// How much detail a picture has: some encoders hold several times as much for noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What cameras, printers and programs make.
    Usual,
    /// Anything.
    Noise,
}

/// The largest mean difference of neighbours, in levels, of what is usual: soft shapes under a
/// sensor's grain have three, even noise has 85.
const USUAL: u64 = 8;

/// One row in as many is looked at.
const ROWS: u32 = 8;

impl Detail {
    /// Measures that of a picture.
    #[must_use]
    pub fn of(pixels: &Pixels<u8>) -> Detail {
        let count = pixels.channels().count();
        let (mut sum, mut samples) = (0, 0);
        for y in (0..pixels.size().height).step_by(ROWS as usize) {
            let row = pixels.row(y);
            let next = row.get(count..).unwrap_or_default();
            sum += row.iter().zip(next).map(|(one, other)| u64::from(one.abs_diff(*other))).sum::<u64>();
            samples += next.len() as u64;
        }
        if sum > USUAL * samples { Detail::Noise } else { Detail::Usual }
    }
}
