//! What stands in the state folder and is not ours: refused with exit 2, and left as it is.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::cli::Dir;

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
    let long = [b"{\"kind\":\"run_started\",\"notes\":\"", &[b'n'; 10_000][..], b"\"}"].concat();
    // Longer than any first record, and so not the beginning of one.
    let unfinished = [b"{\"kind\":\"run_started\",\"notes\":\"", &[b'n'; 70_000][..]].concat();
    let manifests: [&[u8]; 11] = [
        &long,
        &unfinished,
        b"{\"kind\":\"run_started\"} and more",
        b"{\"kind\":\"run_started\" my own notes",
        b"{\"kind\":\"note\"}\n{\"kind\":\"note\"}\n",
        b"{\"kind\":\"options\"}\n",
        b"my own notes, without a line end",
        b"my own notes\nin two lines\n",
        b"{\"kind\":\"note\",\"text\":\"one line that does not end\"}",
        b"{\"kind\": \"run_started\"}",
        b"\0\0\0 and text",
    ];
    let cases = manifests.iter().map(|bytes| ("manifest.jsonl", *bytes, "is no manifest of recanvas"));
    let locks: [&[u8]; 10] = [
        b"do not touch",
        b"12a\n",
        b"-1",
        b"11111111111111111111111111111111111111111111",
        b"12345678901",
        b"\n\n\n",
        b"\n",
        b"  12 \n\n",
        b"12\n\n",
        b"12 ",
    ];
    let cases = cases.chain(locks.iter().map(|bytes| ("lock", *bytes, "is no lock of recanvas")));
    let zeros = vec![0; (16 << 20) + 1];
    let cases = cases.chain([("manifest.jsonl", &zeros[..], "is no manifest of recanvas")]);
    for (name, bytes, words) in cases {
        let dir = dir();
        dir.write(format!("{STATE}/{name}"), bytes);
        assert_refused(&dir, &[name, words]);
        assert!(dir.read(format!("{STATE}/{name}")) == bytes, "{words}");
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
    // What has no name of ours is in no file's way.
    fs::rename(dir.path(&result), dir.path(STATE).join("cache/notes.txt")).unwrap();
    symlink(dir.path("in/x.png"), dir.path(STATE).join("notes")).unwrap();
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
}

#[test]
fn state_folders_of_older_runs_open() {
    let dir = dir();
    dir.run(&[]).code(0);
    for lock in [&b""[..], b"4242\n", b"4242", b"4294967295\n"] {
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

#[test]
fn a_result_that_is_half_written_is_a_file() {
    let half = format!("{STATE}/cache/.{}.jpg.recanvas-tmp", "ab".repeat(16));
    let dir = dir();
    dir.make(&half);
    assert_refused(&dir, &["cache/.abab", "is no regular file"]);
    dir.recanvas(&["cache", "gc", "p.yaml", "--max-size", "0"]).code(2).warns(&["cache/.abab"]);
    fs::remove_dir(dir.path(&half)).unwrap();
    // Names that are no result's are in no file's way, and stay.
    dir.write(format!("{STATE}/cache/.notes.recanvas-tmp"), b"mine");
    dir.write(format!("{STATE}/cache/.{}.jpg.old.recanvas-tmp", "ab".repeat(16)), b"mine");
    dir.make(&format!("{STATE}/cache/.folder.recanvas-tmp"));
    dir.write(&half, b"ours");
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    dir.recanvas(&["cache", "gc", "p.yaml", "--max-size", "0"]).code(0);
    let names = dir.tree(&format!("{STATE}/cache")).into_keys();
    assert!(!dir.path(&half).exists());
    assert_eq!(fs::read_dir(dir.path(STATE).join("cache")).unwrap().count(), 3, "{:?}", names.collect::<Vec<_>>());
}

#[test]
fn a_lock_with_another_name_is_locked_and_not_written_to() {
    let dir = dir();
    dir.make(STATE);
    dir.write("year", b"2024");
    fs::hard_link(dir.path("year"), dir.path(STATE).join("lock")).unwrap();
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(dir.read("year"), b"2024");
    let lock = fs::File::options().write(true).open(dir.path("year")).expect("the lock's file");
    lock.lock().expect("the lock");
    let refused = dir.run(&[]);
    refused.code(75).warns(&["another run is using this state folder"]);
}

#[test]
fn a_backup_made_of_links_breaks_no_run() {
    let dir = dir();
    dir.run(&[]).code(0);
    dir.make("backup");
    for name in ["lock", "manifest.jsonl"] {
        fs::hard_link(dir.path(STATE).join(name), dir.path("backup").join(name)).unwrap();
    }
    let lock = dir.read("backup/lock");
    dir.source("y.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0).counts([1, 1, 0, 0, 0]);
    assert_eq!(dir.read("backup/lock"), lock);
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
}

#[test]
fn a_file_of_the_user_that_only_looks_like_ours_is_not_written_to() {
    for bytes in [&b""[..], &[0; 100], b"{\"kind\":\"run_sta"] {
        let dir = dir();
        dir.make(STATE);
        dir.write("theirs", bytes);
        fs::hard_link(dir.path("theirs"), dir.path(STATE).join("manifest.jsonl")).unwrap();
        assert_refused(&dir, &["manifest.jsonl", "has another name (hard link)"]);
        assert_eq!(dir.read("theirs"), bytes);
    }
}
