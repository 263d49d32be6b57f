//! What is said of one picture, and what of the address.

use std::sync::Arc;
use std::sync::Mutex;

use recanvas::error::Class;
use recanvas::providers::Notice;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Service;
use recanvas::providers::client::Tested;
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

/// Buys these pictures one after the other; returns what became of each.
fn bought(server: &Server, sources: &[&str]) -> (Vec<Result<(), UnmadeCall>>, Vec<Notice>) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path(), "r1");
    let mut setup = setup(&provider(&[]), server);
    let notes = noting(&mut setup);
    let service = Service::new(setup).unwrap();
    let ends = sources.iter().map(|source| {
        let end = run(buy(&service, ledger.clone(), source, &CancelSignal::default()));
        end.map(drop)
    });
    let ends = ends.collect();
    let paid = server.asked().iter().filter(|asked| asked.path.starts_with("/pictures")).count();
    assert_eq!(ledger.totals().cost.to_string(), if paid == 0 { "0.00" } else { "0.03" }, "refusals cost nothing");
    (ends, notes.lock().unwrap().clone())
}

fn class(end: &Result<(), UnmadeCall>) -> Option<Class> {
    match end {
        Err(UnmadeCall::Failed(failure)) => Some(failure.class),
        _ => None,
    }
}

#[test]
fn an_address_that_takes_no_calls_is_an_outage_at_once() {
    for status in [404, 405, 410, 301, 307, 308] {
        let server = Server::start(move |_| {
            Answer::Reply(status, vec![("Location", "https://new.example/v2?token=s3".into())], Vec::new())
        });
        let (ends, notes) = bought(&server, &["a", "b", "c"]);
        assert_eq!(ends.iter().map(class).collect::<Vec<_>>(), [Some(Class::Provider); 3], "{status}");
        assert_eq!(server.count("/submit"), 1, "{status}: no further call");
        assert!(matches!(&notes[..], [Notice::Stopped { .. }]), "{status}: said once: {notes:?}");
        if status < 400 {
            let said = ends[0].as_ref().unwrap_err().to_string();
            assert!(said.contains("moved to https://new.example; set `endpoint`") && !said.contains("s3"), "{said}");
        }
    }
}

#[test]
fn a_submit_that_is_redirected_may_have_been_accepted() {
    for status in [302, 303] {
        let server = Server::start(move |_| {
            Answer::Reply(status, vec![("Location", "https://new.example/job/1".into())], Vec::new())
        });
        let folder = tempfile::tempdir().unwrap();
        let service = Service::new(setup(&provider(&[]), &server)).unwrap();
        let unmade = run(buy(&service, ledger(folder.path(), "r1"), "a", &CancelSignal::default())).unwrap_err();
        assert!(matches!(&unmade, UnmadeCall::Held(failure) if failure.class == Class::UnknownCall), "{unmade:?}");
        assert_eq!(server.count("/submit"), 1);
    }
}

#[test]
fn no_rule_has_a_submit_repeated_that_was_sent_on() {
    let rule =
        [("messages: [/error]", "errors: [{ http: 307, class: transient, not_accepted: true }]\nmessages: [/error]")];
    let server = Server::start(|_| Answer::Reply(307, Vec::new(), Vec::new()));
    let folder = tempfile::tempdir().unwrap();
    let service = Service::new(setup(&provider(&rule), &server)).unwrap();
    let unmade = run(buy(&service, ledger(folder.path(), "r1"), "a", &CancelSignal::default())).unwrap_err();
    assert_eq!((unmade.failure().class, server.count("/submit")), (Class::UnknownCall, 1));
}

#[test]
fn three_pictures_refused_alike_are_an_outage_and_one_is_not() {
    for status in [400, 409, 413, 415, 418] {
        let server = Server::start(move |_| Answer::json(status, &json!({ "error": "no" })));
        let (ends, notes) = bought(&server, &["a", "b", "a", "c", "d"]);
        for end in &ends[..3] {
            let Err(UnmadeCall::Doubtful { failure, taken: 0 }) = end else { panic!("{status}: {end:?}") };
            assert_eq!(failure.class, Class::Rejected);
        }
        assert_eq!(ends[3..].iter().map(class).collect::<Vec<_>>(), [Some(Class::Provider); 2], "{status}");
        let said = ends[3].as_ref().unwrap_err().to_string();
        assert!(said.contains("3 pictures in a row were refused like this"), "{said}");
        assert_eq!(server.count("/submit"), 3, "{status}: one picture is asked for once, and none after the third");
        assert_eq!(notes.len(), 1);
    }
}

