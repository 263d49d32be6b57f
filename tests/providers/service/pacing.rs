//! How often a provider is asked, and when it is left alone.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use recanvas::error::Class;
use recanvas::providers::Notice;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Service;
use recanvas::providers::client::Setup;
use recanvas::providers::client::UnmadeCall;
use serde_json::json;
use testkit::Clock;
use testkit::VirtualClock;

use crate::service::server::Answer;
use crate::service::server::Server;
use crate::service::world::TestLedger;
use crate::service::world::buy;
use crate::service::world::buy_unjudged;
use crate::service::world::ledger;
use crate::service::world::noting;
use crate::service::world::provider;
use crate::service::world::run;
use crate::service::world::setup;
use crate::service::world::usual;

/// Buys so many different calls at once.
fn buy_all(setup: Setup, ledger: &Arc<TestLedger>, calls: usize) -> Vec<Result<(), UnmadeCall>> {
    let service = Service::new(setup).unwrap();
    run(async {
        let tasks = (0..calls).map(|number| {
            let (service, ledger) = (service.clone(), ledger.clone());
            tokio::spawn(async move {
                buy(&service, ledger, &number.to_string(), &CancelSignal::default()).await.map(|_| ())
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let mut ends = Vec::new();
        for task in tasks {
            ends.push(task.await.unwrap());
        }
        ends
    })
}

#[test]
fn requests_of_every_sort_stay_below_the_limit_per_minute() {
    let server = Server::start(usual(2));
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&provider(&[]), &server);
    setup.per_minute = Some(1200);
    let ends = buy_all(setup, &ledger(folder.path(), "r1"), 12);
    assert!(ends.iter().all(Result::is_ok), "{ends:?}");
    let times: Vec<Instant> =
        server.asked().iter().filter(|asked| !asked.path.starts_with("/pictures")).map(|asked| asked.at).collect();
    assert!(times.len() >= 36, "12 submits and twice as many polls");
    // 20 a second, and a little for what the network does to distances.
    for (index, start) in times.iter().enumerate() {
        let within =
            times[index..].iter().take_while(|time| time.duration_since(*start) < Duration::from_millis(500)).count();
        assert!(within <= 12, "{within} requests in half a second");
    }
}

#[test]
fn calls_in_flight_are_as_many_as_allowed() {
    let (usual, flying) = (usual(1), Arc::new(Mutex::new((0_usize, 0_usize))));
    let seen = flying.clone();
    let server = Server::start(move |asked| {
        let mut flying = seen.lock().unwrap();
        match asked.path.as_str() {
            "/submit" => flying.0 += 1,
            path if path.starts_with("/jobs") => flying.0 -= 1,
            _ => {}
        }
        flying.1 = flying.1.max(flying.0);
        drop(flying);
        usual(asked)
    });
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&provider(&[]), &server);
    setup.in_flight = Some(3);
    assert!(buy_all(setup, &ledger(folder.path(), "r1"), 12).iter().all(Result::is_ok));
    assert_eq!(flying.lock().unwrap().1, 3);
}

#[test]
fn hundreds_of_calls_wait_at_once_and_each_is_asked_for_now_and_then() {
    const CALLS: usize = 256;
    let latency = Duration::from_secs(20);
    let clock = VirtualClock::default();
    let (usual, begun, by) = (usual(1), Arc::new(Mutex::new(HashMap::new())), clock.clone());
    let jobs = begun.clone();
    let server = Server::by(clock, move |asked| {
        if asked.path.starts_with("/jobs") {
            let since = *jobs.lock().unwrap().entry(asked.path.clone()).or_insert_with(|| by.now());
            if by.now() - since < latency {
                return Answer::json(200, &json!({ "status": "running" }));
            }
        }
        usual(asked)
    });
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&provider(&[("every: 50ms", "every: 10s")]), &server);
    setup.in_flight = Some(CALLS as u32);
    let ends = buy_all(setup, &ledger(folder.path(), "r1"), CALLS);
    assert!(ends.iter().all(Result::is_ok));
    assert_eq!((server.count("/submit"), begun.lock().unwrap().len()), (CALLS, CALLS));
    // The first poll of a job begins its time, the second comes within it, and the last after it: pauses are spread.
    assert!(server.count("/jobs") <= 4 * CALLS, "{} polls", server.count("/jobs"));
    let asked = server.asked();
    let flying = asked.iter().scan(0_usize, |flying, asked| {
        match asked.path.as_str() {
            "/submit" => *flying += 1,
            path if path.starts_with("/pictures") => *flying -= 1,
            _ => {}
        }
        Some(*flying)
    });
    // Three go before the others, until one result could be used.
    assert_eq!(flying.max(), Some(CALLS - 3));
}

#[test]
fn a_provider_that_names_a_time_is_left_alone_until_then() {
    let (usual, refused) = (usual(1), Mutex::new(None));
    let server = Server::start(move |asked| {
        let mut refused = refused.lock().unwrap();
        if asked.path == "/submit" && refused.is_none() {
            *refused = Some(asked.at);
            return Answer::Reply(429, vec![("Retry-After", "1".into())], b"{}".to_vec());
        }
        drop(refused);
        // The others come after the refusal, or the test shows nothing.
        usual(asked)
    });
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&provider(&[]), &server);
    // One after the other, so that all but one are still in the queue.
    setup.per_minute = Some(600);
    let notes = noting(&mut setup);
    let ends = buy_all(setup, &ledger(folder.path(), "r1"), 6);
    assert!(ends.iter().all(Result::is_ok), "{ends:?}");
    let asked = server.asked();
    let gap = asked.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at)).max().unwrap();
    assert!(gap >= Duration::from_millis(850), "{gap:?} was not asked for");
    assert_eq!(server.count("/submit"), 7);
    let paused = |note: &Notice| matches!(note, Notice::Paused { length, .. } if *length == Duration::from_secs(1));
    assert_eq!(notes.lock().unwrap().iter().filter(|note| paused(note)).count(), 1);
}

