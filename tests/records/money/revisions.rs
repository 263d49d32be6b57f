//! A raised revision of a descriptor is no reason to pay again.

use std::fs;
use std::path::Path;

use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::geometry::Orientation;
use recanvas::manifest::PayAgain;
use recanvas::manifest::SpendingRules;
use recanvas::providers::Call;
use recanvas::providers::CallState;
use recanvas::providers::Ledger;
use serde_json::json;

use crate::money::shop::Learnt;
use crate::money::shop::Shop;
use crate::money::shop::bought;
use crate::money::shop::buy;
use crate::money::shop::call;
use crate::money::shop::calls;
use crate::money::shop::job;
use crate::money::shop::open;
use crate::money::shop::quote;
use crate::money::shop::rules;

fn at(revision: u32) -> Call {
    Call { revision, ..call("a") }
}

/// Allowed in a run of this name.
fn with(run: &str, again: PayAgain) -> SpendingRules {
    SpendingRules { again, ..rules(run) }
}

/// Makes the manifest one of the first programs, whose intents did not say their revision.
fn forget_revisions(state: &Path) {
    let path = state.join("manifest.jsonl");
    let manifest = fs::read_to_string(&path).expect("a manifest");
    let forgotten = manifest.replace("\"revision\":1,", "").replace("\"revision\":2,", "");
    assert_ne!(forgotten, manifest);
    fs::write(&path, forgotten).expect("a manifest");
}

#[test]
fn a_result_stands_for_that_of_every_revision() {
    for is_forgotten in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let (state, shop) = (folder.path(), Shop::beside(folder.path()));
        assert_eq!(buy(&open(state, rules("r1")), &shop, &at(2)), bought());
        if is_forgotten {
            forget_revisions(state);
        }
        for revision in [2, 3, 40] {
            let ledger = open(state, rules(&format!("r{revision}")));
            assert_eq!(ledger.canvases(&at(revision)), [call("a").canvas], "{revision}");
            assert_eq!(buy(&ledger, &shop, &at(revision)), bought(), "{revision}");
        }
        // A lower one too, where it is known that it is lower.
        let below = open(state, rules("below")).canvases(&at(1)).len();
        assert_eq!(below, if is_forgotten { 0 } else { 1 });
        let other = Call { request: json!({ "prompt": "another" }), ..at(3) };
        let prepared = Call { preparation: 2, ..at(3) };
        for call in
            [other, prepared, Call { provider: "runflow".to_owned(), ..at(3) }, Call { revision: 3, ..call("b") }]
        {
            assert_eq!(open(state, rules("others")).canvases(&call), [], "{call:?}");
        }
        assert_eq!(shop.sold(), 1);
    }
}

#[test]
fn calls_in_flight_or_of_unknown_fate_stay_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    let first = open(state, rules("r1"));
    let Ok(CallState::New(turn)) = first.state_of(&at(1)) else { panic!("it is new") };
    let mut open_call = first.intend(turn, &quote()).expect("allowed");
    let Ok(CallState::BeingMade(_)) = first.state_of(&at(1)) else { panic!("it has one writer") };
    first.submitted(&mut open_call, job()).expect("recorded");
    drop((open_call, first));
    {
        let ledger = open(state, rules("r2"));
        let Ok(CallState::InFlight(running)) = ledger.state_of(&at(2)) else { panic!("it is polled") };
        assert_eq!((running.key(), running.job()), (at(1).key(0), Some(&job())));
        ledger.unknown(running, "nobody answers").expect("recorded");
    }
    for revision in [1, 2, 3] {
        let again = PayAgain { retry_failed: true, repay: true, ..PayAgain::default() };
        assert_eq!(buy(&open(state, with("r3", again)), &shop, &at(revision)), Learnt::Unknown, "{revision}");
    }
    assert_eq!(shop.sold(), 0);
    let again = PayAgain { retry_unknown: true, ..PayAgain::default() };
    assert_eq!(buy(&open(state, with("r4", again)), &shop, &at(3)), bought());
    let known = calls(state);
    let entry = |key| known.get(key).expect("recorded");
    assert_eq!(entry(at(3).key(1)).revision, Some(3));
    assert!(known.is_superseded(entry(at(1).key(0))) && !known.is_superseded(entry(at(3).key(1))));
}

