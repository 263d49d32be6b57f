//! What is in the outputs, read with a decoder that shares no code with ours.

use image::GenericImageView;
use image::RgbImage;
use serde_json::Value;

use crate::cli::Dir;
use crate::dir::fixture_bytes;

fn decoded(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes).expect("the output is a picture").to_rgb8()
}

#[test]
fn three_photos_for_three_targets_have_exactly_the_asked_sizes() {
    let targets = [
        "{ name: story, size: 108x192 }",
        "{ name: wide, ratio: 16:9, width: 161 }",
        "{ name: card, size: 120x63, aspect: { fit: crop }, convert: { format: webp } }",
    ];
    let dir = Dir::new("", &targets);
    for photo in ["chelsea.png", "china.jpg", "flower.jpg"] {
        dir.source(photo, &format!("photos/{photo}"));
    }
    dir.run(&[]).code(0).counts([9, 0, 0, 0, 0]);
    for stem in ["chelsea", "china", "flower"] {
        for (name, size, format) in [
            ("story.jpg", (108, 192), image::ImageFormat::Jpeg),
            ("wide.jpg", (161, 91), image::ImageFormat::Jpeg),
            ("card.webp", (120, 63), image::ImageFormat::WebP),
        ] {
            let bytes = dir.read(format!("out/{stem}.{name}"));
            assert_eq!(image::guess_format(&bytes).unwrap(), format, "{stem}.{name}");
            let picture = image::load_from_memory(&bytes).unwrap();
            assert_eq!(picture.dimensions(), size, "{stem}.{name}");
            let first = picture.get_pixel(0, 0);
            assert!(picture.pixels().any(|(.., pixel)| pixel != first), "{stem}.{name} shows something");
        }
    }
    assert_eq!(dir.outputs().len(), 9);
}

#[test]
fn a_source_at_its_own_scale_is_in_the_output_bit_for_bit() {
    let png = "stages: [{ convert: { format: png } }]";
    let dir =
        Dir::new(png, &["{ name: square, ratio: 1:1 }", "{ name: wide, ratio: 16:9 }", "{ name: tall, ratio: 9:16 }"]);
    dir.source("grid.png", "grid/rgb__plain.png");
    let plan: Value = serde_json::from_str(&dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).stdout).unwrap();
    dir.run(&[]).code(0).counts([3, 0, 0, 0, 0]);
    let source = decoded(&fixture_bytes("grid/rgb__plain.png"));
    for task in plan["tasks"].as_array().unwrap() {
        let place = |side: &str| u32::try_from(task["placement"][side].as_u64().unwrap()).unwrap();
        let output = decoded(&dir.read(format!("out/{}", task["output"].as_str().unwrap())));
        assert_eq!(task["scale"], serde_json::json!([1.0, 1.0]), "{task}");
        assert_eq!((place("width"), place("height")), source.dimensions(), "{task}");
        assert!(output.dimensions() > source.dimensions(), "{task}");
        let view = output.view(place("x"), place("y"), place("width"), place("height")).to_image();
        assert!(view == source, "{task}");
    }
}

#[test]
fn a_crop_at_its_own_scale_is_a_part_of_the_source_bit_for_bit() {
    let more = "stages: [{ convert: { format: png } }, { aspect: { fit: crop, anchor: top_right } }]";
    let dir = Dir::new(more, &["{ name: square, ratio: 1:1 }", "{ name: same, size: 64x48 }"]);
    dir.source("grid.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0);
    let source = decoded(&fixture_bytes("grid/rgb__plain.png"));
    assert!(decoded(&dir.read("out/grid.square.png")) == source.view(16, 0, 48, 48).to_image());
    assert!(decoded(&dir.read("out/grid.same.png")) == source);
}

#[test]
fn every_orientation_gives_the_same_upright_output() {
    let dir = Dir::new("stages: [{ convert: { format: png } }]", &["{ name: a, size: 40x40 }"]);
    let corners = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]];
    for value in 1..=8 {
        dir.source(format!("{value}.jpg"), &format!("orientation/{value}.jpg"));
    }
    for format in ["png", "webp"] {
        dir.source(format!("lossless_{format}.{format}"), &format!("orientation/6.{format}"));
    }
    dir.run(&[]).code(0).counts([10, 0, 0, 0, 0]);
    for name in dir.outputs() {
        let output = decoded(&dir.read(format!("out/{name}")));
        // 32x24 goes to 40x30; the middle of each quarter has its colour.
        for ((x, y), color) in [(10, 12), (30, 12), (10, 27), (30, 27)].into_iter().zip(corners) {
            let found = output.get_pixel(x, y).0;
            let near = found.iter().zip(color).all(|(found, color)| found.abs_diff(color) <= 6);
            assert!(near, "{name} has {found:?} at {x},{y}, not {color:?}");
        }
    }
    let first = dir.read("out/lossless_png.a.png");
    assert_eq!(first, dir.read("out/lossless_webp.a.png"), "the same pixels make the same file");
}

#[test]
fn one_thread_and_eight_write_the_same_files() {
    let targets =
        ["{ name: a, size: 60x90 }", "{ name: b, ratio: 2:1, convert: { format: webp } }", "{ name: c, ratio: 1:1 }"];
    let dir = Dir::new("", &targets);
    let mut sources = 0;
    for kind in
        ["rgb__420.jpg", "rgb__plain.png", "gray__plain.png", "rgba__plain.png", "cmyk__adobe.jpg", "rgb__lossy.webp"]
    {
        dir.source(kind, &format!("grid/{kind}"));
        dir.source(format!("sub/{kind}"), &format!("grid/{kind}"));
        sources += 2;
    }
    // The same stem in three formats would collide.
    dir.pipeline("output: { dir: out, path: \"{dir}/{stem}.{source_ext}.{target}.{ext}\" }", &targets);
    dir.run(&["--jobs", "1", "-o", "one"]).code(0).counts([sources * 3, 0, 0, 0, 0]);
    dir.run(&["--jobs", "8", "-o", "eight"]).code(0).counts([sources * 3, 0, 0, 0, 0]);
    crate::dir::assert_same(&dir.tree("one"), &dir.tree("eight"));
    assert_eq!(dir.tree("one").len() as u64, sources * 3);
}

#[test]
fn metadata_of_sources_is_left_out() {
    let dir = Dir::new("", &["{ name: a, size: 30x30 }"]);
    dir.source("6.jpg", "orientation/6.jpg");
    dir.source("p3.jpg", "icc/p3.jpg");
    dir.run(&[]).code(0);
    for name in ["6.a.jpg", "p3.a.jpg"] {
        let bytes = dir.read(format!("out/{name}"));
        for marker in [&b"Exif"[..], b"ICC_PROFILE", b"recanvas"] {
            assert!(!bytes.windows(marker.len()).any(|window| window == marker), "{name}");
        }
    }
}
