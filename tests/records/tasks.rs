//! Tasks of one source that differ by row, by encoding or by target alone: planned, made, recorded, resumed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use recanvas::analysis::Measures;
use recanvas::batch;
use recanvas::batch::Places;
use recanvas::batch::Plan;
use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::batch::Summary;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Metadata;
use recanvas::geometry::Decision;
use recanvas::geometry::Layout;
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
use recanvas::report::Status;
use recanvas::report::explain;
use recanvas::stages::LayoutInput;
use recanvas::stages::Stage;
use recanvas::stages::StageDef;
use tempfile::TempDir;

use crate::own_variants::Pictures;

/// A folder with one source, `a.png`, of this size.
fn folder(size: Size) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("in")).expect("a folder");
    let encoding = Encoding::new(Format::PNG, &Values::new()).expect("PNG is written");
    let picture = encoding.encode(&Pixels::<u8>::new(size, Channels::Rgba).into(), &Metadata::default());
    fs::write(folder.path().join("in/a.png"), picture.expect("it encodes")).expect("a source");
    folder
}

fn pipeline(rest: &str) -> Pipeline {
    pipeline_with(Registry::built_in(), rest)
}

fn pipeline_with(registry: Registry, rest: &str) -> Pipeline {
    let document = Document::new(Path::new("tasks.yaml"), format!("version: 1\nname: tasks\n{rest}"));
    check(&document, registry).expect("a pipeline")
}

fn request(pipeline: &Pipeline, folder: &TempDir) -> Request {
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    let request = Request::new(pipeline, Places::new(input, output)).expect("two folders");
    request.with(|it| it.jobs = Some(1))
}

fn run(pipeline: &Pipeline, folder: &TempDir) -> Summary {
    batch::run(pipeline, &request(pipeline, folder), &Silent, &Stop::new()).expect("a run")
}

fn plan(pipeline: &Pipeline, folder: &TempDir, targets: &[&str]) -> Plan {
    let targets = targets.iter().map(ToString::to_string).collect();
    batch::plan(pipeline, &request(pipeline, folder).with(|it| it.targets = targets)).expect("a plan")
}

/// A pipeline with one target, of which the source has two rows in two encodings each.
fn with_rows() -> Pipeline {
    let of_row = |row: &str| {
        let encoded =
            |format: &str| format!("  - {{ row: {row}, encoding: {format}, path: \"{{stem}}.{row}.{{ext}}\" }}\n");
        encoded("png") + &encoded("jpeg")
    };
    let text = format!("a.png:\n{}{}", of_row("x"), of_row("y"));
    let rows = Pictures::of(Document::new(Path::new("rows.yaml"), text)).expect("pictures");
    let registry = Registry::built_in().with_variants(Arc::new(rows));
    pipeline_with(registry, "targets: [{ name: card, size: 8x8 }]")
}

/// Done and left, as `status` counts them.
fn status(pipeline: &Pipeline, folder: &TempDir) -> (u64, u64) {
    let (plan, state) = batch::look(pipeline, &request(pipeline, folder)).expect("a plan");
    let status = Status::of(plan, &state);
    (status.done, status.left)
}

#[test]
fn rows_and_encodings_of_one_target_are_tasks_of_their_own() {
    let (folder, pipeline) = (folder(Size::new(16, 16)), with_rows());
    assert_eq!(status(&pipeline, &folder), (0, 4));
    assert_eq!(run(&pipeline, &folder).done, 4);
    let scope = request(&pipeline, &folder).scope(&pipeline);
    let state = State::load(&folder.path().join("out/.recanvas"), scope).expect("a manifest");
    for task in &*pipeline.tasks(Path::new("a.png")) {
        let key = task.key(Path::new("a.png"));
        let Some(TaskOutcome::Done(done)) = state.task(&key) else { panic!("{} is done", key.label()) };
        let (row, format) = (key.row.as_deref().expect("a row"), task.encoding.expect("an encoding"));
        assert_eq!(done.output, Path::new(&format!("a.{row}.{}", format.extension())));
    }
    let mut labels: Vec<String> = state.tasks().map(|(key, _)| key.label()).collect();
    labels.sort();
    assert_eq!(labels, ["card row x as jpeg", "card row x as png", "card row y as jpeg", "card row y as png"]);
    assert_eq!((run(&pipeline, &folder).skipped, status(&pipeline, &folder)), (4, (4, 0)));
}

