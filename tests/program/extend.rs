//! Stages and engines of another crate: those of `examples/`, which see the public surface only.

use std::path::Path;

use image::GenericImageView;
use image::Rgba;
use recanvas::batch;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::batch::Summary;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;

use crate::dir::Dir;

#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_engine.rs"]
mod own_engine;
#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_measure.rs"]
mod own_measure;
#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_stage.rs"]
mod own_stage;
#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_store.rs"]
mod own_store;
#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/render.rs"]
mod render;

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
    Places::new(dir.path("in"), dir.path("out"))
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
    dir.run(&[]).code(2).warns(&["unknown engine `checks`"]);
}

#[test]
fn a_program_of_a_few_lines_renders_what_a_run_writes() {
    let dir = Dir::new("stages:\n  - convert: { format: png }\n", &["{ name: a, size: 40x40 }"]);
    sources(&dir);
    dir.run(&[]).code(0);
    for name in ["gray", "color", "cut"] {
        let [pipeline, input, output] = ["p.yaml", &format!("in/{name}.png"), "alone.png"].map(|path| dir.path(path));
        let [pipeline, input, output] =
            [&pipeline, &input, &output].map(|path| path.to_str().expect("a name in UTF-8"));
        render::render([pipeline, "a", input, output]).expect("it renders");
        assert!(dir.read("alone.png") == dir.read(format!("out/{name}.a.png")), "{name}");
        assert!(
            render::render([pipeline, "b", input, output]).expect_err("no such target").to_string().contains("`b`")
        );
    }
}

#[test]
fn a_measure_of_another_crate_looks_beside_the_programs_own() {
    let dir = Dir::new("", &["{ name: a, size: 40x40 }"]);
    sources(&dir);
    let brightness = |name: &str| {
        let found = own_measure::look(&dir.read(format!("in/{name}.png"))).expect("a picture");
        assert!(recanvas::analysis::MEASURES.iter().all(|measure| found.has(*measure)));
        found.of::<f64>(&own_measure::Brightness).expect("a number") * 255.0
    };
    assert!((brightness("gray") - 90.0).abs() < 0.5 && (brightness("color") - 30.0).abs() < 0.5);
    assert!(own_measure::look(b"no picture").is_err());
}

#[test]
fn a_store_of_another_crate_takes_the_outputs_of_runs() {
    let dir = Dir::new("stages:\n  - convert: { format: png }\n", &["{ name: a, size: 40x40 }"]);
    sources(&dir);
    dir.run(&[]).code(0);
    let store = own_store::MemoryStore::default();
    let run = || own_store::run(&dir.path("p.yaml"), &dir.path("in"), &dir.path("state"), &store).expect("it runs");
    assert_eq!(counts(&run()), (3, 0, 0));
    assert_eq!(counts(&run()), (0, 3, 0));
    let shelved: Vec<(String, Vec<u8>)> = {
        let files = store.files();
        files.iter().map(|(path, (bytes, _))| (path.display().to_string(), bytes.clone())).collect()
    };
    assert_eq!(shelved.len(), 3);
    for (name, bytes) in shelved {
        assert!(bytes == dir.read(format!("out/{name}")), "{name}");
    }
    store.files().pop_first();
    assert_eq!(counts(&run()), (1, 2, 0), "what is gone is made again");
}

/// A stage that does nothing, and an engine that leaves margins black, of a first version and of one with an
/// option more.
mod versions {
    use std::sync::Arc;

    use recanvas::engines::EngineDef;
    use recanvas::engines::FillContext;
    use recanvas::engines::Filled;
    use recanvas::engines::LocalEngine;
    use recanvas::engines::Unfilled;
    use recanvas::geometry::Rect;
    use recanvas::geometry::Size;
    use recanvas::options::Field;
    use recanvas::options::Kind;
    use recanvas::raster::Raster;
    use recanvas::stages::Stage;
    use recanvas::stages::StageDef;

    struct Nothing;

    impl Stage for Nothing {}

    impl LocalEngine for Nothing {
        fn fill(&self, _canvas: &mut Raster, _context: &FillContext<'_>) -> Result<Filled, Unfilled> {
            Ok(Filled::by("black"))
        }

        fn scratch_bytes(&self, _canvas: Size, _known: Rect, _pixel_bytes: u64) -> u64 {
            0
        }
    }

    const OLD: &[Field] = &[Field::new("old", Kind::Integer(0, 9), "1", "an option of the first version")];
    const BOTH: &[Field] = &[OLD[0], Field::new("new", Kind::Integer(0, 9), "2", "an option of the second")];

    pub(super) static STAGES: [StageDef; 2] = [
        StageDef { fields: || OLD, ..StageDef::new("still", "does nothing", |_, _| Arc::new(Nothing)) },
        StageDef { fields: || BOTH, ..StageDef::new("still", "does nothing", |_, _| Arc::new(Nothing)) },
    ];
    const ENGINE: EngineDef =
        EngineDef { name: "black", doc: "black", revision: 1, fields: OLD, uses: &[], build: |_| Box::new(Nothing) };
    pub(super) static ENGINES: [EngineDef; 2] = [ENGINE, EngineDef { fields: BOTH, ..ENGINE }];
}

#[test]
fn an_option_that_is_added_to_a_stage_or_an_engine_makes_nothing_stale() {
    let pipeline = |stage: &str, engine: &str| {
        format!("stages:\n  - outpaint: {{ engine: [{{ use: black{engine} }}] }}\n  - still: {{ old: 3{stage} }}\n")
    };
    let dir = Dir::new(&pipeline("", ""), &["{ name: a, size: 40x40 }"]);
    sources(&dir);
    dir.write("in/broken.png", b"\x89PNG\r\n\x1a\nno more");
    let run = |version: usize| {
        let (stage, engine) = (&versions::STAGES[version], &versions::ENGINES[version]);
        let registry = Registry::built_in().with_stage(stage, "convert").with_engine(engine);
        let pipeline = Pipeline::open(&dir.path("p.yaml"), registry).expect("a sound pipeline");
        let request = Request::new(&pipeline, places(&dir)).expect("folders");
        let summary = batch::run(&pipeline, &request, &Silent, &Stop::new()).expect("it runs");
        (counts(&summary), summary.known_failed.values().sum::<u64>())
    };
    assert_eq!(run(0), ((3, 0, 1), 0));
    assert_eq!(run(1), ((0, 3, 0), 1), "the new options are at their defaults");
    assert_eq!(run(0), ((0, 3, 0), 1), "and back");
    dir.pipeline(&pipeline(", new: 2", ", new: 2"), &["{ name: a, size: 40x40 }"]);
    assert_eq!(run(1), ((0, 3, 0), 1), "written as they are anyway");
    for (stage, engine) in [(", new: 5", ", new: 2"), (", new: 5", ", new: 6")] {
        dir.pipeline(&pipeline(stage, engine), &["{ name: a, size: 40x40 }"]);
        assert_eq!(run(1), ((3, 0, 1), 0), "{stage} {engine}");
        assert_eq!(run(1), ((0, 3, 0), 1));
    }
}
