//! Records or results that cannot be written end all submits.

use std::fs;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use recanvas::manifest::Group;
use recanvas::manifest::Journal;
use recanvas::manifest::ManifestLedger;
use recanvas::manifest::Record;
use recanvas::manifest::TaskRefreshed;
use recanvas::manifest::TaskStamp;
use recanvas::providers::CallState;
use recanvas::providers::Ledger;
use recanvas::providers::SubmitRefusal;
use recanvas::storage::Cache;
use recanvas::storage::Mtime;

use crate::money::shop::PNG;
use crate::money::shop::Shop;
use crate::money::shop::bought;
use crate::money::shop::buy;
use crate::money::shop::call;
use crate::money::shop::calls;
use crate::money::shop::job;
use crate::money::shop::open;
use crate::money::shop::quote;
use crate::money::shop::rules;
use crate::money::shop::started;
use crate::money::shop::usd;

#[test]
fn a_cache_that_cannot_be_written_stops_all_submits_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    let ledger = open(state, rules("r1"));
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    let mut open_call = ledger.intend(turn, &quote()).expect("allowed");
    ledger.submitted(&mut open_call, shop.submit()).expect("recorded");
    fs::write(state.join("cache"), "in the way").expect("a file");
    let error = ledger.finished(open_call, PNG, None).expect_err("there is no folder");
    assert!(error.to_string().starts_with("the cache cannot be written: "), "{error}");
    assert_eq!(ledger.stopped(), Some(error.to_string()));
    let Ok(CallState::New(turn)) = ledger.state_of(&call("b")) else { panic!("it is new") };
    let refusal = ledger.intend(turn, &quote()).expect_err("stopped");
    assert_eq!(refusal, SubmitRefusal::Stopped(error.to_string()));
    drop(ledger);
    fs::remove_file(state.join("cache")).expect("it was there");
    assert_eq!(buy(&open(state, rules("r2")), &shop, &call("a")), bought());
    assert_eq!((shop.sold(), calls(state).spent()), (1, usd("0.03")));
}

#[test]
fn a_sync_that_failed_anywhere_stops_all_submits() {
    let folder = tempfile::tempdir().expect("a folder");
    let group = Group { tasks: 1, wait: Duration::from_secs(600) };
    let (journal, known) = Journal::open_with(folder.path(), "p", group).expect("a journal");
    journal.append(&started("r1")).expect("a run");
    let ledger =
        ManifestLedger::open(&journal, known.calls().clone(), Cache::at(folder.path()), rules("r1")).expect("ledger");
    assert_eq!(buy(&ledger, &Shop::beside(folder.path()), &call("a")), bought());
    // A file that is open as a mere path cannot be synced.
    let output = rustix::fs::open(folder.path(), rustix::fs::OFlags::PATH, rustix::fs::Mode::empty());
    let record = Record::TaskRefreshed(TaskRefreshed {
        source: Path::new("a.jpg").into(),
        target: "wide".into(),
        row: None,
        encoding: None,
        seen: TaskStamp { mtime: Some(Mtime { seconds: 0, nanos: 0 }), ..TaskStamp::default() },
        output_mtime: Mtime { seconds: 0, nanos: 0 },
        asked: None,
        resolved: None,
    });
    journal.finished(&record, Box::new(File::from(output.expect("a folder")))).expect("not synced yet");
    let begin = Instant::now();
    while journal.check().is_ok() {
        assert!(begin.elapsed() < Duration::from_secs(60), "never poisoned");
        std::thread::sleep(Duration::from_millis(1));
    }
    let Ok(CallState::New(turn)) = ledger.state_of(&call("b")) else { panic!("it is new") };
    let refusal = ledger.intend(turn, &quote()).expect_err("stopped").to_string();
    assert!(refusal.contains("the manifest cannot be written: could not sync the outputs"), "{refusal}");
    assert!(ledger.stopped().is_some());
}

#[test]
fn a_run_that_is_told_to_stop_submits_nothing_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path(), rules("r1"));
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    let mut open_call = ledger.intend(turn, &quote()).expect("allowed");
    ledger.stop("interrupted");
    ledger.submitted(&mut open_call, job()).expect("what is in flight is still recorded");
    ledger.finished(open_call, PNG, None).expect("and finished");
    let Ok(CallState::New(turn)) = ledger.state_of(&call("b")) else { panic!("it is new") };
    assert_eq!(ledger.intend(turn, &quote()).expect_err("stopped"), SubmitRefusal::Stopped("interrupted".to_owned()));
}