#[test]
fn refused_calls_are_not_asked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    {
        let ledger = open(state, rules("r1"));
        let Ok(CallState::New(turn)) = ledger.state_of(&at(1)) else { panic!("it is new") };
        let open_call = ledger.intend(turn, &quote()).expect("allowed");
        ledger.failed(open_call, &Failure::new(Class::Rejected, "no"), None).expect("recorded");
    }
    assert_eq!(buy(&open(state, rules("r2")), &shop, &at(2)), Learnt::Failed);
    let again = PayAgain { retry_failed: true, ..PayAgain::default() };
    assert_eq!(buy(&open(state, with("r3", again)), &shop, &at(2)), bought());
    assert_eq!(calls(state).attempts(&at(5)).len(), 2);
}

#[test]
fn a_lost_result_is_bought_by_repay_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    assert_eq!(buy(&open(state, rules("r1")), &shop, &at(1)), bought());
    fs::remove_dir_all(state.join("cache")).expect("a cache");
    let again = PayAgain { retry_failed: true, retry_unknown: true, ..PayAgain::default() };
    assert_eq!(buy(&open(state, with("r2", again)), &shop, &at(2)), Learnt::Lost);
    assert_eq!(shop.sold(), 1);
    let repay = PayAgain { repay: true, ..PayAgain::default() };
    assert_eq!(buy(&open(state, with("r3", repay)), &shop, &at(2)), bought());
    assert_eq!(buy(&open(state, rules("r4")), &shop, &at(3)), bought());
    assert_eq!(shop.sold(), 2);
}

#[test]
fn a_result_of_a_lost_manifest_serves_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    assert_eq!(buy(&open(state, rules("r1")), &shop, &at(1)), bought());
    fs::remove_file(state.join("manifest.jsonl")).expect("a manifest");
    assert_eq!(buy(&open(state, rules("r2")), &shop, &at(4)), bought());
    assert_eq!(buy(&open(state, rules("r3")), &shop, &at(5)), bought());
    assert_eq!(shop.sold(), 1);
}

#[test]
fn a_result_for_another_orientation_of_the_source_counts_as_lost() {
    let turned = |orientation| Call { orientation, ..at(1) };
    let (upright, upside_down) = (Some(Orientation::Upright), Some(Orientation::Rotate180));
    // How the source was seen when it was paid for and is now, and whether the result serves.
    let table = [
        (upright, upright, true),
        (upright, upside_down, false),
        (upside_down, upright, false),
        (None, upright, true),
        (upright, None, true),
    ];
    for (then, now, serves) in table {
        let folder = tempfile::tempdir().expect("a folder");
        let (state, shop) = (folder.path(), Shop::beside(folder.path()));
        assert_eq!(turned(then).key(0), at(1).key(0), "no part of its name");
        assert_eq!(buy(&open(state, rules("r1")), &shop, &turned(then)), bought());
        assert_eq!(calls(state).get(at(1).key(0)).and_then(|entry| entry.orientation), then);
        let ledger = open(state, rules("r2"));
        assert_eq!(ledger.canvases(&turned(now)).len(), usize::from(serves), "{then:?} {now:?}");
        let learnt = buy(&ledger, &shop, &turned(now));
        assert_eq!((learnt, shop.sold()), (if serves { bought() } else { Learnt::Lost }, 1), "{then:?} {now:?}");
        drop(ledger);
        let again = PayAgain { repay: true, ..PayAgain::default() };
        assert_eq!(buy(&open(state, with("r3", again)), &shop, &turned(now)), bought());
        assert_eq!(buy(&open(state, rules("r4")), &shop, &turned(now)), bought());
        assert_eq!(shop.sold(), if serves { 1 } else { 2 }, "{then:?} {now:?}");
    }
    // Where the manifest was lost, it is unknown.
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    assert_eq!(buy(&open(state, rules("r1")), &shop, &turned(upright)), bought());
    fs::remove_file(state.join("manifest.jsonl")).expect("a manifest");
    assert_eq!(buy(&open(state, rules("r2")), &shop, &turned(upside_down)), bought());
    assert_eq!(calls(state).get(at(1).key(0)).expect("recorded").orientation, None);
}
