//! What the first programs finished stays done, and is outdated where a part that made it is newer.
//!
//! The tree of `fixtures/manifests/first` was made by a program that counted revisions among the
//! options. A test gives its record today's revisions, and 0 to the parts that are to be older.

use std::path::Path;
use std::time::Duration;
use std::time::SystemTime;

use recanvas::digest::Digest;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::Revisions;
use serde_json::Value;

use crate::cli::Dir;
use crate::dir::fixture_bytes;

const SOURCES: [(&str, &str); 8] = [
    ("a.png", "grid/rgb__plain.png"),
    ("b.jpg", "grid/rgb__444.jpg"),
    ("c.webp", "grid/rgb__lossy.webp"),
    ("liar.jpg", "grid/gray__plain.png"),
    ("noext", "grid/rgb__420.jpg"),
    ("bad.png", "broken/corrupt__truncated.png"),
    ("text.jpg", "broken/unsupported__text.jpg"),
    ("huge.png", "broken/limit__30000x30000.png"),
];

/// When they were modified, as the manifest has it.
const MODIFIED: Duration = Duration::from_secs(1_767_225_600);

const MANIFEST: &str = "out/.recanvas/manifest.jsonl";
const DONE: u64 = 15;
const FAILED: u64 = 17;

/// What the first program named failures by a limit by, beside the options.
const LIMITS: &str = r#"{"load":{"max_bytes":1073741824,"max_pixels":200000000}}"#;

/// The tree as the first program left it.
fn first() -> Dir {
    let dir = Dir::new("", &["{ name: a, size: 9x9 }"]);
    for (name, fixture) in SOURCES {
        dir.source(name, fixture);
        // Of what failed before it was read the time alone says that it is the same.
        let file = std::fs::File::options().append(true).open(dir.path("in").join(name)).expect("a source");
        file.set_modified(SystemTime::UNIX_EPOCH + MODIFIED).expect("a time");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/manifests/first");
    dir.write("p.yaml", &fixture_bytes("manifests/first/p.yaml"));
    dir.write(MANIFEST, &fixture_bytes("manifests/first/manifest.jsonl"));
    for folder in ["main", "card", "wide"] {
        for entry in std::fs::read_dir(root.join("out").join(folder)).expect("outputs") {
            let path = entry.expect("an output").path();
            let below = path.strip_prefix(&root).expect("below").to_owned();
            dir.write(&below, &std::fs::read(&path).expect("an output"));
        }
    }
    assert_eq!(dir.outputs().len() as u64, DONE);
    dir
}

/// The same with today's revisions, but for these parts, which are older.
fn aged(older: &[&str]) -> Dir {
    let dir = first();
    let pipeline = Pipeline::open(&dir.path("p.yaml"), Registry::built_in()).expect("a sound pipeline");
    let all: Vec<&Revisions> = pipeline.usual_tasks.iter().map(|task| &*task.revisions).collect();
    let today = |name: &str| all.iter().find_map(|revisions| revisions.get(name));
    let mut manifest = String::from_utf8(dir.read(MANIFEST)).expect("text");
    let options: Vec<Value> = manifest
        .lines()
        .filter(|line| line.starts_with("{\"kind\":\"options\""))
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["options"].clone())
        .collect();
    assert_eq!(options.len(), 4);
    for old in options {
        let mut new = old.clone();
        for (name, revision) in new["revisions"].as_object_mut().expect("revisions") {
            let now = today(name).map(Value::from).unwrap_or(revision.clone());
            *revision = if older.contains(&name.as_str()) { 0.into() } else { now };
        }
        let digest = |options: &Value| Digest::of(format!("{options}{LIMITS}").as_bytes()).to_string();
        manifest = manifest.replace(&old.to_string(), &new.to_string()).replace(&digest(&old), &digest(&new));
    }
    dir.write(MANIFEST, manifest.as_bytes());
    dir
}

fn outdated(json: &Value) -> u64 {
    outdated_of(&json["tasks"])
}

