//! Runs that are stopped, and those that go on where they left off.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use recanvas::error::Class;
use recanvas::providers::Notice;
use recanvas::providers::ResultOrigin;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Service;
use recanvas::providers::client::Timing;
use recanvas::providers::client::UnmadeCall;
use testkit::Clock;
use testkit::VirtualClock;

use crate::service::clock::ServiceClock;
use crate::service::server::Answer;
use crate::service::server::Asked;
use crate::service::server::Server;
use crate::service::world::buy;
use crate::service::world::call;
use crate::service::world::ledger;
use crate::service::world::provider;
use crate::service::world::run;
use crate::service::world::service;
use crate::service::world::setup;
use crate::service::world::usual;

/// A run that is stopped while the server answers.
struct StoppedRun {
    clock: VirtualClock,
    stop: CancelSignal,
    /// Time of the stop.
    at: Arc<Mutex<Option<Instant>>>,
}

impl StoppedRun {
    fn new() -> StoppedRun {
        let clock = VirtualClock::default();
        let stop = CancelSignal::by(Arc::new(ServiceClock(clock.clone())));
        StoppedRun { clock, stop, at: Arc::default() }
    }

    /// Returns what stops the run.
    fn stopper(&self) -> impl Fn() + Send + Sync + 'static {
        let (clock, stop, at) = (self.clock.clone(), self.stop.clone(), self.at.clone());
        move || {
            at.lock().unwrap().get_or_insert(clock.now());
            stop.give();
        }
    }

    /// Starts a server that stops the run at a request of its own choice: it is given what stops it.
    fn server(&self, script: impl Fn(&Asked, &dyn Fn()) -> Answer + Send + Sync + 'static) -> Server {
        let stop = self.stopper();
        Server::by(self.clock.clone(), move |asked| script(asked, &stop))
    }

    /// Buys a call; returns how it ended, and how long after the stop.
    fn buy(&self, service: &Service, state: &Path) -> (UnmadeCall, Duration) {
        let unmade = run(buy(service, ledger(state, "r1"), "a", &self.stop)).unwrap_err();
        let at = self.at.lock().unwrap().expect("it was stopped");
        (unmade, self.clock.now() - at)
    }
}

const LITTLE: Duration = Duration::from_millis(400);

#[test]
fn a_call_that_is_polled_is_left_at_once_and_resumed() {
    let (stopped, usual, polls) = (StoppedRun::new(), usual(20), AtomicUsize::new(0));
    let server = stopped.server(move |asked, stop| {
        if asked.path.starts_with("/jobs") && polls.fetch_add(1, Ordering::SeqCst) == 3 {
            stop();
        }
        usual(asked)
    });
    let folder = tempfile::tempdir().unwrap();
    let (unmade, took) = stopped.buy(&service(&server), folder.path());
    assert!(took < LITTLE, "{took:?}");
    assert!(matches!(&unmade, UnmadeCall::Held(failure) if failure.class == Class::Interrupted), "{unmade:?}");
    let ledger = ledger(folder.path(), "r2");
    let made = run(buy(&service(&server), ledger.clone(), "a", &CancelSignal::default())).unwrap();
    assert_eq!((made.how, made.cost, server.count("/submit")), (ResultOrigin::Resumed, "0".parse().ok(), 1));
    assert_eq!((ledger.totals().resumed, ledger.totals().submitted), (1, 0));
}

#[test]
fn a_stop_waits_for_the_reply_to_a_submit() {
    let (stopped, usual, length) = (StoppedRun::new(), usual(1), Duration::from_secs(6));
    let server = stopped.server(move |asked, stop| match asked.path.as_str() {
        "/submit" => {
            stop();
            usual(asked).late(length)
        }
        _ => usual(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let (unmade, took) = stopped.buy(&service(&server), folder.path());
    assert!((length..length + LITTLE).contains(&took), "{took:?}");
    assert_eq!(unmade.failure().class, Class::Interrupted, "{unmade:?}");
    let made = run(buy(&service(&server), ledger(folder.path(), "r2"), "a", &CancelSignal::default())).unwrap();
    assert_eq!((made.how, server.count("/submit")), (ResultOrigin::Resumed, 1));
}

#[test]
fn a_job_that_a_submit_named_before_the_stop_is_asked_for_by_the_next_run() {
    let (stopped, usual) = (StoppedRun::new(), usual(1));
    let server = stopped.server(move |asked, stop| match asked.path.as_str() {
        "/submit" => {
            stop();
            Answer::HeldBack(br#"{"id": "0", "queue": ""#.to_vec())
        }
        _ => usual(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let (unmade, _) = stopped.buy(&service(&server), folder.path());
    assert_eq!(unmade.failure().class, Class::Interrupted, "{unmade:?}");
    let made = run(buy(&service(&server), ledger(folder.path(), "r2"), "a", &CancelSignal::default())).unwrap();
    assert_eq!((made.how, server.count("/submit")), (ResultOrigin::Resumed, 1));
}

#[test]
fn the_reply_to_a_submit_before_the_stop_is_kept() {
    let stopped = StoppedRun::new();
    let server = stopped.server(|_, stop| {
        stop();
        Answer::HeldBack(br#"{"id": "0"#.to_vec())
    });
    let folder = tempfile::tempdir().unwrap();
    let (unmade, _) = stopped.buy(&service(&server), folder.path());
    assert_eq!(unmade.failure().class, Class::UnknownCall, "{unmade:?}");
    let kept = folder.path().join(format!("cache/{}.reply", call("a").key(0)));
    assert_eq!(std::fs::read(kept).expect("it is kept"), br#"{"id": "0"#);
}

#[test]
fn a_submit_that_is_out_for_too_long_is_unknown() {
    let stopped = StoppedRun::new();
    let server = stopped.server(|_, stop| {
        stop();
        Answer::Silent
    });
    let folder = tempfile::tempdir().unwrap();
    let (unmade, took) = stopped.buy(&service(&server), folder.path());
    let grace = Timing::default().grace;
    assert!((grace..grace + LITTLE).contains(&took), "{took:?}");
    assert_eq!(unmade.failure().class, Class::UnknownCall, "{unmade:?}");
}

#[test]
fn a_call_that_was_refused_for_now_is_begun_anew() {
    let (stopped, retry) = (StoppedRun::new(), vec![("Retry-After", "30".to_owned())]);
    let server = stopped.server(move |_, _| Answer::Reply(429, retry.clone(), b"{}".to_vec()));
    let (mut setup, stop) = (setup(&provider(&[]), &server), stopped.stopper());
    setup.listener = Some(Arc::new(move |notice: &Notice| match notice {
        Notice::Paused { .. } => stop(),
        notice => panic!("{notice:?}"),
    }));
    let folder = tempfile::tempdir().unwrap();
    let (unmade, took) = stopped.buy(&Service::new(setup).unwrap(), folder.path());
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
