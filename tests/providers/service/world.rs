//! A provider of the tests' own, its shop on loopback, and the records of who buys there.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::SystemTime;

use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::manifest::Caps;
use recanvas::manifest::FORMAT_VERSION;
use recanvas::manifest::Journal;
use recanvas::manifest::ManifestLedger;
use recanvas::manifest::PayAgain;
use recanvas::manifest::Record;
use recanvas::manifest::RunStarted;
use recanvas::manifest::SpendingRules;
use recanvas::providers::Call;
use recanvas::providers::Descriptor;
use recanvas::providers::Ledger;
use recanvas::providers::Notice;
use recanvas::providers::OUTPAINT;
use recanvas::providers::ProviderTable;
use recanvas::providers::Quote;
use recanvas::providers::Secret;
use recanvas::providers::Secrets;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::EncodedPicture;
use recanvas::providers::client::MadeCall;
use recanvas::providers::client::Order;
use recanvas::providers::client::Service;
use recanvas::providers::client::Setup;
use recanvas::providers::client::Submission;
use recanvas::providers::client::UnmadeCall;
use recanvas::storage::Cache;
use serde_json::json;

use crate::calls::canvas;
use crate::service::clock::ServiceClock;
use crate::service::server::Answer;
use crate::service::server::Asked;
use crate::service::server::Server;

pub(crate) const KEY: &str = "sk-live-Hemlock51";
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe picture that was paid for";

const SHOP: &str = r#"
provider: shop
title: a shop of the tests' own
revision: 1
checked: "2026-11-21"
sources: ["https://shop.example/docs"]
hosts: [shop.example]
key: { env: SHOP_KEY, header: X-Key, prefix: "Key " }
geometry: { unit: pixels }
image:
  - { as: base64, max_bytes: 100k }
  - as: upload
    max_bytes: 10M
    steps:
      - { url: "https://shop.example/uploads", json: { type: "{{ mime }}" }, capture: { put: /put, image: /image } }
      - { method: put, url: "{{ put }}", raw: true, key: false }
submit:
  url: https://shop.example/submit
  json: { image: "{{ image }}", left: "{{ left }}", right: "{{ right }}", top: "{{ top }}", bottom: "{{ bottom }}" }
  capture: { job: /id }
poll:
  request: { method: get, url: "https://shop.example/jobs/{{ job }}" }
  every: 50ms
  status: /status
  done: [done]
  failed: [failed]
result: { at: [/url] }
messages: [/error]
limits: { in_flight: 16 }
price: { per_call: 0.03 }
test: { method: get, url: "https://shop.example/balance" }
"#;

/// The provider, with changes to its descriptor's text.
pub(crate) fn provider(changes: &[(&str, &str)]) -> Arc<Descriptor> {
    let text = changes.iter().fold(SHOP.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.yaml");
    fs::write(&path, text).unwrap();
    let mut registry = ProviderTable::built_in();
    let name = registry.add(&path, |_| false).unwrap_or_else(|error| panic!("{error:?}"));
    registry.get(&name).unwrap().descriptor.clone()
}

/// The way in which the shop of most tests works: every submit is a job, jobs are done at the
/// `polls`-th poll.
pub(crate) fn usual(polls: usize) -> impl Fn(&Asked) -> Answer + Send + Sync {
    let (jobs, asked) = (AtomicUsize::new(0), Mutex::new(std::collections::HashMap::<String, usize>::new()));
    move |request| {
        let origin = format!("http://{}", request.header("host").unwrap());
        if request.path == "/submit" {
            return Answer::json(200, &json!({ "id": jobs.fetch_add(1, Ordering::SeqCst) }));
        }
        if request.path.starts_with("/jobs/") {
            let mut asked = asked.lock().unwrap();
            let times = asked.entry(request.path.clone()).or_default();
            *times += 1;
            return match *times < polls {
                true => Answer::json(200, &json!({ "status": "running" })),
                false => Answer::json(200, &json!({ "status": "done", "url": format!("{origin}/pictures/1.png") })),
            };
        }
        match request.path.as_str() {
            "/uploads" => {
                Answer::json(200, &json!({ "put": format!("{origin}/put?sig=1"), "image": "https://x.example/i" }))
            }
            "/put?sig=1" => Answer::Reply(200, Vec::new(), Vec::new()),
            "/balance" => Answer::json(200, &json!({ "credits": 7 })),
            path if path.starts_with("/pictures/") => Answer::Reply(200, Vec::new(), PNG.to_vec()),
            path => panic!("{path} was asked for"),
        }
    }
}

/// The setup of a service that asks this server, and goes by its clock.
pub(crate) fn setup(descriptor: &Arc<Descriptor>, server: &Server) -> Setup {
    let mut setup = Setup::new(descriptor.clone(), Some(Secret::new(KEY).unwrap()));
    setup.endpoint = Some(server.origin());
    setup.clock = Arc::new(ServiceClock(server.clock().clone()));
    setup
}

pub(crate) fn service(server: &Server) -> Service {
    Service::new(setup(&provider(&[]), server)).unwrap()
}

/// Notices, written down.
pub(crate) fn noting(setup: &mut Setup) -> Arc<Mutex<Vec<Notice>>> {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let kept = notes.clone();
    setup.listener = Some(Arc::new(move |notice: &Notice| kept.lock().unwrap().push(notice.clone())));
    notes
}

pub(crate) fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_262_400)
}

