//! `cache`: what was paid for is counted, checked and, when asked, cleared out.

use std::fs;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use recanvas::digest::Digest;
use recanvas::manifest::Caps;
use recanvas::manifest::FORMAT_VERSION;
use recanvas::manifest::Journal;
use recanvas::manifest::ManifestLedger;
use recanvas::manifest::PayAgain;
use recanvas::manifest::Record;
use recanvas::manifest::RunStarted;
use recanvas::manifest::SpendingRules;
use recanvas::providers::Call;
use recanvas::providers::CallState;
use recanvas::providers::Job;
use recanvas::providers::Ledger;
use recanvas::providers::OUTPAINT;
use recanvas::providers::Quote;
use recanvas::providers::Secrets;
use recanvas::providers::Usd;
use recanvas::storage::Cache;
use serde_json::json;

use crate::calls::canvas;
use crate::cli::Dir;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe picture that was paid for";
const DAY: Duration = Duration::from_secs(86_400);

fn call(provider: &str, source: &str) -> Call {
    Call {
        stage: OUTPAINT,
        source: Digest::of(source.as_bytes()),
        canvas: canvas(600, 100),
        provider: provider.to_owned(),
        revision: 1,
        request: json!({}),
        preparation: 1,
        orientation: None,
    }
}

fn state(dir: &Dir) -> PathBuf {
    dir.path("out/.recanvas")
}

fn result(dir: &Dir, provider: &str, source: &str) -> PathBuf {
    state(dir).join("cache").join(format!("{}.png", call(provider, source).key(0)))
}

/// A state folder in which these results were paid for, and one call is still open though its
/// result is there. Each result was last used as many days ago as its place in the list says.
fn bought(results: &[(&str, &str)]) -> Dir {
    let dir = Dir::new("", &["{ name: a, size: 40x40 }"]);
    let (journal, known) = Journal::open(&state(&dir), "p").expect("a journal");
    let started = RunStarted {
        prune: false,
        looks: false,
        input: None,
        output: None,
        moved_from: None,
        file: None,
        version: FORMAT_VERSION,
        run: "r1".into(),
        at: "2026-11-21T12:00:00Z".into(),
        pipeline: "p".into(),
        tool: "test".into(),
        tasks: 1,
    };
    journal.append(&Record::RunStarted(started)).expect("a run");
    let rules = SpendingRules {
        run: "r1".to_owned(),
        caps: Caps::default(),
        again: PayAgain::default(),
        secrets: Secrets::default(),
        now: SystemTime::now,
    };
    let ledger =
        ManifestLedger::open(Box::new(journal), known.calls().clone(), Cache::at(&state(&dir)), rules).expect("ledger");
    let cost = "0.03".parse::<Usd>().ok();
    for (provider, source) in results.iter().chain(&[("fal", "open")]) {
        let Ok(CallState::New(turn)) = ledger.state_of(&call(provider, source)) else { panic!("it is new") };
        let quote = Quote { expected: cost, highest: cost, credits: None };
        let mut open = ledger.intend(turn, &quote).expect("it is allowed");
        ledger.submitted(&mut open, Job { id: (*source).to_owned(), ..Job::default() }).expect("it is recorded");
        if *source == "open" {
            Cache::at(&state(&dir)).put(open.key(), PNG).expect("it is kept");
        } else {
            ledger.finished(open, PNG, None).expect("it is kept");
        }
    }
    for (days, (provider, source)) in (1..).zip(results.iter().chain(&[("fal", "open")])) {
        age(&result(&dir, provider, source), days);
    }
    dir
}

fn age(file: &PathBuf, days: u32) {
    let file = File::options().write(true).open(file).expect("a result");
    file.set_modified(SystemTime::now() - DAY * days).expect("a time");
}

#[test]
fn results_are_counted_with_what_they_cost() {
    let dir = bought(&[("fal", "a"), ("fal", "b"), ("runflow", "c")]);
    Cache::at(&state(&dir)).put(call("fal", "stranger").key(0), b"?").expect("it is kept");
    let size = PNG.len() as u64;
    let before = dir.tree("out/.recanvas");
    dir.recanvas(&["cache", "stats", "p.yaml"]).code(0).says(&[
        "fal",
        "0.09 USD",
        "runflow",
        "(not recorded)",
        "all",
        "0.12 USD",
    ]);
    let json = dir.recanvas(&["cache", "stats", "p.yaml", "--json"]).code(0).json();
    let amount = |files: u64, bytes: u64, paid: f64| json!({"files": files, "bytes": bytes, "paid_usd": paid});
    assert_eq!(
        json,
        json!({
            "results": amount(5, 4 * size + 1, 0.12),
            "providers": {"fal": amount(3, 3 * size, 0.09), "runflow": amount(1, size, 0.03)},
            "unrecorded": amount(1, 1, 0.0),
            "exit": 0,
        })
    );
    assert_eq!(dir.tree("out/.recanvas"), before, "it only looks");
}

#[test]
fn cache_commands_create_no_folder_where_there_is_no_cache() {
    let dir = Dir::new("", &["{ name: a, size: 40x40 }"]);
    for arguments in [&["stats"][..], &["verify"], &["gc", "--max-size", "0"]] {
        let command = [&["cache"], arguments, &["p.yaml"]].concat();
        dir.recanvas(&command).code(0);
        assert_eq!(dir.recanvas(&[&command[..], &["--json"]].concat()).code(0).json()["exit"], 0);
    }
    assert!(!dir.path("out").exists());
    dir.recanvas(&["cache", "stats", "missing.yaml"]).code(2).warns(&["could not read the pipeline"]);
    dir.recanvas(&["cache"]).code(2);
}

