//! What is rendered in memory is what a run writes.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::OsStr;
use std::fmt::Debug;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use recanvas::Error;
use recanvas::batch;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Places;
use recanvas::batch::Plan;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::batch::Summary;
use recanvas::document::Mistakes;
use recanvas::engines::TRANSPARENT;
use recanvas::error::Class;
use recanvas::error::ErrorKind;
use recanvas::error::Failure;
use recanvas::geometry::Size;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::Rendered;
use recanvas::pipeline::RowKey;
use recanvas::pipeline::Task;
use recanvas::pipeline::check;

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder)
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn pipeline(text: &str) -> Pipeline {
    Pipeline::from_yaml(&format!("version: 1\n{text}")).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Pictures of every kind, and some that are damaged.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["photos", "grid", "color", "orientation", "jpeg", "broken"].map(fixtures).into_iter().collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            let is_picture = ["jpg", "png", "webp"].map(OsStr::new).map(Some).contains(&path.extension());
            match path.is_dir() {
                true => folders.push(path),
                false if is_picture => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "{} pictures", found.len());
    found
}

/// Keeps why tasks failed, by source and target.
#[derive(Default)]
struct Failed(Mutex<BTreeMap<(PathBuf, String), Failure>>);

impl Observer for Failed {
    fn notice(&self, event: &Event<'_>) {
        if let Event::TaskFailed { key, failure, .. } = event {
            let key = (key.source.to_path_buf(), key.target.to_string());
            self.0.lock().expect("no thread died").insert(key, (*failure).clone());
        }
    }
}

/// Compares what is rendered of these sources with what a run of the pipeline writes; the number of files, and of
/// failures.
fn compare(pipeline: &Pipeline, sources: &[PathBuf]) -> (usize, usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).expect("a folder");
    // Names alone do not tell all of them apart.
    let named = |(index, path): (usize, &PathBuf)| {
        let name = format!("{index:03}-{}", path.file_name().expect("a name").to_string_lossy());
        fs::copy(path, input.join(&name)).expect("it can be copied");
        (PathBuf::from(name), fs::read(path).expect("it can be read"))
    };
    let sources: Vec<(PathBuf, Vec<u8>)> = sources.iter().enumerate().map(named).collect();
    let request = Request::new(pipeline, Places::new(input, output.clone())).expect("places");
    let failed = Failed::default();
    batch::run(pipeline, &request, &failed, &Stop::new()).expect("it runs");
    let failed = failed.0.into_inner().expect("no thread died");
    let (mut files, mut failures) = (0, 0);
    for (index, (name, bytes)) in sources.iter().enumerate() {
        for (task, rendered) in pipeline.render_all(bytes) {
            let label = format!("{} [{}]", name.display(), task.target);
            // Decoded once for all targets is the same as for each, of which some are enough to look at.
            let again = (index % 9 == 0).then(|| pipeline.render(bytes, &task.target, None));
            match rendered {
                Ok(rendered) => {
                    let extension = rendered.format.extension();
                    let stem = name.file_stem().expect("a stem").to_string_lossy();
                    let written = fs::read(output.join(format!("{stem}.{}.{extension}", task.target)));
                    let written = written.unwrap_or_else(|error| panic!("{label}: {error}, {failed:?}"));
                    assert!(rendered.bytes == written, "{label} is not what a run writes");
                    let again = again.map(|again| again.expect("it renders").bytes);
                    assert!(again.is_none_or(|again| again == written), "{label} by itself");
                    files += 1;
                }
                Err(error) => {
                    let failure = failed.get(&(name.clone(), task.target.to_string()));
                    let failure = failure.unwrap_or_else(|| panic!("{label}: {error}, and a run makes it"));
                    assert_eq!(error.kind(), ErrorKind::Failed(failure.class), "{label}");
                    assert_eq!(
                        (error.to_string(), error.details()),
                        (failure.message.clone(), Some(failure)),
                        "{label}"
                    );
                    let again = again.map(|again| again.expect_err("it fails").kind());
                    assert!(again.is_none_or(|again| again == error.kind()), "{label} by itself");
                    failures += 1;
                }
            }
        }
    }
    assert_eq!(failures, failed.len());
    (files, failures)
}

