//! A state is what its records say one after the other, however it is kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use recanvas::analysis::Borders;
use recanvas::analysis::Measures;
use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::manifest::MeasuresRecord;
use recanvas::manifest::Record;
use recanvas::manifest::RecordedHeader;
use recanvas::manifest::Scope;
use recanvas::manifest::SourceRecord;
use recanvas::manifest::State;
use recanvas::manifest::Synced;
use recanvas::manifest::TaskFailed;
use recanvas::manifest::TaskFinished;
use recanvas::manifest::TaskOutcome;
use recanvas::manifest::TaskRefreshed;
use recanvas::manifest::TaskStamp;
use recanvas::manifest::TaskWriting;
use recanvas::manifest::Written;
use recanvas::pipeline::TaskKey;
use recanvas::storage::Mtime;

use crate::manifest::failed;
use crate::manifest::finished;
use crate::manifest::folder_with;
use crate::manifest::lines;
use crate::manifest::load;
use crate::manifest::source as source_record;
use crate::manifest::started;
use crate::manifest::writing;

/// In one folder, in others, in none, and with more bytes than one says the length of.
fn paths() -> [String; 5] {
    ["a", "x/a", "x/y/a", "x/", "x/y/"].map(|path| match path.strip_suffix('/') {
        Some(folder) => format!("{folder}/{}", folder.repeat(180)),
        None => path.to_owned(),
    })
}

/// What a record is about, as numbers of few things, so that they meet.
type Drawn = (u8, usize, usize, usize, u8);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    vec((0..11u8, 0..5usize, 0..2usize, 0..5usize, 0..3u8), 1..40)
}

fn at(value: u8) -> Mtime {
    Mtime { seconds: i64::from(value) - 1, nanos: 999_999_999 - u32::from(value) }
}

fn record<'a>(paths: &'a [String; 5], (kind, source, target, output, value): Drawn) -> Record<'a> {
    let (source, target, output) = (&paths[source], ["wide", "tall"][target], &paths[output]);
    let size = u64::MAX - u64::from(value);
    match (kind, writing(source, output), finished(source, output), failed(source)) {
        (0, ..) => started("p"),
        (1, ..) => started("q"),
        (2 | 3, Record::TaskWriting(record), ..) => {
            Record::TaskWriting(TaskWriting { target: target.into(), hash: Digest::of(&[value]), ..record })
        }
        (4..=6, _, Record::TaskFinished(record), _) => {
            let (hash, resolved, output_hash) = (Digest::of(&[value]), Digest::of(&[kind]), Digest::of(&[value]));
            let engine = (value > 0).then(|| target.into());
            let (mtime, output_mtime) = (at(value), at(kind));
            let (target, bytes) = (target.into(), size);
            let seen = TaskStamp { size: Some(size), mtime: Some(mtime), hash: Some(hash), ..TaskStamp::default() };
            Record::TaskFinished(TaskFinished {
                target,
                row: None,
                encoding: None,
                seen: if kind == 5 { TaskStamp::default() } else { seen },
                resolved: Some(resolved),
                bytes,
                output_hash,
                output_mtime,
                engine,
                ..record
            })
        }
        (7, _, _, Record::TaskFailed(record)) => {
            let (mtime, hash) = (at(value), (value > 0).then(|| Digest::of(&[value])));
            let message = ["ends early", "", "is damaged"][usize::from(value)].into();
            let seen = TaskStamp { size: Some(size), mtime: Some(mtime), hash, ..TaskStamp::default() };
            let seen = if value == 1 { TaskStamp::default() } else { seen };
            Record::TaskFailed(TaskFailed { target: target.into(), seen, message, ..record })
        }
        (10, ..) => {
            let Record::Source(record) = source_record(source, &[value]) else { unreachable!() };
            Record::Source(SourceRecord { size, mtime: at(value), ..record })
        }
        (9, ..) => Record::Synced(Synced { through: 0, removed: vec![Path::new(output).into()] }),
        _ => Record::TaskRefreshed(TaskRefreshed {
            source: Path::new(source).into(),
            target: target.into(),
            row: None,
            encoding: None,
            seen: TaskStamp { mtime: (value > 0).then(|| at(value)), ..TaskStamp::default() },
            output_mtime: at(value + 1),
            asked: Some(Digest::of(b"anew")).filter(|_| value == 2),
            resolved: Some(Digest::of(b"other")).filter(|_| value == 2),
        }),
    }
}

