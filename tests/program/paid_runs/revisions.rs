//! A newer descriptor makes finished work outdated, and pays for nothing again.

use std::fs;

use recanvas::codecs;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Limits;
use recanvas::codecs::Metadata;
use recanvas::digest::Digest;
use recanvas::geometry::Orientation;
use recanvas::geometry::Size;
use recanvas::options::Values;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use recanvas::raster::orient;
use serde_json::Value;

use crate::dir::Done;
use crate::paid_runs::world::PLENTY;
use crate::paid_runs::world::PRICE;
use crate::paid_runs::world::World;
use crate::paid_runs::world::calls;
use crate::paid_runs::world::engine;
use testkit::Provider;
use testkit::Script;

const PORTRAIT: &str = "{ name: portrait, ratio: \"4:5\" }";
const STORY: &str = "{ name: story, ratio: \"9:16\" }";

/// Raises the revision of the world's descriptor.
fn raise(world: &World) {
    let text = String::from_utf8(world.dir.read("provider.yaml")).expect("text");
    let line = text.lines().find(|line| line.starts_with("revision:")).expect("a revision");
    let revision: u32 = line["revision:".len()..].trim().parse().expect("a number");
    world.dir.write("provider.yaml", text.replace(line, &format!("revision: {}", revision + 1)).as_bytes());
}

/// Changes every line of the manifest.
fn edit(world: &World, change: impl Fn(&str) -> String) {
    let text: String = world.manifest().lines().map(|line| change(line) + "\n").collect();
    fs::write(world.dir.path("out/.recanvas/manifest.jsonl"), text).expect("a manifest");
}

/// Makes the intents those of the first programs, which did not record this number.
fn forget(world: &World, name: &str) {
    let is_intent = |line: &str| line.starts_with("{\"kind\":\"call_intent\"");
    let forgotten = |line: &str| {
        let (before, after) = line.split_once(&format!("\"{name}\":")).expect("a number");
        let (_, after) = after.split_once(',').expect("more");
        format!("{before}{after}")
    };
    edit(world, |line| if is_intent(line) { forgotten(line) } else { line.to_owned() });
}

/// Calls that a run would surely pay for.
fn due(world: &World, flags: &[&str]) -> u64 {
    let plan = Done::of(world.command(&[&["plan", "p.yaml", "--json"], flags].concat()));
    plan.code(0).json()["calls"]["expected"].as_u64().expect("a count")
}

/// Makes something else of the one paid result, in its records too.
fn change_result(world: &World, change: impl Fn(Raster) -> Raster) {
    let path = world.dir.path("out/.recanvas/cache").join(&world.cached()[0]);
    let before = fs::read(&path).expect("a result");
    let limits = Limits { max_pixels: 1_000_000, max_bytes: 10_000_000 };
    let picture = codecs::decode(&before, &limits).expect("a picture").raster;
    let encoding = Encoding::new(Format::PNG, &Values::new()).expect("it is written");
    let after = encoding.encode(&change(picture).narrowed(), &Metadata::default()).expect("a picture");
    fs::write(&path, &after).expect("a result");
    let recorded = |bytes: &[u8]| format!("\"bytes\":{},\"hash\":\"{}\"", bytes.len(), Digest::of(bytes));
    assert!(world.manifest().contains(&recorded(&before)), "{}", world.manifest());
    edit(world, |line| line.replace(&recorded(&before), &recorded(&after)));
}

fn outdated(json: &Value) -> u64 {
    json["tasks"]["outdated"].as_u64().expect("a count")
}

