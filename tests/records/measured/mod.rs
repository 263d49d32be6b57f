//! Tasks whose layouts hang on what their sources show: planned, looked at, made, killed, resumed, judged.

mod broken;
mod changed;
mod engine;
mod trim;
mod world;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use image::RgbImage;
use recanvas::batch::Action;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Request;
use recanvas::batch::Skip;
use recanvas::batch::Stop;
use recanvas::batch::StopReason;
use recanvas::batch::exit;
use recanvas::geometry::Size;
use recanvas::manifest::HowMade;
use recanvas::manifest::Journal;
use recanvas::report;
use recanvas::report::summary_json;
use recanvas::report::summary_text;
use serde_json::Value;
use serde_json::json;

use trim::Edges;
use world::Noted;
use world::TARGETS;
use world::World;
use world::count;
use world::pipeline;
use world::thing;
use world::told;

/// Names the variable by which a process is told after how many pictures it dies.
const DIES_AFTER: &str = "RECANVAS_TEST_DIES_AFTER";

/// Names the variable by which it is told where it works.
const WORKS_IN: &str = "RECANVAS_TEST_WORKS_IN";

/// The path of the test that is run again as that process.
const DYING: &str = "measured::process_killed_during_analysis";

fn explained(world: &World, pipeline: &recanvas::pipeline::Pipeline, source: &str) -> String {
    let request = world.request(pipeline).with(|it| it.only = vec![source.to_owned()]);
    let (plan, state) = recanvas::batch::look(pipeline, &request).expect("a plan");
    let header = plan.header(&plan.sources[0].file).expect("a header");
    let made = HowMade::of_source(&request.state, request.scope(pipeline), Path::new(source));
    let measures = plan.measures(&plan.sources[0], &state).unwrap_or_default();
    report::explain(&plan.sources[0], Some(&header), &measures, &made)
}

fn plan_json(plan: &recanvas::batch::Plan, pipeline: &recanvas::pipeline::Pipeline) -> Value {
    let mut out = Vec::new();
    report::plan_json(&mut out, plan, pipeline).expect("it is written");
    serde_json::from_slice(&out).expect("an object")
}

#[test]
fn a_plan_of_a_fresh_tree_says_that_content_decides_and_looks_at_none() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    let plan = world.plan(&pipeline, |request| request);
    // The task that needs none waits too: how much is decoded follows from all.
    assert_eq!((count(&plan, "measure"), EDGES.looks()), (6, 0));
    assert!(!world.path("out").exists(), "a plan writes nothing");
    let text = report::plan_text(&plan);
    assert!(text.contains("look   bordered.png [trimmed] decided by content: edges\n"), "{text}");
    assert!(
        text.contains("3 sources: 0 to create, 0 to redo, 0 to skip, 0 that will fail, 0 known to fail\n"),
        "{text}"
    );
    assert!(text.contains("undecided: 6 tasks, decided by content; plan --analyze looks"), "{text}");
    let object = plan_json(&plan, &pipeline);
    assert_eq!(object["totals"]["measure"], 6);
    assert_eq!(object["tasks"][0]["action"], "measure");
    assert_eq!((&object["tasks"][0]["why"], &object["tasks"][0]["measures"]), (&json!("new"), &json!(["edges"])));
    assert_eq!(object.get("unrecorded"), None);
    let status = world.status(&pipeline);
    assert_eq!((status.left, status.undecided, &status.json()["undecided"]), (6, 6, &json!(6)));
    assert!(status.to_string().contains("6 of them decided by content"), "{status}");
    let text = explained(&world, &pipeline, "bordered.png");
    assert!(text.contains("after trim       decided by content: edges; plan --analyze looks"), "{text}");
    assert!(text.contains("will be looked at: decided by content: edges"), "{text}");
    assert_eq!(EDGES.looks(), 0);
}

