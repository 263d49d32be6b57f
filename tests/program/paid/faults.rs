//! Everything that goes wrong, with every provider: the right class, nothing paid twice, other
//! tasks go on, and the next run knows what happened.

use crate::dir::Done;
use crate::paid::story::Story;
use crate::paid::story::all_at_once;
use crate::paid::story::engine;
use crate::paid::story::small;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Fate;
use testkit::faults::Fault;
use testkit::faults::Flaw;
use testkit::faults::Instead;
use testkit::faults::Point;
use testkit::faults::Refusal;
use testkit::faults::Retry;
use testkit::faults::When;
use testkit::http::Delivery;

/// How a run over two sources ends whose calls are struck by a fault, and what later runs do
/// when it is over. The local target of both is always made.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// All is made; so many calls are paid.
    Made { paid: usize },
    /// One task fails for good; so many calls are paid. The next run leaves it alone, and one
    /// with this flag pays for one more.
    Known { class: &'static str, paid: usize, flag: &'static str },
    /// Both tasks fail and nothing is paid: the provider is of no use. The next run pays.
    Stopped,
    /// Both calls are paid and not seen to their end; the next run asks for the results.
    Left,
}

use End::Known;
use End::Left;
use End::Made;
use End::Stopped;

/// Whether the provider takes a seed, so that a bad result is asked for once more.
fn has_seed(provider: Provider) -> bool {
    matches!(provider, Provider::Modelslab | Provider::Stablediffusionapi)
}

