//! What was paid for is kept, and asked for again before anything is bought again.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use recanvas::error::Class;
use recanvas::manifest::CallTotals;
use recanvas::manifest::PayAgain;
use recanvas::providers::CallState;
use recanvas::providers::Job;
use recanvas::providers::Ledger;
use recanvas::providers::ResultOrigin;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Service;
use recanvas::providers::client::UnmadeCall;
use serde_json::json;

use crate::service::server::Answer;
use crate::service::server::Server;
use crate::service::world::KEY;
use crate::service::world::PNG;
use crate::service::world::buy;
use crate::service::world::call;
use crate::service::world::ledger;
use crate::service::world::ledger_with;
use crate::service::world::provider;
use crate::service::world::quote;
use crate::service::world::run;
use crate::service::world::service;
use crate::service::world::setup;
use crate::service::world::usual;

const RETRY: PayAgain = PayAgain { retry_failed: true, retry_unknown: true, repay: false };
const REPAY: PayAgain = PayAgain { retry_failed: false, retry_unknown: false, repay: true };

fn kept(state: &Path) -> Vec<u8> {
    let place = state.join(format!("cache/{}.reply", call("a").key(0)));
    fs::read(place).expect("what came is kept")
}

#[test]
fn a_job_that_failed_is_bought_again_on_request_alone() {
    let usual = usual(1);
    let server = Server::start(move |asked| match asked.path.starts_with("/jobs/") {
        true => Answer::json(200, &json!({ "status": "failed", "error": "out of memory" })),
        false => usual(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let bought = |run_name: &str, again| {
        let ledger = ledger_with(folder.path(), run_name, again);
        let unmade = run(buy(&service(&server), ledger.clone(), "a", &CancelSignal::default())).unwrap_err();
        assert!(matches!(&unmade, UnmadeCall::Failed(failure) if failure.class == Class::Rejected), "{unmade:?}");
        assert!(unmade.to_string().contains("out of memory"), "{unmade}");
        (server.count("/submit"), ledger.totals().cost.to_string())
    };
    let nothing = PayAgain::default();
    assert_eq!(bought("r1", nothing), (1, "0.05".to_owned()), "what it may have cost counts");
    assert_eq!(bought("r2", nothing), (1, "0.00".to_owned()));
    assert_eq!(bought("r3", REPAY), (1, "0.00".to_owned()), "nothing was received");
    let polls = server.count("/jobs/0");
    assert_eq!(bought("r4", RETRY), (2, "0.05".to_owned()));
    assert_eq!(server.count("/jobs/0"), polls + 1, "it is asked once more before");
    assert_eq!(bought("r5", nothing), (2, "0.00".to_owned()));
}

#[test]
fn a_failed_job_of_an_earlier_version_is_not_bought_again() {
    let server = Server::start(usual(1));
    let folder = tempfile::tempdir().unwrap();
    let earlier = ledger(folder.path(), "r1");
    let CallState::New(turn) = earlier.state_of(&call("a")).unwrap() else { panic!("new") };
    let open = earlier.intend(turn, &quote()).unwrap();
    earlier.failed(open, &recanvas::error::Failure::new(Class::Provider, "it failed"), None).unwrap();
    drop(earlier);
    let unmade = run(buy(&service(&server), ledger(folder.path(), "r2"), "a", &CancelSignal::default())).unwrap_err();
    assert_eq!((unmade.failure().class, server.count("/submit")), (Class::Rejected, 0));
}

#[test]
fn a_download_that_is_no_picture_yet_is_repeated() {
    let bodies: [&[u8]; 3] = [b"<html>Just a moment</html>", b"", b"\x89PNG\r\n\x1a\ncut"];
    for body in bodies {
        let (usual, times) = (usual(1), AtomicUsize::new(0));
        let server = Server::start(move |asked| {
            match asked.path.starts_with("/pictures") && times.fetch_add(1, Ordering::SeqCst) < 3 {
                true => Answer::Reply(200, Vec::new(), body.to_vec()),
                false => usual(asked),
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path(), "r1");
        let made = run(buy(&service(&server), ledger.clone(), "a", &CancelSignal::default())).unwrap();
        assert_eq!(ledger.read(&made.cached).unwrap(), PNG);
        assert_eq!((server.count("/submit"), server.count("/pictures"), server.count("/jobs")), (1, 4, 1), "{body:?}");
    }
}

#[test]
fn a_result_that_is_no_picture_is_kept_and_only_repay_buys_again() {
    let (usual, is_mended) = (usual(1), Arc::new(AtomicBool::new(false)));
    let mended = is_mended.clone();
    let server = Server::start(move |asked| match asked.path.starts_with("/pictures") {
        true if !mended.load(Ordering::SeqCst) => Answer::Reply(200, Vec::new(), b"\x89PNG half".to_vec()),
        _ => usual(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let counted = Mutex::new(Vec::new());
    let bought = |run_name: &str, again| {
        let ledger = ledger_with(folder.path(), run_name, again);
        let end = run(buy(&service(&server), ledger.clone(), "a", &CancelSignal::default()));
        let CallTotals { submitted, reused, resumed, recovered, .. } = ledger.totals();
        counted.lock().unwrap().push([submitted, reused, resumed, recovered]);
        (end.map(|made| made.how), server.count("/submit"))
    };
    let (end, submits) = bought("r1", PayAgain::default());
    let unmade = end.unwrap_err();
    // It may come yet, so no other engine makes the picture meanwhile.
    assert!(matches!(&unmade, UnmadeCall::Held(failure) if failure.class == Class::Provider), "{unmade:?}");
    let place = format!("kept as cache/{}.reply; the next run asks for it again", call("a").key(0));
    assert!(unmade.to_string().contains(&place) && submits == 1, "{unmade}");
    assert_eq!(kept(folder.path()), b"\x89PNG half");
    for (name, again) in [("r2", PayAgain::default()), ("r3", PayAgain::default()), ("r4", RETRY)] {
        let (end, submits) = bought(name, again);
        let unmade = end.unwrap_err();
        assert!(unmade.may_fall_through(), "{name}: {unmade:?}");
        assert_eq!((unmade.failure().class, submits), (Class::BadOutput, 1), "{name}");
    }
    // The job still has the picture by then.
    is_mended.store(true, Ordering::SeqCst);
    assert!(matches!(bought("r5", RETRY), (Ok(ResultOrigin::Resumed), 1)));
    assert!(matches!(bought("r6", PayAgain::default()), (Ok(ResultOrigin::Reused), 1)));
    let expected = [[1, 0, 0, 0], [0, 0, 1, 0], [0; 4], [0; 4], [0, 0, 0, 1], [0, 1, 0, 0]];
    assert_eq!(*counted.lock().unwrap(), expected);
}

#[test]
fn a_download_of_another_format_settles_the_call_and_a_page_does_not() {
    for (body, is_settled) in [(&b"GIF89a and so on"[..], true), (b"<!DOCTYPE html>down", false), (b"", false)] {
        let (usual, is_mended) = (usual(1), Arc::new(AtomicBool::new(false)));
        let mended = is_mended.clone();
        let server = Server::start(move |asked| match asked.path.starts_with("/pictures") {
            true if !mended.load(Ordering::SeqCst) => Answer::Reply(200, Vec::new(), body.to_vec()),
            _ => usual(asked),
        });
        let folder = tempfile::tempdir().unwrap();
        let unmade =
            run(buy(&service(&server), ledger(folder.path(), "r1"), "a", &CancelSignal::default())).unwrap_err();
        let class = if is_settled { Class::BadOutput } else { Class::Provider };
        assert_eq!((unmade.failure().class, unmade.may_fall_through()), (class, is_settled), "{unmade}");
        is_mended.store(true, Ordering::SeqCst);
        let end = run(buy(&service(&server), ledger(folder.path(), "r2"), "a", &CancelSignal::default()));
        assert_eq!((end.is_err(), server.count("/submit")), (is_settled, 1), "{end:?}");
    }
}

/// A shop that gives job 0 away like any other until its time is over; then it gives this answer at this path.
fn forgetful(first: usize, (path, status, says): Forgotten, is_over: &Arc<AtomicBool>) -> Server {
    let (jobs, is_over) = (AtomicUsize::new(first), is_over.clone());
    Server::start(move |asked| match asked.path.as_str() {
        asked if asked == path && is_over.load(Ordering::SeqCst) => Answer::json(status, &json!({ "error": says })),
        "/submit" => Answer::json(200, &json!({ "id": jobs.fetch_add(1, Ordering::SeqCst) })),
        job if job.starts_with("/jobs/") => {
            let (host, number) = (asked.header("host").unwrap(), &job["/jobs/".len()..]);
            let url = format!("http://{host}/pictures/{number}.png");
            Answer::json(200, &json!({ "status": "done", "url": url }))
        }
        picture if picture.starts_with("/pictures/") => Answer::Reply(200, Vec::new(), PNG.to_vec()),
        path => panic!("{path} was asked for"),
    })
}

type Forgotten = (&'static str, u16, &'static str);

const FORGOTTEN: [Forgotten; 6] = [
    ("/jobs/0", 404, "no such job"),
    ("/jobs/0", 410, "no such job"),
    ("/jobs/0", 400, "the run is over"),
    ("/pictures/0.png", 404, "no such key"),
    ("/pictures/0.png", 410, "no such key"),
    ("/pictures/0.png", 403, "the request has expired"),
];

/// Does the work for all answers at the same time; most of it is waiting.
fn at_once(answers: &[Forgotten], work: impl Fn(Forgotten) + Sync) {
    let work = &work;
    thread::scope(|scope| answers.iter().for_each(|answer| drop(scope.spawn(move || work(*answer)))));
}

#[test]
fn a_job_is_asked_before_its_lost_result_is_bought_again() {
    let still_there = [("/nowhere", 404, "")];
    let out_of_order = [("/pictures/0.png", 500, "out of order"), ("/pictures/0.png", 503, "expired")];
    at_once(&[&FORGOTTEN[..], &still_there, &out_of_order].concat(), |forgotten| {
        let is_over = Arc::new(AtomicBool::new(false));
        let server = forgetful(0, forgotten, &is_over);
        let folder = tempfile::tempdir().unwrap();
        let bought = |run_name: &str, again| {
            let ledger = ledger_with(folder.path(), run_name, again);
            (run(buy(&service(&server), ledger, "a", &CancelSignal::default())), server.count("/submit"))
        };
        assert!(bought("r1", PayAgain::default()).0.is_ok());
        fs::remove_dir_all(folder.path().join("cache")).unwrap();
        is_over.store(true, Ordering::SeqCst);
        let (end, submits) = bought("r2", PayAgain::default());
        assert!(end.unwrap_err().to_string().contains("only --repay") && submits == 1);
        let (end, submits) = bought("r3", REPAY);
        match (forgotten, end) {
            (_, Ok(made)) if FORGOTTEN.contains(&forgotten) => assert_eq!((made.how, submits), (ResultOrigin::Made, 2)),
            (_, Ok(made)) => assert_eq!((made.how, submits, forgotten.0), (ResultOrigin::Resumed, 1, "/nowhere")),
            // What passes is waited for, also by who may pay again.
            (_, Err(unmade)) => assert_eq!((unmade.failure().class, submits), (Class::Provider, 1), "{unmade}"),
        }
    });
}

#[test]
fn a_job_with_an_expired_result_is_bought_again_on_request_alone() {
    at_once(&FORGOTTEN, |forgotten| {
        let server = forgetful(1, forgotten, &Arc::new(AtomicBool::new(true)));
        let folder = tempfile::tempdir().unwrap();
        let killed = ledger(folder.path(), "r1");
        let CallState::New(turn) = killed.state_of(&call("a")).unwrap() else { panic!("new") };
        let mut open = killed.intend(turn, &quote()).unwrap();
        let captures = [("job".to_owned(), json!("0"))].into();
        killed.submitted(&mut open, Job { id: "0".to_owned(), captures }).unwrap();
        drop((open, killed));
        let bought = |run_name: &str, again| {
            let ledger = ledger_with(folder.path(), run_name, again);
            let end = run(buy(&service(&server), ledger, "a", &CancelSignal::default()));
            (end.map(|made| made.how).map_err(|unmade| unmade.failure()), server.count("/submit"))
        };
        for (name, again) in [("r2", PayAgain::default()), ("r3", PayAgain::default()), ("r4", REPAY)] {
            let (end, submits) = bought(name, again);
            let failure = end.unwrap_err();
            assert_eq!((failure.class, submits), (Class::UnknownCall, 0), "{name}: {failure}");
            assert!(failure.message.contains("--retry-unknown submits it again"), "{name}: {failure}");
        }
        assert_eq!(bought("r5", RETRY), (Ok(ResultOrigin::Made), 1), "{forgotten:?}");
        assert_eq!(bought("r6", PayAgain::default()), (Ok(ResultOrigin::Reused), 1), "{forgotten:?}");
    });
}

#[test]
fn a_reply_without_a_handle_is_kept_without_the_key() {
    let said = format!(r#"{{"identifier": "17", "key": "{KEY}"}}"#);
    let server = Server::start(move |_| Answer::Reply(200, Vec::new(), said.clone().into_bytes()));
    let folder = tempfile::tempdir().unwrap();
    let unmade = run(buy(&service(&server), ledger(folder.path(), "r1"), "a", &CancelSignal::default())).unwrap_err();
    assert!(matches!(&unmade, UnmadeCall::Held(failure) if failure.class == Class::UnknownCall), "{unmade:?}");
    assert!(unmade.to_string().contains("what came is kept as cache/"), "{unmade}");
    assert_eq!(kept(folder.path()), br#"{"identifier": "17", "key": "[key]"}"#);
    let again = run(buy(&service(&server), ledger(folder.path(), "r2"), "a", &CancelSignal::default())).unwrap_err();
    assert_eq!((again.failure().class, server.count("/submit")), (Class::UnknownCall, 1), "it is no result");
}

#[test]
fn a_result_that_is_the_body_of_a_reply_about_a_job_is_used() {
    let at_the_poll = [("result: { at: [/url] }", "result: { body: true }")];
    let of_its_own = [
        ("/jobs/{{ job }}\" }", "/jobs/{{ job }}\", capture: { file: /file } }"),
        (
            "result: { at: [/url] }",
            "result: { request: { method: get, url: \"https://shop.example/view/{{ file }}\" }, body: true }",
        ),
    ];
    for (changes, asked) in
        [(&at_the_poll[..], vec!["/jobs/7"; 2]), (&of_its_own, vec!["/jobs/7", "/jobs/7", "/view/f"])]
    {
        let (polls, is_own) = (AtomicUsize::new(0), changes.len() == 2);
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/submit" => Answer::json(200, &json!({ "id": 7 })),
            "/jobs/7" if polls.fetch_add(1, Ordering::SeqCst) == 0 => Answer::json(200, &json!({ "status": "busy" })),
            "/jobs/7" if is_own => Answer::json(200, &json!({ "status": "done", "file": "f" })),
            "/jobs/7" | "/view/f" => Answer::Reply(200, Vec::new(), PNG.to_vec()),
            path => panic!("{path} was asked for"),
        });
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path(), "r1");
        let service = Service::new(setup(&provider(changes), &server)).unwrap();
        let made = run(buy(&service, ledger.clone(), "a", &CancelSignal::default())).unwrap();
        assert_eq!(ledger.read(&made.cached).unwrap(), PNG);
        let paths: Vec<String> = server.asked().into_iter().skip(1).map(|asked| asked.path).collect();
        assert_eq!(paths, asked);
    }
}