#[test]
fn every_picture_becomes_what_a_run_makes_of_it() {
    let pipeline = pipeline(
        "targets:
  - { name: square, size: 96x96 }
  - { name: png, size: 96x96, convert: { format: png } }
  - { name: crop, ratio: 2.5, aspect: { fit: crop }, resize: { filter: nearest }, convert: { format: source } }
  - { name: flat, size: 40x90, convert: { format: webp, alpha: flatten, background: teal } }
  - { name: small, width: 30, outpaint: { engine: blur }, convert: { format: webp } }
",
    );
    let sources: Vec<PathBuf> = sources().into_iter().step_by(3).collect();
    let (files, failures) = compare(&pipeline, &sources);
    assert!(files > sources.len() && failures > 0, "{files} files, {failures} failures");
}

#[test]
fn rules_and_limits_of_each_task_are_those_of_a_run() {
    let pipeline = pipeline(
        "targets:
  - { name: any, size: 30x30 }
  - { name: few, size: 30x30, load: { max_pixels: 3000 } }
  - { name: light, size: 30x30, load: { max_bytes: 2000 } }
  - { name: large, size: 3000x3000, resize: { upscale: refuse } }
",
    );
    let sources: Vec<PathBuf> = sources().into_iter().step_by(7).collect();
    let (files, failures) = compare(&pipeline, &sources);
    assert!(files > 10 && failures > sources.len(), "{files} files, {failures} failures");
}

#[test]
fn a_rendered_output_says_how_it_was_made() {
    let pipeline = pipeline("targets: [{ name: wide, size: 60x20, convert: { format: png } }]\n");
    let rendered = pipeline.render(&fixture("grid/rgb__plain.png"), "wide", None).expect("it renders");
    let Rendered { format, layout, filled, warnings, .. } = &rendered;
    assert_eq!((format.name(), layout.output), ("png", Size::new(60, 20)));
    assert!(filled.is_some() && warnings.is_empty(), "{filled:?} {warnings:?}");
    let bytes = cut_out();
    let rendered = pipeline.render(&bytes, "wide", None).expect("it renders");
    assert_eq!(rendered.filled.expect("margins").engine, TRANSPARENT);
    let enlarged = pipeline_of_size("4000x20").render(&bytes, "a", None).expect("it renders");
    assert_eq!(enlarged.layout.output, Size::new(4000, 20));
}

/// A red square on a transparent ground.
fn cut_out() -> Vec<u8> {
    let alpha = |x: u32, y: u32| if (10..30).contains(&x) && (10..30).contains(&y) { 255 } else { 0 };
    let picture = image::RgbaImage::from_fn(40, 40, |x, y| image::Rgba([200, 30, 40, alpha(x, y)]));
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).expect("it encodes");
    bytes
}

fn pipeline_of_size(size: &str) -> Pipeline {
    pipeline(&format!("targets: [{{ name: a, size: {size} }}]\n"))
}

#[test]
fn errors_of_rendering_have_a_kind() {
    let picture = fixture("grid/rgb__plain.png");
    let kind = |rest: &str, bytes: &[u8]| {
        let error = pipeline(rest).render(bytes, "a", None).expect_err("nothing is made");
        assert!(!error.to_string().contains('\n'), "{error}");
        (error.kind(), error.to_string())
    };
    let (unknown, line) = kind("targets: [{ name: b, size: 9x9 }, { name: c, size: 9x9 }]", &picture);
    assert_eq!((unknown, &*line), (ErrorKind::UnknownTarget, "there is no target `a`; the pipeline has `b`, `c`"));
    let row = RowKey::new("7");
    let no_row = pipeline_of_size("9x9").render(&picture, "a", Some(&row)).expect_err("there are no rows");
    assert_eq!(no_row.kind(), ErrorKind::UnknownTarget);
    let skips = "targets: [{ name: a, size: 90x9, aspect: { max_expand: 1%, else: skip } }]";
    assert_eq!(kind(skips, &picture).0, ErrorKind::Skipped);
    let refuses = "targets: [{ name: a, size: 900x900, resize: { upscale: refuse } }]";
    assert_eq!(kind(refuses, &picture).0, ErrorKind::Failed(Class::TooSmall));
    assert_eq!(kind("targets: [{ name: a, size: 9x9 }]", b"no picture").0, ErrorKind::Failed(Class::Unsupported));
    assert_eq!(kind("targets: [{ name: a, size: 9x9 }]", &picture[..99]).0, ErrorKind::Failed(Class::Corrupt));
}

