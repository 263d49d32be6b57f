//! What `status` says of what there is: new sources, changed and vanished ones, and what failed by name.

use serde_json::Value;
use serde_json::json;

use crate::cli::Dir;

const TARGETS: [&str; 2] = ["{ name: a, size: 20x20 }", "{ name: b, size: 10x10 }"];

fn shop() -> Dir {
    let dir = Dir::new("", &TARGETS);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("sub/y.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0).counts([4, 0, 0, 0, 0]);
    dir
}

/// Done, changed, failed, gone and left of a status with these flags, after a look at the exit code of a quiet one.
#[track_caller]
fn tasks(dir: &Dir, flags: &[&str]) -> [u64; 5] {
    let status = dir.recanvas(&[&["status", "p.yaml", "--json"], flags].concat());
    let json = status.code(0).json();
    let counts =
        ["done", "changed", "failed", "gone", "left"].map(|name| json["tasks"][name].as_u64().expect("a count"));
    let quiet = dir.recanvas(&[&["status", "p.yaml", "-q"], flags].concat());
    let is_complete = counts[1..] == [0; 4];
    assert!(quiet.code(if is_complete { 0 } else { 3 }).stdout.is_empty(), "{quiet}");
    assert_eq!(json["complete"], Value::from(is_complete), "{status}");
    counts
}

#[test]
fn new_changed_and_vanished_sources_are_seen_without_a_run() {
    let dir = shop();
    assert_eq!(tasks(&dir, &[]), [4, 0, 0, 0, 0]);
    dir.source("new.png", "grid/rgb__plain.png");
    assert_eq!(tasks(&dir, &[]), [4, 0, 0, 0, 2]);
    dir.source("x.png", "grid/gray__plain.png");
    assert_eq!(tasks(&dir, &[]), [2, 2, 0, 0, 2]);
    dir.remove("in/new.png");
    dir.remove("in/x.png");
    assert_eq!(tasks(&dir, &[]), [2, 0, 0, 0, 0]);
    // A deleted source and a changed option: nothing waits for the source.
    dir.pipeline("stages: [{ convert: { quality: 50 } }]", &TARGETS);
    assert_eq!(tasks(&dir, &[]), [0, 2, 0, 0, 0]);
    dir.run(&[]).code(0).counts([2, 0, 0, 0, 0]);
    assert_eq!(tasks(&dir, &[]), [2, 0, 0, 0, 0]);
    dir.remove("out/sub/y.a.jpg");
    assert_eq!(tasks(&dir, &[]), [1, 0, 0, 1, 0]);
    dir.write("out/sub/y.b.jpg", b"retouched");
    assert_eq!(tasks(&dir, &[]), [1, 0, 0, 1, 0]);
    dir.recanvas(&["status", "p.yaml"]).says(&["modified       1  of the done were changed by hand"]);
}

#[test]
fn status_takes_the_filters_of_plan() {
    let dir = shop();
    dir.source("new.png", "grid/rgb__plain.png");
    assert_eq!(tasks(&dir, &["--only", "sub/**"]), [2, 0, 0, 0, 0]);
    assert_eq!(tasks(&dir, &["--target", "b"]), [2, 0, 0, 0, 1]);
    assert_eq!(tasks(&dir, &["--only", "new.png", "--target", "a"]), [0, 0, 0, 0, 1]);
    dir.write("other/x.png", &dir.read("in/x.png"));
    assert_eq!(tasks(&dir, &["--input", "other"]), [2, 0, 0, 0, 0]);
    dir.recanvas(&["status", "p.yaml", "--only", "*.gif"]).code(2).warns(&["no source fits --only *.gif"]);
    dir.recanvas(&["status", "p.yaml", "--target", "c"]).code(2).warns(&["the pipeline has no target `c`"]);
    dir.recanvas(&["status", "p.yaml", "-i", "nowhere", "-q"])
        .code(2)
        .warns(&["the input folder nowhere is not there"]);
}

#[test]
fn status_names_failed_sources() {
    let dir = shop();
    dir.source("bad.png", "broken/corrupt__bad_crc.png");
    // What no run has tried has not failed yet.
    assert_eq!(tasks(&dir, &[]), [4, 0, 0, 0, 2]);
    dir.run(&[]).code(3).counts([0, 4, 2, 0, 0]);
    assert_eq!(tasks(&dir, &[]), [4, 0, 2, 0, 0]);
    let text = dir.recanvas(&["status", "p.yaml"]);
    text.code(0).says(&["failed         2  2 corrupt", "failed bad.png [a, b] corrupt: "]);
    let json = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
    let failure = &json["failures"][0];
    assert_eq!((&failure["source"], &failure["targets"]), (&"bad.png".into(), &json!(["a", "b"])));
    assert_eq!((&failure["class"], json["failures"].as_array().map(Vec::len)), (&"corrupt".into(), Some(1)));
    assert!(failure["message"].as_str().is_some_and(|message| !message.is_empty()), "{json}");
    // Another picture in its place has not failed yet.
    dir.source("bad.png", "grid/rgb__plain.png");
    let json = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
    assert_eq!((&json["failures"], &json["tasks"]["changed"]), (&json!([]), &2.into()), "{json}");
    dir.source("bad.png", "broken/corrupt__bad_crc.png");
    // On a terminal there is an end to it, and for programs there is none.
    for number in 0..60 {
        dir.source(format!("bad{number:02}.png"), "broken/corrupt__bad_crc.png");
    }
    dir.run(&[]).code(3);
    let text = dir.recanvas(&["status", "p.yaml"]);
    text.code(0).says(&["… and 11 more; status --json names all"]);
    assert_eq!(text.stdout.matches("corrupt: ").count(), 50, "{text}");
    let json = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
    assert_eq!(json["failures"].as_array().map(Vec::len), Some(61));
}

#[test]
fn status_tells_that_a_run_would_be_refused() {
    let dir = shop();
    dir.pipeline("output: { dir: out, path: \"{stem}.{ext}\" }", &TARGETS);
    (0..9).for_each(|number| dir.source(format!("{number}.png"), "grid/rgb__plain.png"));
    for command in [&["plan", "p.yaml"][..], &["status", "p.yaml"], &["status", "p.yaml", "-q"]] {
        dir.recanvas(command).code(2).warns(&["output.path names most outputs alike"]);
    }
}

#[test]
fn status_writes_nothing() {
    let dir = Dir::new("", &TARGETS);
    dir.source("x.png", "grid/rgb__plain.png");
    let before = dir.tree(".");
    dir.recanvas(&["status", "p.yaml", "--orphans"]).code(0).says(&["left           2", "no run yet"]);
    assert_eq!(tasks(&dir, &[]), [0, 0, 0, 0, 2]);
    assert_eq!(dir.tree("."), before);
    assert!(!dir.path("out").exists());
}
