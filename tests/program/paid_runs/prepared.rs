//! A stage that changes the source before margins are filled: providers are sent what it makes.

use std::env;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;
use recanvas::batch;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::each_depth;
use recanvas::error::Failure;
use recanvas::geometry::Layout;
use recanvas::options::Field;
use recanvas::options::Kind;
use recanvas::options::Values;
use recanvas::options::typed;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use recanvas::raster::Sample;
use recanvas::stages::ActingInput;
use recanvas::stages::PixelInput;
use recanvas::stages::Stage;
use recanvas::stages::StageDef;
use serde::Deserialize;

use crate::dir::Done;
use crate::paid::sent::difference;
use crate::paid::sent::pictures;
use crate::paid_runs::world::PLENTY;
use crate::paid_runs::world::PRICE;
use crate::paid_runs::world::World;
use crate::paid_runs::world::calls;
use crate::paid_runs::world::engine;
use crate::paid_runs::world::until;
use testkit::Provider;
use testkit::Script;

const FIELDS: &[Field] = &[Field::new("top", Kind::Integer(0, 255), "0", "the level that black becomes; 0 for none")];

static NEGATIVE: [StageDef; 2] = [definition(1), definition(2)];

const fn definition(revision: u32) -> StageDef {
    let def = StageDef::new("negative", "turns dark into light", |values, _| Arc::new(typed::<Negative>(values)));
    StageDef { fields: || FIELDS, revision, ..def }
}

#[derive(Deserialize)]
struct Negative {
    top: u8,
}

impl Stage for Negative {
    fn prepares(&self) -> bool {
        self.top > 0
    }

    fn before_fill(&self, picture: Arc<Raster>, _input: &PixelInput<'_>) -> Result<Arc<Raster>, Failure> {
        let mut picture = Arc::unwrap_or_clone(picture);
        each_depth!(&mut picture, pixels => self.turn(pixels));
        Ok(picture.into())
    }

    fn memory(&self, layout: &Layout, pixel_bytes: u64) -> u64 {
        layout.placement.size().area() * pixel_bytes
    }

    fn acting(&self, values: &Values, _output: &ActingInput<'_>) -> Option<Values> {
        self.prepares().then(|| values.clone())
    }
}

impl Negative {
    /// Turns pictures without alpha: there are no others here.
    fn turn<S: Sample>(&self, pixels: &mut Pixels<S>) {
        for y in 0..pixels.size().height {
            for sample in pixels.row_mut(y) {
                let level = (sample.to_f32() / S::MAX * 255.0).round() as u8;
                *sample = S::from_u8(self.top.abs_diff(level));
            }
        }
    }
}

/// The process that runs the pipeline in a folder; does nothing unless another test starts it.
#[test]
#[ignore = "started by other tests"]
fn prepared() {
    let Some(pipeline) = env::var_os("PREPARED_PIPELINE") else { return };
    let is_newer = env::var_os("PREPARED_NEWER").is_some();
    let registry = Registry::built_in().with_stage(&NEGATIVE[usize::from(is_newer)], "convert");
    let pipeline = Pipeline::open(Path::new(&pipeline), registry).unwrap_or_else(|invalid| panic!("{invalid:?}"));
    let request = Request::new(&pipeline, Places::default()).expect("folders");
    let summary = batch::run(&pipeline, &request, &Silent, &Stop::new()).expect("it runs");
    let calls = &summary.calls;
    let counts = [summary.done, summary.skipped, summary.failures(), calls.submitted, calls.reused + calls.resumed];
    println!("counts {counts:?}");
}

/// A world of fal with a source, and a pipeline with these targets.
fn world(script: Script, targets: &[&str]) -> World {
    let world = World::new(Provider::Fal, script);
    pipeline(&world, targets);
    world.draw(0..1);
    world
}

fn pipeline(world: &World, targets: &[&str]) {
    let stages = format!("stages:\n  - outpaint: {{ engine: {} }}\n  - convert: {{ format: png }}\n", engine(PRICE));
    world.dir.pipeline(&format!("{stages}budget: {{ {PLENTY} }}\n"), targets);
}

fn command(world: &World) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", "paid_runs::prepared::prepared", "--ignored", "--nocapture"]);
    command.envs(world.server.environment()).env("PREPARED_PIPELINE", world.dir.path("p.yaml"));
    command.stdin(Stdio::null());
    command
}

