//! Providers of no use: what they make cannot be used, or they take nothing.

use crate::contract::Contract;
use crate::contract::Provider;
use crate::contract::Script;
use crate::contract::faults::Fault;
use crate::contract::faults::Flaw;
use crate::contract::faults::Instead;
use crate::contract::faults::Point;
use crate::contract::faults::When;
use crate::dir::Done;
use crate::story::Story;
use crate::story::all_at_once;
use crate::story::small;

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
    let cases = [Flaw::Smaller(20), Flaw::Unrelated].map(|flaw| (format!("{flaw:?}"), flaw));
    all_at_once(&cases, |&flaw| {
        let server = Contract::start(Provider::Fal, Script::default().fault(Fault::Picture(flaw), When::Always));
        let story = story("engine: [{ use: fal, in_flight: 1 }, blur]", 8, &server);
        let done = story.run(&[]);
        // What was submitted before the third was looked at is paid as well; with one in flight that is one, at
        // most two.
        let paid = server.paid().len();
        assert!((3..=5).contains(&paid), "{paid} {done}");
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
fn a_submit_that_leads_elsewhere_is_an_outage_that_costs_nothing() {
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