/// Everything that is told of a task, and of an output.
type Told = (BTreeMap<(PathBuf, String), String>, BTreeMap<PathBuf, String>);

fn told_of(outcome: &TaskOutcome) -> String {
    match outcome {
        TaskOutcome::Done(it) => {
            format!(
                "{:?}",
                (it.source.size, it.source.mtime, it.hash, it.options, it.asked, &it.output, it.written, &it.engine)
            )
        }
        TaskOutcome::Failed(it) => {
            format!("{:?}", (it.source.size, it.source.mtime, it.hash, it.options, it.asked, it.class, &it.message))
        }
        TaskOutcome::Unfinished => "unfinished".into(),
    }
}

fn told(state: &State) -> Told {
    let named = |key: TaskKey<'_>| (key.source.into_owned(), key.target.into_owned());
    let tasks: Vec<_> = state.tasks().map(|(key, it)| (named(key), told_of(&it))).collect();
    let claims: Vec<_> = state
        .claims()
        .map(|(output, it)| (output, format!("{:?}", (it.written, it.pending.map(|pending| pending.hashes), it.ours))))
        .collect();
    let numbers = (tasks.len(), claims.len());
    let told: Told = (tasks.into_iter().collect(), claims.into_iter().collect());
    assert_eq!((told.0.len(), told.1.len()), numbers, "everything is told once");
    told
}

#[derive(Clone)]
struct Done {
    seen: Seen,
    options: Digest,
    asked: Option<Digest>,
    output: PathBuf,
    written: Written,
    engine: Option<String>,
}

#[derive(Clone)]
enum Last {
    Done(Done),
    Other(String),
}

/// Holds size, time and digest of a source.
type Seen = (u64, Mtime, Option<Digest>);

/// Returns what a record of a task says of its source, else what the source's own record says.
fn seen(stamp: &TaskStamp, source: Option<&Seen>) -> Seen {
    let own = stamp.size.zip(stamp.mtime).map(|(size, mtime)| (size, mtime, stamp.hash));
    own.or(source.copied()).expect("every source has a record")
}

/// Holds what was last finished at an output, what was begun since, and whether that was ours.
type Plain = (Option<Written>, Option<Vec<Digest>>, bool);