/// A fault by name, when it strikes, and what comes of it.
type Row = (&'static str, Fault, When, fn(Provider) -> End);

fn says(point: Point, refusal: Refusal) -> Fault {
    Fault::Instead(point, Instead::Says(refusal))
}

fn before_the_submit() -> Vec<Row> {
    use Point::Submit;
    let (once, always) = (When::First(1), When::Always);
    let made: fn(Provider) -> End = |_| Made { paid: 2 };
    let refused: fn(Provider) -> End = |_| Known { class: "rejected", paid: 1, flag: "--retry-failed" };
    let unknown: fn(Provider) -> End = |_| Known { class: "unknown_call", paid: 1, flag: "--retry-unknown" };
    vec![
        ("429", says(Submit, Refusal::Limited(Retry::Unsaid)), once, made),
        ("429 with seconds", says(Submit, Refusal::Limited(Retry::Seconds(1))), once, made),
        ("429 with a date", says(Submit, Refusal::Limited(Retry::Date(1))), once, made),
        ("429 with seconds in the body", says(Submit, Refusal::Limited(Retry::Body(1))), once, made),
        ("503", says(Submit, Refusal::Server(503)), once, made),
        ("401", says(Submit, Refusal::Unauthorized), always, |_| Stopped),
        ("no credit", says(Submit, Refusal::NoCredit), always, |_| Stopped),
        ("moderation", says(Submit, Refusal::Moderated), once, refused),
        ("a redirect", Fault::Instead(Submit, Instead::Redirect(307)), always, |_| Stopped),
        ("500", says(Submit, Refusal::Server(500)), once, unknown),
        ("HTML with 200", Fault::Instead(Submit, Instead::Html), once, unknown),
    ]
}

fn at_the_submit() -> Vec<Row> {
    let once = When::First(1);
    let unknown: fn(Provider) -> End = |_| Known { class: "unknown_call", paid: 2, flag: "--retry-unknown" };
    let reply = |delivery| Fault::Delivery(Point::Submit, delivery);
    vec![
        ("reply lost", reply(Delivery::Lost), once, unknown),
        ("reply truncated", reply(Delivery::Truncated), once, |provider| match provider {
            // Their half of a reply names the job.
            Provider::Fal | Provider::Modelslab | Provider::Stablediffusionapi => Made { paid: 2 },
            Provider::Pixeldojo | Provider::Runflow => {
                Known { class: "unknown_call", paid: 2, flag: "--retry-unknown" }
            }
        }),
        ("502 though accepted", reply(Delivery::Gateway(502)), once, unknown),
        ("HTML with 200 though accepted", reply(Delivery::Gateway(200)), once, unknown),
        ("done at once", Fault::Job(Fate::AtOnce), When::Always, |_| Made { paid: 2 }),
    ]
}

fn while_it_works() -> Vec<Row> {
    use Point::Poll;
    let (once, always, second) = (When::First(1), When::Always, When::Nth(2));
    let made: fn(Provider) -> End = |_| Made { paid: 2 };
    let refused: fn(Provider) -> End = |_| Known { class: "rejected", paid: 2, flag: "--retry-failed" };
    vec![
        ("polls 500", says(Poll, Refusal::Server(500)), When::First(2), made),
        ("poll 429", says(Poll, Refusal::Limited(Retry::Unsaid)), once, made),
        ("poll 429 with seconds", says(Poll, Refusal::Limited(Retry::Seconds(1))), once, made),
        ("poll HTML with 200", Fault::Instead(Poll, Instead::Html), once, made),
        ("poll lost", Fault::Delivery(Poll, Delivery::Lost), once, made),
        ("poll redirected", Fault::Instead(Poll, Instead::Redirect(302)), once, made),
        ("polls 401", says(Poll, Refusal::Unauthorized), always, |_| Left),
        ("an unknown word", Fault::Job(Fate::StrangeWord), always, made),
        ("refused at the end", Fault::Job(Fate::Refused), second, refused),
        ("failed at the end", Fault::Job(Fate::Failed), second, refused),
    ]
}

fn with_the_result() -> Vec<Row> {
    use Point::Download;
    let (once, each, second) = (When::First(1), When::FirstOfEach(1), When::Nth(2));
    let made: fn(Provider) -> End = |_| Made { paid: 2 };
    let flaw = Fault::Picture;
    let bad: fn(Provider) -> End = |provider| match has_seed(provider) {
        true => Made { paid: 3 },
        false => Known { class: "bad_output", paid: 2, flag: "--repay" },
    };
    // What a safety checker blackens, it blackens again.
    let black: fn(Provider) -> End = |_| Known { class: "bad_output", paid: 2, flag: "--repay" };
    vec![
        ("result 503", says(Point::Result, Refusal::Server(503)), each, made),
        ("result in progress", says(Point::Result, Refusal::InProgress), each, made),
        ("download truncated", Fault::Delivery(Download, Delivery::Truncated), once, made),
        ("download cut in a chunk", Fault::Delivery(Download, Delivery::CutChunk), once, made),
        ("download HTML with 200", Fault::Instead(Download, Instead::Html), once, made),
        ("download redirected", Fault::Instead(Download, Instead::Redirect(302)), each, made),
        ("link expired", flaw(Flaw::LinkExpires), When::Always, made),
        ("WebP named PNG", flaw(Flaw::WebpAsPng), When::Always, made),
        ("2 % smaller", flaw(Flaw::Smaller(2)), When::Always, made),
        // Another seed changes no size.
        ("20 % smaller", flaw(Flaw::Smaller(20)), second, |_| Known { class: "bad_output", paid: 2, flag: "--repay" }),
        ("another picture", flaw(Flaw::Unrelated), second, bad),
        ("black", flaw(Flaw::Black), second, black),
    ]
}

fn counts_of(end: End) -> [u64; 5] {
    match end {
        Made { .. } => [4, 0, 0, 0, 0],
        Known { .. } => [3, 0, 1, 0, 0],
        Stopped | Left => [2, 0, 2, 0, 0],
    }
}

#[track_caller]
fn failed_as(done: &Done, class: &str) {
    let failed = &done.json()["failed_by_class"];
    let classes: Vec<&String> = failed.as_object().expect("classes").keys().collect();
    assert_eq!(classes, [class], "{done}");
}

fn check(provider: Provider, (_, fault, when, expected): &Row) {
    let server = Contract::start(provider, Script::default().fault(fault.clone(), *when));
    let outpaint = format!("engine: {}", engine(provider));
    let targets = ["{ name: paid, ratio: '1:1' }", "{ name: free, ratio: '2:1', outpaint: { engine: blur } }"];
    let story = Story::new(&outpaint, &targets, &[&server]);
    story.dir.write("in/a.png", &small("coffee.png", 240, 160));
    story.dir.write("in/b.png", &small("chelsea.png", 240, 160));
    let end = expected(provider);

    let first = story.run(&[]);
    let first_code = if matches!(end, Made { .. }) { 0 } else { 3 };
    first.code(first_code).counts(counts_of(end));
    let paid = match end {
        Made { paid } => paid,
        Known { class, paid, .. } => {
            failed_as(&first, class);
            paid
        }
        Stopped => {
            failed_as(&first, "provider");
            0
        }
        Left => {
            failed_as(&first, "provider");
            2
        }
    };
    // Only another seed may ask for the same once more.
    let reseeded = paid.saturating_sub(2);
    assert_eq!((server.paid().len(), server.paid_twice()), (paid, reseeded), "{first}");

    server.heal();
    let asked = server.requests().len();
    let second = story.run(&[]);
    let paid_then = server.paid().len();
    match end {
        Made { .. } => {
            second.code(0).counts([0, 4, 0, 0, 0]);
            assert_eq!(server.requests().len(), asked, "{second}");
        }
        Known { flag, class, .. } => {
            second.code(0).counts([0, 3, 0, 1, 0]);
            assert_eq!(second.json()["known_failed_by_class"][class], 1, "{second}");
            assert_eq!(server.requests().len(), asked, "{second}");
            // Only the user pays again, and says so. What was failed for good is tried again.
            let third = story.run(&[flag]);
            third.code(0).counts([1, 3, 0, 0, 0]);
            assert_eq!(server.paid().len(), paid + 1, "{third}");
        }
        Stopped => {
            second.code(0).counts([2, 2, 0, 0, 0]);
            assert_eq!((paid_then, server.paid_twice()), (2, 0), "{second}");
        }
        Left => {
            second.code(0).counts([2, 2, 0, 0, 0]);
            assert_eq!((paid_then, server.paid_twice()), (2, 0), "{second}");
            assert_eq!(second.json()["calls"]["resumed"], 2, "{second}");
        }
    }
    assert_eq!(server.violations(), [""; 0], "{first}{second}");
}

fn all(rows: Vec<Row>) {
    let cases = Provider::ALL.into_iter().flat_map(|provider| {
        let case = move |row: &Row| (format!("{} {}", provider.name(), row.0), (provider, row.clone()));
        rows.iter().map(case).collect::<Vec<_>>()
    });
    all_at_once(&cases.collect::<Vec<_>>(), |(provider, row)| check(*provider, row));
}

#[test]
fn refused_pictures_are_paid_once_or_not_at_all() {
    all(before_the_submit());
}

#[test]
fn calls_that_may_have_been_accepted_are_not_submitted_again() {
    all(at_the_submit());
}

#[test]
fn submitted_jobs_are_asked_for_their_results() {
    all(while_it_works());
}

#[test]
fn results_are_fetched_checked_and_never_bought_twice() {
    all(with_the_result());
}
