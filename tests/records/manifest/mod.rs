//! The manifest through its public API: what a crash, a second run or a damaged file may do.

mod damage;
mod journal;
mod optional;
mod proof;
mod properties;
mod states;

use std::fs;
use std::path::Path;

use recanvas::digest::Digest;
use recanvas::geometry::Because;
use recanvas::geometry::Finding;
use recanvas::geometry::Layout;
use recanvas::geometry::Orientation;
use recanvas::geometry::Size;
use recanvas::manifest::FORMAT_VERSION;
use recanvas::manifest::FinishedTask;
use recanvas::manifest::MadeBy;
use recanvas::manifest::Record;
use recanvas::manifest::RecordedHeader;
use recanvas::manifest::RecordedLayout;
use recanvas::manifest::RunEnded;
use recanvas::manifest::RunStarted;
use recanvas::manifest::SourceRecord;
use recanvas::manifest::State;
use recanvas::manifest::TaskFailed;
use recanvas::manifest::TaskFinished;
use recanvas::manifest::TaskOutcome;
use recanvas::manifest::TaskStamp;
use recanvas::manifest::TaskWriting;
use recanvas::manifest::Totals;
use recanvas::pipeline::TaskKey;
use recanvas::storage::Mtime;
use tempfile::TempDir;

const NOW: Mtime = Mtime { seconds: 1_700_000_000, nanos: 5 };

/// As a record holds it.
fn made_by(text: &str) -> MadeBy<'_> {
    serde_json::from_str(text).expect("revisions")
}

fn started(pipeline: &str) -> Record<'_> {
    Record::RunStarted(RunStarted {
        prune: false,
        looks: false,
        input: None,
        output: None,
        moved_from: None,
        file: None,
        tasks: 0,
        version: FORMAT_VERSION,
        run: "r1".into(),
        at: "2026-01-01T00:00:00Z".into(),
        pipeline: pipeline.into(),
        tool: "recanvas 0.1.0".into(),
    })
}

fn writing<'a>(source: &'a str, output: &'a str) -> Record<'a> {
    Record::TaskWriting(TaskWriting {
        source: Path::new(source).into(),
        target: "wide".into(),
        row: None,
        encoding: None,
        output: Path::new(output).into(),
        temp: Some(Path::new(".temp.recanvas-tmp").into()),
        hash: Digest::of(output.as_bytes()),
    })
}

/// What a source was, as programs recorded it for each task before sources had records of their own.
fn stamp(hash: Option<Digest>) -> TaskStamp {
    TaskStamp { size: Some(12), mtime: Some(NOW), hash, ..TaskStamp::default() }
}

fn finished<'a>(source: &'a str, output: &'a str) -> Record<'a> {
    Record::TaskFinished(TaskFinished {
        source: Path::new(source).into(),
        seen: stamp(Some(Digest::of(source.as_bytes()))),
        target: "wide".into(),
        row: None,
        encoding: None,
        fingerprint: None,
        asked: Some(Digest::of(b"asked")),
        resolved: Some(Digest::of(b"options")),
        made_by: Some(made_by(r#"{"decoder.jpeg":4,"engine.blur":3}"#)),
        layout: RecordedLayout::from(&Layout::whole(Size::new(1600, 900))),
        output: Path::new(output).into(),
        bytes: 34,
        output_hash: Digest::of(output.as_bytes()),
        output_mtime: NOW,
        adopted: false,
        engine: Some("blur".into()),
        confidence: Some(0.75),
        gates: [("seam".into(), 0.25)].into(),
        warnings: vec!["enlarged 1.5 times".into()],
        findings: vec![Finding::new("enlarged").measured(1.5, 1.0)].into(),
        because: vec![Because { measure: "borders".into(), confidence: Some(0.5) }].into(),
        timings: [("decode_ms".into(), 12)].into(),
    })
}

/// What a source of these bytes is.
fn source<'a>(path: &'a str, bytes: &[u8]) -> Record<'a> {
    Record::Source(SourceRecord {
        path: Path::new(path).into(),
        size: bytes.len() as u64,
        mtime: NOW,
        ctime: None,
        inode: None,
        etag: None,
        hash: Some(Digest::of(bytes)),
        header: Some(RecordedHeader {
            format: "jpeg".into(),
            width: 1600,
            height: 900,
            orientation: Orientation::Rotate90,
            channels: 3,
            depth: 8,
            animated: false,
            several_scans: false,
            in_parts: true,
            described: false,
            halved: Some([true, false]),
        }),
    })
}

fn failed(source: &str) -> Record<'_> {
    Record::TaskFailed(TaskFailed {
        source: Path::new(source).into(),
        seen: stamp(None),
        target: "wide".into(),
        row: None,
        encoding: None,
        fingerprint: None,
        asked: Some(Digest::of(b"asked")),
        resolved: Some(Digest::of(b"options")),
        made_by: Some(made_by(r#"{"decoder.jpeg":4}"#)),
        class: "corrupt".into(),
        message: "ends after 3 rows".into(),
    })
}

fn ended() -> RunEnded<'static> {
    RunEnded {
        run: "r1".into(),
        exit: 3,
        totals: Totals { total: 2, done: 1, failed: 1, ..Totals::default() },
        useless: vec!["fal".into()],
    }
}

fn lines(records: &[Record<'_>]) -> Vec<u8> {
    records.iter().flat_map(|record| record.to_line().expect("a line")).collect()
}

fn folder_with(manifest: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("manifest.jsonl"), manifest).expect("a manifest");
    folder
}

fn load(folder: &TempDir) -> State {
    State::load(folder.path(), "p").expect("a manifest that can be read")
}

fn done(state: &State, source: &str) -> FinishedTask {
    match state.task(&TaskKey::new(Path::new(source), "wide")) {
        Some(TaskOutcome::Done(done)) => done,
        other => panic!("{source} is not done: {other:?}"),
    }
}

/// How many tasks are done and proven.
fn proven(state: &State) -> usize {
    state.tasks().filter(|(_, it)| matches!(it, TaskOutcome::Done(done) if state.is_proven(done))).count()
}

/// Everything that a state tells, in a form that can be compared.
fn told(state: &State) -> Vec<String> {
    let tasks = state.tasks().map(|task| format!("{task:?}"));
    let claims = state.claims().map(|claim| format!("{claim:?}"));
    let options = state.fingerprints().map(|print| format!("{print} {:?}", state.options(print)));
    let mut told: Vec<String> = tasks.chain(claims).chain(options).collect();
    told.sort();
    told.push(format!("{:?} {} {}", state.last_run(), state.runs(), proven(state)));
    told
}
