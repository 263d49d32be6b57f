//! The cache of paid results: damage, counting, clearing out.

use std::collections::HashSet;
use std::fs;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use recanvas::manifest::GcRule;
use recanvas::manifest::Holdings;
use recanvas::manifest::PayAgain;
use recanvas::manifest::SpendingRules;
use recanvas::manifest::cache_gc;
use recanvas::manifest::cache_stats;
use recanvas::manifest::cache_verify;
use recanvas::providers::CallState;
use recanvas::providers::Ledger;
use recanvas::storage::Cache;
use recanvas::storage::CacheFault;

use crate::money::shop::Learnt;
use crate::money::shop::PNG;
use crate::money::shop::Shop;
use crate::money::shop::bought;
use crate::money::shop::buy;
use crate::money::shop::call;
use crate::money::shop::calls;
use crate::money::shop::job;
use crate::money::shop::noon;
use crate::money::shop::open;
use crate::money::shop::quote;
use crate::money::shop::rules;
use crate::money::shop::usd;

fn file(state: &Path, source: &str) -> std::path::PathBuf {
    state.join("cache").join(format!("{}.png", call(source).key(0)))
}

#[test]
fn a_damaged_result_counts_as_paid_and_only_repay_buys_it_again() {
    let damages: [fn(&Path); 4] = [
        |path| fs::remove_file(path).expect("it was there"),
        |path| fs::write(path, &PNG[..PNG.len() - 1]).expect("a file"),
        |path| fs::write(path, PNG.to_ascii_uppercase()).expect("a file"),
        |path| fs::write(path, "").expect("a file"),
    ];
    for damage in damages {
        let folder = tempfile::tempdir().expect("a folder");
        let (state, shop) = (folder.path(), Shop::beside(folder.path()));
        assert_eq!(buy(&open(state, rules("r1")), &shop, &call("a")), bought());
        damage(&file(state, "a"));
        let lost = cache_verify(&Cache::at(state), &calls(state));
        assert_eq!((lost.len(), lost[0].key, lost[0].provider.as_str()), (1, call("a").key(0), "fal"));

        let again = PayAgain { retry_unknown: true, retry_failed: true, repay: false };
        let ledger = open(state, SpendingRules { again, ..rules("r2") });
        for _ in 0..2 {
            // A damage that the size does not show is found when it is read, and remembered.
            assert_eq!(buy(&ledger, &shop, &call("a")), Learnt::Lost);
        }
        let Ok(CallState::Lost(paid, why)) = ledger.state_of(&call("a")) else { panic!("it is lost") };
        assert_eq!((paid.cost, paid.at.as_str()), (usd("0.03"), "2026-11-21T12:00:00Z"));
        assert!(why.starts_with("its result "), "{why}");
        assert_eq!((shop.sold(), calls(state).spent()), (1, usd("0.03")));
        drop(ledger);

        let again = PayAgain { repay: true, ..PayAgain::default() };
        let ledger = open(state, SpendingRules { again, ..rules("r3") });
        for _ in 0..2 {
            assert_eq!(buy(&ledger, &shop, &call("a")), bought(), "bought once, not once a task");
        }
        drop(ledger);
        assert_eq!(buy(&open(state, rules("r4")), &shop, &call("a")), bought());
        assert_eq!((shop.sold(), calls(state).spent()), (2, usd("0.06")));
    }
}

#[test]
fn calls_that_would_be_bought_are_told_beforehand() {
    let sound: fn(&Path) = |_| ();
    let gone: fn(&Path) = |path| fs::remove_file(path).expect("it was there");
    let damaged: fn(&Path) = |path| fs::write(path, PNG.to_ascii_uppercase()).expect("a file");
    // What happens to a result, whether it may be paid again, whether another is wanted, and whether one is bought.
    let table = [
        (sound, false, false, false),
        (sound, true, false, false),
        (sound, true, true, true),
        (gone, false, false, false),
        (gone, true, false, true),
        (damaged, false, false, false),
        (damaged, true, false, true),
    ];
    for (case, (happens, repay, is_renewed, is_bought)) in table.into_iter().enumerate() {
        let folder = tempfile::tempdir().expect("a folder");
        let (state, shop) = (folder.path(), Shop::beside(folder.path()));
        assert_eq!(buy(&open(state, rules("r1")), &shop, &call("a")), bought());
        happens(&file(state, "a"));
        let again = PayAgain { repay, ..PayAgain::default() };
        let known = calls(state);
        assert_eq!(Holdings::new(&known, Cache::at(state), again).is_due(&call("a"), is_renewed), is_bought, "{case}");
        let ledger = open(state, SpendingRules { again, ..rules("r2") });
        for _ in 0..2 {
            if is_renewed {
                ledger.renew(&call("a"));
            }
            buy(&ledger, &shop, &call("a"));
            assert_eq!(shop.sold(), 1 + usize::from(is_bought), "{case}: once in a run");
        }
    }
}

