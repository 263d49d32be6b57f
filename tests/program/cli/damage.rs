//! Sources that cannot be read: each has a class, is told once, and is remembered.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::cli::Dir;

/// Every broken fixture by the class that its name begins with, copied under that name.
fn broken(dir: &Dir) -> BTreeMap<String, u64> {
    let mut classes = BTreeMap::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/broken")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let class = name.split("__").next().unwrap().to_owned();
        dir.source(&name, &format!("broken/{name}"));
        *classes.entry(class).or_default() += 1;
    }
    assert!(classes.len() >= 3 && classes.values().sum::<u64>() >= 20, "{classes:?}");
    classes
}

const BESIDE: &str = "output: { dir: out, path: \"{stem}.{source_ext}.{target}.{ext}\" }";

#[test]
fn broken_files_fail_with_the_class_in_their_name_and_are_not_tried_again() {
    let dir = Dir::new(BESIDE, &["{ name: a, size: 20x20 }"]);
    let classes = broken(&dir);
    let failed: u64 = classes.values().sum();
    dir.source("good.png", "grid/rgb__plain.png");
    let done = dir.run(&[]);
    done.code(3).counts([1, 0, failed, 0, 0]);
    assert_eq!(done.json()["failed_by_class"], json!(classes));
    // A line for each says file, target, class and reason.
    let lines: Vec<&str> = done.stderr.lines().filter(|line| line.starts_with("failed ")).collect();
    assert_eq!(lines.len() as u64, failed, "{done}");
    for line in &lines {
        let name = line.split(' ').nth(1).unwrap();
        let class = name.split("__").next().unwrap();
        let rest = line.split_once("[a] ").unwrap().1;
        assert!(rest.strip_prefix(&format!("{class}: ")).is_some_and(|why| why.len() > 10), "{line}");
    }
    assert_eq!(dir.outputs(), ["good.png.a.jpg"]);

    let again = dir.run(&[]);
    again.code(0).counts([0, 1, 0, failed, 0]);
    assert_eq!(again.json()["known_failed_by_class"], json!(classes));
    assert!(!again.stderr.contains("failed "), "{again}");
    dir.run(&["--strict"]).code(3).counts([0, 1, 0, failed, 0]);
    let status = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
    assert_eq!(status["failed_by_class"], json!(classes));
    assert_eq!(
        status["tasks"],
        json!({"done": 1, "outdated": 0, "changed": 0, "failed": failed, "gone": 0, "left": 0})
    );
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["known  corrupt__empty.jpg [a] failed before, corrupt: "]);
    dir.recanvas(&["explain", "p.yaml", "corrupt__empty.jpg"]).code(0).says(&["is not tried again: corrupt"]);

    dir.run(&["--retry-failed"]).code(3).counts([0, 1, failed, 0, 0]);
}

#[test]
fn an_unreadable_source_fails_each_of_its_targets() {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }", "{ name: b, size: 10x10 }", "{ name: c, ratio: 1:1 }"]);
    dir.source("bad.png", "broken/corrupt__bad_crc.png");
    dir.run(&[]).code(3).counts([0, 0, 3, 0, 0]);
}

#[test]
fn a_repaired_source_is_tried_again() {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }"]);
    dir.source("x.png", "broken/corrupt__truncated.png");
    dir.run(&[]).code(3).counts([0, 0, 1, 0, 0]);
    dir.touch("in/x.png");
    dir.run(&[]).code(0).counts([0, 0, 0, 1, 0]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
}

#[test]
fn a_raised_limit_tries_again_what_it_refused_and_nothing_else() {
    let targets = ["{ name: a, size: 20x20 }"];
    let dir = Dir::new("stages: [{ load: { max_pixels: 1000 } }]", &targets);
    dir.source("large.png", "grid/rgb__plain.png");
    dir.source("small.jpg", "orientation/1.jpg");
    let done = dir.run(&[]);
    done.code(3).counts([1, 0, 1, 0, 0]).warns(&["limit: ", "load.max_pixels"]);
    assert_eq!(done.json()["failed_by_class"], json!({"limit": 1}));
    dir.run(&[]).code(0).counts([0, 1, 0, 1, 0]);

    let before = dir.stamps();
    dir.pipeline("stages: [{ load: { max_pixels: 10k } }]", &targets);
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["failed before: limit", "1 to redo, 1 to skip"]);
    dir.run(&[]).code(0).counts([1, 1, 0, 0, 0]);
    assert_eq!(dir.stamps()["small.a.jpg"], before["small.a.jpg"]);
    // A lower limit takes nothing away.
    dir.pipeline("stages: [{ load: { max_pixels: 10 } }]", &targets);
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
}

