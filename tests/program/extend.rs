//! Stages and engines of another crate: those of `examples/`, which see the public surface only.

use std::path::Path;

use image::GenericImageView;
use image::Rgba;
use recanvas::batch::Places;
use recanvas::batch::Summary;

use crate::dir::Dir;

#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_engine.rs"]
mod own_engine;
#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_stage.rs"]
mod own_stage;

/// A grey source, one in colour and a cut-out, 40 × 20 pixels each, of one colour where opaque.
fn sources(dir: &Dir) {
    let path = |name: &str| dir.path(Path::new("in").join(name));
    image::GrayImage::from_pixel(40, 20, image::Luma([90])).save(path("gray.png")).expect("written");
    image::RgbImage::from_pixel(40, 20, image::Rgb([200, 30, 60])).save(path("color.png")).expect("written");
    let cut_out = |x: u32, y: u32| if (10..30).contains(&x) && (5..15).contains(&y) { 255 } else { 0 };
    let cut_out = image::RgbaImage::from_fn(40, 20, |x, y| Rgba([10, 120, 200, cut_out(x, y)]));
    cut_out.save(path("cut.png")).expect("written");
}

fn places(dir: &Dir) -> Places {
    Places { input: Some(dir.path("in")), output: Some(dir.path("out")) }
}

fn counts(summary: &Summary) -> (u64, u64, u64) {
    (summary.done, summary.skipped, summary.failures())
}

fn decoded(dir: &Dir, name: &str) -> image::DynamicImage {
    image::load_from_memory(&dir.read(format!("out/{name}.a.png"))).expect("a picture")
}

#[test]
fn a_stage_of_another_crate_changes_pixels_and_its_options_make_work_stale() {
    let stages =
        |frame: &str| format!("stages:\n  - outpaint: {{ engine: blur }}\n{frame}  - convert: {{ format: png }}\n");
    let dir = Dir::new(&stages("  - frame: { width: 3, color: red }\n"), &["{ name: a, size: 40x40 }"]);
    sources(&dir);
    let run = || own_stage::run(&dir.path("p.yaml"), places(&dir)).expect("it runs");
    assert_eq!(counts(&run()), (3, 0, 0));
    for (name, middle) in [("gray", [90, 90, 90, 255]), ("color", [200, 30, 60, 255]), ("cut", [10, 120, 200, 255])] {
        let picture = decoded(&dir, name);
        assert_eq!(picture.dimensions(), (40, 40));
        for (x, y, pixel) in picture.pixels() {
            let from_edge = x.min(39 - x).min(y.min(39 - y));
            assert_eq!(pixel == Rgba([255, 0, 0, 255]), from_edge < 3, "{name}: {pixel:?} at {x}, {y}");
        }
        assert_eq!(picture.get_pixel(20, 20), Rgba(middle), "{name}: the source stays");
    }
    assert_eq!(counts(&run()), (0, 3, 0));
    // Another colour is another picture.
    dir.pipeline(&stages("  - frame: { width: 3, color: blue }\n"), &["{ name: a, size: 40x40 }"]);
    assert_eq!(counts(&run()), (3, 0, 0));
    assert_eq!(decoded(&dir, "gray").get_pixel(0, 0), Rgba([0, 0, 255, 255]));
}

#[test]
fn a_stage_that_is_registered_and_not_named_makes_nothing_stale() {
    let dir = Dir::new("stages:\n  - convert: { format: png }\n", &["{ name: a, size: 40x40 }"]);
    sources(&dir);
    dir.run(&[]).code(0);
    let before = dir.tree("out");
    let summary = own_stage::run(&dir.path("p.yaml"), places(&dir)).expect("it runs");
    assert_eq!(counts(&summary), (0, 3, 0));
    crate::dir::assert_same(&before, &dir.tree("out"));
}

#[test]
fn an_engine_of_another_crate_fills_margins() {
    let more = "stages:\n  - outpaint: { engine: { use: checks, side: 5 } }\n  - convert: { format: png }\n";
    let dir = Dir::new(more, &["{ name: a, size: 40x40 }"]);
    sources(&dir);
    let run = || own_engine::run(&dir.path("p.yaml"), places(&dir)).expect("it runs");
    assert_eq!(counts(&run()), (3, 0, 0));
    let picture = decoded(&dir, "color").to_rgb8();
    for (x, y, pixel) in picture.enumerate_pixels() {
        let check = if (x / 5 + y / 5) % 2 == 0 { [255; 3] } else { [0; 3] };
        let expected = if (10..30).contains(&y) { [200, 30, 60] } else { check };
        assert_eq!(pixel.0, expected, "at {x}, {y}");
    }
    assert_eq!(counts(&run()), (0, 3, 0));
    // Without it the pipeline names what there is not.
    dir.run(&[]).code(2).warns(&["engine `checks` is not known"]);
}
