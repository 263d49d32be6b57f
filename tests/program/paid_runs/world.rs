//! A folder with sources, and a provider that fills their margins.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use recanvas::codecs::Format;
use recanvas::geometry::Size;
use serde_json::Value;

use crate::dir::Dir;
use crate::dir::Done;
use crate::trees::draw;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;

/// A target that every drawn source needs a call for.
pub(crate) const WIDE: &str = "{ name: wide, size: 128x96 }";

/// A price with which sums are easily done, and enough of a budget for everything.
pub(crate) const PRICE: &str = "price: 0.01";
pub(crate) const PLENTY: &str = "per_run: 1000";

pub(crate) struct World {
    pub(crate) dir: Dir,
    pub(crate) server: Contract,
}

impl World {
    /// A world whose descriptor `provider.yaml` is the provider's own, but for the time between
    /// two polls.
    pub(crate) fn new(provider: Provider, script: Script) -> World {
        let world = World { dir: Dir::new("", &[WIDE]), server: Contract::start(provider, script) };
        world.dir.write("provider.yaml", hurried(provider.name()).as_bytes());
        world
    }

    /// A world of fal with this many sources, a call for each.
    pub(crate) fn fal(script: Script, sources: usize) -> World {
        let world = World::new(Provider::Fal, script);
        world.pipeline(&engine(PRICE), PLENTY, &[WIDE]);
        world.draw(0..sources);
        world
    }

    /// Writes the pipeline anew.
    pub(crate) fn pipeline(&self, engine: &str, budget: &str, targets: &[&str]) {
        let stages = format!("stages:\n  - aspect: {{ fit: expand }}\n  - outpaint: {{ engine: {engine} }}\n");
        let budget = if budget.is_empty() { String::new() } else { format!("budget: {{ {budget} }}\n") };
        self.dir.pipeline(&(stages + &budget), targets);
    }

    /// Draws sources, each unlike all others.
    pub(crate) fn draw(&self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            self.draw_as(&format!("{number:04}.png"), Size::new(96, 96), number as u64);
        }
    }

    pub(crate) fn draw_as(&self, name: &str, size: Size, seed: u64) {
        draw(&self.dir.path("in").join(name), Format::PNG, size, seed);
    }

    /// The program with what it has to know of the provider.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.dir.command(arguments);
        command.envs(self.server.environment()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, flags: &[&str]) -> Done {
        Done::of(self.command(&[&["run", "p.yaml", "--json"], flags].concat()))
    }

    /// A run that goes on by itself.
    pub(crate) fn start(&self, flags: &[&str]) -> Child {
        let mut command = self.command(&[&["run", "p.yaml", "--json", "--quiet"], flags].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
    }

    /// Accepted submits.
    pub(crate) fn paid(&self) -> usize {
        self.server.paid().len()
    }

    /// Accepted submits whose results were not fetched.
    pub(crate) fn open(&self) -> usize {
        self.server.paid().iter().filter(|paid| !paid.is_delivered).count()
    }

    /// Checks that no run paid twice or did what no good client does.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        assert_eq!((self.server.paid_twice(), self.server.violations()), (0, vec![]));
    }

    pub(crate) fn manifest(&self) -> String {
        fs::read_to_string(self.dir.path("out/.recanvas/manifest.jsonl")).unwrap_or_default()
    }

    /// Names of the files in the cache.
    pub(crate) fn cached(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path("out/.recanvas/cache")).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    /// Takes every paid result away.
    pub(crate) fn lose_results(&self) {
        for name in self.cached() {
            self.dir.remove(&format!("out/.recanvas/cache/{name}"));
        }
    }
}

/// The world's engine on these terms.
pub(crate) fn engine(terms: &str) -> String {
    format!("{{ use: ./provider.yaml, {terms} }}")
}

/// A provider's descriptor with short pauses between polls.
fn hurried(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers").join(format!("{name}.yaml"));
    let text = fs::read_to_string(path).expect("a descriptor");
    let kept = text.lines().filter(|line| !line.starts_with("  every:"));
    kept.map(|line| if line == "poll:" { "poll:\n  every: 100ms\n".to_owned() } else { format!("{line}\n") }).collect()
}

/// What a run says of its calls: submitted, reused, resumed, unknown.
#[track_caller]
pub(crate) fn calls(json: &Value) -> [u64; 4] {
    ["submitted", "reused", "resumed", "unknown"].map(|name| json["calls"][name].as_u64().expect("a count"))
}

/// What a run says that it cost, in cents.
#[track_caller]
pub(crate) fn cents(json: &Value) -> u64 {
    (json["cost_usd"].as_f64().expect("a sum") * 100.0).round() as u64
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        thread::sleep(Duration::from_millis(2));
    }
}