pub(crate) type TestLedger = ManifestLedger<Box<Journal>>;

/// Returns the records of a run, in this state folder.
pub(crate) fn ledger(state: &Path, run: &str) -> Arc<TestLedger> {
    ledger_with(state, run, PayAgain::default())
}

/// The same, where the user allows something to be paid again.
pub(crate) fn ledger_with(state: &Path, run: &str, again: PayAgain) -> Arc<TestLedger> {
    let (journal, known) = Journal::open(state, "p").unwrap();
    let started = Record::RunStarted(RunStarted {
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
    });
    journal.append(&started).unwrap();
    let (caps, secrets) = (Caps::default(), Secrets::new([KEY]));
    let rules = SpendingRules { run: run.to_owned(), caps, again, secrets, now: noon };
    Arc::new(ManifestLedger::open(Box::new(journal), known.calls().clone(), Cache::at(state), rules).unwrap())
}

pub(crate) fn quote() -> Quote {
    Quote { expected: "0.03".parse().ok(), highest: "0.05".parse().ok(), credits: None }
}

pub(crate) fn call(source: &str) -> Call {
    Call {
        stage: OUTPAINT,
        source: Digest::of(source.as_bytes()),
        canvas: canvas(601, 100),
        provider: "shop".to_owned(),
        revision: 1,
        request: json!({}),
        preparation: 1,
        orientation: None,
    }
}

/// What is sent: a picture of so many bytes.
pub(crate) fn submission(bytes: usize) -> Submission {
    let variables = json!({ "left": 100, "right": 0, "top": 0, "bottom": 0 });
    let variables = variables.as_object().unwrap().clone().into_iter().collect();
    let picture =
        EncodedPicture { bytes: vec![b'p'; bytes].into(), mime: "image/png".into(), name: "source.png".into() };
    Submission { variables, picture, public_url: None, jitter: 0 }
}

/// A whole picture, as far as these tests go, is what the shop sells.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Failure> {
    if bytes == PNG { Ok(()) } else { Err(Failure::new(Class::BadOutput, "not the picture")) }
}

/// The order of a call, at the usual price and with the usual check.
pub(crate) fn order<'a>(ledger: Arc<dyn Ledger>, call: &'a Call, stop: &'a CancelSignal) -> Order<'a> {
    Order { ledger, call, first: None, quote: quote(), check: Arc::new(check), lets_go: false, stop }
}

/// Buys the call of this source.
pub(crate) async fn buy(
    service: &Service,
    ledger: Arc<TestLedger>,
    source: &str,
    stop: &CancelSignal,
) -> Result<MadeCall, UnmadeCall> {
    buy_with(service, ledger, source, stop, 3).await
}

pub(crate) async fn buy_with(
    service: &Service,
    ledger: Arc<dyn Ledger>,
    source: &str,
    stop: &CancelSignal,
    bytes: usize,
) -> Result<MadeCall, UnmadeCall> {
    let made = buy_unjudged(service, ledger, source, stop, bytes).await;
    made.iter().for_each(|made| service.judged(made.cached.key, true));
    made
}

/// The same by one who does not say of what use it is.
pub(crate) async fn buy_unjudged(
    service: &Service,
    ledger: Arc<dyn Ledger>,
    source: &str,
    stop: &CancelSignal,
    bytes: usize,
) -> Result<MadeCall, UnmadeCall> {
    let call = call(source);
    service.make(&order(ledger, &call, stop), || async move { Ok(submission(bytes)) }).await
}

/// Runs it as the program does: on one thread, with a clock and sockets.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
