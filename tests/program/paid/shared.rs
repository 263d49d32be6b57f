//! Targets whose windows nest share one call.

use crate::paid::story::Story;
use crate::paid::story::all_at_once;
use crate::paid::story::engine;
use crate::paid::story::made_by;
use crate::paid::story::small;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;

const NESTED: [&str; 3] =
    ["{ name: square, ratio: '1:1' }", "{ name: portrait, ratio: '4:5' }", "{ name: story, ratio: '9:16' }"];

/// How many of the nested targets of a 3:2 source the provider reaches: percents end at 80 on a
/// side, and steps back at half the size.
fn reached(provider: Provider) -> usize {
    match provider {
        Provider::Fal | Provider::Pixeldojo | Provider::Modelslab => 3,
        Provider::Runflow | Provider::Stablediffusionapi => 2,
    }
}

#[test]
fn nested_targets_are_one_call_unless_they_shall_not_share() {
    let shares = [("auto", true), ("off", false)];
    let cases = shares.iter().flat_map(|(word, shares)| {
        Provider::ALL.map(|provider| (format!("{} {word}", provider.name()), (provider, *word, *shares)))
    });
    all_at_once(&cases.collect::<Vec<_>>(), |&(provider, word, shares)| {
        let server = Contract::start(provider, Script::default());
        let chain = format!("engine: [{}, blur], share: {word}", engine(provider));
        let story = Story::new(&chain, &NESTED, &[&server]);
        story.dir.write("in/a.png", &small("coffee.png", 360, 240));
        let expected = if shares { 1 } else { reached(provider) };
        assert_eq!(story.plan()["calls"]["expected"], expected);
        let done = story.run(&[]);
        done.code(0).counts([3, 0, 0, 0, 0]);
        assert_eq!((server.paid().len(), server.violations()), (expected, Vec::new()), "{done}");
        let outputs = ["a.square.png", "a.portrait.png", "a.story.png"].map(|output| made_by(&done, output));
        let made = outputs.iter().filter(|engine| engine.as_deref() == Some(provider.name())).count();
        assert_eq!(made, reached(provider), "{done}");
    });
}

#[test]
fn targets_inside_a_bought_canvas_cost_nothing_later() {
    let server = Contract::start(Provider::Fal, Script::default());
    let story = Story::new("engine: fal", &NESTED, &[&server]);
    story.dir.write("in/a.png", &small("coffee.png", 360, 240));
    story.run(&["--target", "square"]).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(story.plan()["calls"]["expected"], 0);
    story.run(&[]).code(0).counts([2, 1, 0, 0, 0]);
    // One target more that lies within, and another quality of all.
    let more =
        "stages:\n  - outpaint: { engine: fal }\n  - convert: { format: jpeg, quality: 60 }\nbudget: { per_run: 9 }";
    story.dir.pipeline(more, &[&NESTED[..], &["{ name: tall, ratio: '2:3' }"]].concat());
    story.run(&[]).code(0).counts([4, 0, 0, 0, 0]);
    assert_eq!((server.paid().len(), server.paid_twice()), (1, 0));
    assert_eq!(server.violations(), [""; 0]);
}
