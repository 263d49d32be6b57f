//! What goes wrong on the wire, and what it means.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use recanvas::error::Class;
use recanvas::providers::ResultOrigin;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Ceilings;
use recanvas::providers::client::Service;
use recanvas::providers::client::UnmadeCall;
use testkit::Clock;

use crate::service::server::Answer;
use crate::service::server::Server;
use crate::service::world::PNG;
use crate::service::world::buy;
use crate::service::world::ledger;
use crate::service::world::provider;
use crate::service::world::run;
use crate::service::world::service;
use crate::service::world::setup;
use crate::service::world::usual;

/// A submit that gets no reply may have been accepted.
fn is_unknown(answer: impl Fn() -> Answer + Send + Sync + 'static) {
    let server = Server::start(move |_| answer());
    let folder = tempfile::tempdir().unwrap();
    for attempt in ["r1", "r2"] {
        let (service, ledger) = (service(&server), ledger(folder.path(), attempt));
        let unmade = run(buy(&service, ledger.clone(), "a", &CancelSignal::default())).unwrap_err();
        assert!(matches!(&unmade, UnmadeCall::Held(failure) if failure.class == Class::UnknownCall), "{unmade:?}");
        assert!(!unmade.may_fall_through());
        assert_eq!(ledger.totals().cost, if attempt == "r1" { "0.05" } else { "0" }.parse().unwrap());
    }
    assert_eq!(server.count("/submit"), 1, "never again by itself");
}

#[test]
fn a_connection_that_breaks_after_the_submit_leaves_an_unknown_call() {
    is_unknown(|| Answer::Reset);
}

#[test]
fn a_submit_without_an_answer_leaves_an_unknown_call() {
    is_unknown(|| Answer::Reply(200, Vec::new(), b"{}".to_vec()).late(Duration::from_secs(600)));
}

#[test]
fn a_reply_to_a_submit_that_ends_early_leaves_an_unknown_call() {
    is_unknown(|| Answer::Truncated);
}

#[test]
fn a_provider_that_starts_late_gets_the_call_once() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let nowhere = Server::start(|_| Answer::Reset);
    let mut setup = setup(&provider(&[]), &nowhere);
    setup.endpoint = Some(format!("http://{address}"));
    let clock = nowhere.clock().clone();
    // Before the first request is sent, so that none is over before the server waits.
    let start = clock.wait(clock.now() + Duration::from_millis(400));
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path(), "r1");
    let starting = thread::spawn(move || {
        start.block();
        // Until the wait is dropped time stands still.
        let server = Server::on(TcpListener::bind(address).unwrap(), clock, usual(2));
        drop(start);
        server
    });
    let made = run(buy(&Service::new(setup).unwrap(), ledger.clone(), "a", &CancelSignal::default())).unwrap();
    assert_eq!((made.how, made.cost), (ResultOrigin::Made, "0.03".parse().ok()));
    let server = starting.join().unwrap();
    assert_eq!((server.count("/submit"), ledger.totals().submitted), (1, 1));
}

/// The picture's first download goes wrong like this; the second does not.
fn is_fetched_again(spoil: impl Fn() -> Answer + Send + Sync + 'static) {
    let (usual, times) = (usual(1), AtomicUsize::new(0));
    let server = Server::start(move |asked| match asked.path.starts_with("/pictures") {
        true if times.fetch_add(1, Ordering::SeqCst) == 0 => spoil(),
        _ => usual(asked),
    });
    let mut setup = setup(&provider(&[]), &server);
    setup.ceilings = Ceilings { picture: 1 << 20, ..Ceilings::default() };
    let folder = tempfile::tempdir().unwrap();
    let (begun, stall) = (server.clock().now(), setup.timing.stall);
    let (service, ledger) = (Service::new(setup).unwrap(), ledger(folder.path(), "r1"));
    let made = run(buy(&service, ledger.clone(), "a", &CancelSignal::default())).unwrap();
    let took = server.clock().now() - begun;
    assert!(took < stall + Duration::from_secs(10), "it does not wait for what never comes: {took:?}");
    use recanvas::providers::Ledger;
    assert_eq!(ledger.read(&made.cached).unwrap(), PNG);
    assert_eq!((server.count("/pictures"), server.count("/submit")), (2, 1));
}

#[test]
fn a_download_that_ends_early_is_repeated() {
    is_fetched_again(|| Answer::Truncated);
}

#[test]
fn a_download_without_an_end_is_cut_off() {
    is_fetched_again(|| Answer::Endless);
}

