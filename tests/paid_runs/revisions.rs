//! A newer descriptor makes finished work outdated, and pays for nothing again.

use std::fs;

use recanvas::geometry::Size;
use serde_json::Value;

use crate::contract::Script;
use crate::world::PLENTY;
use crate::world::PRICE;
use crate::world::World;
use crate::world::calls;
use crate::world::engine;

const PORTRAIT: &str = "{ name: portrait, ratio: \"4:5\" }";
const STORY: &str = "{ name: story, ratio: \"9:16\" }";

/// Raises the revision of the world's descriptor.
fn raise(world: &World) {
    let text = String::from_utf8(world.dir.read("provider.yaml")).expect("text");
    let line = text.lines().find(|line| line.starts_with("revision:")).expect("a revision");
    let revision: u32 = line["revision:".len()..].trim().parse().expect("a number");
    world.dir.write("provider.yaml", text.replace(line, &format!("revision: {}", revision + 1)).as_bytes());
}

/// Makes the intents those of the first programs, which did not say their revision.
fn forget_revisions(world: &World) {
    let is_intent = |line: &str| line.starts_with("{\"kind\":\"call_intent\"");
    let forgotten = |line: &str| {
        let (before, after) = line.split_once("\"revision\":").expect("a revision");
        let (_, after) = after.split_once(',').expect("more");
        format!("{before}{after}")
    };
    let manifest = world.manifest();
    let lines = manifest.lines().map(|line| if is_intent(line) { forgotten(line) } else { line.to_owned() });
    let text: String = lines.map(|line| line + "\n").collect();
    fs::write(world.dir.path("out/.recanvas/manifest.jsonl"), text).expect("a manifest");
}

fn outdated(json: &Value) -> u64 {
    json["tasks"]["outdated"].as_u64().expect("a count")
}

#[test]
fn it_is_counted_and_refreshed_for_nothing() {
    for is_forgotten in [false, true] {
        let world = World::fal(Script::default(), 2);
        world.run(&[]).code(0).counts([2, 0, 0, 0, 0]);
        if is_forgotten {
            forget_revisions(&world);
        }
        raise(&world);
        let plan = world.dir.recanvas(&["plan", "p.yaml", "--json", "--refresh"]).code(0).json();
        assert_eq!((&plan["totals"]["redo"], &plan["calls"]["expected"]), (&2.into(), &0.into()), "{plan}");
        let kept = world.run(&[]);
        kept.code(0).counts([0, 2, 0, 0, 0]);
        assert_eq!((outdated(&kept.json()), calls(&kept.json()), world.paid()), (2, [0; 4], 2));
        world.dir.recanvas(&["explain", "p.yaml", "0000.png"]).code(0).says(&["outdated; newer: engine.fal"]);
        let before = world.dir.tree("out");
        let refreshed = world.run(&["--refresh"]);
        refreshed.code(0).counts([2, 0, 0, 0, 0]);
        assert_eq!((outdated(&refreshed.json()), calls(&refreshed.json())), (0, [0, 2, 0, 0]));
        assert_eq!((world.paid(), world.dir.tree("out")), (2, before));
        raise(&world);
        world.dir.remove("out/0000.wide.jpg");
        let again = world.run(&["--refresh"]);
        again.code(0).counts([2, 0, 0, 0, 0]);
        assert_eq!((calls(&again.json()), world.paid()), ([0, 2, 0, 0], 2));
        world.is_clean();
    }
}

#[test]
fn a_canvas_that_encloses_a_window_serves_it_still() {
    let world = World::fal(Script::default(), 0);
    world.draw_as("a.png", Size::new(96, 64), 7);
    world.pipeline(&engine(PRICE), PLENTY, &[STORY]);
    world.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    raise(&world);
    world.pipeline(&engine(PRICE), PLENTY, &[STORY, PORTRAIT]);
    let more = world.run(&[]);
    more.code(0).counts([1, 1, 0, 0, 0]);
    assert_eq!((calls(&more.json())[0], world.paid()), (0, 1));
    world.is_clean();
}

#[test]
fn a_result_that_is_lost_is_bought_by_repay_alone() {
    let world = World::fal(Script::default(), 1);
    world.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    world.lose_results();
    raise(&world);
    let lost = world.run(&["--refresh"]);
    lost.code(3).counts([0, 0, 1, 0, 0]).warns(&["paid for", "--repay"]);
    // What cannot be had without paying is not tried again for a newer descriptor.
    raise(&world);
    world.run(&["--refresh"]).code(0).counts([0, 0, 0, 1, 0]);
    assert_eq!(world.paid(), 1);
    world.run(&["--repay"]).code(0).counts([1, 0, 0, 0, 0]);
    world.run(&["--force"]).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(world.paid(), 2);
}
