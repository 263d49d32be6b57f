//! A process that dies at every step of the order.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use recanvas::manifest::PayAgain;
use recanvas::manifest::SpendingRules;
use recanvas::storage::Cache;

use crate::money::shop::Learnt;
use crate::money::shop::PNG;
use crate::money::shop::Shop;
use crate::money::shop::bought;
use crate::money::shop::buy;
use crate::money::shop::call;
use crate::money::shop::calls;
use crate::money::shop::make;
use crate::money::shop::open;
use crate::money::shop::rules;
use crate::money::shop::usd;

/// Dies before this step of [`make`]; as step 6, after the result is in the cache and before
/// it is recorded.
#[test]
#[ignore = "started by other tests"]
fn victim() {
    let Some(state) = std::env::var_os("VICTIM_STATE").map(PathBuf::from) else { return };
    let step: usize = std::env::var("VICTIM_STEP").expect("a step").parse().expect("a number");
    let ledger = open(&state, rules("r1"));
    let die = |at: usize| {
        if at == 4 && step == 6 {
            Cache::at(&state).put(call("a").key(0), PNG).expect("it is kept");
            std::process::abort();
        }
        if at == step {
            std::process::abort();
        }
    };
    make(&ledger, &Shop::beside(&state), &call("a"), &die);
}

fn die_at(state: &Path, step: usize) {
    let status = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "money::crashes::victim", "--ignored"])
        .env("VICTIM_STATE", state)
        .env("VICTIM_STEP", step.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(!status.expect("a victim").success(), "it dies at step {step}");
}

#[test]
fn a_crash_at_any_step_pays_nothing_twice() {
    for step in 0..=6 {
        let folder = tempfile::tempdir().expect("a folder");
        let (state, shop) = (folder.path(), Shop::beside(folder.path()));
        die_at(state, step);
        let sold = shop.sold();
        assert_eq!(sold, usize::from(step >= 3), "step {step}");

        let ledger = open(state, rules("r2"));
        let learnt = buy(&ledger, &shop, &call("a"));
        match step {
            // Nothing was intended.
            0 | 1 => assert_eq!((learnt, shop.sold()), (bought(), 1), "step {step}"),
            // Sent or not: it is unknown.
            2 | 3 => assert_eq!((learnt, shop.sold()), (Learnt::Unknown, sold), "step {step}"),
            // Polled, or found in the cache.
            _ => assert_eq!((learnt, shop.sold()), (bought(), 1), "step {step}"),
        }
        let cost = if matches!(step, 2 | 3) { "0.05" } else { "0.03" };
        assert_eq!(calls(state).spent(), usd(cost), "step {step}");
        assert_eq!(ledger.totals().submitted, u64::from(step < 2));
        assert_eq!(ledger.totals().resumed, u64::from(matches!(step, 4 | 6)), "step {step}");
        drop(ledger);

        // The answer stays what it is.
        let ledger = open(state, rules("r3"));
        let expected = if matches!(step, 2 | 3) { Learnt::Unknown } else { bought() };
        assert_eq!(buy(&ledger, &shop, &call("a")), expected, "step {step}");
        assert_eq!(ledger.totals().submitted, 0);
    }
}

#[test]
fn an_unknown_call_is_made_again_only_when_asked_for_and_stays_spent() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    die_at(state, 3);
    let again = PayAgain { retry_failed: true, repay: true, ..PayAgain::default() };
    assert_eq!(buy(&open(state, SpendingRules { again, ..rules("r2") }), &shop, &call("a")), Learnt::Unknown);
    let again = PayAgain { retry_unknown: true, ..PayAgain::default() };
    assert_eq!(buy(&open(state, SpendingRules { again, ..rules("r3") }), &shop, &call("a")), bought());
    assert_eq!(shop.sold(), 2);
    let known = calls(state);
    assert_eq!(known.spent(), usd("0.08"), "the lost one at its highest, the other at what was expected");
    assert_eq!((known.spent_in_run("r1"), known.spent_in_run("r3")), (usd("0.05"), usd("0.03")));
    assert_eq!(known.get(call("a").key(1)).map(|entry| entry.attempt), Some(1));
    // From now on it is the second attempt that counts, whatever is allowed.
    for again in [PayAgain::default(), again] {
        assert_eq!(buy(&open(state, SpendingRules { again, ..rules("r4") }), &shop, &call("a")), bought());
    }
    assert_eq!(shop.sold(), 2);
}

#[test]
fn a_result_that_was_half_written_is_fetched_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    die_at(state, 4);
    let half = state.join("cache").join(format!(".{}.png.recanvas-tmp", call("a").key(0)));
    fs::create_dir(state.join("cache")).expect("a folder");
    fs::write(&half, &PNG[..20]).expect("half a file");
    assert_eq!(buy(&open(state, rules("r2")), &shop, &call("a")), bought());
    assert!(!half.exists(), "swept away");
    assert_eq!(shop.sold(), 1);
}

#[test]
fn a_cache_outlives_its_manifest() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    assert_eq!(buy(&open(state, rules("r1")), &shop, &call("a")), bought());
    fs::remove_file(state.join("manifest.jsonl")).expect("it was there");
    for run in ["r2", "r3"] {
        assert_eq!(buy(&open(state, rules(run)), &shop, &call("a")), bought());
    }
    assert_eq!((shop.sold(), calls(state).spent()), (1, usd("0")));
}
