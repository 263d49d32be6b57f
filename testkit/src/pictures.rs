//! Results: the source where the provider puts it, and margins that continue it.

use std::io::Cursor;
use std::sync::Arc;

use image::DynamicImage;
use image::ImageFormat;
use image::ImageReader;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops;
use image::imageops::FilterType;

use crate::faults::Flaw;
use crate::script::Repaint;

/// Pixels from the source's border within which margins go over from its mirror image to a
/// blurred one.
const BLEND: f32 = 48.0;
/// How much smaller the blurred picture is made on the way.
const COARSER: u32 = 8;

/// The rectangle of the canvas on which the source lies; parts of it may lie outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Pixels from the canvas's left edge to the source's.
    pub x: i32,
    /// Pixels from the canvas's upper edge to the source's.
    pub y: i32,
    /// Width in pixels of the canvas.
    pub width: u32,
    /// Height in pixels of the canvas.
    pub height: u32,
}

/// What was ordered.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The file that was sent.
    pub(crate) picture: Arc<[u8]>,
    pub(crate) canvas: (u32, u32),
    pub(crate) place: Place,
    /// The result's size, where the provider silently makes it smaller than the canvas.
    pub(crate) output: (u32, u32),
    pub(crate) format: ImageFormat,
    /// What a good client would not have asked for.
    pub(crate) notes: Vec<String>,
}

/// Size and type of a picture, by its bytes.
pub(super) fn measure(bytes: &[u8]) -> Option<((u32, u32), ImageFormat)> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let format = reader.format()?;
    Some((reader.into_dimensions().ok()?, format))
}

/// The result as bytes: nothing, if the picture does not decode.
pub(super) fn render(order: &Order, flaws: &[Flaw], repaint: Repaint) -> Vec<u8> {
    if flaws.contains(&Flaw::Video) {
        return b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41".repeat(64);
    }
    let Ok(source) = image::load_from_memory(&order.picture) else { return Vec::new() };
    let (mut place, mut output, mut format) = (order.place, order.output, order.format);
    let (mut source, mut black) = (flat(source), false);
    for flaw in flaws {
        match *flaw {
            Flaw::Smaller(percent) => {
                output = (output.0 * (100 - percent) / 100, output.1 * (100 - percent) / 100);
            }
            Flaw::Black => black = true,
            Flaw::WebpAsPng => format = ImageFormat::WebP,
            Flaw::Unrelated => source = unrelated(source.dimensions()),
            Flaw::Shifted(right, down) => {
                place.x += right;
                place.y += down;
            }
            Flaw::LinkExpires | Flaw::Video => {}
        }
    }
    let mut canvas = if black { RgbImage::new(order.canvas.0, order.canvas.1) } else { extend(&source, order, place) };
    if !black {
        paint_over(&mut canvas, repaint);
    }
    if canvas.dimensions() != output {
        canvas = imageops::resize(&canvas, output.0.max(1), output.1.max(1), FilterType::Triangle);
    }
    encode(canvas, format)
}

/// Alpha over white, as the engines that see no alpha do it.
fn flat(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let over = |level: u8, alpha: u8| {
        let (level, alpha) = (u32::from(level), u32::from(alpha));
        ((level * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        image::Rgb([over(r, a), over(g, a), over(b, a)])
    })
}

/// Something with edges that has nothing to do with any source.
fn unrelated((width, height): (u32, u32)) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let cell = mixed(u64::from(x / 13) << 32 | u64::from(y / 11));
        image::Rgb([cell as u8, (cell >> 8) as u8, (cell >> 16) as u8])
    })
}

fn extend(source: &RgbImage, order: &Order, place: Place) -> RgbImage {
    let (width, height) = (place.width.max(1), place.height.max(1));
    let resized;
    let source = if source.dimensions() == (width, height) {
        source
    } else {
        resized = imageops::resize(source, width, height, FilterType::Triangle);
        &resized
    };
    let (across, down) = order.canvas;
    let columns: Vec<u32> = (0..across).map(|x| mirrored(x as i32 - place.x, width)).collect();
    let rows: Vec<u32> = (0..down).map(|y| mirrored(y as i32 - place.y, height)).collect();
    let mut canvas = RgbImage::from_fn(across, down, |x, y| *source.get_pixel(columns[x as usize], rows[y as usize]));
    let small = imageops::thumbnail(&canvas, across.div_ceil(COARSER), down.div_ceil(COARSER));
    let soft = imageops::resize(&imageops::fast_blur(&small, 3.0), across, down, FilterType::Triangle);
    let away = |at: u32, start: i32, length: u32| (start - at as i32).max(at as i32 + 1 - start - length as i32).max(0);
    for (y, (line, soft)) in canvas.rows_mut().zip(soft.rows()).enumerate() {
        let below = away(y as u32, place.y, height);
        for (x, (pixel, soft)) in line.zip(soft).enumerate() {
            let far = below.max(away(x as u32, place.x, width));
            if far > 0 {
                let share = (far as f32 / BLEND).min(1.0);
                for (level, soft) in pixel.0.iter_mut().zip(soft.0) {
                    *level = (f32::from(*level) * (1.0 - share) + f32::from(soft) * share) as u8;
                }
            }
        }
    }
    canvas
}

/// The place inside `length` that `at` is the mirror image of.
fn mirrored(at: i32, length: u32) -> u32 {
    let period = 2 * length as i32;
    let inside = at.rem_euclid(period);
    inside.min(period - 1 - inside) as u32
}

fn paint_over(picture: &mut RgbImage, repaint: Repaint) {
    let range = i32::from(repaint.noise) * 2 + 1;
    for (index, pixel) in picture.pixels_mut().enumerate() {
        let mut noise = mixed(index as u64);
        for (level, shift) in pixel.0.iter_mut().zip(repaint.shift) {
            let added = i32::from(shift) + ((i32::from(noise as u8) * range) >> 8) - i32::from(repaint.noise);
            *level = (i32::from(*level) + added).clamp(0, 255) as u8;
            noise >>= 8;
        }
    }
}

/// SplitMix64's finalizer: numbers without pattern, the same in every run.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn encode(picture: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let result = match format {
        ImageFormat::Jpeg => picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 90)),
        other => picture.write_to(&mut bytes, other),
    };
    result.expect("pictures in memory can be written");
    bytes.into_inner()
}
