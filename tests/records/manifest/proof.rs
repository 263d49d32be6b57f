//! What replay concludes: proof, claims, pipelines; and how long it takes.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use recanvas::digest::Digest;
use recanvas::manifest::OpenError;
use recanvas::manifest::Record;
use recanvas::manifest::State;
use recanvas::manifest::Synced;
use recanvas::manifest::TaskFinished;
use recanvas::manifest::TaskOutcome;
use recanvas::manifest::TaskRefreshed;
use recanvas::manifest::TaskStamp;
use recanvas::manifest::TaskWriting;
use recanvas::pipeline::TaskKey;
use recanvas::storage::Mtime;

use crate::manifest::NOW;
use crate::manifest::done;
use crate::manifest::ended;
use crate::manifest::finished;
use crate::manifest::folder_with;
use crate::manifest::lines;
use crate::manifest::load;
use crate::manifest::source;
use crate::manifest::started;
use crate::manifest::writing;

#[test]
fn only_a_sync_or_an_orderly_end_of_the_same_run_proves_a_task() {
    let head = lines(&[started("p"), finished("a.jpg", "a.w"), finished("b.jpg", "b.w")]);
    let through = lines(&[started("p"), finished("a.jpg", "a.w")]).len() as u64;
    let proven = |records: &[Record<'_>]| {
        let state = load(&folder_with(&[head.clone(), lines(records)].concat()));
        ["a.jpg", "b.jpg"].map(|source| state.is_proven(&done(&state, source)))
    };
    let times = Mtime { seconds: -1, nanos: 999_999_999 };
    let refreshed = Record::TaskRefreshed(TaskRefreshed {
        source: Path::new("b.jpg").into(),
        target: "wide".into(),
        row: None,
        encoding: None,
        seen: TaskStamp { mtime: Some(NOW), ..TaskStamp::default() },
        output_mtime: times,
        asked: None,
        resolved: None,
    });
    let sync = |through| Record::Synced(Synced { through, removed: Vec::new() });
    let end = || Record::RunEnded(ended());
    assert_eq!(proven(&[]), [false, false]);
    assert_eq!(proven(&[sync(through - 1)]), [false, false]);
    assert_eq!(proven(&[sync(through)]), [true, false]);
    assert_eq!(proven(&[sync(through), end()]), [true, true]);
    assert_eq!(proven(&[sync(through), started("p"), end()]), [true, false], "a later run vouches for itself");
    assert_eq!(proven(&[sync(through), started("p"), sync(u64::MAX)]), [true, false]);
    assert_eq!(proven(&[started("q"), end()]), [false, false]);
    assert_eq!(proven(&[sync(through), started("p"), refreshed.clone()]), [true, false]);
    assert_eq!(proven(&[sync(through), started("p"), refreshed.clone(), end()]), [true, true]);

    let too_far = lines(&[sync(u64::MAX), finished("c.jpg", "c.w")]);
    let state = load(&folder_with(&[head.clone(), too_far].concat()));
    assert!(!state.is_proven(&done(&state, "c.jpg")), "a sync vouches for nothing that comes later");

    let state = load(&folder_with(&[head.clone(), lines(&[refreshed])].concat()));
    assert_eq!(done(&state, "b.jpg").written.mtime, times);
    assert_eq!(state.claim(Path::new("b.w")).unwrap().written.unwrap().mtime, times);
}

#[test]
fn a_refresh_of_an_unfinished_task_is_ignored() {
    let refresh = Record::TaskRefreshed(TaskRefreshed {
        source: Path::new("a.jpg").into(),
        target: "wide".into(),
        row: None,
        encoding: None,
        seen: TaskStamp { mtime: Some(NOW), ..TaskStamp::default() },
        output_mtime: NOW,
        asked: None,
        resolved: None,
    });
    assert_eq!(load(&folder_with(&lines(&[started("p"), refresh]))).tasks().count(), 0);
}

