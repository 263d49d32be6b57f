//! Runs behind a company's proxy: it alone knows the names, and decides where they lead.

use std::process::Command;

use crate::dir::Done;
use crate::paid::proxy::API;
use crate::paid::proxy::Proxy;
use crate::paid::proxy::STORE;
use crate::paid::story::Story;
use crate::paid::story::small;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Fate;
use testkit::faults::Fault;
use testkit::faults::When;

const SQUARE: [&str; 1] = ["{ name: square, ratio: '1:1' }"];
const WARNING: &str = "it decides where addresses lead";

/// Variables that name proxies, in both ways of writing.
const VARIABLES: [&str; 8] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];

/// A story of so many pictures, told to fal.
fn story(pictures: u32) -> Story<'static> {
    let story = Story::new("engine: fal", &SQUARE, &[]);
    for picture in 0..pictures {
        story.dir.write(format!("in/{picture}.png"), &small("coffee.png", 240 + picture, 160));
    }
    story
}

/// The program without proxies but for these variables, with the key and the certificates of the tests.
fn command(story: &Story, arguments: &[&str], variables: &[(&str, &str)], server: &Contract) -> Command {
    let mut command = story.command(arguments);
    for name in VARIABLES {
        command.env_remove(name);
    }
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/authority.pem");
    command.env("FAL_KEY", server.key()).env("SSL_CERT_FILE", authority).envs(variables.iter().copied());
    command
}

fn run(story: &Story, variables: &[(&str, &str)], server: &Contract) -> Done {
    Done::of(command(story, &["run", "p.yaml", "--json", "--verbose"], variables, server))
}

/// How often a proxy was asked for a tunnel to this host.
fn tunnels(proxy: &Proxy, host: &str) -> usize {
    let line = format!("CONNECT {host}:443");
    proxy.asked().iter().filter(|asked| **asked == line).count()
}

#[test]
fn results_come_through_a_proxy_whose_own_name_is_private() {
    let server = Contract::start(Provider::Fal, Script::default());
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (proxy, story) = (Proxy::before(&server), story(3));
        let paid = server.paid().len();
        let done = run(&story, &[(variable, &proxy.origin())], &server);
        done.code(0).counts([3, 0, 0, 0, 0]);
        assert_eq!(server.paid().len() - paid, 3, "{done}");
        // One warning, though three results came that way.
        assert_eq!(done.stderr.matches(WARNING).count(), 1, "{done}");
        let (api, store) = (tunnels(&proxy, API), tunnels(&proxy, STORE));
        // Each submit has a connection of its own.
        assert!(api >= 3 && store >= 1, "{:?}", proxy.asked());
        assert_eq!(api + store, proxy.asked().len(), "nothing goes through in clear: {:?}", proxy.asked());
        assert_eq!(server.violations(), [""; 0]);
    }
}

#[test]
fn the_use_of_a_proxy_is_an_event_and_is_not_told_with_quiet() {
    let server = Contract::start(Provider::Fal, Script::default());
    for (flags, events) in [(&["--log-format", "json"][..], 1), (&["--quiet"], 0)] {
        let (proxy, story) = (Proxy::before(&server), story(2));
        let arguments = [&["run", "p.yaml"], flags].concat();
        let done = Done::of(command(&story, &arguments, &[("HTTPS_PROXY", &proxy.origin())], &server));
        done.code(0);
        assert_eq!(done.stderr.matches("\"event\":\"proxy_decides\"").count(), events, "{done}");
        assert!(!done.stderr.contains(WARNING), "{done}");
    }
}

