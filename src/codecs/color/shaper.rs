//! Pictures of devices with one curve a colour: their colours add up in linear light, so tables
//! of what each level of each colour adds are all that is needed.

use std::array;
use std::iter;
use std::sync::LazyLock;

use crate::codecs::color::encoding::SrgbEncoding;
use crate::codecs::color::evaluator::Evaluator;
use crate::codecs::color::evaluator::Scale;
use crate::raster::Sample;

/// A sample that is a place in a table.
pub(super) trait Level: Sample {
    /// Number of levels.
    const COUNT: usize;

    /// Converter of pictures of this depth.
    type Shaper: Shaper<Self>;

    /// Its place.
    fn index(self) -> usize;

    /// All of them in order, from 0 to 1.
    fn all() -> impl Iterator<Item = f32> {
        (0..Self::COUNT).map(|index| index as f32 / Self::MAX)
    }
}

impl Level for u8 {
    const COUNT: usize = 1 << 8;
    type Shaper = Narrow;

    fn index(self) -> usize {
        self.into()
    }
}

impl Level for u16 {
    const COUNT: usize = 1 << 16;
    type Shaper = Wide;

    fn index(self) -> usize {
        self.into()
    }
}

/// Table from a grey device's samples to sRGB.
pub(super) struct GrayCurve<S>(Vec<S>);

impl<S: Level> GrayCurve<S> {
    pub(super) fn new(icc: &[u8]) -> Option<Self> {
        let colors = Evaluator::new(icc, Scale::Encoded)?.colors(S::all().map(|level| [level]));
        // Green is nearest to lightness, if a table should tint.
        Some(GrayCurve(colors.into_iter().map(|[_, green, _]| S::from_f32(green * S::MAX)).collect()))
    }

    pub(super) fn convert(&self, gray: S) -> S {
        self.0[gray.index()]
    }
}

/// From the samples of an RGB device to sRGB.
pub(super) trait Shaper<S>: Sized {
    /// For a profile with curves and primaries; none if it is damaged.
    fn new(icc: &[u8]) -> Option<Self>;

    fn convert(&self, device: [S; 3]) -> [S; 3];
}

/// Red, green and blue of light.
type Light = [f32; 3];

/// Returns what is there without any colour (nothing, unless black is displaced), and a table of what each
/// level of each colour adds to it.
fn parts<S: Level, T>(icc: &[u8], table: impl Fn(Vec<Light>) -> T) -> Option<(Light, [T; 3])> {
    let evaluator = Evaluator::new(icc, Scale::Linear)?;
    let black = *evaluator.colors(iter::once([0.0; 3])).first()?;
    let added = array::from_fn(|color| {
        let alone = |level| array::from_fn(|other| if other == color { level } else { 0.0 });
        let mut lights = evaluator.colors(S::all().map(alone));
        lights.iter_mut().for_each(|light| light.iter_mut().zip(&black).for_each(|(light, black)| *light -= black));
        table(lights)
    });
    Some((black, added))
}

/// For 8 bits: sums of whole numbers, which choose the sample.
pub(super) struct Narrow {
    /// The fourth number is none, here and in the tables.
    black: [i32; 4],
    added: [Vec<[i32; 4]>; 3],
    samples: &'static [u8; Narrow::STEPS as usize],
}

impl Narrow {
    /// Linear light that is told apart: ten steps for the darkest level of sRGB.
    const STEPS: i32 = 1 << 15;

    /// Light is counted in parts of a step.
    const PART_BITS: u32 = 5;

    fn count(light: f32) -> i32 {
        // Four of them may be added.
        const MOST: f32 = (1 << 28) as f32;
        const WHITE: f32 = (Narrow::STEPS << Narrow::PART_BITS) as f32;
        (light * WHITE).round().clamp(-MOST, MOST) as i32
    }
}

impl Shaper<u8> for Narrow {
    fn new(icc: &[u8]) -> Option<Self> {
        static SAMPLES: LazyLock<[u8; Narrow::STEPS as usize]> = LazyLock::new(|| {
            let encoding = SrgbEncoding::get();
            let middle = |step: usize| (step as f32 + 0.5) / Narrow::STEPS as f32;
            array::from_fn(|step| u8::from_f32(encoding.encode(middle(step)) * <u8 as Sample>::MAX))
        });
        let count = |[red, green, blue]: Light| [red, green, blue, 0.0].map(Narrow::count);
        let (black, added) = parts::<u8, Vec<_>>(icc, |lights| lights.into_iter().map(count).collect())?;
        Some(Narrow { black: count(black), added, samples: &SAMPLES })
    }

    fn convert(&self, device: [u8; 3]) -> [u8; 3] {
        let [red, green, blue] = array::from_fn(|color| &self.added[color][device[color].index()]);
        let [red, green, blue, _]: [i32; 4] = array::from_fn(|part| {
            ((self.black[part] + red[part] + green[part] + blue[part]) >> Narrow::PART_BITS).clamp(0, Narrow::STEPS - 1)
        });
        [red, green, blue].map(|step| self.samples[step as usize])
    }
}

/// For 16 bits: sums in floating point.
pub(super) struct Wide {
    black: Light,
    colors: [Primary; 3],
    encoding: &'static SrgbEncoding,
}

/// Part that one colour adds.
struct Primary {
    light: Light,
    /// Light that each level adds.
    curve: Vec<f32>,
}

impl Primary {
    /// For what each level of it adds: all have one hue.
    fn new(added: &[Light]) -> Primary {
        let dot = |left: &Light, right: &Light| left.iter().zip(right).map(|(l, r)| l * r).sum::<f32>();
        let brightest = added.iter().copied().max_by(|left, right| dot(left, left).total_cmp(&dot(right, right)));
        let light = brightest.unwrap_or_default();
        let length = dot(&light, &light).max(f32::MIN_POSITIVE);
        Primary { light, curve: added.iter().map(|added| dot(added, &light) / length).collect() }
    }
}

impl Shaper<u16> for Wide {
    fn new(icc: &[u8]) -> Option<Self> {
        let (black, colors) = parts::<u16, _>(icc, |lights| Primary::new(&lights))?;
        Some(Wide { black, colors, encoding: SrgbEncoding::get() })
    }

    fn convert(&self, device: [u16; 3]) -> [u16; 3] {
        let mut sum = self.black;
        for (sample, primary) in device.into_iter().zip(&self.colors) {
            let amount = primary.curve[sample.index()];
            sum.iter_mut().zip(&primary.light).for_each(|(sum, light)| *sum += light * amount);
        }
        sum.map(|light| u16::from_f32(self.encoding.encode(light) * <u16 as Sample>::MAX))
    }
}