#[test]
fn verify_finds_what_is_damaged_or_gone_and_touches_nothing() {
    let dir = bought(&[("fal", "a"), ("fal", "b"), ("runflow", "c")]);
    let used =
        |source: &str| fs::metadata(result(&dir, "fal", source)).and_then(|found| found.modified()).expect("a time");
    let before = used("a");
    dir.recanvas(&["cache", "verify", "p.yaml"]).code(0).says(&["3 results, all sound"]);
    assert_eq!(used("a"), before, "to be looked at is not to be used");
    fs::write(result(&dir, "fal", "b"), PNG.to_ascii_uppercase()).expect("a file");
    fs::remove_file(result(&dir, "runflow", "c")).expect("it was there");
    dir.recanvas(&["cache", "verify", "p.yaml"]).code(3).says(&[
        &call("fal", "b").key(0).to_string(),
        "of fal, 0.03 USD: its result in the cache is damaged",
        "of runflow, 0.03 USD: its result is not in the cache any more",
        "3 results, 2 lost; they were paid with 0.06 USD, and only `run --repay` buys them again",
    ]);
    let json = dir.recanvas(&["cache", "verify", "p.yaml", "--json"]).code(3).json();
    assert_eq!((&json["results"], &json["exit"]), (&json!(3), &json!(3)));
    let lost = json["lost"].as_array().unwrap();
    assert!(lost.len() == 2 && lost.iter().all(|lost| lost["paid_usd"] == 0.03 && lost["key"].is_string()), "{json}");
}

#[test]
fn gc_removes_what_is_old_or_too_much_but_never_the_only_trace_of_money() {
    let results = [("fal", "1"), ("fal", "2"), ("runflow", "3"), ("fal", "4")];
    let dir = bought(&results);
    let size = PNG.len() as u64;
    let stranger = Cache::at(&state(&dir)).put(call("fal", "stranger").key(0), PNG).expect("it is kept");
    assert_eq!(stranger.ext, "png");
    age(&result(&dir, "fal", "stranger"), 99);
    let there = || -> Vec<&str> {
        let all = results.iter().chain(&[("fal", "open"), ("fal", "stranger")]);
        all.filter(|(provider, source)| result(&dir, provider, source).exists()).map(|(_, source)| *source).collect()
    };
    let gc = |flags: &[&str]| dir.recanvas(&[&["cache", "gc", "p.yaml"], flags].concat());
    gc(&["--older-than", "60h", "--dry-run"]).code(0).says(&[
        "would remove 2 results",
        "paid with 0.06 USD",
        "--repay",
    ]);
    let json = gc(&["--max-size", &(4 * size).to_string(), "-n", "--json"]).code(0).json();
    assert_eq!(json["removed"], json!({"files": 2, "bytes": 2 * size, "paid_usd": 0.06}));
    assert_eq!((&json["kept"]["files"], &json["dry_run"], &json["exit"]), (&json!(4), &json!(true), &json!(0)));
    assert_eq!(there().len(), 6, "so far it was only said");
    gc(&["--older-than", "84h"]).code(0).says(&["removed 1 result,", "paid with 0.03 USD; 5 results"]);
    assert_eq!(there(), ["1", "2", "3", "open", "stranger"]);
    gc(&["--older-than", "84h"]).code(0).says(&["removed nothing; 5 results"]);
    gc(&["--older-than", "90d", "--max-size", &(4 * size).to_string()]).code(0);
    assert_eq!(there(), ["1", "2", "open", "stranger"]);
    gc(&["--max-size", "0"]).code(0).says(&["removed 2 results"]);
    assert_eq!(there(), ["open", "stranger"], "their fate is not known yet");
    dir.recanvas(&["cache", "verify", "p.yaml"]).code(3).says(&["4 results, 4 lost"]);
}

#[test]
fn gc_does_not_wait_for_a_lock_and_removes_nothing_unasked() {
    let dir = bought(&[("fal", "a")]);
    let (journal, _) = Journal::open(&state(&dir), "p").expect("a journal");
    let gc = ["cache", "gc", "p.yaml", "--max-size", "0"];
    dir.recanvas(&gc).code(75).warns(&["another run", "is using this state folder"]);
    let json = dir.recanvas(&[&gc[..], &["--json"]].concat()).code(75).json();
    assert_eq!((&json["removed"]["files"], &json["exit"]), (&json!(0), &json!(75)));
    dir.recanvas(&[&gc[..], &["--dry-run"]].concat()).code(0).says(&["would remove 1 result"]);
    dir.recanvas(&["cache", "stats", "p.yaml"]).code(0);
    drop(journal);
    assert!(result(&dir, "fal", "a").exists());
    dir.recanvas(&["cache", "gc", "p.yaml"]).code(2).warns(&["--older-than", "--max-size"]);
    dir.recanvas(&["cache", "gc", "p.yaml", "--older-than", "old"]).code(2).warns(&["write it like"]);
    dir.recanvas(&["cache", "gc", "p.yaml", "--max-size", "much"]).code(2).warns(&["write it like"]);
    dir.recanvas(&["cache", "gc", "--help"]).code(0).says(&["paid for", "--repay"]);
    dir.recanvas(&gc).code(0).says(&["removed 1 result"]);
}
