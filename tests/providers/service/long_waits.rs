//! Leaves a provider alone that asks for it, or of which nothing is known of what it took.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::SystemTime;

use recanvas::error::Class;
use recanvas::providers::Notice;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Service;
use recanvas::providers::client::UnmadeCall;
use serde_json::json;

use crate::service::server::Answer;
use crate::service::server::Server;
use crate::service::world::buy;
use crate::service::world::ledger;
use crate::service::world::noting;
use crate::service::world::provider;
use crate::service::world::run;
use crate::service::world::setup;
use crate::service::world::usual;

const BUSY: [(&str, &str); 1] =
    [("messages: [/error]", "errors: [{ http: 503, class: transient, not_accepted: true }]\nmessages: [/error]")];

/// Buys so many pictures one after the other; returns what became of each, and what was said.
fn bought(server: &Server, pictures: usize) -> (Vec<Result<(), UnmadeCall>>, Vec<Notice>) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path(), "r1");
    let mut setup = setup(&provider(&BUSY), server);
    let notes = noting(&mut setup);
    let service = Service::new(setup).unwrap();
    let end =
        |picture: usize| run(buy(&service, ledger.clone(), &picture.to_string(), &CancelSignal::default())).map(drop);
    let ends = (0..pictures).map(end).collect();
    (ends, notes.lock().unwrap().clone())
}

fn is_outage(end: &Result<(), UnmadeCall>) -> bool {
    matches!(end, Err(UnmadeCall::Failed(failure)) if failure.class == Class::Provider)
}

#[test]
fn a_provider_that_names_a_wait_beyond_the_run_gets_no_more_submits() {
    let in_an_hour = || httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
    // A clock that goes two hours behind.
    let behind = |seconds: u64| httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(7200 - seconds));
    let cases = [
        vec![("Retry-After", "7200".to_owned())],
        vec![("Retry-After", "1".to_owned()), ("Retry-After", "301".to_owned())],
        vec![("Retry-After", "99999999999999999999".to_owned())],
        vec![("Retry-After", "1e300".to_owned())],
        vec![("Retry-After", "inf".to_owned())],
        vec![("Retry-After", in_an_hour())],
        vec![("Retry-After", behind(3600)), ("Date", behind(0))],
        vec![("X-RateLimit-Reset", "1e300".to_owned())],
    ];
    for headers in cases {
        for status in [429, 503] {
            if status == 503 && headers[0].0 != "Retry-After" {
                continue;
            }
            let said = headers.clone();
            let server = Server::start(move |_| Answer::Reply(status, said.clone(), b"{}".to_vec()));
            let (ends, notes) = bought(&server, 5);
            assert!(ends.iter().all(is_outage), "{status} {headers:?}: {ends:?}");
            assert_eq!(server.count("/submit"), 1, "{status} {headers:?}");
            let [Notice::Stopped { why, .. }] = &notes[..] else { panic!("{status} {headers:?}: {notes:?}") };
            assert!(why.contains("asks to be left alone for"), "{why}");
        }
    }
}

#[test]
fn a_long_wait_that_a_poll_names_stops_further_submits() {
    let usual = usual(1);
    let server = Server::start(move |asked| match asked.path.starts_with("/jobs") {
        true => Answer::Reply(429, vec![("Retry-After", "7200".into())], b"{}".to_vec()),
        false => usual(asked),
    });
    let (ends, notes) = bought(&server, 3);
    assert!(matches!(&ends[0], Err(UnmadeCall::Held(failure)) if failure.class == Class::Provider), "{ends:?}");
    assert!(ends[1..].iter().all(is_outage), "{ends:?}");
    assert_eq!((server.count("/submit"), server.count("/jobs"), notes.len()), (1, 1, 1));
}

#[test]
fn retry_after_of_a_submit_of_unknown_fate_delays_the_next_submit() {
    let (usual, times) = (usual(1), AtomicUsize::new(0));
    let server = Server::start(move |asked| match times.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::Reply(500, vec![("Retry-After", "1".into())], b"{}".to_vec()),
        _ => usual(asked),
    });
    let (ends, _) = bought(&server, 2);
    assert!(matches!(&ends[0], Err(UnmadeCall::Held(failure)) if failure.class == Class::UnknownCall), "{ends:?}");
    assert!(ends[1].is_ok(), "{ends:?}");
    let asked = server.asked();
    assert!(asked[1].at.duration_since(asked[0].at) >= Duration::from_secs(1));
}

#[test]
fn three_submits_of_unknown_fate_in_a_row_end_the_submits_of_a_run() {
    for status in [200, 203, 302, 303, 500] {
        let server = Server::start(move |_| {
            let login = vec![("Location", "https://portal.example/login".to_owned())];
            Answer::Reply(status, login, b"<html>please log in</html>".to_vec())
        });
        let (ends, notes) = bought(&server, 6);
        for end in &ends[..3] {
            assert!(matches!(end, Err(UnmadeCall::Held(failure)) if failure.class == Class::UnknownCall), "{end:?}");
        }
        assert!(ends[3..].iter().all(is_outage), "{status}: {ends:?}");
        assert_eq!(server.count("/submit"), 3, "{status}");
        assert!(matches!(&notes[..], [Notice::Stopped { .. }]), "{status}: {notes:?}");
    }
}

#[test]
fn submits_of_unknown_fate_with_a_success_between_end_nothing() {
    let (usual, submits) = (usual(1), AtomicUsize::new(0));
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/submit" if submits.fetch_add(1, Ordering::SeqCst) % 3 < 2 => Answer::json(200, &json!({ "hello": 1 })),
        _ => usual(asked),
    });
    let (ends, notes) = bought(&server, 9);
    assert_eq!((ends.iter().filter(|end| end.is_ok()).count(), server.count("/submit")), (3, 9));
    assert!(notes.is_empty(), "{notes:?}");
}
