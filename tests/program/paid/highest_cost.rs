//! What `plan` and `run` show as "at most" is never exceeded, whatever goes wrong.

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

const SQUARE: &[&str] = &["{ name: square, ratio: '1:1' }"];
/// Each window lies in the next.
const NESTED: &[&str] =
    &["{ name: square, ratio: '1:1' }", "{ name: portrait, ratio: '4:5' }", "{ name: story, ratio: '9:16' }"];
/// Neither lies in the other.
const APART: &[&str] = &["{ name: tall, ratio: '1:1' }", "{ name: wide, ratio: '2:1' }"];

const MODELSLAB: &str = "{ use: modelslab, price: 0.05 }";
const PIXELDOJO: &str = "{ use: pixeldojo, price: 0.1 }";

/// What is wrong with every answer of a provider.
#[derive(Clone, Copy)]
enum Wrong {
    Nothing,
    AnotherPicture,
    Smaller,
    Black,
    Moderated,
}

fn server(provider: Provider, wrong: Wrong) -> Contract {
    let fault = match wrong {
        Wrong::Nothing => return Contract::start(provider, Script::default()),
        Wrong::AnotherPicture => Fault::Picture(Flaw::Unrelated),
        Wrong::Smaller => Fault::Picture(Flaw::Smaller(20)),
        Wrong::Black => Fault::Picture(Flaw::Black),
        Wrong::Moderated => Fault::Instead(Point::Submit, Instead::Says(Refusal::Moderated)),
    };
    Contract::start(provider, Script::default().fault(fault, When::Always))
}

/// The cents that are named as the most, in a text for people.
#[track_caller]
fn most(text: &str, done: &Done) -> u64 {
    let line = text.lines().find(|line| line.contains("provider calls: ")).unwrap_or_else(|| panic!("no cost: {done}"));
    let amount = line.split("at most ").nth(1).and_then(|rest| rest.split(' ').next());
    let amount: f64 = amount.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no amount: {line}"));
    (amount * 100.0).round() as u64
}

/// What a run may be told to do, what is bought of modelslab, pixeldojo and runflow, and the cents of the most.
struct Case {
    engine: String,
    more: &'static str,
    targets: &'static [&'static str],
    sources: u32,
    wrong: [Wrong; 3],
    bought: [usize; 3],
    most: u64,
}

#[test]
fn at_most_counts_second_seeds_and_providers_that_stand_in() {
    use Wrong::AnotherPicture;
    use Wrong::Black;
    use Wrong::Moderated;
    use Wrong::Nothing;
    use Wrong::Smaller;
    let all = format!("[{MODELSLAB}, {PIXELDOJO}, runflow, blur]");
    let case = |engine: &str, targets, wrong, bought, most| Case {
        engine: engine.to_owned(),
        more: "",
        targets,
        sources: 1,
        wrong,
        bought,
        most,
    };
    let cases = [
        ("alone", case("runflow", SQUARE, [Nothing, Nothing, AnotherPicture], [0, 0, 1], 55)),
        ("a second seed", case(MODELSLAB, SQUARE, [AnotherPicture, Nothing, Nothing], [2, 0, 0], 10)),
        ("no seed for a size", case(MODELSLAB, SQUARE, [Smaller, Nothing, Nothing], [1, 0, 0], 10)),
        ("no seed for a refusal", case(MODELSLAB, SQUARE, [Black, Nothing, Nothing], [1, 0, 0], 10)),
        ("all of a list", case(&all, SQUARE, [AnotherPicture; 3], [2, 1, 1], 75)),
        ("all of a list but the last", case(&all, SQUARE, [AnotherPicture, Moderated, Nothing], [2, 0, 1], 75)),
        ("all of a list for targets that share", case(&all, NESTED, [AnotherPicture; 3], [2, 1, 1], 75)),
        // After three results of no use there is no second seed for the other target.
        ("all of a list for each target", case(&all, APART, [AnotherPicture; 3], [3, 2, 2], 150)),
        (
            // The tallest is out of runflow's reach, and after three results of no use there is no second seed.
            "all of a list without sharing",
            Case { more: ", share: off", ..case(&all, NESTED, [AnotherPicture; 3], [3, 3, 2], 170) },
        ),
        (
            "behind a local engine",
            case(
                &format!("[{{ use: auto, min_confidence: 100% }}, {MODELSLAB}, runflow]"),
                SQUARE,
                [AnotherPicture, Nothing, AnotherPicture],
                [2, 0, 1],
                65,
            ),
        ),
        ("two sources", Case { sources: 2, ..case(&all, SQUARE, [Black, Black, Nothing], [2, 2, 2], 150) }),
    ];
    let cases = cases.map(|(name, case)| (name.to_owned(), case));
    all_at_once(&cases, |case| {
        let servers = [Provider::Modelslab, Provider::Pixeldojo, Provider::Runflow];
        let servers: Vec<Contract> =
            servers.into_iter().zip(case.wrong).map(|(provider, wrong)| server(provider, wrong)).collect();
        let servers: Vec<&Contract> = servers.iter().collect();
        let story = Story::new(&format!("engine: {}{}", case.engine, case.more), case.targets, &servers);
        for source in 0..case.sources {
            story.dir.write(format!("in/{source}.png"), &small("coffee.png", 240 + source, 160));
        }
        let plan = Done::of(story.command(&["plan", "p.yaml"]));
        let json = story.plan()["cost_usd"]["highest"].as_f64().expect("a sum");
        assert_eq!((most(&plan.stdout, &plan), (json * 100.0).round() as u64), (case.most, case.most), "{plan}");
        let done = story.run(&[]);
        assert!([0, 3].contains(&done.code), "{done}");
        assert_eq!(most(&done.stderr, &done), case.most, "{done}");
        let bought: Vec<usize> = servers.iter().map(|server| server.paid().len()).collect();
        assert_eq!(bought, case.bought, "{done}");
        let paid: usize = [5, 10, 55].iter().zip(&bought).map(|(price, count)| price * count).sum();
        assert!(paid as u64 <= case.most, "{paid} cents were paid, {} were named: {done}", case.most);
        let cost = (done.json()["cost_usd"].as_f64().expect("a sum") * 100.0).round() as u64;
        assert!(cost <= case.most, "{cost} cents are said, {} were named: {done}", case.most);
        // What is over stays over, and is named as nothing.
        let again = Done::of(story.command(&["plan", "p.yaml"]));
        story.run(&[]);
        let more: Vec<usize> = servers.iter().map(|server| server.paid().len()).collect();
        let paid: usize =
            [5, 10, 55].iter().zip(more.iter().zip(&bought)).map(|(price, (now, then))| price * (now - then)).sum();
        let named = if again.stdout.contains("provider calls: none") { 0 } else { most(&again.stdout, &again) };
        assert!(paid as u64 <= named, "{paid} cents were paid again, {named} were named: {again}");
    });
}
