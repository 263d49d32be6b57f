//! Pixels in memory: what a decoder returns, what stages and engines work on, what an encoder
//! takes. No files and no formats.
//!
//! A [`Raster`] is interleaved, row by row, without padding; 8 or 16 bits a sample; grey or
//! RGB, with straight (not premultiplied) alpha or without; colours are sRGB. Code that does
//! not care about the depth is written once over [`Pixels<S>`] and dispatched by
//! [`each_depth!`](crate::raster::each_depth).

mod analyse;
mod blur;
mod compose;
mod lanes;
mod light;
pub(crate) mod median;
pub(crate) mod membrane;
mod orient;
mod planes;
mod reduction;
mod resample;
mod shape;
mod showing;
mod soften;
mod transpose;
mod view;
mod widen;
mod ycc;

use std::borrow::Cow;
use std::fmt::Debug;

use crate::geometry::Size;

pub(crate) use analyse::Border;
pub(crate) use analyse::Samples;
pub use analyse::border;
pub use blur::blur;
pub use compose::flatten;
pub(crate) use compose::flattened_channels;
pub use compose::place;
pub(crate) use lanes::Lanes;
pub(crate) use light::to_linear;
pub(crate) use light::to_srgb;
pub use orient::orient;
pub(crate) use planes::Plane;
pub(crate) use planes::PlaneRows;
pub(crate) use planes::PlaneShape;
pub(crate) use planes::Planes;
pub(crate) use reduction::waiting_bytes;
pub use resample::Filter;
pub use resample::resample;
pub(crate) use shape::Kind;
pub(crate) use shape::PlanesShape;
pub(crate) use shape::ViewShape;
pub use showing::Showing;
pub use view::View;
pub(crate) use widen::widened;
pub use widen::with_alpha;
pub use widen::with_color;
pub use widen::with_u16;
pub(crate) use ycc::to_rgb;

/// Samples of a pixel, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channels {
    /// One grey sample.
    Gray,
    /// Grey and alpha.
    GrayAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
}

impl Channels {
    /// Samples per pixel, 1 to 4.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Channels::Gray => 1,
            Channels::GrayAlpha => 2,
            Channels::Rgb => 3,
            Channels::Rgba => 4,
        }
    }

    /// Tells whether the last sample is alpha.
    #[must_use]
    pub const fn has_alpha(self) -> bool {
        matches!(self, Channels::GrayAlpha | Channels::Rgba)
    }

    /// The same with colour samples.
    #[must_use]
    pub const fn with_color(self) -> Self {
        match self {
            Channels::Gray | Channels::Rgb => Channels::Rgb,
            Channels::GrayAlpha | Channels::Rgba => Channels::Rgba,
        }
    }

    /// The same with alpha.
    #[must_use]
    pub const fn with_alpha(self) -> Self {
        match self {
            Channels::Gray | Channels::GrayAlpha => Channels::GrayAlpha,
            Channels::Rgb | Channels::Rgba => Channels::Rgba,
        }
    }

    /// The same colours without alpha.
    #[must_use]
    pub const fn without_alpha(self) -> Self {
        match self {
            Channels::Gray | Channels::GrayAlpha => Channels::Gray,
            Channels::Rgb | Channels::Rgba => Channels::Rgb,
        }
    }
}

/// One sample: `u8` or `u16`, where the type's largest value is white or opaque.
pub trait Sample: Copy + Default + PartialEq + PartialOrd + Debug + Send + Sync + 'static {
    /// White, or opaque.
    const MAX: f32;

    /// The sample as a number from 0 to [`Sample::MAX`].
    fn to_f32(self) -> f32;

    /// The nearest sample, half up; below 0 and above [`Sample::MAX`] the bound.
    fn from_f32(value: f32) -> Self;

    /// The sample that means the same as `value` does in 8 bits.
    fn from_u8(value: u8) -> Self;

    /// The sample as it looks on `ground`, where `alpha` says how much it hides of it: the
    /// nearest of the exact mean.
    fn over(self, ground: Self, alpha: Self) -> Self;
}

impl Sample for u8 {
    const MAX: f32 = 255.0;

    #[inline]
    fn to_f32(self) -> f32 {
        self.into()
    }

    #[inline]
    fn from_f32(value: f32) -> Self {
        // The cast saturates at both ends.
        (value + 0.5) as u8
    }

    #[inline]
    fn from_u8(value: u8) -> Self {
        value
    }

    #[inline]
    fn over(self, ground: Self, alpha: Self) -> Self {
        let [level, ground, alpha] = [self, ground, alpha].map(u16::from);
        let sum = level * alpha + ground * (255 - alpha) + 128;
        // Division by 255 to the nearest, as a vector instruction can do it.
        ((sum + (sum >> 8)) >> 8) as u8
    }
}

impl Sample for u16 {
    const MAX: f32 = 65535.0;

    #[inline]
    fn to_f32(self) -> f32 {
        self.into()
    }

    #[inline]
    fn from_f32(value: f32) -> Self {
        (value + 0.5) as u16
    }

    #[inline]
    fn from_u8(value: u8) -> Self {
        u16::from(value) * 257
    }

    #[inline]
    fn over(self, ground: Self, alpha: Self) -> Self {
        let [level, ground, alpha] = [self, ground, alpha].map(u64::from);
        let sum = level * alpha + ground * (65535 - alpha) + 32768;
        ((sum + (sum >> 16)) >> 16) as u16
    }
}

