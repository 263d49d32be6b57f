//! One target's margins from a shared result: the source is the source, whatever surrounds it.

use recanvas::codecs::Format;
use recanvas::engines::Chain;
use recanvas::engines::EngineTable;
use recanvas::error::Class;
use recanvas::geometry::Anchor;
use recanvas::geometry::Layout;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::providers::Asked;
use recanvas::providers::Placement;
use recanvas::providers::Verified;
use recanvas::providers::verify;
use recanvas::raster::Channels;
use recanvas::raster::Filter;
use recanvas::raster::Raster;
use recanvas::raster::flatten;
use recanvas::raster::place;
use recanvas::raster::resample;
use recanvas::raster::with_alpha;
use recanvas::raster::with_u16;
use serde_json::json;

use crate::pictures::ALL_CHANNELS;
use crate::pictures::level;
use crate::pictures::pixel;
use crate::returned::world::LIMITS;
use crate::returned::world::Scene;
use crate::returned::world::file;
use crate::returned::world::png;

/// The canvas as the local path hands it to an engine.
fn canvas(source: &Raster, layout: &Layout) -> Raster {
    let placed = resample(source, layout.visible(), layout.placement.size(), Filter::Lanczos3);
    let mut canvas = placed.blank(layout.output);
    place(&mut canvas, &placed, layout.placement);
    canvas
}

/// Every kind of layout around one source that one call can serve, by name.
fn layouts(source: Size) -> Vec<(&'static str, Layout)> {
    let whole = Layout::whole(source);
    let (width, height) = (f64::from(source.width), f64::from(source.height));
    let wide = whole.with_window((width * 1.5).round(), (height * 1.5).round(), Anchor::CENTER);
    vec![
        ("whole canvas", wide),
        ("only across", whole.with_window((width * 1.4).round(), height, Anchor::CENTER)),
        ("only down", whole.with_window(width, (height * 1.33).round(), Anchor::CENTER)),
        ("enlarged", wide.with_output(Size::new(source.width * 3, source.height * 3))),
        ("reduced", wide.with_output(Size::new(source.width / 2, source.height / 2))),
        ("off centre", whole.with_window((width * 1.25).round(), height, Anchor { x: 0.8, y: 0.5 })),
        ("cropped", whole.with_window((width * 1.3).round(), (height * 0.7).round(), Anchor { x: 0.4, y: 0.2 })),
        (
            "fractional",
            whole.with_window(width * 1.237, height * 1.111, Anchor::CENTER).with_output(Size::new(313, 217)),
        ),
        ("nothing to fill", whole),
    ]
}

fn verified(scene: &Scene, bytes: &[u8]) -> Verified {
    scene.verify(bytes).expect("a good result")
}

/// The source in every shape of raster.
fn shapes(source: &Raster) -> Vec<Raster> {
    let pixels = source.clone().into_u8();
    let gray = pixels.samples().chunks_exact(3).map(|pixel| pixel[1]).collect();
    let gray: Raster = recanvas::raster::Pixels::from_samples(pixels.size(), Channels::Gray, gray).into();
    let eight = vec![source.clone(), with_alpha(source).into_owned(), gray.clone(), with_alpha(&gray).into_owned()];
    let sixteen: Vec<Raster> = eight.iter().map(|raster| with_u16(raster.clone()).into()).collect();
    [eight, sixteen].concat()
}

