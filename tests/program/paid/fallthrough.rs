//! Lists of engines: who takes over from whom, and after what none does.

use crate::dir::Done;
use crate::paid::story::Story;
use crate::paid::story::all_at_once;
use crate::paid::story::made_by;
use crate::paid::story::pipeline;
use crate::paid::story::small;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Fault;
use testkit::faults::Flaw;
use testkit::faults::Instead;
use testkit::faults::Point;
use testkit::faults::Refusal;
use testkit::faults::When;
use testkit::http::Delivery;

const SQUARE: [&str; 1] = ["{ name: square, ratio: '1:1' }"];
const THREE: [(&str, &str); 3] = [("a", "coffee.png"), ("b", "chelsea.png"), ("c", "rocket.jpg")];

fn with_three<'a>(outpaint: &str, targets: &[&str], servers: &[&'a Contract]) -> Story<'a> {
    let story = Story::new(outpaint, targets, servers);
    for (name, photo) in THREE {
        story.dir.write(format!("in/{name}.png"), &small(photo, 240, 160));
    }
    story
}

fn with_one<'a>(outpaint: &str, servers: &[&'a Contract]) -> Story<'a> {
    let story = Story::new(outpaint, &SQUARE, servers);
    story.dir.write("in/a.png", &small("coffee.png", 240, 160));
    story
}

fn engines(done: &Done) -> Vec<String> {
    let engine = |(name, _)| made_by(done, &format!("{name}.square.png")).unwrap_or_default();
    THREE.into_iter().map(engine).collect()
}

fn refusing(refusal: Refusal, when: When) -> Script {
    Script::default().fault(Fault::Instead(Point::Submit, Instead::Says(refusal)), when)
}

#[test]
fn without_a_valid_key_a_provider_is_not_asked_again_and_the_next_takes_over() {
    let cases = [Refusal::Unauthorized, Refusal::NoCredit].map(|refusal| (format!("{refusal:?}"), refusal));
    all_at_once(&cases, |refusal| {
        let fal = Contract::start(Provider::Fal, refusing(refusal.clone(), When::Always));
        let runflow = Contract::start(Provider::Runflow, Script::default());
        // One at a time: the others have not begun when the first is refused.
        let story = with_three("engine: [{ use: fal, in_flight: 1 }, runflow, blur]", &SQUARE, &[&fal, &runflow]);
        let done = story.run(&[]);
        done.code(0).counts([3, 0, 0, 0, 0]);
        assert_eq!(engines(&done), ["runflow"; 3]);
        assert_eq!((fal.count(Point::Submit), fal.paid().len()), (1, 0), "{done}");
        assert_eq!((runflow.paid().len(), runflow.paid_twice()), (3, 0), "{done}");
        assert_eq!([fal.violations(), runflow.violations()].concat(), [""; 0]);
        done.warns(&["fal"]);
    });
}

#[test]
fn a_refused_picture_is_offered_to_the_next_engine_and_others_are_not() {
    let fal = Contract::start(Provider::Fal, refusing(Refusal::Moderated, When::First(1)));
    let runflow = Contract::start(Provider::Runflow, Script::default());
    let story = with_three("engine: [fal, runflow, blur]", &SQUARE, &[&fal, &runflow]);
    let done = story.run(&[]);
    done.code(0).counts([3, 0, 0, 0, 0]);
    let mut engines = engines(&done);
    engines.sort();
    assert_eq!(engines, ["fal", "fal", "runflow"]);
    assert_eq!((fal.count(Point::Submit), fal.paid().len(), runflow.paid().len()), (3, 2, 1));
    assert_eq!([fal.violations(), runflow.violations()].concat(), [""; 0]);
}

#[test]
fn a_provider_that_cannot_reach_a_canvas_is_passed_over_unpaid() {
    let fal = Contract::start(Provider::Fal, Script::default());
    let runflow = Contract::start(Provider::Runflow, Script::default());
    // More than 80 percent on a side.
    let tall = ["{ name: square, ratio: '1:2' }"];
    let story = with_three("engine: [runflow, fal, blur]", &tall, &[&fal, &runflow]);
    assert_eq!(story.plan()["call_list"][0]["provider"], "fal");
    let done = story.run(&[]);
    done.code(0).counts([3, 0, 0, 0, 0]);
    assert_eq!(engines(&done), ["fal"; 3]);
    assert_eq!((fal.paid().len(), runflow.requests().len()), (3, 0));
    done.warns(&["runflow is passed over"]);

    // Where no engine is left the task fails; where only a local engine is, no key is needed.
    let alone = with_three("engine: runflow", &tall, &[&runflow]);
    let done = alone.run(&[]);
    done.code(3).counts([0, 0, 3, 0, 0]);
    assert_eq!(done.json()["failed_by_class"]["unreachable"], 3);
    alone.run(&[]).code(0).counts([0, 0, 0, 3, 0]);
    let local = with_three("engine: [runflow, blur]", &tall, &[]);
    let done = local.run(&[]);
    done.code(0).counts([3, 0, 0, 0, 0]);
    assert_eq!(engines(&done), ["blur"; 3]);
    assert_eq!(runflow.requests().len(), 0);
}

