//! The engine `onnx` with tiny models, in the library at `ORT_DYLIB_PATH`; docs/onnx.md says how to
//! get one. What needs no library is tested beside it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;

use crate::canvases::canvas;
use crate::canvases::chain;
use crate::canvases::fill;
use crate::canvases::margins;
use crate::canvases::positions;
use crate::pictures::Dice;
use crate::pictures::both_depths;
use crate::pictures::level;
use recanvas::engines::Chain;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::pipeline::Document;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::check;
use recanvas::raster::Channels;
use recanvas::raster::Raster;
use serde_json::Value;
use serde_json::json;

const SIZE: Size = Size::new(150, 120);
const KNOWN: Rect = Rect::new(30, 20, 100, 80);

/// Every way in which a model is asked, by the name of one that is.
const MODELS: [&str; 6] = ["migan", "lama", "lama_bytes", "lama_half", "lama_high", "lama4"];

/// The path of a model, for tests that run one.
fn model(name: &str) -> String {
    let library = std::env::var("ORT_DYLIB_PATH").unwrap_or_default();
    assert!(
        Path::new(&library).is_file(),
        "these tests run models: set ORT_DYLIB_PATH to the library of ONNX Runtime; docs/onnx.md says how to get it"
    );
    path(name)
}

fn path(name: &str) -> String {
    format!("{}/fixtures/models/{name}.onnx", env!("CARGO_MANIFEST_DIR"))
}

/// The chain of one model with these options.
fn asked(name: &str, options: Value) -> Chain {
    let mut written = json!({"use": "onnx", "model": model(name)});
    written.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    chain(&written)
}

fn each_model(promise: impl Fn(&str, &Chain)) {
    MODELS.iter().for_each(|name| promise(name, &asked(name, json!({}))));
}

/// What is wrong with the only engine of a chain.
fn missing(chain: &Chain) -> String {
    let [missing] = &chain.missing()[..] else { panic!("one engine is missing") };
    assert_eq!((missing.index, missing.engine), (0, "onnx"));
    missing.failure.to_string()
}

#[test]
fn the_margins_are_filled_and_the_source_is_left() {
    each_model(crate::promises::fills_and_leaves_the_source);
}

#[test]
fn every_thread_gets_the_same() {
    each_model(crate::promises::does_the_same_in_every_thread);
}

#[test]
fn opaque_pictures_stay_opaque() {
    each_model(crate::promises::keeps_opaque);
}

#[test]
fn a_transparent_border_gives_transparent_margins() {
    each_model(crate::promises::keeps_transparent);
}

/// A picture of waves, whose channels have means of their own.
fn waves(channels: Channels) -> [Raster; 2] {
    both_depths(KNOWN.size(), channels, |x, y, channel| {
        let wave = (x as f32 / 9.0).sin() * (y as f32 / 7.0).cos();
        [0.2, 0.5, 0.75][channel] + 0.15 * wave
    })
}

#[test]
fn a_model_of_bytes_sees_the_known_pixels_and_no_others() {
    let chain = asked("migan", json!({}));
    for channels in [Channels::Gray, Channels::Rgb] {
        for source in waves(channels) {
            let (filled, engine) = fill(&chain, &source, KNOWN, SIZE);
            assert_eq!(engine, "onnx");
            for channel in 0..channels.count() {
                let known: Vec<f64> = positions(KNOWN).map(|(x, y)| level(&filled, x, y, channel)).collect();
                let mean = known.iter().sum::<f64>() / known.len() as f64;
                for (x, y) in margins(SIZE, KNOWN) {
                    let found = level(&filled, x, y, channel);
                    // Rounded up or down by chance.
                    assert!((found - mean).abs() < 1.5 / 255.0, "{found}, not {mean}, at {x},{y}");
                }
            }
        }
    }
}

#[test]
fn the_four_channels_are_the_picture_and_its_holes() {
    let chain = asked("lama4", json!({}));
    for source in waves(Channels::Rgb) {
        let (filled, _) = fill(&chain, &source, KNOWN, SIZE);
        for (x, y) in margins(SIZE, KNOWN) {
            let found: Vec<f64> = (0..3).map(|channel| level(&filled, x, y, channel)).collect();
            assert_eq!(found, [1.0, 0.0, 0.0], "at {x},{y}");
        }
    }
    // The luma of red, as on every grey canvas.
    for source in waves(Channels::Gray) {
        let (filled, _) = fill(&chain, &source, KNOWN, SIZE);
        assert!((level(&filled, 3, 3, 0) - 0.2126).abs() < 1.0 / 255.0);
    }
}

/// Whether two models make the same margins, but for rounding.
fn show_the_same(models: [&str; 2]) {
    for source in waves(Channels::Rgb) {
        let [one, other] = models.map(|name| fill(&asked(name, json!({})), &source, KNOWN, SIZE).0);
        for (x, y) in margins(SIZE, KNOWN) {
            for channel in 0..3 {
                let (one, other) = (level(&one, x, y, channel), level(&other, x, y, channel));
                assert!((one - other).abs() < 1.5 / 255.0, "{one} and {other} at {x},{y}");
            }
        }
    }
}