#[test]
fn claims_are_read_of_all_pipelines_and_tasks_of_one() {
    let records = [started("q"), writing("a.jpg", "x"), finished("a.jpg", "x"), writing("b.jpg", "y"), started("p")];
    let state = load(&folder_with(&lines(&records)));
    assert_eq!((state.tasks().count(), state.runs(), state.claims().count()), (0, 1, 2));
    assert!(state.claim(Path::new("x")).unwrap().is_ours(Digest::of(b"x")));
    assert!(!state.claim(Path::new("x")).unwrap().is_ours(Digest::of(b"edited")));
    assert_eq!(state.leftovers().count(), 1);

    let other = [started("p"), started("q"), Record::RunEnded(ended())];
    let state = load(&folder_with(&lines(&other)));
    assert!(state.last_run().unwrap().ended.is_none(), "the end of another pipeline's run is not ours");
}

#[test]
fn unfinished_writes_keep_their_claims() {
    let writing_of = |content: &[u8]| {
        let Record::TaskWriting(record) = writing("a.jpg", "sub/x") else { unreachable!() };
        Record::TaskWriting(TaskWriting { hash: Digest::of(content), ..record })
    };
    let mut records = vec![started("p"), finished("a.jpg", "sub/x"), writing_of(b"1"), started("p")];
    records.extend([writing_of(b"2"), writing_of(b"2")]);
    let state = load(&folder_with(&lines(&records)));
    let claim = state.claim(Path::new("sub/x")).unwrap();
    assert!([&b"sub/x"[..], b"1", b"2"].iter().all(|content| claim.is_ours(Digest::of(content))));
    assert_eq!(claim.pending.as_ref().unwrap().hashes.len(), 2);
    assert_eq!(state.leftovers().collect::<Vec<_>>(), [Path::new("sub/.temp.recanvas-tmp")]);
    assert_eq!(state.task(&TaskKey::new(Path::new("a.jpg"), "wide")), Some(TaskOutcome::Unfinished));

    records.push(finished("a.jpg", "sub/x"));
    let state = load(&folder_with(&lines(&records)));
    assert!(state.claim(Path::new("sub/x")).unwrap().pending.is_none());
    assert_eq!(done(&state, "a.jpg").written.bytes, 34);
}

/// How long the replay of 100 000 finished tasks takes; to be run in release.
#[test]
#[ignore = "measures time"]
fn replay_of_a_hundred_thousand_tasks() {
    let mut manifest = lines(&[started("p")]);
    for task in 0..100_000 {
        let source = format!("catalog/2026/shoes/{}/product-{task}-front.jpg", task % 100);
        let output = format!("catalog/2026/shoes/{}/product-{task}-front.wide.jpg", task % 100);
        manifest.extend(lines(&[writing(&source, &output), finished(&source, &output)]));
    }
    let folder = folder_with(&manifest);
    let size = manifest.len() / 1_000_000;
    drop(manifest);
    let resident = || {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("no figure").to_owned()
    };
    let before = resident();
    let begin = Instant::now();
    let state = load(&folder);
    let took = begin.elapsed();
    assert_eq!(state.tasks().count(), 100_000);
    writeln!(std::io::stdout(), "{size} MB in {took:?}; before {before}, after {}", resident()).unwrap();
    assert!(took < Duration::from_millis(1500), "{took:?}");
}

#[test]
fn a_task_without_a_stamp_is_of_its_source_as_it_was_recorded_last() {
    let bare = |output| {
        let Record::TaskFinished(record) = finished("a.jpg", output) else { unreachable!() };
        Record::TaskFinished(TaskFinished { seen: TaskStamp::default(), ..record })
    };
    let records = [started("p"), source("a.jpg", b"one"), bare("x"), source("a.jpg", b"another")];
    let state = load(&folder_with(&lines(&records)));
    let known = done(&state, "a.jpg");
    assert_eq!((known.source.size, known.hash), (3, Digest::of(b"one")), "what it becomes later changes nothing");
    let state = load(&folder_with(&lines(&[&records[..], &[bare("x")]].concat())));
    let known = done(&state, "a.jpg");
    assert_eq!((known.source.size, known.hash), (7, Digest::of(b"another")));

    // Of another source, or of another pipeline, is not of this one.
    for before in [vec![started("p")], vec![started("p"), source("b.jpg", b"one")], {
        vec![started("q"), source("a.jpg", b"one"), started("p")]
    }] {
        let line = before.len() as u64 + 1;
        let folder = folder_with(&lines(&[before, vec![bare("x")]].concat()));
        let error = State::load(folder.path(), "p").expect_err("nothing says what the source was");
        assert!(matches!(error, OpenError::Damaged { line: at, .. } if at == line), "{error}");
    }
}
