//! Small pictures of what each stage and each engine does, one folder a case.
//!
//! `fixtures/cases/WORD/CASE/` has a `pipeline.yaml` and an `expected.TARGET.png` per target;
//! its source is its own `source.png`, or the numbered grid that all share. The references
//! were looked at when they were made; `UPDATE_GOLDENS=1` makes them anew.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use image::Rgba;
use image::RgbaImage;
use recanvas::batch;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::codecs::Format;
use recanvas::engines::LOCAL;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::Task;
use recanvas::stages::OutputFormat;
use recanvas::stages::STAGES;

/// How far a sample of a lossy output may be from the reference, in 8-bit levels.
const LOSSY: u8 = 6;

struct Case {
    /// Like `aspect/crop`.
    name: String,
    folder: PathBuf,
    pipeline: Pipeline,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases")
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = folders(&root())
        .iter()
        .flat_map(|word| folders(word))
        .map(|folder| {
            let name = folder.strip_prefix(root()).expect("below").display().to_string();
            let pipeline = Pipeline::open(&folder.join("pipeline.yaml"), Registry::built_in());
            let pipeline = pipeline.unwrap_or_else(|invalid| panic!("{name}: {invalid:#?}"));
            assert!(pipeline.warnings.is_empty(), "{name}: {:?}", pipeline.warnings);
            Case { name, folder, pipeline }
        })
        .collect();
    assert!(!cases.is_empty(), "no case was found");
    cases
}

#[test]
fn every_case_makes_what_its_references_show() {
    let update = env::var_os("UPDATE_GOLDENS").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let outputs = tempfile::tempdir().expect("a temporary folder");
        run(&case, outputs.path());
        for target in &*case.pipeline.usual_tasks {
            let reference = case.folder.join(format!("expected.{}.png", target.target));
            let made = made(&case, target, outputs.path());
            if update {
                made.save(&reference).expect("the reference can be written");
            } else if let Err(why) = compare(target, &made, &reference) {
                wrong.push(format!("{} [{}]: {why}", case.name, target.target));
                keep(&case, target, &made, &reference);
            }
        }
    }
    assert!(wrong.is_empty(), "{}\nlook at {}", wrong.join("\n"), kept().display());
}

/// Runs the case's pipeline over its source, copied to a folder of its own.
fn run(case: &Case, outputs: &Path) {
    let own = case.folder.join("source.png");
    let source = if own.is_file() { own } else { root().join("numbered.png") };
    let input = tempfile::tempdir().expect("a temporary folder");
    fs::copy(&source, input.path().join("source.png")).expect("the source can be copied");
    let places = Places::new(input.path(), outputs);
    let request = Request::new(&case.pipeline, places).expect("both folders are named");
    let summary = batch::run(&case.pipeline, &request, &Silent, &Stop::new());
    let summary = summary.unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name));
    assert_eq!(summary.done, case.pipeline.usual_tasks.len() as u64, "{}: {summary:?}", case.name);
}

/// The output of a target, read with another decoder than ours.
fn made(case: &Case, target: &Task, outputs: &Path) -> RgbaImage {
    let OutputFormat::Fixed(format) = target.recipe.convert.output else {
        panic!("{}: the format is fixed", case.name)
    };
    let name = format!("source.{}.{}", target.target, format.extension());
    let picture = image::open(outputs.join(name)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let picture = picture.to_rgba8();
    assert!(picture.width().max(picture.height()) <= 96, "{} [{}] is small", case.name, target.target);
    picture
}

fn compare(target: &Task, made: &RgbaImage, reference: &Path) -> Result<(), String> {
    let expected = image::open(reference).map_err(|error| format!("no reference: {error}"))?.to_rgba8();
    if made.dimensions() != expected.dimensions() {
        return Err(format!("{:?}, not {:?}", made.dimensions(), expected.dimensions()));
    }
    let tolerance = if target.recipe.convert.output == OutputFormat::Fixed(Format::JPEG) { LOSSY } else { 0 };
    let off = |(one, other): &(&Rgba<u8>, &Rgba<u8>)| distance(one, other) > tolerance;
    match made.pixels().zip(expected.pixels()).filter(off).count() {
        0 => Ok(()),
        count => Err(format!("{count} of {} pixels differ", made.width() * made.height())),
    }
}

fn distance(one: &Rgba<u8>, other: &Rgba<u8>) -> u8 {
    one.0.iter().zip(other.0).map(|(one, other)| one.abs_diff(other)).max().unwrap_or(0)
}

/// Where pictures of what went wrong are kept.
fn kept() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("goldens")
}

/// Keeps the actual output and, where sizes agree, a picture that is white where they differ.
fn keep(case: &Case, target: &Task, made: &RgbaImage, reference: &Path) {
    let folder = kept().join(&case.name);
    fs::create_dir_all(&folder).expect("a folder");
    made.save(folder.join(format!("actual.{}.png", target.target))).expect("the output can be kept");
    let Ok(expected) = image::open(reference) else { return };
    let expected = expected.to_rgba8();
    if expected.dimensions() == made.dimensions() {
        let diff = RgbaImage::from_fn(made.width(), made.height(), |x, y| {
            let level = distance(made.get_pixel(x, y), expected.get_pixel(x, y));
            let shown = if level > 0 { level.saturating_mul(8).max(64) } else { 0 };
            Rgba([shown, shown, shown, 255])
        });
        diff.save(folder.join(format!("diff.{}.png", target.target))).expect("the difference can be kept");
    }
}

#[test]
fn no_reference_is_without_a_target() {
    let mut seen = 0;
    for case in cases() {
        for entry in fs::read_dir(&case.folder).expect("the folder is there") {
            let name = entry.expect("it can be read").file_name().into_string().expect("a name");
            let target = name.strip_prefix("expected.").and_then(|name| name.strip_suffix(".png"));
            let asked = |target: &str| case.pipeline.usual_tasks.iter().any(|known| *known.target == *target);
            let expected = ["pipeline.yaml", "source.png"].contains(&name.as_str()) || target.is_some_and(asked);
            assert!(expected, "{}: {name} belongs to no output", case.name);
            seen += usize::from(target.is_some());
        }
    }
    assert!(seen > 0);
}

#[test]
fn every_stage_has_a_case_that_writes_it() {
    let words: BTreeSet<String> =
        folders(&root()).iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    assert_eq!(words, STAGES.iter().map(|stage| stage.word.to_owned()).collect());
    for case in cases() {
        let word = case.name.split('/').next().expect("a word");
        let written = case.pipeline.usual_tasks.iter().any(|target| target.settings.is_written(word));
        assert!(written, "{} says nothing of {word}", case.name);
    }
}

#[test]
fn every_local_engine_has_a_case() {
    let cases = cases();
    assert!(!LOCAL.is_empty());
    for engine in LOCAL {
        let uses = |case: &Case| {
            let first = |target: &Arc<Task>| target.settings.of("outpaint")["engine"][0]["use"] == engine.name;
            case.name.starts_with("outpaint/") && case.pipeline.usual_tasks.iter().any(first)
        };
        assert!(cases.iter().any(uses), "no case of outpaint fills with {}", engine.name);
    }
}