#[test]
fn numbers_to_1_and_to_255_mean_the_same() {
    show_the_same(["lama", "lama_bytes"]);
    let said = asked("lama", json!({"range": "0..255"}));
    let mut wrong = canvas(&waves(Channels::Rgb)[0], KNOWN, SIZE, 0.0);
    let failure = said.fill(0, &mut wrong, KNOWN).unwrap_err().failure().to_string();
    assert!(failure.contains("changed what is known by") && failure.contains("`range`"), "{failure}");
}

#[test]
fn a_model_that_takes_the_mask_the_other_way_is_found_out() {
    let chain = asked("lama_inverted", json!({}));
    let [source, _] = both_depths(KNOWN.size(), Channels::Rgb, |x, _, _| f32::from(u8::from(x > 40)));
    let mut canvas = canvas(&source, KNOWN, SIZE, 0.0);
    let failure = chain.fill(0, &mut canvas, KNOWN).unwrap_err().failure();
    assert!(failure.to_string().contains("the model changed what is known"), "{failure}");
}

#[test]
fn the_margins_of_a_model_that_shifts_colours_meet_the_source() {
    let chain = asked("lama_drifting", json!({}));
    for source in both_depths(KNOWN.size(), Channels::Rgb, |_, _, channel| [0.2, 0.5, 0.75][channel]) {
        let (filled, _) = fill(&chain, &source, KNOWN, SIZE);
        for (channel, own) in [0.2, 0.5, 0.75].into_iter().enumerate() {
            let beside = level(&filled, KNOWN.x - 1, 60, channel);
            assert!((beside - own).abs() < 1.5 / 255.0, "{beside} beside {own}");
            let far = level(&filled, 0, 60, channel);
            assert!((far - own - 0.04).abs() < 1.5 / 255.0, "{far} far from {own}");
        }
    }
}

#[test]
fn a_model_of_numbers_is_shown_16_bits() {
    // Between two levels of 8 bits.
    let own = 30000.0 / 65535.0;
    let [_, source] = both_depths(KNOWN.size(), Channels::Rgb, |_, _, _| own);
    for name in ["lama", "lama_bytes"] {
        let (filled, _) = fill(&asked(name, json!({})), &source, KNOWN, SIZE);
        // Margins have the 8 bits of outputs, up or down by chance; their mean tells what was meant.
        let made: Vec<f64> = margins(SIZE, KNOWN).map(|(x, y)| level(&filled, x, y, 0)).collect();
        let off = (made.iter().sum::<f64>() / made.len() as f64 - f64::from(own)).abs() * 65535.0;
        assert!(off < 20.0, "{name}: {off} levels of 16 bits, where one of 8 is 69 away");
    }
}

/// How much neighbours in the margins differ, in 8-bit levels.
fn roughness(filled: &Raster) -> f64 {
    let steps = margins(Size::new(29, SIZE.height), Rect::new(28, 0, 1, 1));
    let steps: Vec<f64> = steps
        .filter(|&(x, _)| x < 28)
        .map(|(x, y)| (level(filled, x, y, 0) - level(filled, x + 1, y, 0)).abs())
        .collect();
    steps.iter().sum::<f64>() / steps.len() as f64 * 255.0
}

#[test]
fn a_reduced_picture_gets_its_grain_back() {
    let mut dice = Dice::new(5);
    let grain: Vec<f32> = (0..100 * 80).map(|_| f32::from(dice.roll() % 9) / 255.0).collect();
    for source in both_depths(KNOWN.size(), Channels::Rgb, |x, y, _| 0.5 + grain[(y * 100 + x) as usize]) {
        let of = |detail: &str| roughness(&fill(&asked("lama", json!({"detail": detail})), &source, KNOWN, SIZE).0);
        let (none, some, all) = (of("0%"), of("60%"), of("100%"));
        assert!(none < 0.5, "{none} levels without grain");
        assert!(some > 1.0 && all > 1.4 * some, "{some} and {all} levels with grain");
    }
}

#[test]
fn a_graph_of_another_kind_is_refused_before_any_picture() {
    let refusal = missing(&asked("classifier", json!({})));
    assert!(refusal.contains("pixels f32 1×3×224×224") && refusal.contains("migan, lama or lama4"), "{refusal}");
    let refusal = missing(&asked("migan", json!({"contract": "lama"})));
    assert!(refusal.contains("image u8 1×3×?×?") && refusal.contains("which is not lama"), "{refusal}");
    let refusal =
        missing(&chain(&json!({"use": "onnx", "model": format!("{}.py", model("x").replace("x.onnx", "make"))})));
    assert!(refusal.contains("cannot be loaded"), "{refusal}");
    assert_eq!(asked("migan", json!({"contract": "migan"})).missing(), []);
}

