//! The writer: lock, groups, and what happens when it cannot write.

use std::fs;
use std::fs::File;
use std::io::ErrorKind;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::geometry::Layout;
use recanvas::geometry::Size;
use recanvas::manifest::Group;
use recanvas::manifest::Journal;
use recanvas::manifest::OpenError;
use recanvas::manifest::OptionsRecord;
use recanvas::manifest::Record;
use recanvas::manifest::RecordedLayout;
use recanvas::manifest::State;
use recanvas::manifest::TaskFinished;
use recanvas::manifest::TaskOutcome;
use recanvas::pipeline::TaskKey;

use crate::manifest::NOW;
use crate::manifest::done;
use crate::manifest::ended;
use crate::manifest::failed;
use crate::manifest::finished;
use crate::manifest::load;
use crate::manifest::proven;
use crate::manifest::started;
use crate::manifest::told;
use crate::manifest::writing;

const LONG: Duration = Duration::from_secs(20);

#[test]
fn appended_records_are_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let state_folder = folder.path().join("out/.recanvas");
    let (journal, state) = Journal::open(&state_folder, "p").unwrap();
    assert!(state.last_run().is_none() && state.tasks().count() == 0);
    journal.append(&started("p")).unwrap();
    let options = serde_json::json!({"resize": {"filter": "lanczos3"}});
    let record = Record::Options(OptionsRecord { fingerprint: Digest::of(b"options"), options: options.clone() });
    journal.append(&record).unwrap();
    journal.append(&record).unwrap();
    journal.append(&writing("a.jpg", "a.wide.jpg")).unwrap();
    journal
        .finished(&finished("a.jpg", "a.wide.jpg"), Box::new(File::create(folder.path().join("a")).unwrap()))
        .unwrap();
    journal.append(&failed("b.jpg")).unwrap();
    journal.append(&writing("c.jpg", "sub/c.wide.jpg")).unwrap();
    journal.close(ended()).unwrap();

    let (journal, state) = Journal::open(&state_folder, "p").unwrap();
    let a = done(&state, "a.jpg");
    assert_eq!((a.source.size, a.source.mtime, a.hash), (12, NOW, Digest::of(b"a.jpg")));
    assert_eq!((a.output.as_ref(), a.engine.as_deref()), (Path::new("a.wide.jpg"), Some("blur")));
    assert_eq!((a.written.bytes, a.written.hash), (34, Digest::of(b"a.wide.jpg")));
    assert!(state.is_proven(&a));
    let Some(TaskOutcome::Failed(b)) = state.task(&TaskKey::new(Path::new("b.jpg"), "wide")) else {
        panic!("b failed")
    };
    assert_eq!((b.class, b.message.as_ref(), b.hash), (Some(Class::Corrupt), "ends after 3 rows", None));
    assert_eq!(state.task(&TaskKey::new(Path::new("c.jpg"), "wide")), Some(TaskOutcome::Unfinished));
    assert_eq!(state.options(&Digest::of(b"options")), Some(&options));
    let end = state.last_run().unwrap().ended.unwrap();
    assert_eq!((end.exit, end.totals.done, end.totals.failed), (3, 1, 1));

    journal.append(&started("p")).unwrap();
    journal.append(&record).unwrap();
    drop(journal);
    let text = fs::read_to_string(state_folder.join("manifest.jsonl")).unwrap();
    assert_eq!(text.matches("\"kind\":\"options\"").count(), 1, "options are written once");
    assert!(text.lines().all(|line| line.starts_with("{\"kind\":\"")));
    let state = State::load(&state_folder, "p").unwrap();
    assert!(state.last_run().unwrap().ended.is_none(), "dropped is not ended");
}

