//! A pipeline with a place for sources and one for outputs: two folders, or two stores in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

use image::ExtendedColorType;
use image::ImageEncoder;
use image::codecs::png::CompressionType;
use image::codecs::png::FilterType;
use image::codecs::png::PngEncoder;
use recanvas::batch;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Places;
use recanvas::batch::Plan;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::batch::Summary;
use recanvas::pipeline::Document;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::Variants;
use recanvas::pipeline::check;
use recanvas::storage::Outbox;
use recanvas::storage::OutputStore;
use tempfile::TempDir;

use crate::memory::Memory;
use crate::memory::Outputs;

/// Two targets, so that a source is more than one task.
const TARGETS: &str = "[{ name: a, size: 20x20 }, { name: b, size: 12x8 }]";

/// A picture of one colour; all have the same length.
pub(super) fn picture(colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Uncompressed, FilterType::NoFilter);
    encoder.write_image(&colour.repeat(16 * 16), 16, 16, ExtendedColorType::Rgb8).expect("it is encoded");
    bytes
}

pub(super) const RED: [u8; 3] = [200, 10, 20];
pub(super) const BLUE: [u8; 3] = [20, 10, 200];

pub(super) struct World {
    folder: TempDir,
    /// Says where sources and outputs are, if not in folders.
    memory: Option<(Arc<Memory>, Arc<Memory>)>,
}

/// Says what a run came to, with what failed in it.
pub(super) struct Ran {
    pub(super) summary: Summary,
    pub(super) failed: Vec<String>,
}

impl Ran {
    /// Says what was done, skipped, failed and left.
    pub(super) fn counts(&self) -> [u64; 4] {
        let summary = &self.summary;
        [summary.done, summary.skipped, summary.failures(), summary.left]
    }
}

impl World {
    /// The same world in folders and in memory.
    pub(super) fn both() -> [World; 2] {
        let folder = || tempfile::tempdir().expect("a folder");
        let folders = World { folder: folder(), memory: None };
        fs::create_dir(folders.path("in")).expect("a folder");
        [folders, World { folder: folder(), memory: Some((Arc::default(), Arc::default())) }]
    }

    /// A path of a world in folders; the state is there in every world.
    pub(super) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub(super) fn name(&self) -> &'static str {
        if self.memory.is_some() { "memory" } else { "folders" }
    }

    /// The store of sources, where it is in memory.
    pub(super) fn memory(&self) -> Option<&Memory> {
        self.memory.as_ref().map(|(sources, _)| &**sources)
    }

    /// The store of outputs, where it is in memory.
    pub(super) fn memory_of_outputs(&self) -> Option<&Memory> {
        self.memory.as_ref().map(|(_, outputs)| &**outputs)
    }

    pub(super) fn put_source(&self, path: &str, bytes: &[u8]) {
        self.put(self.memory(), "in", path, bytes);
    }

    pub(super) fn put_output(&self, path: &str, bytes: &[u8]) {
        self.put(self.memory_of_outputs(), "out", path, bytes);
    }

    fn put(&self, memory: Option<&Memory>, folder: &str, path: &str, bytes: &[u8]) {
        match memory {
            Some(memory) => drop(memory.put(Path::new(path), bytes)),
            None => {
                let path = self.path(folder).join(path);
                fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
                fs::write(path, bytes).expect("a file");
            }
        }
    }

    pub(super) fn remove_source(&self, path: &str) {
        match self.memory() {
            Some(memory) => memory.take_away(Path::new(path)),
            None => fs::remove_file(self.path("in").join(path)).expect("the file is there"),
        }
    }

    /// Every output with its bytes.
    pub(super) fn outputs(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        match self.memory_of_outputs() {
            Some(memory) => memory.all(),
            None => files_below(&self.path("out"), Path::new("")),
        }
    }

    /// The store of outputs, whichever it is.
    pub(super) fn output_store(&self) -> Arc<dyn OutputStore> {
        match &self.memory {
            Some((_, outputs)) => Arc::new(Outputs(Arc::clone(outputs))),
            None => Arc::new(Outbox::open(&self.path("out")).expect("a folder")),
        }
    }

    pub(super) fn pipeline(&self, more: &str) -> Pipeline {
        World::checked(more, Registry::built_in())
    }

    /// The same with what is said of single sources.
    pub(super) fn pipeline_with(&self, more: &str, variants: Arc<dyn Variants>) -> Pipeline {
        World::checked(more, Registry::built_in().with_variants(variants))
    }

    /// The same with what a registry has.
    pub(super) fn checked(more: &str, registry: Registry) -> Pipeline {
        let text = format!("version: 1\nname: world\n{more}\ntargets: {TARGETS}\n");
        check(&Document::new(Path::new("p.yaml"), text), registry).expect("a pipeline")
    }

    pub(super) fn request(&self, pipeline: &Pipeline) -> Request {
        let places = Places::new(self.path("in"), self.path("out"));
        let request = Request::new(pipeline, places).expect("one").with(|it| {
            it.state = self.path("state");
            it.jobs = Some(2);
        });
        match &self.memory {
            Some((sources, _)) => {
                let sources = Arc::clone(sources);
                request.with(|it| {
                    it.sources = Some(sources);
                    it.outputs = Some(self.output_store());
                })
            }
            None => request,
        }
    }

    pub(super) fn plan(&self) -> Plan {
        let pipeline = self.pipeline("");
        batch::plan(&pipeline, &self.request(&pipeline)).expect("a plan")
    }

    pub(super) fn run(&self) -> Ran {
        self.run_with(|request| request, &|| ())
    }

    /// A run of another request, with something that happens between plan and work.
    pub(super) fn run_with(&self, change: impl FnOnce(Request) -> Request, planned: &(dyn Fn() + Sync)) -> Ran {
        self.run_of(&self.pipeline(""), change, planned)
    }

    /// The same of another pipeline.
    pub(super) fn run_of(
        &self,
        pipeline: &Pipeline,
        change: impl FnOnce(Request) -> Request,
        planned: &(dyn Fn() + Sync),
    ) -> Ran {
        let observer = Watching { planned, failed: Mutex::default() };
        let request = change(self.request(pipeline));
        let summary = batch::run(pipeline, &request, &observer, &Stop::new()).expect("a run");
        let mut failed = observer.failed.into_inner().expect("no thread died");
        failed.sort();
        Ran { summary, failed }
    }
}

struct Watching<'a> {
    planned: &'a (dyn Fn() + Sync),
    failed: Mutex<Vec<String>>,
}

impl Observer for Watching<'_> {
    fn notice(&self, event: &Event<'_>) {
        match event {
            Event::Planned { .. } => (self.planned)(),
            Event::TaskFailed { key, failure, .. } => {
                let line = format!("{} [{}] {}", key.source.display(), key.target, failure.class);
                self.failed.lock().expect("no thread died").push(line);
            }
            _ => {}
        }
    }
}

fn files_below(root: &Path, relative: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(root.join(relative)).into_iter().flatten() {
        let path = relative.join(entry.expect("it can be read").file_name());
        if root.join(&path).is_dir() {
            files.extend(files_below(root, &path));
        } else {
            files.insert(path.clone(), fs::read(root.join(&path)).expect("a file"));
        }
    }
    files
}
