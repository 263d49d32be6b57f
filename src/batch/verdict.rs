//! Decides whether a task is up to date: the manifest's word against source, options and output.

use std::cell::OnceCell;
use std::path::PathBuf;

use crate::batch::Kept;
use crate::batch::Request;
use crate::batch::Skip;
use crate::batch::StandIn;
use crate::batch::Why;
use crate::batch::changes::Change;
use crate::batch::changes::Changes;
use crate::batch::outdated::NewerParts;
use crate::batch::outdated::Outdated;
use crate::batch::source_plan::RecordedSource;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::manifest::FailedTask;
use crate::manifest::FinishedTask;
use crate::manifest::MakersId;
use crate::manifest::State;
use crate::manifest::TaskOutcome;
use crate::pipeline::Task;
use crate::pipeline::guarded;
use crate::storage::KnownStamp;
use crate::storage::OutputPlace;
use crate::storage::OutputStore;
use crate::storage::SourceFile;
use crate::storage::SourceStore;

/// Conclusion from the manifest and the files about one task.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Nothing is to be done; the output stands at that path.
    Skip(Skip, PathBuf),
    /// It is known to fail.
    Known(Failure),
    /// It was finished, and whether it is still cannot be seen now.
    Unseen(Failure),
    /// The options that are said of its source alone are wrong; beside it what stays of the task.
    Refused(Failure, Kept),
    /// It is to be made.
    Make(Why),
}

/// Result of comparing an output on disk with its record.
enum OutputState {
    /// As recorded, to the byte; the record is stale if the time is another, or if nothing
    /// proves that the output reached the disk.
    Same { stale: bool },
    /// Nothing is there.
    Missing,
    /// Something else is there.
    Other,
    /// It cannot be looked at.
    Unseen(Failure),
}

