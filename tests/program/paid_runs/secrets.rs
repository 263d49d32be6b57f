//! Where keys go: with the requests that ask for them, and nowhere else.

use std::fs;

use recanvas::geometry::Size;
use serde_json::Value;

use crate::dir::Done;
use crate::paid_runs::world::PLENTY;
use crate::paid_runs::world::PRICE;
use crate::paid_runs::world::World;
use crate::paid_runs::world::until;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Fate;
use testkit::faults::Fault;
use testkit::faults::Instead;
use testkit::faults::Point;
use testkit::faults::Refusal;
use testkit::faults::When;
use testkit::records::Asked;

/// A key of which no part stands anywhere by chance.
const KEY: &str = "Zq7xW2vK9-mT4bR8nY6-cH3jL5pD1sG0fX";

/// Signs of a key in a row that stand nowhere by chance.
const TELLING: usize = 8;

/// The longest part of the key that stands in a text.
fn leaked<'a>(key: &'a str, text: &str) -> Option<&'a str> {
    (TELLING..=key.len())
        .rev()
        .find_map(|length| (0..=key.len() - length).map(|at| &key[at..at + length]).find(|part| text.contains(part)))
}

#[track_caller]
fn is_silent(world: &World, what: &str, text: &str) {
    let name = world.server.provider().name();
    assert_eq!(leaked(world.server.key(), text), None, "{name}: the key is in {what}: {text}");
}

/// Looks through everything that the program left and said.
#[track_caller]
fn is_kept_secret(world: &World, runs: &[Done]) {
    for run in runs {
        is_silent(world, "what was said", &format!("{}{}", run.stdout, run.stderr));
    }
    for name in world.cached() {
        is_silent(world, "the name of a result", &name);
    }
    for (name, bytes) in world.dir.tree("out") {
        is_silent(world, &name, &format!("{name} {}", String::from_utf8_lossy(&bytes)));
    }
    is_silent(world, "the manifest", &world.manifest());
    for (name, bytes) in world.dir.tree("out/.recanvas") {
        is_silent(world, &name, &format!("{name} {}", String::from_utf8_lossy(&bytes)));
    }
    for asked in world.server.requests() {
        is_in_its_place(world, &asked);
    }
    assert_eq!(world.server.violations(), [""; 0]);
}

/// The key stands once in a request to the API, in the header or member that asks for it.
fn is_in_its_place(world: &World, asked: &Asked) {
    let key = world.server.key();
    let (mut head, mut body) = (String::from_utf8_lossy(&asked.head).into_owned(), String::new());
    let is_api = !matches!(
        asked.point,
        Point::Put | Point::Download | Point::Proxy | Point::Source | Point::Elsewhere | Point::Nowhere
    );
    let in_body = matches!(world.server.provider(), Provider::Modelslab | Provider::Stablediffusionapi);
    match serde_json::from_slice::<Value>(&asked.body) {
        Ok(mut value) => {
            if is_api && in_body {
                assert_eq!(value["key"], key, "{:?}", asked.point);
                value.as_object_mut().expect("an object").remove("key");
            }
            body = value.to_string();
        }
        Err(_) => body.push_str(&String::from_utf8_lossy(&asked.body)),
    }
    if is_api && !in_body {
        let is_credential = |line: &&str| line.to_lowercase().starts_with("authorization:");
        let line = head.lines().find(is_credential).unwrap_or_else(|| panic!("no key: {head}")).to_owned();
        assert!(line.ends_with(&format!(" {key}")), "{line}");
        head = head.replacen(&line, "", 1);
    }
    is_silent(world, "a request", &format!("{head}{body}"));
}

/// A world of any provider with three sources, each with a call.
fn world(provider: Provider, script: Script) -> World {
    let world = World::new(provider, script.key(KEY));
    world.pipeline(
        &format!("[{{ use: ./provider.yaml, {PRICE}, per_minute: 60000 }}, blur]"),
        PLENTY,
        &["{ name: wide, size: 320x240 }"],
    );
    for (seed, name) in (1..).zip(["a.png", "b.png", "c.png"]) {
        world.draw_as(name, Size::new(240, 240), seed);
    }
    world
}

