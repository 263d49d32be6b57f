//! Who says what an option is, and how ratios and sizes are read.

use recanvas::geometry::Size;
use recanvas::pipeline::Origin;

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

#[test]
fn a_target_overrides_the_stages_and_they_the_defaults() {
    let pipeline = pipeline(LAYERS);
    let said = |target: usize, stage: &str, name: &str| {
        let settings = &pipeline.targets[target].settings;
        let found = settings.all().find(|(s, n, ..)| *s == stage && *n == name).expect("the option is in the tables");
        (found.2.to_string(), found.3.clone())
    };
    let own = [
        ("convert", "quality", "70", Origin::Target(6)),
        ("convert", "chroma", "\"4:4:4\"", Origin::Stages(13)),
        ("convert", "progressive", "false", Origin::Default),
        ("resize", "upscale", "\"avoid\"", Origin::Target(8)),
        ("resize", "filter", "\"box\"", Origin::Stages(10)),
        ("aspect", "fit", "\"expand\"", Origin::Default),
    ];
    for (stage, name, value, origin) in own {
        assert_eq!(said(1, stage, name), (value.to_owned(), origin), "{stage}.{name}");
    }
    assert_eq!(said(0, "convert", "quality"), ("80".to_owned(), Origin::Stages(12)));
    assert_eq!(said(0, "resize", "upscale"), ("\"refuse\"".to_owned(), Origin::Stages(10)));
    // What is written is also what is done.
    assert_eq!(pipeline.targets[0].recipe.encode.quality, 80);
    assert_eq!(pipeline.targets[1].recipe.encode.quality, 70);
}

#[test]
fn origins_are_told_in_words() {
    assert_eq!(Origin::Default.to_string(), "default");
    assert_eq!(Origin::Stages(3).to_string(), "stages, line 3");
    assert_eq!(Origin::Target(7).to_string(), "target, line 7");
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
        let shape = pipeline.targets[0].shape;
        let ratio = shape.ratio.unwrap_or_else(|| panic!("{written}")).value();
        assert!((ratio - value).abs() < 1e-12, "{written}: {ratio}");
        assert_eq!((shape.width, shape.height, shape.size()), (None, None, None), "{written}");
    }
    for written in ["size: 1080x1350", "size: 1080X1350", "size: 1080×1350", "width: 1080\n    height: 1350"] {
        let pipeline = pipeline(&format!("version: 1\ntargets:\n  - name: a\n    {written}\n"));
        assert_eq!(pipeline.targets[0].shape.size(), Some(Size::new(1080, 1350)), "{written}");
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
    assert_eq!(empty.targets[0].fingerprint, none.targets[0].fingerprint);
}
