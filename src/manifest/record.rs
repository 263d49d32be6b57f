//! The records: what a line of the manifest says.
//!
//! A line is one JSON object whose first key is `kind`. Record types mirror what the rest of
//! the program works with, so that this file alone is the format. Readers and data of different versions:
//!
//! | | data of [`FORMAT_VERSION`] | data of a higher version |
//! |---|---|---|
//! | reader of this version | reads; keys that it does not know are passed over | refuses at the `run_started` that says so |
//! | writer of this version | appends | refuses before it writes a byte |
//!
//! | | data of a lower version |
//! |---|---|
//! | reader and writer | read it as if the keys that are new since were left out, and append |
//!
//! Each run states its version in its first record. So a new key must be optional and safe to
//! pass over, else the version is raised, as it is for another meaning of a key. A new kind that
//! readers may do without has the key `optional` and does not raise the version: from version
//! [`OPTIONAL_SINCE`] on such a line is passed over. Any other kind that is not known is damage. A new
//! failure class does not raise it either: readers take one that they do not know for a transient one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::digest::Digest;
use crate::geometry::Because;
use crate::geometry::Finding;
use crate::manifest::CallFailed;
use crate::manifest::CallFinished;
use crate::manifest::CallIntent;
use crate::manifest::CallSubmitted;
use crate::manifest::MadeBy;
use crate::manifest::MeasuresRecord;
use crate::manifest::RecordedLayout;
use crate::manifest::RecordedPath;
use crate::manifest::RunEnded;
use crate::manifest::SourceRecord;
use crate::manifest::TaskStamp;
use crate::storage::Mtime;

/// The version of the format that is written here.
pub const FORMAT_VERSION: u32 = 2;

/// The version from which on a kind that is not known, and is marked as optional, is passed over.
pub(super) const OPTIONAL_SINCE: u32 = 2;