/// Runs as talkative as can be, of all kinds.
fn all_runs(world: &World) -> Vec<Done> {
    let first = world.run(&["-v"]);
    assert!([0, 3].contains(&first.code), "{first}");
    let again = world.run(&["--log-format", "json", "--force", "--retry-unknown", "--retry-failed"]);
    assert!([0, 3].contains(&again.code), "{again}");
    let others = [
        &["plan", "p.yaml", "--json"][..],
        &["status", "p.yaml", "--json"],
        &["explain", "p.yaml", "a.png"],
        &["engines", "list"],
        &["cache", "verify", "p.yaml"],
    ];
    let others = others.map(|arguments| Done::of(world.command(arguments)));
    [first, again].into_iter().chain(others).collect()
}

/// Does the same with each provider. Most of the time they wait.
fn with_each(work: impl Fn(Provider) + Sync) {
    let work = &work;
    std::thread::scope(|threads| {
        for provider in Provider::ALL {
            threads.spawn(move || work(provider));
        }
    });
}

#[test]
fn keys_are_written_nowhere_in_successful_runs() {
    with_each(|provider| {
        let world = world(provider, Script::default());
        let runs = all_runs(&world);
        assert!(world.paid() >= 3, "{}: {}", provider.name(), runs[0]);
        is_kept_secret(&world, &runs);
    });
}

#[test]
fn keys_are_written_nowhere_when_replies_repeat_them() {
    let echo = |point| Fault::Instead(point, Instead::Echo(0));
    with_each(|provider| {
        let faults = [
            Fault::Job(Fate::EchoesKey),
            echo(Point::Submit),
            echo(Point::Poll),
            echo(Point::Upload),
            echo(Point::Result),
            Fault::Instead(Point::Submit, Instead::Says(Refusal::Unauthorized)),
        ];
        for fault in faults {
            let world = world(provider, Script::default().fault(fault, When::Always));
            let runs = [world.run(&["-v"]), Done::of(world.command(&["status", "p.yaml", "--json"]))];
            assert!([0, 3].contains(&runs[0].code), "{}", runs[0]);
            is_kept_secret(&world, &runs);
        }
    });
}

#[test]
fn no_message_is_cut_in_the_middle_of_a_key() {
    for provider in [Provider::Fal, Provider::Modelslab] {
        let paddings = (0..420).step_by(7);
        let script = paddings.clone().zip(1..).fold(Script::default(), |script, (before, nth)| {
            script.fault(Fault::Instead(Point::Submit, Instead::Echo(before)), When::Nth(nth))
        });
        let world = world(provider, script);
        world.draw(0..paddings.len());
        let runs = [world.run(&["-v"])];
        assert!(runs[0].stderr.contains("[key]"), "messages are passed on: {}", runs[0]);
        is_kept_secret(&world, &runs);
    }
}

#[test]
fn a_key_may_come_from_a_file_and_is_no_argument() {
    for provider in Provider::ALL {
        let world = world(provider, Script::default().latency(std::time::Duration::from_millis(300)));
        world.dir.write("key", format!("{}\n", world.server.key()).as_bytes());
        let mut command = world.command(&["run", "p.yaml", "--json"]);
        command.env_remove(provider.key_variable());
        command.env(format!("{}_FILE", provider.key_variable()), world.dir.path("key"));
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let child = command.spawn().expect("the program");
        until("a call is made", || world.paid() > 0);
        let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).expect("it runs");
        is_silent(&world, "the arguments", &String::from_utf8_lossy(&arguments));
        let ended = child.wait_with_output().expect("the program");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        is_kept_secret(&world, &[]);
    }
}

#[test]
fn results_in_private_networks_are_not_fetched() {
    for address in ["https://169.254.169.254/latest/meta-data", "https://10.0.0.1/result.png", "http://192.168.1.1/a"] {
        let world = world(Provider::Fal, Script::default().fault(Fault::Job(Fate::LiesAt(address)), When::Always));
        let run = world.run(&["-v", "--log-format", "json"]);
        // It was paid for, so no other provider is: the next run asks again.
        run.code(3).warns(&["is a private address"]);
        assert!(!run.stderr.contains("meta-data"), "paths may be secrets: {run}");
        assert_eq!((world.paid(), world.cached().len()), (3, 0));
        world.is_clean();
    }
}
