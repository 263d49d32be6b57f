//! What was paid for is used again, and bought again only by `--repay`.

use std::time::Duration;

use recanvas::geometry::Size;

use crate::paid_runs::world::PLENTY;
use crate::paid_runs::world::PRICE;
use crate::paid_runs::world::World;
use crate::paid_runs::world::calls;
use crate::paid_runs::world::cents;
use crate::paid_runs::world::engine;
use crate::paid_runs::world::until;
use testkit::Script;

/// Targets of a 3:2 source whose windows nest.
const SQUARE: &str = "{ name: square, ratio: \"1:1\" }";
const PORTRAIT: &str = "{ name: portrait, ratio: \"4:5\" }";
const STORY: &str = "{ name: story, ratio: \"9:16\" }";

/// A world with one 3:2 source.
fn landscape(targets: &[&str]) -> World {
    let world = World::fal(Script::default(), 0);
    world.draw_as("a.png", Size::new(96, 64), 7);
    world.pipeline(&engine(PRICE), PLENTY, targets);
    world
}

fn once() -> World {
    let world = World::fal(Script::default(), 1);
    let first = world.run(&[]);
    first.code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!((calls(&first.json()), cents(&first.json()), world.paid()), ([1, 0, 0, 0], 1, 1));
    world
}

#[test]
fn another_quality_pays_nothing() {
    let world = once();
    let before = world.dir.tree("out");
    world.pipeline(&engine(PRICE), PLENTY, &["{ name: wide, size: 128x96, convert: { quality: 40 } }"]);
    let second = world.run(&[]);
    second.code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!((calls(&second.json()), cents(&second.json()), world.paid()), ([0, 1, 0, 0], 0, 1));
    assert_ne!(world.dir.tree("out"), before);
    world.is_clean();
}

#[test]
fn one_target_first_and_the_full_set_later_pay_once() {
    let world = landscape(&[SQUARE, PORTRAIT, STORY]);
    world.run(&["--target", "square"]).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(world.paid(), 1);
    let full = world.run(&[]);
    full.code(0).counts([2, 1, 0, 0, 0]);
    assert_eq!((calls(&full.json())[0], world.paid()), (0, 1));
    world.is_clean();
}

#[test]
fn a_target_that_an_existing_canvas_encloses_pays_nothing() {
    let world = landscape(&[STORY]);
    world.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    world.pipeline(&engine(PRICE), PLENTY, &[STORY, PORTRAIT, SQUARE]);
    world.dir.recanvas(&["plan", "p.yaml", "--json"]).code(0);
    let more = world.run(&[]);
    more.code(0).counts([2, 1, 0, 0, 0]);
    assert_eq!((calls(&more.json())[0], world.paid()), (0, 1));
    // One that reaches beyond it is bought.
    world.pipeline(&engine(PRICE), PLENTY, &[STORY, "{ name: tower, ratio: \"1:2\" }"]);
    world.run(&[]).code(0).counts([1, 1, 0, 0, 0]);
    assert_eq!(world.paid(), 2);
    world.is_clean();
}

#[test]
fn force_never_pays_and_repay_pays_once() {
    let world = once();
    for _ in 0..2 {
        let forced = world.run(&["--force"]);
        forced.code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!((calls(&forced.json()), world.paid()), ([0, 1, 0, 0], 1));
    }
    // What is done is not bought again by the way.
    world.run(&["--repay"]).code(0).counts([0, 1, 0, 0, 0]);
    assert_eq!(world.paid(), 1);
    let bought = world.run(&["--force", "--repay"]);
    bought.code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!((calls(&bought.json()), cents(&bought.json()), world.paid()), ([1, 0, 0, 0], 1, 2));
    world.run(&["--force"]).code(0);
    world.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
    assert_eq!(world.paid(), 2);
    assert_eq!(world.server.violations(), [""; 0]);
}

#[test]
fn an_output_that_is_gone_is_made_again_for_nothing() {
    let world = once();
    let before = world.dir.tree("out");
    world.dir.remove("out/0000.wide.jpg");
    let again = world.run(&[]);
    again.code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!((calls(&again.json()), world.paid()), ([0, 1, 0, 0], 1));
    assert_eq!(world.dir.tree("out"), before);
}

#[test]
fn a_result_that_is_gone_is_told_and_only_repay_buys_it() {
    let world = once();
    world.lose_results();
    world.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
    world.dir.remove("out/0000.wide.jpg");
    let lost = world.run(&[]);
    lost.code(3).counts([0, 0, 1, 0, 0]).warns(&["paid for", "--repay"]);
    assert_eq!(lost.json()["failed_by_class"]["bad_output"], 1);
    for flags in [&["--force"][..], &["--retry-failed"], &["--retry-unknown"]] {
        world.run(flags);
        assert_eq!(world.paid(), 1, "{flags:?}");
    }
    let bought = world.run(&["--repay"]);
    bought.code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!((calls(&bought.json())[0], world.paid()), (1, 2));
    world.run(&["--force"]).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(world.paid(), 2);
}

#[test]
fn equal_sources_pay_once() {
    let world = World::fal(Script::default().latency(Duration::from_millis(200)), 0);
    for name in ["a.png", "b.png", "deep/c.png"] {
        world.draw_as(name, Size::new(96, 96), 3);
    }
    let run = world.run(&[]);
    run.code(0).counts([3, 0, 0, 0, 0]);
    assert_eq!((calls(&run.json()), cents(&run.json()), world.paid()), ([1, 2, 0, 0], 1, 1));
    world.is_clean();
}

#[test]
fn a_second_run_at_the_same_time_leaves() {
    let world = World::fal(Script::default().latency(Duration::from_secs(1)), 4);
    let first = world.start(&[]);
    until("its calls are out", || world.paid() == 4);
    let second = world.run(&["--repay"]);
    second.code(75);
    assert_eq!((calls(&second.json()), second.json()["exit"].as_i64()), ([0; 4], Some(75)));
    assert_eq!(first.wait_with_output().expect("the program").status.code(), Some(0));
    world.run(&[]).code(0).counts([0, 4, 0, 0, 0]);
    assert_eq!((world.paid(), world.dir.outputs().len()), (4, 4));
    world.is_clean();
}
