//! A pipeline with its sources and any number of output folders.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use recanvas::batch;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::batch::Summary;
use recanvas::codecs::Format;
use recanvas::geometry::Size;
use recanvas::manifest::State;
use recanvas::manifest::TaskOutcome;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use tempfile::TempDir;

use crate::own_variants::registry;
use crate::trees::Tree;
use crate::trees::draw;
use crate::trees::is_temp;
use crate::trees::program;
use crate::trees::tree;

/// Two targets in two formats.
const SMALL: &str = "version: 1\nname: crashes\ntargets:\n  - { name: square, size: 48x48 }\n  \
                     - { name: wide, size: 96x54, convert: { format: png } }\n";

pub(crate) struct World {
    folder: TempDir,
}

impl World {
    /// A world whose sources are drawn one per entry: name, format, size.
    pub(crate) fn new(pipeline: &str, sources: &[(&str, Format, Size)]) -> World {
        // Syncs cost nothing in memory; a process that dies takes neither kind of file along.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let world = World { folder: folder.expect("a folder") };
        fs::write(world.pipeline_path(), pipeline).expect("a pipeline");
        for (seed, (name, format, size)) in (1..).zip(sources) {
            draw(&world.input().join(name), *format, *size, seed);
        }
        world
    }

    /// Two sources that can be made and, if asked for, one that is corrupt.
    pub(crate) fn small(with_corrupt: bool) -> World {
        let sources = [("a.jpg", Format::JPEG, Size::new(80, 60)), ("shoes/c.webp", Format::WEBP, Size::new(50, 70))];
        let world = World::new(SMALL, &sources);
        if with_corrupt {
            let whole = fs::read(world.input().join("a.jpg")).expect("a source");
            fs::write(world.input().join("b.jpg"), &whole[..whole.len() / 2]).expect("a source");
        }
        world
    }

    pub(crate) fn pipeline_path(&self) -> PathBuf {
        self.folder.path().join("pipeline.yaml")
    }

    pub(crate) fn input(&self) -> PathBuf {
        self.folder.path().join("input")
    }

    pub(crate) fn output(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn manifest(&self, output: &str) -> PathBuf {
        self.output(output).join(".recanvas/manifest.jsonl")
    }

    pub(crate) fn tree(&self, output: &str) -> Tree {
        tree(&self.output(output))
    }

    /// What the manifest says; that it can be replayed is part of every promise.
    pub(crate) fn state(&self, output: &str) -> State {
        State::load(&self.output(output).join(".recanvas"), "crashes").expect("a manifest that can be read")
    }

    /// Says something of single pictures, instead of what was said.
    pub(crate) fn say(&self, pictures: &str) {
        fs::write(self.folder.path().join("pictures.yaml"), pictures).expect("it is written");
    }

    /// Where something is said of single pictures, if it is.
    pub(crate) fn pictures_path(&self) -> Option<PathBuf> {
        Some(self.folder.path().join("pictures.yaml")).filter(|path| path.exists())
    }

    pub(crate) fn pipeline(&self) -> Pipeline {
        let said = self.pictures_path();
        let registry = said.map_or_else(Registry::built_in, |said| registry(&said).expect("pictures"));
        Pipeline::open(&self.pipeline_path(), registry).unwrap_or_else(|invalid| panic!("{invalid:?}"))
    }

    /// A run in this process, with whatever `change` makes of the request.
    pub(crate) fn run_with(
        &self,
        output: &str,
        change: impl FnOnce(Request) -> Request,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Summary {
        let pipeline = self.pipeline();
        let places = Places::new(self.input(), self.output(output));
        let request = Request::new(&pipeline, places).expect("a request").with(|it| it.jobs = Some(1));
        batch::run(&pipeline, &change(request), observer, stop).expect("a run that starts")
    }

    /// A plain run in this process, and what it made.
    pub(crate) fn run(&self, output: &str) -> (Summary, Vec<String>) {
        let made = Made::default();
        let summary = self.run_with(output, |request| request, &made, &Stop::new());
        (summary, made.0.into_inner().expect("a list"))
    }

    /// What an uninterrupted run makes of the sources.
    pub(crate) fn reference(&self) -> Tree {
        let (summary, made) = self.run("reference");
        let tree = self.tree("reference");
        assert!(!made.is_empty() && made.len() == tree.len(), "the reference has an output per task");
        assert_eq!((summary.left, summary.stopped), (0, None));
        tree
    }

    /// The program's `run`.
    pub(crate) fn program(&self, output: &str, arguments: &[&str]) -> Command {
        program(arguments, [&self.pipeline_path(), &self.input(), &self.output(output)])
    }

    /// Everything that is there under a final name, checked to be whole.
    pub(crate) fn finals(&self, output: &str, reference: &Tree) -> Tree {
        let mut finals = self.tree(output);
        finals.retain(|path, _| !is_temp(path));
        for (path, digest) in &finals {
            assert_eq!(Some(digest), reference.get(path), "{} is not what a run makes", path.display());
        }
        finals
    }

    /// Outputs that the manifest says are done.
    pub(crate) fn recorded(&self, output: &str) -> Vec<String> {
        let state = self.state(output);
        let mut recorded: Vec<String> = state
            .tasks()
            .filter_map(|(_, outcome)| match outcome {
                TaskOutcome::Done(done) => Some(done.output.display().to_string()),
                _ => None,
            })
            .collect();
        recorded.sort();
        recorded
    }
}

/// Notes the outputs that a run makes, adopted ones left out.
#[derive(Default)]
pub(crate) struct Made(pub(crate) Mutex<Vec<String>>);

impl Observer for Made {
    fn notice(&self, event: &Event<'_>) {
        if let Event::TaskDone { output, adopted: false, .. } = event {
            self.0.lock().expect("a list").push(output.display().to_string());
        }
    }
}