/// The plainest way to keep the same.
fn plainly(records: &[Record<'_>]) -> Told {
    let mut ours = true;
    let mut tasks: BTreeMap<(PathBuf, String), Last> = BTreeMap::new();
    let mut claims: BTreeMap<PathBuf, Plain> = BTreeMap::new();
    let mut sources: BTreeMap<PathBuf, Seen> = BTreeMap::new();
    for record in records {
        match record {
            Record::RunStarted(it) => ours = it.pipeline == "p",
            Record::Source(it) if ours => {
                sources.insert(it.path.to_path_buf(), (it.size, it.mtime, it.hash));
            }
            Record::TaskWriting(it) => {
                let claim = claims.entry(it.output.to_path_buf()).or_default();
                claim.2 = ours;
                let hashes = claim.1.get_or_insert_default();
                if !hashes.contains(&it.hash) {
                    hashes.push(it.hash);
                }
                if ours {
                    let task = (it.source.to_path_buf(), it.target.to_string());
                    tasks.insert(task, Last::Other("unfinished".into()));
                }
            }
            Record::TaskFinished(it) => {
                let written = Written { bytes: it.bytes, hash: it.output_hash, mtime: it.output_mtime };
                claims.insert(it.output.to_path_buf(), (Some(written), None, ours));
                if ours {
                    let done = Done {
                        seen: seen(&it.seen, sources.get(&*it.source)),
                        options: it.resolved.expect("it is of version 2"),
                        asked: it.asked,
                        output: it.output.to_path_buf(),
                        written,
                        engine: it.engine.as_deref().map(str::to_owned),
                    };
                    tasks.insert((it.source.to_path_buf(), it.target.to_string()), Last::Done(done));
                }
            }
            Record::TaskFailed(it) if ours => {
                let (size, mtime, hash) = seen(&it.seen, sources.get(&*it.source));
                let told = format!(
                    "{:?}",
                    (
                        size,
                        mtime,
                        hash,
                        it.resolved.expect("it is of version 2"),
                        it.asked,
                        Some(Class::Corrupt),
                        it.message.as_ref()
                    )
                );
                tasks.insert((it.source.to_path_buf(), it.target.to_string()), Last::Other(told));
            }
            Record::TaskRefreshed(it) if ours => {
                let task = tasks.get_mut(&(it.source.to_path_buf(), it.target.to_string()));
                let Some(Last::Done(done)) = task else { continue };
                match it.seen.mtime {
                    Some(mtime) => done.seen.1 = mtime,
                    None => done.seen = *sources.get(&*it.source).expect("every source has a record"),
                }
                if let Some(resolved) = it.resolved {
                    (done.options, done.asked) = (resolved, it.asked);
                }
                done.written.mtime = it.output_mtime;
                let claim = claims.get_mut(&done.output).and_then(|claim| claim.0.as_mut());
                if let Some(written) = claim.filter(|written| written.hash == done.written.hash) {
                    written.mtime = it.output_mtime;
                }
            }
            Record::Synced(it) => {
                for output in &it.removed {
                    let Some(claim) = claims.get_mut(&**output) else { continue };
                    *claim = Plain::default();
                    tasks.retain(|_, last| !matches!(last, Last::Done(done) if *done.output == **output));
                }
            }
            _ => {}
        }
    }
    let told = |last: Last| match last {
        Last::Done(it) => {
            let (size, mtime, hash) = it.seen;
            let hash = hash.expect("it was read");
            format!("{:?}", (size, mtime, hash, it.options, it.asked, &it.output, it.written, &it.engine))
        }
        Last::Other(told) => told,
    };
    let tasks = tasks.into_iter().map(|(task, last)| (task, told(last))).collect();
    (tasks, claims.into_iter().map(|(output, claim)| (output, format!("{claim:?}"))).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn packed_states_equal_the_records(drawn in drawn()) {
        let paths = paths();
        let sources = paths.iter().map(|path| source_record(path, b"first"));
        let drawn = drawn.into_iter().map(|drawn| record(&paths, drawn));
        let records: Vec<Record<'_>> = [started("p")].into_iter().chain(sources).chain(drawn).collect();
        let state = load(&folder_with(&lines(&records)));
        let (packed, plain) = (told(&state), plainly(&records));
        prop_assert_eq!(&packed, &plain);
        for ((source, target), outcome) in &plain.0 {
            prop_assert_eq!(&told_of(&state.task(&TaskKey::new(source, target)).expect("it is known")), outcome);
        }
        for path in &paths {
            let mut ours = true;
            let last = records.iter().fold(None, |last, record| match record {
                Record::RunStarted(it) => {
                    ours = it.pipeline == "p";
                    last
                }
                Record::Source(it) if ours && *it.path == *Path::new(path) => Some(it),
                _ => last,
            });
            let told = state.source(Path::new(path)).map(|it| (it.stamp.size, it.stamp.mtime, it.hash, it.header));
            prop_assert_eq!(told, last.map(|it| (it.size, it.mtime, it.hash, it.header.as_ref().and_then(RecordedHeader::header))));
        }
        for output in plain.1.keys() {
            prop_assert!(state.claim(output).is_some());
        }
        prop_assert!(state.claim(Path::new("x")).is_none() && state.task(&TaskKey::new(Path::new("x"), "wide")).is_none());
    }
}

#[test]
fn of_what_was_measured_only_what_is_asked_for_is_kept() {
    let found = |text: &str| serde_json::from_str::<Measures>(text).expect("measures");
    let borders = found(r#"{"borders":{"revision":1,"value":7}}"#);
    let newer = found(r#"{"borders":{"revision":2,"value":8},"faces":{"revision":1,"value":[]}}"#);
    let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
    let records = [
        started("p"),
        Record::Measures(MeasuresRecord::new(one, &borders)),
        // What another program has found replaces nothing.
        Record::Measures(MeasuresRecord::new(one, &newer)),
        Record::Measures(MeasuresRecord::new(other, &newer)),
        started("q"),
        Record::Measures(MeasuresRecord::new(Digest::of(b"third"), &borders)),
    ];
    let folder = folder_with(&lines(&records));
    let asked = Scope::from("p").measuring(&[Borders::measure()]);
    let state = State::load(folder.path(), asked).expect("a manifest");
    assert_eq!(state.measures(&one).map(|found| found.of::<u32>(Borders::measure())), Some(Some(7)));
    assert!(state.measures(&other).is_none(), "that revision is not known here");
    assert!(state.measures(&Digest::of(b"third")).is_some(), "what is true of the content is true for all");
    assert!(load(&folder).measures(&one).is_none(), "no stage asks");
}
