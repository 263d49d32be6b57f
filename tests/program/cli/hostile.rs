//! File names as no one would choose them.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::cli::Dir;
use crate::cli::Done;

const NAMES: [&[u8]; 15] = [
    b"a b.png",
    b"  .png",
    b"q'\"`$(id).png",
    b"new\nline.png",
    b"\r\t\x07.png",
    b"\xff\xfe.png",
    b"smile \xf0\x9f\x98\x80.png",
    b"UPPER.PNG",
    b"Mixed.JpEg",
    b"esc\x1b[31m\x1b]0;title\x07.png",
    b"c1\xc2\x9b31m.png",
    b"turned\xe2\x80\xaegpj.png",
    // U+2028, U+2029, U+200F, U+061C, U+FEFF.
    b"line\xe2\x80\xa8break\xe2\x80\xa9s\xe2\x80\x8f\xd8\x9c\xef\xbb\xbf.png",
    b"[glob]*{a,b}?.png",
    b"-rf.png",
];

fn named(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}

/// A source for each name, and a broken one.
fn hostile() -> Dir {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }"]);
    for name in NAMES {
        dir.source(named(name), "grid/rgb__plain.png");
    }
    dir.source(named(&[b"n".repeat(200), b".png".to_vec()].concat()), "grid/rgb__plain.png");
    dir.source(named(b"broken\x1b[31m\n\xff.png"), "broken/corrupt__no_picture.png");
    dir
}

/// Nothing that a terminal would obey, and nothing that turns the direction of writing.
#[track_caller]
fn assert_harmless(done: &Done) {
    let harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    for text in [&done.stdout, &done.stderr] {
        assert!(!text.contains(harmful), "{text:?}");
    }
}

#[test]
fn every_name_goes_through_and_none_reaches_the_terminal_raw() {
    let dir = hostile();
    let plan = dir.recanvas(&["plan", "p.yaml"]);
    assert_harmless(plan.code(0));
    assert_eq!(plan.stdout.lines().filter(|line| line.starts_with("create ")).count(), 16, "{plan}");
    plan.says(&[
        "create new\\nline.png [a]",
        "create esc\\u{1b}[31m",
        "turned\\u{202e}gpj",
        "break\\u{2029}s\\u{200f}\\u{61c}\\u{feff}.png",
    ]);
    let made = dir.run(&["--verbose"]);
    assert_harmless(made.code(3).counts([16, 0, 1, 0, 0]));
    made.warns(&["failed broken\\u{1b}[31m\\n"]);
    for name in NAMES {
        let stem = name.rsplitn(2, |&byte| byte == b'.').last().unwrap();
        let output = dir.path("out").join(named(&[stem, b".a.jpg"].concat()));
        assert!(output.is_file(), "{output:?}");
    }
    assert_harmless(dir.run(&["-v"]).code(0).counts([0, 16, 0, 1, 0]));
    assert_harmless(dir.recanvas(&["run", "p.yaml", "--force", "--progress", "plain"]).code(3));
    // JSON is for programs and names files as they are called, with what it must escape.
    let log = dir.recanvas(&["run", "p.yaml", "--force", "--log-format", "json"]);
    assert!(!log.code(3).stderr.contains(|c: char| c.is_ascii_control() && c != '\n'), "{log}");
    assert!(log.stderr.contains("new\\nline.png"), "{log}");
}

#[test]
fn every_name_can_be_explained() {
    let dir = hostile();
    for name in NAMES {
        for folder in ["in/", "./in/"] {
            let mut command = dir.command(&["explain", "p.yaml"]);
            let mut path = OsString::from(folder);
            path.push(named(name));
            command.arg(path);
            let done = Done::of(command);
            assert_harmless(done.code(0).says(&["will be made: new"]));
        }
    }
}

#[test]
fn refusals_name_hostile_files_harmlessly() {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }"]);
    dir.source(named(b"esc\x1b[31m\n.png"), "grid/rgb__plain.png");
    dir.write(OsStr::from_bytes(b"out/esc\x1b[31m\n.a.jpg"), b"mine");
    let foreign = dir.run(&[]);
    assert_harmless(foreign.code(3).warns(&["esc\\u{1b}[31m\\n.a.jpg is a file that this pipeline did not write"]));
    dir.source(named(b"esc\x1b[31m\n.jpg"), "grid/rgb__444.jpg");
    let collision = dir.run(&[]);
    assert_harmless(collision.code(3).warns(&["esc\\u{1b}[31m\\n.jpg and esc\\u{1b}[31m\\n.png conflict"]));
    dir.write("bad.yaml", b"version: \"\\e[31m\"\n\"\\e[2J\": 1\n# \ntargets: [{ name: \"a\\e\", size: 9x9 }]\n");
    assert_harmless(dir.recanvas(&["check", "bad.yaml"]).code(2));
    assert_harmless(dir.recanvas(&["check", "no\u{1b}[31m.yaml"]).code(2));
    assert_harmless(dir.recanvas(&["explain", "p.yaml", "no\u{1b}[31m.png"]).code(2));
    assert_harmless(dir.recanvas(&["run", "p.yaml", "--target", "\u{1b}[31m"]).code(2));
    assert_harmless(dir.recanvas(&["run", "p.yaml", "--only", "[\u{1b}[31m"]).code(2));
    assert_harmless(dir.recanvas(&["run", "p.yaml", "--input", "no\u{1b}[31m"]).code(2));
    assert_harmless(dir.recanvas(&["engines", "show", "\u{1b}[31m"]).code(2));
}

#[test]
fn a_name_that_grows_too_long_fails_alone() {
    let dir = Dir::new("", &["{ name: a-rather-long-name, size: 20x20 }"]);
    dir.source(named(&[b"n".repeat(250), b".png".to_vec()].concat()), "grid/rgb__plain.png");
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(3).counts([1, 0, 1, 0, 0]).warns(&["longer than 255 bytes"]);
    dir.run(&[]).code(0).counts([0, 1, 0, 1, 0]);
}