#[test]
fn a_plan_that_analyzes_looks_once_and_records_what_is_found() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    let plan = world.plan(&pipeline, |request: Request| request.with(|it| it.analyze = true));
    assert_eq!((count(&plan, "make"), EDGES.looks(), &plan.unrecorded), (6, 3, &None));
    let sizes = plan.selected().filter_map(|(_, one)| Some((&*one.task.target, one.decided?.layout.output)));
    let trimmed: Vec<Size> = sizes.filter(|(target, _)| *target == "trimmed").map(|(_, size)| size).collect();
    // The thing, the picture without a border, and the one whose border may be part of it.
    assert_eq!(trimmed, [Size::new(40, 30), Size::new(40, 30), Size::new(60, 45)]);
    let object = plan_json(&plan, &pipeline);
    assert_eq!(object["tasks"][0]["because"], json!([{"measure": "edges", "confidence": 0.75}]));
    assert_eq!(object["tasks"][4]["findings"][0]["rule"], "low_confidence");
    assert_eq!((object["tasks"][1].get("because"), object["totals"].get("measure")), (None, None));
    assert!(report::plan_text(&plan).contains("decided by edges, confidence 0.75"));
    let measured = world.records("measures");
    assert_eq!((measured.len(), &measured[0]["optional"]), (3, &json!(true)));
    assert_eq!(measured[0]["values"]["edges"]["revision"], 1);
    // What is recorded is no run, and is known from then on.
    assert_eq!((world.state(&pipeline).runs(), world.status(&pipeline).undecided), (0, 0));
    assert_eq!(count(&world.plan(&pipeline, |request| request), "make"), 6);
    assert!(explained(&world, &pipeline, "bordered.png").contains("measured edges (revision 1): {\"bottom\""));
    assert_eq!(EDGES.looks(), 0);
    let ran = world.run(&pipeline);
    assert_eq!((ran.done, ran.measured, EDGES.looks()), (6, 0, 0));
}

#[test]
fn measures_that_cannot_be_recorded_count_for_this_plan_alone() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    let state = world.path("out/.recanvas");
    let (held, _) = Journal::open(&state, "another").expect("the lock is free");
    let plan = world.plan(&pipeline, |request: Request| request.with(|it| it.analyze = true));
    assert_eq!((count(&plan, "make"), EDGES.looks()), (6, 3));
    assert!(plan.unrecorded.is_some());
    assert!(report::plan_text(&plan).contains("warning: what was seen in the sources is not recorded"));
    assert!(plan_json(&plan, &pipeline)["unrecorded"].is_string());
    assert_eq!(world.records("measures").len(), 0);
    drop(held);
    assert_eq!(count(&world.plan(&pipeline, |request| request), "measure"), 6);
}

#[test]
fn a_run_looks_first_and_makes_exactly_what_was_found() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    let noted = Noted::default();
    let ran = world.run_with(&pipeline, |request| request, &noted, &Stop::new());
    assert_eq!((ran.done, ran.measured, EDGES.looks()), (6, 3, 3));
    let noted = noted.0.into_inner().expect("a list");
    assert_eq!(noted[..5], ["measuring", "measured", "measured", "measured", "planned"]);
    assert_eq!((noted.iter().filter(|word| **word == "done").count(), noted.last()), (6, Some(&"ended")));
    // What shows is the thing alone, to the pixel: at scale 1 nothing of its border is left.
    let expected = RgbImage::from_fn(40, 30, |x, y| image::Rgb(thing(x + 12, y + 6)));
    assert!(world.output("bordered.trimmed.png") == expected);
    assert!(world.output("full.trimmed.png") == RgbImage::from_fn(40, 30, |x, y| image::Rgb(thing(x, y))));
    assert_eq!(world.output("graded.trimmed.png").dimensions(), (60, 45));
    assert_eq!(world.output("bordered.whole.png").dimensions(), (30, 30));
    let record = world.finished("bordered.png", "trimmed");
    assert_eq!((&record["made_by"]["measure.edges"], &record["because"][0]["measure"]), (&json!(1), &json!("edges")));
    assert_eq!(record["layout"]["content"], json!([12, 6, 40, 30]));
    assert_eq!(record.get("findings"), None);
    let record = world.finished("graded.png", "trimmed");
    let found = json!([{"rule": "low_confidence", "pass": false, "measured": 0.25, "required": 0.5}]);
    assert_eq!((&record["findings"], record.get("because")), (&found, None));
    let record = world.finished("bordered.png", "whole");
    assert_eq!((record["made_by"].get("measure.edges"), record.get("because")), (None, None));
    assert_eq!(summary_json(&ran, 0)["findings"], json!({"low_confidence": 1}));
    assert_eq!(summary_json(&ran, 0)["measured"], 3);
    let text = summary_text(&ran);
    assert!(text.contains("findings            1  of the done: 1 low_confidence\n"), "{text}");
    let status = world.status(&pipeline);
    assert_eq!((status.done, &status.json()["findings"]), (6, &json!({"low_confidence": 1})));
    assert!(status.to_string().contains("1 low_confidence"), "{status}");
    let text = explained(&world, &pipeline, "graded.png");
    assert!(text.contains("finding: low_confidence, measured 0.25, required 0.5\n"), "{text}");
    let text = explained(&world, &pipeline, "bordered.png");
    assert!(text.contains("its layout was decided by edges, confidence 0.75\n"), "{text}");
    let again = world.run(&pipeline);
    assert_eq!((again.skipped, again.measured, again.findings.len(), EDGES.looks()), (6, 0, 0, 0));
}

