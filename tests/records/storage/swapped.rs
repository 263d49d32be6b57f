//! Sources and output folders that are swapped for something else while a run goes on.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use recanvas::batch;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::batch::StopReason;
use recanvas::batch::Summary;
use recanvas::pipeline::Document;
use recanvas::pipeline::Registry;
use recanvas::pipeline::check;
use tempfile::TempDir;

/// Does something at one moment of a run, and keeps what failed.
struct At<'a> {
    moment: fn(&Event<'_>) -> bool,
    act: Mutex<Option<&'a (dyn Fn() + Sync)>>,
    failed: Mutex<Vec<String>>,
}

impl Observer for At<'_> {
    fn notice(&self, event: &Event<'_>) {
        if let Event::TaskFailed { key, failure, .. } = event {
            let line = format!("{}: {}: {failure}", key.source.display(), failure.class);
            self.failed.lock().unwrap().push(line);
        }
        if (self.moment)(event)
            && let Some(act) = self.act.lock().unwrap().take()
        {
            act();
        }
    }
}

/// Two sources in folders of their own.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/grid/rgb__plain.png");
    for name in ["x", "y"] {
        fs::create_dir_all(folder.path().join("in").join(name)).unwrap();
        fs::copy(&fixture, folder.path().join("in").join(name).join("a.png")).unwrap();
    }
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    folder
}

