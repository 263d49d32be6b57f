//! From the colours that a file's ICC profile describes to sRGB.

use moxcms::CmsError;
use moxcms::ColorProfile;
use moxcms::DataColorSpace;
use moxcms::Layout;
use moxcms::ParsingOptions;
use moxcms::TransformExecutor;
use moxcms::TransformOptions;

use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// What is said where a profile cannot be used.
pub(super) const DAMAGED: &str = "the colour profile is damaged; sRGB is assumed";

/// Most bytes that a conversion needs beside the picture: a block of pixels, the profile's
/// tables and those of the transform, which [`PARSING`] bounds.
pub(super) const WORKING_BYTES: u64 = 8 << 20;

/// A colour table of 33 steps a side, the usual size, has 108,000 numbers.
const PARSING: ParsingOptions =
    ParsingOptions { max_profile_size: 4 << 20, max_allowed_clut_size: 500_000, max_allowed_trc_size: 40_000 };

/// Samples that are converted at once. Small enough for the cache.
const BLOCK_SAMPLES: usize = 48 * 1024;

/// Converts in place. Alpha stays. Returns what the user should know.
pub(super) fn to_srgb(raster: &mut Raster, icc: &[u8]) -> Option<String> {
    let Ok(profile) = ColorProfile::new_from_slice_with_options(icc, PARSING) else {
        return Some(DAMAGED.to_owned());
    };
    let expected = match raster.channels() {
        Channels::Gray | Channels::GrayAlpha => DataColorSpace::Gray,
        Channels::Rgb | Channels::Rgba => DataColorSpace::Rgb,
    };
    if profile.color_space != expected {
        return Some("the colour profile is for another kind of picture; sRGB is assumed".to_owned());
    }
    match convert(raster, &profile) {
        Ok(()) => None,
        Err(_) => Some(DAMAGED.to_owned()),
    }
}

fn convert(raster: &mut Raster, profile: &ColorProfile) -> Result<(), CmsError> {
    let (layout, srgb) = match raster.channels() {
        Channels::Gray => (Layout::Gray, gray_srgb()),
        Channels::GrayAlpha => (Layout::GrayAlpha, gray_srgb()),
        Channels::Rgb => (Layout::Rgb, ColorProfile::new_srgb()),
        Channels::Rgba => (Layout::Rgba, ColorProfile::new_srgb()),
    };
    // Fixed point takes half the time and is off by two levels instead of one.
    let options = TransformOptions { prefer_fixed_point: false, ..TransformOptions::default() };
    let narrow = profile.create_transform_8bit(layout, &srgb, layout, options)?;
    if changes_nothing(narrow.as_ref(), raster.channels())? {
        return Ok(());
    }
    match raster {
        Raster::U8(pixels) => apply(pixels, narrow.as_ref()),
        Raster::U16(pixels) => {
            let wide = profile.create_transform_16bit(layout, &srgb, layout, options)?;
            apply(pixels, wide.as_ref())
        }
    }
}

/// sRGB's curve for grey pictures.
fn gray_srgb() -> ColorProfile {
    let mut profile = ColorProfile::new_gray_with_gamma(2.2);
    profile.gray_trc = ColorProfile::new_srgb().red_trc;
    profile
}

/// Whether a coarse cube of all colours comes back within one level: the profile is some
/// writer's sRGB, and the pixels are better left alone.
fn changes_nothing(transform: &dyn TransformExecutor<u8>, channels: Channels) -> Result<bool, CmsError> {
    let levels = || (0..=255_u8).step_by(17);
    let mut probe = Vec::new();
    if channels.without_alpha() == Channels::Gray {
        probe.extend(0..=255_u8);
    } else {
        probe.extend(levels().flat_map(|r| levels().flat_map(move |g| levels().flat_map(move |b| [r, g, b]))));
    }
    if channels.has_alpha() {
        let colors = channels.without_alpha().count();
        probe = probe.chunks_exact(colors).flat_map(|color| color.iter().copied().chain([255])).collect();
    }
    let mut converted = vec![0; probe.len()];
    transform.transform(&probe, &mut converted)?;
    Ok(probe.iter().zip(&converted).all(|(before, after)| before.abs_diff(*after) <= 1))
}

fn apply<S: Sample>(pixels: &mut Pixels<S>, transform: &dyn TransformExecutor<S>) -> Result<(), CmsError> {
    let channels = pixels.channels();
    let length = BLOCK_SAMPLES / channels.count() * channels.count();
    let mut before = Vec::with_capacity(length);
    for block in pixels.samples_mut().chunks_mut(length) {
        before.clear();
        before.extend_from_slice(block);
        transform.transform(&before, block)?;
        if channels.has_alpha() {
            let pairs = block.chunks_exact_mut(channels.count()).zip(before.chunks_exact(channels.count()));
            pairs.for_each(|(after, before)| after[channels.count() - 1] = before[channels.count() - 1]);
        }
    }
    Ok(())
}
