//! What makes finished work stale: an option that acts on an output, and nothing else.

use std::fs;
use std::path::Path;

use recanvas::batch;
use recanvas::batch::Action;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::batch::Why;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Metadata;
use recanvas::geometry::Size;
use recanvas::manifest::State;
use recanvas::manifest::TaskOutcome;
use recanvas::options::Values;
use recanvas::pipeline::Document;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::TaskKey;
use recanvas::pipeline::check;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;

use crate::batch::versions;
use crate::batch::world::RED;
use crate::batch::world::World;
use crate::batch::world::picture;

/// Done, skipped, failed, known to fail, and of the skipped the outdated ones.
type Counts = [u64; 5];

fn jpeg(side: u32) -> Vec<u8> {
    let encoding = Encoding::new(Format::JPEG, &Values::new()).expect("JPEG is written");
    let picture = Pixels::<u8>::new(Size::new(side, side), Channels::Rgb).into();
    encoding.encode(&picture, &Metadata::default()).expect("it encodes")
}

/// Both worlds with a PNG of 16 × 16 pixels and a JPEG of 64 × 64.
fn worlds() -> [World; 2] {
    let worlds = World::both();
    for world in &worlds {
        world.put_source("j.jpg", &jpeg(64));
        world.put_source("p.png", &picture(RED));
    }
    worlds
}

fn pipeline(registry: Registry, words: &str) -> Pipeline {
    let document = Document::new(Path::new("p.yaml"), format!("version: 1\nname: stale\n{words}\n"));
    check(&document, registry).expect("a pipeline")
}

fn run_with(world: &World, registry: Registry, words: &str, refresh: bool) -> Counts {
    let pipeline = pipeline(registry, words);
    let request = world.request(&pipeline).with(|it| it.refresh = refresh);
    let summary = batch::run(&pipeline, &request, &Silent, &Stop::new()).expect("a run");
    let known = summary.known_failed.values().sum();
    [summary.done, summary.skipped, summary.failures(), known, summary.outdated]
}

fn run(world: &World, words: &str) -> Counts {
    run_with(world, Registry::built_in(), words, false)
}

/// Says why tasks would be made, in the order of sources and targets.
fn whys(world: &World, words: &str) -> Vec<String> {
    let pipeline = pipeline(Registry::built_in(), words);
    let plan = batch::plan(&pipeline, &world.request(&pipeline)).expect("a plan");
    let why = |action: &Action| if let Action::Make(make) = action { Some(make.why().to_string()) } else { None };
    plan.selected().filter_map(|(_, one)| why(&one.plan.action)).collect()
}

fn manifest(world: &World) -> String {
    fs::read_to_string(world.path("state/manifest.jsonl")).expect("a manifest")
}

fn put_manifest(world: &World, text: &str) {
    fs::write(world.path("state/manifest.jsonl"), text).expect("it is written");
}

fn count(world: &World, kind: &str) -> usize {
    manifest(world).lines().filter(|line| line.starts_with(&format!("{{\"kind\":\"{kind}\""))).count()
}

