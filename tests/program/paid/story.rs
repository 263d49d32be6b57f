//! A folder, a pipeline that asks providers, and their servers.

use std::io::Cursor;
use std::process::Command;
use std::thread;

use image::ImageFormat;
use serde_json::Value;

use crate::dir::Dir;
use crate::dir::Done;
use crate::dir::fixture_bytes;
use testkit::Contract;
use testkit::Provider;

/// Nothing in these stories comes near it.
pub(crate) const BUDGET: &str = "budget: { per_run: 100 }";

/// A folder with a pipeline, and the providers that it may ask.
pub(crate) struct Story<'a> {
    pub(crate) dir: Dir,
    servers: Vec<&'a Contract>,
}

impl<'a> Story<'a> {
    /// A folder whose pipeline makes PNG files and has `outpaint` as its stage of that name.
    pub(crate) fn new(outpaint: &str, targets: &[&str], servers: &[&'a Contract]) -> Self {
        Story { dir: Dir::new(&pipeline(outpaint, BUDGET), targets), servers: servers.to_vec() }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.dir.command(arguments);
        for server in &self.servers {
            command.envs(server.environment());
        }
        command
    }

    /// `run p.yaml --json --verbose` with these flags.
    pub(crate) fn run(&self, flags: &[&str]) -> Done {
        Done::of(self.command(&[&["run", "p.yaml", "--json", "--verbose"], flags].concat()))
    }

    /// What `plan p.yaml --json` says.
    #[track_caller]
    pub(crate) fn plan(&self) -> Value {
        let done = Done::of(self.command(&["plan", "p.yaml", "--json"]));
        done.code(0).json()
    }
}

/// Everything of a pipeline but its targets.
pub(crate) fn pipeline(outpaint: &str, budget: &str) -> String {
    format!("stages:\n  - outpaint: {{ {outpaint} }}\n  - convert: {{ format: png }}\n{budget}")
}

/// The provider as an engine of a pipeline, with a price where its descriptor has none.
pub(crate) fn engine(provider: Provider) -> String {
    let name = provider.name();
    match provider {
        Provider::Fal | Provider::Runflow => format!("{{ use: {name} }}"),
        _ => format!("{{ use: {name}, price: 0.05 }}"),
    }
}

/// A photograph made smaller, as a PNG file.
pub(crate) fn small(photo: &str, width: u32, height: u32) -> Vec<u8> {
    let picture = image::load_from_memory(&fixture_bytes(&format!("photos/{photo}"))).expect("a photograph");
    let mut file = Cursor::new(Vec::new());
    picture.thumbnail_exact(width, height).into_rgb8().write_to(&mut file, ImageFormat::Png).expect("encoded");
    file.into_inner()
}

/// The engine that made an output, as the program says with `--verbose`; none if no margin was
/// to be filled.
pub(crate) fn made_by(done: &Done, output: &str) -> Option<String> {
    let line = done.stderr.lines().find_map(|line| line.strip_prefix("made ")?.strip_prefix(output));
    let engine = line.unwrap_or_else(|| panic!("{output} was not made: {done}"));
    Some(engine.strip_prefix(" (")?.strip_suffix(')')?.to_owned())
}

/// Does the work for all cases at the same time; most of it is waiting. Names those that failed.
#[track_caller]
pub(crate) fn all_at_once<T: Sync>(cases: &[(String, T)], work: impl Fn(&T) + Sync) {
    let work = &work;
    let failed: Vec<&str> = thread::scope(|scope| {
        let spawn = |case, name: &str| {
            thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, move || work(case)).expect("a thread")
        };
        let threads: Vec<_> = cases.iter().map(|(name, case)| (name.as_str(), spawn(case, name))).collect();
        threads.into_iter().filter_map(|(name, thread)| thread.join().is_err().then_some(name)).collect()
    });
    assert!(failed.is_empty(), "failed: {failed:?}");
}