/// Buys until the manifest cannot grow; run in a process of its own.
#[test]
#[ignore = "started by another test"]
fn victim() {
    let Some(state) = std::env::var_os("VICTIM_STATE").map(PathBuf::from) else { return };
    let (ledger, shop) = (open(&state, rules("r1")), Shop::beside(&state));
    let mut asked = 0;
    let mut refused = || {
        asked += 1;
        let Ok(CallState::New(turn)) = ledger.state_of(&call(&asked.to_string())) else { panic!("it is new") };
        match ledger.intend(turn, &quote()) {
            Ok(mut open_call) => {
                // Sold, whether it can be recorded or not.
                let _ = ledger.submitted(&mut open_call, shop.submit());
                None
            }
            Err(refusal) => Some(refusal.to_string()),
        }
    };
    let first = (0..1000).find_map(|_| refused()).expect("the disk is full at last");
    assert_eq!(refused().as_ref(), Some(&first), "and stays so");
    assert!(ledger.stopped().is_some());
    writeln!(std::io::stdout(), "answer<{first}>").expect("a reader");
}

#[test]
fn a_manifest_that_cannot_grow_stops_all_submits_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    // The limit counts blocks; without the trap, reaching it would kill.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" --exact money::broken::victim --ignored --nocapture";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().expect("this program"))
        .env("VICTIM_STATE", folder.path())
        .output()
        .expect("a victim");
    let text = String::from_utf8_lossy(&output.stdout);
    let expected = "answer<no call is submitted any more: the manifest cannot be written: could not append";
    assert!(text.contains(expected), "{output:?}");
    // Everything that was sold is on record, and nothing is sold again.
    let (known, shop) = (calls(folder.path()), Shop::beside(folder.path()));
    let sold = shop.sold();
    assert!(sold > 3 && known.iter().count() == sold, "{sold} sold, {} recorded", known.iter().count());
    let ledger = open(folder.path(), rules("r2"));
    for number in 1..=sold {
        buy(&ledger, &shop, &call(&number.to_string()));
    }
    assert_eq!(shop.sold(), sold);
}

#[test]
fn a_state_folder_that_is_gone_or_another_stops_all_submits() {
    for (name, replace) in [("state", false), ("state", true), ("state/manifest.jsonl", true)] {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        let (ledger, shop) = (open(&state, rules("r1")), Shop::beside(folder.path()));
        assert_eq!(buy(&ledger, &shop, &call("a")), bought());
        let (place, moved) = (folder.path().join(name), folder.path().join("moved"));
        fs::rename(&place, &moved).expect("it is there");
        if replace && moved.is_dir() {
            std::os::unix::fs::symlink(&moved, &place).expect("a link");
        } else if replace {
            fs::copy(&moved, &place).expect("a copy");
        }
        let Ok(CallState::New(turn)) = ledger.state_of(&call("b")) else { panic!("it is new") };
        let refusal = ledger.intend(turn, &quote()).expect_err("stopped").to_string();
        assert!(refusal.contains("the manifest cannot be written: could not "), "{name}: {refusal}");
        assert!(refusal.ends_with("was moved, removed or replaced during the run"), "{name}: {refusal}");
        assert!(ledger.stopped().is_some());
        assert_eq!(shop.sold(), 1, "{name}");
    }
}

#[test]
fn no_result_is_put_where_a_link_leads() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, moved) = (folder.path().join("state"), folder.path().join("moved"));
    fs::create_dir_all(moved.join("cache")).expect("a folder");
    std::os::unix::fs::symlink(&moved, &state).expect("a link");
    assert!(Cache::at(&state).put(call("a").key(0), PNG).is_err());
    fs::remove_file(&state).expect("the link");
    fs::create_dir(&state).expect("a folder");
    std::os::unix::fs::symlink(moved.join("cache"), state.join("cache")).expect("a link");
    assert!(Cache::at(&state).put(call("a").key(0), PNG).is_err());
    assert_eq!(fs::read_dir(moved.join("cache")).expect("a folder").count(), 0);
    // A result that comes when its folder is gone is kept all the same: it was paid for.
    fs::remove_dir_all(&state).expect("a folder");
    let kept = Cache::at(&state).put(call("a").key(0), PNG).expect("it is kept");
    assert_eq!(Cache::at(&state).find(call("a").key(0)), Some(kept));
}