#[test]
fn only_options_that_act_on_an_output_make_it_again() {
    // What is said before and after; the sources of which the output is made again.
    let table: &[(&str, &str, &str, &[&str])] = &[
        // No engine without margins.
        ("size: 8x8", "outpaint: { engine: blur }", "outpaint: { engine: edge }", &[]),
        ("size: 8x12", "outpaint: { engine: blur }", "outpaint: { engine: edge }", &["j.jpg", "p.png"]),
        ("size: 8x12", "outpaint: { engine: blur }", "outpaint: { engine: blur, passes: 2, provenance: off }", &[]),
        // The encoder that really writes, and its options.
        ("size: 8x8", "convert: { format: source }", "convert: { format: source, quality: 50 }", &["j.jpg"]),
        ("size: 8x8", "convert: { format: source }", "convert: { format: source, lossless: true }", &[]),
        ("size: 8x8", "convert: { format: source }", "convert: { format: png }", &["j.jpg"]),
        ("size: 8x8", "convert: { format: webp }", "convert: { format: webp, progressive: true }", &[]),
        ("size: 8x8", "convert: { format: webp }", "convert: { format: webp, effort: fast }", &["j.jpg", "p.png"]),
        ("size: 8x8", "convert: { format: webp }", "convert: { format: webp, lossless: true }", &["j.jpg", "p.png"]),
        // What others of its options leave nothing to do.
        (
            "size: 8x8",
            "convert: { format: webp, lossless: true }",
            "convert: { format: webp, lossless: true, quality: 5 }",
            &[],
        ),
        ("size: 8x8", "convert: { effort: small }", "convert: { effort: small, progressive: true }", &[]),
        (
            "size: 8x8",
            "convert: { effort: small, progressive: true }",
            "convert: { progressive: true }",
            &["j.jpg", "p.png"],
        ),
        // No filter where pixels stand one to one.
        ("width: 16", "resize: { filter: box }", "resize: { filter: mitchell }", &["j.jpg"]),
        ("size: 16x20", "resize: { filter: box }", "resize: { filter: mitchell }", &["j.jpg"]),
        ("ratio: 1:1", "resize: { filter: box }", "resize: { filter: mitchell }", &[]),
        // No decoder that the format has not, and none that is not asked for less than the whole.
        ("size: 8x8", "load: { decoder: fast }", "load: { decoder: safe }", &["j.jpg"]),
        ("size: 8x8", "load: { oversample: 1.3 }", "load: { oversample: 4 }", &["j.jpg"]),
        ("size: 60x60", "load: { oversample: 1.3 }", "load: { oversample: 4 }", &[]),
        // Limits refuse, and make nothing.
        ("size: 8x8", "load: { max_pixels: 1M }", "load: { max_pixels: 2M }", &[]),
        // Nothing of the window where the source has the asked ratio.
        ("size: 8x8", "aspect: { fit: expand }", "aspect: { fit: crop, anchor: top }", &[]),
        ("size: 8x12", "aspect: { fit: crop }", "aspect: { fit: crop, max_crop: 50% }", &[]),
        ("size: 8x12", "aspect: { fit: crop }", "aspect: { fit: crop, anchor: left }", &["j.jpg", "p.png"]),
        ("size: 8x12", "aspect: { fit: crop }", "aspect: { fit: expand }", &["j.jpg", "p.png"]),
        // Only a source that is too small is enlarged, or not.
        ("size: 20x20", "resize: { upscale: allow }", "resize: { upscale: avoid }", &["p.png"]),
        ("size: 20x20", "resize: { upscale: avoid }", "resize: { upscale: allow }", &["p.png"]),
        // A background only where something may be transparent.
        ("size: 8x8", "convert: { background: white }", "convert: { background: red }", &[]),
        ("size: 8x12", "convert: { background: white }", "convert: { background: red }", &["j.jpg", "p.png"]),
    ];
    for (shape, before, after, redone) in table {
        for world in worlds() {
            let words = |stage: &str| format!("targets: [{{ name: a, {shape} }}]\nstages:\n  - {stage}");
            let (case, many) = (format!("{}: {shape}, {after}", world.name()), redone.len() as u64);
            assert_eq!(run(&world, &words(before)), [2, 0, 0, 0, 0], "{case}");
            let opened = world.memory().map(|memory| memory.opened());
            assert_eq!(whys(&world, &words(before)), [""; 0], "{case}");
            assert_eq!(whys(&world, &words(after)).len() as u64, many, "{case}: {:?}", whys(&world, &words(after)));
            if redone.is_empty() {
                let before = world.outputs();
                assert_eq!(run(&world, &words(after)), [0, 2, 0, 0, 0], "{case}");
                assert_eq!(world.outputs(), before, "{case}");
                assert_eq!(world.memory().map(|memory| memory.opened()), opened, "{case}: what is recorded is known");
            } else {
                assert_eq!(run(&world, &words(after)), [many, 2 - many, 0, 0, 0], "{case}");
            }
            assert_eq!(run(&world, &words(after)), [0, 2, 0, 0, 0], "{case}");
            // The way back is as long.
            assert_eq!(run(&world, &words(before)), [many, 2 - many, 0, 0, 0], "{case}, and back");
        }
    }
}

#[test]
fn only_differing_options_that_act_are_named() {
    let words = |more: &str| format!("targets: [{{ name: a, size: 8x8 }}]\nstages:\n{more}");
    for world in worlds() {
        run(&world, &words("  - convert: { format: source }"));
        let both = "  - convert: { format: source, quality: 50 }\n  - outpaint: { engine: edge }";
        assert_eq!(whys(&world, &words(both)), ["convert.quality 85 → 50"], "{}", world.name());
    }
}

#[test]
fn a_changed_template_redoes_only_outputs_whose_path_changes() {
    let words = |path: &str| format!("output: {{ path: \"{path}\" }}\ntargets: [{{ name: a, size: 8x8 }}]");
    for world in worlds() {
        assert_eq!(run(&world, &words("{dir}/{stem}.{target}.{ext}")), [2, 0, 0, 0, 0]);
        for same in ["{stem}.a.{ext}", "{stem}.{target}.jpg", "{stem}.{target}.{ext}"] {
            assert_eq!(whys(&world, &words(same)), [""; 0], "{}: {same}", world.name());
            assert_eq!(run(&world, &words(same)), [0, 2, 0, 0, 0], "{}: {same}", world.name());
        }
        let other = words("{target}/{stem}.{width}.{ext}");
        let line = "path \"{stem}.{target}.{ext}\" → \"{target}/{stem}.{width}.{ext}\"";
        assert_eq!(whys(&world, &other), [line; 2], "{}", world.name());
        assert_eq!(run(&world, &other), [2, 0, 0, 0, 0], "{}", world.name());
        // The width is that of the output, which the header alone tells.
        assert_eq!(run(&world, &words("a/{stem}.{height}.{ext}")), [0, 2, 0, 0, 0], "{}", world.name());
        assert!(world.outputs().contains_key(Path::new("a/p.8.jpg")));
    }
}