/// Everything that is known about one source, found out at most once each.
pub(super) struct Known<'a> {
    request: &'a Request,
    state: &'a State,
    source_store: &'a dyn SourceStore,
    output_store: &'a dyn OutputStore,
    file: &'a SourceFile,
    outdated: &'a Outdated,
    changes: &'a Changes,
    /// Format of its bytes, looked at once and only if something depends on it.
    format: OnceCell<Option<Format>>,
    /// Header, read in the same way.
    header: OnceCell<Result<Header, Failure>>,
    /// Its content is hashed at most once, and only if its size is right and its times are not,
    /// or if all is to be verified.
    hash: OnceCell<Result<Digest, Failure>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(
        (request, state, source_store, output_store): (
            &'a Request,
            &'a State,
            &'a dyn SourceStore,
            &'a dyn OutputStore,
        ),
        (outdated, changes): (&'a Outdated, &'a Changes),
        file: &'a SourceFile,
    ) -> Self {
        let (format, header, hash) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Known { request, state, source_store, output_store, file, outdated, changes, format, header, hash }
    }

    /// Returns the verdict on a task of the source.
    pub(super) fn verdict(&self, task: &Task) -> Verdict {
        match self.state.task(&task.key(&self.file.path)) {
            None => Verdict::Make(Why::New),
            Some(TaskOutcome::Unfinished) => Verdict::Make(Why::Interrupted),
            Some(TaskOutcome::Failed(failed)) => self.failed(task, &failed),
            Some(TaskOutcome::Done(done)) => self.done(task, done),
        }
    }

    /// Returns the output or record that stays of a task that cannot be made now, whatever its options and its source.
    pub(super) fn kept(&self, task: &Task) -> Kept {
        let Some(TaskOutcome::Done(done)) = self.state.task(&task.key(&self.file.path)) else { return Kept::Nothing };
        match self.output_store.stat(&done.output) {
            Ok(OutputPlace::File(_)) | Err(_) => Kept::Output,
            Ok(_) => Kept::Record,
        }
    }

    /// Returns the format of the source's bytes; `None` if they cannot be read or are of no format that a codec reads.
    pub(super) fn format(&self) -> Option<Format> {
        let look = || match self.header.get() {
            Some(Ok(header)) => Some(header.format),
            _ => self.source_store.format(&self.file.path),
        };
        *self.format.get_or_init(look)
    }

    /// Returns the source's header, or the failure to read it; it is read once.
    pub(super) fn header(&self) -> &Result<Header, Failure> {
        self.header.get_or_init(|| guarded("reading the header", || self.source_store.header(self.file)))
    }

    /// Tells whether the header was read.
    pub(super) fn has_looked(&self) -> bool {
        self.header.get().is_some()
    }

    /// Returns the header of the source from which an output was made, from a record if there is one.
    fn header_of(&self, done: &FinishedTask) -> Result<Header, Failure> {
        let recorded = self.state.source(&self.file.path).filter(|recorded| recorded.hash == Some(done.hash));
        recorded.and_then(|recorded| recorded.header).map_or_else(|| self.header().clone(), Ok)
    }

    /// Returns the record of the source if it is still true: of the same stamp and, where the header was read, the same
    /// header.
    pub(super) fn recorded(&self) -> Option<RecordedSource> {
        let recorded = self.state.source(&self.file.path)?;
        let is_same = recorded.stamp.fits(&self.file.stamp) && !recorded.stamp.lacks(&self.file.stamp);
        let now = self.header.get().and_then(|header| header.as_ref().ok());
        let is_described = now.is_none_or(|now| recorded.header == Some(Header { kept_bytes: 0, ..*now }));
        (is_same && is_described).then_some(RecordedSource { hash: recorded.hash })
    }

    /// Returns the parts of a task that are newer than these revisions; `None` if there are none.
    fn newer(&self, task: &Task, before: MakersId) -> Option<NewerParts> {
        self.outdated.newer(&task.revisions, before, &self.file.path, || self.format())
    }

    /// Returns the digest of the source's bytes, from a record if it is unchanged since.
    pub(super) fn content<'t>(&self, mut tasks: impl Iterator<Item = &'t Task>) -> Option<Digest> {
        // What is recorded last was read last: a task may be of other bytes with the same times.
        let known = self.state.source(&self.file.path).filter(|known| self.looks_same(&known.stamp));
        let of_task = |task: &Task| match self.state.task(&task.key(&self.file.path))? {
            TaskOutcome::Done(done) => Some(done.hash).filter(|_| self.looks_same(&done.source)),
            TaskOutcome::Failed(failed) => failed.hash.filter(|_| self.looks_same(&failed.source)),
            TaskOutcome::Unfinished => None,
        };
        let recorded = known.and_then(|known| known.hash).or_else(|| tasks.find_map(of_task));
        recorded.or_else(|| self.read_hash().as_ref().ok().copied())
    }

    /// Tells whether the source is to be taken for the recorded one without a look at its bytes.
    fn looks_same(&self, recorded: &KnownStamp) -> bool {
        !self.request.verify && recorded.fits(&self.file.stamp)
    }

    fn read_hash(&self) -> &Result<Digest, Failure> {
        self.hash.get_or_init(|| self.source_store.hash(self.file))
    }

    fn failed(&self, task: &Task, failed: &FailedTask) -> Verdict {
        // A class that only a newer version knows is taken for a transient one.
        let Some(class) = failed.class else { return Verdict::Make(Why::Failed(None)) };
        let same = self.state.failed_under(failed, &task.fingerprint).is_some_and(|before| {
            let touched = self.source_touched(&failed.source, failed.hash);
            let reads_now = class == Class::Unsupported && self.outdated.reads_now(before, || self.format());
            self.newer(task, before).is_none() && !reads_now && matches!(touched, Ok(Some(_)))
        });
        let again = self.request.force
            || self.request.retry_failed
            || (self.request.retry_unknown && class == Class::UnknownCall)
            || (self.request.repay && (class == Class::BadOutput || (class == Class::Rejected && self.was_paid(task))))
            || !class.is_permanent();
        if same && !again {
            Verdict::Known(Failure::new(class, &*failed.message))
        } else {
            Verdict::Make(Why::Failed(Some(class)))
        }
    }

    /// Tells whether a provider of the task has given a result for the source: earlier versions took a black one
    /// for a refusal.
    fn was_paid(&self, task: &Task) -> bool {
        let calls = self.state.calls();
        let content = if calls.is_empty() { None } else { self.content(std::iter::once(task)) };
        let has_result =
            |content| task.recipe.outpaint.engines.providers().any(|one| calls.has_result(content, one.name()));
        content.is_some_and(has_result)
    }

    fn done(&self, task: &Task, done: FinishedTask) -> Verdict {
        let stale = match self.find_output(&done) {
            OutputState::Same { stale } => stale,
            OutputState::Missing => return Verdict::Make(Why::Missing),
            OutputState::Other => return Verdict::Make(Why::Changed),
            OutputState::Unseen(failure) => return Verdict::Unseen(failure),
        };
        let of_today = match self.changes.of(self.state, (task, &self.file.path), &done, || self.header_of(&done)) {
            Change::Nothing => true,
            Change::NothingThatActs => false,
            Change::Options(lines) => return Verdict::Make(Why::Options(lines)),
            Change::Unseen(failure) => return Verdict::Unseen(failure),
        };
        match self.source_touched(&done.source, Some(done.hash)) {
            Ok(Some(_)) if self.request.force => Verdict::Make(Why::Forced),
            Ok(Some(touched)) => match self.newer(task, done.made_by) {
                Some(newer) if self.request.refresh => Verdict::Make(Why::Outdated(newer)),
                outdated => {
                    let engines = &task.recipe.outpaint.engines;
                    let stood_in = StandIn::of(done.engine.as_deref(), engines, done.reason.as_deref());
                    if stood_in.is_some() && self.request.refill {
                        return Verdict::Make(Why::Refill);
                    }
                    let stood_in = stood_in.map(Box::new);
                    // Of which input folder an output is, is told by the run that saw its source there.
                    let refresh = touched || stale || !of_today || self.state.is_of_other_input(&done.output);
                    let skip = Skip::Done { refresh, outdated, stood_in };
                    Verdict::Skip(skip, done.output)
                }
            },
            Ok(None) => Verdict::Make(Why::Source),
            Err(failure) => Verdict::Unseen(failure),
        }
    }

    /// Tells whether the record is to be renewed, if the source is otherwise the same: its times or its
    /// number are others, or not all of them were recorded.
    ///
    /// # Errors
    /// If it has to be read and cannot be.
    fn source_touched(&self, recorded: &KnownStamp, hash: Option<Digest>) -> Result<Option<bool>, Failure> {
        let now = &self.file.stamp;
        if now.size != recorded.size {
            return Ok(None);
        }
        let is_untouched = recorded.fits(now);
        let stale = !is_untouched || recorded.lacks(now);
        match hash {
            Some(hash) if self.request.verify || !is_untouched => {
                Ok((self.read_hash().clone()? == hash).then_some(stale))
            }
            // Of a source that could not be read there is no digest to compare.
            _ => Ok(is_untouched.then_some(stale)),
        }
    }

    fn find_output(&self, done: &FinishedTask) -> OutputState {
        let found = match self.output_store.stat(&done.output) {
            Ok(OutputPlace::Empty) => return OutputState::Missing,
            Err(failure) => return OutputState::Unseen(failure),
            Ok(OutputPlace::File(found)) => found,
            Ok(_) => return OutputState::Other,
        };
        let written = &done.written;
        let proven = self.state.is_proven(done);
        let touched = found.mtime != written.mtime;
        if written.looks_like(&found) && proven && !self.request.verify {
            return OutputState::Same { stale: false };
        }
        match self.output_store.hash(&done.output) {
            Ok(hash) if hash == written.hash => OutputState::Same { stale: touched || !proven },
            _ => OutputState::Other,
        }
    }
}
