//! Budgets: the call that could exceed one is not made, and all other work is done.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::dir::Done;
use crate::paid_runs::world::WIDE;
use crate::paid_runs::world::World;
use crate::paid_runs::world::calls;
use crate::paid_runs::world::cents;
use crate::paid_runs::world::engine;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Fault;
use testkit::faults::Point;
use testkit::faults::When;
use testkit::http::Delivery;

/// A target of the same sources that costs nothing.
const LOCAL: &str = "{ name: local, size: 96x128, outpaint: { engine: blur } }";
const SOURCES: usize = 8;
const FIVE_CENTS: &str = "price: 0.05, in_flight: 4";

fn world(terms: &str, budget: &str, sources: usize) -> World {
    let world = World::new(Provider::Fal, Script::default().latency(Duration::from_millis(100)));
    world.pipeline(&engine(terms), budget, &[WIDE, LOCAL]);
    world.draw(0..sources);
    world
}

#[test]
fn a_run_stops_before_the_call_that_would_exceed_its_limit() {
    for (budget, flags) in [("per_run: 0.22", &[][..]), ("per_run: 9", &["--max-cost", "0.22"])] {
        let world = world(FIVE_CENTS, budget, SOURCES);
        let run = world.run(flags);
        run.code(4).counts([4 + SOURCES as u64, 0, 0, 0, 4]).warns(&["cost limit", "0.22"]);
        assert_eq!((calls(&run.json()), cents(&run.json()), world.paid()), ([4, 0, 0, 0], 20, 4), "{run}");
        assert_eq!(world.dir.outputs().iter().filter(|name| name.contains(".local.")).count(), SOURCES);

        let next = world.run(&["--max-cost", "0.15"]);
        next.code(4).counts([3, 4 + SOURCES as u64, 0, 0, 1]);
        assert_eq!((cents(&next.json()), world.paid()), (15, 7));
        let last = world.run(flags);
        last.code(0).counts([1, 7 + SOURCES as u64, 0, 0, 0]);
        assert_eq!((cents(&last.json()), world.paid()), (5, SOURCES));
        world.is_clean();
    }
}

#[test]
fn the_rest_of_a_reserved_price_is_free_for_other_calls() {
    // fal's own price: 3 cents, and it is not promised that it is not 6.
    let world = World::new(Provider::Fal, Script::default().latency(Duration::from_millis(50)));
    world.pipeline("{ use: ./provider.yaml, in_flight: 8 }", "per_run: 0.20", &[WIDE]);
    world.draw(0..SOURCES);
    let run = world.run(&[]);
    // After five calls, 15 cents, a sixth could cost 6 more.
    run.code(4).counts([5, 0, 0, 0, 3]);
    assert_eq!((calls(&run.json()), cents(&run.json()), world.paid()), ([5, 0, 0, 0], 15, 5));
    world.is_clean();
}

#[test]
fn a_month_counts_the_runs_before() {
    let world = world(FIVE_CENTS, "per_run: 0.10, per_month: 0.25", SOURCES);
    for (code, done, paid) in [(4, 2 + SOURCES as u64, 2), (4, 2, 4), (4, 1, 5), (4, 0, 5)] {
        let run = world.run(&[]);
        run.code(code);
        assert_eq!((run.json()["tasks"]["done"].as_u64(), world.paid()), (Some(done), paid), "{run}");
    }
    // More can be had by who says so.
    world.pipeline(&engine(FIVE_CENTS), "per_month: 0.40", &[WIDE, LOCAL]);
    world.run(&[]).code(0).counts([3, 5 + SOURCES as u64, 0, 0, 0]);
    assert_eq!(world.paid(), SOURCES);
    world.is_clean();
}

