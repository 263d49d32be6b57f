//! A folder with pictures that have borders, and a pipeline that trims them.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use image::RgbImage;
use recanvas::analysis::Measure;
use recanvas::batch;
use recanvas::batch::Action;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Places;
use recanvas::batch::Plan;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::batch::Summary;
use recanvas::manifest::State;
use recanvas::pipeline::Document;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::check;
use recanvas::report::Status;
use serde_json::Value;
use tempfile::TempDir;

use crate::measured::trim::registry;

/// The target that trims, and one that says nothing of it.
pub(super) const TARGETS: &str = "targets: [{ name: trimmed, ratio: 4:3, trim: { by: edges } }, { name: whole, size: 30x30 }]\n\
     stages:\n  - outpaint: { engine: blur }\n  - convert: { format: png }\n";

/// A thing in checks of 5 pixels, which no line crosses without many strays.
pub(super) fn thing(x: u32, y: u32) -> [u8; 3] {
    if (x / 5 + y / 5).is_multiple_of(2) { [20, 90, 30] } else { [180, 160, 20] }
}

/// A picture of 60 × 45 with the thing in 40 × 30 of it, from 12, 6 on; around it is what `around` says.
pub(super) fn framed(around: impl Fn(u32, u32) -> [u8; 3]) -> RgbImage {
    RgbImage::from_fn(60, 45, |x, y| {
        let is_thing = (12..52).contains(&x) && (6..36).contains(&y);
        image::Rgb(if is_thing { thing(x, y) } else { around(x, y) })
    })
}

pub(super) struct World {
    pub(super) folder: TempDir,
}

/// Says what a plan says of each task: its source, its target and one word.
pub(super) type Told = Vec<(String, String, &'static str)>;

impl World {
    /// Holds a picture with a plain border, one without, and one whose border may be part of it.
    pub(super) fn new() -> World {
        let world = World { folder: tempfile::tempdir().expect("a folder") };
        fs::create_dir(world.path("in")).expect("a folder");
        world.put("bordered.png", &framed(|_, _| [240, 240, 240]));
        world.put("full.png", &RgbImage::from_fn(40, 30, |x, y| image::Rgb(thing(x, y))));
        world.put("graded.png", &framed(|_, y| [(250 - 2 * y) as u8; 3]));
        world
    }

    pub(super) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub(super) fn put(&self, name: &str, picture: &RgbImage) {
        picture.save(self.path("in").join(name)).expect("it is written");
    }

    pub(super) fn request(&self, pipeline: &Pipeline) -> Request {
        let places = Places::new(self.path("in"), self.path("out"));
        Request::new(pipeline, places).expect("two folders").with(|it| it.jobs = Some(2))
    }

    pub(super) fn plan(&self, pipeline: &Pipeline, change: impl FnOnce(Request) -> Request) -> Plan {
        batch::plan(pipeline, &change(self.request(pipeline))).expect("a plan")
    }

    pub(super) fn run(&self, pipeline: &Pipeline) -> Summary {
        self.run_with(pipeline, |request| request, &Noted::default(), &Stop::new())
    }

    pub(super) fn run_with(
        &self,
        pipeline: &Pipeline,
        change: impl FnOnce(Request) -> Request,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Summary {
        batch::run(pipeline, &change(self.request(pipeline)), observer, stop).expect("a run")
    }

    pub(super) fn status(&self, pipeline: &Pipeline) -> Status {
        let (plan, state) = batch::look(pipeline, &self.request(pipeline)).expect("a plan");
        Status::of(plan, &state)
    }

    pub(super) fn state(&self, pipeline: &Pipeline) -> State {
        State::load(&self.path("out/.recanvas"), self.request(pipeline).scope(pipeline)).expect("a manifest")
    }

    /// Every record of this kind.
    pub(super) fn records(&self, kind: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path("out/.recanvas/manifest.jsonl")).unwrap_or_default();
        let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record"));
        records.filter(|record| record["kind"] == kind).collect()
    }

    /// The last record of a finished task.
    pub(super) fn finished(&self, source: &str, target: &str) -> Value {
        let mut records = self.records("task_finished");
        records.retain(|record| record["source"] == source && record["target"] == target);
        records.pop().expect("it is finished")
    }

    pub(super) fn output(&self, name: &str) -> RgbImage {
        image::open(self.path("out").join(name)).expect("an output").to_rgb8()
    }
}

pub(super) fn pipeline(edges: &'static dyn Measure, rest: &str) -> Pipeline {
    let text = format!("version: 1\nname: measured\n{rest}");
    check(&Document::new(Path::new("measured.yaml"), text), registry(edges)).expect("a pipeline")
}

pub(super) fn told(plan: &Plan) -> Told {
    let word = |action: &Action| match action {
        Action::Skip(_) => "skip",
        Action::Known(_) => "known",
        Action::Fail(_) => "fail",
        Action::Measure(_) => "measure",
        Action::Make(_) => "make",
        other => panic!("an action without a word: {other:?}"),
    };
    let one = |(source, one): (&batch::SourcePlan, batch::SelectedTask<'_>)| {
        let key = one.task.key(&source.file.path);
        (key.source.display().to_string(), key.target.to_string(), word(&one.plan.action))
    };
    plan.selected().map(one).collect()
}

/// Counts the tasks of which a plan says this.
pub(super) fn count(plan: &Plan, word: &str) -> usize {
    told(plan).iter().filter(|(.., told)| *told == word).count()
}

/// Notes what happens, one word each.
#[derive(Default)]
pub(super) struct Noted(pub(super) Mutex<Vec<&'static str>>);

impl Observer for Noted {
    fn notice(&self, event: &Event<'_>) {
        let word = match event {
            Event::Measuring { .. } => "measuring",
            Event::SourceMeasured { .. } => "measured",
            Event::Planned { .. } => "planned",
            Event::SourceStarted { .. } => "started",
            Event::TaskDone { .. } => "done",
            Event::TaskFailed { .. } => "failed",
            Event::Ended { .. } => "ended",
            _ => return,
        };
        self.0.lock().expect("a list").push(word);
    }
}
