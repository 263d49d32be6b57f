//! What a run does before it touches a pixel: the walk, the manifest, the plan.
//! `cargo bench --bench planning`

#![expect(clippy::disallowed_methods, reason = "it makes its sources")]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use divan::Bencher;
use divan::counter::BytesCount;
use divan::counter::ItemsCount;
use recanvas::batch;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Metadata;
use recanvas::geometry::Size;
use recanvas::manifest::State;
use recanvas::options::Values;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;
use recanvas::storage::Inbox;
use recanvas::storage::Selection;
use recanvas::storage::SourceFile;
use recanvas::storage::SourceStore;
use tempfile::TempDir;

const PIPELINE: &str = "version: 1\nname: bench\ntargets:\n  - { name: thumb, size: 16x16 }\n";
const FOLDERS: usize = 20;
const SOURCES: usize = 100;
const ALL: usize = FOLDERS * SOURCES;

fn main() {
    divan::main();
}

/// A catalog of small pictures with its pipeline.
struct Catalog {
    folder: TempDir,
    pipeline: Pipeline,
}

impl Catalog {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let samples = vec![128_u8; 64 * 48 * 3];
        let pixels = Pixels::from_samples(Size::new(64, 48), Channels::Rgb, samples);
        let encoding = Encoding::new(Format::JPEG, &Values::new()).expect("JPEG is written");
        let file = encoding.encode(&pixels.into(), &Metadata::default()).expect("a JPEG");
        for shelf in 0..FOLDERS {
            let shelf = folder.path().join(format!("in/shelf{shelf:02}"));
            fs::create_dir_all(&shelf).expect("a folder");
            for number in 0..SOURCES {
                fs::write(shelf.join(format!("product-{number:03}.jpg")), &file).expect("a source");
            }
        }
        let path = folder.path().join("pipeline.yaml");
        fs::write(&path, PIPELINE).expect("a pipeline");
        let pipeline = Pipeline::open(&path, Registry::built_in()).expect("a sound pipeline");
        Catalog { folder, pipeline }
    }

    fn request(&self) -> Request {
        let [input, output] = ["in", "out"].map(|name| self.folder.path().join(name));
        Request::new(&self.pipeline, Places::new(input, output)).expect("both folders")
    }

    /// The same with every output made.
    fn finished() -> Self {
        let catalog = Catalog::new();
        batch::run(&catalog.pipeline, &catalog.request(), &Silent, &Stop::new()).expect("a run");
        catalog
    }
}

fn size_of(path: &Path) -> BytesCount {
    BytesCount::new(fs::metadata(path).expect("a file").len())
}

#[divan::bench]
fn discovery(bencher: Bencher<'_, '_>) {
    let catalog = Catalog::new();
    let root = catalog.folder.path().join("in");
    bencher.counter(ItemsCount::new(ALL)).bench(|| {
        let mut found = 0;
        let mut count = |sources: Vec<SourceFile>| {
            found += sources.len();
            ControlFlow::Continue(())
        };
        let inbox = Inbox::open(&root, false).expect("a folder");
        inbox.list(&Selection::default(), &|_, _, _| false, &mut count).expect("a tree");
        found
    });
}

#[divan::bench]
fn replay(bencher: Bencher<'_, '_>) {
    let catalog = Catalog::finished();
    let state = catalog.request().state;
    let bytes = size_of(&state.join("manifest.jsonl"));
    bencher.counter(bytes).bench(|| State::load(&state, "bench").expect("a manifest"));
}

#[divan::bench]
fn plan_of_new_sources(bencher: Bencher<'_, '_>) {
    let catalog = Catalog::new();
    let request = catalog.request();
    bencher.counter(ItemsCount::new(ALL)).bench(|| batch::plan(&catalog.pipeline, &request).expect("a plan"));
}

#[divan::bench]
fn plan_of_finished_sources(bencher: Bencher<'_, '_>) {
    let catalog = Catalog::finished();
    let request = catalog.request();
    bencher.counter(ItemsCount::new(ALL)).bench(|| batch::plan(&catalog.pipeline, &request).expect("a plan"));
}