fn run(folder: &Path, moment: fn(&Event<'_>) -> bool, act: &(dyn Fn() + Sync)) -> (Summary, Vec<String>) {
    run_of("", folder, moment, act)
}

/// A run of a pipeline with these lines.
fn run_of(
    more: &str,
    folder: &Path,
    moment: fn(&Event<'_>) -> bool,
    act: &(dyn Fn() + Sync),
) -> (Summary, Vec<String>) {
    let text = format!("version: 1\nname: swapped\n{more}targets: [{{ name: a, size: 20x20 }}]\n");
    let pipeline = check(&Document::new(Path::new("p.yaml"), text), Registry::built_in()).expect("a pipeline");
    let places = Places::new(folder.join("in"), folder.join("out"));
    let request = Request::new(&pipeline, places).expect("a request").with(|it| it.jobs = Some(1));
    let observer = At { moment, act: Mutex::new(Some(act)), failed: Mutex::default() };
    let summary = batch::run(&pipeline, &request, &observer, &Stop::new()).expect("a run");
    assert!(observer.act.lock().unwrap().is_none(), "the moment came");
    (summary, observer.failed.into_inner().unwrap())
}

fn is_planned(event: &Event<'_>) -> bool {
    matches!(event, Event::Planned { .. })
}

#[test]
fn a_source_that_becomes_a_fifo_after_planning_fails_alone_and_the_run_ends() {
    let folder = folder();
    let source = folder.path().join("in/x/a.png");
    let swap = || {
        fs::remove_file(&source).unwrap();
        assert!(Command::new("mkfifo").arg(&source).status().unwrap().success());
    };
    let (summary, failed) = run(folder.path(), is_planned, &swap);
    assert_eq!((summary.done, summary.exit(false)), (1, 3));
    assert_eq!(failed, ["x/a.png: io: the file changed while the run was going on; run again"]);
    assert!(folder.path().join("out/y/a.a.jpg").is_file());
}

#[test]
fn a_source_that_becomes_a_link_after_planning_fails_alone() {
    let folder = folder();
    let source = folder.path().join("in/x/a.png");
    let swap = || {
        fs::rename(&source, folder.path().join("elsewhere/a.png")).unwrap();
        symlink(folder.path().join("elsewhere/a.png"), &source).unwrap();
    };
    let (summary, failed) = run(folder.path(), is_planned, &swap);
    assert_eq!((summary.done, summary.exit(false)), (1, 3));
    assert_eq!(failed, ["x/a.png: io: the file changed while the run was going on; run again"]);
}

#[test]
fn an_input_folder_that_is_swapped_after_planning_is_read_as_it_was_found() {
    for is_linked in [true, false] {
        let folder = folder();
        let (input, elsewhere) = (folder.path().join("in"), folder.path().join("elsewhere"));
        // What stands there by then has the same names and lengths, and is damaged.
        for name in ["x/a.png", "y/a.png"] {
            let length = fs::metadata(input.join(name)).unwrap().len();
            fs::create_dir_all(elsewhere.join(name).parent().unwrap()).unwrap();
            fs::write(elsewhere.join(name), vec![0; length as usize]).unwrap();
        }
        let swap = || {
            fs::rename(&input, folder.path().join("moved")).unwrap();
            if is_linked { symlink(&elsewhere, &input).unwrap() } else { fs::rename(&elsewhere, &input).unwrap() }
        };
        let (summary, failed) = run(folder.path(), is_planned, &swap);
        assert_eq!((summary.done, summary.exit(false), failed), (2, 0, Vec::new()));
    }
}

#[test]
fn a_folder_of_sources_that_becomes_a_link_fails_with_its_name() {
    let folder = folder();
    fs::copy(folder.path().join("in/x/a.png"), folder.path().join("in/x/b.png")).unwrap();
    let swap = || {
        fs::rename(folder.path().join("in/x"), folder.path().join("elsewhere/x")).unwrap();
        symlink(folder.path().join("elsewhere/x"), folder.path().join("in/x")).unwrap();
    };
    let (summary, failed) = run(folder.path(), is_planned, &swap);
    assert_eq!((summary.done, summary.failures(), summary.exit(false)), (1, 2, 3));
    let said = ["a", "b"]
        .map(|name| format!("x/{name}.png: io: the folder `x` was replaced while the run was going on; run again"));
    assert_eq!(failed, said);
}

#[test]
fn an_output_folder_that_becomes_a_link_takes_nothing_out() {
    let folder = folder();
    let (output, elsewhere) = (folder.path().join("out/x"), folder.path().join("elsewhere"));
    let swap = || {
        fs::create_dir_all(&output).unwrap();
        fs::rename(&output, folder.path().join("out/old")).unwrap();
        symlink(&elsewhere, &output).unwrap();
    };
    let is_claimed = |event: &Event<'_>| matches!(event, Event::TaskClaimed { key } if key.source.starts_with("x"));
    let (summary, failed) = run(folder.path(), is_claimed, &swap);
    assert_eq!((summary.done, summary.exit(false)), (1, 3));
    assert_eq!(failed, ["x/a.png: io: `x` leads out of the output folder through a link"]);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    assert!(folder.path().join("out/y/a.a.jpg").is_file());
}

fn is_claimed_second(event: &Event<'_>) -> bool {
    matches!(event, Event::TaskClaimed { key } if key.source.starts_with("y"))
}

fn is_first_done(event: &Event<'_>) -> bool {
    matches!(event, Event::TaskDone { .. })
}

/// Why the run stopped.
fn fatal(summary: &Summary) -> &str {
    match &summary.stopped {
        Some(StopReason::Fatal(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn pictures(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "jpg")).count()
}

#[test]
fn an_output_folder_that_becomes_a_link_ends_the_run() {
    // Flat outputs: no folder lies between them and the output folder.
    let flat = "path: \"{dir}.{target}.{ext}\"";
    for (place, is_linked_back) in [("", false), ("", true), (", state: STATE", false), (", state: STATE", true)] {
        let folder = folder();
        let (output, elsewhere) = (folder.path().join("out"), folder.path().join("elsewhere"));
        let swap = || {
            fs::rename(&output, folder.path().join("elsewhere/out")).unwrap();
            symlink(if is_linked_back { elsewhere.join("out") } else { elsewhere.clone() }, &output).unwrap();
        };
        let state = folder.path().join("books");
        let place = place.replace("STATE", &state.display().to_string());
        let more = format!("output: {{ {flat}{place} }}\n");
        let (summary, failed) = run_of(&more, folder.path(), is_claimed_second, &swap);
        assert_eq!((summary.done, summary.failures(), summary.left, summary.exit(false)), (1, 0, 1, 1));
        assert!(fatal(&summary).ends_with("out was moved, removed or replaced during the run"), "{}", fatal(&summary));
        assert_eq!(failed, [""; 0]);
        assert_eq!((pictures(&elsewhere), pictures(&elsewhere.join("out"))), (0, 1), "what was there before");
    }
}

#[test]
fn a_state_folder_that_is_gone_or_another_ends_the_run() {
    let swaps: [fn(&Path); 4] = [
        |state| fs::remove_dir_all(state).unwrap(),
        |state| fs::rename(state, state.with_file_name("moved")).unwrap(),
        |state| {
            let moved = state.with_file_name("moved");
            fs::rename(state, &moved).unwrap();
            symlink(&moved, state).unwrap();
        },
        |state| {
            // A copy with the same content, as a restored backup.
            let manifest = state.join("manifest.jsonl");
            fs::copy(&manifest, state.join("copy")).unwrap();
            fs::rename(state.join("copy"), &manifest).unwrap();
        },
    ];
    for (number, swap) in swaps.into_iter().enumerate() {
        let folder = folder();
        let state = folder.path().join("out/.recanvas");
        let (summary, failed) = run(folder.path(), is_first_done, &|| swap(&state));
        assert_eq!((summary.done, summary.failures(), summary.left), (1, 0, 1), "{number}");
        assert_eq!((summary.exit(false), failed.len()), (1, 0));
        let why = fatal(&summary);
        assert!(why.starts_with("the manifest cannot be written: could not append to the manifest: "), "{why}");
        assert!(why.ends_with("manifest.jsonl was moved, removed or replaced during the run"), "{why}");
        assert!(!folder.path().join("out/y/a.a.jpg").exists(), "no output without a record");
    }
}
