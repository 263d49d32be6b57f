//! Caps hold, however many come at the same time.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use recanvas::manifest::Budget;
use recanvas::manifest::Caps;
use recanvas::manifest::Month;
use recanvas::manifest::SpendingRules;
use recanvas::providers::CallState;
use recanvas::providers::Ledger;
use recanvas::providers::Quote;
use recanvas::providers::SubmitRefusal;
use recanvas::providers::Usd;

use crate::money::shop::Shop;
use crate::money::shop::buy;
use crate::money::shop::call;
use crate::money::shop::calls;
use crate::money::shop::open;
use crate::money::shop::quote;
use crate::money::shop::rules;
use crate::money::shop::usd;

fn november() -> Month {
    "2026-11".parse().expect("a month")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_sum_exceeds_its_cap(
        costs in vec(vec((0..400u64, 0..=100u64), 1..40), 1..5),
        run in 0..4000u64,
        month in 0..4000u64,
        before in 0..500u64,
    ) {
        let cap = Some(Usd::from_micros(run));
        let caps = Caps { per_run: cap, max_cost: None, per_month: Some(Usd::from_micros(month)), ..Caps::default() };
        let budget = Budget::new(caps);
        let _ = budget.spent_before(november(), Usd::from_micros(before));
        let settled = AtomicU64::new(0);
        thread::scope(|scope| {
            for costs in &costs {
                let (budget, settled) = (&budget, &settled);
                scope.spawn(move || {
                    for (highest, percent) in costs {
                        let Ok(reservation) = budget.reserve(november(), Usd::from_micros(*highest)) else { continue };
                        assert!(budget.in_run().micros() <= run, "the run's cap");
                        assert!(budget.in_month(november()).micros() <= month.max(before), "the month's cap");
                        let cost = highest * percent / 100;
                        settled.fetch_add(cost, Ordering::SeqCst);
                        budget.settle(reservation, Usd::from_micros(cost));
                    }
                });
            }
        });
        let settled = settled.into_inner();
        prop_assert_eq!(budget.in_run().micros(), settled, "exact to the last millionth");
        prop_assert_eq!(budget.in_month(november()).micros(), settled + before);
    }

    #[test]
    fn amounts_come_back_from_their_text(micros in any::<u64>()) {
        let amount = Usd::from_micros(micros);
        prop_assert_eq!(amount.to_string().parse(), Ok(amount));
    }
}

#[test]
fn dollars_are_rounded_up_to_a_millionth_and_no_further() {
    for (dollars, micros) in
        [(0.07, 70_000), (0.29, 290_000), (1.1, 1_100_000), (0.000_000_1, 1), (0.0, 0), (25.0, 25_000_000)]
    {
        assert_eq!(Usd::from_dollars(dollars), Some(Usd::from_micros(micros)), "{dollars}");
    }
    for wrong in [-0.01, f64::NAN, f64::INFINITY, 1e14] {
        assert_eq!(Usd::from_dollars(wrong), None);
    }
    assert_eq!((usd("25").to_string(), usd("0.0325").to_string()), ("25.00".to_owned(), "0.0325".to_owned()));
    for wrong in ["", ".", "1.", ".5", "-1", "1.0000001", "99999999999999999999", "1e3"] {
        assert!(wrong.parse::<Usd>().is_err(), "{wrong}");
    }
    assert_eq!([Usd::from_micros(u64::MAX), usd("1")].into_iter().sum::<Usd>(), Usd::from_micros(u64::MAX));
}

#[test]
fn exactly_the_call_that_would_exceed_is_refused() {
    for name in ["--max-cost", "budget.per_run", "budget.per_month"] {
        let folder = tempfile::tempdir().expect("a folder");
        let cap = |own: &str| (own == name).then(|| usd("0.11"));
        let caps = Caps {
            max_cost: cap("--max-cost"),
            per_run: cap("budget.per_run"),
            per_month: cap("budget.per_month"),
            ..Caps::default()
        };
        let (ledger, shop) = (open(folder.path(), SpendingRules { caps, ..rules("r1") }), Shop::beside(folder.path()));
        // Each reserves 0.05 and settles at 0.03: 0.03, 0.06, and 0.11 at most while the third runs.
        for source in ["a", "b", "c"] {
            buy(&ledger, &shop, &call(source));
        }
        let Ok(CallState::New(turn)) = ledger.state_of(&call("d")) else { panic!("it is new") };
        let refusal = ledger.intend(turn, &quote()).expect_err("0.14 is too much");
        let (cap, spent, highest) = (usd("0.11"), usd("0.09"), usd("0.05"));
        assert_eq!(refusal, SubmitRefusal::OverBudget { name, cap, spent, highest });
        assert!(!calls(folder.path()).iter().any(|(key, _)| key == call("d").key(0)), "nothing is recorded");
        // A cheaper one still fits.
        let Ok(CallState::New(turn)) = ledger.state_of(&call("e")) else { panic!("it is new") };
        let cheap = Quote { expected: None, highest: Some(usd("0.02")), credits: None };
        assert!(ledger.intend(turn, &cheap).is_ok());
        assert_eq!(ledger.totals().cost, usd("0.11"));
        assert_eq!(ledger.totals().unknown, 1, "intended, and dropped without an outcome");
    }
}

#[test]
fn an_unknown_price_is_refused_unless_the_pipeline_gives_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path(), rules("r1"));
    let unknown = Quote { expected: Some(usd("0.01")), ..Quote::default() };
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    let refusal = ledger.intend(turn, &unknown.or_price(None)).expect_err("no price");
    assert!(refusal.to_string().contains("the price of fal is not known"), "{refusal}");
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    let open_call = ledger.intend(turn, &unknown.or_price(Some(usd("0.04")))).expect("a price");
    drop(open_call);
    assert_eq!(ledger.totals().cost, usd("0.04"));
}