fn outdated_of(tasks: &Value) -> u64 {
    tasks["outdated"].as_u64().expect("a count")
}

#[test]
fn outputs_of_older_revisions_are_not_made_again() {
    let dir = first();
    let before = dir.stamps();
    for _ in 0..2 {
        let run = dir.run(&[]);
        let json = run.json();
        assert_eq!((&json["tasks"]["done"], &json["tasks"]["skipped"]), (&0.into(), &DONE.into()), "{run}");
        assert_eq!(json["bytes_written"], 0);
    }
    assert_eq!(dir.stamps(), before);
}

#[test]
fn older_parts_are_counted_and_failures_that_newer_ones_mend_are_tried_again() {
    // Parts that are older; outdated tasks; failures that are tried again.
    let table: [(&[&str], u64, u64); 13] = [
        (&[], 0, 0),
        // a and liar, whatever their names; bad, huge, and the text, which no decoder knew.
        (&["decoder.png"], 6, 14),
        (&["decoder.webp"], 3, 5),
        (&["decoder.jpeg"], 6, 6),
        (&["encoder.webp"], 6, 3),
        (&["engine.solid"], 5, 0),
        (&["engine.blur"], 5, 0),
        (&["stage.outpaint"], 10, 0),
        (&["stage.resize"], 15, 14),
        (&["stage.load"], 15, 17),
        (&["stage.auto_crop"], 10, 4),
        (&["stage.aspect"], 15, 6),
        (&["decoder.webp", "engine.blur"], 7, 5),
    ];
    for (older, is_outdated, again) in table {
        let dir = aged(older);
        let before = dir.stamps();
        let plan = dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).json();
        assert_eq!(plan["totals"]["outdated"], is_outdated, "{older:?}");
        assert_eq!((&plan["totals"]["create"], &plan["totals"]["skip"]), (&0.into(), &DONE.into()), "{older:?}");
        let status = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
        assert_eq!((outdated(&status), &status["tasks"]["changed"]), (is_outdated, &0.into()), "{older:?}");
        let run = dir.run(&[]);
        run.code(if again > 0 { 3 } else { 0 }).counts([0, DONE, again, FAILED - again, 0]);
        assert_eq!(outdated(&run.json()), is_outdated, "{older:?}");
        assert_eq!(dir.stamps(), before, "{older:?}");
        // What was tried again is remembered under today's revisions.
        let second = dir.run(&[]);
        second.code(0).counts([0, DONE, 0, FAILED, 0]);
        assert_eq!(outdated(&second.json()), is_outdated, "{older:?}");
        let refreshed = dir.run(&["--refresh"]);
        refreshed.code(0).counts([is_outdated, DONE - is_outdated, 0, FAILED, 0]);
        assert_eq!(outdated(&dir.run(&["--refresh"]).json()), 0, "{older:?}");
        dir.run(&["--refresh"]).code(0).counts([0, DONE, 0, FAILED, 0]);
    }
}

#[test]
fn tasks_that_are_not_made_again_stay_done() {
    let dir = aged(&["stage.resize"]);
    let tasks = || dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json()["tasks"].clone();
    // What a limited run leaves has its output all the same.
    let limited = dir.run(&["--refresh", "--limit", "4"]);
    assert_eq!(limited.json()["tasks"]["left"], 11, "{limited}");
    assert_eq!((&tasks()["done"], &tasks()["outdated"], &tasks()["left"]), (&DONE.into(), &11.into(), &0.into()));
    // What cannot be made again fails, and is as done as before.
    let yaml = String::from_utf8(dir.read("p.yaml")).expect("text");
    dir.write("p.yaml", yaml.replace("stages:", "stages:\n  - load: { max_pixels: 1 }").as_bytes());
    let before = dir.stamps();
    let refused = dir.run(&["--refresh", "--only", "*.webp"]);
    refused.code(3).counts([0, 0, 3, 1, 0]);
    assert_eq!((&tasks()["done"], &tasks()["outdated"]), (&DONE.into(), &11.into()));
    dir.run(&["--only", "*.webp"]).code(0).counts([0, 3, 0, 1, 0]);
    assert_eq!(dir.stamps(), before);
}

