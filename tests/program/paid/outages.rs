//! Providers that cannot work now, and what is paid when others stand in for them.

use crate::paid::story::Story;
use crate::paid::story::all_at_once;
use crate::paid::story::made_by;
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

/// Square, portrait and story of a landscape picture: each window lies in the next.
const NESTED: [&str; 3] =
    ["{ name: square, ratio: '1:1' }", "{ name: portrait, ratio: '4:5' }", "{ name: story, ratio: '9:16' }"];

fn refusing(refusal: Refusal) -> Script {
    Script::default().fault(Fault::Instead(Point::Submit, Instead::Says(refusal)), When::Always)
}

#[test]
fn a_wrong_key_does_not_turn_a_catalog_into_blur() {
    let cases = [Refusal::Unauthorized, Refusal::NoCredit].map(|refusal| (format!("{refusal:?}"), refusal));
    all_at_once(&cases, |refusal| {
        let server = Contract::start(Provider::Fal, refusing(refusal.clone()));
        let story = Story::new("engine: [fal, blur]", &SQUARE, &[&server]);
        story.dir.write("in/a.png", &small("coffee.png", 240, 160));
        let done = story.run(&[]);
        done.code(3).counts([0, 0, 1, 0, 0]);
        assert_eq!(done.json()["failed_by_class"]["provider"], 1, "{done}");
        // Repaired, the next run makes the picture that was asked for.
        server.heal();
        let done = story.run(&[]);
        done.code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!((made_by(&done, "a.square.png").as_deref(), server.paid().len()), (Some("fal"), 1));

        let server = Contract::start(Provider::Fal, refusing(refusal.clone()));
        let story = Story::new("engine: [fal, blur], on_outage: local", &SQUARE, &[&server]);
        story.dir.write("in/a.png", &small("coffee.png", 240, 160));
        let done = story.run(&[]);
        done.code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!((made_by(&done, "a.square.png").as_deref(), server.paid().len()), (Some("blur"), 0));
    });
}

#[test]
fn a_provider_that_stands_in_is_paid_once_for_all_targets_in_any_order() {
    let fal = Contract::start(Provider::Fal, refusing(Refusal::Moderated));
    let pixeldojo = Contract::start(Provider::Pixeldojo, Script::default());
    let chain = "engine: [fal, { use: pixeldojo, price: 0.1 }]";
    let story = Story::new(chain, &NESTED, &[&fal, &pixeldojo]);
    story.dir.write("in/a.png", &small("coffee.png", 240, 160));
    story.run(&["--target", "square"]).code(0).counts([1, 0, 0, 0, 0]);
    let done = story.run(&[]);
    done.code(0).counts([2, 1, 0, 0, 0]);
    assert_eq!((fal.paid().len(), pixeldojo.paid().len()), (0, 1), "{done}");
}

#[test]
fn two_passes_reach_what_one_cannot() {
    let server = Contract::start(Provider::Runflow, Script::default());
    let story = Story::new("engine: runflow, passes: 2", &NESTED, &[&server]);
    story.dir.write("in/a.png", &small("coffee.png", 240, 160));
    let plan = story.plan();
    assert_eq!((&plan["calls"]["expected"], &plan["call_list"][0]["passes"]), (&2.into(), &2.into()), "{plan}");
    let done = story.run(&[]);
    done.code(0).counts([3, 0, 0, 0, 0]);
    assert_eq!((server.paid().len(), server.paid_twice()), (2, 0), "{done}");
    assert_eq!(server.violations(), [""; 0]);
    let made = image::load_from_memory(&story.dir.read("out/a.story.png")).expect("a picture").into_rgb8();
    assert_eq!(made.dimensions(), (240, 427));
    // Other pixels of what is there cost nothing.
    story.run(&["--force"]).code(0).counts([3, 0, 0, 0, 0]);
    assert_eq!(server.paid().len(), 2);
}

#[test]
fn transparent_sources_are_sent_on_the_background_that_will_be_seen() {
    use image::Rgba;
    use image::RgbaImage;
    let server = Contract::start(Provider::Fal, Script::default());
    let story = Story::new(
        "engine: fal",
        &["{ name: dark, ratio: '1:1', convert: { format: jpeg, background: '#202020', quality: 95 } }"],
        &[&server],
    );
    // A pane of dark glass, whose border is no cut-out.
    let pane = RgbaImage::from_fn(240, 160, |x, y| {
        let inside = (60..180).contains(&x) && (40..120).contains(&y);
        if inside { Rgba([(x % 200) as u8, 90, (y % 180) as u8, 255]) } else { Rgba([0, 0, 0, 140]) }
    });
    let mut file = std::io::Cursor::new(Vec::new());
    pane.write_to(&mut file, image::ImageFormat::Png).expect("encoded");
    story.dir.write("in/a.png", &file.into_inner());
    let done = story.run(&[]);
    done.code(0).counts([1, 0, 0, 0, 0]);
    let made = image::load_from_memory(&story.dir.read("out/a.dark.jpg")).expect("a picture").into_rgb8();
    assert_eq!(made.dimensions(), (240, 240));
    let brightest = made.rows().take(20).flatten().map(|pixel| pixel.0[1]).max();
    assert!(brightest < Some(0x40), "{brightest:?}: the margin goes on from the background");
}