/// A picture of one sample depth.
#[derive(Debug, Clone, PartialEq)]
pub struct Pixels<S> {
    size: Size,
    channels: Channels,
    data: Vec<S>,
}

impl<S: Sample> Pixels<S> {
    /// Makes a picture of `size` with every sample 0: black, transparent where there is alpha.
    ///
    /// # Panics
    /// If its samples cannot be counted in the address space.
    #[must_use]
    pub fn new(size: Size, channels: Channels) -> Self {
        let samples = usize::try_from(size.area()).expect("a picture fits the address space") * channels.count();
        Pixels { size, channels, data: vec![S::default(); samples] }
    }

    /// A picture from its samples, interleaved, row by row.
    ///
    /// # Panics
    /// If there are not exactly `width · height · channels` samples.
    #[must_use]
    pub fn from_samples(size: Size, channels: Channels, data: Vec<S>) -> Self {
        assert_eq!(data.len() as u64, size.area() * channels.count() as u64, "samples of a {size} picture");
        Pixels { size, channels, data }
    }

    /// Width and height.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Returns the kinds of samples of a pixel.
    #[must_use]
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// All samples.
    #[must_use]
    pub fn samples(&self) -> &[S] {
        &self.data
    }

    /// All samples, to write.
    #[must_use]
    pub fn samples_mut(&mut self) -> &mut [S] {
        &mut self.data
    }

    /// Samples per row.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.size.width as usize * self.channels.count()
    }

    /// The samples of row `y`, counted from the top.
    #[must_use]
    pub fn row(&self, y: u32) -> &[S] {
        let stride = self.stride();
        &self.data[y as usize * stride..][..stride]
    }

    /// The samples of row `y`, to write.
    #[must_use]
    pub fn row_mut(&mut self, y: u32) -> &mut [S] {
        let stride = self.stride();
        &mut self.data[y as usize * stride..][..stride]
    }

    /// The samples of one pixel.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> &[S] {
        let count = self.channels.count();
        &self.row(y)[x as usize * count..][..count]
    }
}

impl Pixels<u16> {
    fn to_u8(&self) -> Pixels<u8> {
        // 65535 / 257 = 255, and 257 is what from_u8 multiplies by.
        let data = self.data.iter().map(|&sample| ((u32::from(sample) + 128) / 257) as u8).collect();
        Pixels { size: self.size, channels: self.channels, data }
    }
}

/// A picture of either depth.
#[derive(Debug, Clone, PartialEq)]
pub enum Raster {
    /// 8 bits a sample.
    U8(Pixels<u8>),
    /// 16 bits a sample.
    U16(Pixels<u16>),
}

/// Runs the same expression for either depth of a [`Raster`], with its [`Pixels`] bound to the
/// given name.
#[macro_export]
macro_rules! each_depth {
    ($raster:expr, $pixels:ident => $body:expr) => {
        match $raster {
            $crate::raster::Raster::U8($pixels) => $body,
            $crate::raster::Raster::U16($pixels) => $body,
        }
    };
}

#[doc(inline)]
pub use crate::each_depth;

impl From<Pixels<u8>> for Raster {
    fn from(pixels: Pixels<u8>) -> Self {
        Raster::U8(pixels)
    }
}

impl From<Pixels<u16>> for Raster {
    fn from(pixels: Pixels<u16>) -> Self {
        Raster::U16(pixels)
    }
}

impl Raster {
    /// Width and height.
    #[must_use]
    pub fn size(&self) -> Size {
        each_depth!(self, pixels => pixels.size())
    }

    /// Returns the kinds of samples of a pixel.
    #[must_use]
    pub fn channels(&self) -> Channels {
        each_depth!(self, pixels => pixels.channels())
    }

    /// Bytes of one sample: 1 or 2.
    #[must_use]
    pub fn sample_bytes(&self) -> usize {
        match self {
            Raster::U8(_) => 1,
            Raster::U16(_) => 2,
        }
    }

    /// A black, where possible transparent, picture of `size` with the channels and the depth
    /// of this one.
    #[must_use]
    pub fn blank(&self, size: Size) -> Raster {
        match self {
            Raster::U8(pixels) => Pixels::<u8>::new(size, pixels.channels()).into(),
            Raster::U16(pixels) => Pixels::<u16>::new(size, pixels.channels()).into(),
        }
    }

    /// The picture in 8 bits a sample; 16 bits are rounded to the nearest.
    #[must_use]
    pub fn into_u8(self) -> Pixels<u8> {
        match self {
            Raster::U8(pixels) => pixels,
            Raster::U16(pixels) => pixels.to_u8(),
        }
    }

    /// Returns the picture in 8 bits a sample, as a picture of either depth.
    #[must_use]
    pub fn narrowed(&self) -> Cow<'_, Raster> {
        match self {
            Raster::U8(_) => Cow::Borrowed(self),
            Raster::U16(pixels) => Cow::Owned(pixels.to_u8().into()),
        }
    }

    /// The same of a picture that is needed once more.
    #[must_use]
    pub fn to_u8(&self) -> Cow<'_, Pixels<u8>> {
        match self {
            Raster::U8(pixels) => Cow::Borrowed(pixels),
            Raster::U16(pixels) => Cow::Owned(pixels.to_u8()),
        }
    }
}
