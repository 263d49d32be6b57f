//! Between sRGB and linear light.

use std::sync::LazyLock;

use crate::raster::Pixels;

/// Makes colours proportional to light (IEC 61966-2-1); alpha stays as it is.
pub(crate) fn to_linear(pixels: &mut Pixels<u16>) {
    static CURVE: LazyLock<Curve> = LazyLock::new(|| {
        Curve::of(|level| if level <= 0.040_45 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) })
    });
    CURVE.change(pixels);
}

/// The other way.
pub(crate) fn to_srgb(pixels: &mut Pixels<u16>) {
    static CURVE: LazyLock<Curve> = LazyLock::new(|| {
        Curve::of(|level| if level <= 0.003_130_8 { level * 12.92 } else { 1.055 * level.powf(1.0 / 2.4) - 0.055 })
    });
    CURVE.change(pixels);
}

/// Table from levels to light: powers take long, and these curves are straight from one knot to the next.
struct Curve {
    knots: Vec<f32>,
}

impl Curve {
    /// Samples from one knot to the next. Nowhere does this change more than one and a bit.
    const STEP: u16 = 16;

    fn of(curve: impl Fn(f32) -> f32) -> Curve {
        let knot = |number: u32| curve((number * u32::from(Curve::STEP)) as f32 / 65535.0) * 65535.0;
        // One lies past the last sample.
        Curve { knots: (0..=65536 / u32::from(Curve::STEP)).map(knot).collect() }
    }

    fn change(&self, pixels: &mut Pixels<u16>) {
        let (count, colors) = (pixels.channels().count(), pixels.channels().without_alpha().count());
        for pixel in pixels.samples_mut().chunks_exact_mut(count) {
            for sample in &mut pixel[..colors] {
                let (before, part) = (usize::from(*sample / Curve::STEP), f32::from(*sample % Curve::STEP));
                let (low, high) = (self.knots[before], self.knots[before + 1]);
                *sample = (low + (high - low) * (part / f32::from(Curve::STEP)) + 0.5) as u16;
            }
        }
    }
}
