//! A provider that counts what it sells, and the records of one run that buys from it.

use std::fs;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::task::Wake;
use std::task::Waker;
use std::thread;
use std::thread::Thread;
use std::time::Duration;
use std::time::SystemTime;

use recanvas::digest::Digest;
use recanvas::manifest::Calls;
use recanvas::manifest::Caps;
use recanvas::manifest::FORMAT_VERSION;
use recanvas::manifest::Journal;
use recanvas::manifest::ManifestLedger;
use recanvas::manifest::PayAgain;
use recanvas::manifest::Record;
use recanvas::manifest::RunStarted;
use recanvas::manifest::SpendingRules;
use recanvas::manifest::State;
use recanvas::providers::CachedResult;
use recanvas::providers::Call;
use recanvas::providers::CallOutcome;
use recanvas::providers::CallState;
use recanvas::providers::CallWait;
use recanvas::providers::Job;
use recanvas::providers::Ledger;
use recanvas::providers::OUTPAINT;
use recanvas::providers::OpenCall;
use recanvas::providers::Quote;
use recanvas::providers::Secrets;
use recanvas::providers::Usd;
use recanvas::storage::Cache;
use serde_json::json;

use crate::calls::canvas;

pub(crate) const SECRET: &str = "sk-live/51+Hemlock==";
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe picture that was paid for";
pub(crate) const AGAIN_ALL: PayAgain = PayAgain { retry_unknown: true, retry_failed: true, repay: true };

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().expect("an amount")
}

/// 2026-11-21T12:00:00Z
pub(crate) fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_262_400)
}

/// Expected 0.03, at most 0.05.
pub(crate) fn quote() -> Quote {
    Quote { expected: Some(usd("0.03")), highest: Some(usd("0.05")), credits: Some(3.0) }
}

pub(crate) fn call(source: &str) -> Call {
    Call {
        stage: OUTPAINT,
        source: Digest::of(source.as_bytes()),
        canvas: canvas(800, 134),
        provider: "fal".to_owned(),
        revision: 1,
        request: json!({ "prompt": "a table", "seed": 7, "scale": 8.0 }),
        preparation: 1,
        orientation: None,
    }
}

pub(crate) fn rules(run: &str) -> SpendingRules {
    let (caps, again, secrets) = (Caps::default(), PayAgain::default(), Secrets::new([SECRET]));
    SpendingRules { run: run.to_owned(), caps, again, secrets, now: noon }
}

pub(crate) fn started(run: &str) -> Record<'_> {
    Record::RunStarted(RunStarted {
        prune: false,
        looks: false,
        input: None,
        output: None,
        moved_from: None,
        file: None,
        version: FORMAT_VERSION,
        run: run.into(),
        at: "2026-11-21T12:00:00Z".into(),
        pipeline: "p".into(),
        tool: "test".into(),
        tasks: 1,
    })
}

/// Returns the records of a run, in this state folder.
pub(crate) fn open(state: &Path, rules: SpendingRules) -> ManifestLedger<Box<Journal>> {
    let (journal, known) = Journal::open(state, "p").expect("a journal");
    journal.append(&started(&rules.run)).expect("a run");
    ManifestLedger::open(Box::new(journal), known.calls().clone(), Cache::at(state), rules).expect("ledger")
}

pub(crate) fn calls(state: &Path) -> Calls {
    State::load(state, "p").expect("a sound manifest").calls().clone()
}

/// The provider; what it sold is in a file, so that it outlives the process that bought it.
pub(crate) struct Shop {
    ledger: PathBuf,
}

impl Shop {
    pub(crate) fn beside(state: &Path) -> Self {
        Shop { ledger: state.join("sold") }
    }

    /// The paid request.
    pub(crate) fn submit(&self) -> Job {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.ledger).expect("a shop");
        file.write_all(b"x").expect("a sale");
        job()
    }

    pub(crate) fn sold(&self) -> usize {
        fs::read(&self.ledger).map_or(0, |sold| sold.len())
    }
}

pub(crate) fn job() -> Job {
    let captures = [("poll_url".to_owned(), "https://queue.example/requests/17/status".into())].into();
    Job { id: "17".to_owned(), captures }
}

/// What a task learns in the end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Learnt {
    Result(Vec<u8>),
    Unknown,
    Lost,
    Failed,
}

/// What an engine does, step by step; before each step `pause` is told its number.
pub(crate) fn make(ledger: &dyn Ledger, shop: &Shop, call: &Call, pause: &dyn Fn(usize)) -> Learnt {
    let read = |cached: CachedResult| ledger.read(&cached).map_or(Learnt::Lost, Learnt::Result);
    let finish = |open: OpenCall| {
        pause(4);
        let cached = ledger.finished(open, PNG, None).expect("it is kept");
        pause(5);
        read(cached)
    };
    pause(0);
    match ledger.state_of(call).expect("a sound ledger") {
        CallState::New(turn) => {
            pause(1);
            let mut open = ledger.intend(turn, &quote()).expect("it is allowed");
            pause(2);
            let job = shop.submit();
            pause(3);
            ledger.submitted(&mut open, job).expect("it is recorded");
            finish(open)
        }
        // It keeps nothing, and the ledger says what may be done now.
        CallState::InFlight(open) if open.is_asked_again() => {
            open.leave();
            make(ledger, shop, call, pause)
        }
        CallState::InFlight(open) => {
            assert_eq!(open.job(), Some(&job()), "the job comes back as it was");
            finish(open)
        }
        CallState::Done(cached) => read(cached),
        CallState::Unknown(_) => Learnt::Unknown,
        CallState::Lost(..) => Learnt::Lost,
        CallState::Failed(_) => Learnt::Failed,
        CallState::BeingMade(waiting) => match wait(waiting) {
            CallOutcome::Finished(cached) => read(cached),
            other => panic!("{other:?}"),
        },
    }
}

pub(crate) fn buy(ledger: &dyn Ledger, shop: &Shop, call: &Call) -> Learnt {
    make(ledger, shop, call, &|_| {})
}

pub(crate) fn bought() -> Learnt {
    Learnt::Result(PNG.to_vec())
}

/// Blocks the thread until there is an outcome.
pub(crate) fn wait(waiting: CallWait) -> CallOutcome {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut waiting = pin!(waiting);
    loop {
        match waiting.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(outcome) => return outcome,
            Poll::Pending => thread::park(),
        }
    }
}
