//! Runs that are stopped, and those that go on where they left off.

use std::time::Duration;
use std::time::Instant;

use recanvas::error::Class;
use recanvas::providers::ResultOrigin;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::UnmadeCall;

use crate::service::server::Answer;
use crate::service::server::Server;
use crate::service::world::buy;
use crate::service::world::call;
use crate::service::world::ledger;
use crate::service::world::run;
use crate::service::world::service;
use crate::service::world::usual;

/// Buys, and stops after this long; how it ended, and how long after the stop.
fn stopped(server: &Server, state: &std::path::Path, after: Duration) -> (UnmadeCall, Duration) {
    let (service, ledger, stop) = (service(server), ledger(state, "r1"), CancelSignal::default());
    let (begun, signal) = (Instant::now(), stop.clone());
    let unmade = run(async {
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            signal.give();
        });
        buy(&service, ledger, "a", &stop).await.unwrap_err()
    });
    (unmade, begun.elapsed().saturating_sub(after))
}

const LITTLE: Duration = Duration::from_millis(400);

#[test]
fn a_call_that_is_polled_is_left_at_once_and_resumed() {
    let server = Server::start(usual(20));
    let folder = tempfile::tempdir().unwrap();
    let (unmade, took) = stopped(&server, folder.path(), Duration::from_millis(300));
    assert!(took < LITTLE, "{took:?}");
    assert!(matches!(&unmade, UnmadeCall::Held(failure) if failure.class == Class::Interrupted), "{unmade:?}");
    let ledger = ledger(folder.path(), "r2");
    let made = run(buy(&service(&server), ledger.clone(), "a", &CancelSignal::default())).unwrap();
    assert_eq!((made.how, made.cost, server.count("/submit")), (ResultOrigin::Resumed, "0".parse().ok(), 1));
    assert_eq!((ledger.totals().resumed, ledger.totals().submitted), (1, 0));
}

#[test]
fn a_stop_waits_for_the_reply_to_a_submit() {
    let usual = usual(1);
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/submit" => usual(asked).late(Duration::from_millis(600)),
        _ => usual(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let (unmade, took) = stopped(&server, folder.path(), Duration::from_millis(200));
    assert!(took > Duration::from_millis(250), "{took:?}");
    assert_eq!(unmade.failure().class, Class::Interrupted, "{unmade:?}");
    let made = run(buy(&service(&server), ledger(folder.path(), "r2"), "a", &CancelSignal::default())).unwrap();
    assert_eq!((made.how, server.count("/submit")), (ResultOrigin::Resumed, 1));
}

#[test]
fn a_job_that_a_submit_named_before_the_stop_is_asked_for_by_the_next_run() {
    let usual = usual(1);
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/submit" => Answer::HeldBack(br#"{"id": "0", "queue": ""#.to_vec()),
        _ => usual(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let (unmade, _) = stopped(&server, folder.path(), Duration::from_millis(100));
    assert_eq!(unmade.failure().class, Class::Interrupted, "{unmade:?}");
    let made = run(buy(&service(&server), ledger(folder.path(), "r2"), "a", &CancelSignal::default())).unwrap();
    assert_eq!((made.how, server.count("/submit")), (ResultOrigin::Resumed, 1));
}

#[test]
fn the_reply_to_a_submit_before_the_stop_is_kept() {
    let server = Server::start(|_| Answer::HeldBack(br#"{"id": "0"#.to_vec()));
    let folder = tempfile::tempdir().unwrap();
    let (unmade, _) = stopped(&server, folder.path(), Duration::from_millis(100));
    assert_eq!(unmade.failure().class, Class::UnknownCall, "{unmade:?}");
    let kept = folder.path().join(format!("cache/{}.reply", call("a").key(0)));
    assert_eq!(std::fs::read(kept).expect("it is kept"), br#"{"id": "0"#);
}

#[test]
fn a_submit_that_is_out_for_too_long_is_unknown() {
    let server = Server::start(|_| Answer::Reset.late(Duration::from_secs(3)));
    let folder = tempfile::tempdir().unwrap();
    let (unmade, took) = stopped(&server, folder.path(), Duration::from_millis(100));
    assert!(took < Duration::from_millis(1900), "{took:?}");
    assert_eq!(unmade.failure().class, Class::UnknownCall, "{unmade:?}");
}

#[test]
fn a_call_that_was_refused_for_now_is_begun_anew() {
    let server = Server::start(|_| Answer::Reply(429, vec![("Retry-After", "30".into())], b"{}".to_vec()));
    let folder = tempfile::tempdir().unwrap();
    let (unmade, took) = stopped(&server, folder.path(), Duration::from_millis(300));
    assert!(took < LITTLE, "{took:?}");
    assert_eq!(unmade.failure().class, Class::Interrupted, "{unmade:?}");
    drop(server);
    let server = Server::start(usual(1));
    let made = run(buy(&service(&server), ledger(folder.path(), "r2"), "a", &CancelSignal::default())).unwrap();
    assert_eq!((made.how, server.count("/submit")), (ResultOrigin::Made, 1));
}

#[test]
fn nothing_is_begun_after_a_stop() {
    let server = Server::start(usual(1));
    let folder = tempfile::tempdir().unwrap();
    let stop = CancelSignal::default();
    stop.give();
    let unmade = run(buy(&service(&server), ledger(folder.path(), "r1"), "a", &stop)).unwrap_err();
    assert_eq!((unmade.failure().class, server.asked().len()), (Class::Interrupted, 0));
}
