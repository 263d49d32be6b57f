//! Processes that die while calls are in flight: the provider's records say what was paid.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::time::SystemTime;

use serde_json::Value;

use crate::dir::Done;
use crate::paid_runs::world::PLENTY;
use crate::paid_runs::world::PRICE;
use crate::paid_runs::world::WIDE;
use crate::paid_runs::world::World;
use crate::paid_runs::world::engine;
use crate::paid_runs::world::until;
use crate::trees::roll;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Point;

const KILLS: usize = 50;
const IN_FLIGHT: usize = 32;
/// Sources that are always there to be worked on: more than a run gets done before its kill.
const OPEN: usize = 4 * IN_FLIGHT;

fn world(latency: u64) -> World {
    let world = World::new(Provider::Fal, Script::default().latency(Duration::from_millis(latency)).lean());
    world.pipeline(&engine(&format!("{PRICE}, in_flight: {IN_FLIGHT}")), PLENTY, &[WIDE]);
    world
}

/// Where the moments begin; a run of the test that failed is told by it.
fn seed() -> u64 {
    let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs()));
    println!("SEED={seed}");
    seed
}

/// Tasks that the next run would work on.
fn left(world: &World) -> usize {
    let totals = &Done::of(world.command(&["plan", "p.yaml", "--json"])).json()["totals"];
    ["create", "redo"].iter().map(|name| totals[name].as_u64().expect("a count") as usize).sum()
}

/// Goes on to the end after deaths: every task is done, but for those whose submit was out when
/// their process died, which are told as unknown and finished when the user says so. Returns how
/// many there were.
fn finish(world: &World, sources: usize) -> usize {
    let ended = world.run(&[]);
    let json = ended.json();
    let unknown = |classes: &Value| classes["unknown_call"].as_u64().unwrap_or(0);
    let told = (unknown(&json["failed_by_class"]) + unknown(&json["known_failed_by_class"])) as usize;
    let tasks = &json["tasks"];
    assert_eq!(tasks["left"], 0, "{ended}");
    let failed = tasks["failed"].as_u64().unwrap_or(0) + tasks["known_failed"].as_u64().unwrap_or(0);
    assert_eq!(failed as usize, told, "nothing else fails: {ended}");
    assert_eq!(ended.code, if tasks["failed"] == 0 { 0 } else { 3 }, "{ended}");
    assert_eq!(world.dir.outputs().len(), sources - told);
    let (paid, open) = (world.paid(), world.open());
    println!("{sources} sources, {paid} paid, {told} unknown, of which {open} were accepted");
    world.is_clean();
    // What was never fetched belongs to an unknown call: its name is lost.
    assert!(open <= told, "{open} results were given up, {told} calls told as unknown");
    let accepted = (sources - told + open)..=sources;
    assert!(accepted.contains(&paid), "one payment for each call: {paid} of {accepted:?}");

    let again = world.run(&[]);
    again.code(0).counts([0, (sources - told) as u64, 0, told as u64, 0]);
    assert_eq!(world.paid(), paid, "unknown calls are not submitted by themselves");
    world.run(&["--retry-unknown"]).code(0).counts([told as u64, (sources - told) as u64, 0, 0, 0]);
    assert_eq!((world.paid(), world.server.paid_twice()), (paid + told, paid + told - sources));
    assert_eq!((world.dir.outputs().len(), world.open()), (sources, open));
    assert_eq!(world.server.violations(), [""; 0]);
    told
}

#[test]
fn fifty_kills_pay_for_nothing_twice() {
    let world = world(400);
    let (mut dice, mut sources, mut flying) = (seed(), 0, Vec::new());
    for _ in 0..KILLS {
        // Unknown calls are no work any more, so the plan is asked, not the provider's records.
        let drawn = OPEN.saturating_sub(left(&world));
        world.draw(sources..sources + drawn);
        sources += drawn;
        let asked = || world.server.count(Point::Submit) + world.server.count(Point::Poll);
        let before = asked();
        let mut child = world.start(&[]);
        until("a run asks the provider", || asked() > before);
        thread::sleep(Duration::from_millis(roll(&mut dice, 600)));
        child.kill().expect("a kill");
        assert_eq!(child.wait().expect("a child").signal(), Some(9), "it was at work");
        flying.push(world.open());
        world.is_clean();
    }
    let most = world.server.most_in_flight();
    println!("in flight at the kills: {flying:?}, at most {most}");
    // Until a result could be used three calls are begun. Jobs that are forgotten run beside those of the
    // next process.
    assert!(most >= 3);
    let told = finish(&world, sources);
    // What was fetched was kept, so that only calls whose names are lost were bought again.
    assert_eq!(world.paid(), sources + world.open());
    assert!(told <= KILLS * IN_FLIGHT);
}

#[test]
fn a_manifest_that_cannot_grow_lets_nothing_be_submitted() {
    let mut full = 0;
    for blocks in [12, 24, 80, 120] {
        let world = world(100);
        world.draw(0..OPEN);
        let program = world.command(&["run", "p.yaml", "--json"]);
        let mut cramped = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        cramped.args(["-c", &script, "sh"]).arg(program.get_program()).args(program.get_args());
        cramped.envs(world.server.environment()).current_dir(world.dir.path(""));
        let ended = Done::of(cramped);
        ended.code(1);
        // The first results come before others are asked for, and may be too large as well.
        let said = format!("{ended}");
        let is_manifest = said.contains("the manifest cannot be written");
        assert!(is_manifest || said.contains("the cache cannot be written"), "{said}");
        full += usize::from(is_manifest);
        let intents = world.manifest().matches("\"kind\":\"call_intent\"").count();
        let paid = world.paid();
        assert!(paid <= intents && intents < OPEN, "{paid} paid, {intents} intended");
        // The rest of its life is one in which the disk has room.
        finish(&world, OPEN);
    }
    assert!(full > 0, "a manifest was full");
}
