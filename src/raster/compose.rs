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

/// Returns the channels of a picture with `channels` once it lies on `background`.
pub(crate) fn flattened_channels(channels: Channels, background: Color) -> Channels {
    match channels {
        Channels::GrayAlpha if !background.is_gray() => Channels::Rgb,
        channels => channels.without_alpha(),
    }
}

fn flattened<S: Sample>(source: &Pixels<S>, background: Color) -> Pixels<S> {
    let [red, green, blue, _] = background.rgba;
    let ground = [red, green, blue].map(S::from_u8);
    match source.channels() {
        Channels::GrayAlpha if red == green && green == blue => {
            let flat = each_pixel(source, |[gray, alpha]| [gray.over(ground[0], alpha)]);
            Pixels::from_samples(source.size(), Channels::Gray, flat)
        }
        Channels::GrayAlpha => {
            let flat = each_pixel(source, |[gray, alpha]| ground.map(|ground| gray.over(ground, alpha)));
            Pixels::from_samples(source.size(), Channels::Rgb, flat)
        }
        _ => {
            let flat = each_pixel(source, |[red, green, blue, alpha]| {
                [red.over(ground[0], alpha), green.over(ground[1], alpha), blue.over(ground[2], alpha)]
            });
            Pixels::from_samples(source.size(), Channels::Rgb, flat)
        }
    }
}

/// The samples of a picture of which every pixel becomes another.
fn each_pixel<S: Sample, const FROM: usize, const TO: usize>(
    source: &Pixels<S>,
    change: impl Fn([S; FROM]) -> [S; TO],
) -> Vec<S> {
    let (pixels, _) = source.samples().as_chunks();
    let mut changed = vec![S::default(); pixels.len() * TO];
    let (places, _) = changed.as_chunks_mut();
    // A loop over places that are there: what collects pixels is inlined by chance, and a third slower where it is not.
    for (place, &pixel) in places.iter_mut().zip(pixels) {
        *place = change(pixel);
    }
    changed
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