#[test]
fn selecting_targets_changes_no_byte() {
    static EDGES: Edges = Edges::new(1);
    let pipeline = pipeline(&EDGES, TARGETS);
    let (all, some) = (World::new(), World::new());
    all.run(&pipeline);
    assert_eq!(EDGES.looks(), 3);
    for target in ["whole", "trimmed"] {
        let only = |request: Request| request.with(|it| it.targets = vec![target.to_owned()]);
        let ran = some.run_with(&pipeline, only, &Noted::default(), &Stop::new());
        assert_eq!(ran.done, 3);
    }
    // The first looked; of unchanged sources the second knows it.
    assert_eq!(EDGES.looks(), 3);
    for name in ["bordered", "full", "graded"] {
        for target in ["whole", "trimmed"] {
            let name = format!("out/{name}.{target}.png");
            assert!(
                fs::read(all.path(&name)).expect("a file") == fs::read(some.path(&name)).expect("a file"),
                "{name}"
            );
        }
    }
}

/// Runs in a process of its own, as the test below starts it; anywhere else it has nothing to do.
#[test]
fn process_killed_during_analysis() {
    static EDGES: Edges = Edges::new(1);
    let Ok(folder) = std::env::var(WORKS_IN) else { return };
    let pipeline = pipeline(&EDGES, TARGETS);
    let (input, output) = (Path::new(&folder).join("in"), Path::new(&folder).join("out"));
    let places = recanvas::batch::Places::new(input, output);
    let request = Request::new(&pipeline, places).expect("two folders").with(|it| it.jobs = Some(1));
    let ended = recanvas::batch::run(&pipeline, &request, &Noted::default(), &Stop::new());
    panic!("it should have died: {ended:?}");
}

#[test]
fn a_run_that_is_killed_while_it_looks_keeps_what_it_has_found() {
    static EDGES: Edges = Edges::new(1);
    for looked in 0..3 {
        let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child.args(["--exact", DYING, "--nocapture"]).env(DIES_AFTER, looked.to_string());
        let died = child.env(WORKS_IN, world.folder.path()).output().expect("it starts");
        assert_eq!(died.status.signal(), Some(6), "{}", String::from_utf8_lossy(&died.stdout));
        assert_eq!(world.records("measures").len(), looked);
        assert_eq!((world.records("task_writing").len(), world.state(&pipeline).runs()), (0, 0), "no run had begun");
        let plan = world.plan(&pipeline, |request| request);
        assert_eq!((count(&plan, "make"), count(&plan, "measure")), (2 * looked, 6 - 2 * looked));
        let ran = world.run(&pipeline);
        assert_eq!((ran.done, ran.measured, EDGES.looks()), (6, 3 - looked as u64, 3 - looked));
    }
}

#[test]
fn a_run_with_a_limit_looks_at_no_more_than_it_makes() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    let limited = |limit| move |request: Request| request.with(|it| it.limit = Some(limit));
    // Two tasks hang on the first source, and three outputs are two sources.
    for (limit, looks, counts) in [(1, 1, (1, 5)), (2, 1, (2, 3)), (2, 1, (2, 1)), (9, 0, (1, 0))] {
        let plan = world.plan(&pipeline, limited(limit));
        assert!(plan.beyond_limit() <= count(&plan, "make") as u64);
        let ran = world.run_with(&pipeline, limited(limit), &Noted::default(), &Stop::new());
        assert_eq!(((ran.done, ran.left), EDGES.looks()), (counts, looks), "{limit}");
    }
    assert_eq!(world.records("measures").len(), 3);
}

/// Stops the run when the second source was looked at.
struct StopsAtSecond<'a>(&'a Stop, AtomicUsize);

impl Observer for StopsAtSecond<'_> {
    fn notice(&self, event: &Event<'_>) {
        let is_measured = matches!(event, Event::SourceMeasured { .. });
        if is_measured && self.1.fetch_add(1, Ordering::SeqCst) == 1 {
            self.0.request(StopReason::Duration);
        }
    }
}

#[test]
fn a_run_that_is_stopped_while_it_looks_makes_nothing_and_keeps_what_it_has_found() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    let stop = Stop::new();
    let one = |request: Request| request.with(|it| it.jobs = Some(1));
    let ran = world.run_with(&pipeline, one, &StopsAtSecond(&stop, AtomicUsize::new(0)), &stop);
    assert_eq!((ran.done, ran.left, ran.measured, ran.exit(false)), (0, 6, 2, exit::DURATION));
    assert_eq!((world.records("measures").len(), EDGES.looks()), (2, 2));
    let ran = world.run(&pipeline);
    assert_eq!((ran.done, ran.measured, EDGES.looks()), (6, 1, 1));
}

