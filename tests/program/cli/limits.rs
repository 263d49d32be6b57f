//! What limits a run, and the exit code that says so.

use crate::cli::Dir;

/// Three good sources and two bad ones, named so that the bad ones come first.
fn mixed() -> Dir {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }", "{ name: b, size: 10x10 }"]);
    for name in ["0.png", "1.png"] {
        dir.source(name, "broken/corrupt__no_picture.png");
    }
    for name in ["x.png", "y.png", "z.png"] {
        dir.source(name, "grid/rgb__plain.png");
    }
    dir
}

#[test]
fn a_limit_of_outputs_leaves_the_rest_to_the_next_run() {
    let dir = mixed();
    let done = dir.run(&["--limit", "2", "--only", "[xyz].png"]);
    done.code(0).counts([2, 0, 0, 0, 4]);
    assert_eq!(dir.outputs(), ["x.a.jpg", "x.b.jpg"]);
    dir.run(&["--limit", "3", "--only", "[xyz].png"]).code(0).counts([3, 2, 0, 0, 1]);
    dir.run(&["--only", "[xyz].png"]).code(0).counts([1, 5, 0, 0, 0]);
    assert_eq!(dir.outputs().len(), 6);
}

#[test]
fn only_and_target_choose_sources_and_targets() {
    let dir = mixed();
    dir.run(&["--only", "x.png", "--target", "b"]).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(dir.outputs(), ["x.b.jpg"]);
    dir.run(&["--only", "x.png", "--only", "Y.PNG"]).code(0).counts([3, 1, 0, 0, 0]);
    // Done or not, it is there.
    dir.run(&["--only", "x.png"]).code(0).counts([0, 2, 0, 0, 0]);
    for only in ["nothing", "x", "*.webp"] {
        let refused = dir.run(&["--only", only]);
        let said = format!("no source fits --only {only}\n");
        refused.code(2).warns(&[&said, "\nhint: globs are relative to the input folder"]);
        assert!(refused.stdout.is_empty(), "{refused}");
        dir.recanvas(&["plan", "p.yaml", "--only", only]).code(2);
    }
    dir.run(&["--only", "nothing", "--only", "x.png"]).code(0).counts([0, 2, 0, 0, 0]);
    dir.run(&["--target", "c"]).code(2).warns(&["has no target `c`", "hint: known: a, b"]);
    dir.run(&["--only", "[x"]).code(2).warns(&["`[x` is not a pattern"]);
}

#[test]
fn the_failure_limit_stops_with_6() {
    let dir = mixed();
    let done = dir.run(&["--max-failures", "1", "-j", "1"]);
    done.code(6).counts([0, 0, 1, 0, 9]);
    assert_eq!(done.json()["exit"], 6);
    assert_eq!(dir.outputs(), [""; 0]);
    // What failed is known; the next run meets the next one.
    dir.run(&["--max-failures", "5"]).code(3).counts([6, 0, 3, 1, 0]);
}

#[test]
fn the_duration_limit_stops_with_5() {
    let dir = mixed();
    let done = dir.run(&["--max-duration", "0s"]);
    done.code(5).counts([0, 0, 0, 0, 10]);
    assert_eq!(done.json()["exit"], 5);
    assert_eq!(dir.outputs(), [""; 0]);
    dir.recanvas(&["run", "p.yaml", "--max-duration", "0s"])
        .code(5)
        .says(&["stopped by the duration limit; run again"]);
    dir.run(&["--max-duration", "1h"]).code(3).counts([6, 0, 4, 0, 0]);
}

#[test]
fn the_duration_limit_bounds_planning_too() {
    let dir = mixed();
    // More than are planned in one step.
    for number in 0..4096 {
        std::fs::hard_link(dir.path("in/x.png"), dir.path(format!("in/more-{number}.png"))).expect("a link");
    }
    let done = dir.run(&["--max-duration", "0s"]);
    done.code(5).counts([0, 0, 0, 0, 0]).warns(&["stopped by the duration limit while planning: nothing was made"]);
    assert_eq!(done.json()["exit"], 5);
    assert_eq!(dir.outputs(), [""; 0]);
}

#[test]
fn failed_tasks_are_3_known_ones_0_and_strict_3() {
    let dir = mixed();
    dir.run(&[]).code(3).counts([6, 0, 4, 0, 0]);
    dir.run(&[]).code(0).counts([0, 6, 0, 4, 0]);
    dir.run(&["--strict"]).code(3).counts([0, 6, 0, 4, 0]);
    dir.run(&["--retry-failed"]).code(3).counts([0, 6, 4, 0, 0]);
    dir.recanvas(&["status", "p.yaml", "-q"]).code(3);
}

#[test]
fn a_second_run_beside_another_is_75() {
    let dir = mixed();
    dir.run(&["--only", "x.png"]).code(0);
    let lock = std::fs::File::options().write(true).open(dir.path("out/.recanvas/lock")).expect("the lock's file");
    lock.lock().expect("the lock");
    let refused = dir.run(&[]);
    refused.code(75).counts([0, 0, 0, 0, 0]).warns(&["error: "]);
    assert_eq!(refused.json()["exit"], 75);
    // Looking needs no lock.
    dir.recanvas(&["plan", "p.yaml"]).code(0);
    dir.recanvas(&["status", "p.yaml"]).code(0);
    drop(lock);
    dir.run(&[]).code(3);
}

#[test]
fn wrong_usage_is_2() {
    let dir = mixed();
    let wrong: [&[&str]; 12] = [
        &[],
        &["runn"],
        &["run"],
        &["run", "p.yaml", "--unknown"],
        &["run", "p.yaml", "--jobs", "0"],
        &["run", "p.yaml", "--memory", "lots"],
        &["run", "p.yaml", "--max-duration", "soon"],
        &["run", "p.yaml", "--max-failures", "0"],
        &["run", "p.yaml", "--quiet", "--verbose"],
        &["run", "missing.yaml"],
        &["run", "p.yaml", "--input", "missing"],
        &["engines", "show", "blurr"],
    ];
    for arguments in wrong {
        let done = dir.recanvas(arguments);
        done.code(2);
        assert!(done.stdout.is_empty() && !done.stderr.is_empty(), "{done}");
    }
    assert!(!dir.path("out").exists());
    dir.write("bad.yaml", b"version: 1\ntargets: []\n");
    dir.recanvas(&["run", "bad.yaml", "--json"]).code(2).warns(&["bad.yaml:2:10"]);
}