#[test]
fn inside_the_source_nothing_differs_from_a_local_fill() {
    let scene = Scene::of("coffee.png");
    let verified = verified(&scene, &file(&scene.moved(2.0, -1.0, 1.0), Format::JPEG, 80));
    let edge = Chain::build(&json!([{"use": "edge"}]), &EngineTable::built_in());
    let shapes = shapes(&scene.sent());
    assert!(ALL_CHANNELS.iter().all(|channels| shapes.iter().any(|shape| shape.channels() == *channels)));
    for source in shapes {
        for (name, layout) in layouts(source.size()) {
            let bare = canvas(&source, &layout);
            let (mut filled, mut local) = (bare.clone(), bare.clone());
            verified.fill(&mut filled, &layout).expect(name);
            edge.fill(0, &mut local, layout.placement).expect(name);
            let inside = |raster: &Raster| crate::returned::world::crop(raster, layout.placement);
            assert!(inside(&filled) == inside(&local), "{name} {:?}", source.channels());
            // And the margins are there: opaque, and not the canvas's black.
            let mut lightest = 0.0_f64;
            for strip in recanvas::geometry::margin_strips(layout.output, layout.placement) {
                for (x, y) in [(strip.x, strip.y), (strip.right() - 1, strip.bottom() - 1)] {
                    lightest = lightest.max(level(&filled, x, y, 0));
                    let full = if source.sample_bytes() == 1 { 255 } else { 65535 };
                    let opaque = pixel(&filled, x, y).last() == Some(&full);
                    assert!(!source.channels().has_alpha() || opaque, "{name}");
                }
            }
            assert!(layout.margins().is_empty() || lightest > 0.1, "{name}: the margins are empty");
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_pixels_whatever_stood_in_the_margins() {
    let scene = Scene::of("china.jpg");
    let bytes = file(&scene.ideal(), Format::WEBP, 80);
    let layout = layouts(scene.source.size())[0].1;
    let made = |level: f32| {
        let mut canvas = canvas(&scene.sent(), &layout);
        let [other, _] = crate::pictures::both_depths(layout.output, Channels::Rgb, |_, _, _| level);
        let inside = crate::returned::world::crop(&canvas, layout.placement);
        canvas = other;
        place(&mut canvas, &inside, layout.placement);
        verified(&scene, &bytes).fill(&mut canvas, &layout).expect("filled");
        canvas
    };
    assert!(made(0.0) == made(0.7));
}

#[test]
fn a_perfect_result_restores_the_photograph() {
    // At the source's own scale nothing is resampled; what was whole stays whole.
    for name in ["coffee.png", "china.jpg", "chelsea.png"] {
        let scene = Scene::of(name);
        let place = scene.place();
        let (width, height) = (scene.canvas.width, scene.canvas.height);
        let layout = Layout::whole(scene.source.size()).with_window(width.into(), height.into(), Anchor::CENTER);
        assert_eq!((layout.output, layout.placement), (scene.canvas.size(), place), "{name}");
        let mut canvas = canvas(&scene.sent(), &layout);
        verified(&scene, &png(&scene.ideal())).fill(&mut canvas, &layout).expect("filled");
        assert!(canvas == scene.ideal(), "{name}");
    }
}

#[test]
fn targets_whose_windows_nest_share_one_result() {
    let scene = Scene::of("rocket.jpg");
    let verified = verified(&scene, &png(&scene.ideal()));
    let source = scene.source.size();
    let square = Layout::whole(source).with_window(source.width.into(), source.width.into(), Anchor::CENTER);
    assert!(verified.covers(&square));
    let mut canvas = canvas(&scene.sent(), &square);
    verified.fill(&mut canvas, &square).expect("it lies inside");
    let top = scene.source.y - square.placement.y;
    let truth = crate::returned::world::crop(&scene.photo, Rect::new(scene.source.x, top, source.width, source.width));
    assert!(canvas == truth);
    // One that does not is refused, and the canvas stays as it was.
    let tall = Layout::whole(source).with_window(source.width.into(), f64::from(source.height) * 3.0, Anchor::CENTER);
    assert!(!verified.covers(&tall));
    let before = self::canvas(&scene.sent(), &tall);
    let mut after = before.clone();
    assert_eq!(verified.fill(&mut after, &tall).unwrap_err().class, Class::BadOutput);
    assert!(before == after);
}

#[test]
fn a_source_that_was_sent_smaller_meets_its_canvas() {
    // The working picture has half the source's pixels; the output has all of them.
    let scene = Scene::of("astronaut.png");
    let half = |size: Size| Size::new(size.width / 2, size.height / 2);
    let by = |picture: &Raster| {
        let size = picture.size();
        resample(picture, recanvas::geometry::Window::of(Rect::of(size)), half(size), Filter::Lanczos3)
    };
    let place = scene.place();
    let small = Rect::new(place.x / 2, place.y / 2, place.width / 2, place.height / 2);
    let asked = Asked::new(half(scene.canvas.size()), small, Rect::of(scene.source.size()));
    let bytes = file(&by(&scene.ideal()), Format::JPEG, 90);
    let verified = verify(&bytes, &asked, &by(&scene.sent()), Placement::Exact, &LIMITS).expect("found");
    let layout = Layout::whole(scene.source.size());
    let side = f64::from(scene.source.width) * 1.5;
    let layout = layout.with_window(side.floor(), side.floor(), Anchor::CENTER);
    let mut filled = canvas(&scene.sent(), &layout);
    verified.fill(&mut filled, &layout).expect("covered");
    let x = scene.source.x - layout.placement.x;
    let y = scene.source.y - layout.placement.y;
    let truth = crate::returned::world::crop(&scene.photo, Rect { x, y, ..Rect::of(layout.output) });
    let (one, other) = (flatten(filled, recanvas::options::Color::WHITE).into_u8(), truth.into_u8());
    let apart: f64 =
        one.samples().iter().zip(other.samples()).map(|(one, other)| f64::from(one.abs_diff(*other))).sum();
    let mean = apart / one.samples().len() as f64;
    assert!(mean < 4.0, "{mean} levels from the photograph");
}
