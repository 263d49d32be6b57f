//! Failures, and what may be paid once more.

use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::manifest::PayAgain;
use recanvas::manifest::SpendingRules;
use recanvas::providers::CallFailure;
use recanvas::providers::CallState;
use recanvas::providers::Ledger;

use crate::money::shop::AGAIN_ALL;
use crate::money::shop::Learnt;
use crate::money::shop::Shop;
use crate::money::shop::bought;
use crate::money::shop::buy;
use crate::money::shop::call;
use crate::money::shop::calls;
use crate::money::shop::open;
use crate::money::shop::quote;
use crate::money::shop::rules;
use crate::money::shop::usd;

fn fail(state: &std::path::Path, run: &str, class: Class, cost: Option<&str>) {
    let ledger = open(state, rules(run));
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    let open_call = ledger.intend(turn, &quote()).expect("allowed");
    ledger.failed(open_call, &Failure::new(class, "no"), cost.map(usd)).expect("recorded");
    let Ok(CallState::Failed(failure)) = ledger.state_of(&call("a")) else { panic!("not twice in a run") };
    assert_eq!(failure, CallFailure { class: Some(class), message: "no".to_owned(), cost: cost.map(usd) });
}

#[test]
fn a_lasting_failure_is_not_bought_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    fail(state, "r1", Class::Corrupt, None);
    assert_eq!(calls(state).spent(), usd("0.05"), "who knows what it cost");
    let again = PayAgain { retry_failed: false, ..AGAIN_ALL };
    assert_eq!(buy(&open(state, SpendingRules { again, ..rules("r2") }), &shop, &call("a")), Learnt::Failed);
    let again = PayAgain { retry_failed: true, ..PayAgain::default() };
    assert_eq!(buy(&open(state, SpendingRules { again, ..rules("r3") }), &shop, &call("a")), bought());
    assert_eq!((shop.sold(), calls(state).spent()), (1, usd("0.08")));
}

#[test]
fn a_passing_failure_is_tried_by_the_next_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    fail(state, "r1", Class::Io, Some("0"));
    fail(state, "r2", Class::Io, Some("0"));
    assert_eq!(calls(state).spent(), usd("0"));
    assert_eq!(buy(&open(state, rules("r3")), &shop, &call("a")), bought());
    assert_eq!(calls(state).get(call("a").key(2)).map(|entry| entry.attempt), Some(2));
}

#[test]
fn a_failure_after_an_unknown_call_does_not_make_it_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    let ledger = open(state, rules("r1"));
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    ledger.unknown(ledger.intend(turn, &quote()).expect("allowed"), "the reply was lost").expect("recorded");
    drop(ledger);
    let again = PayAgain { retry_unknown: true, ..PayAgain::default() };
    let ledger = open(state, SpendingRules { again, ..rules("r2") });
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it was asked for") };
    let open_call = ledger.intend(turn, &quote()).expect("allowed");
    ledger.failed(open_call, &Failure::new(Class::Io, "429"), Some(usd("0"))).expect("recorded");
    drop(ledger);
    assert_eq!(buy(&open(state, rules("r3")), &shop, &call("a")), Learnt::Unknown);
    assert_eq!(buy(&open(state, SpendingRules { again, ..rules("r4") }), &shop, &call("a")), bought());
    assert_eq!((shop.sold(), calls(state).spent()), (1, usd("0.08")));
}

#[test]
fn an_unknown_call_is_not_tried_twice_in_one_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = Shop::beside(folder.path());
    let ledger = open(folder.path(), SpendingRules { again: AGAIN_ALL, ..rules("r1") });
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    drop(ledger.intend(turn, &quote()).expect("allowed"));
    assert_eq!(buy(&ledger, &shop, &call("a")), Learnt::Unknown);
    assert_eq!((shop.sold(), ledger.totals().unknown), (0, 1));
}
