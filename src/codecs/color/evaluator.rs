//! Converts a colour by a profile, exactly and slowly: Little CMS in floating point.

use lcms2::CIExyY;
use lcms2::CIExyYTRIPLE;
use lcms2::Flags;
use lcms2::Intent;
use lcms2::PixelFormat;
use lcms2::Profile;
use lcms2::ThreadContext;
use lcms2::ToneCurve;
use lcms2::Transform;

/// Numbers that the sRGB numbers of an [`Evaluator`] are proportional to. They are not cut off at 0 and 1:
/// what lies outside of sRGB is cut off after interpolation, or edges of the gamut would move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Light.
    Linear,
    /// Samples, by the curve of IEC 61966-2-1.
    Encoded,
}

/// From `N` device samples to sRGB: relative colorimetric, with black point compensation.
pub(super) struct Evaluator<const N: usize> {
    transform: Transform<[f32; N], [f32; 3], ThreadContext>,
    /// Must outlive the transform, and fields are dropped in this order.
    _context: ThreadContext,
}

impl<const N: usize> Evaluator<N> {
    /// Format of the device's samples as Little CMS calls it, and its number for a full sample: inks are in percent.
    const DEVICE: (PixelFormat, f32) = match N {
        1 => (PixelFormat::GRAY_FLT, 1.0),
        3 => (PixelFormat::RGB_FLT, 1.0),
        4 => (PixelFormat::CMYK_FLT, 100.0),
        _ => panic!("a picture has one, three or four colours"),
    };

    /// For a profile that [`check`](super::profile::check) let through; none if tags are missing
    /// or damaged.
    pub(super) fn new(icc: &[u8], scale: Scale) -> Option<Self> {
        let context = ThreadContext::new();
        let profile = Profile::new_icc_context(&context, icc).ok()?;
        let srgb = match scale {
            Scale::Linear => linear_srgb(&context)?,
            Scale::Encoded => Profile::new_srgb_context(&context),
        };
        let (device, _) = Self::DEVICE;
        // Its optimised tables are cut off at the bounds of sRGB and coarse in the dark.
        let flags = Flags::BLACKPOINT_COMPENSATION | Flags::NO_OPTIMIZE;
        let intent = Intent::RelativeColorimetric;
        let transform =
            Transform::new_flags_context(&context, &profile, device, &srgb, PixelFormat::RGB_FLT, intent, flags);
        Some(Evaluator { transform: transform.ok()?, _context: context })
    }

    /// The colours of device samples from 0 to 1; of inks, from none to as much as there can be.
    pub(super) fn colors(&self, device: impl Iterator<Item = [f32; N]>) -> Vec<[f32; 3]> {
        let (_, full) = Self::DEVICE;
        let device: Vec<_> = device.map(|samples| samples.map(|sample| sample * full)).collect();
        let mut colors = vec![[0.0; 3]; device.len()];
        self.transform.transform_pixels(&device, &mut colors);
        colors
    }
}

/// sRGB without its curve, made as Little CMS makes sRGB.
fn linear_srgb(context: &ThreadContext) -> Option<Profile<ThreadContext>> {
    let point = |x, y| CIExyY { x, y, Y: 1.0 };
    let primaries = CIExyYTRIPLE { Red: point(0.64, 0.33), Green: point(0.3, 0.6), Blue: point(0.15, 0.06) };
    let straight = ToneCurve::new(1.0);
    Profile::new_rgb_context(context, &point(0.3127, 0.329), &primaries, &[&straight, &straight, &straight]).ok()
}
