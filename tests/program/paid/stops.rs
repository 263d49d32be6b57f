//! Runs that end early: what is in flight is asked for later, what was not sent is sent later.

use std::net::Ipv4Addr;
use std::net::TcpListener;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::dir::Done;
use crate::paid::story::Story;
use crate::paid::story::all_at_once;
use crate::paid::story::engine;
use crate::paid::story::small;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Point;

const TARGETS: [&str; 2] = ["{ name: paid, ratio: '1:1' }", "{ name: free, ratio: '2:1', outpaint: { engine: blur } }"];

fn story<'a>(provider: Provider, server: &'a Contract) -> Story<'a> {
    let story = Story::new(&format!("engine: {}", engine(provider)), &TARGETS, &[server]);
    story.dir.write("in/a.png", &small("coffee.png", 240, 160));
    story.dir.write("in/b.png", &small("chelsea.png", 240, 160));
    story
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited too long until {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_signal_leaves_calls_in_flight_to_the_next_run() {
    let cases = Provider::ALL.map(|provider| (provider.name().to_owned(), provider));
    all_at_once(&cases, |&provider| {
        let server = Contract::start(provider, Script::default().latency(Duration::from_secs(4)));
        let story = story(provider, &server);
        let mut command = story.command(&["run", "p.yaml", "--json"]);
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        let manifest = story.dir.path("out/.recanvas/manifest.jsonl");
        let submitted = || {
            let text = std::fs::read_to_string(&manifest).unwrap_or_default();
            text.matches("\"call_submitted\"").count() == 2
        };
        wait_until("both calls are in flight", submitted);
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(143), "{}", String::from_utf8_lossy(&output.stderr));

        let second = story.run(&[]);
        let tasks = &second.json()["tasks"];
        assert_eq!((second.code, tasks["failed"].as_u64(), tasks["left"].as_u64()), (0, Some(0), Some(0)), "{second}");
        // Where the first result shows how far walking back goes, it was there before the second call began.
        let resumed = if provider == Provider::Stablediffusionapi { 1 } else { 2 };
        assert_eq!(second.json()["calls"]["resumed"], resumed, "{second}");
        assert_eq!((server.paid().len(), server.paid_twice(), server.count(Point::Submit)), (2, 0, 2), "{second}");
        assert_eq!(server.violations(), [""; 0]);
    });
}

#[test]
fn a_provider_that_cannot_be_reached_costs_nothing_and_is_asked_by_the_next_run() {
    let cases = Provider::ALL.map(|provider| (provider.name().to_owned(), provider));
    all_at_once(&cases, |&provider| {
        let server = Contract::start(provider, Script::default());
        let story = story(provider, &server);
        let closed = {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
            format!("http://{}", listener.local_addr().expect("it is bound"))
        };
        // It is waited for, with growing pauses, until the run's time is over.
        let mut command = story.command(&["run", "p.yaml", "--json", "--max-duration", "1500ms"]);
        command.env(provider.endpoint_variable(), closed);
        let first = Done::of(command);
        first.code(5).counts([2, 0, 0, 0, 2]);
        assert_eq!(first.json()["cost_usd"], 0.0, "{first}");
        story.run(&[]).code(0).counts([2, 2, 0, 0, 0]);
        assert_eq!((server.paid().len(), server.paid_twice()), (2, 0));
        assert_eq!(server.violations(), [""; 0]);
    });
}