/// What a run has done, skipped and failed, and its calls: submitted, and there already.
#[track_caller]
fn run(world: &World, change: impl FnOnce(&mut Command)) -> String {
    let mut command = command(world);
    change(&mut command);
    let done = Done::of(command);
    let counts = done.stdout.lines().find_map(|line| line.split_once("counts ").map(|(_, counts)| counts.to_owned()));
    counts.unwrap_or_else(|| panic!("{done}"))
}

fn rgb(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes).expect("a picture").into_rgb8()
}

fn negative(picture: &RgbImage, top: u8) -> RgbImage {
    let mut picture = picture.clone();
    picture.iter_mut().for_each(|level| *level = top.abs_diff(*level));
    picture
}

const PLAIN: &str = "{ name: plain, size: 128x96 }";
const DARK: &str = "{ name: dark, size: 128x96, negative: { top: 255 } }";
const SAME: &str = "{ name: same, size: 120x96, negative: { top: 255 } }";
const HALF: &str = "{ name: half, size: 128x96, negative: { top: 200 } }";

#[test]
fn prepared_pictures_are_sent_and_shared_by_tasks_with_equal_changes() {
    let world = world(Script::default(), &[PLAIN, DARK, SAME, HALF]);
    assert_eq!(run(&world, |_| ()), "[4, 0, 0, 3, 0]");
    world.is_clean();
    let source = rgb(&world.dir.read("in/0000.png"));
    let sent: Vec<RgbImage> = pictures(&world.server).iter().map(|picture| rgb(picture)).collect();
    assert_eq!(sent.len(), 3);
    for (name, width, top) in [("plain", 128, 0), ("dark", 128, 255), ("same", 120, 255), ("half", 128, 200)] {
        let shown = negative(&source, top);
        assert!(sent.iter().any(|sent| difference(sent, &shown) < 8.0), "{name} was sent");
        let made = rgb(&world.dir.read(format!("out/0000.{name}.png")));
        let left = (width - 96) / 2;
        // Changed once, to the bit.
        assert_eq!(image::imageops::crop_imm(&made, left, 0, 96, 96).to_image(), shown, "{name}");
        let column = |x: u32| image::imageops::crop_imm(&made, x, 0, 1, 96).to_image();
        let step = difference(&column(left - 1), &column(left));
        assert!(step < 30.0, "the margins of {name} fit: {step}");
    }
    assert_eq!(run(&world, |_| ()), "[0, 4, 0, 0, 0]");
    // What is not changed has the call that it always had: the program alone finds it done and its result there.
    pipeline(&world, &[PLAIN]);
    let again = world.run(&["--force"]);
    again.code(0).counts([1, 0, 0, 0, 0]);
    let [submitted, reused, resumed, _] = calls(&again.json());
    assert_eq!((submitted, reused + resumed), (0, 1), "{again}");
    assert_eq!(world.paid(), 3);
}

#[test]
fn another_option_or_another_revision_is_another_call() {
    let world = world(Script::default(), &[DARK]);
    assert_eq!(run(&world, |_| ()), "[1, 0, 0, 1, 0]");
    // A newer stage makes nothing stale by itself; what is made anew is sent anew.
    let newer = |command: &mut Command| {
        command.env("PREPARED_NEWER", "1");
    };
    assert_eq!(run(&world, newer), "[0, 1, 0, 0, 0]");
    pipeline(&world, &[&DARK.replace("255", "250")]);
    assert_eq!(run(&world, |_| ()), "[1, 0, 0, 1, 0]");
    world.dir.remove("out/0000.dark.png");
    assert_eq!(run(&world, |_| ()), "[1, 0, 0, 0, 1]");
    world.dir.remove("out/0000.dark.png");
    assert_eq!(run(&world, newer), "[1, 0, 0, 1, 0]");
    assert_eq!(world.paid(), 3);
}

#[test]
fn a_run_that_is_killed_while_its_changed_picture_is_out_pays_once() {
    let world = world(Script::default().latency(Duration::from_millis(1500)), &[DARK, SAME]);
    let mut child = command(&world).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process");
    until("a call is accepted and its handle kept", || world.manifest().contains("\"call_submitted\""));
    child.kill().expect("a kill");
    child.wait().expect("a child");
    assert_eq!((world.paid(), world.dir.outputs().len()), (1, 0));
    assert_eq!(run(&world, |_| ()), "[2, 0, 0, 0, 1]");
    assert_eq!(world.paid(), 1);
    world.is_clean();
    assert_eq!(run(&world, |_| ()), "[0, 2, 0, 0, 0]");
}
