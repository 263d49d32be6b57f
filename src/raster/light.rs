//! Between sRGB and linear light.

use crate::raster::Pixels;

/// Makes colours proportional to light (IEC 61966-2-1); alpha stays as it is.
pub(crate) fn to_linear(pixels: &mut Pixels<u16>) {
    change(pixels, |level| if level <= 0.040_45 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) });
}

/// The other way.
pub(crate) fn to_srgb(pixels: &mut Pixels<u16>) {
    change(pixels, |level| if level <= 0.003_130_8 { level * 12.92 } else { 1.055 * level.powf(1.0 / 2.4) - 0.055 });
}

fn change(pixels: &mut Pixels<u16>, curve: impl Fn(f32) -> f32) {
    let (count, colors) = (pixels.channels().count(), pixels.channels().without_alpha().count());
    for pixel in pixels.samples_mut().chunks_exact_mut(count) {
        for sample in &mut pixel[..colors] {
            *sample = (curve(f32::from(*sample) / 65535.0) * 65535.0 + 0.5) as u16;
        }
    }
}