#[test]
fn rendering_by_a_provider_needs_a_ledger() {
    let engine = |chain: &str| {
        let target = "size: 90x30, convert: { format: png }";
        pipeline(&format!("targets: [{{ name: a, {target} }}]\nstages: [{{ outpaint: {{ engine: {chain} }} }}]\n"))
    };
    let picture = fixture("grid/rgb__plain.png");
    let error = engine("[{ use: fal }, blur]").render(&picture, "a", None).expect_err("fal is asked first");
    assert_eq!(error.kind(), ErrorKind::NeedsLedger);
    assert!(error.to_string().contains("`fal`"), "{error}");
    // No provider is asked where there are no margins, where local engines are sure, or of a cut-out.
    let whole = image::load_from_memory(&picture).expect("a picture");
    let whole = format!("targets: [{{ name: a, size: {}x{} }}]\n", whole.width(), whole.height());
    let whole = pipeline(&format!("{whole}stages: [{{ outpaint: {{ engine: [{{ use: fal }}, blur] }} }}]\n"));
    assert!(whole.render(&picture, "a", None).expect("no margins").filled.is_none());
    assert!(engine("[blur]").render(&picture, "a", None).is_ok());
    assert!(engine("[{ use: fal }, blur]").render(&cut_out(), "a", None).is_ok());
    let unsure = engine("[{ use: auto, min_confidence: 100% }, { use: fal }]");
    assert_eq!(unsure.render(&picture, "a", None).expect_err("too unsure").kind(), ErrorKind::NeedsLedger);
}

fn holds<T: Send + Sync + Debug>() {}

#[test]
fn types_that_users_hold_are_sync_and_debug() {
    holds::<Pipeline>();
    holds::<Task>();
    holds::<Registry>();
    holds::<Request>();
    holds::<Plan>();
    holds::<Summary>();
    holds::<Stop>();
    holds::<Rendered>();
    holds::<Error>();
}

#[test]
fn a_pipeline_is_made_again_of_its_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.yaml");
    let text = "version: 1\ninput: { dir: photos }\ntargets: [{ name: a, size: 9x9 }]\n";
    fs::write(&path, text).expect("a file");
    let pipeline = Pipeline::from_path(&path).expect("a pipeline");
    assert_eq!((&*pipeline.name, pipeline.input.dir.clone()), ("shop", Some(folder.path().join("photos"))));
    assert_eq!(pipeline.document.text(), text);
    fs::remove_file(&path).expect("it was there");
    let again = check(&pipeline.document, Registry::built_in()).expect("the same");
    assert_eq!((&again.name, &again.input.dir), (&pipeline.name, &pipeline.input.dir));
    assert_eq!(again.usual_tasks[0].fingerprint, pipeline.usual_tasks[0].fingerprint);
}

#[test]
fn a_pipeline_with_mistakes_is_an_error_with_all_of_them() {
    let error = Pipeline::from_yaml("version: 1\ntargets: [{ name: a, size: 0x0 }, { nam: b }]\n").expect_err("wrong");
    assert_eq!(error.kind(), ErrorKind::Mistakes);
    let mistakes: &Mistakes = error.details().expect("they are its source");
    assert!(mistakes.len() > 1 && error.source().is_some());
    let line = error.to_string();
    let (first, more) = (&mistakes[0], mistakes.len() - 1);
    assert!(line.contains(&first.message) && line.contains(&format!("{more} more")), "{line}");
    assert!(!line.contains('\n'), "{line}");
    let unread = Pipeline::from_path("nowhere/p.yaml").expect_err("it is not there");
    assert_eq!(unread.kind(), ErrorKind::Unreadable);
    assert!(unread.to_string().starts_with("could not read the pipeline nowhere/p.yaml: "), "{unread}");
}
