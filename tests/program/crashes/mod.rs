//! The promises of crash safety, held against processes that die: at every event, at any
//! moment, on a full disk, by a signal.

mod cuts;
mod disk;
mod every_event;
mod kills;
mod memory;
mod pictures;
mod sharing;
mod signals;
mod sources;
mod torn;
mod two_runs;
mod world;

use std::path::Path;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use recanvas::batch;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;

use crate::own_variants::registry;
use world::World;

/// Kills its process at the n-th event, counted from 1.
struct AbortAt {
    event: usize,
    seen: AtomicUsize,
}

impl Observer for AbortAt {
    fn notice(&self, _: &Event<'_>) {
        if self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.event {
            std::process::abort();
        }
    }
}

/// The process that dies; does nothing unless another test starts it.
#[test]
#[ignore = "started by other tests"]
fn victim() {
    let variable = |name: &str| std::env::var_os(format!("VICTIM_{name}"));
    let Some(event) = variable("EVENT") else { return };
    let number = |text: std::ffi::OsString| text.to_str().and_then(|text| text.parse().ok()).expect("a number");
    let folder = |name: &str| variable(name).map(|path| Path::new(&path).to_owned());
    let registry = folder("PICTURES").map_or_else(Registry::built_in, |said| registry(&said).expect("pictures"));
    let pipeline =
        Pipeline::open(&folder("PIPELINE").expect("a pipeline"), registry).unwrap_or_else(|_| panic!("a pipeline"));
    let mut places = Places::default();
    (places.input, places.output) = (folder("INPUT"), folder("OUTPUT"));
    let request = Request::new(&pipeline, places).expect("a request");
    let request = request.with(|it| it.jobs = variable("JOBS").map(number));
    let observer = AbortAt { event: number(event), seen: AtomicUsize::new(0) };
    batch::run(&pipeline, &request, &observer, &Stop::new()).expect("a run that starts");
}

/// Runs the world's job in a process that dies at an event.
fn abort_at(world: &World, output: &str, jobs: usize, event: usize) -> ExitStatus {
    let said = world.pictures_path().map(|path| ("VICTIM_PICTURES", path));
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "crashes::victim", "--ignored"])
        .env("VICTIM_EVENT", event.to_string())
        .env("VICTIM_JOBS", jobs.to_string())
        .env("VICTIM_PIPELINE", world.pipeline_path())
        .env("VICTIM_INPUT", world.input())
        .env("VICTIM_OUTPUT", world.output(output))
        .envs(said)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("a victim")
}
