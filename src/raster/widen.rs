//! The same picture with more room in its samples.

use crate::each_depth;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// The picture with colour channels: grey becomes equal red, green and blue, alpha stays.
#[must_use]
pub fn with_color(raster: Raster) -> Raster {
    match raster.channels() {
        Channels::Gray => each_depth!(raster, pixels => rearranged(&pixels, Channels::Rgb, &[0, 0, 0]).into()),
        Channels::GrayAlpha => each_depth!(raster, pixels => rearranged(&pixels, Channels::Rgba, &[0, 0, 0, 1]).into()),
        Channels::Rgb | Channels::Rgba => raster,
    }
}

/// The picture with an alpha channel, opaque if it had none.
#[must_use]
pub fn with_alpha(raster: Raster) -> Raster {
    // A place past the last sample means opaque.
    match raster.channels() {
        Channels::Gray => each_depth!(raster, pixels => rearranged(&pixels, Channels::GrayAlpha, &[0, 1]).into()),
        Channels::Rgb => each_depth!(raster, pixels => rearranged(&pixels, Channels::Rgba, &[0, 1, 2, 3]).into()),
        Channels::GrayAlpha | Channels::Rgba => raster,
    }
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

/// Takes each new sample from the place in the old pixel that `from` names.
fn rearranged<S: Sample>(source: &Pixels<S>, channels: Channels, from: &[usize]) -> Pixels<S> {
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
