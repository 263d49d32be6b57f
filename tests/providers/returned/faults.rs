//! Each way in which a result can be wrong, and its class.

use recanvas::codecs::Format;
use recanvas::codecs::Limits;
use recanvas::error::Class;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::providers::Asked;
use recanvas::providers::Placement;
use recanvas::providers::verify;
use recanvas::raster::Filter;
use recanvas::raster::Raster;
use recanvas::raster::resample;

use crate::returned::world::LIMITS;
use crate::returned::world::PHOTOS;
use crate::returned::world::Scene;
use crate::returned::world::file;
use crate::returned::world::off;
use crate::returned::world::png;
use crate::returned::world::recolored;

fn scaled(picture: &Raster, across: f64, down: f64) -> Raster {
    let Size { width, height } = picture.size();
    let whole = Window { x: 0.0, y: 0.0, width: width.into(), height: height.into() };
    let side = |side: u32, by: f64| (f64::from(side) * by).round() as u32;
    resample(picture, whole, Size::new(side(width, across), side(height, down)), Filter::CatmullRom)
}

#[test]
fn a_result_that_is_no_picture_is_a_bad_output() {
    let scene = Scene::of("coffee.png");
    let whole = png(&scene.ideal());
    let jpeg = file(&scene.ideal(), Format::JPEG, 85);
    let wrong: [&[u8]; 7] = [
        b"",
        b"\n<!DOCTYPE html><title>502 Bad Gateway</title>",
        b"{\"status\": \"processing\"}",
        b"\0\0\0\x20ftypisom\0\0\0\0",
        &whole[..whole.len() / 2],
        &jpeg[..jpeg.len() - 900],
        b"GIF89a",
    ];
    for bytes in wrong {
        assert_eq!(scene.class(bytes), Class::BadOutput);
    }
    let said = scene.verify(wrong[1]).unwrap_err().message;
    assert!(said.contains("HTML"), "{said}");
    let small = Limits { max_pixels: 1000, ..LIMITS };
    let failure = verify(&whole, &scene.asked(), &scene.sent(), Placement::Exact, &small).unwrap_err();
    assert_eq!(failure.class, Class::BadOutput);
}

#[test]
fn a_picture_is_known_by_its_bytes() {
    let scene = Scene::of("chelsea.png");
    for format in [Format::PNG, Format::JPEG, Format::WEBP] {
        scene.verify(&file(&scene.ideal(), format, 90)).expect("there is no name that could be wrong");
    }
}

#[test]
fn a_little_smaller_is_rescaled_and_much_smaller_refused() {
    for name in PHOTOS {
        let scene = Scene::of(name);
        for by in [0.98, 0.96, 1.03] {
            let verified = scene.verify(&png(&scaled(&scene.ideal(), by, by))).expect(name);
            let error = off(verified.placed().source, Window::of(scene.place()));
            assert!(error < 1.0, "{name} scaled by {by}: {error} pixels off");
        }
        for (across, down) in [(0.8, 0.8), (1.2, 1.2), (0.94, 0.94), (0.97, 1.0)] {
            assert_eq!(scene.class(&png(&scaled(&scene.ideal(), across, down))), Class::BadOutput, "{name}");
        }
    }
    let scene = Scene::of("coffee.png");
    let said = scene.verify(&png(&scaled(&scene.ideal(), 0.8, 0.8))).unwrap_err().message;
    assert!(said.contains("442x294 where 552x368") && said.contains("20.1 %"), "{said}");
}

#[test]
fn a_black_result_is_refused_and_a_dark_one_is_used() {
    for name in PHOTOS {
        let scene = Scene::of(name);
        let dark = recolored(&scene.ideal(), |_, level| level * 0.02);
        assert_eq!(scene.class(&png(&dark)), Class::BadOutput, "{name}");
        let jpeg = file(&recolored(&scene.ideal(), |_, _| 0.0), Format::JPEG, 75);
        assert_eq!(scene.class(&jpeg), Class::BadOutput, "{name}");
    }
    // The source was kept and black put around it.
    let scene = Scene::of("coffee.png");
    let mut around = recolored(&scene.ideal(), |_, _| 0.0);
    recanvas::raster::place(&mut around, &scene.sent(), scene.place());
    assert_eq!(scene.class(&png(&around)), Class::BadOutput);
    // A retina lies in the dark, and may be continued so.
    let retina = crate::returned::world::photo("retina.jpg");
    let canvas = retina.size();
    let mut wide = retina.blank(Size::new(canvas.width + 400, canvas.height));
    let place = Rect::new(200, 0, canvas.width, canvas.height);
    recanvas::raster::place(&mut wide, &retina, place);
    let asked = Asked::new(wide.size(), place, Rect::of(canvas));
    let night = verify(&png(&wide), &asked, &retina, Placement::Exact, &LIMITS);
    if let Err(failure) = night {
        panic!("{failure}");
    }
}

#[test]
fn a_picture_of_another_size_is_not_decoded() {
    let scene = Scene::of("coffee.png");
    let mut bytes = file(&scene.ideal(), Format::JPEG, 85);
    // The header claims more than there is; a decoder would take it for damaged.
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
    bytes[frame + 5..frame + 7].copy_from_slice(&9990_u16.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&9990_u16.to_be_bytes());
    let failure = scene.verify(&bytes).unwrap_err();
    assert_eq!(failure.class, Class::BadOutput);
    assert!(failure.message.starts_with("the result is 9990x9990 where 552x368 was asked"), "{failure}");
}
