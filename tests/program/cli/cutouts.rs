//! Cut-outs: what is transparent where margins begin has transparent margins, under every engine.

use image::DynamicImage;
use image::ImageFormat;
use image::Rgba;
use image::RgbaImage;
use recanvas::engines::LOCAL;
use serde_json::Value;

use crate::cli::Dir;

/// Sources are so large.
const SIZE: (u32, u32) = (60, 80);

/// How opaque a shape is at a place, from 0 to 255.
type Shape = fn(f32, f32) -> f32;

/// Shapes that touch the frame, or run out of it.
const SHAPES: [(&str, Shape); 7] = [
    ("rounded", |x, y| if corner(x, y, 12.0) <= 12.0 { 255.0 } else { 0.0 }),
    ("soft", |x, y| (255.0 * (13.0 - corner(x, y, 12.0))).clamp(0.0, 255.0)),
    ("ellipse", |x, y| if ((x - 30.0) / 30.0).powi(2) + ((y - 40.0) / 40.0).powi(2) <= 1.0 { 255.0 } else { 0.0 }),
    ("bottle", |x, y| if (20.0..40.0).contains(&x) && y > 10.0 { 255.0 } else { 0.0 }),
    ("wedge", |x, y| if x / 60.0 + y / 80.0 < 1.0 { 255.0 } else { 0.0 }),
    // Two of the hundred pixels at one side, and one near a corner.
    ("notch", |x, y| if x < 1.0 && (40.0..42.0).contains(&y) { 0.0 } else { 255.0 }),
    ("nick", |x, y| if (57.0..58.0).contains(&x) && (77.0..78.0).contains(&y) { 127.0 } else { 255.0 }),
];

/// How far a place is from the middle of the nearest corner of this radius; 0 beside corners.
fn corner(x: f32, y: f32, radius: f32) -> f32 {
    let beyond = |at: f32, length: f32| (radius - at).max(at - (length - radius)).max(0.0);
    (beyond(x, 60.0).powi(2) + beyond(y, 80.0).powi(2)).sqrt()
}

fn drawn(shape: Shape) -> RgbaImage {
    RgbaImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let alpha = shape(x as f32 + 0.5, y as f32 + 0.5) as u8;
        Rgba([200 - x as u8, 40 + y as u8, 90, alpha])
    })
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, format).expect("encoded");
    file.into_inner()
}

/// The picture in few colours, one of which is transparent.
fn indexed(picture: &RgbaImage) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(vec![9, 9, 9, 180, 60, 90]);
    encoder.set_trns(vec![0]);
    let places: Vec<u8> = picture.pixels().map(|pixel| u8::from(pixel.0[3] >= 128)).collect();
    encoder.write_header().expect("written").write_image_data(&places).expect("written");
    file
}

/// What the manifest says of a finished output.
fn finished(dir: &Dir, output: &str) -> Value {
    let manifest = String::from_utf8(dir.read("out/.recanvas/manifest.jsonl")).expect("text");
    let mut records = manifest.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record"));
    let is_of = |record: &Value| record["kind"] == "task_finished" && record["output"] == output;
    records.find(is_of).unwrap_or_else(|| panic!("{output} was not finished"))
}

/// Where the source does not lie on an output of twice its width, or of twice its height.
fn margins(picture: &RgbaImage) -> impl Iterator<Item = Rgba<u8>> {
    let (width, height) = picture.dimensions();
    let (left, top) = ((width - SIZE.0) / 2, (height - SIZE.1) / 2);
    let is_margin = move |x: u32, y: u32| !(left..left + SIZE.0).contains(&x) || !(top..top + SIZE.1).contains(&y);
    picture.enumerate_pixels().filter(move |&(x, y, _)| is_margin(x, y)).map(|(.., pixel)| *pixel)
}

/// A target for each engine and shape of canvas.
fn targets() -> Vec<String> {
    let engines = LOCAL.iter().map(|def| (def.name, def.name));
    let engines = engines.chain([("listed", "[{use: auto, min_confidence: 90%}, edge]")]);
    let of = |(name, engine): (&str, &str)| {
        let outpaint = format!("outpaint: {{ engine: {engine} }}");
        [
            format!("{{ name: {name}_wide, size: 120x80, {outpaint} }}"),
            format!("{{ name: {name}_tall, size: 60x160, {outpaint} }}"),
            format!(
                "{{ name: {name}_dark, size: 120x80, {outpaint}, convert: {{ format: jpeg, background: '#203040' }} }}"
            ),
        ]
    };
    engines.flat_map(of).collect()
}

