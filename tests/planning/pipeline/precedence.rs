//! Who says what an option is, and how ratios and sizes are read.

use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Metadata;
use recanvas::geometry::Size;
use recanvas::options::Values;
use recanvas::pipeline::Layer;
use recanvas::pipeline::LayerKind;
use recanvas::pipeline::Origin;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use serde_json::json;

use crate::pipeline::pipeline;

const LAYERS: &str = "version: 1
targets:
  - { name: plain, size: 9x9 }
  - name: own
    size: 9x9
    convert: { quality: 70 }
    resize:
      upscale: avoid
stages:
  - resize: { filter: box, upscale: refuse }
  - convert:
      quality: 80
      chroma: \"4:4:4\"
";

fn stages(line: usize) -> Origin {
    Origin { layer: LayerKind::Stages, line: Some(line), source: None }
}

fn target(line: usize) -> Origin {
    Origin { layer: LayerKind::Target, line: Some(line), source: None }
}

#[test]
fn a_target_overrides_the_stages_and_they_the_defaults() {
    let pipeline = pipeline(LAYERS);
    let said = |target: usize, stage: &str, name: &str| {
        let settings = &pipeline.usual_tasks[target].settings;
        let found = settings.all().find(|(s, n, ..)| *s == stage && *n == name).expect("the option is in the tables");
        (found.2.to_string(), found.3.clone())
    };
    let own = [
        ("convert", "quality", "70", target(6)),
        ("convert", "chroma", "\"4:4:4\"", stages(13)),
        ("convert", "progressive", "false", Origin::DEFAULT),
        ("resize", "upscale", "\"avoid\"", target(8)),
        ("resize", "filter", "\"box\"", stages(10)),
        ("aspect", "fit", "\"expand\"", Origin::DEFAULT),
    ];
    for (stage, name, value, origin) in own {
        assert_eq!(said(1, stage, name), (value.to_owned(), origin), "{stage}.{name}");
    }
    assert_eq!(said(0, "convert", "quality"), ("80".to_owned(), stages(12)));
    assert_eq!(said(0, "resize", "upscale"), ("\"refuse\"".to_owned(), stages(10)));
    // What is written is also what is done.
    let samples = (0..=255_u8).flat_map(|at| [at, at.wrapping_mul(7), 90]).collect();
    let picture = Raster::U8(Pixels::from_samples(Size::new(16, 16), Channels::Rgb, samples));
    let file = |encoding: &Encoding| encoding.encode(&picture, &Metadata::default()).expect("a file");
    for (task, quality) in pipeline.usual_tasks.iter().zip([80, 70]) {
        let options = Values::from([("quality", quality.into()), ("chroma", "4:4:4".into())]);
        let expected = Encoding::new(Format::JPEG, &options).expect("JPEG is written");
        assert_eq!(task.recipe.convert.encodings.iter().map(file).collect::<Vec<_>>(), [file(&expected)]);
    }
}

#[test]
fn options_of_one_picture_override_all_others() {
    let pipeline = pipeline(LAYERS);
    let own = &pipeline.usual_tasks[1].settings;
    let mut layer = Layer::new(LayerKind::Override, Some("shoe.jpg.yaml"));
    layer.say("convert", &Values::from([("quality", json!(60))]), |_| Some(2));
    layer.say("aspect", &Values::from([("fit", json!("crop"))]), |_| None);
    let over = own.as_ref().clone().with(layer.into());
    assert_eq!(over.of("convert")["quality"], 60);
    assert_eq!(over.origin("convert", "quality").to_string(), "override, shoe.jpg.yaml, line 2");
    assert_eq!(over.origin("aspect", "fit").to_string(), "override, shoe.jpg.yaml");
    for (stage, name, value, origin) in over.all().filter(|(_, name, ..)| !["quality", "fit"].contains(name)) {
        assert_eq!((value, origin), (&own.of(stage)[name], own.origin(stage, name)), "{stage}.{name}");
    }
}

#[test]
fn origins_are_told_in_words() {
    assert_eq!(Origin::DEFAULT.to_string(), "default");
    assert_eq!(stages(3).to_string(), "stages, line 3");
    assert_eq!(target(7).to_string(), "target, line 7");
}

#[test]
fn ratios_and_sizes_need_no_quotes() {
    let table = [
        ("ratio: 16:9", 16.0 / 9.0),
        ("ratio: \"16:9\"", 16.0 / 9.0),
        ("ratio: 9:16", 9.0 / 16.0),
        ("ratio: 10:20", 0.5),
        ("ratio: 1:1", 1.0),
        ("ratio: 1.91", 1.91),
        ("ratio: 1.91:1", 1.91),
        ("ratio: 2", 2.0),
        ("ratio: 1200x628", 1200.0 / 628.0),
    ];
    for (written, value) in table {
        let pipeline = pipeline(&format!("version: 1\ntargets:\n  - name: a\n    {written}\n"));
        let shape = pipeline.usual_tasks[0].shape;
        let ratio = shape.ratio.unwrap_or_else(|| panic!("{written}")).value();
        assert!((ratio - value).abs() < 1e-12, "{written}: {ratio}");
        assert_eq!((shape.width, shape.height, shape.size()), (None, None, None), "{written}");
    }
    for written in ["size: 1080x1350", "size: 1080X1350", "size: 1080×1350", "width: 1080\n    height: 1350"] {
        let pipeline = pipeline(&format!("version: 1\ntargets:\n  - name: a\n    {written}\n"));
        assert_eq!(pipeline.usual_tasks[0].shape.size(), Some(Size::new(1080, 1350)), "{written}");
    }
}

#[test]
fn a_pipeline_without_a_name_has_its_files() {
    assert_eq!(pipeline("version: 1\ntargets: [{ name: a, size: 9x9 }]\n").name, "test");
    assert_eq!(pipeline("version: 1\nname: shop\ntargets: [{ name: a, size: 9x9 }]\n").name, "shop");
}

#[test]
fn stages_may_be_words_without_options() {
    let empty =
        pipeline("version: 1\nstages:\n  - aspect\n  - resize:\n  - convert: {}\ntargets: [{ name: a, size: 9x9 }]\n");
    let none = pipeline("version: 1\ntargets: [{ name: a, size: 9x9 }]\n");
    assert_eq!(empty.usual_tasks[0].fingerprint, none.usual_tasks[0].fingerprint);
}
