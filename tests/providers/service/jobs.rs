//! Polls whose words and codes say one thing, and whose jobs another; jobs that are not known any more.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use recanvas::error::Class;
use recanvas::manifest::PayAgain;
use recanvas::providers::CallState;
use recanvas::providers::Descriptor;
use recanvas::providers::Job;
use recanvas::providers::Ledger;
use recanvas::providers::Notice;
use recanvas::providers::ResultOrigin;
use recanvas::providers::Secret;
use recanvas::providers::Secrets;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Order;
use recanvas::providers::client::Service;
use serde_json::Value;
use serde_json::json;

use crate::service::server::Answer;
use crate::service::server::Server;
use crate::service::world::KEY;
use crate::service::world::PNG;
use crate::service::world::buy;
use crate::service::world::call;
use crate::service::world::ledger;
use crate::service::world::ledger_with;
use crate::service::world::noting;
use crate::service::world::order;
use crate::service::world::provider;
use crate::service::world::quote;
use crate::service::world::run;
use crate::service::world::setup;
use crate::service::world::submission;
use crate::service::world::usual;

const RETRY_UNKNOWN: PayAgain = PayAgain { retry_failed: false, retry_unknown: true, repay: false };

/// A shop whose words may speak of anything.
fn wordy() -> Arc<Descriptor> {
    let rules = "errors:
  - { contains: [policy, nsfw], class: rejected }
  - { at: /flagged, equals: true, class: rejected }
  - { at: /error, contains: credit, class: quota, not_accepted: true }
  - { at: /error, contains: queue, class: rate_limited, not_accepted: true }
  - { begins: later, class: rate_limited, not_accepted: true, polls: true }
  - { contains: no such request, class: gone }
messages: [/error]";
    let words = "failed: [failed]\n  rejected: [blocked]\n  gone: [lost]";
    provider(&[("messages: [/error]", rules), ("failed: [failed]", words)])
}

/// Buys one picture in a run of this name; what became of it, and which class a failure has.
pub(crate) fn bought(
    server: &Server,
    state: &std::path::Path,
    name: &str,
    again: PayAgain,
) -> Result<ResultOrigin, Class> {
    let service = Service::new(setup(&wordy(), server)).unwrap();
    let made = run(buy(&service, ledger_with(state, name, again), "a", &CancelSignal::default()));
    made.map(|made| made.how).map_err(|unmade| unmade.failure().class)
}

#[test]
fn words_beside_the_status_of_a_poll_take_no_result_away() {
    // Beside a job at work, and beside a result.
    let words = [json!({ "error": "waiting for the NSFW check" }), json!({ "error": "credit, queue, policy" })];
    for said in words {
        for status in [200, 203, 299] {
            let polls = AtomicUsize::new(0);
            let (usual, beside) = (usual(1), said.clone());
            let server = Server::start(move |asked| {
                let answer = usual(asked);
                if !asked.path.starts_with("/jobs") {
                    return answer;
                }
                let mut json = beside.clone();
                json["status"] = "running".into();
                if polls.fetch_add(1, Ordering::SeqCst) > 0 {
                    json["status"] = "done".into();
                    json["url"] = format!("http://{}/pictures/1.png", asked.header("host").unwrap()).into();
                }
                Answer::json(status, &json)
            });
            let folder = tempfile::tempdir().unwrap();
            assert_eq!(
                bought(&server, folder.path(), "r1", PayAgain::default()),
                Ok(ResultOrigin::Made),
                "{status} {said}"
            );
            assert_eq!(server.count("/jobs"), 2);
        }
    }
}

#[test]
fn the_reason_of_a_failed_job_says_nothing_of_the_account() {
    let cases = [
        (json!({ "status": "failed", "error": "your credits were refunded" }), Class::Rejected),
        (json!({ "status": "failed", "error": "removed from the queue" }), Class::Rejected),
        (json!({ "status": "failed", "error": "NSFW" }), Class::Rejected),
        (json!({ "status": "done", "error": "NSFW" }), Class::Rejected),
        (json!({ "status": "done", "flagged": true }), Class::Rejected),
    ];
    std::thread::scope(|scope| {
        for (poll, class) in cases {
            scope.spawn(move || {
                let (usual, said) = (usual(1), poll.clone());
                let server = Server::start(move |asked| match asked.path.starts_with("/jobs") {
                    true => Answer::json(200, &said),
                    false => usual(asked),
                });
                let folder = tempfile::tempdir().unwrap();
                let mut setup = setup(&wordy(), &server);
                let notes = noting(&mut setup);
                let service = Service::new(setup).unwrap();
                let unmade =
                    run(buy(&service, ledger(folder.path(), "r1"), "a", &CancelSignal::default())).unwrap_err();
                assert_eq!((unmade.failure().class, unmade.may_fall_through()), (class, true), "{poll}: {unmade}");
                let stops = notes.lock().unwrap().iter().any(|note| matches!(note, Notice::Stopped { .. }));
                assert!(!stops, "{poll}: the provider goes on");
            });
        }
    });
}

