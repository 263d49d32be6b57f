//! Pictures for tests.

use recanvas::geometry::Size;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use recanvas::raster::Sample;

pub(crate) const ALL_CHANNELS: [Channels; 4] = [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba];

/// Numbers without pattern, the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number from 0 to 65535.
    pub(crate) fn roll(&mut self) -> u16 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u16
    }
}

/// A picture in 8 and in 16 bits whose samples are `level(x, y, channel)`, from 0 to 1.
pub(crate) fn both_depths(size: Size, channels: Channels, level: impl Fn(u32, u32, usize) -> f32) -> [Raster; 2] {
    fn drawn<S: Sample>(size: Size, channels: Channels, level: impl Fn(u32, u32, usize) -> f32) -> Pixels<S> {
        let positions = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
        let samples = positions.flat_map(|(x, y)| (0..channels.count()).map(move |channel| (x, y, channel)));
        let data = samples.map(|(x, y, channel)| S::from_f32(level(x, y, channel) * S::MAX)).collect();
        Pixels::from_samples(size, channels, data)
    }
    [drawn::<u8>(size, channels, &level).into(), drawn::<u16>(size, channels, &level).into()]
}

/// A picture of noise in 8 and in 16 bits; alpha is noise, too.
pub(crate) fn noise(size: Size, channels: Channels) -> [Raster; 2] {
    let mut dice = Dice::new(size.area() + channels.count() as u64);
    let rolled: Vec<f32> = (0..size.area() as usize * 4).map(|_| f32::from(dice.roll()) / 65535.0).collect();
    both_depths(size, channels, |x, y, channel| rolled[((y * size.width + x) * 4) as usize + channel])
}

/// One sample, from 0 to 1.
pub(crate) fn level(raster: &Raster, x: u32, y: u32, channel: usize) -> f64 {
    match raster {
        Raster::U8(pixels) => f64::from(pixels.pixel(x, y)[channel]) / 255.0,
        Raster::U16(pixels) => f64::from(pixels.pixel(x, y)[channel]) / 65535.0,
    }
}

/// The samples of one pixel as numbers of its own depth.
pub(crate) fn pixel(raster: &Raster, x: u32, y: u32) -> Vec<u16> {
    match raster {
        Raster::U8(pixels) => pixels.pixel(x, y).iter().map(|&sample| sample.into()).collect(),
        Raster::U16(pixels) => pixels.pixel(x, y).to_vec(),
    }
}
