//! Only the hard ones: local engines first, and a provider for what they are not sure of.

use std::io::Cursor;

use image::ImageFormat;
use image::Rgb;
use image::RgbImage;
use serde_json::Value;
use serde_json::json;

use crate::dir::Done;
use crate::paid::story::Story;
use crate::paid::story::made_by;
use crate::paid::story::pipeline;
use crate::paid::story::small;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Fault;
use testkit::faults::Instead;
use testkit::faults::Point;
use testkit::faults::Refusal;
use testkit::faults::When;

const SQUARE: [&str; 1] = ["{ name: square, ratio: '1:1' }"];

/// Only a border of one colour leaves no doubt at all.
const CHAIN: &str = "engine: [{ use: auto, min_confidence: 100% }, fal, blur]";

/// A product on white.
fn plain() -> Vec<u8> {
    let is_product = |x: u32, y: u32| (80..160).contains(&x) && (40..120).contains(&y);
    let color = |x, y| if is_product(x, y) { Rgb([180, (x % 200) as u8, 40]) } else { Rgb([255; 3]) };
    let mut file = Cursor::new(Vec::new());
    RgbImage::from_fn(240, 160, color).write_to(&mut file, ImageFormat::Png).expect("encoded");
    file.into_inner()
}

/// An easy picture and a hard one.
fn story<'a>(targets: &[&str], servers: &[&'a Contract]) -> Story<'a> {
    let story = Story::new(CHAIN, targets, servers);
    story.dir.write("in/easy.png", &plain());
    story.dir.write("in/hard.png", &small("chelsea.png", 240, 160));
    story
}

fn without_key(story: &Story<'_>) -> Done {
    let mut command = story.command(&["run", "p.yaml", "--json", "--verbose"]);
    command.env_remove(Provider::Fal.key_variable());
    Done::of(command)
}

#[test]
fn only_what_local_engines_are_not_sure_of_is_sent() {
    let fal = Contract::start(Provider::Fal, Script::default());
    let story = story(&SQUARE, &[&fal]);
    let plan = story.plan();
    assert_eq!((&plan["calls"]["expected"], &plan["calls"]["possible"]), (&json!(0), &json!(2)), "{plan}");
    assert_eq!(plan["cost_usd"], json!({"expected": 0.0, "highest": 0.12}));
    assert_eq!((&plan["call_list"][0]["due"], &plan["call_list"][0]["possible"]), (&json!(false), &json!(true)));
    let text = Done::of(story.command(&["plan", "p.yaml"]));
    text.code(0).says(&["fal on 240x240, if no local engine can", "0 and up to 2", "at most 0.12 USD"]);

    let done = story.run(&[]);
    done.code(0).counts([2, 0, 0, 0, 0]);
    assert_eq!(made_by(&done, "easy.square.png").as_deref(), Some("solid"), "{done}");
    assert_eq!(made_by(&done, "hard.square.png").as_deref(), Some("fal"), "{done}");
    assert_eq!((fal.paid().len(), fal.violations()), (1, Vec::new()));
    // What was doubted is said, and recorded for who looks for it.
    done.warns(&["auto: "]);
    let manifest = String::from_utf8(story.dir.read("out/.recanvas/manifest.jsonl")).expect("text");
    assert_eq!(manifest.matches("\"auto: ").count(), 1, "{manifest}");
    let mut records = manifest.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record"));
    let by_fal = records.find(|record| record["engine"] == "fal").expect("it is finished");
    assert!(by_fal["confidence"].as_f64().is_some_and(|sure| sure < 1.0), "{by_fal}");
    assert!(by_fal["gates"]["busy"].is_f64(), "{by_fal}");

    story.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
    // Made again, each goes the same way, and what is paid for is there.
    assert_eq!(story.plan()["calls"]["possible"], 0);
    story.run(&["--force"]).code(0).counts([2, 0, 0, 0, 0]);
    assert_eq!(fal.count(Point::Submit), 1);
}

