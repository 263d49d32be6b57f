//! What the stages' words do to a picture, seen from outside.

use image::RgbaImage;

use crate::cli::Dir;

fn decoded(dir: &Dir, output: &str) -> RgbaImage {
    image::load_from_memory(&dir.read(format!("out/{output}"))).expect("a picture").to_rgba8()
}

#[test]
fn an_anchor_says_where_the_source_stands() {
    let png = "stages: [{ convert: { format: png } }, { outpaint: { engine: { use: solid, color: '#123456' } } }]";
    let target = |name: &str| format!("{{ name: {name}, size: 64x64, aspect: {{ anchor: {name} }} }}");
    let names = ["top", "center", "bottom"];
    let targets = names.map(target);
    let dir = Dir::new(png, &targets.each_ref().map(String::as_str));
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0);
    for (name, first) in names.into_iter().zip([0, 8, 16]) {
        let output = decoded(&dir, &format!("x.{name}.png"));
        assert_eq!(output.get_pixel(0, first).0, [255, 0, 0, 255], "{name}: the red corner");
        let margins = (0..64).filter(|y| !(first..first + 48).contains(y));
        for y in margins {
            assert_eq!(output.get_pixel(30, y).0, [0x12, 0x34, 0x56, 255], "{name} {y}");
        }
    }
}

#[test]
fn avoiding_enlargement_adds_margin() {
    let more = "stages: [{ convert: { format: png } }, { resize: { upscale: avoid } }, { outpaint: { engine: { use: solid, color: black } } }]";
    let dir = Dir::new(more, &["{ name: a, size: 100x80 }"]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0);
    let (output, source) = (decoded(&dir, "x.a.png"), image::open(dir.path("in/x.png")).unwrap().to_rgba8());
    assert_eq!(output.dimensions(), (100, 80));
    assert!(image::imageops::crop_imm(&output, 18, 16, 64, 48).to_image() == source);
}

#[test]
fn growth_beyond_a_bound_crops_fails_or_skips() {
    let target = |name: &str| format!("{{ name: {name}, size: 80x20, aspect: {{ max_expand: 10%, else: {name} }} }}");
    let targets = ["crop", "fail", "skip"].map(target);
    let dir = Dir::new("", &targets.each_ref().map(String::as_str));
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(3).counts([1, 1, 1, 0, 0]).warns(&["failed x.png [fail] limit: the ratio 80:20 needs 200% more"]);
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["skip   x.png [skip] the ratio"]);
    assert_eq!(dir.outputs(), ["x.crop.jpg"]);
    dir.run(&[]).code(0).counts([0, 2, 0, 1, 0]);
}

#[test]
fn transparency_is_kept_where_the_format_can_and_lies_on_the_background_elsewhere() {
    let targets = [
        "{ name: kept, ratio: '4:3', convert: { format: png } }",
        "{ name: flat, ratio: '4:3', convert: { format: webp, lossless: true, background: red } }",
        "{ name: red, ratio: '4:3', convert: { background: red, quality: 100, chroma: '4:4:4' } }",
    ];
    let dir = Dir::new("", &targets);
    dir.source("x.png", "grid/rgba__plain.png");
    dir.run(&[]).code(0);
    let source = image::open(dir.path("in/x.png")).unwrap().to_rgba8();
    assert!(decoded(&dir, "x.kept.png") == source);
    let webp = decoded(&dir, "x.flat.webp");
    assert!(webp.pixels().map(|pixel| pixel[3]).eq(source.pixels().map(|pixel| pixel[3])), "webp has alpha");
    // Where the source is nearly transparent, the background shows.
    let red = decoded(&dir, "x.red.jpg");
    let [r, g, b, _] = red.get_pixel(1, 12).0;
    assert!(r > 200 && g < 60 && b < 60, "{:?}", red.get_pixel(1, 12));
}

#[test]
fn options_of_the_encoder_reach_the_file() {
    let targets = [
        "{ name: low, size: 200x200, convert: { quality: 20 } }",
        "{ name: high, size: 200x200, convert: { quality: 95 } }",
        "{ name: full, size: 200x200, convert: { quality: 95, chroma: '4:4:4' } }",
        "{ name: slow, size: 200x200, convert: { progressive: true } }",
    ];
    let dir = Dir::new("", &targets);
    dir.source("x.png", "photos/chelsea.png");
    dir.run(&[]).code(0);
    let bytes = |name: &str| dir.read(format!("out/x.{name}.jpg"));
    assert!(bytes("low").len() * 2 < bytes("high").len());
    assert!(bytes("high").len() < bytes("full").len());
    let progressive = |bytes: &[u8]| bytes.windows(2).any(|pair| pair == [0xff, 0xc2]);
    assert!(progressive(&bytes("slow")) && !progressive(&bytes("high")));
}