#[test]
fn a_raised_revision_makes_outputs_outdated_and_looks_anew() {
    static FIRST: Edges = Edges::new(1);
    static SECOND: Edges = Edges::new(2);
    let world = World::new();
    let (first, second) = (pipeline(&FIRST, TARGETS), pipeline(&SECOND, TARGETS));
    world.run(&first);
    let plan = world.plan(&second, |request| request);
    let outdated = |one: &Action| matches!(one, Action::Skip(Skip::Done { outdated: Some(_), .. }));
    assert_eq!(plan.selected().filter(|(_, one)| outdated(&one.plan.action)).count(), 3, "{:?}", told(&plan));
    let kept = world.run(&second);
    assert_eq!((kept.skipped, kept.outdated, kept.measured, SECOND.looks()), (6, 3, 0, 0));
    // The value of the other revision is unknown.
    let refresh = |request: Request| request.with(|it| it.refresh = true);
    assert_eq!(count(&world.plan(&second, refresh), "measure"), 3);
    let ran = world.run_with(&second, refresh, &Noted::default(), &Stop::new());
    assert_eq!((ran.done, ran.skipped, ran.measured, SECOND.looks()), (3, 3, 3, 3));
    let record = world.finished("bordered.png", "trimmed");
    assert_eq!(record["made_by"]["measure.edges"], 2);
    assert_eq!(world.output("bordered.trimmed.png").dimensions(), (60, 45));
    assert_eq!((world.run(&second).outdated, SECOND.looks()), (0, 0));
    // What the program of before has found is still true for it.
    FIRST.looks();
    let ran =
        world.run_with(&first, |request: Request| request.with(|it| it.force = true), &Noted::default(), &Stop::new());
    assert_eq!((ran.done, FIRST.looks()), (6, 0));
}

#[test]
fn a_source_that_cannot_be_decoded_fails_as_in_decoding() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    world.put("torn.jpg", &RgbImage::from_fn(400, 300, |x, y| image::Rgb(thing(x, y))));
    let whole = fs::read(world.path("in/torn.jpg")).expect("a source");
    fs::write(world.path("in/torn.jpg"), &whole[..whole.len() / 2]).expect("a source");
    let ran = world.run(&pipeline);
    assert_eq!((ran.done, ran.failures(), ran.measured), (6, 2, 3));
    let failed = world.records("task_failed");
    // As a pipeline fails that does not look.
    let plain = World::new();
    fs::copy(world.path("in/torn.jpg"), plain.path("in/torn.jpg")).expect("a copy");
    let other = world::pipeline(&EDGES, "targets: [{ name: trimmed, ratio: 4:3 }, { name: whole, size: 30x30 }]\n");
    plain.run(&other);
    let told = |records: &[Value]| {
        let of = |record: &Value| ["source", "target", "hash", "class", "message"].map(|key| record[key].clone());
        records.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(told(&failed), told(&plain.records("task_failed")));
    assert_eq!(failed[0]["class"], "corrupt");
    EDGES.looks();
    let again = world.run(&pipeline);
    assert_eq!((again.known_failures(), again.skipped, again.measured, EDGES.looks()), (2, 6, 0, 0));
}

#[test]
fn a_target_that_does_not_fit_into_memory_fails_alone() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    world.put("large.png", &RgbImage::from_fn(4000, 3000, |x, y| image::Rgb(thing(x, y))));
    let tight = |request: Request| request.with(|it| it.memory = Some(24 << 20));
    let ran = world.run_with(&pipeline, tight, &Noted::default(), &Stop::new());
    assert_eq!((ran.done, ran.failures(), ran.measured), (6, 2, 3));
    assert_eq!(world.records("task_failed")[0]["class"], "memory");
    let ran = world.run(&pipeline);
    assert_eq!((ran.done, ran.skipped, ran.measured), (2, 6, 1));
}