#[test]
fn an_unattended_run_that_may_pay_needs_a_limit() {
    let fal = Contract::start(Provider::Fal, Script::default());
    let story = story(&SQUARE, &[&fal]);
    story.dir.pipeline(&pipeline(CHAIN, ""), &SQUARE);
    let done = story.run(&[]);
    done.code(2).warns(&["up to 0.12 USD for 2 calls", "--max-cost"]);
    assert!(story.dir.outputs().is_empty() && fal.requests().is_empty(), "{done}");
    // A limit that is too low stops what would be paid, and nothing else.
    let done = story.run(&["--max-cost", "0.01"]);
    done.code(4).counts([1, 0, 0, 0, 1]);
    story.run(&["--max-cost", "0.1"]).code(0).counts([1, 1, 0, 0, 0]);
    assert_eq!(fal.paid().len(), 1);
}

#[test]
fn refused_pictures_are_made_by_the_next_engine() {
    let refused = Fault::Instead(Point::Submit, Instead::Says(Refusal::Moderated));
    let fal = Contract::start(Provider::Fal, Script::default().fault(refused, When::Always));
    let story = story(&SQUARE, &[&fal]);
    let done = story.run(&[]);
    done.code(0).counts([2, 0, 0, 0, 0]);
    assert_eq!(made_by(&done, "hard.square.png").as_deref(), Some("blur"), "{done}");
    assert_eq!((fal.count(Point::Submit), fal.paid().len()), (1, 0));
    done.warns(&["auto: ", "fal: "]);
    story.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
}

#[test]
fn without_a_key_only_the_hard_ones_fail_and_the_next_run_makes_them() {
    let fal = Contract::start(Provider::Fal, Script::default());
    let story = story(&SQUARE, &[&fal]);
    let done = without_key(&story);
    done.code(3).counts([1, 0, 1, 0, 0]);
    assert_eq!(done.json()["failed_by_class"]["provider"], 1, "{done}");
    done.warns(&["auto: ", Provider::Fal.key_variable()]);
    let done = story.run(&[]);
    done.code(0).counts([1, 1, 0, 0, 0]);
    assert_eq!((made_by(&done, "hard.square.png").as_deref(), fal.paid().len()), (Some("fal"), 1));

    let local = self::story(&SQUARE, &[&fal]);
    local.dir.pipeline(&pipeline(&format!("{CHAIN}, on_outage: local"), "budget: { per_run: 1 }"), &SQUARE);
    let done = without_key(&local);
    done.code(0).counts([2, 0, 0, 0, 0]);
    assert_eq!((made_by(&done, "hard.square.png").as_deref(), fal.paid().len()), (Some("blur"), 1));
}

#[test]
fn a_provider_out_of_reach_is_passed_over() {
    let runflow = Contract::start(Provider::Runflow, Script::default());
    // More than 80 percent on a side.
    let tall = ["{ name: tall, ratio: '1:2' }"];
    let story = story(&tall, &[&runflow]);
    let chain = "engine: [{ use: auto, min_confidence: 100% }, runflow, blur]";
    story.dir.pipeline(&pipeline(chain, ""), &tall);
    assert_eq!(story.plan()["calls"]["possible"], 0);
    let done = story.run(&[]);
    done.code(0).counts([2, 0, 0, 0, 0]);
    assert_eq!(made_by(&done, "easy.tall.png").as_deref(), Some("solid"), "{done}");
    assert_eq!(made_by(&done, "hard.tall.png").as_deref(), Some("blur"), "{done}");
    done.warns(&["auto: ", "runflow: "]);
    assert_eq!(runflow.requests().len(), 0);
}

#[test]
fn targets_of_a_hard_picture_share_a_call_in_any_order() {
    const NESTED: [&str; 3] =
        ["{ name: square, ratio: '1:1' }", "{ name: portrait, ratio: '4:5' }", "{ name: story, ratio: '9:16' }"];
    let fal = Contract::start(Provider::Fal, Script::default());
    let story = story(&NESTED, &[&fal]);
    assert_eq!(story.plan()["calls"]["possible"], 2);
    story.run(&["--target", "square"]).code(0).counts([2, 0, 0, 0, 0]);
    assert_eq!(fal.paid().len(), 1);
    // The call for the square is that for all three.
    assert_eq!(story.plan()["calls"]["possible"], 1, "of the easy one it is unknown");
    let done = story.run(&[]);
    done.code(0).counts([4, 2, 0, 0, 0]);
    assert_eq!(made_by(&done, "hard.story.png").as_deref(), Some("fal"));
    assert_eq!((fal.paid().len(), fal.violations()), (1, Vec::new()));
}