#[test]
fn margins_of_cut_outs_are_transparent_under_every_engine() {
    let targets = targets();
    let lines: Vec<&str> = targets.iter().map(String::as_str).collect();
    let dir = Dir::new("stages: [{ convert: { format: png } }]", &lines);
    let mut stems = Vec::new();
    for (name, shape) in SHAPES {
        dir.write(format!("in/{name}.png"), &encoded(&drawn(shape).into(), ImageFormat::Png));
        stems.push(name.to_owned());
    }
    let ellipse = DynamicImage::from(drawn(SHAPES[2].1));
    let others = [
        ("webp.webp", encoded(&ellipse, ImageFormat::WebP)),
        ("deep.png", encoded(&ellipse.to_rgba16().into(), ImageFormat::Png)),
        ("gray.png", encoded(&ellipse.to_luma_alpha8().into(), ImageFormat::Png)),
        ("indexed.png", indexed(&ellipse.to_rgba8())),
        ("nothing.png", encoded(&RgbaImage::new(SIZE.0, SIZE.1).into(), ImageFormat::Png)),
    ];
    for (file, bytes) in &others {
        dir.write(format!("in/{file}"), bytes);
        stems.push(file.split('.').next().unwrap_or_default().to_owned());
    }
    dir.run(&[]).code(0);
    for stem in &stems {
        for engine in LOCAL.iter().map(|def| def.name).chain(["listed"]) {
            for target in ["wide", "tall", "dark"] {
                let format = if target == "dark" { "jpg" } else { "png" };
                let output = format!("{stem}.{engine}_{target}.{format}");
                let made = image::load_from_memory(&dir.read(format!("out/{output}"))).expect("a picture").to_rgba8();
                let found = finished(&dir, &output);
                if ["edge", "mirror"].contains(&engine) {
                    assert_eq!(found["engine"], engine, "{output}");
                    continue;
                }
                let expected = if target == "dark" { [0x20, 0x30, 0x40, 255] } else { [0; 4] };
                // Blocks of JPEG hold a part of the picture as well.
                let allowed = if target == "dark" { 40 } else { 0 };
                let far =
                    |pixel: &Rgba<u8>| pixel.0.iter().zip(expected).any(|(&one, other)| one.abs_diff(other) > allowed);
                assert_eq!(margins(&made).find(far), None, "{output}");
                assert_eq!((&found["engine"], &found["confidence"]), (&"transparent".into(), &1.0.into()), "{output}");
            }
        }
    }
}

#[test]
fn a_named_colour_stands_beside_a_cut_out() {
    let target = "{ name: a, size: 120x80, outpaint: { engine: { use: solid, color: '#ff8000' } } }";
    let dir = Dir::new("stages: [{ convert: { format: png } }]", &[target]);
    dir.write("in/x.png", &encoded(&drawn(SHAPES[2].1).into(), ImageFormat::Png));
    dir.run(&[]).code(0);
    let made = image::load_from_memory(&dir.read("out/x.a.png")).expect("a picture").to_rgba8();
    assert!(margins(&made).all(|pixel| pixel.0 == [255, 128, 0, 255]));
}

#[test]
fn alpha_that_hides_nothing_at_the_border_changes_nothing() {
    let targets = ["{ name: wide, size: 120x80 }", "{ name: tall, size: 60x160, outpaint: { engine: studio } }"];
    let dir = Dir::new("stages: [{ convert: { format: png } }]", &targets);
    let opaque = DynamicImage::from(drawn(|_, _| 255.0));
    dir.write("in/rgb.png", &encoded(&opaque.to_rgb8().into(), ImageFormat::Png));
    dir.write("in/rgba.png", &encoded(&opaque, ImageFormat::Png));
    // Transparent in the middle, and one pixel of eighty at the left.
    let hole = drawn(|x, y| {
        let inside = (20.0..40.0).contains(&x) && (30.0..50.0).contains(&y);
        if inside || (x < 1.0 && (40.0..41.0).contains(&y)) { 0.0 } else { 255.0 }
    });
    dir.write("in/hole.png", &encoded(&hole.into(), ImageFormat::Png));
    dir.run(&[]).code(0);
    for target in ["wide", "tall"] {
        let read = |stem: &str| {
            let bytes = dir.read(format!("out/{stem}.{target}.png"));
            image::load_from_memory(&bytes).expect("a picture").to_rgba8()
        };
        assert!(read("rgb") == read("rgba"), "{target}");
        assert_ne!(finished(&dir, &format!("hole.{target}.png"))["engine"], "transparent");
    }
}

#[test]
fn the_part_that_the_target_shows_decides() {
    // Transparent on the left half alone: a target that shows the right half has an opaque picture.
    let targets = [
        "{ name: all, size: 160x80 }",
        "{ name: part, size: 30x160, aspect: { fit: balance, max_crop: 50%, anchor: right } }",
    ];
    let dir = Dir::new("stages: [{ convert: { format: png } }]", &targets);
    let half = drawn(|x, _| if x < 30.0 { 0.0 } else { 255.0 });
    dir.write("in/x.png", &encoded(&half.into(), ImageFormat::Png));
    dir.run(&[]).code(0);
    assert_eq!(finished(&dir, "x.all.png")["engine"], "transparent");
    assert_ne!(finished(&dir, "x.part.png")["engine"], "transparent");
}