#[test]
fn removed_and_excluded_sources_count_as_neither_outdated_nor_changed() {
    let dir = aged(&["stage.resize"]);
    let waiting = || {
        let status = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json()["tasks"].clone();
        (outdated_of(&status), status["changed"].clone())
    };
    assert_eq!(waiting(), (DONE, 0.into()));
    // Three tasks each: one source is gone, and one is left out.
    dir.remove("in/c.webp");
    assert_eq!(waiting(), (DONE - 3, 0.into()));
    let yaml = String::from_utf8(dir.read("p.yaml")).expect("text");
    let without = yaml.replace("input: { dir: in }", "input: { dir: in, exclude: [\"*.jpg\"] }");
    assert_ne!(without, yaml);
    dir.write("p.yaml", without.as_bytes());
    assert_eq!(waiting(), (DONE - 9, 0.into()));
    dir.run(&["--refresh"]);
    assert_eq!(waiting(), (0, 0.into()));
    dir.write("p.yaml", without.replace("max_crop: 3.7%", "max_crop: 3%").as_bytes());
    let is_changed = |changed: &Value| changed.as_u64().is_some_and(|changed| changed > 0);
    assert!(is_changed(&waiting().1));
    dir.run(&[]);
    assert_eq!(waiting(), (0, 0.into()));
}

#[test]
fn outdated_outputs_are_told_in_one_line_and_explained() {
    let dir = aged(&["decoder.png", "stage.convert"]);
    let line = "of the skipped were made by older revisions and are kept; --refresh makes them again";
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["15 to skip", &format!("outdated: 15 {line}")]);
    dir.recanvas(&["status", "p.yaml"]).code(0).says(&["outdated      15  of the done were made by older revisions"]);
    let explained = dir.recanvas(&["explain", "p.yaml", "liar.jpg"]);
    explained.code(0).says(&["is done and outdated; newer: decoder.png 0 → ", "stage.convert 0 → "]);
    let other = dir.recanvas(&["explain", "p.yaml", "b.jpg"]);
    assert!(other.code(0).stdout.contains("newer: stage.convert") && !other.stdout.contains("decoder."), "{other}");
    let run = dir.recanvas(&["run", "p.yaml"]);
    assert_eq!(run.stdout.matches("made by older revisions").count(), 1, "{run}");
    let refresh = dir.recanvas(&["plan", "p.yaml", "--refresh"]);
    refresh.code(0).says(&[" 0 to skip", "because: newer: decoder.png 0 → "]);
}

#[test]
fn a_changed_option_is_told_as_a_change_and_not_as_a_revision() {
    let dir = aged(&["stage.resize"]);
    let yaml = String::from_utf8(dir.read("p.yaml")).expect("text");
    dir.write("p.yaml", yaml.replace("max_crop: 3.7%", "max_crop: 3%").as_bytes());
    let plan = dir.recanvas(&["plan", "p.yaml"]);
    plan.code(0).says(&["because: aspect.max_crop 0.037000000000000005 → 0.03", "10 to skip", "outdated: 10"]);
    assert!(!plan.stdout.contains("revisions."), "{plan}");
    let status = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
    assert_eq!((&status["tasks"]["changed"], &status["tasks"]["outdated"]), (&5.into(), &10.into()));
    // Resize is newer, and the options of one target changed: of what was corrupt that is tried again.
    dir.run(&[]).code(3).counts([5, 10, 15, 2, 0]);
}

#[test]
fn another_limit_retries_what_the_earlier_program_refused_by_it() {
    let dir = aged(&[]);
    let yaml = String::from_utf8(dir.read("p.yaml")).expect("text");
    dir.write("p.yaml", format!("{yaml}  - load: {{ max_pixels: 300M }}\n").as_bytes());
    // Another limit is tried; what failed for another reason is not.
    dir.run(&[]).code(3).counts([0, DONE, 4, FAILED - 4, 0]);
}