#[test]
fn one_target_may_refuse_what_another_takes() {
    let targets = ["{ name: a, size: 20x20 }", "{ name: b, size: 20x20, load: { max_pixels: 1000 } }"];
    let dir = Dir::new("", &targets);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(3).counts([1, 0, 1, 0, 0]);
    assert_eq!(dir.outputs(), ["x.a.jpg"]);
}

#[test]
fn a_source_too_small_to_be_enlarged_is_refused_when_asked() {
    let dir = Dir::new(
        "stages: [{ resize: { upscale: refuse } }]",
        &["{ name: a, size: 500x500 }", "{ name: b, size: 50x50 }"],
    );
    dir.source("x.png", "grid/rgb__plain.png");
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["fail   x.png [a] too_small: ", "enlarged 7.81 times"]);
    let done = dir.run(&[]);
    done.code(3).counts([1, 0, 1, 0, 0]);
    assert_eq!(done.json()["failed_by_class"], json!({"too_small": 1}));
    dir.run(&[]).code(0).counts([0, 1, 0, 1, 0]);
}

#[test]
fn a_need_above_the_memory_fails_with_the_figure_and_is_tried_again() {
    let dir = Dir::new("", &["{ name: a, size: 2000x2000 }"]);
    dir.source("x.png", "grid/rgb__plain.png");
    let done = dir.run(&["--memory", "1MiB"]);
    done.code(3).counts([0, 0, 1, 0, 0]).warns(&["memory: needs", "the run may use 1 MiB"]);
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    // Nothing behind the signature is a PNG; but to say so it would have to be read.
    let long = [b"\x89PNG\r\n\x1a\n", &[1; 3000][..]].concat();
    let dir = Dir::new("stages: [{ load: { max_bytes: 2000 } }]", &["{ name: a, size: 20x20 }"]);
    dir.write("in/long.png", &long);
    let done = dir.run(&[]);
    done.code(3).counts([0, 0, 1, 0, 0]);
    done.warns(&["limit: the file has 3,008 bytes; the limit is 2,000 (load.max_bytes)"]);
    dir.run(&[]).code(0).counts([0, 0, 0, 1, 0]);
    // Each target has its own limit.
    dir.pipeline(
        "stages: [{ load: { max_bytes: 2000 } }]",
        &["{ name: a, size: 20x20 }", "{ name: b, size: 10x10, load: { max_bytes: 4000 } }"],
    );
    let done = dir.run(&["--retry-failed"]);
    done.code(3).counts([0, 0, 2, 0, 0]);
    done.warns(&["long.png [a] limit: the file has 3,008 bytes", "long.png [b] corrupt: "]);
}

#[test]
fn a_failure_of_all_targets_of_a_source_is_told_once_with_their_names() {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }", "{ name: b, size: 10x10 }", "{ name: c, ratio: '1:1' }"]);
    // One that fails by its header, one whose end is missing.
    dir.source("empty.jpg", "broken/corrupt__empty.jpg");
    dir.source("cut.png", "grid/rgb__plain.png");
    let whole = dir.read("in/cut.png");
    dir.write("in/cut.png", &whole[..whole.len() / 2]);
    let done = dir.run(&[]);
    done.code(3).counts([0, 0, 6, 0, 0]);
    let mut told: Vec<&str> = done.stderr.lines().filter(|line| line.starts_with("failed ")).collect();
    told.sort_unstable();
    assert_eq!(told.len(), 2, "{done}");
    assert!(told[0].starts_with("failed cut.png [a, b, c] corrupt: "), "{done}");
    assert!(told[1].starts_with("failed empty.jpg [a, b, c] corrupt: "), "{done}");
    // Only of those that failed now.
    let done = dir.run(&["--retry-failed", "--target", "b", "--target", "c"]);
    done.code(3)
        .counts([0, 0, 4, 0, 0])
        .warns(&["failed cut.png [b, c] corrupt: ", "failed empty.jpg [b, c] corrupt: "]);
    // Programs are told of each.
    let log = dir.recanvas(&["run", "p.yaml", "--retry-failed", "--log-format", "json"]);
    assert_eq!(log.code(3).stderr.matches("\"event\":\"task_failed\"").count(), 6, "{log}");
}
