//! Tasks of one source that show the same picture are made of one, each as it would be made alone.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use recanvas::batch;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::engines::EngineDef;
use recanvas::engines::FillContext;
use recanvas::engines::Filled;
use recanvas::engines::LocalEngine;
use recanvas::engines::Unfilled;
use recanvas::error::Failure;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::options::Field;
use recanvas::options::Kind;
use recanvas::options::Values;
use recanvas::pipeline::Document;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::check;
use recanvas::raster::Raster;
use recanvas::stages::ActingInput;
use recanvas::stages::PixelInput;
use recanvas::stages::Stage;
use recanvas::stages::StageDef;

use crate::batch::world::RED;
use crate::batch::world::picture;

/// Says how often margins were filled, and pictures changed behind that.
static FILLED: AtomicUsize = AtomicUsize::new(0);
static CHANGED: AtomicUsize = AtomicUsize::new(0);

/// An engine that leaves margins black, and a stage that changes nothing; both count.
struct Counting;

impl LocalEngine for Counting {
    fn fill(&self, _canvas: &mut Raster, _context: &FillContext) -> Result<Filled, Unfilled> {
        FILLED.fetch_add(1, Ordering::Relaxed);
        Ok(Filled::by("counted"))
    }

    fn scratch_bytes(&self, _canvas: Size, _known: Rect, _pixel_bytes: u64) -> u64 {
        0
    }
}

impl Stage for Counting {
    fn after_fill(&self, picture: Arc<Raster>, _input: &PixelInput<'_>) -> Result<Arc<Raster>, Failure> {
        CHANGED.fetch_add(1, Ordering::Relaxed);
        Ok(picture)
    }

    fn acting(&self, values: &Values, _output: &ActingInput<'_>) -> Option<Values> {
        (values["is_on"] == true).then(|| values.clone())
    }
}

const DEPTH: &[Field] = &[Field::new("depth", Kind::Integer(0, 9), "1", "nothing")];
const IS_ON: &[Field] = &[Field::new("is_on", Kind::Bool, "false", "nothing")];

static ENGINE: EngineDef = EngineDef {
    name: "counted",
    doc: "leaves margins black and counts",
    revision: 1,
    fields: DEPTH,
    uses: &[],
    build: |_| Box::new(Counting),
};
static STAGE: StageDef =
    StageDef { fields: || IS_ON, ..StageDef::new("count", "counts pictures", |_, _| Arc::new(Counting)) };

fn pipeline(targets: &[&str]) -> Pipeline {
    let engine = "stages: [{ outpaint: { engine: { use: counted } } }]";
    let targets: String = targets.iter().map(|target| format!("  - {target}\n")).collect();
    let text = format!("version: 1\nname: pictures\n{engine}\ntargets:\n{targets}");
    let registry = Registry::built_in().with_engine(&ENGINE).with_stage(&STAGE, "convert");
    check(&Document::new(Path::new("p.yaml"), text), registry).expect("a pipeline")
}

/// A picture with a hole in its middle, so that it is no cut-out.
fn with_hole() -> Vec<u8> {
    let alpha = |x: u32, y: u32| if (6..10).contains(&x) && (6..10).contains(&y) { 90 } else { 255 };
    let picture = image::RgbaImage::from_fn(16, 16, |x, y| image::Rgba([200, 10, 20, alpha(x, y)]));
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).expect("it is encoded");
    bytes
}

/// Runs over one source with so many threads; every output by its name.
fn run(pipeline: &Pipeline, source: &[u8], jobs: usize) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).expect("a folder");
    fs::write(input.join("a.png"), source).expect("a source");
    let request = Request::new(pipeline, Places::new(input, output.clone())).expect("places");
    let request = request.with(|it| it.jobs = Some(jobs));
    let summary = batch::run(pipeline, &request, &Silent, &Stop::new()).expect("it runs");
    assert_eq!((summary.done, summary.failures()), (pipeline.usual_tasks.len() as u64, 0));
    let entries = fs::read_dir(&output).expect("a folder").map(|entry| entry.expect("it can be read").path());
    let files = entries.filter(|path| path.is_file());
    files.map(|path| (path.file_name().expect("a name").into(), fs::read(&path).expect("a file"))).collect()
}

/// Outputs with how often margins were filled and pictures changed for them.
fn counted(source: &[u8], targets: &[&str], jobs: usize) -> (BTreeMap<PathBuf, Vec<u8>>, [usize; 2]) {
    let pipeline = pipeline(targets);
    let before = [&FILLED, &CHANGED].map(|count| count.load(Ordering::Relaxed));
    let outputs = run(&pipeline, source, jobs);
    let after = [&FILLED, &CHANGED].map(|count| count.load(Ordering::Relaxed));
    (outputs, [after[0] - before[0], after[1] - before[1]])
}

// One test, because all of it counts in the same place.
#[test]
fn equal_pictures_are_made_once_and_others_by_themselves() {
    let jpeg = "{ name: a, size: 40x20 }";
    let finer = "{ name: b, size: 40x20, convert: { quality: 97 } }";
    let png = "{ name: c, size: 40x20, convert: { format: png } }";
    let cropped = "{ name: d, size: 20x40, aspect: { fit: crop } }";
    let cropped_again = "{ name: e, size: 20x40, aspect: { fit: balance, max_crop: 60% }, convert: { format: png } }";
    let (opaque, holed) = (picture(RED), with_hole());
    for jobs in [1, 4] {
        // A layout between two equal ones changes nothing.
        let (together, counts) = counted(&opaque, &[jpeg, cropped, finer, png, cropped_again], jobs);
        assert_eq!(counts, [1, 2], "{jobs} jobs");
        for target in [jpeg, finer, png, cropped, cropped_again] {
            let (alone, _) = counted(&opaque, &[target], jobs);
            let (name, bytes) = alone.first_key_value().expect("an output");
            assert!(together[name] == *bytes, "{} is the same alone", name.display());
        }
        assert_eq!(together.len(), 5);
    }
    let others = [
        "{ name: b, size: 40x21 }",
        "{ name: b, size: 40x20, resize: { filter: nearest } }",
        "{ name: b, size: 40x20, aspect: { anchor: left } }",
        "{ name: b, size: 40x20, outpaint: { engine: { use: counted, depth: 2 } } }",
        "{ name: b, size: 40x20, count: { is_on: true } }",
    ];
    for other in others {
        assert_eq!(counted(&opaque, &[jpeg, other], 1).1, [2, 2], "{other}");
    }
    // A background counts where something is transparent, in formats that do not keep it.
    let black = "{ name: b, size: 40x20, convert: { background: black } }";
    let png_on_black = "{ name: b, size: 40x20, convert: { format: png, background: black } }";
    let flat = "{ name: b, size: 40x20, convert: { format: png, alpha: flatten } }";
    for (source, pair, pictures) in [
        (&opaque, [jpeg, black], 1),
        (&holed, [jpeg, black], 2),
        (&holed, [jpeg, png], 2),
        (&holed, [jpeg, flat], 1),
        (&holed, [png, png_on_black], 1),
    ] {
        assert_eq!(counted(source, &pair, 1).1, [pictures, pictures], "{pair:?}");
    }
}
