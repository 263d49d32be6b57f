//! Ctrl-C and its kin while calls are in flight.

use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::paid_runs::world::World;
use crate::paid_runs::world::calls;
use crate::paid_runs::world::until;
use testkit::Script;
use testkit::faults::Fault;
use testkit::faults::Point;
use testkit::faults::When;
use testkit::http::Delivery;

const SOURCES: usize = 32;
/// Calls that a run begins before a result could be used.
const FIRST: u64 = 3;

/// Sends a signal; what the run then said, its code, and how long it took.
fn stopped(world: &World, signal: &str, child: std::process::Child) -> (Value, Option<i32>, Duration) {
    let begun = Instant::now();
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    let ended = child.wait_with_output().expect("the program");
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    let last = said.lines().last().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&ended.stderr)));
    world.is_clean();
    (serde_json::from_str(last).expect("JSON"), ended.status.code(), begun.elapsed())
}

#[test]
fn calls_in_flight_are_recorded_and_asked_for_by_the_next_run() {
    for (signal, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        let world = World::fal(Script::default().latency(Duration::from_secs(3)).lean(), SOURCES);
        let child = world.start(&[]);
        until("all are in flight", || world.paid() == SOURCES);
        let (told, exit, took) = stopped(&world, signal, child);
        assert_eq!((exit, &told["exit"]), (Some(code), &code.into()));
        assert!(took < Duration::from_secs(15), "{took:?}");
        assert_eq!(calls(&told), [SOURCES as u64, 0, 0, 0], "{told}");
        // No more are begun before one of the first results could be used.
        let done = told["tasks"]["done"].as_u64().expect("a count");
        let left = SOURCES as u64 - done;
        assert!((1..=FIRST).contains(&done), "{told}");
        assert_eq!(told["tasks"]["left"], left, "{told}");
        assert_eq!(told["cost_usd"], 0.32, "what may come counts as spent");

        let next = world.run(&[]);
        next.code(0).counts([left, done, 0, 0, 0]);
        // What came just before the stop is in the cache.
        let [submitted, reused, resumed, unknown] = calls(&next.json());
        assert_eq!((submitted, reused + resumed, unknown), (0, left, 0), "{next}");
        assert!(reused < FIRST, "{next}");
        assert_eq!(next.json()["cost_usd"], 0.0);
        assert_eq!(world.paid(), SOURCES);
        world.is_clean();
    }
}

#[test]
fn a_submit_that_gets_no_reply_is_waited_for_and_then_unknown() {
    let silent = Fault::Delivery(Point::Submit, Delivery::Silent);
    let world = World::fal(Script::default().fault(silent, When::Nth(2)), 3);
    let child = world.start(&[]);
    until("the others are done", || world.dir.outputs().len() == 2);
    let (told, exit, took) = stopped(&world, "TERM", child);
    assert_eq!((exit, calls(&told)), (Some(143), [3, 0, 0, 1]), "{told}");
    assert!(took > Duration::from_secs(5) && took < Duration::from_secs(15), "{took:?}");
    assert_eq!(told["failed_by_class"]["unknown_call"], 1, "{told}");
    world.run(&[]).code(0).counts([0, 2, 0, 1, 0]);
    assert_eq!(world.paid(), 3);
    world.is_clean();
    world.run(&["--retry-unknown"]).code(0).counts([1, 2, 0, 0, 0]);
    assert_eq!(world.server.paid_twice(), 1, "the user said so");
}

/// Ends a run by two signals while a submit gets no reply; what was said on both streams, and the code.
fn stopped_at_once(world: &World, flags: &[&str]) -> (String, String, Option<i32>) {
    let (out, err) = (world.dir.path("stdout"), world.dir.path("stderr"));
    let file = |path: &std::path::Path| std::fs::File::create(path).expect("a file");
    let text = |path: &std::path::Path| std::fs::read_to_string(path).unwrap_or_default();
    let mut command = world.command(&[&["run", "p.yaml", "--progress", "none"], flags].concat());
    let mut child = command.stdout(file(&out)).stderr(file(&err)).spawn().expect("it runs");
    until("the others are done", || world.dir.outputs().len() == 2);
    until("the last is out", || world.paid() == 3);
    let signal = || {
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    };
    signal();
    until("the first has come", || text(&err).contains("stopping:"));
    signal();
    let code = child.wait().expect("it ends").code();
    (text(&out), text(&err), code)
}

#[test]
fn the_last_line_after_two_signals_says_what_was_submitted() {
    let silent = Fault::Delivery(Point::Submit, Delivery::Silent);
    let begun = Instant::now();
    let world = World::fal(Script::default().fault(silent.clone(), When::Nth(3)), 3);
    let (_, said, code) = stopped_at_once(&world, &[]);
    assert_eq!(code, Some(143), "{said}");
    let last = said.lines().last().unwrap_or_default();
    // Two ended at their price; the third may have been taken, and counts at its highest.
    assert!(last.ends_with("stopped at once: 3 calls submitted, 0.03 USD, 1 of unknown fate"), "{said}");

    let world = World::fal(Script::default().fault(silent, When::Nth(3)), 3);
    let (said, _, code) = stopped_at_once(&world, &["--json"]);
    assert_eq!(code, Some(143), "{said}");
    let last: Value = serde_json::from_str(said.lines().last().unwrap_or_default()).expect("JSON");
    assert_eq!((calls(&last), &last["exit"], &last["cost_usd"]), ([3, 0, 0, 1], &143.into(), &0.03.into()), "{last}");
    assert_eq!(last["tasks"]["done"], 2, "{last}");
    assert!(begun.elapsed() < Duration::from_secs(25), "the reply was not waited for");
    // The next run knows of it as well.
    world.run(&[]).code(3).counts([0, 2, 1, 0, 0]).warns(&["it is not known whether it was accepted"]);
    world.run(&[]).code(0).counts([0, 2, 0, 1, 0]);
    assert_eq!(world.paid(), 3);
}
