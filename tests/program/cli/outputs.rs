//! An output that cannot be put in its place fails alone, whatever the reason; all else is made.

use std::fs;
use std::os::unix::fs::symlink;

use crate::cli::Dir;

const TARGET: &str = "{ name: a, size: 20x20 }";

/// Sources `x/p.png`, `y/p.png` and `p.png`.
fn three() -> Dir {
    let dir = Dir::new("", &[TARGET]);
    for name in ["x/p.png", "y/p.png", "p.png"] {
        dir.source(name, "grid/rgb__plain.png");
    }
    dir
}

#[test]
fn a_place_that_cannot_be_looked_at_fails_alone() {
    let loops: fn(&Dir) = |dir| symlink("x", dir.path("out/x")).unwrap();
    let file: fn(&Dir) = |dir| fs::write(dir.path("out/x"), b"mine").unwrap();
    let away: fn(&Dir) = |dir| {
        dir.make("elsewhere");
        symlink(dir.path("elsewhere"), dir.path("out/x")).unwrap();
    };
    let broken: fn(&Dir) = |dir| symlink("nowhere", dir.path("out/x")).unwrap();
    for (what, words) in [
        (loops, "could not look at the output: Too many levels of symbolic links"),
        (file, "`x` is in the way: a folder is needed there"),
        (away, "`x` leads out of the output folder through a link"),
        (broken, "could not open the folder `x`: No such file or directory"),
    ] {
        let dir = three();
        dir.make("out");
        what(&dir);
        let done = dir.run(&[]);
        done.code(3).counts([2, 0, 1, 0, 0]).warns(&["failed x/p.png [a] io:", words]);
        assert!(dir.path("out/y/p.a.jpg").is_file() && dir.path("out/p.a.jpg").is_file());
        assert!(!dir.path("elsewhere/p.a.jpg").exists());
        // It is no reason that lasts: what is in order again is made.
        fs::remove_file(dir.path("out/x")).unwrap();
        dir.run(&[]).code(0).counts([1, 2, 0, 0, 0]);
    }
}

#[test]
fn a_place_that_is_lost_after_it_was_made_fails_alone() {
    let dir = three();
    dir.run(&[]).code(0);
    fs::remove_dir_all(dir.path("out/x")).unwrap();
    symlink("x", dir.path("out/x")).unwrap();
    dir.run(&[]).code(3).counts([0, 2, 1, 0, 0]).warns(&["could not look at the output"]);
}

#[test]
fn outputs_that_cannot_be_looked_at_for_a_while_stay_done() {
    let dir = three();
    dir.run(&[]).code(0).counts([3, 0, 0, 0, 0]);
    let before = dir.stamps();
    // What changes meanwhile is no reason to forget that it was done.
    let other = TARGET.replace(" }", ", convert: { quality: 40 } }");
    for flags in [&[][..], &["--force"], &["--refresh"], &["--verify"]] {
        fs::rename(dir.path("out/x"), dir.path("away")).unwrap();
        symlink("x", dir.path("out/x")).unwrap();
        let only = [flags, &["--only", "x/*"]].concat();
        dir.recanvas(&[&["plan", "p.yaml"], &only[..]].concat()).code(0).says(&["could not look at the output"]);
        dir.run(&only).code(3).counts([0, 0, 1, 0, 0]).warns(&["could not look at the output"]);
        if flags.is_empty() {
            dir.pipeline("", &[&other]);
            dir.run(&only).code(3).counts([0, 0, 1, 0, 0]);
            dir.pipeline("", &[TARGET]);
        }
        fs::remove_file(dir.path("out/x")).unwrap();
        fs::rename(dir.path("away"), dir.path("out/x")).unwrap();
        let status = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
        assert_eq!((&status["tasks"]["done"], &status["tasks"]["failed"]), (&3.into(), &0.into()), "{flags:?}");
        dir.run(&[]).code(0).counts([0, 3, 0, 0, 0]);
        assert_eq!(dir.stamps(), before, "{flags:?}");
    }
}

#[test]
fn a_path_that_is_too_long_fails_alone_and_plan_says_so() {
    let dir = Dir::new(
        "output: { dir: out, path: \"{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}/{stem}.{ext}\" }",
        &[TARGET],
    );
    dir.source(format!("{}.png", "n".repeat(240)), "grid/rgb__plain.png");
    dir.source(format!("{}.png", "m".repeat(251)), "grid/rgb__plain.png");
    dir.source("x.png", "grid/rgb__plain.png");
    let words = ["limit", "the output's path is longer than 4095 bytes: it has 4341"];
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&words);
    dir.run(&[]).code(3).counts([1, 0, 2, 0, 0]).warns(&words);
    // Both depend on nothing but name and template.
    dir.run(&[]).code(0).counts([0, 1, 0, 2, 0]);
}

#[test]
fn a_name_that_no_source_can_be_short_enough_for_is_a_mistake() {
    let long = "t".repeat(252);
    let dir = Dir::new("", &[&format!("{{ name: {long}, size: 20x20 }}"), TARGET]);
    let words = ["is longer than 255 bytes: it has 258", "hint", "p.yaml:6:5"];
    dir.recanvas(&["check", "p.yaml"]).code(2).warns(&[words[0], "shorten `output.path`", words[2]]);
    let fits = "t".repeat(248);
    let dir = Dir::new("", &[&format!("{{ name: {fits}, size: 20x20 }}")]);
    dir.recanvas(&["check", "p.yaml"]).code(0);
    let dir =
        Dir::new(&format!("output: {{ dir: out, path: \"{}{{stem}}.{{ext}}\" }}", "folder/".repeat(700)), &[TARGET]);
    dir.recanvas(&["check", "p.yaml"]).code(2).warns(&["the output's path is longer than 4095 bytes"]);
}

#[test]
fn a_target_that_is_too_large_for_its_format_fails_alone() {
    let dir =
        Dir::new("", &["{ name: a, size: 20x20 }", "{ name: wide, ratio: \"900:1\", convert: { format: webp } }"]);
    dir.source("x.png", "grid/rgb__plain.png");
    let done = dir.run(&[]);
    done.code(3).counts([1, 0, 1, 0, 0]).warns(&["failed x.png [wide] limit:"]);
    assert_eq!(dir.outputs(), ["x.a.jpg"]);
}