#[test]
fn a_graph_without_names_follows_the_stated_contract() {
    let refusal = missing(&asked("lama_open", json!({})));
    assert!(refusal.contains("input_1 f32 ?×?×?×?") && refusal.contains("say `contract: lama`"), "{refusal}");
    let chain = asked("lama_open", json!({"contract": "lama"}));
    assert_eq!(chain.missing(), []);
    crate::promises::fills_and_leaves_the_source("lama_open", &chain);
    let refusal = missing(&asked("lama_open", json!({"contract": "migan"})));
    assert!(refusal.contains("migan needs `input_1` as uint8"), "{refusal}");
    let refusal = missing(&asked("lama_int", json!({})));
    assert!(refusal.contains("mask i64 1×1×64×64") && refusal.contains("`mask` as float32 or float16"), "{refusal}");
}

#[test]
fn half_the_precision_shows_the_same() {
    show_the_same(["lama", "lama_half"]);
}

#[test]
fn messages_of_the_runtime_stand_on_one_line() {
    let mut canvas = canvas(&waves(Channels::Rgb)[0], KNOWN, SIZE, 0.0);
    let failure = asked("lama_failing", json!({})).fill(0, &mut canvas, KNOWN).unwrap_err().failure().to_string();
    assert!(failure.contains("the model fails") && failure.contains("requested shape:{1,3,7,7}"), "{failure}");
    assert!(!failure.contains('\n') && failure.trim_end() == failure, "{failure:?}");
}

#[test]
fn a_missing_model_is_told_without_a_library() {
    assert!(missing(&chain(&json!("onnx"))).contains("no model: name its file"));
    let refusal = missing(&chain(&json!({"use": "onnx", "model": "no/such.onnx"})));
    assert!(refusal.contains("the model no/such.onnx cannot be read"), "{refusal}");
}

/// A pipeline with one target that the engine fills.
fn pipeline(engine: &Value) -> String {
    format!(
        "version: 1\nname: models\ninput: {{ dir: in }}\noutput: {{ dir: out }}\ntargets:\n  - {{ name: wide, size: 120x60 }}\nstages:\n  - outpaint:\n      engine: {engine}\n"
    )
}

fn checked(engine: &Value) -> Pipeline {
    let document = Document::new(Path::new("models.yaml"), pipeline(engine));
    check(&document, Registry::built_in()).unwrap_or_else(|found| panic!("{found:?}"))
}

#[test]
fn the_content_of_a_model_decides_and_not_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::copy(model("lama"), at("first.onnx")).unwrap();
    fs::copy(model("lama"), at("second.onnx")).unwrap();
    let finished = |engine: Value| checked(&engine).usual_tasks[0].fingerprint.options.clone();
    let first = finished(json!({"use": "onnx", "model": at("first.onnx")}));
    assert_eq!(finished(json!({"use": "onnx", "model": at("second.onnx")})), first);
    let library = std::env::var("ORT_DYLIB_PATH").unwrap();
    let moved = json!({"use": "onnx", "model": at("second.onnx"), "library": library, "threads": 2});
    assert_eq!(finished(moved), first);
    assert_ne!(finished(json!({"use": "onnx", "model": at("first.onnx"), "detail": 0})), first);
    fs::copy(model("lama_bytes"), at("first.onnx")).unwrap();
    assert_ne!(finished(json!({"use": "onnx", "model": at("first.onnx")})), first);
}

fn recanvas(arguments: &[&str], library: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recanvas"));
    command.args(arguments).env("ORT_DYLIB_PATH", library).output().expect("the program runs")
}

#[test]
fn a_missing_library_is_told_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("models.yaml");
    fs::write(&file, pipeline(&json!({"use": "onnx", "model": path("lama")}))).unwrap();
    let done = recanvas(&["check", file.to_str().unwrap()], "/no/such/libonnxruntime.so");
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(2), "{said}");
    for part in ["`onnx` cannot be used: no ONNX Runtime", "/no/such/libonnxruntime.so", "models.yaml:9:"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert_eq!(said.matches("cannot be used").count(), 1, "{said}");
}

#[test]
fn engines_test_tries_a_model() {
    let library = || std::env::var("ORT_DYLIB_PATH").unwrap();
    let tested = |name: &str| {
        let model = model(name);
        let done = recanvas(&["engines", "test", "onnx", "--model", &model, "--json"], &library());
        (done.status.code(), serde_json::from_slice::<Value>(&done.stdout).unwrap())
    };
    let (code, said) = tested("lama_near");
    assert_eq!((code, &said["result"]), (Some(0), &json!("works")), "{said}");
    assert_eq!(said["opened"]["contract"], "lama, a picture of 64x64");
    let (code, said) = tested("lama_high");
    assert_eq!((code, &said["result"]), (Some(0), &json!("works")), "{said}");
    assert_eq!(said["opened"]["contract"], "lama, 64 high, and here up to 1024 wide");
    // One colour for all margins of a gradient.
    let (code, said) = tested("lama4");
    assert_eq!((code, &said["result"]), (Some(3), &json!("does_not_fit")), "{said}");
    let done = recanvas(&["engines", "test", "onnx", "--model", &model("lama4")], &library());
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(
        text.starts_with("onnx answers, but its margins do not fit: ") && text.contains(" levels at the seam"),
        "{text}"
    );
    let library = library();
    let done = recanvas(&["engines", "test", "onnx", "--model", "no/such.onnx"], &library);
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.code() == Some(3) && said.contains("no/such.onnx cannot be read"), "{said}");
}
