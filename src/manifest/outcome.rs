//! Outcomes of tasks, outputs and runs that are remembered.

use std::path::PathBuf;
use std::sync::Arc;

use crate::codecs::Header;
use crate::digest::Digest;
use crate::error::Class;
use crate::manifest::Totals;
use crate::manifest::made_by::MakersId;
use crate::manifest::position::Position;
use crate::storage::KnownStamp;
use crate::storage::Mtime;
use crate::storage::Stamp;

/// Outcome that the last record of a task says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskOutcome {
    /// Its output is there.
    Done(FinishedTask),
    /// It failed.
    Failed(FailedTask),
    /// Its output was being written, and nothing more is known. What may be at its path is in
    /// the [`Claim`].
    Unfinished,
}

/// A finished task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedTask {
    /// Stamp of the source, as last recorded for the task.
    pub source: KnownStamp,
    /// The digest of the source's bytes.
    pub hash: Digest,
    /// The digest of the options at that time; [`State::options`](crate::manifest::State::options) has them.
    pub options: Digest,
    /// The digest of what was asked for and acted; none in records of version 1.
    pub asked: Option<Digest>,
    /// The output, relative to the output folder.
    pub output: PathBuf,
    /// The output as this task wrote it.
    pub written: Written,
    /// The engine that filled the margins.
    pub engine: Option<Arc<str>>,
    /// Reason that an engine earlier in the list gave for not filling them, if one is recorded.
    pub reason: Option<Arc<str>>,
    /// End of the record in the manifest, and the run in which it stands: its proof depends on both.
    pub(crate) end: Position,
    pub(crate) run: u32,
    /// Revisions that made it, as a number in [`State::makers`](crate::manifest::State::makers).
    pub(crate) made_by: MakersId,
}

/// A failed task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTask {
    /// Stamp of the source, as last recorded for the task.
    pub source: KnownStamp,
    /// The digest of the source's bytes, if they were read.
    pub hash: Option<Digest>,
    /// The digest of the options at that time; [`State::options`](crate::manifest::State::options) has them.
    pub options: Digest,
    /// The digest of what was asked for; none in records of version 1.
    pub asked: Option<Digest>,
    /// The class; none if a newer recanvas named one that this one does not know. Such a
    /// failure is to be taken for a transient one.
    pub class: Option<Class>,
    /// Message that says what was wrong.
    pub message: Box<str>,
    /// Revisions that it depends on, as a number in [`State::makers`](crate::manifest::State::makers).
    pub(crate) made_by: MakersId,
}

/// A source as its last record has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSource {
    /// Its size, time and further marks when it was recorded.
    pub stamp: KnownStamp,
    /// The digest of its bytes, if they were read.
    pub hash: Option<Digest>,
    /// Its header, without the metadata that decoding keeps beside the picture; none if it could not be read, or is of
    /// a format that this program does not know.
    pub header: Option<Header>,
}

/// An output as we left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its size in bytes.
    pub bytes: u64,
    /// The digest of its bytes.
    pub hash: Digest,
    /// Time of its last modification.
    pub mtime: Mtime,
}

impl Written {
    /// Tells whether a file of this stamp has the size and the time of the output.
    #[must_use]
    pub fn looks_like(&self, stamp: &Stamp) -> bool {
        (self.bytes, self.mtime) == (stamp.size, stamp.mtime)
    }
}

/// An output path that some pipeline has written to, or begun to: a file there is ours, unless
/// the user changed it since.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// File that was last finished there.
    pub written: Option<Written>,
    /// File that was begun since and not finished.
    pub pending: Option<Box<Pending>>,
    /// Set where it was last begun or finished by the pipeline of this state.
    pub ours: bool,
}

/// A write that was begun and not finished: the file under its name may be from before or
/// after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    /// The temporary file, relative to the output folder, if there may be one.
    pub temp: Option<PathBuf>,
    /// Digests of what was being written, oldest first.
    pub hashes: Vec<Digest>,
}

impl Claim {
    /// Tells whether a file at the path with this digest is one that we wrote.
    #[must_use]
    pub fn is_ours(&self, hash: Digest) -> bool {
        self.written.is_some_and(|written| written.hash == hash)
            || self.pending.as_ref().is_some_and(|pending| pending.hashes.contains(&hash))
    }
}

/// A run of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRun {
    /// Its own name.
    pub run: String,
    /// Time at which it began, as RFC 3339.
    pub at: String,
    /// The program that ran.
    pub tool: String,
    /// Tasks of the whole pipeline when it began.
    pub tasks: u64,
    /// End of the run; `None` if it did not end in good order, or runs still.
    pub ended: Option<RunEnd>,
}

/// End of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnd {
    /// The exit code.
    pub exit: u8,
    /// Counts of what it did.
    pub totals: Totals,
}