#[test]
fn options_that_a_newer_program_adds_make_nothing_stale() {
    let words = "targets: [{ name: a, size: 8x8 }, { name: b, size: 8x12, still: { old: 3 } }]\n\
                 stages: [{ outpaint: { engine: [{ use: black }] } }]";
    for world in worlds() {
        world.put_source("broken.png", b"\x89PNG\r\n\x1a\nno more");
        let run = |stage: usize, engine: usize| run_with(&world, versions::registry(stage, engine), words, false);
        assert_eq!(run(0, 0), [4, 0, 2, 0, 0], "{}", world.name());
        for (stage, engine) in [(1, 0), (0, 1), (1, 1), (0, 0)] {
            assert_eq!(run(stage, engine), [0, 4, 0, 2, 0], "{}: {stage} {engine}", world.name());
        }
        // A stage more, and one that is not named.
        let more = versions::registry(1, 1).with_stage(&versions::MORE, "convert");
        assert_eq!(run_with(&world, more, words, false), [0, 4, 0, 2, 0], "{}", world.name());
    }
}

#[test]
fn a_raised_revision_makes_outdated_what_it_acted_on() {
    let words = "targets: [{ name: a, size: 8x8 }, { name: b, size: 8x12, still: { old: 3 } }]\n\
                 stages: [{ outpaint: { engine: [{ use: black }] } }]";
    for world in worlds() {
        let run = |stage, engine, refresh| run_with(&world, versions::registry(stage, engine), words, refresh);
        assert_eq!(run(0, 0, false), [4, 0, 0, 0, 0], "{}", world.name());
        // The stage acts where its option is not 1, the engine where there are margins: both on `b` alone.
        for (stage, engine) in [(2, 0), (0, 2), (2, 2)] {
            assert_eq!(run(stage, engine, false), [0, 4, 0, 0, 2], "{}: {stage} {engine}", world.name());
        }
        assert_eq!(run(2, 2, true), [2, 2, 0, 0, 0], "{}", world.name());
        assert_eq!(run(2, 2, true), [0, 4, 0, 0, 0], "{}", world.name());
        // An older program says nothing of what a newer one made.
        assert_eq!(run(0, 0, false), [0, 4, 0, 0, 0], "{}", world.name());
    }
}

#[test]
fn another_default_with_its_revision_makes_outdated_and_not_changed() {
    let words = "targets: [{ name: a, size: 8x8 }, { name: b, size: 8x8, always: { level: 4 } }]";
    for world in worlds() {
        let run = |def| run_with(&world, Registry::built_in().with_stage(def, "convert"), words, false);
        assert_eq!(run(&versions::DEFAULTS[0]), [4, 0, 0, 0, 0], "{}", world.name());
        assert_eq!(run(&versions::DEFAULTS[1]), [0, 4, 0, 0, 4], "{}", world.name());
        // What was said is the default now.
        let other =
            "targets: [{ name: a, size: 8x8, always: { level: 2 } }, { name: b, size: 8x8, always: { level: 4 } }]";
        let registry = Registry::built_in().with_stage(&versions::DEFAULTS[1], "convert");
        assert_eq!(run_with(&world, registry, other, false), [0, 4, 0, 0, 4], "{}", world.name());
    }
}

#[test]
fn a_source_is_recorded_once_and_again_when_it_is_another() {
    let words = "targets: [{ name: a, size: 8x8 }, { name: b, size: 8x12 }]";
    for world in worlds() {
        assert_eq!(run(&world, words), [4, 0, 0, 0, 0]);
        assert_eq!(count(&world, "source"), 2, "{}", world.name());
        let text = manifest(&world);
        let first = |kind: &str| text.find(&format!("{{\"kind\":\"{kind}\"")).expect("a record");
        assert!(first("source") < first("task_finished"), "{text}");
        run(&world, "targets: [{ name: a, size: 9x9 }, { name: b, size: 8x12 }]");
        assert_eq!(count(&world, "source"), 2, "{}: it is the same", world.name());
        // The same bytes at another time, then others.
        world.put_source("p.png", &picture(RED));
        assert_eq!(run(&world, "targets: [{ name: a, size: 9x9 }, { name: b, size: 8x12 }]"), [0, 4, 0, 0, 0]);
        assert_eq!(count(&world, "source"), 3, "{}", world.name());
        world.put_source("p.png", &jpeg(30));
        assert_eq!(run(&world, words), [3, 1, 0, 0, 0], "{}", world.name());
        assert_eq!(count(&world, "source"), 4, "{}", world.name());
        let pipeline = pipeline(Registry::built_in(), words);
        let state = State::load(&world.path("state"), world.request(&pipeline).scope(&pipeline)).expect("a manifest");
        let known = state.source(Path::new("p.png")).and_then(|known| known.header).expect("a header");
        assert_eq!((known.format, known.stored), (Format::JPEG, Size::new(30, 30)));
    }
}

