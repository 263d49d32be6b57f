//! Cut-outs: no provider is asked for margins that stay transparent.

use std::io::Cursor;

use image::ImageFormat;
use image::Rgba;
use image::RgbaImage;
use serde_json::json;

use crate::dir::Done;
use crate::paid::story::Story;
use crate::paid::story::made_by;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;

/// Two targets that would share a call.
const TARGETS: [&str; 2] = ["{ name: square, size: 240x240 }", "{ name: tall, size: 240x300 }"];

/// A picture of which a place is opaque or not.
fn drawn(is_opaque: impl Fn(u32, u32) -> bool) -> Vec<u8> {
    let picture = RgbaImage::from_fn(240, 160, |x, y| {
        Rgba([(x % 200) as u8, (x * y % 190) as u8, (y % 180) as u8, if is_opaque(x, y) { 255 } else { 0 }])
    });
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).expect("encoded");
    file.into_inner()
}

/// A product that touches the frame on three sides.
fn cut_out() -> Vec<u8> {
    drawn(|x, y| (60..180).contains(&x) || y >= 100)
}

#[test]
fn no_provider_is_asked_for_the_margins_of_a_cut_out() {
    for engine in ["fal", "[fal, blur]", "[fal, edge]", "[{ use: auto, min_confidence: 90% }, fal]"] {
        let fal = Contract::start(Provider::Fal, Script::default());
        let story = Story::new(&format!("engine: {engine}"), &TARGETS, &[&fal]);
        story.dir.write("in/a.png", &cut_out());
        let plan = story.plan();
        assert_eq!(
            (&plan["calls"]["expected"], &plan["calls"]["possible"]),
            (&json!(0), &json!(1)),
            "{engine}: {plan}"
        );
        let done = story.run(&[]);
        done.code(0).counts([2, 0, 0, 0, 0]);
        assert_eq!(fal.paid().len(), 0, "{engine}: {done}");
        for target in ["square", "tall"] {
            assert_eq!(made_by(&done, &format!("a.{target}.png")).as_deref(), Some("transparent"), "{engine}: {done}");
            let made = image::load_from_memory(&story.dir.read(format!("out/a.{target}.png"))).expect("a picture");
            assert_eq!(made.into_rgba8().get_pixel(120, 0).0, [0; 4], "{engine}");
        }
    }
}

#[test]
fn a_plan_says_that_cut_outs_cost_nothing() {
    let fal = Contract::start(Provider::Fal, Script::default());
    let story = Story::new("engine: [fal, blur]", &TARGETS[..1], &[&fal]);
    story.dir.write("in/a.png", &cut_out());
    let text = Done::of(story.command(&["plan", "p.yaml"]));
    let hint = "0 and up to 1 for sources with alpha (none for those with a transparent border)";
    text.code(0).says(&["fal on 240x240, unless its border is transparent", hint]);
    // Without a key the run begins, and needs none.
    let mut command = story.command(&["run", "p.yaml", "--json"]);
    command.env_remove(Provider::Fal.key_variable());
    Done::of(command).code(0).counts([1, 0, 0, 0, 0]);
}

#[test]
fn alpha_inside_is_no_cut_out() {
    let fal = Contract::start(Provider::Fal, Script::default());
    let story = Story::new("engine: fal", &TARGETS, &[&fal]);
    story.dir.write("in/whole.png", &drawn(|_, _| true));
    story.dir.write("in/hole.png", &drawn(|x, y| !((60..180).contains(&x) && (40..120).contains(&y))));
    story.dir.write("in/clear.png", &cut_out());
    let done = story.run(&[]);
    done.code(0).counts([6, 0, 0, 0, 0]);
    assert_eq!((fal.paid().len(), fal.paid_twice()), (2, 0), "{done}");
    for (stem, engine) in [("whole", "fal"), ("hole", "fal"), ("clear", "transparent")] {
        assert_eq!(made_by(&done, &format!("{stem}.square.png")).as_deref(), Some(engine), "{done}");
    }
}

#[test]
fn a_canvas_that_no_engine_can_reach_fails_unless_it_is_a_cut_out() {
    let runflow = Contract::start(Provider::Runflow, Script::default());
    let story = Story::new("engine: runflow", &["{ name: story, ratio: '9:16' }"], &[&runflow]);
    story.dir.write("in/clear.png", &cut_out());
    story.dir.write("in/whole.png", &drawn(|_, _| true));
    let done = story.run(&[]);
    done.code(3).counts([1, 0, 1, 0, 0]);
    assert_eq!(made_by(&done, "clear.story.png").as_deref(), Some("transparent"), "{done}");
    assert_eq!(runflow.paid().len(), 0, "{done}");
    done.warns(&["runflow: "]);
}