#[test]
fn after_a_call_of_unknown_fate_no_other_provider_is_paid() {
    let cases = [("fail", [0, 0, 1, 0, 0]), ("local", [1, 0, 0, 0, 0])];
    all_at_once(&cases.map(|case| (case.0.to_owned(), case)), |&(on_unknown, expected)| {
        let lost = Fault::Delivery(Point::Submit, Delivery::Lost);
        let fal = Contract::start(Provider::Fal, Script::default().fault(lost, When::First(1)));
        let runflow = Contract::start(Provider::Runflow, Script::default());
        let outpaint = format!("engine: [fal, runflow, blur], on_unknown: {on_unknown}");
        let story = with_one(&outpaint, &[&fal, &runflow]);
        let done = story.run(&[]);
        done.counts(expected);
        assert_eq!((fal.paid().len(), runflow.requests().len()), (1, 0), "{done}");
        assert_eq!(done.json()["calls"]["unknown"], 1, "{done}");
        // Its highest price counts as spent.
        assert!(done.json()["cost_usd"].as_f64().is_some_and(|cost| cost >= 0.06), "{done}");
        if on_unknown == "fail" {
            assert_eq!((done.code, &done.json()["failed_by_class"]["unknown_call"]), (3, &1.into()));
            story.run(&[]).code(0).counts([0, 0, 0, 1, 0]);
        } else {
            assert_eq!((done.code, made_by(&done, "a.square.png").as_deref()), (0, Some("blur")));
            story.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
        }
        // What is done asks for nothing.
        let status = Done::of(story.command(&["status", "p.yaml"]));
        let waits = "1 calls are of unknown fate; --retry-unknown submits them again";
        let done = "1 calls did not end, and nothing waits for them";
        status.says(&[if on_unknown == "fail" { waits } else { done }]);
        assert_eq!((fal.count(Point::Submit), runflow.requests().len()), (1, 0));
    });
}

#[test]
fn a_bad_result_is_asked_for_once_more_with_a_new_seed() {
    let unrelated = Fault::Picture(Flaw::Unrelated);
    let chain = "engine: [{ use: modelslab, price: 0.05, seed: 7 }, runflow, blur]";
    let cases = [(When::Nth(1), "modelslab"), (When::Always, "runflow")];
    all_at_once(&cases.map(|case| (case.1.to_owned(), case)), |&(when, engine)| {
        let modelslab = Contract::start(Provider::Modelslab, Script::default().fault(unrelated.clone(), when));
        let runflow = Contract::start(Provider::Runflow, Script::default());
        let story = with_one(chain, &[&modelslab, &runflow]);
        let done = story.run(&[]);
        done.code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!(made_by(&done, "a.square.png").as_deref(), Some(engine), "{done}");
        let asked: Vec<u64> = modelslab.paid().iter().filter_map(|paid| paid.body["seed"].as_u64()).collect();
        assert_eq!(asked, [7, 8]);
        assert_eq!(runflow.paid().len(), usize::from(engine == "runflow"));
        assert_eq!([modelslab.violations(), runflow.violations()].concat(), [""; 0]);
        // What was made with the second seed is found again: nothing is paid for another format.
        let more = "stages:\n  - outpaint: { engine: [{ use: modelslab, price: 0.05, seed: 7 }, runflow, blur] }\n\
                    budget: { per_run: 9 }";
        story.dir.pipeline(more, &SQUARE);
        story.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!(modelslab.paid().len(), 2);
        assert_eq!(runflow.paid().len(), usize::from(engine == "runflow"));
    });
}

#[test]
fn the_second_seed_is_left_out_where_the_budget_is_spent() {
    let unrelated = Fault::Picture(Flaw::Unrelated);
    let modelslab = Contract::start(Provider::Modelslab, Script::default().fault(unrelated, When::Always));
    let chain = "engine: [{ use: modelslab, price: 0.05 }, blur]";
    let story = with_one(chain, &[&modelslab]);
    story.dir.pipeline(&pipeline(chain, "budget: { per_run: 0.05 }"), &SQUARE);
    let done = story.run(&[]);
    done.code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!((made_by(&done, "a.square.png").as_deref(), modelslab.paid().len()), (Some("blur"), 1), "{done}");
}

#[test]
fn a_blackened_result_goes_to_the_next_engine_at_once() {
    let black = Fault::Picture(Flaw::Black);
    let modelslab = Contract::start(Provider::Modelslab, Script::default().fault(black, When::Always));
    let story = with_one("engine: [{ use: modelslab, price: 0.05 }, blur]", &[&modelslab]);
    let done = story.run(&[]);
    done.code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!((made_by(&done, "a.square.png").as_deref(), modelslab.paid().len()), (Some("blur"), 1), "{done}");
}

#[test]
fn a_run_stops_before_the_call_that_would_cost_too_much() {
    let fal = Contract::start(Provider::Fal, Script::default());
    // 0.03 each, at most twice that: the third could exceed it.
    let story = with_three("engine: { use: fal, in_flight: 1 }", &SQUARE, &[&fal]);
    let done = story.run(&["--max-cost", "0.1"]);
    done.code(4).counts([2, 0, 0, 0, 1]);
    assert_eq!(fal.paid().len(), 2);
    story.run(&[]).code(0).counts([1, 2, 0, 0, 0]);
    assert_eq!((fal.paid().len(), fal.paid_twice()), (3, 0));
}
