//! Providers of no use: what they make cannot be used, or they take nothing.

use std::time::Duration;

use crate::dir::Done;
use crate::paid::story::Story;
use crate::paid::story::all_at_once;
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
use testkit::faults::fault as named_fault;

const SQUARE: [&str; 1] = ["{ name: square, ratio: '1:1' }"];

fn story<'a>(outpaint: &str, pictures: u32, server: &'a Contract) -> Story<'a> {
    let story = Story::new(outpaint, &SQUARE, &[server]);
    for picture in 0..pictures {
        story.dir.write(format!("in/{picture}.png"), &small("coffee.png", 240 + picture, 160));
    }
    story
}

/// Checks that a run made so many outputs, whichever they are, and the provider filled all of them.
#[track_caller]
fn assert_made_by_fal(done: &Done, count: usize) {
    let made: Vec<&str> = done.stderr.lines().filter(|line| line.starts_with("made ")).collect();
    assert_eq!(made.len(), count, "{done}");
    assert!(made.iter().all(|line| line.ends_with(" (fal)")), "{done}");
}

#[test]
fn after_three_results_that_cannot_be_used_nothing_more_is_paid() {
    let cases = [(Flaw::Smaller(20), 1), (Flaw::Unrelated, 40)].map(|case| (format!("{case:?}"), case));
    all_at_once(&cases, |&(flaw, in_flight)| {
        let server = Contract::start(Provider::Fal, Script::default().fault(Fault::Picture(flaw), When::Always));
        let story = story(&format!("engine: [{{ use: fal, in_flight: {in_flight} }}, blur]"), 8, &server);
        let done = story.run(&[]);
        let paid = server.paid().len();
        assert_eq!(paid, 3, "{done}");
        // What was judged bad goes on to the next engine; the rest waits for a better provider.
        done.code(3).counts([paid as u64, 0, 8 - paid as u64, 0, 0]);
        assert_eq!(done.json()["failed_by_class"]["provider"], 8 - paid, "{done}");
        assert_eq!(done.json()["stood_in"][0]["outputs"], paid, "{done}");
        done.warns(&["3 results in a row could not be used"]);
        // The next run tries one, and so does the one after.
        for more in [1, 2] {
            story.run(&[]).code(3);
            assert_eq!(server.paid().len(), paid + more);
        }
        server.heal();
        let done = story.run(&[]);
        done.code(0);
        assert_made_by_fal(&done, 8 - paid - 2);
        assert_eq!(server.paid().len(), 8, "{done}");
        // What stood in is made again on request, and only then.
        let stood_in = paid as u64 + 2;
        let done = story.run(&["--refill", "--repay"]);
        done.code(0).counts([stood_in, 8 - stood_in, 0, 0, 0]);
        assert_made_by_fal(&done, paid + 2);
        assert_eq!(done.json()["stood_in"], serde_json::json!([]), "{done}");
    });
}