/// One line of the manifest.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "records are read one at a time, and most of them are the large one")]
pub enum Record<'a> {
    /// A run begins.
    RunStarted(RunStarted<'a>),
    /// The options behind a fingerprint.
    Options(OptionsRecord),
    /// Describes a source, before records of its tasks.
    Source(SourceRecord<'a>),
    /// An output is about to be written.
    TaskWriting(TaskWriting<'a>),
    /// An output is there.
    TaskFinished(TaskFinished<'a>),
    /// A task failed.
    TaskFailed(TaskFailed<'a>),
    /// A finished task was found as it should be, with other times.
    TaskRefreshed(TaskRefreshed<'a>),
    /// Measures have looked at a source.
    Measures(MeasuresRecord<'a>),
    /// A paid call is about to be submitted.
    CallIntent(CallIntent<'a>),
    /// A paid call was accepted.
    CallSubmitted(CallSubmitted),
    /// The result of a paid call is in the cache.
    CallFinished(CallFinished<'a>),
    /// A paid call has no result, or it is not known what became of it.
    CallFailed(CallFailed<'a>),
    /// Says that all records before it are on the disk.
    Synced(Synced<'a>),
    /// A run ended in good order.
    RunEnded(RunEnded<'a>),
}

/// A run begins. All task records up to the next one belong to its pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted<'a> {
    /// [`FORMAT_VERSION`] of the writer.
    pub version: u32,
    /// The run's own name.
    #[serde(borrow)]
    pub run: Cow<'a, str>,
    /// Time, as RFC 3339 in UTC.
    #[serde(borrow)]
    pub at: Cow<'a, str>,
    /// The pipeline's name.
    #[serde(borrow)]
    pub pipeline: Cow<'a, str>,
    /// The program and its version; for people.
    #[serde(borrow)]
    pub tool: Cow<'a, str>,
    /// Tasks of the whole pipeline: sources times targets, filters or not.
    #[serde(default)]
    pub tasks: u64,
    /// Says that no task is made in it: outputs are removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prune: bool,
    /// Says that no task is made in it: measures look at sources.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub looks: bool,
    /// The input folder, relative to the state folder; missing here and below in records of programs that did not
    /// say so.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub input: Option<RecordedPath<'a>>,
    /// The output folder, relative to the state folder. What the run records of outputs is of this folder.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub output: Option<RecordedPath<'a>>,
    /// Names the place of the output folder before it was moved, relative to the state folder: what is recorded of
    /// that is true of this one. Empty for what was recorded without a folder.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<RecordedPath<'a>>,
    /// The pipeline's file, relative to the state folder; missing where it was read from no file.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub file: Option<RecordedPath<'a>>,
}

/// Tells the options behind a digest; written once for each, before its first use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptionsRecord {
    /// Digest that tasks name as `resolved`, or in version 1 as `fingerprint`.
    pub fingerprint: Digest,
    /// The options in canonical form.
    pub options: Value,
}

/// An output is about to be written. From here on a file at this path is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskWriting<'a> {
    /// The source, relative to the input folder.
    #[serde(borrow)]
    pub source: RecordedPath<'a>,
    /// The target's name.
    #[serde(borrow)]
    pub target: Cow<'a, str>,
    /// Names the row of a table; only where rows are joined to sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Cow<'a, str>>,
    /// Names the output's format; only where the target makes one output in several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Cow<'a, str>>,
    /// The output, relative to the output folder.
    #[serde(borrow)]
    pub output: RecordedPath<'a>,
    /// The temporary file's name, in the folder of the output; missing where the store needs none.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub temp: Option<RecordedPath<'a>>,
    /// The digest of the bytes that are being written.
    pub hash: Digest,
}

/// An output is there under its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskFinished<'a> {
    /// The source, relative to the input folder.
    #[serde(borrow)]
    pub source: RecordedPath<'a>,
    /// Stamp of the source; empty where the source has a record of its own.
    #[serde(flatten)]
    pub seen: TaskStamp,
    /// The target's name.
    #[serde(borrow)]
    pub target: Cow<'a, str>,
    /// Names the row of a table; only where rows are joined to sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Cow<'a, str>>,
    /// Names the output's format; only where the target makes one output in several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Cow<'a, str>>,
    /// Digest of the options, in records of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Digest>,
    /// The digest of what the target asks for, and of the options that acted and differ from their defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Digest>,
    /// The digest of all resolved options and of the program's revisions, under which
    /// [`Record::Options`] records them; missing in records of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Digest>,
    /// Revisions of what made it; missing in records of programs that counted them among the options.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<MadeBy<'a>>,
    /// Layout, in numbers.
    pub layout: RecordedLayout,
    /// The output, relative to the output folder.
    #[serde(borrow)]
    pub output: RecordedPath<'a>,
    /// The output's size in bytes.
    pub bytes: u64,
    /// The digest of the output's bytes.
    pub output_hash: Digest,
    /// Time at which the output was modified, as its file system says.
    pub output_mtime: Mtime,
    /// Says that the output was there before with these bytes, and was not written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// The engine that filled the margins, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Cow<'a, str>>,
    /// Confidence of that engine in its work, from 0 to 1, if it judges it; else that of the last one that left the
    /// margins to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Measures on which the confidence rests, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gates: BTreeMap<Cow<'a, str>, f64>,
    /// Lowercase lines that the user should see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Cow<'a, str>>,
    /// Findings that the user should look at.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub findings: Box<[Finding]>,
    /// Names the measures that decided the layout, if some did.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub because: Box<[Because]>,
    /// Length of each part; the names carry the unit, like `decode_ms`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub timings: BTreeMap<Cow<'a, str>, u64>,
}

/// A task failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFailed<'a> {
    /// The source, relative to the input folder.
    #[serde(borrow)]
    pub source: RecordedPath<'a>,
    /// Stamp of the source; empty where the source has a record of its own.
    #[serde(flatten)]
    pub seen: TaskStamp,
    /// The target's name.
    #[serde(borrow)]
    pub target: Cow<'a, str>,
    /// Names the row of a table; only where rows are joined to sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Cow<'a, str>>,
    /// Names the output's format; only where the target makes one output in several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Cow<'a, str>>,
    /// Digest of the options, in records of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Digest>,
    /// The digest of what the target asks for, and of the options that differ from their defaults, whether they
    /// act or not; for a failure by a limit the limits are among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Digest>,
    /// As in [`TaskFinished::resolved`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Digest>,
    /// Revisions of what it depends on; missing in records of programs that counted them among the options.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<MadeBy<'a>>,
    /// The word of the failure's [`Class`](crate::error::Class).
    #[serde(borrow)]
    pub class: Cow<'a, str>,
    /// Message that says what was wrong.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
}

/// A finished task's files were compared by their digests and are as recorded; only the times
/// are others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRefreshed<'a> {
    /// The source, relative to the input folder.
    #[serde(borrow)]
    pub source: RecordedPath<'a>,
    /// The target's name.
    #[serde(borrow)]
    pub target: Cow<'a, str>,
    /// Names the row of a table; only where rows are joined to sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Cow<'a, str>>,
    /// Names the output's format; only where the target makes one output in several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Cow<'a, str>>,
    /// Present stamp of the source; empty where the source has a record of its own.
    #[serde(flatten)]
    pub seen: TaskStamp,
    /// Time at which the output was modified.
    pub output_mtime: Mtime,
    /// New value of [`TaskFinished::asked`], where other options were found to make the same output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Digest>,
    /// Digest that [`TaskFinished::resolved`] is by now, together with `asked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Digest>,
}

/// All records of this run that end at or before an offset are on the disk, with their files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced<'a> {
    /// Bytes from the start of the manifest.
    pub through: u64,
    /// Names the outputs, relative to the output folder, that were removed, and are gone from the disk too.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<RecordedPath<'a>>,
}

/// Error of a line that is not a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It says nothing that this version understands.
    #[error("{0}")]
    Damaged(String),
    /// It is of this kind, which this version does not know, and may be passed over from version
    /// 2 on.
    #[error("unknown kind of record `{0}`, which is optional")]
    Optional(String),
    /// It starts a run of this newer format version.
    #[error("written in format version {0}, newer than {FORMAT_VERSION}")]
    Newer(u32),
}

impl<'a> Record<'a> {
    /// Reads a line, without its newline.
    ///
    /// # Errors
    /// [`RecordError`]
    pub fn parse(line: &'a [u8]) -> Result<Self, RecordError> {
        // The kind is known before the rest is parsed: no tree is built and no text copied.
        let kind = line.strip_prefix(b"{\"kind\":\"").and_then(|rest| rest.split(|&byte| byte == b'"').next());
        let damaged = |error: serde_json::Error| RecordError::Damaged(error.to_string());
        match kind {
            Some(b"task_finished") => serde_json::from_slice(line).map(Record::TaskFinished).map_err(damaged),
            Some(b"task_writing") => serde_json::from_slice(line).map(Record::TaskWriting).map_err(damaged),
            Some(b"task_failed") => serde_json::from_slice(line).map(Record::TaskFailed).map_err(damaged),
            Some(b"task_refreshed") => serde_json::from_slice(line).map(Record::TaskRefreshed).map_err(damaged),
            Some(b"measures") => serde_json::from_slice(line).map(Record::Measures).map_err(damaged),
            Some(b"call_intent") => serde_json::from_slice(line).map(Record::CallIntent).map_err(damaged),
            Some(b"call_submitted") => serde_json::from_slice(line).map(Record::CallSubmitted).map_err(damaged),
            Some(b"call_finished") => serde_json::from_slice(line).map(Record::CallFinished).map_err(damaged),
            Some(b"call_failed") => serde_json::from_slice(line).map(Record::CallFailed).map_err(damaged),
            Some(b"synced") => serde_json::from_slice(line).map(Record::Synced).map_err(damaged),
            Some(b"source") => serde_json::from_slice(line).map(Record::Source).map_err(damaged),
            Some(b"options") => serde_json::from_slice(line).map(Record::Options).map_err(damaged),
            Some(b"run_started") => {
                // Only the version can be relied on until it is known.
                match serde_json::from_slice::<Version>(line).map_err(damaged)?.version {
                    newer if newer > FORMAT_VERSION => Err(RecordError::Newer(newer)),
                    0 => Err(RecordError::Damaged("there is no format version 0".to_owned())),
                    _ => serde_json::from_slice(line).map(Record::RunStarted).map_err(damaged),
                }
            }
            Some(b"run_ended") => serde_json::from_slice(line).map(Record::RunEnded).map_err(damaged),
            Some(other) => {
                let kind = String::from_utf8_lossy(other).into_owned();
                let is_optional = serde_json::from_slice::<Marked>(line).is_ok_and(|marked| marked.optional);
                Err(if is_optional { RecordError::Optional(kind) } else { unknown(&kind) })
            }
            None => Err(RecordError::Damaged("does not begin with {\"kind\":".to_owned())),
        }
    }

    /// Returns the record as a line, newline included.
    ///
    /// # Errors
    /// If a layout has a number that is not finite.
    pub fn to_line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut line = Vec::with_capacity(512);
        serde_json::to_writer(&mut line, self)?;
        line.push(b'\n');
        Ok(line)
    }

    /// Returns the temporary file of a [`TaskWriting`], relative to the output folder.
    pub(crate) fn temp_path(output: &Path, temp: &Path) -> std::path::PathBuf {
        output.with_file_name(temp.as_os_str())
    }
}

/// Returns that a kind is not known.
pub(super) fn unknown(kind: &str) -> RecordError {
    RecordError::Damaged(format!("unknown kind of record `{kind}`"))
}

fn is_empty<T>(list: &[T]) -> bool {
    list.is_empty()
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Says whether a line of whatever kind may be passed over.
#[derive(Deserialize)]
struct Marked {
    #[serde(default)]
    optional: bool,
}