#[test]
fn the_lock_keeps_a_second_run_out_and_dies_with_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(folder.path(), "p").unwrap();
    match Journal::open(folder.path(), "other") {
        Err(error @ OpenError::Locked { .. }) => {
            assert!(error.to_string().contains(&format!("(process {})", std::process::id())), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(child(folder.path(), ""), "locked", "another process is kept out too");
    assert!(State::load(folder.path(), "p").is_ok(), "reading needs no lock");
    drop(journal);
    assert_eq!(child(folder.path(), ""), "opened");
    // The child died without giving the lock back.
    assert!(Journal::open(folder.path(), "p").is_ok());
}

/// The answer of [`in_another_process`], run in a process of its own after the shell commands
/// `prefix`.
fn child(folder: &Path, prefix: &str) -> String {
    let script =
        format!("{prefix} exec \"$0\" --exact manifest::journal::in_another_process --nocapture --test-threads=1");
    let output = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env("RECANVAS_TEST_STATE", folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let answer = text.split("answer<").nth(1).and_then(|rest| rest.split('>').next());
    answer.unwrap_or_else(|| panic!("no answer in {output:?}")).to_owned()
}

#[test]
fn in_another_process() {
    let Some(folder) = std::env::var_os("RECANVAS_TEST_STATE").map(PathBuf::from) else { return };
    let answer = match Journal::open(&folder, "p") {
        Err(OpenError::Locked { .. }) => "locked".to_owned(),
        Err(error) => error.to_string(),
        Ok((journal, _)) if folder.join("fill").exists() => filled(&journal),
        Ok((journal, _)) => {
            std::mem::forget(journal);
            "opened".to_owned()
        }
    };
    writeln!(std::io::stdout(), "answer<{answer}>").unwrap();
}

/// Appends until it fails, and makes sure that it fails in the same way from then on.
fn filled(journal: &Journal) -> String {
    journal.append(&started("p")).unwrap();
    let Some(error) = (0..1000).find_map(|_| journal.append(&failed("b.jpg")).err()) else {
        return "never full".to_owned();
    };
    for _ in 0..3 {
        assert_eq!(journal.append(&failed("b.jpg")).unwrap_err().to_string(), error.to_string());
    }
    error.to_string()
}

#[test]
fn a_failed_append_poisons_the_journal_and_what_came_before_survives() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fill"), "").unwrap();
    // The limit counts blocks; without the trap, reaching it would kill.
    let error = child(folder.path(), "trap '' XFSZ; ulimit -f 8;");
    assert!(error.starts_with("could not append to the manifest: "), "{error}");
    let manifest = folder.path().join("manifest.jsonl");
    assert!(!fs::read(&manifest).unwrap().ends_with(b"\n"), "the last line was cut short");
    let before = load(&folder);
    let (_journal, state) = Journal::open(folder.path(), "p").unwrap();
    assert_eq!(told(&before), told(&state));
    assert_eq!(state.tasks().count(), 1);
    assert!(fs::read(&manifest).unwrap().ends_with(b"\n"), "cut back");
}

#[test]
fn a_failed_sync_poisons_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open_with(folder.path(), "p", Group { tasks: 1, wait: LONG * 9 }).unwrap();
    journal.append(&started("p")).unwrap();
    // A file that is open as a mere path cannot be synced.
    let output = rustix::fs::open(folder.path(), rustix::fs::OFlags::PATH, rustix::fs::Mode::empty()).unwrap();
    journal.finished(&finished("a.jpg", "a.wide.jpg"), Box::new(File::from(output))).unwrap();
    let begin = Instant::now();
    let error = loop {
        match journal.append(&failed("b.jpg")) {
            Ok(()) => assert!(begin.elapsed() < LONG, "never poisoned"),
            Err(error) => break error.to_string(),
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    assert!(error.starts_with("could not sync the outputs: "), "{error}");
    assert_eq!(journal.close(ended()).unwrap_err().to_string(), error);
    let state = load(&folder);
    assert!(!state.is_proven(&done(&state, "a.jpg")));
    assert!(state.last_run().unwrap().ended.is_none());
}

#[test]
fn groups_are_synced_together() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open_with(folder.path(), "p", Group { tasks: 4, wait: LONG * 9 }).unwrap();
    journal.append(&started("p")).unwrap();
    let manifest = folder.path().join("manifest.jsonl");
    let synced = || fs::read_to_string(&manifest).unwrap().matches("\"synced\"").count();
    for task in 1..=11 {
        let name = format!("{task}.jpg");
        let output = File::create(folder.path().join("output")).unwrap();
        journal.finished(&finished(&name, &name), Box::new(output)).unwrap();
        let begin = Instant::now();
        while task % 4 == 0 && synced() < task / 4 {
            assert!(begin.elapsed() < LONG, "no sync after {task} tasks");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!((synced(), proven(&load(&folder))), (task / 4, task / 4 * 4), "after {task} tasks");
    }
    journal.close(ended()).unwrap();
    assert_eq!((synced(), proven(&load(&folder))), (3, 11));
    // Nothing was appended meanwhile, so each group reaches right up to its own record.
    let mut offset = 0;
    for line in fs::read(&manifest).unwrap().split_inclusive(|&byte| byte == b'\n') {
        if let Ok(Record::Synced(synced)) = Record::parse(line) {
            assert_eq!(synced.through, offset);
        }
        offset += line.len() as u64;
    }
}

#[test]
fn a_group_waits_only_so_long() {
    let folder = tempfile::tempdir().unwrap();
    let group = Group { tasks: 1000, wait: Duration::from_millis(10) };
    let (journal, _) = Journal::open_with(folder.path(), "p", group).unwrap();
    journal.append(&started("p")).unwrap();
    journal.finished(&finished("a.jpg", "a"), Box::new(File::create(folder.path().join("a")).unwrap())).unwrap();
    let begin = Instant::now();
    while proven(&load(&folder)) == 0 {
        assert!(begin.elapsed() < LONG, "never synced");
    }
}

#[test]
fn threads_append_whole_lines() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open_with(folder.path(), "p", Group { tasks: 64, wait: LONG }).unwrap();
    journal.append(&started("p")).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (journal, folder) = (&journal, folder.path());
            scope.spawn(move || {
                for task in 0..50 {
                    let name = format!("{thread}/{task}");
                    journal.append(&writing(&name, &name)).unwrap();
                    journal.finished(&finished(&name, &name), Box::new(File::open(folder).unwrap())).unwrap();
                }
            });
        }
    });
    journal.close(ended()).unwrap();
    let state = load(&folder);
    assert_eq!((state.tasks().count(), state.leftovers().count(), proven(&state)), (400, 0, 400));
}