#[test]
fn words_of_the_account_are_read_where_a_submit_is_refused() {
    for (said, class) in [("no credit", Class::Provider), ("NSFW", Class::Rejected)] {
        let server = Server::start(move |_| Answer::json(400, &json!({ "error": said })));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(bought(&server, folder.path(), "r1", PayAgain::default()), Err(class), "{said}");
    }
    // Who is out of order may have taken it, whatever it speaks of.
    let server = Server::start(|_| Answer::json(500, &json!({ "error": "the nsfw filter is down" })));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(bought(&server, folder.path(), "r1", PayAgain::default()), Err(Class::UnknownCall));
}

#[test]
fn a_job_that_the_provider_does_not_know_is_bought_again_on_request() {
    let forgotten = [
        (200, json!({ "status": "lost" })),
        (200, json!({ "status": "Task not found" })),
        (404, json!({ "status": "LOST" })),
        (200, json!({ "status": "failed", "error": "No such request" })),
    ];
    std::thread::scope(|scope| {
        for (status, said) in forgotten {
            scope.spawn(move || {
                let (usual, told) = (usual(1), said.clone());
                let is_forgotten = Arc::new(AtomicBool::new(true));
                let is_told = is_forgotten.clone();
                let server = Server::start(move |asked| {
                    match asked.path.starts_with("/jobs") && is_told.load(Ordering::SeqCst) {
                        true => Answer::json(status, &told),
                        false => usual(asked),
                    }
                });
                let folder = tempfile::tempdir().unwrap();
                let nothing = PayAgain::default();
                // It may be too early for the run that made it.
                assert_eq!(bought(&server, folder.path(), "r1", nothing), Err(Class::Provider), "{said}");
                for name in ["r2", "r3"] {
                    assert_eq!(bought(&server, folder.path(), name, nothing), Err(Class::UnknownCall), "{said}");
                }
                let polls = server.count("/jobs/0");
                let end = bought(&server, folder.path(), "r4", RETRY_UNKNOWN);
                assert_eq!((end, server.count("/submit")), (Err(Class::Provider), 2), "{said}");
                assert!(server.count("/jobs/0") > polls, "{said}: it is asked once more before");
                is_forgotten.store(false, Ordering::SeqCst);
                assert_eq!(bought(&server, folder.path(), "r5", nothing), Ok(ResultOrigin::Resumed), "{said}");
            });
        }
    });
}

/// A shop that names the address of its polls.
fn addressed(template: &str) -> Arc<Descriptor> {
    provider(&[
        ("capture: { job: /id }", "capture: { job: /id, poll: /poll }"),
        (r#"url: "https://shop.example/jobs/{{ job }}""#, &format!(r#"url: "{template}""#)),
    ])
}

#[test]
fn an_address_for_polls_is_used_as_it_is_meant() {
    let with_id = "{{ poll or 'https://shop.example/jobs/' ~ job }}";
    for (template, poll) in [
        ("{{ poll }}", json!("/jobs/7")),
        ("{{ poll }}", json!("jobs/7")),
        ("{{ poll }}", json!("https://shop.example/jobs/7")),
        (with_id, Value::Null),
        (with_id, json!("")),
        (with_id, json!(5)),
    ] {
        let (usual, named) = (usual(1), poll.clone());
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/submit" => Answer::json(200, &json!({ "id": 7, "poll": named })),
            _ => usual(asked),
        });
        let folder = tempfile::tempdir().unwrap();
        let service = Service::new(setup(&addressed(template), &server)).unwrap();
        let end = run(buy(&service, ledger(folder.path(), "r1"), "a", &CancelSignal::default()));
        assert_eq!((end.map(|made| made.how).ok(), server.count("/jobs/7")), (Some(ResultOrigin::Made), 1), "{poll}");
    }
}

