//! Converts pictures to sRGB.

use crate::codecs::color::Inks;
use crate::codecs::color::assumed::assumed;
use crate::codecs::color::inks;
use crate::codecs::color::lattice::Lattice;
use crate::codecs::color::profile::Checked;
use crate::codecs::color::profile::ProfileRefusal;
use crate::codecs::color::profile::check;
use crate::codecs::color::shaper::GrayCurve;
use crate::codecs::color::shaper::Level;
use crate::codecs::color::shaper::Shaper;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// Converts inks to sRGB; returns what the user should know as well.
pub(in crate::codecs) fn inks_to_srgb(inks: Inks, icc: Option<&[u8]>) -> (Raster, Option<String>) {
    let (pixels, warning) = inks::to_srgb(inks, icc);
    (pixels.into(), warning)
}

/// The picture in sRGB, in the same memory, and what the user should know. Alpha stays.
pub(in crate::codecs) fn to_srgb(mut raster: Raster, icc: Option<&[u8]>) -> (Raster, Option<String>) {
    let converted = match (icc, &mut raster) {
        (None, _) => Ok(()),
        (Some(icc), Raster::U8(pixels)) => convert(pixels, icc),
        (Some(icc), Raster::U16(pixels)) => convert(pixels, icc),
    };
    let warning = converted.err().map(|refusal| assumed(refusal, "sRGB is assumed"));
    (raster, warning)
}

fn convert<S: Level>(pixels: &mut Pixels<S>, icc: &[u8]) -> Result<(), ProfileRefusal> {
    match pixels.channels() {
        Channels::Gray => convert_gray::<S, 1>(pixels, icc),
        Channels::GrayAlpha => convert_gray::<S, 2>(pixels, icc),
        Channels::Rgb => convert_rgb::<S, 3>(pixels, icc),
        Channels::Rgba => convert_rgb::<S, 4>(pixels, icc),
    }
}

fn convert_gray<S: Level, const CHANNELS: usize>(pixels: &mut Pixels<S>, icc: &[u8]) -> Result<(), ProfileRefusal> {
    let Checked { icc, .. } = check(icc, b"GRAY")?;
    let curve = GrayCurve::new(&icc).ok_or(ProfileRefusal::Damaged)?;
    if !changes_nothing(|[gray, ..]| [curve.convert(gray); 3]) {
        let (pixels, _) = pixels.samples_mut().as_chunks_mut::<CHANNELS>();
        pixels.iter_mut().for_each(|pixel| pixel[0] = curve.convert(pixel[0]));
    }
    Ok(())
}

fn convert_rgb<S: Level, const CHANNELS: usize>(pixels: &mut Pixels<S>, icc: &[u8]) -> Result<(), ProfileRefusal> {
    let Checked { icc, has_table } = check(icc, b"RGB ")?;
    if has_table {
        let lattice = Lattice::<3>::new(&icc).ok_or(ProfileRefusal::Damaged)?;
        apply::<S, CHANNELS>(pixels, |color| lattice.convert(color));
    } else {
        let shaper = S::Shaper::new(&icc).ok_or(ProfileRefusal::Damaged)?;
        apply::<S, CHANNELS>(pixels, |color| shaper.convert(color));
    }
    Ok(())
}

/// Converts the first three samples of each pixel.
fn apply<S: Level, const CHANNELS: usize>(pixels: &mut Pixels<S>, convert: impl Fn([S; 3]) -> [S; 3]) {
    if changes_nothing(&convert) {
        return;
    }
    let (pixels, _) = pixels.samples_mut().as_chunks_mut::<CHANNELS>();
    for pixel in pixels {
        let (color, _) = pixel.split_first_chunk_mut().expect("a pixel has three colours");
        *color = convert(*color);
    }
}

/// Tells whether a coarse cube of all colours comes back within one level of 8 bits: the profile is some
/// writer's sRGB, and the pixels are better left alone.
fn changes_nothing<S: Sample>(convert: impl Fn([S; 3]) -> [S; 3]) -> bool {
    let levels = || (0..=255_u8).step_by(17).map(S::from_u8);
    let mut cube = levels().flat_map(|r| levels().flat_map(move |g| levels().map(move |b| [r, g, b])));
    let level = S::from_u8(1).to_f32();
    cube.all(|color| {
        let pairs = color.into_iter().zip(convert(color));
        pairs.into_iter().all(|(before, after)| (before.to_f32() - after.to_f32()).abs() <= level)
    })
}
