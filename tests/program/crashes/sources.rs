//! Sources that changed, or only seem to, with their size and time of modification kept.

use std::fs;
use std::fs::File;
use std::fs::Permissions;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::batch::Summary;

use crate::crashes::world::World;

const SOURCE: &str = "a.jpg";

/// A world with one byte behind the picture, which was made.
fn made() -> World {
    let world = World::small(false);
    set_last_byte(&world, b"x");
    assert_eq!(world.run("out").0.done, 4);
    world
}

/// Writes a byte behind the picture, which then has the time that it had.
fn set_last_byte(world: &World, byte: &[u8]) {
    let path = world.input().join(SOURCE);
    let time = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
    let bytes = fs::read(&path).expect("a source");
    let picture = bytes.strip_suffix(b"x").unwrap_or(&bytes);
    let before = fs::metadata(&path).expect("a source");
    // Until the clock that stamps files has ticked.
    while {
        fs::write(&path, [picture, byte].concat()).expect("a source");
        File::options().write(true).open(&path).and_then(|file| file.set_modified(time)).expect("a time can be set");
        changed(&fs::metadata(&path).expect("a source")) == changed(&before)
    } {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn changed(metadata: &fs::Metadata) -> (i64, i64) {
    (metadata.ctime(), metadata.ctime_nsec())
}

/// Takes out of the manifest what the first programs did not record.
fn forget_traces(world: &World) {
    let manifest = fs::read_to_string(world.manifest("out")).expect("a manifest");
    let mut forgotten = 0;
    let lines = manifest.lines().map(|line| {
        let mut record: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect("a record");
        let kind = record.remove("kind").expect("a kind");
        forgotten += usize::from(record.remove("ctime").is_some());
        record.remove("inode");
        let rest = serde_json::to_string(&record).expect("a record");
        format!("{{\"kind\":{kind},{}\n", &rest[1..])
    });
    let lines: String = lines.collect();
    assert_eq!(forgotten, 2, "one of each source");
    // In place, as the offsets of `synced` are beyond the end now and count as the end.
    fs::write(world.manifest("out"), lines).expect("a manifest");
}

/// Counts the records of a kind in the last run.
fn records(world: &World, kind: &str) -> usize {
    let manifest = fs::read_to_string(world.manifest("out")).expect("a manifest");
    let last = manifest.rfind("{\"kind\":\"run_started\"").expect("a run");
    manifest[last..].lines().filter(|line| line.starts_with(&format!("{{\"kind\":\"{kind}\""))).count()
}

fn verified(world: &World) -> Summary {
    world.run_with("out", |request: Request| request.with(|it| it.verify = true), &Silent, &Stop::new())
}

fn counts(summary: &Summary) -> (u64, u64, u8) {
    (summary.done, summary.skipped, summary.exit(false))
}

#[test]
fn a_change_that_kept_size_and_time_is_found() {
    let world = made();
    set_last_byte(&world, b"y");
    let (summary, made) = world.run("out");
    assert_eq!((counts(&summary), made.len()), ((2, 2, 0), 2), "by the time of the inode");
    assert_eq!(counts(&world.run("out").0), (0, 4, 0), "once");
}

#[test]
fn a_file_that_seems_changed_is_read_once_and_recorded() {
    let world = made();
    let path = world.input().join(SOURCE);
    let before = changed(&fs::metadata(&path).expect("a source"));
    while changed(&fs::metadata(&path).expect("a source")) == before {
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("permissions");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(counts(&world.run("out").0), (0, 4, 0));
    assert_eq!(records(&world, "task_refreshed"), 2, "its two tasks");
    assert_eq!(counts(&world.run("out").0), (0, 4, 0));
    assert_eq!(records(&world, "task_refreshed"), 0, "only once");
}

#[test]
fn options_that_were_never_recorded_count_as_equal_and_are_recorded() {
    let world = made();
    forget_traces(&world);
    assert_eq!(counts(&world.run("out").0), (0, 4, 0));
    assert_eq!(records(&world, "task_refreshed"), 4);
    assert_eq!(counts(&world.run("out").0), (0, 4, 0));
    assert_eq!(records(&world, "task_refreshed"), 0, "only once");
    set_last_byte(&world, b"y");
    assert_eq!(world.run("out").0.done, 2, "and counts from then on");
}

#[test]
fn verifying_compares_sources_by_their_content() {
    let world = made();
    forget_traces(&world);
    set_last_byte(&world, b"y");
    assert_eq!(counts(&verified(&world)), (2, 2, 0));
    assert_eq!(counts(&verified(&world)), (0, 4, 0));
}

#[test]
fn a_file_that_is_known_to_fail_is_compared_once_too() {
    let world = World::small(true);
    assert_eq!(world.run("out").0.exit(false), 3);
    let path = world.input().join("b.jpg");
    let before = changed(&fs::metadata(&path).expect("a source"));
    while changed(&fs::metadata(&path).expect("a source")) == before {
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("permissions");
        std::thread::sleep(Duration::from_millis(1));
    }
    for refreshed in [2, 0] {
        assert_eq!(world.run("out").0.known_failures(), 2);
        assert_eq!(records(&world, "task_failed"), refreshed, "its two tasks, once");
    }
    let bytes = fs::read(&path).expect("a source");
    fs::write(&path, [&bytes[..], b"x"].concat()).expect("a source");
    assert_eq!(world.run("out").0.known_failures(), 0, "another file is tried");
}
