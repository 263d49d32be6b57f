//! Measures that fail or find nonsense, and stages that make nothing of what was found: one picture's matter.

use std::path::Path;
use std::sync::Arc;

use image::RgbImage;
use recanvas::analysis::Borders;
use recanvas::analysis::Measure;
use recanvas::analysis::Proxy;
use recanvas::geometry::Decision;
use recanvas::geometry::Layout;
use recanvas::pipeline::Document;
use recanvas::pipeline::Registry;
use recanvas::pipeline::check;
use recanvas::stages::LayoutInput;
use recanvas::stages::Shape;
use recanvas::stages::Stage;
use recanvas::stages::StageDef;
use serde_json::Value;
use serde_json::json;

use crate::measured::world::TARGETS;
use crate::measured::world::World;
use crate::measured::world::pipeline;

/// Finds borders, and in pictures of 50 pixels something else.
struct Odd(fn() -> Value);

impl Measure for Odd {
    fn name(&self) -> &'static str {
        "edges"
    }

    fn revision(&self) -> u32 {
        1
    }

    fn measure(&self, proxy: &Proxy) -> Value {
        if proxy.size().width == 50 { (self.0)() } else { json!(Borders::of(proxy)) }
    }
}

/// Asks for a measure whatever was found.
struct Asks;

static ASKS: StageDef = StageDef::new("asks", "asks on and on", |_, _| Arc::new(Asks));

impl Stage for Asks {
    fn measures(&self, _shape: &Shape) -> &'static [&'static str] {
        &["borders"]
    }

    fn layout(&self, _layout: Layout, _input: &LayoutInput<'_>) -> Option<Decision> {
        Some(Decision::NeedsMeasures(vec!["borders"]))
    }
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |value, _| json!([value]))
}

#[test]
fn a_measure_that_fails_for_one_picture_fails_its_tasks_alone_and_is_not_recorded() {
    static NAN: Odd = Odd(|| json!({ "depth": f64::NAN }));
    static DEEP: Odd = Odd(|| deep(1000));
    static LONG: Odd = Odd(|| json!("x".repeat(5_000_000)));
    static PANIC: Odd = Odd(|| panic!("no edges here"));
    let cases: [(&'static Odd, &str); 4] = [
        (&NAN, "the measure `edges` has found a number that is not finite, or null"),
        (&DEEP, "the measure `edges` has found more than 32 lists and objects inside of each other"),
        (&LONG, "the measure `edges` has found 5000002 bytes; at most 65536 are recorded"),
        (&PANIC, "a defect of recanvas while the measure `edges` looked at the picture: no edges here"),
    ];
    for (measure, said) in cases {
        let (world, pipeline) = (World::new(), pipeline(measure, TARGETS));
        world.put("odd.png", &RgbImage::from_fn(50, 40, |x, _| image::Rgb([x as u8; 3])));
        let ran = world.run(&pipeline);
        // The other pictures, and what needs no look.
        assert_eq!((ran.done, ran.failures(), ran.left, ran.measured), (7, 1, 0, 3), "{said}");
        let failed = world.records("task_failed");
        assert_eq!((&failed[0]["target"], &failed[0]["class"]), (&json!("trimmed"), &json!("internal")));
        assert!(failed[0]["message"].as_str().is_some_and(|message| message.starts_with(said)), "{failed:?}");
        assert_eq!(world.records("measures").len(), 3);
        assert_eq!(world.output("odd.whole.png").dimensions(), (30, 30));
        let again = world.run(&pipeline);
        assert_eq!((again.done, again.skipped, again.left), (0, 7, 0), "{said}");
    }
}

#[test]
fn a_value_that_a_stage_does_not_take_fails_its_task_alone() {
    static OTHER: Odd = Odd(|| json!({ "edges": 4 }));
    let (world, pipeline) = (World::new(), pipeline(&OTHER, TARGETS));
    world.put("odd.png", &RgbImage::new(50, 40));
    let ran = world.run(&pipeline);
    assert_eq!((ran.done, ran.failures(), ran.left, ran.measured), (7, 1, 0, 4));
    let failed = world.records("task_failed");
    let message = failed[0]["message"].as_str().expect("a message");
    assert!(
        message.starts_with("a defect of recanvas while `trim` laid the picture out: it was asked for"),
        "{message}"
    );
    // Every later look says the same, and the rest goes on.
    let status = world.status(&pipeline);
    assert_eq!((status.done, status.failed.values().sum()), (7, 1));
    world.put("new.png", &RgbImage::new(60, 45));
    let again = world.run(&pipeline);
    assert_eq!((again.done, again.skipped, again.left, again.measured), (2, 7, 0, 1));
}

#[test]
fn a_stage_that_asks_again_for_what_is_known_ends() {
    let registry = Registry::built_in().with_stage(&ASKS, "aspect");
    let text = "version: 1\nname: asks\ntargets: [{ name: a, size: 8x8 }]\n".to_owned();
    let pipeline = check(&Document::new(Path::new("asks.yaml"), text), registry).expect("a pipeline");
    let world = World::new();
    for _ in 0..2 {
        let ran = world.run(&pipeline);
        assert_eq!((ran.done, ran.failures(), ran.left), (0, 3, 0));
    }
    assert_eq!(world.records("measures").len(), 3, "nothing is looked at twice");
    let message = world.records("task_failed")[0]["message"].clone();
    assert_eq!(message, "`asks` asks for borders once more: it can do nothing with what was found");
}
