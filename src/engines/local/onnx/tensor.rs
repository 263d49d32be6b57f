//! Pictures as a model takes and returns them: channel by channel.

use serde::Deserialize;

use crate::engines::local::onnx::contract::Contract;
use crate::engines::local::onnx::contract::Interface;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Sample;

/// Most by which, on a scale from 0 to 1, what a model returns of the known pixels may differ from them in
/// the mean. More means that mask or picture are not what it takes them for.
const MOST_OFF: f32 = 0.08;

/// White in models that count to 1, and in those that count to 255.
const UNIT: f32 = 1.0;
const BYTES: f32 = 255.0;

/// Numbers in a mask for a known pixel, and for one that is to be filled.
pub(super) const KNOWN: u8 = 255;

/// Numbers of one batch, channel by channel, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    U8(Vec<u8>),
    F32(Vec<f32>),
}

/// Numbers with their shape: batch, channels, height, width.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub(super) shape: [usize; 4],
    pub(super) numbers: Numbers,
}

/// Numbers that a model returns for black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Range {
    #[serde(rename = "0..1")]
    Unit,
    #[serde(rename = "0..255")]
    Bytes,
}

impl Range {
    /// Returns what white is.
    fn white(self) -> f32 {
        if self == Range::Unit { UNIT } else { BYTES }
    }
}

/// A picture of three channels, and a mask of its size with [`KNOWN`] where it is known.
pub(super) struct Question {
    pub(super) picture: Pixels<u16>,
    pub(super) mask: Pixels<u8>,
}

impl Question {
    /// The inputs of a graph, in its order.
    pub(super) fn inputs(&self, interface: &Interface) -> Vec<Tensor> {
        let known = self.mask.samples();
        let holes = known.iter().map(|&mask| if mask == KNOWN { 0.0 } else { 1.0 });
        let mut inputs = match interface.contract {
            Contract::Migan => {
                let bytes = self.planes().map(|level| u8::from_f32(level * BYTES)).collect();
                vec![self.tensor(3, Numbers::U8(bytes)), self.tensor(1, Numbers::U8(known.to_vec()))]
            }
            Contract::Lama => vec![
                self.tensor(3, Numbers::F32(self.planes().collect())),
                self.tensor(1, Numbers::F32(holes.collect())),
            ],
            Contract::Lama4 => {
                let seen = self.planes().zip(known.iter().cycle());
                let picture = seen.map(|(level, &mask)| if mask == KNOWN { level } else { 0.0 });
                vec![self.tensor(4, Numbers::F32(picture.chain(holes).collect()))]
            }
        };
        if interface.mask_first {
            inputs.reverse();
        }
        inputs
    }

    fn tensor(&self, channels: usize, numbers: Numbers) -> Tensor {
        let Size { width, height } = self.picture.size();
        Tensor { shape: [1, channels, height as usize, width as usize], numbers }
    }

    /// The levels of the picture from 0 to 1, channel by channel.
    fn planes(&self) -> impl Iterator<Item = f32> {
        let levels = |channel| self.picture.samples().iter().skip(channel).step_by(3);
        (0..3).flat_map(levels).map(|level| level.to_f32() / <u16 as Sample>::MAX)
    }

    /// The picture that a model returned for this one; without a `range`, numbers are taken as
    /// what brings the known pixels nearest to what they are.
    ///
    /// # Errors
    /// If it is no picture of that size, or not of what is known.
    pub(super) fn answer(&self, returned: &Tensor, range: Option<Range>) -> Result<Pixels<u16>, Failure> {
        let bad = |message: String| Failure::new(Class::BadOutput, message);
        let size = self.picture.size();
        if returned.shape != [1, 3, size.height as usize, size.width as usize] {
            let shape = returned.shape.map(|side| side.to_string()).join("×");
            return Err(bad(format!("the model returned {shape}, which is no picture of {size}")));
        }
        let (numbers, range) = match &returned.numbers {
            Numbers::U8(levels) => (levels.iter().map(|&level| level.into()).collect(), Some(Range::Bytes)),
            Numbers::F32(numbers) => (numbers.clone(), range),
        };
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(bad("the model returned numbers that are none".into()));
        }
        // Alike only where all is black, and then black is what is meant.
        let nearer = || if self.off(&numbers, UNIT) < self.off(&numbers, BYTES) { UNIT } else { BYTES };
        let white = range.map_or_else(nearer, Range::white);
        let off = self.off(&numbers, white);
        if off > MOST_OFF {
            let percent = (off * 100.0).round();
            return Err(bad(format!(
                "the model changed what is known by {percent} % in the mean; is `contract` or `range` another?"
            )));
        }
        let area = numbers.len() / 3;
        let levels = (0..numbers.len()).map(|at| numbers[at % 3 * area + at / 3] / white * <u16 as Sample>::MAX);
        Ok(Pixels::from_samples(size, Channels::Rgb, levels.map(u16::from_f32).collect()))
    }

    /// Returns how far known pixels are from what was returned of them, in the mean, from 0 to 1.
    fn off(&self, numbers: &[f32], white: f32) -> f32 {
        let pairs = self.planes().zip(numbers).zip(self.mask.samples().iter().cycle());
        let known = pairs.filter(|(_, mask)| **mask == KNOWN);
        let (sum, count) = known.fold((0.0, 0_u32), |(sum, count), ((level, number), _)| {
            (sum + f64::from((level - number / white).abs()), count + 1)
        });
        (sum / f64::from(count.max(1))) as f32
    }
}