#[test]
fn a_large_photograph_is_looked_at_reduced() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    let photograph = RgbImage::from_fn(3000, 2000, |x, y| {
        let is_thing = (450..2400).contains(&x) && (380..1900).contains(&y);
        image::Rgb(if is_thing { thing(x / 8, y / 8) } else { [228, 226, 221] })
    });
    photograph.save(world.path("in/photograph.jpg")).expect("it is written");
    let only = |request: Request| {
        request.with(|it| {
            it.only = vec!["photograph.jpg".into()];
            it.analyze = true;
        })
    };
    let plan = world.plan(&pipeline, only);
    let content = plan.sources[0].selected().find_map(|one| Some(one.decided?.layout.content)).expect("a layout");
    let pixel = f64::from(3000) / 512.0;
    for (found, drawn) in [(content.x, 450), (content.y, 380), (content.right(), 2400), (content.bottom(), 1900)] {
        assert!((f64::from(found) - f64::from(drawn)).abs() <= pixel + 1.0, "{content:?}");
    }
}

#[test]
fn a_pipeline_that_needs_no_measure_records_and_says_nothing_of_any() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, "targets: [{ name: whole, size: 30x30 }]\n"));
    let noted = Noted::default();
    let ran = world.run_with(&pipeline, |request: Request| request.with(|it| it.analyze = true), &noted, &Stop::new());
    assert_eq!((ran.done, ran.measured, EDGES.looks()), (3, 0, 0));
    assert_eq!(noted.0.into_inner().expect("a list")[0], "planned");
    assert_eq!((world.records("measures").len(), world.records("run_started").len()), (0, 1));
    let object = summary_json(&ran, 0);
    assert_eq!((object.get("findings"), object.get("measured")), (None, None));
    assert!(
        world.records("task_finished").iter().all(|it| it.get("findings").is_none() && it.get("because").is_none())
    );
}

#[test]
fn enlarging_is_a_finding_beside_its_warning() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, "targets: [{ name: large, size: 90x90 }]\n"));
    let plan = world.plan(&pipeline, |request| request);
    let object = plan_json(&plan, &pipeline);
    assert_eq!(object["tasks"][0]["findings"][0]["measured"], 1.5);
    assert_eq!(object["tasks"][0]["warnings"], json!(["the source is enlarged 1.50 times"]));
    let ran = world.run(&pipeline);
    assert_eq!((ran.enlarged, &summary_json(&ran, 0)["findings"]), (3, &json!({"enlarged": 3})));
    assert!(!summary_text(&ran).contains("findings"), "it has a line of its own");
    assert_eq!(world.finished("full.png", "large")["findings"][0]["rule"], "enlarged");
    assert_eq!(world.status(&pipeline).json()["findings"], json!({"enlarged": 3}));
    // What replaces it is counted in its place.
    world.put("full.png", &RgbImage::from_fn(400, 300, |x, y| image::Rgb(thing(x, y))));
    world.run(&pipeline);
    assert_eq!(world.status(&pipeline).json()["findings"], json!({"enlarged": 2}));
}

#[test]
fn an_engine_is_told_what_was_measured() {
    static EDGES: Edges = Edges::new(1);
    let world = World::new();
    let colors = |by: &str| {
        let text = format!(
            "targets: [{{ name: wide, ratio: 2:1, trim: {{ by: {by} }} }}]\n\
             stages:\n  - outpaint: {{ engine: border_color }}\n  - convert: {{ format: png }}\n"
        );
        world.run(&pipeline(&EDGES, &text));
        world.output("bordered.wide.png").get_pixel(0, 0).0
    };
    assert_eq!((colors("edges"), colors("nothing")), ([240; 3], [0; 3]));
}

#[cfg(feature = "providers")]
#[test]
fn calls_are_planned_only_from_measured_layouts() {
    static EDGES: Edges = Edges::new(1);
    let world = World::new();
    let large = RgbImage::from_fn(512, 384, |x, y| {
        let is_thing = (128..448).contains(&x) && (64..320).contains(&y);
        image::Rgb(if is_thing { thing(x, y) } else { [240; 3] })
    });
    world.put("large.png", &large);
    let text =
        "targets: [{ name: wide, ratio: 2:1, trim: { by: edges } }]\nstages:\n  - outpaint: { engine: [fal, blur] }\n";
    let pipeline = pipeline(&EDGES, text);
    let only = |request: Request| request.with(|it| it.only = vec!["large.png".into()]);
    let fresh = world.plan(&pipeline, only);
    assert_eq!((count(&fresh, "measure"), fresh.sources[0].calls.len()), (1, 0));
    let known = world.plan(&pipeline, |request| only(request.with(|it| it.analyze = true)));
    assert_eq!((count(&known, "make"), known.sources[0].calls.len()), (1, 1));
    let layout = known.sources[0].selected().find_map(|one| Some(one.decided?.layout)).expect("a layout");
    assert_eq!((layout.content.width, layout.content.height), (320, 256), "the call is for what is left");
}
