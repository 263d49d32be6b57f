//! What stands in the state folder and is not ours: refused with exit 2, and left as it is.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::Dir;

const STATE: &str = "out/.recanvas";

fn dir() -> Dir {
    let dir = Dir::new("", &["{ name: a, size: 20x20 }"]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir
}

/// Neither a run nor a look at the state goes past it.
fn assert_refused(dir: &Dir, words: &[&str]) {
    for command in ["run", "plan", "status"] {
        let done = dir.recanvas(&[command, "p.yaml"]);
        done.code(2).warns(words).warns(&["move it away, or choose another folder for `output.state`"]);
        assert!(!done.stderr.contains("internal") && !done.stderr.contains("panicked"), "{done}");
    }
    assert!(!dir.outputs().iter().any(|name| name.ends_with(".jpg")), "{:?}", dir.outputs());
}

#[test]
fn files_of_the_users_stay_as_they_are() {
    let manifests: [&[u8]; 5] = [
        b"my own notes, without a line end",
        b"my own notes\nin two lines\n",
        b"{\"kind\":\"note\",\"text\":\"one line that does not end\"}",
        b"{\"kind\": \"run_started\"}",
        b"\0\0\0 and text",
    ];
    let cases = manifests.iter().map(|bytes| ("manifest.jsonl", *bytes, "is no manifest of recanvas"));
    let locks: [&[u8]; 4] = [b"do not touch", b"12a\n", b"-1", b"11111111111111111111111111111111111111111111"];
    let cases = cases.chain(locks.iter().map(|bytes| ("lock", *bytes, "is no lock of recanvas")));
    for (name, bytes, words) in cases {
        let dir = dir();
        dir.write(format!("{STATE}/{name}"), bytes);
        assert_refused(&dir, &[name, words]);
        assert_eq!(dir.read(format!("{STATE}/{name}")), bytes, "{words}");
    }
}

#[test]
fn links_and_special_files_in_the_place_of_ours_are_refused() {
    for name in ["lock", "manifest.jsonl"] {
        let dir = dir();
        dir.make(STATE);
        dir.write("precious", b"");
        symlink(dir.path("precious"), dir.path(STATE).join(name)).unwrap();
        assert_refused(&dir, &[name, "is a link, not a file"]);
        assert_eq!(dir.read("precious"), b"");

        fs::remove_file(dir.path(STATE).join(name)).unwrap();
        assert!(Command::new("mkfifo").arg(dir.path(STATE).join(name)).status().unwrap().success());
        assert_refused(&dir, &[name, "is no regular file"]);

        fs::remove_file(dir.path(STATE).join(name)).unwrap();
        fs::create_dir(dir.path(STATE).join(name)).unwrap();
        assert_refused(&dir, &[name, "is no regular file"]);

        fs::remove_dir(dir.path(STATE).join(name)).unwrap();
        dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    }
}

#[test]
fn the_folders_themselves_are_no_links() {
    let dir = dir();
    dir.make("out");
    dir.make("elsewhere");
    symlink(dir.path("elsewhere"), dir.path(STATE)).unwrap();
    assert_refused(&dir, &[".recanvas", "is a link, not a folder"]);
    fs::remove_file(dir.path(STATE)).unwrap();
    dir.write(STATE, b"a file");
    assert_refused(&dir, &[".recanvas", "is no folder"]);
    fs::remove_file(dir.path(STATE)).unwrap();

    dir.make(STATE);
    symlink(dir.path("elsewhere"), dir.path(STATE).join("cache")).unwrap();
    assert_refused(&dir, &["cache", "is a link, not a folder"]);
    fs::remove_file(dir.path(STATE).join("cache")).unwrap();
    let result = format!("{STATE}/cache/{}.jpg", "ab".repeat(16));
    dir.make(&format!("{STATE}/cache"));
    symlink(dir.path("in/x.png"), dir.path(&result)).unwrap();
    assert_refused(&dir, &["cache/abab", "is no regular file"]);
    assert_eq!(fs::read_dir(dir.path("elsewhere")).unwrap().count(), 0);
    // What has no name of ours is in nobody's way.
    fs::rename(dir.path(&result), dir.path(STATE).join("cache/notes.txt")).unwrap();
    symlink(dir.path("in/x.png"), dir.path(STATE).join("notes")).unwrap();
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
}

#[test]
fn state_folders_of_older_runs_open() {
    let dir = dir();
    dir.run(&[]).code(0);
    for lock in [&b""[..], b"\n", b"4242\n", b"4242", b"  7 \n"] {
        dir.write(format!("{STATE}/lock"), lock);
        dir.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
    }
    // A failing disk leaves zeros, a crash the beginning of the first record.
    for manifest in [vec![0; 5000], b"{\"kind\":\"run_sta".to_vec(), Vec::new()] {
        dir.write(format!("{STATE}/manifest.jsonl"), &manifest);
        dir.run(&[]).code(0);
        dir.recanvas(&["status", "p.yaml"]).code(0);
    }
}
