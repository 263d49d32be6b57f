//! Putting pictures together: on a background, and into a larger canvas.

use crate::each_depth;
use crate::geometry::Rect;
use crate::options::Color;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// The picture on an opaque `background`, without alpha. A grey picture stays grey if the
/// background is grey too.
#[must_use]
pub fn flatten(raster: Raster, background: Color) -> Raster {
    if !raster.channels().has_alpha() {
        return raster;
    }
    each_depth!(raster, pixels => flattened(&pixels, background).into())
}

fn flattened<S: Sample>(source: &Pixels<S>, background: Color) -> Pixels<S> {
    let [red, green, blue, _] = background.rgba;
    let channels = match source.channels() {
        Channels::GrayAlpha if red == green && green == blue => Channels::Gray,
        _ => Channels::Rgb,
    };
    let ground: Vec<f32> = [red, green, blue].iter().map(|&level| S::from_u8(level).to_f32()).collect();
    let mut flat = Pixels::new(source.size(), channels);
    let (count, colors) = (source.channels().count(), source.channels().count() - 1);
    let pixels = source.samples().chunks_exact(count);
    for (target, pixel) in flat.samples_mut().chunks_exact_mut(channels.count()).zip(pixels) {
        let alpha = pixel[colors].to_f32() / S::MAX;
        // Nearly all pixels are one or the other.
        if alpha == 1.0 && channels.count() == colors {
            target.copy_from_slice(&pixel[..colors]);
            continue;
        }
        for (channel, sample) in target.iter_mut().enumerate() {
            // A grey pixel lends its one level to all three colours.
            let level = pixel[channel.min(colors - 1)].to_f32();
            *sample = S::from_f32(ground[channel] + (level - ground[channel]) * alpha);
        }
    }
    flat
}

/// Copies `picture` into `canvas` with its left top corner at `at.x`, `at.y`.
///
/// # Panics
/// If `at` has not the picture's size, does not lie inside the canvas, or the two differ in
/// channels or depth.
pub fn place(canvas: &mut Raster, picture: &Raster, at: Rect) {
    match (canvas, picture) {
        (Raster::U8(canvas), Raster::U8(picture)) => placed(canvas, picture, at),
        (Raster::U16(canvas), Raster::U16(picture)) => placed(canvas, picture, at),
        _ => panic!("canvas and picture differ in depth"),
    }
}

fn placed<S: Sample>(canvas: &mut Pixels<S>, picture: &Pixels<S>, at: Rect) {
    assert_eq!(canvas.channels(), picture.channels(), "canvas and picture differ in channels");
    assert_eq!(picture.size(), at.size(), "the place has not the picture's size");
    let count = canvas.channels().count();
    for y in 0..at.height {
        let line = &mut canvas.row_mut(at.y + y)[at.x as usize * count..][..at.width as usize * count];
        line.copy_from_slice(picture.row(y));
    }
}
