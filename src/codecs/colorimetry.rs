//! Profiles built from numbers: colours that a file describes by primaries and a curve, without
//! an ICC profile.

use lcms2::CIEXYZ;
use lcms2::CIExyY;
use lcms2::CIExyYTRIPLE;
use lcms2::Profile;
use lcms2::Tag;
use lcms2::TagSignature;
use lcms2::ToneCurve;

use crate::raster::Channels;

/// A chromaticity, x and y of CIE 1931.
pub(super) type Point = [f64; 2];

/// Chromaticities of a colour space's primaries and its white.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Primaries {
    /// The white point.
    pub(super) white: Point,
    /// Red, green and blue.
    pub(super) colors: [Point; 3],
}

/// CIE standard illuminant D65.
pub(super) const D65: Point = [0.3127, 0.329];

/// The white of profiles (ICC.1:2022, 7.2.16), as X, Y and Z.
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];
const D50_POINT: Point = [D50[0] / (D50[0] + D50[1] + D50[2]), D50[1] / (D50[0] + D50[1] + D50[2])];

impl Primaries {
    /// Those of sRGB and ITU-R BT.709.
    pub(super) const SRGB: Primaries = Primaries { white: D65, colors: [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06]] };

    /// Those of Adobe RGB (1998), 4.3.
    const ADOBE_RGB: Primaries = Primaries { white: D65, colors: [[0.64, 0.33], [0.21, 0.71], [0.15, 0.06]] };

    /// Tells whether all points lie so near to sRGB's that they are another rounding of them.
    pub(super) fn is_srgb(&self) -> bool {
        let points = |primaries: &Primaries| [primaries.colors.as_flattened(), &primaries.white].concat();
        points(self).iter().zip(points(&Self::SRGB)).all(|(found, known)| (found - known).abs() < 0.003)
    }
}

/// Curve from a sample, 0 to 1, to light, 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) enum Curve {
    /// IEC 61966-2-1.
    Srgb,
    /// ITU-R BT.709 and those that share its curve between 0 and 1.
    Bt709,
    /// The sample to this power.
    Power(f64),
    /// Any other.
    Function(fn(f64) -> f64),
}

impl Curve {
    fn tone(self) -> Option<ToneCurve> {
        // Gain and offset of ITU-T H.273, table 3, with all the digits that make the pieces meet.
        const GAIN: f64 = 1.099_296_826_809_44;
        const KNEE: f64 = 4.5 * 0.018_053_968_510_807;
        // Little CMS counts the kinds of curve of ICC.1:2022, 10.18, from 1.
        let parametric = |kind, parameters: &[f64]| ToneCurve::new_parametric(kind, parameters).ok();
        match self {
            Curve::Srgb => parametric(4, &[2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045]),
            Curve::Bt709 => parametric(4, &[1.0 / 0.45, 1.0 / GAIN, (GAIN - 1.0) / GAIN, 1.0 / 4.5, KNEE]),
            Curve::Power(exponent) => parametric(1, &[exponent]),
            Curve::Function(light) => {
                let entry = |step: u32| (light(f64::from(step) / 4095.0).clamp(0.0, 1.0) * 65535.0).round() as u16;
                let entries: Vec<u16> = (0..4096).map(entry).collect();
                Some(ToneCurve::new_tabulated(&entries))
            }
        }
    }
}

/// The ICC profile of pictures with these primaries and this curve. None where the primaries
/// span no triangle around their white.
pub(super) fn profile(primaries: &Primaries, curve: Curve, channels: Channels) -> Option<Vec<u8>> {
    let point = |[x, y]: Point| CIExyY { x, y, Y: 1.0 };
    let tone = curve.tone()?;
    if channels.without_alpha() == Channels::Gray {
        return Profile::new_gray(&point(D50_POINT), &tone).ok()?.icc().ok();
    }
    if primaries.white[1] <= 0.0 {
        return None;
    }
    let [red, green, blue] = primaries.colors.map(point);
    let colors = CIExyYTRIPLE { Red: red, Green: green, Blue: blue };
    let profile = Profile::new_rgb(&point(primaries.white), &colors, &[&tone, &tone, &tone]).ok()?;
    let colorant = |signature| match profile.read_tag(signature) {
        Tag::CIEXYZ(color) => Some(*color),
        _ => None,
    };
    let colorants = [
        colorant(TagSignature::RedColorantTag)?,
        colorant(TagSignature::GreenColorantTag)?,
        colorant(TagSignature::BlueColorantTag)?,
    ];
    let sum = |axis: fn(&CIEXYZ) -> f64| colorants.iter().map(axis).sum::<f64>();
    // Together they are white, here that of profiles.
    let white = [sum(|color| color.X), sum(|color| color.Y), sum(|color| color.Z)];
    let is_white = white.iter().zip(D50).all(|(found, known)| (found - known).abs() < 0.01);
    // The numbers of a profile reach to 32768; real colorants stay near 1.
    let is_real = |color: &CIEXYZ| [color.X, color.Y, color.Z].iter().all(|value| value.abs() < 4.0);
    if is_white && colorants.iter().all(is_real) { profile.icc().ok() } else { None }
}

/// The profile of Adobe RGB (1998), or its curve for grey pictures.
pub(super) fn adobe_rgb(channels: Channels) -> Option<Vec<u8>> {
    profile(&Primaries::ADOBE_RGB, Curve::Power(563.0 / 256.0), channels)
}