#[test]
fn a_plan_says_what_the_limits_let_through() {
    let world = world(FIVE_CENTS, "per_run: 0.12, per_month: 0.30", SOURCES);
    let say = |arguments: &[&str]| Done::of(world.command(arguments));
    let budget = |arguments: &[&str]| say(arguments).code(0).json()["budget"].clone();
    let plan = ["plan", "p.yaml", "--json"];
    // Calls, those that are let through, and cents that are left in the month, before each run.
    for (calls, allowed, left) in [(8, 2, 30), (6, 2, 20), (4, 2, 10), (2, 0, 0)] {
        let said = budget(&plan);
        let cents = |name: &str| (said[name].as_f64().expect("a sum") * 100.0).round() as u64;
        assert_eq!((&said["calls"], &said["allowed"]), (&calls.into(), &allowed.into()), "{said}");
        assert_eq!((cents("run_usd"), cents("month_usd"), cents("month_left_usd")), (12, 30, left), "{said}");
        let through =
            format!("in {}; lets {allowed} of {calls} calls through", said["month"].as_str().expect("a month"));
        say(&["plan", "p.yaml"]).code(0).says(&["budget: 0.12 USD for the run, ", &through]);
        let run = world.run(&[]);
        assert_eq!((run.code, recorded(&run)), (4, allowed), "{run}");
    }
    let dry = budget(&["run", "p.yaml", "--dry-run", "--json", "--max-cost", "0.01"]);
    assert_eq!((&dry["allowed"], &dry["run_usd"]), (&0.into(), &0.01.into()));
    world.pipeline(&engine(FIVE_CENTS), "", &[WIDE, LOCAL]);
    let unlimited = say(&plan).code(0).json();
    assert_eq!((&unlimited["budget"], &unlimited["lacks_limit"]), (&Value::Null, &true.into()));
    say(&["plan", "p.yaml"]).code(0).says(&["budget: none; an unattended run refuses to start"]);
    world.is_clean();
}

/// Calls that a run submitted.
fn recorded(run: &Done) -> u64 {
    calls(&run.json())[0]
}

#[test]
fn missing_keys_are_named_by_their_variables() {
    let world = world(FIVE_CENTS, "per_run: 9", 3);
    let keys = |done: &Done| done.code(0).json()["missing_keys"].clone();
    for command in ["plan", "status"] {
        let arguments = [command, "p.yaml", "--json"];
        assert_eq!(keys(&Done::of(world.command(&arguments))), json!([]));
        let without = world.dir.recanvas(&arguments);
        let missing = keys(&without);
        assert_eq!((&missing[0]["provider"], &missing[0]["variables"][0]), (&"fal".into(), &"FAL_KEY".into()));
        assert_eq!(missing.as_array().map(Vec::len), Some(1));
        let said = "missing key: fal cannot be asked: no key: set FAL_KEY, or FAL_KEY_FILE";
        world.dir.recanvas(&[command, "p.yaml"]).code(0).says(&[said]);
    }
    // Where nothing is to be paid none is missing.
    world.run(&[]).code(0);
    assert_eq!(keys(&world.dir.recanvas(&["plan", "p.yaml", "--json"])), json!([]));
}

#[test]
fn an_unknown_call_stays_reserved() {
    let lost = Fault::Delivery(Point::Submit, Delivery::Lost);
    let world = World::new(Provider::Fal, Script::default().fault(lost, When::First(1)));
    world.pipeline(&engine("price: 0.05, in_flight: 1"), "per_month: 0.15", &[WIDE]);
    world.draw(0..4);
    let run = world.run(&[]);
    run.code(4).counts([2, 0, 1, 0, 1]);
    assert_eq!((calls(&run.json()), cents(&run.json())), ([3, 0, 0, 1], 15));
    assert_eq!(run.json()["failed_by_class"]["unknown_call"], 1);
    let again = world.run(&[]);
    again.code(4).counts([0, 2, 0, 1, 1]);
    let asked = world.run(&["--retry-unknown"]);
    assert_eq!((asked.code, calls(&asked.json())[0], world.paid()), (4, 0, 3), "the month is used up: {asked}");
    world.is_clean();
    world.pipeline(&engine("price: 0.05, in_flight: 1"), "per_month: 0.25", &[WIDE]);
    world.run(&["--retry-unknown"]).code(0).counts([2, 2, 0, 0, 0]);
    assert_eq!((world.paid(), world.server.paid_twice()), (5, 1));
}

#[test]
fn an_unattended_run_needs_a_limit_to_pay_and_none_for_what_is_free() {
    let world = world(FIVE_CENTS, "", 3);
    world.run(&[]).code(2).warns(&["0.15", "--max-cost", "budget"]);
    assert_eq!((world.paid(), world.dir.outputs().len()), (0, 0));
    world.pipeline(&engine("price: 0, in_flight: 4"), "", &[WIDE, LOCAL]);
    let run = world.run(&[]);
    run.code(0).counts([6, 0, 0, 0, 0]);
    assert_eq!((calls(&run.json()), cents(&run.json()), world.paid()), ([3, 0, 0, 0], 0, 3));
    world.is_clean();
}