#[test]
fn outdated_paid_outputs_are_counted_and_refreshed_without_payment() {
    for is_forgotten in [false, true] {
        let world = World::fal(Script::default(), 2);
        world.run(&[]).code(0).counts([2, 0, 0, 0, 0]);
        if is_forgotten {
            forget(&world, "revision");
            forget(&world, "orientation");
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
fn a_result_that_is_lost_comes_back_by_repay_alone_and_from_its_job() {
    let world = World::fal(Script::default(), 1);
    world.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    world.lose_results();
    raise(&world);
    let lost = world.run(&["--refresh"]);
    lost.code(3).counts([0, 0, 1, 0, 0]).warns(&["paid for", "--repay"]);
    // It is as done as before, and nothing is bought by the way.
    raise(&world);
    world.run(&["--refresh"]).code(3).counts([0, 0, 1, 0, 0]);
    world.run(&["--force"]).code(3).counts([0, 0, 1, 0, 0]);
    world.run(&["--repay"]).code(0).counts([0, 1, 0, 0, 0]);
    assert_eq!(world.paid(), 1);
    assert_eq!(due(&world, &["--refresh", "--repay"]), 1);
    let back = world.run(&["--refresh", "--repay"]);
    back.code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(back.json()["calls"]["submitted"], 0, "the job is asked before anything is bought: {back}");
    world.run(&["--force"]).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(world.paid(), 1);
}

#[test]
fn a_result_for_which_the_source_was_turned_otherwise_is_not_used() {
    let recorded: fn(&World) = |world| edit(world, |line| line.replace("\"orientation\":1,", "\"orientation\":3,"));
    let seen: fn(&World) = |world| {
        forget(world, "orientation");
        // As if the source had been sent like this.
        change_result(world, |picture| orient(picture, Orientation::Rotate180));
    };
    for change in [recorded, seen] {
        let world = World::fal(Script::default(), 1);
        world.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
        let manifest = world.manifest();
        change(&world);
        assert_ne!(world.manifest(), manifest);
        raise(&world);
        let before = world.dir.tree("out");
        let plan = world.dir.recanvas(&["plan", "p.yaml", "--json", "--refresh"]).code(0).json();
        assert_eq!((&plan["totals"]["redo"], &plan["calls"]["expected"]), (&1.into(), &0.into()), "{plan}");
        let refused = world.run(&["--refresh"]);
        refused.code(3).counts([0, 0, 1, 0, 0]);
        assert_eq!((calls(&refused.json())[0], world.paid()), (0, 1), "{refused}");
        let kept = world.run(&[]);
        kept.code(0).counts([0, 1, 0, 0, 0]);
        assert_eq!((outdated(&kept.json()), world.dir.tree("out")), (1, before));
        // Nor is it for another quality, and nothing is bought for it either.
        world.pipeline(&engine(PRICE), PLENTY, &["{ name: wide, size: 128x96, convert: { quality: 40 } }"]);
        world.run(&[]).code(3).counts([0, 0, 1, 0, 0]);
        assert_eq!(world.paid(), 1);
        let bought = world.run(&["--repay"]);
        bought.code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!((calls(&bought.json())[0], world.paid()), (1, 2));
    }
}

#[test]
fn refresh_and_repay_buy_no_sound_result() {
    let world = World::fal(Script::default(), 3);
    world.run(&[]).code(0).counts([3, 0, 0, 0, 0]);
    raise(&world);
    let flags = ["--refresh", "--repay"];
    assert_eq!(due(&world, &flags), 0);
    let refreshed = world.run(&flags);
    refreshed.code(0).counts([3, 0, 0, 0, 0]);
    assert_eq!((calls(&refreshed.json()), world.paid()), ([0, 3, 0, 0], 3));
    // Nor does another quality.
    world.pipeline(&engine(PRICE), PLENTY, &["{ name: wide, size: 128x96, convert: { quality: 40 } }"]);
    assert_eq!(due(&world, &["--repay"]), 0);
    world.run(&["--repay"]).code(0).counts([3, 0, 0, 0, 0]);
    assert_eq!(world.paid(), 3);
    // One is lost, and one is damaged, which its size does not show.
    raise(&world);
    let names = world.cached();
    world.dir.remove(&format!("out/.recanvas/cache/{}", names[0]));
    let path = format!("out/.recanvas/cache/{}", names[1]);
    let damaged: Vec<u8> = world.dir.read(&path).iter().rev().copied().collect();
    world.dir.write(&path, &damaged);
    assert_eq!(due(&world, &["--refresh"]), 0);
    assert_eq!(due(&world, &flags), 2);
    let bought = world.run(&flags);
    bought.code(0).counts([3, 0, 0, 0, 0]);
    // Their jobs still have them.
    assert_eq!((calls(&bought.json())[0], world.paid()), (0, 3));
    // All that is made is bought where all is made.
    assert_eq!((due(&world, &["--force"]), due(&world, &["--force", "--repay"])), (0, 3));
    world.run(&["--force", "--repay"]).code(0).counts([3, 0, 0, 0, 0]);
    assert_eq!(world.paid(), 6);
}

#[test]
fn a_result_that_a_newer_check_refuses_buys_no_second_seed() {
    for (chain, flags) in [("", "--refresh"), (", blur", "--refresh"), (", blur", "--force")] {
        let world = World::new(Provider::Modelslab, Script::default());
        let square = "{ name: square, ratio: \"1:1\" }";
        world.pipeline(&format!("[{}{chain}]", engine("price: 0.01, seed: 7")), PLENTY, &[square]);
        world.draw_as("a.png", Size::new(240, 160), 3);
        let first = world.run(&[]);
        first.code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!(world.paid(), 1, "{first}");
        // Nothing is recognised on it any more.
        change_result(&world, |picture| {
            let gray = vec![128_u8; picture.size().area() as usize * 3];
            Pixels::from_samples(picture.size(), Channels::Rgb, gray).into()
        });
        raise(&world);
        let before = world.dir.tree("out");
        assert_eq!(due(&world, &[flags]), 0);
        let refused = world.run(&[flags]);
        refused.code(3).counts([0, 0, 1, 0, 0]);
        assert_eq!((calls(&refused.json())[0], world.paid()), (0, 1), "{chain} {flags}: {refused}");
        let kept = world.run(&[]);
        kept.code(0).counts([0, 1, 0, 0, 0]);
        assert_eq!((outdated(&kept.json()), world.dir.tree("out")), (1, before), "{chain} {flags}");
        // What is made for another reason goes on to the next engine, and buys nothing either.
        world.dir.remove("out/a.square.jpg");
        let gone = world.run(&[]);
        gone.counts(if chain.is_empty() { [0, 0, 1, 0, 0] } else { [1, 0, 0, 0, 0] });
        assert_eq!(world.paid(), 1, "{chain} {flags}: {gone}");
    }
}