#[test]
fn after_failures_calls_pause_and_one_tests_the_provider() {
    // Uploads may be repeated, so no call is lost by it.
    let (usual, uploads) = (usual(1), Arc::new(AtomicUsize::new(0)));
    let faults = 9;
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/uploads" if uploads.fetch_add(1, Ordering::SeqCst) < faults => Answer::json(503, &json!({ "error": "down" })),
        _ => usual(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&provider(&[("  - { as: base64, max_bytes: 100k }\n", "")]), &server);
    setup.in_flight = Some(6);
    let notes = noting(&mut setup);
    let ends = buy_all(setup, &ledger(folder.path(), "r1"), 6);
    assert!(ends.iter().all(Result::is_ok), "{ends:?}");
    let notes = notes.lock().unwrap();
    let pauses: Vec<Duration> = notes
        .iter()
        .filter_map(|note| match note {
            Notice::Paused { length, .. } => Some(*length),
            _ => None,
        })
        .collect();
    assert_eq!(pauses, [5, 10, 20, 40].map(Duration::from_secs), "six faults, then three by one request each");
    assert!(matches!(notes.last(), Some(Notice::Resumed { .. })), "{notes:?}");
    assert_eq!((server.count("/uploads"), server.count("/submit")), (faults + 6, 6));
}

#[test]
fn a_provider_that_fails_for_long_fails_its_calls_at_once() {
    let server = Server::start(|_| Answer::json(503, &json!({ "error": "down" })));
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&provider(&[("  - { as: base64, max_bytes: 100k }\n", "")]), &server);
    setup.in_flight = Some(6);
    let (patience, start) = (setup.timing.patience, server.clock().now());
    let ends = buy_all(setup, &ledger(folder.path(), "r1"), 40);
    for end in ends {
        let unmade = end.unwrap_err();
        assert!(unmade.may_fall_through() && unmade.failure().class == Class::Provider, "{unmade:?}");
    }
    let took = server.clock().now() - start;
    assert!((patience..patience * 2).contains(&took), "{took:?}");
    assert!(server.asked().len() < 20, "{} requests", server.asked().len());
}

#[test]
fn a_key_that_is_refused_stops_the_provider() {
    let server = Server::start(|_| Answer::json(401, &json!({ "error": "no such key" })));
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&provider(&[]), &server);
    setup.in_flight = Some(1);
    let notes = noting(&mut setup);
    let ledger = ledger(folder.path(), "r1");
    let ends = buy_all(setup, &ledger, 10);
    for end in ends {
        let unmade = end.unwrap_err();
        assert_eq!(unmade.to_string(), "shop: submit: no such key; check SHOP_KEY");
        assert!(unmade.may_fall_through() && unmade.failure().class == Class::Provider);
    }
    assert_eq!(server.asked().len(), 1);
    assert!(matches!(&notes.lock().unwrap()[..], [Notice::Stopped { .. }]));
    assert_eq!((ledger.totals().submitted, ledger.totals().cost), (1, "0".parse().unwrap()));
}

