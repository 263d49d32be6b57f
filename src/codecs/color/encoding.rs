//! The curve of sRGB (IEC 61966-2-1), from linear light.

use std::sync::LazyLock;

/// Straight between knots that lie the closer the darker: off by less than a fifth of a level of
/// 16 bits.
pub(super) struct SrgbEncoding {
    knots: Vec<f32>,
}

impl SrgbEncoding {
    /// Less light than this is black in 16 bits.
    const FIRST: f32 = 1.0 / (1 << 24) as f32;

    /// Bits of a number behind those that choose the knot: between two powers of two there are 128.
    const PART_BITS: u32 = 16;

    /// The one there is.
    pub(super) fn get() -> &'static SrgbEncoding {
        static ENCODING: LazyLock<SrgbEncoding> = LazyLock::new(|| {
            let number = |light: f32| light.to_bits() >> SrgbEncoding::PART_BITS;
            let knot = |number: u32| exact(f32::from_bits(number << SrgbEncoding::PART_BITS).into()) as f32;
            // One lies past white.
            SrgbEncoding { knots: (number(SrgbEncoding::FIRST)..=number(1.0) + 1).map(knot).collect() }
        });
        &ENCODING
    }

    /// From 0 to 1; what is less or more is cut off.
    pub(super) fn encode(&self, light: f32) -> f32 {
        #[expect(clippy::manual_clamp, reason = "what is no number becomes the first, not the end of the program")]
        let bits = light.max(Self::FIRST).min(1.0).to_bits() - Self::FIRST.to_bits();
        let (knot, part) = ((bits >> Self::PART_BITS) as usize, bits & ((1 << Self::PART_BITS) - 1));
        let (low, high) = (self.knots[knot], self.knots[knot + 1]);
        low + (high - low) * (part as f32 / (1 << Self::PART_BITS) as f32)
    }
}

fn exact(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::SrgbEncoding;
    use super::exact;

    #[test]
    fn no_level_of_16_bits_is_missed() {
        let encoding = SrgbEncoding::get();
        let lights = (0..=1_000_000).map(|step| f64::from(step) / 1_000_000.0).map(|share| share * share);
        let off = lights.map(|light| (f64::from(encoding.encode(light as f32)) - exact(light)).abs() * 65535.0);
        assert!(off.fold(0.0, f64::max) < 0.2);
        let beyond = [(-1.0, 0.0), (f32::NAN, 0.0), (1.5, 1.0), (f32::INFINITY, 1.0), (f32::NEG_INFINITY, 0.0)];
        assert!(beyond.into_iter().all(|(light, level)| (encoding.encode(light) - level).abs() < 1e-6));
    }
}