#[test]
fn a_run_that_was_killed_among_the_rows_of_a_source_goes_on_with_the_next() {
    let (folder, pipeline) = (folder(Size::new(16, 16)), with_rows());
    run(&pipeline, &folder);
    // Killed after a file of the second row was claimed, and before any of that row was recorded.
    let manifest = folder.path().join("out/.recanvas/manifest.jsonl");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let is_finished = |line: &str| line.starts_with("{\"kind\":\"task_finished\"") && line.contains("\"row\":\"y\"");
    let kept: String = text.split_inclusive('\n').take_while(|line| !is_finished(line)).collect();
    fs::write(&manifest, &kept).expect("it can be cut");
    let is_recorded = |name: &str| kept.contains(&format!("\"output\":\"{name}\",\"bytes\""));
    let lost: Vec<&str> =
        ["a.x.png", "a.x.jpg", "a.y.png", "a.y.jpg"].into_iter().filter(|name| !is_recorded(name)).collect();
    assert!((1..4).contains(&lost.len()), "some are done, and some are not: {lost:?}");
    for name in &lost {
        fs::remove_file(folder.path().join("out").join(name)).expect("it was made");
    }
    let (done, left) = (4 - lost.len() as u64, lost.len() as u64);
    assert_eq!(status(&pipeline, &folder), (done, left));
    let resumed = run(&pipeline, &folder);
    assert_eq!((resumed.done, resumed.skipped, status(&pipeline, &folder)), (left, done, (4, 0)));
}

#[test]
fn records_name_rows_and_encodings_only_where_there_are_some() {
    let words = |pipeline: &Pipeline| {
        let folder = folder(Size::new(16, 16));
        run(pipeline, &folder);
        let text = fs::read_to_string(folder.path().join("out/.recanvas/manifest.jsonl")).expect("a manifest");
        ["\"row\":\"x\"", "\"row\":", "\"encoding\":\"jpeg\"", "\"encoding\":"].map(|word| text.matches(word).count())
    };
    // A task is claimed and finished.
    assert_eq!(words(&with_rows()), [4, 8, 4, 8]);
    assert_eq!(words(&pipeline("targets: [{ name: card, size: 8x8 }]")), [0; 4]);
}

/// Says how often the stage was asked that counts it.
static ASKED: AtomicUsize = AtomicUsize::new(0);

static COUNTING: StageDef = StageDef::new("counting", "counts how often it is asked", |_, _| Arc::new(Counting));

struct Counting;

impl Stage for Counting {
    fn layout(&self, layout: Layout, _: &LayoutInput<'_>) -> Option<Decision> {
        ASKED.fetch_add(1, Ordering::Relaxed);
        Some(layout.into())
    }
}

#[test]
fn each_task_of_a_source_is_decided_once_and_none_of_a_finished_one() {
    let folder = folder(Size::new(16, 16));
    let stages = "stages:\n  - convert: { format: png }\n";
    let targets = "targets: [{ name: a, size: 8x8 }, { name: b, size: 16x8, resize: { filter: box } }]";
    let registry = Registry::built_in().with_stage(&COUNTING, "convert");
    let pipeline = pipeline_with(registry, &format!("{targets}\n{stages}"));
    let asked = || ASKED.swap(0, Ordering::Relaxed);
    plan(&pipeline, &folder, &[]);
    assert_eq!(asked(), 2);
    plan(&pipeline, &folder, &["a"]);
    assert_eq!(asked(), 2, "what is not asked for is decided as well");
    // The margins and the cut-outs of the one with margins hang on all tasks.
    assert_eq!((run(&pipeline, &folder).done, asked()), (2, 2));
    assert_eq!((run(&pipeline, &folder).skipped, asked()), (2, 0));
}