#[test]
fn a_download_that_stalls_is_repeated() {
    is_fetched_again(|| Answer::Stalled);
}

#[test]
fn a_download_that_is_another_picture_is_asked_for_again() {
    is_fetched_again(|| Answer::Reply(200, Vec::new(), b"\x89PNG\r\n\x1a\nhalf".to_vec()));
}

#[test]
fn a_result_that_never_is_a_picture_is_paid_and_bad() {
    let usual = usual(1);
    let server = Server::start(move |asked| match asked.path.starts_with("/pictures") {
        true => Answer::Reply(200, Vec::new(), b"\x89PNG nothing".to_vec()),
        false => usual(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let bought = |run_name: &str| {
        let ledger = ledger(folder.path(), run_name);
        let unmade = run(buy(&service(&server), ledger.clone(), "a", &CancelSignal::default())).unwrap_err();
        (unmade, ledger.totals().cost.to_string(), server.count("/submit"))
    };
    // The run that made the call may have come too early.
    let (unmade, cost, submits) = bought("r1");
    assert!(matches!(&unmade, UnmadeCall::Held(failure) if failure.class == Class::Provider), "{unmade:?}");
    assert_eq!((&*cost, submits), ("0.05", 1), "what it may have cost counts");
    for name in ["r2", "r3"] {
        let (unmade, cost, submits) = bought(name);
        assert!(matches!(&unmade, UnmadeCall::Failed(failure) if failure.class == Class::BadOutput), "{unmade:?}");
        assert_eq!((&*cost, submits), ("0.00", 1));
    }
}

#[test]
fn a_refusal_costs_nothing() {
    let server = Server::start(|_| {
        Answer::json(422, &serde_json::json!({ "error": format!("bad {}", crate::service::world::KEY) }))
    });
    let folder = tempfile::tempdir().unwrap();
    let (service, ledger) = (service(&server), ledger(folder.path(), "r1"));
    let unmade = run(buy(&service, ledger.clone(), "a", &CancelSignal::default())).unwrap_err();
    assert_eq!(unmade.failure().class, Class::Rejected);
    assert_eq!(unmade.to_string(), "shop: submit: bad [key]");
    assert_eq!(ledger.totals().cost, "0".parse().unwrap());
}

#[test]
fn the_page_of_a_gateway_that_answers_a_poll_with_403_is_passing() {
    let page = b"<html><title>403 Forbidden</title><body>nginx</body></html>";
    let (usual, times) = (usual(1), AtomicUsize::new(0));
    let server =
        Server::start(move |asked| match asked.path.starts_with("/jobs") && times.fetch_add(1, Ordering::SeqCst) < 2 {
            true => Answer::Reply(403, vec![("Content-Type", "text/html".into())], page.to_vec()),
            false => usual(asked),
        });
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path(), "r1");
    let service = service(&server);
    run(buy(&service, ledger.clone(), "a", &CancelSignal::default())).unwrap();
    assert_eq!((server.count("/submit"), server.count("/jobs")), (1, 3));
    // It says nothing of the key, and the next call is made.
    run(buy(&service, ledger.clone(), "b", &CancelSignal::default())).unwrap();
    assert_eq!((ledger.totals().submitted, service.halted()), (2, None));
}

#[test]
fn a_403_of_the_provider_itself_may_be_about_the_key_and_loses_no_job() {
    let (answer, is_mended) = (usual(1), Arc::new(AtomicBool::new(false)));
    let mended = is_mended.clone();
    let server = Server::start(move |asked| match asked.path.starts_with("/jobs") && !mended.load(Ordering::SeqCst) {
        true => Answer::json(403, &serde_json::json!({ "error": "this key may not" })),
        false => answer(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let service_of = || service(&server);
    let first = service_of();
    let unmade = run(buy(&first, ledger(folder.path(), "r1"), "a", &CancelSignal::default())).unwrap_err();
    // It may be about this one job: whether the key is taken is told by the next submit.
    assert!(matches!(unmade, UnmadeCall::Held(_)) && first.halted().is_none(), "{unmade:?}");
    assert!(unmade.to_string().contains("check SHOP_KEY"), "{unmade}");
    is_mended.store(true, Ordering::SeqCst);
    let made = run(buy(&service_of(), ledger(folder.path(), "r2"), "a", &CancelSignal::default())).unwrap();
    assert_eq!((made.how, server.count("/submit")), (ResultOrigin::Resumed, 1));
}
