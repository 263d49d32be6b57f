//! Plain borders on each side.

use recanvas::analysis::BorderKind;
use recanvas::analysis::BorderSide;
use recanvas::analysis::Borders;
use recanvas::analysis::Proxy;
use recanvas::codecs;
use recanvas::codecs::DecodeRequest;
use recanvas::codecs::Limits;
use recanvas::geometry::Size;

use crate::analysis::drawn;
use crate::analysis::proxy;
use crate::pictures::Dice;

const LIMITS: Limits = Limits { max_pixels: u64::MAX, max_bytes: u64::MAX };

/// A thing in checks of 7 pixels, which no line crosses without many strays.
fn thing(x: u32, y: u32) -> [u8; 4] {
    if (x / 7 + y / 7).is_multiple_of(2) { [20, 90, 30, 255] } else { [180, 160, 20, 255] }
}

fn sides(borders: Borders) -> [BorderSide; 4] {
    [borders.left, borders.top, borders.right, borders.bottom]
}

/// Asserts kinds and depths, from the left clockwise; a depth is right to within a pixel of the proxy.
#[track_caller]
fn assert_sides(borders: Borders, expected: [(BorderKind, f64); 4]) {
    for (side, (kind, depth)) in sides(borders).into_iter().zip(expected) {
        assert_eq!(side.kind, kind, "{borders:?}");
        assert!((side.depth - depth).abs() <= 1.0 / 256.0, "{} is not {depth}: {borders:?}", side.depth);
    }
}

#[test]
fn a_plain_border_ends_where_the_thing_begins() {
    let size = Size::new(400, 300);
    let picture = drawn(size, |x, y| {
        let is_thing = (40..400).contains(&x) && (30..240).contains(&y);
        if is_thing { thing(x, y) } else { [240, 238, 230, 255] }
    });
    let borders = Borders::of(&proxy(picture));
    let (uniform, none) = (BorderKind::Uniform, BorderKind::None);
    assert_sides(borders, [(uniform, 0.1), (uniform, 0.1), (none, 0.0), (uniform, 0.2)]);
    assert_eq!(borders.top.color, [240, 238, 230, 255]);
}

#[test]
fn noise_and_specks_of_a_studio_are_no_thing() {
    let mut dice = Dice::new(3);
    let noise: Vec<i32> = (0..2000 * 1500).map(|_| i32::from(dice.roll() % 41) - 20).collect();
    let picture = drawn(Size::new(2000, 1500), |x, y| {
        if (500..1500).contains(&x) && (300..1200).contains(&y) {
            return thing(x / 4, y / 4);
        }
        let level = (220 + noise[(y * 2000 + x) as usize]).clamp(0, 255) as u8;
        if x == 100 && y == 100 { [0, 0, 0, 255] } else { [level, level, level, 255] }
    });
    let uniform = BorderKind::Uniform;
    assert_sides(Borders::of(&proxy(picture)), [(uniform, 0.25), (uniform, 0.2), (uniform, 0.25), (uniform, 0.2)]);
}

#[test]
fn a_backdrop_that_darkens_slowly_is_a_gradient() {
    let picture = drawn(Size::new(300, 300), |x, y| {
        let level = (250 - y / 2) as u8;
        if (100..200).contains(&x) && (150..210).contains(&y) { thing(x, y) } else { [level, level, level, 255] }
    });
    let borders = Borders::of(&proxy(picture));
    assert_eq!((borders.top.kind, borders.bottom.kind), (BorderKind::Gradient, BorderKind::Gradient));
    assert!((borders.top.depth - 0.5).abs() < 0.01 && (borders.bottom.depth - 0.3).abs() < 0.01, "{borders:?}");
    // Across, each line has all levels of the gradient: it is not plain.
    assert_eq!((borders.left.kind, borders.right.kind), (BorderKind::None, BorderKind::None));
}

#[test]
fn transparent_pixels_have_no_colour() {
    let picture = drawn(Size::new(200, 100), |x, y| {
        // Colours under clear pixels differ, and are not seen.
        if (50..150).contains(&x) && (0..75).contains(&y) { thing(x, y) } else { [x as u8, y as u8, 7, 0] }
    });
    let (clear, none) = (BorderKind::Clear, BorderKind::None);
    assert_sides(Borders::of(&proxy(picture)), [(clear, 0.25), (none, 0.0), (clear, 0.25), (clear, 0.25)]);
}

#[test]
fn stripes_and_zone_plates_have_no_border() {
    let size = Size::new(512, 512);
    let stripes = drawn(size, |x, _| if x / 4 % 2 == 0 { [0, 0, 0, 255] } else { [255, 255, 255, 255] });
    let borders = Borders::of(&proxy(stripes));
    assert_eq!((borders.top.kind, borders.bottom.kind), (BorderKind::None, BorderKind::None));
    // A stripe is plain; the border ends with it.
    assert!((borders.left.depth - 4.0 / 512.0).abs() < 1e-9, "{borders:?}");
    let zone = drawn(size, |x, y| {
        let (x, y) = (f64::from(x) - 255.5, f64::from(y) - 255.5);
        let level = (127.5 + 127.5 * ((x * x + y * y) * std::f64::consts::PI / 512.0).cos()) as u8;
        [level, level, level, 255]
    });
    assert!(sides(Borders::of(&proxy(zone))).iter().all(|side| side.kind == BorderKind::None));
}

#[test]
fn a_whole_picture_of_one_colour_is_all_border() {
    let uniform = BorderKind::Uniform;
    assert_sides(Borders::of(&proxy(drawn(Size::new(5, 3), |_, _| [9, 9, 9, 255]))), [(uniform, 1.0); 4]);
    assert_sides(Borders::of(&proxy(drawn(Size::new(1, 1), |_, _| [9, 9, 9, 0]))), [(BorderKind::Clear, 1.0); 4]);
}

#[test]
fn decodes_of_any_scale_agree_to_within_a_pixel() {
    let size = Size::new(3000, 2000);
    let picture = drawn(size, |x, y| {
        let is_thing = (450..2400).contains(&x) && (380..1900).contains(&y);
        if is_thing { thing(x / 8, y / 8) } else { [228, 226, 221, 255] }
    });
    let picture = image::RgbaImage::from_raw(size.width, size.height, picture.into_u8().samples().to_vec()).unwrap();
    let mut file = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 92);
    image::DynamicImage::from(picture).to_rgb8().write_with_encoder(encoder).unwrap();
    let found = [1.0, 0.5, 0.2].map(|scale| {
        let view = codecs::decode_view(&file, &LIMITS, &DecodeRequest { scale, ..DecodeRequest::WHOLE }).unwrap().view;
        (view.size(), Borders::of(&Proxy::of(&view, size)))
    });
    assert!(found[2].0.width < found[0].0.width / 3, "the scales differ: {:?}", found[2].0);
    for (_, borders) in found {
        let uniform = BorderKind::Uniform;
        assert_sides(borders, [(uniform, 0.15), (uniform, 0.19), (uniform, 0.2), (uniform, 0.05)]);
    }
}