#[test]
fn a_job_that_cannot_be_asked_for_is_bought_again_on_request() {
    let cases = [
        (Value::Null, "gave no address for the poll"),
        (json!("https://eu.shop.example/jobs/7"), "add `eu.shop.example` to `hosts`"),
        (json!("https://10.0.0.1/jobs/7"), "may not get the key;"),
        (json!("https://me@shop.example/jobs/7"), "with a name or password"),
    ];
    for (poll, says) in cases {
        let (usual, named) = (usual(1), poll.clone());
        let is_mended = Arc::new(AtomicBool::new(false));
        let mended = is_mended.clone();
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/submit" if mended.load(Ordering::SeqCst) => Answer::json(200, &json!({ "id": 8, "poll": "/jobs/8" })),
            "/submit" => Answer::json(200, &json!({ "id": 7, "poll": named })),
            _ => usual(asked),
        });
        let folder = tempfile::tempdir().unwrap();
        let bought = |name: &str, again| {
            let service = Service::new(setup(&addressed("{{ poll }}"), &server)).unwrap();
            let end = run(buy(&service, ledger_with(folder.path(), name, again), "a", &CancelSignal::default()));
            end.map(|made| made.how).map_err(|unmade| unmade.failure())
        };
        let failure = bought("r1", PayAgain::default()).unwrap_err();
        assert_eq!(failure.class, Class::UnknownCall, "{poll}: {failure}");
        assert!(failure.message.contains(says) && failure.message.contains("--retry-unknown"), "{poll}: {failure}");
        let failure = bought("r2", PayAgain::default()).unwrap_err();
        assert_eq!((failure.class, server.count("/submit")), (Class::UnknownCall, 1), "{poll}: {failure}");
        assert!(failure.message.contains("accepted, and its result was not to be had"), "{failure}");
        is_mended.store(true, Ordering::SeqCst);
        assert_eq!(bought("r3", RETRY_UNKNOWN), Ok(ResultOrigin::Made), "{poll}");
        assert_eq!(server.count("/submit"), 2);
    }
}

#[test]
fn a_job_whose_address_holds_the_key_is_recorded_without_and_asked_with_it() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/jobs/7?key=sk-live-Hemlock51&x=1" => {
            let url = format!("http://{}/pictures/1.png", asked.header("host").unwrap());
            Answer::json(200, &json!({ "status": "done", "url": url }))
        }
        "/pictures/1.png" => Answer::Reply(200, Vec::new(), PNG.to_vec()),
        path => panic!("{path} was asked for"),
    });
    let folder = tempfile::tempdir().unwrap();
    let killed = ledger(folder.path(), "r1");
    let CallState::New(turn) = killed.state_of(&call("a")).unwrap() else { panic!("new") };
    let mut open = killed.intend(turn, &quote()).unwrap();
    let poll = format!("https://shop.example/jobs/7?key={KEY}&x=1");
    let captures = [("job".to_owned(), json!("7")), ("poll".to_owned(), json!(poll))].into();
    killed.submitted(&mut open, Job { id: "7".to_owned(), captures }).unwrap();
    drop((open, killed));
    let state = std::fs::read_to_string(folder.path().join("manifest.jsonl")).unwrap();
    assert!(!state.contains(KEY) && state.contains("[key]"), "{state}");
    let service = Service::new(setup(&addressed("{{ poll }}"), &server)).unwrap();
    let end = run(buy(&service, ledger(folder.path(), "r2"), "a", &CancelSignal::default()));
    assert_eq!(end.map(|made| made.how), Ok(ResultOrigin::Resumed));
}

#[test]
fn an_unusable_job_name_counts_only_where_no_picture_came_with_it() {
    let poll = "poll:
  request: { method: get, url: \"https://shop.example/jobs/{{ job }}\" }
  every: 50ms
  status: /status
  done: [done]
  failed: [failed]
";
    let shop = provider(&[(poll, "")]);
    for (has_picture, end) in [(true, Ok(ResultOrigin::Made)), (false, Err(Class::UnknownCall))] {
        let usual = usual(1);
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/submit" => {
                let url = format!("http://{}/pictures/1.png", asked.header("host").unwrap());
                let named = if has_picture { json!({ "id": 7, "url": url }) } else { json!({ "id": 7 }) };
                Answer::json(200, &named)
            }
            _ => usual(asked),
        });
        let folder = tempfile::tempdir().unwrap();
        let service = Service::new(setup(&shop, &server)).unwrap();
        let made = run(buy(&service, ledger(folder.path(), "r1"), "a", &CancelSignal::default()));
        let made = made.map(|made| made.how).map_err(|unmade| unmade.failure().class);
        assert_eq!((made, server.count("/submit")), (end, 1));
    }
}

/// Buys a picture as a run does that gives up jobs of which nothing is said.
fn bought_letting_go(service: &Service, state: &std::path::Path, name: &str) -> Result<ResultOrigin, Class> {
    let (call, stop) = (call("a"), CancelSignal::default());
    let order = Order { lets_go: true, ..order(ledger_with(state, name, RETRY_UNKNOWN), &call, &stop) };
    let made = run(service.make(&order, || async { Ok(submission(3)) }));
    made.map(|made| made.how).map_err(|unmade| unmade.failure().class)
}