#[test]
fn addresses_of_private_networks_are_refused_behind_a_proxy_too() {
    let cases = [
        ("https://169.254.169.254/latest/meta-data", "is a private address"),
        ("https://10.0.0.1/x.png", "is a private address"),
        ("https://192.0.0.8/x.png", "is a private address"),
        ("https://[2002:a00:1::]/x.png", "is a private address"),
        ("https://[2001:0:a00:1::]/x.png", "is a private address"),
        ("https://localhost./x.png", "is a private address"),
        ("http://files.example/x.png", "is not https"),
    ];
    for (address, why) in cases {
        let lies = Script::default().fault(Fault::Job(Fate::LiesAt(address)), When::Always);
        let server = Contract::start(Provider::Fal, lies);
        let (proxy, story) = (Proxy::before(&server), story(1));
        let done = run(&story, &[("HTTPS_PROXY", &proxy.origin()), ("HTTP_PROXY", &proxy.origin())], &server);
        done.code(3).warns(&[why]);
        let asked = proxy.asked();
        assert!(!asked.is_empty() && asked.len() == tunnels(&proxy, API), "{address}: {asked:?}");
        assert!(!done.stderr.contains(WARNING), "{done}");
    }
}

#[test]
fn a_provider_on_this_machine_is_asked_without_a_proxy() {
    let server = Contract::start(Provider::Fal, Script::default());
    let (proxy, story) = (Proxy::before(&server), story(1));
    let variables = [
        ("HTTPS_PROXY", proxy.origin()),
        ("HTTP_PROXY", proxy.origin()),
        ("RECANVAS_ENDPOINT_FAL", server.endpoint().to_owned()),
    ];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    run(&story, &variables, &server).code(0).counts([1, 0, 0, 0, 0]);
    assert_eq!(proxy.asked(), [""; 0]);
}

#[test]
fn a_proxy_that_refuses_is_an_outage() {
    let server = Contract::start(Provider::Fal, Script::default());
    let (proxy, story) = (Proxy::before(&server), story(1));
    story.dir.pipeline(
        "stages:\n  - outpaint: { engine: [{ use: fal, endpoint: 'https://elsewhere.example' }, blur] }\nbudget: { per_run: 9 }",
        &SQUARE,
    );
    // Nothing was sent, so it is tried until patience ends; a stop ends it sooner.
    let done = Done::of(command(
        &story,
        &["run", "p.yaml", "--json", "--max-duration", "2s"],
        &[("HTTPS_PROXY", &proxy.origin())],
        &server,
    ));
    assert_eq!((done.json()["tasks"]["done"].as_u64(), server.paid().len()), (Some(0), 0), "{done}");
    assert!(tunnels(&proxy, "elsewhere.example") > 0, "{:?}", proxy.asked());
}

#[test]
fn a_proxy_that_is_none_is_told_without_its_password() {
    let server = Contract::start(Provider::Fal, Script::default());
    for value in [
        "socks5://someone:Zq7xW2vK9@proxy.example:1080",
        "http://someone:Zq7xW2vK9@",
        "no proxy Zq7xW2vK9",
        "http://someone:Zq7xW2vK9@proxy.example:70000",
        "someone:Zq7xW2vK9@proxy.example:99999999",
        "http://someone:Zq7x@W2vK9@proxy.example:3128",
        "http://someone:Zq7xW2vK9#a@proxy.example:3128",
        "http://someone:Zq7xW2vK9/a@proxy.example:3128",
        "http://someone:Zq7xW2vK9%zz@proxy.example:3128",
    ] {
        for variable in ["HTTPS_PROXY", "all_proxy"] {
            let story = story(1);
            let done = run(&story, &[(variable, value)], &server);
            done.code(2).warns(&[variable, "names no proxy that can be asked"]);
            assert!(!format!("{}{}", done.stdout, done.stderr).contains("Zq7xW2vK9"), "{done}");
        }
    }
    // Empty is the same as not set, and a proxy that nothing answers at says nothing of its password.
    let closed = "http://someone:Zq7xW2vK9@127.0.0.1:9";
    let story = story(1);
    let arguments = ["run", "p.yaml", "--json", "--verbose", "--max-duration", "2s"];
    let done = Done::of(command(&story, &arguments, &[("HTTPS_PROXY", closed)], &server));
    assert_eq!(done.json()["tasks"]["done"], 0, "{done}");
    let state = String::from_utf8(story.dir.read("out/.recanvas/manifest.jsonl")).expect("text");
    for text in [&done.stdout, &done.stderr, &state] {
        assert!(!text.contains("Zq7xW2vK9"), "{done}");
    }
}
