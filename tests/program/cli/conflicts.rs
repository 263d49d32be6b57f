//! Outputs that two tasks would write, and files in the way: those tasks fail, and all else is made.

use std::os::unix::fs::symlink;

use crate::cli::Dir;
use crate::cli::Done;

const TARGETS: [&str; 2] = ["{ name: a, size: 20x20 }", "{ name: b, size: 10x10 }"];

/// Three sources, of which two have one name but for the extension.
fn shop() -> Dir {
    let dir = Dir::new("", &TARGETS);
    dir.source("shoe.png", "grid/rgb__plain.png");
    dir.source("shoe.jpg", "grid/rgb__444.jpg");
    dir.source("other.jpg", "grid/rgb__444.jpg");
    dir
}

/// Checks how many failed tasks are of the class `conflict`.
#[track_caller]
fn assert_conflicts(done: &Done, count: u64) {
    assert_eq!(done.json()["failed_by_class"]["conflict"].as_u64().unwrap_or(0), count, "{done}");
}

/// Returns the lines of standard error that speak of a conflict.
fn told(done: &Done) -> Vec<&str> {
    done.stderr.lines().filter(|line| line.contains("conflict")).collect()
}

#[test]
fn two_sources_with_one_output_fail_alone_and_are_told_once() {
    let dir = shop();
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&[
        "fail   shoe.jpg [a] conflict: its output is that of shoe.png [a], and neither is made",
        "fail   shoe.png [b] conflict: its output is that of shoe.jpg [b], and neither is made",
    ]);
    let done = dir.run(&[]);
    assert_conflicts(done.code(3).counts([2, 0, 4, 0, 0]), 4);
    assert_eq!(told(&done).len(), 1, "{done}");
    done.warns(&["shoe.jpg and shoe.png conflict: both would write shoe.a.jpg and 1 more"]);
    assert_eq!(dir.outputs(), ["other.a.jpg", "other.b.jpg"]);
    // The same every night, whatever is asked for, until it is gone.
    assert_conflicts(dir.run(&[]).code(3).counts([0, 2, 4, 0, 0]), 4);
    assert_conflicts(dir.run(&["--only", "*.png"]).code(3).counts([0, 0, 2, 0, 0]), 2);
    let other = dir.run(&["--only", "other.jpg"]);
    assert!(told(other.code(0)).is_empty(), "{other}");
    assert_conflicts(dir.run(&["--target", "b"]).code(3).counts([0, 1, 2, 0, 0]), 2);
    assert_eq!(dir.outputs(), ["other.a.jpg", "other.b.jpg"]);
    dir.remove("in/shoe.png");
    dir.run(&[]).code(0).counts([2, 2, 0, 0, 0]);
}

#[test]
fn the_output_that_is_made_stays_and_the_newcomer_is_the_conflict() {
    let dir = shop();
    dir.remove("in/shoe.jpg");
    dir.run(&[]).code(0).counts([4, 0, 0, 0, 0]);
    let before = dir.stamps();
    dir.source("shoe.jpg", "grid/rgb__444.jpg");
    let night = dir.run(&[]);
    assert_conflicts(night.code(3).counts([0, 4, 2, 0, 0]), 2);
    assert_eq!(dir.stamps(), before, "not a byte was written");
    dir.recanvas(&["plan", "p.yaml"])
        .says(&["shoe.jpg [a] conflict: its output is that of shoe.png [a], which is made"]);
    // Forced, the owner alone is made again.
    assert_conflicts(dir.run(&["--force"]).code(3).counts([4, 0, 2, 0, 0]), 2);
    // Without its owner the place is free.
    dir.remove("in/shoe.png");
    dir.run(&[]).code(0).counts([2, 2, 0, 0, 0]);
}

#[test]
fn an_output_stays_that_of_a_source_that_cannot_be_read_for_a_while() {
    let dir = shop();
    dir.remove("in/shoe.jpg");
    dir.run(&[]).code(0).counts([4, 0, 0, 0, 0]);
    let before = dir.stamps();
    let whole = dir.read("in/shoe.png");
    dir.write("in/shoe.png", &whole[..20]);
    dir.source("shoe.jpg", "grid/rgb__444.jpg");
    for _ in 0..2 {
        assert_conflicts(dir.run(&[]).code(3), 2);
        assert_conflicts(dir.run(&["--only", "*.jpg"]).code(3), 2);
        assert_eq!(dir.stamps(), before, "not a byte was written");
    }
    dir.write("in/shoe.png", &whole);
    assert_conflicts(dir.run(&[]).code(3), 2);
    // Without the source that made it the place is free.
    dir.remove("in/shoe.png");
    assert_conflicts(dir.run(&[]).code(0), 0);
}

#[test]
fn a_source_that_fails_before_it_writes_collides_with_nothing() {
    let dir = shop();
    dir.write("in/shoe.jpg", b"no picture at all");
    let done = dir.run(&[]);
    assert_conflicts(done.code(3).counts([4, 0, 2, 0, 0]), 0);
    assert_eq!(dir.outputs(), ["other.a.jpg", "other.b.jpg", "shoe.a.jpg", "shoe.b.jpg"]);
    dir.run(&["--only", "*.png"]).code(0).counts([0, 2, 0, 0, 0]);
}