#[test]
fn a_poll_without_permission_holds_up_no_other_job_and_can_be_given_up() {
    let answers: [(u16, Value, Class); 4] = [
        (401, json!({ "error": "this job is of another account" }), Class::Provider),
        (402, json!({ "error": "not yours" }), Class::Provider),
        (403, json!({ "error": "not yours" }), Class::Provider),
        (500, json!({ "status": "lost" }), Class::Provider),
    ];
    for (status, said, class) in answers {
        let is_mended = Arc::new(AtomicBool::new(false));
        let (usual, mended, said_of_job) = (usual(1), is_mended.clone(), said.clone());
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/submit" if !mended.load(Ordering::SeqCst) => Answer::json(200, &json!({ "id": "old" })),
            "/jobs/old" => Answer::json(status, &said_of_job),
            _ => usual(asked),
        });
        let folder = tempfile::tempdir().unwrap();
        let service = || Service::new(setup(&wordy(), &server)).unwrap();
        let first = service();
        let made = run(buy(&first, ledger(folder.path(), "r1"), "a", &CancelSignal::default()));
        assert_eq!(made.map_err(|unmade| unmade.failure().class).unwrap_err(), class, "{status} {said}");
        is_mended.store(true, Ordering::SeqCst);
        // The same run goes on with other pictures.
        let made = run(buy(&first, ledger(folder.path(), "r1b"), "b", &CancelSignal::default()));
        assert_eq!(made.map(|made| made.how), Ok(ResultOrigin::Made), "{status} {said}");
        assert_eq!(server.count("/submit"), 2);
        // A run with the flag gives it up, and one more buys it again.
        assert_eq!(bought_letting_go(&service(), folder.path(), "r2"), Err(Class::UnknownCall), "{status} {said}");
        assert_eq!(server.count("/submit"), 2, "nothing is bought before it is recorded");
        assert_eq!(bought_letting_go(&service(), folder.path(), "r3"), Ok(ResultOrigin::Made), "{status} {said}");
        assert_eq!(server.count("/submit"), 3);
    }
}

#[test]
fn a_job_that_is_at_work_is_not_let_go() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/submit" => Answer::json(200, &json!({ "id": "slow" })),
        _ => Answer::json(200, &json!({ "status": "running" })),
    });
    let folder = tempfile::tempdir().unwrap();
    let shop = provider(&[("every: 50ms", "every: 50ms\n  timeout: 200ms")]);
    let service = || Service::new(setup(&shop, &server)).unwrap();
    let first = run(buy(&service(), ledger(folder.path(), "r1"), "a", &CancelSignal::default()));
    assert_eq!(first.map_err(|unmade| unmade.failure().class).unwrap_err(), Class::Provider);
    for name in ["r2", "r3"] {
        assert_eq!(bought_letting_go(&service(), folder.path(), name), Err(Class::Provider));
    }
    assert_eq!(server.count("/submit"), 1);
}

#[test]
fn only_the_key_itself_is_put_back_into_an_address() {
    let part = &KEY[..12];
    let hex: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    let captures = [
        ("exact", format!("https://shop.example/jobs/7?key={KEY}"), "https://shop.example/jobs/7?key=[key]"),
        ("capitals", format!("/{}", KEY.to_uppercase()), "/[part of key]"),
        ("hex", format!("/{hex}"), "/[part of key]"),
        ("part", format!("/{part}/x"), "/[part of key]/x"),
        ("said", "/[key]".to_owned(), "/[part of key]"),
    ];
    let job = Job {
        id: "7".to_owned(),
        captures: captures.iter().map(|(name, value, _)| ((*name).to_owned(), json!(value))).collect(),
    };
    let recorded = job.scrubbed(&Secrets::of([&Secret::new(KEY).unwrap()]));
    for (name, _, kept) in &captures {
        assert_eq!(recorded.captures[*name], json!(kept), "{name}");
    }
    // Of a joined key one part may be public, and the other may not go where that was.
    let joined = Secrets::new(["public-id-0815:secret-4711x"]);
    let job = Job {
        id: "public-id-0815".to_owned(),
        captures: [("all".to_owned(), json!("public-id-0815%3Asecret-4711x"))].into(),
    };
    let recorded = job.scrubbed(&joined);
    assert_eq!((&*recorded.id, &recorded.captures["all"]), ("[part of key]", &json!("[key]")));
}

#[test]
fn an_unknown_job_is_settled_by_the_next_run_where_the_timeout_is_short() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/submit" => Answer::json(200, &json!({ "id": "lost" })),
        _ => Answer::json(404, &json!({})),
    });
    let folder = tempfile::tempdir().unwrap();
    let shop = provider(&[("every: 50ms", "every: 50ms\n  timeout: 100ms")]);
    let end = |name: &str| {
        let service = Service::new(setup(&shop, &server)).unwrap();
        let made = run(buy(&service, ledger(folder.path(), name), "a", &CancelSignal::default()));
        made.map(|made| made.how).map_err(|unmade| unmade.failure().class)
    };
    assert_eq!(end("r1"), Err(Class::Provider));
    assert_eq!((end("r2"), server.count("/submit")), (Err(Class::UnknownCall), 1));
}