#[test]
fn records_that_cannot_be_written_are_refused_and_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(folder.path(), "p").unwrap();
    let mut broken = Layout::whole(Size::new(4, 3));
    broken.window.x = f64::NAN;
    let Record::TaskFinished(good) = finished("a.jpg", "x") else { unreachable!() };
    let broken = Record::TaskFinished(TaskFinished { layout: RecordedLayout::from(&broken), ..good });
    for record in [failed("b.jpg"), started("q")] {
        assert_eq!(journal.append(&record).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    journal.append(&started("p")).unwrap();
    assert_eq!(journal.append(&broken).unwrap_err().kind(), ErrorKind::InvalidInput);
    journal.close(ended()).unwrap();
    assert_eq!(load(&folder).last_run().unwrap().ended.unwrap().exit, 3);
}

#[test]
fn a_lock_file_that_was_removed_still_keeps_others_out() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    let (journal, _) = Journal::open(folder.path(), "p").unwrap();
    journal.append(&started("p")).unwrap();
    fs::remove_file(&lock).unwrap();
    // The first that comes makes a new one; that is not enough.
    for _ in 0..2 {
        assert!(matches!(Journal::open(folder.path(), "p"), Err(OpenError::Locked { pid: None })));
        assert_eq!(child(folder.path(), ""), "locked");
    }
    assert_eq!(fs::read(&lock).unwrap(), b"", "no process has signed it");
    journal.append_synced(&failed("b.jpg")).unwrap();
    journal.close(ended()).unwrap();
    assert!(Journal::open(folder.path(), "p").is_ok());
}

#[test]
fn a_state_folder_below_a_link_is_a_state_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
    let (journal, _) = Journal::open(&folder.path().join("link/state"), "p").unwrap();
    journal.append(&started("p")).unwrap();
    journal.append_synced(&failed("a.jpg")).unwrap();
    journal.close(ended()).unwrap();
    assert_eq!(State::load(&folder.path().join("real/state"), "p").unwrap().tasks().count(), 1);
}