#[test]
fn two_targets_with_one_output_fail_alone() {
    let dir = Dir::new("output: { dir: out, path: \"{stem}.{ext}\" }", &TARGETS);
    dir.source("x.png", "grid/rgb__plain.png");
    let done = dir.run(&[]);
    assert_conflicts(done.code(3).counts([0, 0, 2, 0, 0]), 2);
    done.warns(&["x.png for several targets conflict: both would write x.jpg"]);
    assert_eq!(dir.outputs(), [""; 0]);
}

#[test]
fn a_template_that_names_most_outputs_alike_is_a_mistake() {
    let dir = Dir::new("output: { dir: out, path: \"{stem}.{ext}\" }", &TARGETS);
    (0..9).for_each(|number| dir.source(format!("{number}.png"), "grid/rgb__plain.png"));
    assert_conflicts(dir.run(&[]).code(3).counts([0, 0, 18, 0, 0]), 18);
    dir.source("9.png", "grid/rgb__plain.png");
    for command in ["plan", "run"] {
        dir.recanvas(&[command, "p.yaml"]).code(2).warns(&[
            "output.path names most outputs alike; two tasks would write the same file (10 times)",
            "0.jpg from 0.png as targets a and b",
            "{source_ext}",
        ]);
    }
    // Twenty of more than forty are the sources' own.
    dir.pipeline("", &TARGETS);
    (0..10).for_each(|number| dir.source(format!("{number}.jpg"), "grid/rgb__444.jpg"));
    dir.run(&[]).code(2).warns(&["(20 times)"]);
    (10..51).for_each(|number| dir.source(format!("{number}.jpg"), "grid/rgb__444.jpg"));
    assert_conflicts(dir.run(&[]).code(3).counts([82, 0, 40, 0, 0]), 40);
    // What is made and stays collides with nothing: only the newcomers fail.
    let dir = Dir::new("", &TARGETS);
    (0..15).for_each(|number| dir.source(format!("{number}.png"), "grid/rgb__plain.png"));
    dir.run(&[]).code(0).counts([30, 0, 0, 0, 0]);
    (0..14).for_each(|number| dir.source(format!("{number}.jpg"), "grid/rgb__444.jpg"));
    dir.source("new.jpg", "grid/rgb__444.jpg");
    assert_conflicts(dir.run(&[]).code(3).counts([2, 30, 28, 0, 0]), 28);
}

#[test]
fn two_names_that_a_link_leads_to_one_file_collide() {
    let dir = Dir::new("", &TARGETS);
    dir.source("new/x.png", "grid/rgb__plain.png");
    dir.source("old/x.png", "grid/rgb__plain.png");
    dir.source("old/deep/y.png", "grid/rgb__plain.png");
    dir.source("new/deep/y.png", "grid/rgb__plain.png");
    dir.make("out/old");
    symlink("old", dir.path("out/new")).unwrap();
    let done = dir.run(&[]);
    assert_conflicts(done.code(3).counts([0, 0, 8, 0, 0]), 8);
    done.warns(&["new/deep/y.png and old/deep/y.png conflict", "new/x.png and old/x.png conflict"]);
    assert_eq!(dir.outputs(), ["new"], "the link alone");
    // Into the state folder leads no link either.
    dir.remove("out/new");
    symlink(".recanvas", dir.path("out/new")).unwrap();
    dir.run(&[]).code(2).warns(&["lies in the state folder"]);
    dir.remove("out/new");
    dir.run(&[]).code(0).counts([8, 0, 0, 0, 0]);
}

#[test]
fn a_users_file_is_never_overwritten_and_holds_up_nothing_else() {
    let dir = Dir::new("", &TARGETS[..1]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("y.png", "grid/rgb__plain.png");
    dir.write("out/x.a.jpg", b"mine");
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["a file that is not ours is there"]);
    let mut done = 1;
    for flags in [&[][..], &["--overwrite-modified"], &["--force"]] {
        let night = dir.run(flags);
        let made = if flags == ["--force"] { 1 } else { done };
        assert_conflicts(night.code(3).counts([made, 1 - made, 1, 0, 0]), 1);
        night.warns(&["failed x.png [a] conflict: x.a.jpg is a file that this pipeline did not write; move it away"]);
        assert_eq!(dir.outputs(), ["x.a.jpg", "y.a.jpg"], "{flags:?}");
        assert_eq!(dir.read("out/x.a.jpg"), b"mine", "{flags:?}");
        done = 0;
    }
    dir.recanvas(&["status", "p.yaml"]).says(&["failed         1  1 conflict"]);
    dir.remove("out/x.a.jpg");
    dir.run(&[]).code(0).counts([1, 1, 0, 0, 0]);
}

#[test]
fn a_claim_that_was_never_finished_makes_no_file_ours() {
    let dir = Dir::new("", &TARGETS[..1]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0);
    let manifest = "out/.recanvas/manifest.jsonl";
    let text = String::from_utf8(dir.read(manifest)).unwrap();
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("\"task_finished\"")).collect();
    assert!(kept.iter().any(|line| line.contains("\"task_writing\"")) && kept.len() < text.lines().count());
    dir.write(manifest, format!("{}\n", kept.join("\n")).as_bytes());
    dir.write("out/x.a.jpg", b"a file that came to its place");
    for flags in [&[][..], &["--overwrite-modified"]] {
        assert_conflicts(dir.run(flags).code(3).counts([0, 0, 1, 0, 0]), 1);
        assert_eq!(dir.read("out/x.a.jpg"), b"a file that came to its place", "{flags:?}");
    }
    dir.recanvas(&["status", "p.yaml"]).says(&["failed         1  1 conflict"]);
}
