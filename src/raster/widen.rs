//! The same picture with more room in its samples.

use std::borrow::Cow;

use crate::each_depth;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// The picture with colour channels: grey becomes equal red, green and blue, alpha stays.
#[must_use]
pub fn with_color(raster: &Raster) -> Cow<'_, Raster> {
    match raster.channels() {
        Channels::Gray => rearranged(raster, Channels::Rgb, &[0, 0, 0]),
        Channels::GrayAlpha => rearranged(raster, Channels::Rgba, &[0, 0, 0, 1]),
        Channels::Rgb | Channels::Rgba => Cow::Borrowed(raster),
    }
}

/// The picture with an alpha channel, opaque if it had none.
#[must_use]
pub fn with_alpha(raster: &Raster) -> Cow<'_, Raster> {
    // A place past the last sample means opaque.
    match raster.channels() {
        Channels::Gray => rearranged(raster, Channels::GrayAlpha, &[0, 1]),
        Channels::Rgb => rearranged(raster, Channels::Rgba, &[0, 1, 2, 3]),
        Channels::GrayAlpha | Channels::Rgba => Cow::Borrowed(raster),
    }
}

/// Returns the picture with these channels, of which it has some: what is missing is added in one copy.
pub(crate) fn widened(raster: &Raster, channels: Channels) -> Cow<'_, Raster> {
    let has = raster.channels();
    if has == channels {
        return Cow::Borrowed(raster);
    }
    let colors: &[usize] = if channels.without_alpha() == has.without_alpha() { &[0, 1, 2] } else { &[0, 0, 0] };
    let colors = &colors[..channels.without_alpha().count()];
    // Where the old pixel has its alpha, or would have it.
    let alpha = has.without_alpha().count();
    let from: Vec<usize> = colors.iter().copied().chain([alpha]).take(channels.count()).collect();
    rearranged(raster, channels, &from)
}

/// The picture in 16 bits a sample.
#[must_use]
pub fn with_u16(raster: Raster) -> Pixels<u16> {
    match raster {
        Raster::U16(pixels) => pixels,
        Raster::U8(pixels) => {
            let data = pixels.samples().iter().map(|&sample| u16::from_u8(sample)).collect();
            Pixels::from_samples(pixels.size(), pixels.channels(), data)
        }
    }
}

fn rearranged(raster: &Raster, channels: Channels, from: &[usize]) -> Cow<'static, Raster> {
    Cow::Owned(each_depth!(raster, pixels => taken(pixels, channels, from).into()))
}

/// Takes each new sample from the place in the old pixel that `from` names.
fn taken<S: Sample>(source: &Pixels<S>, channels: Channels, from: &[usize]) -> Pixels<S> {
    let opaque = S::from_f32(S::MAX);
    let mut widened = Pixels::new(source.size(), channels);
    let pixels = source.samples().chunks_exact(source.channels().count());
    for (target, pixel) in widened.samples_mut().chunks_exact_mut(channels.count()).zip(pixels) {
        for (sample, &place) in target.iter_mut().zip(from) {
            *sample = pixel.get(place).copied().unwrap_or(opaque);
        }
    }
    widened
}