#[test]
fn refusals_with_a_success_between_count_for_their_pictures() {
    let (usual, times) = (usual(1), Arc::new(Mutex::new(0)));
    let server = Server::start(move |asked| {
        if asked.path != "/submit" {
            return usual(asked);
        }
        let mut times = times.lock().unwrap();
        *times += 1;
        match *times == 3 {
            true => usual(asked),
            false => Answer::json(409, &json!({ "error": "no" })),
        }
    });
    let (ends, notes) = bought(&server, &["a", "b", "c", "d", "e"]);
    assert!(ends[2].is_ok());
    for (at, taken) in [(0, 0), (1, 0), (3, 1), (4, 1)] {
        let Err(UnmadeCall::Doubtful { taken: found, .. }) = &ends[at] else { panic!("{:?}", ends[at]) };
        assert_eq!(*found, taken);
    }
    assert!(notes.is_empty());
}

#[test]
fn a_rule_of_the_descriptor_makes_a_404_a_refusal_of_the_picture() {
    let rule = [("messages: [/error]", "errors: [{ http: 404, class: bad_input }]\nmessages: [/error]")];
    let server = Server::start(|_| Answer::json(404, &json!({ "error": "no face" })));
    let service = Service::new(setup(&provider(&rule), &server)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path(), "r1");
    for source in ["a", "b", "c", "d"] {
        let unmade = run(buy(&service, ledger.clone(), source, &CancelSignal::default())).unwrap_err();
        assert!(matches!(&unmade, UnmadeCall::Failed(failure) if failure.class == Class::Rejected), "{unmade:?}");
    }
    assert_eq!(server.count("/submit"), 4);
}

#[test]
fn a_store_without_its_bucket_is_an_outage() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/uploads" => {
            let put = format!("http://{}/put", asked.header("host").unwrap());
            Answer::json(200, &json!({ "put": put, "image": "https://x.example/i" }))
        }
        _ => Answer::Reply(404, Vec::new(), b"<Error><Code>NoSuchBucket</Code></Error>".to_vec()),
    });
    let folder = tempfile::tempdir().unwrap();
    let service = Service::new(setup(&provider(&[]), &server)).unwrap();
    let ledger = ledger(folder.path(), "r1");
    for source in ["a", "b", "c", "d"] {
        let stop = CancelSignal::default();
        let unmade =
            run(crate::service::world::buy_with(&service, ledger.clone(), source, &stop, 200_000)).unwrap_err();
        assert!(matches!(&unmade, UnmadeCall::Failed(failure) if failure.class == Class::Provider), "{unmade:?}");
    }
    assert_eq!(server.count("/put"), 9, "three addresses for each of three pictures; then the provider is left alone");
    assert_eq!(server.count("/submit"), 0);
}

#[test]
fn a_test_fails_where_every_address_answers_alike() {
    let changes = [(
        "test: { method: get, url: \"https://shop.example/balance\" }",
        "test: { method: get, url: \"https://shop.example/jobs/0\", ok: [200, 404] }",
    )];
    let tested = |answer: fn(&crate::service::server::Asked) -> Answer| {
        let server = Server::start(answer);
        run(Service::new(setup(&provider(&changes), &server)).unwrap().test())
    };
    let found = tested(|asked| match asked.path.as_str() {
        "/jobs/0" => Answer::json(404, &json!({ "error": "no such job" })),
        _ => Answer::json(404, &json!({ "error": "no such page" })),
    });
    assert_eq!(found, Tested::Accepted);
    let found = tested(|_| Answer::json(404, &json!({ "detail": "not found" })));
    assert!(matches!(&found, Tested::NotReached(why) if why.contains("HTTP 404")), "{found:?}");
    let found = tested(|_| Answer::Reply(405, Vec::new(), Vec::new()));
    assert!(matches!(&found, Tested::NotReached(_)), "{found:?}");
}