#[test]
fn names_stay_in_the_folder_and_tell_what_the_bytes_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Cache::at(folder.path());
    let kinds: [(&[u8], &str); 4] =
        [(PNG, "png"), (b"\xff\xd8\xff\xe0 jpeg", "jpg"), (b"RIFF\0\0\0\0WEBPVP8 ", "webp"), (b"<html>", "bin")];
    for (number, (bytes, ext)) in kinds.into_iter().enumerate() {
        let key = call(&number.to_string()).key(0);
        let kept = cache.put(key, bytes).expect("it is kept");
        assert_eq!((kept.ext, kept.bytes), (ext, bytes.len() as u64));
        assert_eq!(cache.get(key, kept.ext, kept.bytes, kept.hash).expect("it is there"), bytes);
        assert_eq!(cache.find(key), Some(kept));
    }
    assert_eq!(fs::read_dir(folder.path().join("cache")).expect("a folder").count(), 4);
    fs::write(folder.path().join("manifest"), PNG).expect("a file");
    let kept = cache.put(call("a").key(0), PNG).expect("it is kept");
    for ext in ["../../manifest", "png/../../manifest", "", "png\0", "gif"] {
        let why = cache.get(call("a").key(0), ext, kept.bytes, kept.hash).expect_err("no such name");
        assert!(matches!(why, CacheFault::UnknownExtension(_)) && why.to_string().contains("is not known"), "{why}");
    }
}

#[test]
fn results_in_the_cache_are_counted_by_provider() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    let cache = Cache::at(state);
    assert_eq!(cache_stats(&cache, &calls(state)), Ok(Default::default()), "no folder is an empty cache");
    let ledger = open(state, rules("r1"));
    buy(&ledger, &shop, &call("a"));
    buy(&ledger, &shop, &call("b"));
    cache.put(call("stranger").key(0), b"?").expect("it is kept");
    fs::write(state.join("cache/notes.txt"), "mine").expect("a file");
    let stats = cache_stats(&cache, &calls(state)).expect("a cache");
    let size = PNG.len() as u64;
    assert_eq!((stats.all.files, stats.all.bytes, stats.unrecorded.files), (3, 2 * size + 1, 1));
    assert_eq!((stats.providers["fal"].files, stats.providers["fal"].bytes), (2, 2 * size));
}

#[test]
fn only_results_that_no_call_needs_are_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    let ledger = open(state, rules("r1"));
    for source in ["needed", "old", "older", "new"] {
        buy(&ledger, &shop, &call(source));
    }
    // Kept, and not recorded as finished: the run died in between.
    let Ok(CallState::New(turn)) = ledger.state_of(&call("unfinished")) else { panic!("it is new") };
    let mut open_call = ledger.intend(turn, &quote()).expect("allowed");
    ledger.submitted(&mut open_call, job()).expect("recorded");
    drop(open_call);
    let cache = Cache::at(state);
    cache.put(call("unfinished").key(0), PNG).expect("it is kept");
    let day = Duration::from_secs(86_400);
    for (source, days) in [("needed", 90), ("old", 40), ("older", 50), ("new", 1), ("unfinished", 99)] {
        let opened = File::options().write(true).open(file(state, source)).expect("a result");
        opened.set_modified(noon() - day * days).expect("a time");
    }
    let known = calls(state);
    let size = PNG.len() as u64;
    let rule = GcRule {
        needed: HashSet::from([call("needed").key(0)]),
        max_age: Some(day * 30),
        max_bytes: None,
        now: noon(),
        dry_run: true,
    };
    let keys = |rule: &GcRule| -> Vec<_> {
        cache_gc(&cache, &known, rule).expect("a cache").iter().map(|file| file.key).collect()
    };
    let key = |source: &str| call(source).key(0);
    assert_eq!(keys(&rule), [key("older"), key("old")], "oldest first");
    let by_size = GcRule { max_age: None, max_bytes: Some(4 * size), ..rule.clone() };
    assert_eq!(keys(&by_size), [key("older")]);
    assert_eq!(keys(&GcRule { max_bytes: Some(0), ..by_size }), [key("older"), key("old"), key("new")]);
    assert_eq!(cache.files().expect("a cache").len(), 5, "so far it was only said");
    assert_eq!(keys(&GcRule { dry_run: false, ..rule.clone() }).len(), 2);
    assert_eq!(cache.files().expect("a cache").len(), 3);
    assert_eq!(keys(&rule), [], "nothing more to do");
    drop(ledger);
    assert_eq!(buy(&open(state, rules("r2")), &shop, &call("unfinished")), bought());
    assert_eq!(buy(&open(state, rules("r3")), &shop, &call("old")), Learnt::Lost);
    assert_eq!(shop.sold(), 4);
}
