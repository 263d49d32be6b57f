//! What counts for which month.

use std::time::Duration;
use std::time::SystemTime;

use recanvas::manifest::Caps;
use recanvas::manifest::Month;
use recanvas::manifest::SpendingRules;
use recanvas::providers::CallState;
use recanvas::providers::Ledger;

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
use crate::money::shop::usd;

/// 2026-11-30T23:59:59Z
fn last_second() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_083_199)
}

fn next_second() -> SystemTime {
    last_second() + Duration::from_secs(1)
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

#[test]
fn a_month_ends_at_midnight_in_utc() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    let caps = Caps { per_month: Some(usd("0.08")), ..Caps::default() };
    let november = open(state, SpendingRules { caps, now: last_second, ..rules("r1") });
    buy(&november, &shop, &call("a"));
    buy(&november, &shop, &call("b"));
    let Ok(CallState::New(turn)) = november.state_of(&call("c")) else { panic!("it is new") };
    assert!(november.intend(turn, &quote()).is_err(), "0.06 and 0.05 is more than 0.08");
    drop(november);
    // Another run of the same month knows of it.
    let november = open(state, SpendingRules { caps, now: last_second, ..rules("r2") });
    let Ok(CallState::New(turn)) = november.state_of(&call("c")) else { panic!("it is new") };
    assert!(november.intend(turn, &quote()).is_err());
    drop(november);
    let december = open(state, SpendingRules { caps, now: next_second, ..rules("r3") });
    assert_eq!(buy(&december, &shop, &call("c")), bought());
    let known = calls(state);
    let sums = (known.spent_in_month(month("2026-11")), known.spent_in_month(month("2026-12")));
    assert_eq!(sums, (usd("0.06"), usd("0.03")));
}

#[test]
fn a_call_counts_for_the_month_in_which_it_was_intended() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path();
    let november = open(state, SpendingRules { now: last_second, ..rules("r1") });
    let Ok(CallState::New(turn)) = november.state_of(&call("a")) else { panic!("it is new") };
    let mut open_call = november.intend(turn, &quote()).expect("allowed");
    november.submitted(&mut open_call, job()).expect("recorded");
    drop(open_call);
    drop(november);
    assert_eq!(calls(state).spent_in_month(month("2026-11")), usd("0.05"), "still running: at its highest");
    let december = open(state, SpendingRules { now: next_second, ..rules("r2") });
    assert_eq!(december.budget().in_month(month("2026-11")), usd("0.05"));
    let Ok(CallState::InFlight(open_call)) = december.state_of(&call("a")) else { panic!("it runs") };
    december.finished(open_call, PNG, Some(usd("0.04"))).expect("kept");
    assert_eq!(december.budget().in_month(month("2026-11")), usd("0.04"), "what the provider says");
    assert_eq!(december.totals().cost, usd("0"), "this run spent nothing");
    let known = calls(state);
    assert_eq!((known.spent_in_month(month("2026-11")), known.spent_in_run("r1")), (usd("0.04"), usd("0.04")));
    assert_eq!(known.spent_in_month(month("2026-12")), usd("0"));
}

#[test]
fn months_are_read_strictly() {
    assert_eq!(Month::of("2026-02-28T23:59:59Z").map(|month| month.to_string()), Ok("2026-02".to_owned()));
    for wrong in ["2026-13", "2026-00", "2026-1", "26-01", "2026", "2026-011"] {
        assert!(wrong.parse::<Month>().is_err(), "{wrong}");
    }
    for wrong in ["2026-02", "yesterday", "2026-02-28T23:59:59+01:00", ""] {
        assert!(Month::of(wrong).is_err(), "{wrong}");
    }
}
