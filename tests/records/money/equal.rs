//! Equal calls have one writer.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::Barrier;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;
use std::task::Wake;
use std::task::Waker;
use std::thread;
use std::time::Duration;

use recanvas::manifest::Caps;
use recanvas::manifest::SpendingRules;
use recanvas::providers::CallLocks;
use recanvas::providers::CallOutcome;
use recanvas::providers::CallState;
use recanvas::providers::Ledger;
use recanvas::providers::SubmitRefusal;
use recanvas::providers::Usd;

use crate::money::shop::Shop;
use crate::money::shop::bought;
use crate::money::shop::call;
use crate::money::shop::make;
use crate::money::shop::open;
use crate::money::shop::quote;
use crate::money::shop::rules;
use crate::money::shop::wait;

#[test]
fn many_threads_that_need_the_same_calls_pay_for_each_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, shop) = (open(folder.path(), rules("r1")), Shop::beside(folder.path()));
    let barrier = Barrier::new(24);
    thread::scope(|scope| {
        for thread in 0..24 {
            let (ledger, shop, barrier) = (&ledger, &shop, &barrier);
            scope.spawn(move || {
                barrier.wait();
                let slowly = |step| thread::sleep(Duration::from_millis(if step == 3 { 5 } else { 0 }));
                assert_eq!(make(ledger, shop, &call(["a", "b", "c"][thread % 3]), &slowly), bought());
            });
        }
    });
    let totals = ledger.totals();
    assert_eq!((shop.sold(), totals.submitted, totals.reused, totals.unknown), (3, 3, 21, 0));
}

#[test]
fn a_waiting_task_learns_the_outcome() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(
        folder.path(),
        SpendingRules { caps: Caps { max_cost: Some(Usd::ZERO), ..Caps::default() }, ..rules("r1") },
    );
    let waiting = |source: &str| match ledger.state_of(&call(source)) {
        Ok(CallState::BeingMade(waiting)) => waiting,
        other => panic!("{other:?}"),
    };
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    let (one, two) = (waiting("a"), waiting("a"));
    let refusal = ledger.intend(turn, &quote()).expect_err("nothing may be spent");
    assert!(matches!(refusal, SubmitRefusal::OverBudget { .. }));
    assert_eq!((wait(one), wait(two)), (CallOutcome::Refused(refusal.clone()), CallOutcome::Refused(refusal)));

    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new again") };
    let one = waiting("a");
    drop(turn);
    assert_eq!(wait(one), CallOutcome::Left);
}

#[test]
fn an_outcome_can_be_awaited_without_a_thread() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&count));
    let mut context = Context::from_waker(&waker);

    let turns = CallLocks::default();
    let turn = turns.take(&call("a")).expect("it is free");
    let mut waiting = pin!(turns.take(&call("a")).expect_err("it is taken"));
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    // One that is no longer waited for holds nothing up.
    drop(turns.take(&call("a")).expect_err("it is taken"));
    assert!(turns.take(&call("b")).is_ok(), "other calls have other turns");
    turn.settle(&CallOutcome::Unknown);
    assert_eq!(count.0.load(Ordering::SeqCst), 1, "woken once");
    assert_eq!(waiting.as_mut().poll(&mut context), Poll::Ready(CallOutcome::Unknown));
    assert!(turns.take(&call("a")).is_ok());
}
