//! A manifest that ends anywhere.

use std::fs;

use recanvas::providers::CallState;
use recanvas::providers::Ledger;

use crate::money::shop::PNG;
use crate::money::shop::Shop;
use crate::money::shop::buy;
use crate::money::shop::call;
use crate::money::shop::calls;
use crate::money::shop::job;
use crate::money::shop::open;
use crate::money::shop::quote;
use crate::money::shop::rules;

fn word(standing: &CallState) -> &'static str {
    match standing {
        CallState::New(_) => "new",
        CallState::InFlight(_) => "in flight",
        CallState::Done(_) => "done",
        CallState::Unknown(_) => "unknown",
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_manifest_cut_at_any_byte_is_read_by_its_whole_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    buy(&open(folder.path(), rules("r1")), &Shop::beside(folder.path()), &call("a"));
    let whole = fs::read(folder.path().join("manifest.jsonl")).expect("a manifest");
    let mut seen = Vec::new();
    for is_cached in [false, true] {
        for length in 0..=whole.len() {
            let cut = &whole[..length];
            let kinds = String::from_utf8_lossy(cut);
            let complete = kinds.rsplit_once('\n').map_or("", |(lines, _)| lines);
            let expected = match () {
                () if complete.contains("call_finished") && is_cached => "done",
                () if complete.contains("call_finished") => "lost",
                () if is_cached => "done",
                () if complete.contains("call_submitted") => "in flight",
                () if complete.contains("call_intent") => "unknown",
                () => "new",
            };
            let folder = tempfile::tempdir().expect("a folder");
            fs::write(folder.path().join("manifest.jsonl"), cut).expect("a manifest");
            if is_cached {
                recanvas::storage::Cache::at(folder.path()).put(call("a").key(0), PNG).expect("it is kept");
            }
            let ledger = open(folder.path(), rules("r2"));
            let found = match ledger.state_of(&call("a")).expect("a sound ledger") {
                CallState::Lost(..) => "lost",
                other => word(&other),
            };
            assert_eq!(found, expected, "cached {is_cached}, {length} bytes");
            seen.push(found);
        }
    }
    for standing in ["new", "unknown", "in flight", "done", "lost"] {
        assert!(seen.contains(&standing), "no cut gives {standing}");
    }
}

#[test]
fn a_call_that_was_submitted_is_in_flight_until_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path(), rules("r1"));
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    let mut open_call = ledger.intend(turn, &quote()).expect("allowed");
    ledger.submitted(&mut open_call, job()).expect("recorded");
    drop(open_call);
    assert_eq!(ledger.state_of(&call("a")).map(|it| word(&it)), Ok("in flight"), "in the same run");
    assert_eq!(calls(folder.path()).iter().count(), 1);
}

#[test]
fn records_that_cannot_be_are_damage() {
    let folder = tempfile::tempdir().expect("a folder");
    buy(&open(folder.path(), rules("r1")), &Shop::beside(folder.path()), &call("a"));
    let path = folder.path().join("manifest.jsonl");
    let whole = fs::read_to_string(&path).expect("a manifest");
    let without = whole.lines().filter(|line| !line.contains("call_intent")).map(|line| format!("{line}\n"));
    let twice = whole.lines().flat_map(|line| {
        let times = if line.contains("call_intent") { 2 } else { 1 };
        std::iter::repeat_n(format!("{line}\n"), times)
    });
    let undated = whole.replace("2026-11-21T12:00:00Z\",\"expected", "yesterday\",\"expected");
    for (text, why) in [
        (without.collect::<String>(), "has no call_intent"),
        (twice.collect::<String>(), "is intended a second time"),
        (undated, "`yesterday` is not a time"),
    ] {
        fs::write(&path, text).expect("a manifest");
        let error = recanvas::manifest::State::load(folder.path(), "p").expect_err(why).to_string();
        assert!(error.contains(why), "{error}");
    }
}
