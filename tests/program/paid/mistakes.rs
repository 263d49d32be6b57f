//! Pipelines that name providers wrongly, and runs that must not begin: exit 2, nothing sent.

use std::path::Path;

use crate::dir::Done;
use crate::paid::story::BUDGET;
use crate::paid::story::Story;
use crate::paid::story::all_at_once;
use crate::paid::story::engine;
use crate::paid::story::made_by;
use crate::paid::story::pipeline;
use crate::paid::story::small;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;

const SQUARE: [&str; 1] = ["{ name: square, ratio: '1:1' }"];

fn story<'a>(outpaint: &str, servers: &[&'a Contract]) -> Story<'a> {
    let story = Story::new(outpaint, &SQUARE, servers);
    story.dir.write("in/a.png", &small("coffee.png", 240, 160));
    story
}

/// The descriptor of fal under another name.
fn mine() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers/fal.yaml");
    let text = std::fs::read_to_string(path).expect("a descriptor");
    assert!(text.contains("provider: fal\n"));
    text.replace("provider: fal\n", "provider: mine\n")
}

#[test]
fn mistakes_are_said_with_their_place_and_nothing_is_sent() {
    let server = Contract::start(Provider::Fal, Script::default());
    let cases: [(&str, &[&str]); 9] = [
        ("{ use: fal, prompt: sky }", &["p.yaml:", "prompt", "fal"]),
        ("{ use: modelslab, price: 0.05, promt: sky }", &["unknown option `promt`", "did you mean `prompt`?"]),
        ("{ use: modelslab, price: 0.05, params: { guidance_scale: 90 } }", &["guidance_scale", "20"]),
        ("pixeldojo", &["no price known for pixeldojo", "add `price: 0.05`"]),
        ("{ use: fal, endpoint: 'http://gateway.example' }", &["https", "p.yaml:"]),
        ("{ use: fal, endpoint: nonsense }", &["nonsense", "p.yaml:"]),
        ("{ use: fal, public_url: 'https://cdn.example' }", &["`public_url` and `public_dir` belong together"]),
        ("fall", &["unknown engine `fall`", "did you mean `fal`?"]),
        ("{ use: ./absent.yaml }", &["./absent.yaml cannot be read", "relative to the file in which it stands"]),
    ];
    for (engine, words) in cases {
        let story = story(&format!("engine: {engine}"), &[&server]);
        for command in [&["check", "p.yaml"][..], &["plan", "p.yaml"], &["run", "p.yaml", "--json"]] {
            let done = Done::of(story.command(command));
            done.code(2).warns(words);
            assert_eq!(done.stdout, "", "{done}");
        }
        assert!(!story.dir.path("out").exists(), "{engine}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn an_endpoint_of_the_environment_is_checked_before_anything_is_sent() {
    let server = Contract::start(Provider::Fal, Script::default());
    for endpoint in ["http://gateway.example", "ftp://127.0.0.1:1", "nonsense"] {
        let story = story("engine: fal", &[&server]);
        let mut command = story.command(&["run", "p.yaml"]);
        command.env("RECANVAS_ENDPOINT_FAL", endpoint);
        Done::of(command).code(2).warns(&["fal cannot be asked: RECANVAS_ENDPOINT_FAL: the endpoint"]);
        assert!(story.dir.outputs().is_empty());
    }
}

#[test]
fn secrets_in_addresses_of_a_pipeline_or_the_environment_are_never_said() {
    const SECRET: &str = "Zq7xW2vK9";
    let server = Contract::start(Provider::Fal, Script::default());
    let silent = |done: &Done| assert!(!format!("{}{}", done.stdout, done.stderr).contains(SECRET), "{done}");
    let commands = [
        &["check", "p.yaml"][..],
        &["plan", "p.yaml", "--json"],
        &["explain", "p.yaml", "a.png"],
        &["run", "p.yaml", "--json"],
        &["run", "p.yaml", "--log-format", "json"],
        &["engines", "test", "fal"],
    ];
    let wrong = [
        format!("https://someone:{SECRET}@gateway.example"),
        format!("https://{SECRET}@gateway.example"),
        format!("https://someone:{SECRET}/x@gateway.example"),
        format!("someone:{SECRET}@gateway.example"),
        format!("https://gateway.example?key={SECRET}"),
        format!("https://gateway.example/?{SECRET}&other=1"),
        format!("https://gateway.example#{SECRET}"),
        format!("http://gateway.example?key={SECRET}"),
    ];
    let mut looked_at = 0;
    for endpoint in &wrong {
        // By the mistake itself, and by another one in its line.
        for more in ["", ", promt: x"] {
            let story = story(&format!("engine: {{ use: fal, endpoint: '{endpoint}'{more} }}"), &[&server]);
            for arguments in &commands[..5] {
                let mut command = story.command(arguments);
                command.env_remove("RECANVAS_ENDPOINT_FAL");
                let done = Done::of(command);
                // The place is shown, with stars for what is secret.
                done.code(2).warns(&["p.yaml:", "gateway.example", "***"]);
                silent(&done);
                looked_at += 1;
            }
        }
        let story = self::story("engine: fal", &[&server]);
        for arguments in commands[..2].iter().chain(&commands[3..]) {
            let mut command = story.command(arguments);
            command.env("RECANVAS_ENDPOINT_FAL", endpoint);
            let done = Done::of(command);
            done.code(2).warns(&["RECANVAS_ENDPOINT_FAL: the endpoint"]);
            silent(&done);
            looked_at += 1;
        }
    }
    assert_eq!((looked_at, server.requests().len()), (8 * (2 * 5 + 5), 0));
    // Beside another mistake in its line, or the line below.
    for webhook in [
        format!("engine: {{ use: fal, webhook: 'https://hooks.example/{SECRET}/x', promt: x }}"),
        format!("engine: {{ use: fal, promt: x, webhook: https://hooks.example/{SECRET} }}"),
        format!("engine: {{ use: fal, webhook: 'ftp://hooks.example/{SECRET}' }}"),
    ] {
        let done = Done::of(self::story(&webhook, &[&server]).command(commands[0]));
        done.code(2).warns(&["://hooks.example/***"]);
        silent(&done);
    }
    // The address of a receiver is sent to the provider, and shown up to its host.
    let story =
        story(&format!("engine: {{ use: fal, webhook: 'https://hooks.example/{SECRET}?a={SECRET}' }}"), &[&server]);
    for arguments in &commands {
        let done = Done::of(story.command(arguments));
        assert!([0, 3].contains(&done.code), "{done}");
        silent(&done);
        if arguments[0] == "explain" {
            done.says(&["https://hooks.example/…"]);
        }
    }
    let manifest = String::from_utf8(story.dir.read("out/.recanvas/manifest.jsonl")).expect("text");
    assert!(!manifest.contains(SECRET), "{manifest}");
    assert_eq!(server.paid().len(), 1);
}

#[test]
fn without_a_key_nothing_begins_and_a_plan_still_can() {
    let cases = Provider::ALL.map(|provider| (provider.name().to_owned(), provider));
    all_at_once(&cases, |&provider| {
        let server = Contract::start(provider, Script::default());
        let story = story(&format!("engine: [{}, blur]", engine(provider)), &[&server]);
        let variable = provider.key_variable();
        let mut command = story.command(&["run", "p.yaml", "--json"]);
        command.env_remove(variable);
        let done = Done::of(command);
        done.code(2).warns(&[provider.name(), variable]);
        assert!(story.dir.outputs().is_empty() && done.stdout.is_empty(), "{done}");
        let mut command = story.command(&["plan", "p.yaml", "--json"]);
        command.env_remove(variable);
        assert_eq!(Done::of(command).code(0).json()["calls"]["expected"], 1);
        assert_eq!(server.requests().len(), 0);

        // From a file it is as good.
        story.dir.write("key", format!("{}\n", server.key()).as_bytes());
        let mut command = story.command(&["run", "p.yaml", "--json"]);
        command.env_remove(variable).env(format!("{variable}_FILE"), story.dir.path("key"));
        Done::of(command).code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!((server.paid().len(), server.violations()), (1, Vec::new()));
    });
}

#[test]
fn an_unattended_run_without_a_limit_pays_nothing() {
    let server = Contract::start(Provider::Fal, Script::default());
    let story = story("engine: [fal, blur]", &[&server]);
    story.dir.pipeline(&pipeline("engine: [fal, blur]", ""), &SQUARE);
    let done = story.run(&[]);
    done.code(2).warns(&["up to 0.06 USD", "budget: { per_run: … }", "--max-cost"]);
    assert!(story.dir.outputs().is_empty() && server.requests().is_empty(), "{done}");
    story.run(&["--max-cost", "0.5"]).code(0).counts([1, 0, 0, 0, 0]);
    // What is there already needs no limit.
    std::fs::remove_file(story.dir.path("out/a.square.png")).expect("the output is there");
    story.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(server.paid().len(), 1);
}

#[test]
fn a_descriptor_of_ones_own_is_used_by_path_and_by_flag() {
    for (engine, flag) in [("{ use: ./mine.yaml }", None), ("mine", Some("--engine-file"))] {
        let server = Contract::start(Provider::Fal, Script::default());
        let story = story(&format!("engine: {engine}"), &[&server]);
        story.dir.write("mine.yaml", mine().as_bytes());
        let flags: Vec<&str> = flag.into_iter().flat_map(|flag| [flag, "mine.yaml"]).collect();
        let run = |flags: &[&str]| {
            let mut command = story.command(&[&["run", "p.yaml", "--json", "--verbose"], flags].concat());
            command.env_remove("RECANVAS_ENDPOINT_FAL").env("RECANVAS_ENDPOINT_MINE", server.endpoint());
            Done::of(command)
        };
        let done = run(&flags);
        done.code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!(made_by(&done, "a.square.png").as_deref(), Some("mine"));
        assert_eq!((server.paid().len(), server.violations()), (1, Vec::new()));
        if flag.is_some() {
            run(&[]).code(2).warns(&["unknown engine `mine`"]);
        }
        run(&flags).code(0).counts([0, 1, 0, 0, 0]);
    }
}

#[test]
fn a_wrong_descriptor_is_refused_with_every_mistake() {
    let story = story("engine: { use: ./mine.yaml }", &[]);
    let text = mine().replace("unit: pixels", "unit: pixel").replace("  every: 1s\n", "  evry: 1s\n");
    story.dir.write("mine.yaml", text.as_bytes());
    story.run(&[]).code(2).warns(&["mine.yaml", "pixel", "evry"]);
    story.dir.pipeline(&pipeline("engine: mine", BUDGET), &SQUARE);
    story.run(&["--engine-file", "mine.yaml"]).code(2).warns(&["mine.yaml", "pixel", "evry"]);
}

/// Earlier versions read `cancel`, which is no part of a call: what was paid with it is used without it.
#[test]
fn a_descriptor_with_cancel_works_and_is_warned_of_once() {
    let server = Contract::start(Provider::Fal, Script::default());
    let with_cancel = format!("{}cancel: {{ method: put, url: \"{{{{ job }}}}\" }}\n", mine());
    let place = format!("mine.yaml:{}:1", with_cancel.lines().count());
    let story = story("engine: { use: ./mine.yaml }", &[&server]);
    story.dir.write("mine.yaml", with_cancel.as_bytes());
    let of = |arguments: &[&str]| {
        let mut command = story.command(arguments);
        command.env_remove("RECANVAS_ENDPOINT_FAL").env("RECANVAS_ENDPOINT_MINE", server.endpoint());
        Done::of(command)
    };
    let run = ["run", "p.yaml", "--json", "--verbose"];
    let show = ["engines", "show", "mine", "--engine-file", "mine.yaml"];
    let test = ["engines", "test", "mine", "--engine-file", "mine.yaml"];
    let shown = of(&show);
    for done in
        [of(&["check", "p.yaml"]), of(&["check", "p.yaml", "--engine-file", "mine.yaml"]), shown.clone(), of(&run)]
    {
        done.code(0).warns(&["warning: `cancel` has no effect", &place, "^ remove it"]);
        assert_eq!(done.stderr.matches("`cancel`").count(), 1, "{done}");
    }
    assert_eq!((server.paid().len(), server.violations()), (1, Vec::new()));
    // It asks for a job that there is not, which the server notes as no good client's.
    of(&test).warns(&["warning: `cancel` has no effect", &place]);

    story.dir.write("mine.yaml", mine().as_bytes());
    let without = of(&show);
    assert_eq!(without.code(0).stdout, shown.stdout);
    assert!(!without.stderr.contains("cancel"), "{without}");
    of(&run).code(0).counts([0, 1, 0, 0, 0]);
    std::fs::remove_file(story.dir.path("out/a.square.png")).expect("the output is there");
    of(&run).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(server.paid().len(), 1, "the call has the same key");
}