#[test]
fn a_time_that_is_named_is_a_lower_bound_at_every_stage() {
    // Where something is asked for, with which code the time comes, and whether all calls wait for it.
    let cases = [
        ("/uploads", 429),
        ("/uploads", 503),
        ("/put", 429),
        ("/submit", 429),
        ("/jobs", 429),
        ("/jobs", 503),
        ("/pictures", 429),
        ("/pictures", 503),
    ];
    std::thread::scope(|scope| {
        for (path, status) in cases {
            scope.spawn(move || {
                let (usual, refused) = (usual(2), Mutex::new(0));
                let server = Server::start(move |asked| {
                    let mut refused = refused.lock().unwrap();
                    if asked.path.starts_with(path) && *refused < 2 {
                        *refused += 1;
                        return Answer::Reply(status, vec![("Retry-After", "1".into())], b"{}".to_vec());
                    }
                    usual(asked)
                });
                let folder = tempfile::tempdir().unwrap();
                let setup = setup(&provider(&[("  - { as: base64, max_bytes: 100k }\n", "")]), &server);
                let ends = buy_all(setup, &ledger(folder.path(), "r1"), 1);
                assert!(ends.iter().all(Result::is_ok), "{path} {status}: {ends:?}");
                let times: Vec<Instant> =
                    server.asked().iter().filter(|asked| asked.path.starts_with(path)).map(|asked| asked.at).collect();
                assert!(times.len() >= 3, "{path} {status}: {} requests", times.len());
                for pair in times[..3].windows(2) {
                    let gap = pair[1].duration_since(pair[0]);
                    assert!(gap >= Duration::from_secs(1), "{path} {status}: asked again after {gap:?}");
                }
                assert_eq!(server.count("/submit"), if path == "/submit" { 3 } else { 1 });
            });
        }
    });
}

#[test]
fn calls_are_limited_until_one_result_could_be_used() {
    for (judged, submits) in [(&[true][..], 9), (&[false, true], 9), (&[false; 3], 3)] {
        let server = Server::start(usual(1));
        let folder = tempfile::tempdir().unwrap();
        let service = Service::new(setup(&provider(&[]), &server)).unwrap();
        let ledger = ledger(folder.path(), "r1");
        let stop = CancelSignal::default();
        let buy = |number: usize| {
            let (service, ledger, stop) = (&service, ledger.clone(), &stop);
            async move { buy_unjudged(service, ledger, &number.to_string(), stop, 3).await }
        };
        let mut calls: FuturesUnordered<_> = (0..9).map(buy).collect();
        let ends = run(async {
            let mut first = Vec::new();
            while first.len() < 3 {
                first.push(calls.next().await.unwrap().expect("a result"));
            }
            // Nothing is said of them yet, and no other call was let go.
            assert_eq!(server.count("/submit"), 3);
            for (made, is_useful) in first.iter().zip(judged) {
                service.judged(made.cached.key, *is_useful);
            }
            calls.collect::<Vec<_>>().await
        });
        assert_eq!((ends.len(), server.count("/submit")), (6, submits), "{judged:?}");
        for unmade in ends.into_iter().filter_map(Result::err) {
            assert!(unmade.to_string().contains("3 results in a row could not be used"), "{unmade}");
            assert_eq!((unmade.failure().class, submits), (Class::Provider, 3));
        }
    }
}

#[test]
fn a_time_that_a_provider_names_is_the_least_that_is_waited() {
    // A length of time, a time that is over, and none at all.
    for (header, value, refusals) in
        [("X-RateLimit-Reset", "1", 1), ("X-RateLimit-Reset", "1000000000", 4), ("Retry-After", "0", 4)]
    {
        let (usual, submits) = (usual(1), AtomicUsize::new(0));
        let server = Server::start(move |asked| {
            match asked.path == "/submit" && submits.fetch_add(1, Ordering::SeqCst) < refusals {
                true => Answer::Reply(429, vec![(header, value.into())], b"{}".to_vec()),
                false => usual(asked),
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let mut setup = setup(&provider(&[]), &server);
        let notes = noting(&mut setup);
        assert!(buy_all(setup, &ledger(folder.path(), "r1"), 1).iter().all(Result::is_ok));
        let length = |note: &Notice| match note {
            Notice::Paused { length, .. } => *length,
            _ => panic!("{note:?}"),
        };
        let pauses: Vec<Duration> = notes.lock().unwrap().iter().map(length).collect();
        assert_eq!(pauses.len(), refusals, "{header}: {value}");
        let whole = pauses.iter().sum::<Duration>();
        match refusals {
            1 => assert_eq!(whole, Duration::from_secs(1)),
            _ => assert!(whole > Duration::from_millis(1), "{whole:?}"),
        }
    }
}