#[cfg(feature = "providers")]
#[test]
fn selecting_targets_changes_neither_decoding_nor_calls() {
    let folder = folder(Size::new(640, 480));
    let targets = "targets: [{ name: tall, size: 480x640 }, { name: wide, size: 960x480 }]";
    let pipeline = pipeline(&format!("{targets}\nstages:\n  - outpaint: {{ engine: [fal, blur] }}\n"));
    let told = |targets: &[&str]| {
        let plan = plan(&pipeline, &folder, targets);
        let source = &plan.sources[0];
        let decisions = source.decisions.as_ref().expect("the header was read");
        let decided: Vec<recanvas::pipeline::Decided> =
            decisions.each(&source.tasks).map(|(_, _, decided)| decided.clone()).collect();
        let calls: Vec<_> = source.calls.iter().map(|call| (call.plan.canvas, call.plan.members.clone())).collect();
        (source.selected().count(), (decided, recanvas::pipeline::decode_request(&source.tasks, decisions), calls))
    };
    let (all, one, other) = (told(&[]), told(&["tall"]), told(&["wide"]));
    assert_eq!((all.0, one.0, other.0), (2, 1, 1));
    assert!(all.1.0.len() == 2 && !all.1.2.is_empty());
    assert_eq!((&all.1, &all.1), (&one.1, &other.1));
}

#[test]
fn explain_tells_where_an_option_of_one_picture_is_written() {
    let folder = folder(Size::new(16, 16));
    let said = "a.png:\n  - { targets: [card], row: A17, options: { convert: { quality: 30 } } }\n  - { targets: [tall], options: { resize: { filer: box } } }\n";
    let said = Pictures::of(Document::new(Path::new("said.yaml"), said.to_owned())).expect("pictures");
    let targets = "targets: [{ name: card, size: 8x8 }, { name: tall, size: 8x9 }]";
    let pipeline = pipeline_with(Registry::built_in().with_variants(Arc::new(said)), targets);
    let plan = plan(&pipeline, &folder, &[]);
    let text = explain(&plan.sources[0], plan.sources[0].header().as_ref(), Measures::none(), &BTreeMap::new());
    let lines = ["target card row A17", "(override, said.yaml, line 2)", "will fail: options: said.yaml:3:"];
    for line in lines {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn rendering_a_source_with_rows_gives_what_a_run_writes() {
    let (folder, pipeline) = (folder(Size::new(16, 12)), with_rows());
    run(&pipeline, &folder);
    let bytes = fs::read(folder.path().join("in/a.png")).expect("a source");
    let rendered = pipeline.render_source(Path::new("a.png"), &bytes);
    assert_eq!(rendered.len(), 4);
    for (task, rendered) in rendered {
        let (row, format) = (task.row.as_ref().expect("a row"), task.encoding.expect("an encoding"));
        let written = folder.path().join(format!("out/a.{}.{}", row.as_str(), format.extension()));
        assert!(rendered.expect("it renders").bytes == fs::read(written).expect("an output"), "{row:?} {format:?}");
    }
    // Of another source nothing is said.
    let usual = pipeline.render_source(Path::new("b.png"), &bytes);
    assert_eq!((usual.len(), usual[0].0.row.is_none()), (1, true));
}

#[test]
fn a_row_is_shown_on_one_line() {
    let key = TaskKey { row: Some("a\u{1b}[2J\nb\u{202e}c".into()), ..TaskKey::new(Path::new("a.png"), "card") };
    assert_eq!(key.label(), "card row a\\u{1b}[2J\\nb\\u{202e}c");
}