#[test]
fn a_kill_between_a_source_and_its_task_is_made_good() {
    let words = "targets: [{ name: a, size: 8x8 }, { name: b, size: 8x12 }]";
    for world in worlds() {
        run(&world, words);
        let whole = manifest(&world);
        let at = whole.find("{\"kind\":\"source\"").expect("a source");
        let end = at + whole[at..].find('\n').expect("a line end");
        let outputs = world.outputs();
        // Torn in its middle, and whole but for what comes after.
        for (cut, recorded) in [(at + 40, 0), (end, 0), (end + 1, 1)] {
            put_manifest(&world, &whole[..cut]);
            let pipeline = pipeline(Registry::built_in(), words);
            let plan = batch::plan(&pipeline, &world.request(&pipeline)).expect("a plan");
            let interrupted = plan
                .selected()
                .filter(|(_, one)| matches!(&one.plan.action, Action::Make(make) if *make.why() == Why::Interrupted));
            assert!(interrupted.count() >= 1, "{}: the output was claimed", world.name());
            assert_eq!(run(&world, words), [4, 0, 0, 0, 0], "{}", world.name());
            assert_eq!(count(&world, "source"), 2, "{}: {recorded} before", world.name());
            assert_eq!(world.outputs(), outputs, "{}", world.name());
            assert_eq!(run(&world, words), [0, 4, 0, 0, 0], "{}", world.name());
        }
    }
}

#[test]
fn an_optional_record_of_a_later_program_is_kept() {
    const LATER: &str = "{\"kind\":\"portrait\",\"optional\":true,\"source\":\"p.png\"}\n";
    let words = "targets: [{ name: a, size: 8x8 }]";
    for world in worlds() {
        run(&world, words);
        put_manifest(&world, &(manifest(&world) + LATER));
        assert_eq!(run(&world, words), [0, 2, 0, 0, 0], "{}", world.name());
        world.put_source("more.png", &picture(RED));
        assert_eq!(run(&world, words), [1, 2, 0, 0, 0], "{}", world.name());
        assert_eq!(manifest(&world).matches(LATER).count(), 1);
    }
}

#[test]
fn an_output_records_what_acted_on_it_alone() {
    let words = "targets: [{ name: a, size: 8x8 }, { name: b, size: 8x12 }]\n\
                 stages: [{ outpaint: { engine: blur } }, { convert: { format: source } }]";
    for world in worlds() {
        run(&world, words);
        let line = |source: &str, target: &str| {
            let (text, named) = (manifest(&world), format!("\"source\":\"{source}\""));
            let is_it = |line: &&str| {
                line.starts_with("{\"kind\":\"task_finished\"")
                    && line.contains(&named)
                    && line.contains(&format!("\"target\":\"{target}\""))
            };
            let line = text.lines().find(is_it).expect("a record").to_owned();
            let made_by = line.split("\"made_by\":{").nth(1).expect("parts").split('}').next().expect("an end");
            made_by.split(',').map(|part| part.split('"').nth(1).expect("a name").to_owned()).collect::<Vec<_>>()
        };
        let bare = ["decoder.png", "encoder.png", "stage.aspect", "stage.convert", "stage.load", "stage.resize"];
        assert_eq!(line("p.png", "a"), bare, "{}", world.name());
        let filled = line("j.jpg", "b");
        assert!(
            filled.contains(&"engine.blur".to_owned()) && filled.contains(&"encoder.jpeg".to_owned()),
            "{filled:?}"
        );
        assert!(filled.contains(&"stage.outpaint".to_owned()) && !filled.contains(&"encoder.png".to_owned()));
        let pipeline = pipeline(Registry::built_in(), words);
        let state = State::load(&world.path("state"), world.request(&pipeline).scope(&pipeline)).expect("a manifest");
        let asked = |source: &str, target: &str| match state.task(&TaskKey::new(Path::new(source), target)) {
            Some(TaskOutcome::Done(done)) => done.asked.expect("it is of this version"),
            other => panic!("{other:?}"),
        };
        assert_ne!(asked("p.png", "a"), asked("j.jpg", "a"), "their formats differ");
        assert_ne!(asked("p.png", "a"), asked("p.png", "b"), "their shapes differ");
    }
}
