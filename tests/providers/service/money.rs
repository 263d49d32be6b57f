//! What is paid, and for how many.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::providers::Quote;
use recanvas::providers::ResultOrigin;
use recanvas::providers::SubmitRefusal;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Order;
use recanvas::providers::client::UnmadeCall;

use crate::service::server::Server;
use crate::service::world::buy;
use crate::service::world::call;
use crate::service::world::ledger;
use crate::service::world::order;
use crate::service::world::run;
use crate::service::world::service;
use crate::service::world::submission;
use crate::service::world::usual;

#[test]
fn equal_calls_pay_once() {
    let server = Server::start(usual(3));
    let folder = tempfile::tempdir().unwrap();
    let (service, ledger) = (service(&server), ledger(folder.path(), "r1"));
    let hows: Vec<ResultOrigin> = run(async {
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (service, ledger) = (service.clone(), ledger.clone());
                tokio::spawn(async move { buy(&service, ledger, "a", &CancelSignal::default()).await.unwrap().how })
            })
            .collect();
        let mut hows = Vec::new();
        for task in tasks {
            hows.push(task.await.unwrap());
        }
        hows
    });
    assert_eq!(hows.iter().filter(|how| **how == ResultOrigin::Made).count(), 1);
    assert_eq!(hows.iter().filter(|how| **how == ResultOrigin::Reused).count(), 19);
    assert_eq!((server.count("/submit"), ledger.totals().cost), (1, "0.03".parse().unwrap()));
}

#[test]
fn a_result_in_the_cache_needs_no_request_and_no_preparation() {
    let server = Server::start(usual(1));
    let folder = tempfile::tempdir().unwrap();
    run(buy(&service(&server), ledger(folder.path(), "r1"), "a", &CancelSignal::default())).unwrap();
    let before = server.asked().len();
    let (service, ledger, prepared) = (service(&server), ledger(folder.path(), "r2"), AtomicUsize::new(0));
    let (call, stop) = (call("a"), CancelSignal::default());
    let order = order(ledger, &call, &stop);
    let made = run(service.make(&order, || async {
        prepared.fetch_add(1, Ordering::SeqCst);
        Ok(submission(3))
    }));
    assert_eq!(made.unwrap().how, ResultOrigin::Reused);
    assert_eq!((server.asked().len(), prepared.into_inner()), (before, 0));
}

#[test]
fn calls_that_the_ledger_refuses_are_not_sent() {
    let server = Server::start(usual(1));
    let folder = tempfile::tempdir().unwrap();
    let (service, ledger, call, stop) =
        (service(&server), ledger(folder.path(), "r1"), call("a"), CancelSignal::default());
    let order = Order { quote: Quote::default(), ..order(ledger, &call, &stop) };
    let unmade = run(service.make(&order, || async { Ok(submission(3)) })).unwrap_err();
    assert!(matches!(&unmade, UnmadeCall::Refused(SubmitRefusal::PriceUnknown { .. })), "{unmade:?}");
    assert!(!unmade.may_fall_through());
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn a_source_that_cannot_be_prepared_fails_with_the_reason() {
    let server = Server::start(usual(1));
    let folder = tempfile::tempdir().unwrap();
    let (service, ledger, call, stop) =
        (service(&server), ledger(folder.path(), "r1"), call("a"), CancelSignal::default());
    let order = order(ledger.clone(), &call, &stop);
    let failure = Failure::new(Class::Corrupt, "the source is damaged");
    let told = failure.clone();
    let unmade = run(service.make(&order, || async { Err(told) })).unwrap_err();
    assert_eq!(unmade, UnmadeCall::Failed(failure));
    assert_eq!((server.asked().len(), ledger.totals().submitted), (0, 0));
}
