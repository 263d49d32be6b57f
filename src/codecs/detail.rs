//! Detail of a picture, which decides what encoding it takes.

use crate::each_depth;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// Detail of a picture: some encoders hold several times as much for noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// As much as cameras, printers and programs make.
    Usual,
    /// Anything.
    Noise,
}

/// The largest mean difference of neighbours, in levels of 8 bits, of what is usual: soft shapes under a
/// sensor's grain have three, even noise has 85.
const USUAL: u64 = 8;

/// One row in as many is looked at.
const ROWS: u32 = 8;

impl Detail {
    /// Measures that of a picture.
    #[must_use]
    pub fn of(picture: &Raster) -> Detail {
        each_depth!(picture, pixels => of(pixels))
    }
}

fn of<S: Sample>(pixels: &Pixels<S>) -> Detail {
    let count = pixels.channels().count();
    let (mut sum, mut samples) = (0, 0);
    for y in (0..pixels.size().height).step_by(ROWS as usize) {
        let row = pixels.row(y);
        let next = row.get(count..).unwrap_or_default();
        sum += row.iter().zip(next).map(|(one, other)| (one.to_f32() - other.to_f32()).abs() as u64).sum::<u64>();
        samples += next.len() as u64;
    }
    let level = S::from_u8(1).to_f32() as u64;
    if sum > USUAL * level * samples { Detail::Noise } else { Detail::Usual }
}
