//! The grids: every pixel is computed here from its place, by the rule that the file's name
//! begins with.

use recanvas::codecs::decode;
use recanvas::geometry::Size;
use recanvas::raster::Channels;
use recanvas::raster::Raster;

use crate::codecs::LIMITS;
use crate::codecs::pictures;
use crate::codecs::psnr;
use crate::codecs::samples;

const WIDTH: u16 = 64;
const HEIGHT: u16 = 48;

/// Which corner cell a pixel lies in, if in any: left top, right top, left bottom, right bottom.
fn corner(x: u16, y: u16) -> Option<usize> {
    let column = if x < 8 { 0 } else { 1 };
    let row = if y < 8 { 0 } else { 2 };
    let inside = (8..WIDTH - 8).contains(&x) || (8..HEIGHT - 8).contains(&y);
    (!inside).then_some(column + row)
}

const CORNERS: [[u16; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]];
const GRAY_CORNERS: [u16; 4] = [0, 255, 128, 64];

fn rgb(x: u16, y: u16) -> Vec<u16> {
    corner(x, y).map_or(vec![x * 4, y * 5, (x / 8 + y / 8 * 8) * 5], |corner| CORNERS[corner].to_vec())
}

fn gray(x: u16, y: u16) -> Vec<u16> {
    vec![corner(x, y).map_or(x * 2 + y * 2 + 10, |corner| GRAY_CORNERS[corner])]
}

fn rgb16(x: u16, y: u16) -> Vec<u16> {
    let corner = corner(x, y).map(|corner| CORNERS[corner].map(|sample| sample * 257).to_vec());
    corner.unwrap_or(vec![x * 1000 + y, y * 1300 + x, x * y * 20])
}

fn gray16(x: u16, y: u16) -> Vec<u16> {
    vec![corner(x, y).map_or(x * 1000 + y, |corner| GRAY_CORNERS[corner] * 257)]
}

fn with(mut color: Vec<u16>, alpha: u16) -> Vec<u16> {
    color.push(alpha);
    color
}

fn palette_index(x: u16, y: u16) -> u16 {
    (x / 8 + y / 8 * 3) % 16
}

fn palette(x: u16, y: u16) -> Vec<u16> {
    let index = palette_index(x, y);
    vec![index * 16, 255 - index * 16, index * 8]
}

/// Opaque but for the one colour that the file declares transparent.
fn keyed(color: Vec<u16>, key: &[u16], opaque: u16) -> Vec<u16> {
    let alpha = if color == key { 0 } else { opaque };
    with(color, alpha)
}

/// The samples of the pixel at a place.
type Rule = fn(u16, u16) -> Vec<u16>;

/// The rule of this name, and the channels and the depth that its pictures must have.
fn rule(name: &str) -> (Channels, u8, Rule) {
    match name {
        "rgb" | "cmyk" => (Channels::Rgb, 8, rgb),
        "rgba" => (Channels::Rgba, 8, |x, y| with(rgb(x, y), x * 3 + y)),
        "gray" => (Channels::Gray, 8, gray),
        "graya" => (Channels::GrayAlpha, 8, |x, y| with(gray(x, y), x * 3 + y)),
        "rgb16" => (Channels::Rgb, 16, rgb16),
        "rgba16" => (Channels::Rgba, 16, |x, y| with(rgb16(x, y), x * 1000 + y)),
        "gray16" => (Channels::Gray, 16, gray16),
        "graya16" => (Channels::GrayAlpha, 16, |x, y| with(gray16(x, y), x * 1000 + y)),
        "palette" => (Channels::Rgb, 8, palette),
        "palettea" => (Channels::Rgba, 8, |x, y| with(palette(x, y), palette_index(x, y) * 17)),
        "bits1" => (Channels::Gray, 8, |x, y| vec![(x + y * 3) % 2 * 255]),
        "bits2" => (Channels::Gray, 8, |x, y| vec![(x + y * 3) % 4 * 85]),
        "bits4" => (Channels::Gray, 8, |x, y| vec![(x + y * 3) % 16 * 17]),
        "rgbkey" => (Channels::Rgba, 8, |x, y| keyed(rgb(x, y), &[255, 0, 0], 255)),
        "graykey" => (Channels::GrayAlpha, 8, |x, y| keyed(gray(x, y), &[100], 255)),
        "rgb16key" => (Channels::Rgba, 16, |x, y| keyed(rgb16(x, y), &[65535, 0, 0], 65535)),
        other => panic!("no rule is called {other}"),
    }
}

/// The lowest PSNR in dB that a lossy file may have: some 3 less than libjpeg-turbo and libwebp
/// reach on it. Off by one pixel, a grid in colour has 26 at most and a grey one 28.
fn least(name: &str) -> f64 {
    match name {
        "rgb__420.jpg" | "rgb__progressive_420.jpg" => 27.0,
        "rgb__422.jpg" => 30.0,
        "rgb__lossy.webp" | "rgba__lossy.webp" => 27.0,
        _ if name.ends_with(".jpg") => 43.0,
        _ => f64::INFINITY,
    }
}

#[test]
fn every_pixel_is_where_the_rule_puts_it() {
    for (name, bytes) in pictures("grid") {
        let (channels, depth, pixel) = rule(name.split("__").next().unwrap_or_default());
        let raster = decode(&bytes, &LIMITS).unwrap_or_else(|failure| panic!("{name}: {failure}")).raster;
        assert_eq!(raster.size(), Size::new(WIDTH.into(), HEIGHT.into()), "{name}");
        assert_eq!(raster.channels(), channels, "{name}");
        assert_eq!(matches!(raster, Raster::U16(_)), depth == 16, "{name}");
        let places = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
        let expected: Vec<u16> = places.flat_map(|(x, y)| pixel(x, y)).collect();
        let found = samples(&raster);
        let (least, reached) = (least(&name), psnr(&found, &expected));
        assert!(reached >= least, "{name}: {reached:.1} dB, at least {least} are needed");
        if least.is_infinite() {
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn decoding_warns_of_animations_and_of_inks_alone() {
    for (name, bytes) in pictures("grid") {
        let warnings = decode(&bytes, &LIMITS).unwrap_or_else(|failure| panic!("{name}: {failure}")).warnings;
        let words = match name.as_str() {
            _ if name.contains("animated") => Some("first frame"),
            _ if name.contains("cmyk") => Some("CMYK"),
            _ => None,
        };
        match words {
            Some(words) => assert!(warnings.len() == 1 && warnings[0].contains(words), "{name}: {warnings:?}"),
            None => assert!(warnings.is_empty(), "{name}: {warnings:?}"),
        }
    }
}