#[test]
fn unusable_results_are_counted_over_all_targets_of_a_source() {
    const TARGETS: [&str; 4] = [
        "{ name: square, ratio: '1:1' }",
        "{ name: portrait, ratio: '4:5' }",
        "{ name: wide, ratio: '2:1' }",
        "{ name: tall, ratio: '2:3' }",
    ];
    let script = Script::default().fault(Fault::Picture(Flaw::Smaller(20)), When::Always);
    let server = Contract::start(Provider::Fal, script);
    let story = Story::new("engine: { use: fal, in_flight: 40 }, share: off", &TARGETS, &[&server]);
    story.dir.write("in/0.png", &small("coffee.png", 240, 160));
    story.dir.write("in/1.png", &small("coffee.png", 246, 164));
    // Another name for what another source is.
    story.dir.write("in/2.png", &small("coffee.png", 240, 160));
    assert_eq!(story.plan()["calls"]["expected"], 12);
    story.run(&[]).code(3).warns(&["3 results in a row could not be used"]);
    assert_eq!(server.paid().len(), 3);
    // The next run tries one, however many targets its source has.
    story.run(&[]).code(3).warns(&["the one that was tried now"]);
    assert_eq!(server.paid().len(), 4);
    server.heal();
    // Now one after the other until one could be used, and then all.
    let done = story.run(&["--repay"]);
    done.code(0);
    // Eight canvases in all. Which were tried hangs on which source was read first, and what a taller one of them
    // shows is not bought for a lower one that was not tried.
    let manifest = String::from_utf8(story.dir.read("out/.recanvas/manifest.jsonl")).expect("text");
    let was_tried = |source: &str, target: &str| {
        let said =
            [r#""class":"bad_output""#.into(), format!(r#""source":"{source}""#), format!(r#""target":"{target}""#)];
        manifest.lines().any(|line| said.iter().all(|part: &String| line.contains(part)))
    };
    let lower = [("square", "portrait"), ("square", "tall"), ("portrait", "tall")];
    let is_shown = |source: &str, target: &str| {
        lower.iter().any(|(low, tall)| *low == target && was_tried(source, tall)) && !was_tried(source, target)
    };
    let shown = ["0.png", "1.png"].map(|source| ["square", "portrait"].map(|target| is_shown(source, target)));
    let shown = shown.as_flattened().iter().filter(|is_shown| **is_shown).count();
    assert_eq!((server.paid().len(), server.violations()), (4 + 8 - shown, Vec::new()), "{done}");
    story.run(&[]).code(0).counts([0, 12, 0, 0, 0]);
}

#[test]
fn a_redirected_submit_is_an_outage_that_costs_nothing() {
    for status in [307, 308] {
        let script = Script::default().fault(Fault::Instead(Point::Submit, Instead::Redirect(status)), When::Always);
        let server = Contract::start(Provider::Fal, script);
        let story = story("engine: [{ use: fal, in_flight: 1 }, blur]", 6, &server);
        let done = story.run(&[]);
        done.code(3).counts([0, 0, 6, 0, 0]);
        assert_eq!(done.json()["failed_by_class"]["provider"], 6, "{done}");
        assert_eq!((&done.json()["cost_usd"], server.paid().len()), (&0.0.into(), 0), "{done}");
        done.warns(&["moved to"]);
        server.heal();
        story.run(&[]).code(0).counts([6, 0, 0, 0, 0]);
    }
}

#[test]
fn after_three_jobs_that_come_to_nothing_nothing_more_is_paid() {
    let cases = [(Provider::Runflow, "failed"), (Provider::Runflow, "poll-404-always"), (Provider::Fal, "no-picture")];
    let cases = cases.map(|case| (format!("{case:?}"), case));
    all_at_once(&cases, |&(provider, fault)| {
        let (fault, when) = named_fault(fault).expect("it is named");
        let server = Contract::start(provider, Script::default().fault(fault, when));
        let engine = format!("engine: [{{ use: {}, in_flight: 2 }}, blur]", provider.name());
        let story = story(&engine, 7, &server);
        let done = story.run(&[]);
        assert_eq!(server.paid().len(), 3, "{done}");
        done.code(3).warns(&["3 ", "in a row", "nothing more is submitted in this run"]);
        // The next run tries one.
        story.run(&[]).code(3);
        assert_eq!(server.paid().len(), 4);
        assert_eq!(server.violations(), [""; 0]);
    });
}

#[test]
fn failures_between_good_results_stop_nothing() {
    // What fails is answered at once, what is made takes its time: by the order of the answers they come in a row.
    for in_flight in [1, 12] {
        let script = Script::default().latency(Duration::from_millis(700));
        let server = Contract::start(
            Provider::Fal,
            script.fault(Fault::Instead(Point::Submit, Instead::Says(Refusal::Server(500))), When::Every(6)),
        );
        let story = story(&format!("engine: {{ use: fal, in_flight: {in_flight} }}"), 24, &server);
        let done = story.run(&[]);
        done.code(3).counts([20, 0, 4, 0, 0]);
        assert_eq!(done.json()["failed_by_class"]["unknown_call"], 4, "{done}");
        assert!(!done.stderr.contains("nothing more is submitted"), "{done}");
    }
}

#[test]
fn a_page_in_place_of_the_picture_does_not_pass_on_to_another_engine() {
    let page = Fault::Instead(Point::Download, Instead::Html);
    let server = Contract::start(Provider::Fal, Script::default().fault(page, When::Always));
    let story = story("engine: [fal, blur]", 1, &server);
    let done = story.run(&[]);
    done.code(3).counts([0, 0, 1, 0, 0]);
    assert_eq!(done.json()["failed_by_class"]["provider"], 1, "{done}");
    server.heal();
    let done = story.run(&[]);
    done.code(0).counts([1, 0, 0, 0, 0]);
    assert_made_by_fal(&done, 1);
    assert_eq!((server.paid().len(), &done.json()["calls"]["resumed"]), (1, &1.into()), "{done}");
}

#[test]
fn a_black_result_is_bought_again_by_repay_alone() {
    // Earlier versions took it for a refusal.
    let cases = ["bad_output", "rejected"].map(|class| (class.to_owned(), class));
    all_at_once(&cases, |&class| {
        let black = Fault::Picture(Flaw::Black);
        let server = Contract::start(Provider::Fal, Script::default().fault(black, When::Always));
        let story = story("engine: fal", 1, &server);
        let done = story.run(&[]);
        done.code(3).warns(&["only --repay buys it again"]);
        assert_eq!(done.json()["failed_by_class"]["bad_output"], 1, "{done}");
        let manifest = String::from_utf8(story.dir.read("out/.recanvas/manifest.jsonl")).expect("text");
        let earlier = manifest.replace("\"bad_output\"", &format!("{class:?}"));
        assert_eq!((earlier != manifest, manifest.matches("\"bad_output\"").count() > 0), (class == "rejected", true));
        story.dir.write("out/.recanvas/manifest.jsonl", earlier.as_bytes());
        server.heal();
        story.run(&[]).code(0).counts([0, 0, 0, 1, 0]);
        story.run(&["--retry-failed"]).code(3).counts([0, 0, 1, 0, 0]);
        assert_eq!(server.paid().len(), 1);
        story.dir.write("out/.recanvas/manifest.jsonl", earlier.as_bytes());
        let done = story.run(&["--repay"]);
        done.code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!(server.paid().len(), 2, "{done}");
    });
}

#[test]
fn repay_leaves_refused_calls_without_a_result() {
    let refused = Fault::Instead(Point::Submit, Instead::Says(Refusal::Moderated));
    let server = Contract::start(Provider::Fal, Script::default().fault(refused, When::Always));
    let story = story("engine: fal", 1, &server);
    story.run(&[]).code(3).counts([0, 0, 1, 0, 0]);
    server.heal();
    story.run(&["--repay"]).code(0).counts([0, 0, 0, 1, 0]);
    assert_eq!(server.paid().len(), 0);
    story.run(&["--retry-failed"]).code(0).counts([1, 0, 0, 0, 0]);
}
