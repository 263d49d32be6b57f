//! Whether a task is up to date: the manifest's word against source, options and output.

use std::cell::OnceCell;
use std::fmt;
use std::path::PathBuf;

use crate::batch::Request;
use crate::batch::StandIn;
use crate::batch::outdated::NewerParts;
use crate::batch::outdated::Outdated;
use crate::codecs::Format;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::manifest::Done;
use crate::manifest::Failed;
use crate::manifest::MakersId;
use crate::manifest::Outcome;
use crate::manifest::State;
use crate::pipeline::Newer;
use crate::pipeline::Target;
use crate::pipeline::differences;
use crate::storage::Inbox;
use crate::storage::Mark;
use crate::storage::Mtime;
use crate::storage::Outbox;
use crate::storage::Place;
use crate::storage::SourceFile;

/// Why there is nothing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// The output is there and up to date.
    Done {
        /// Whether the manifest should vouch anew for unchanged files.
        refresh: bool,
        /// What made it that is newer in this program, if something is: it is outdated.
        outdated: Option<NewerParts>,
        /// Names who filled its margins, if that was not the first engine of the list.
        stood_in: Option<Box<StandIn>>,
    },
    /// Somebody changed the output after it was written; it is kept.
    Modified,
    /// The pipeline's own rules leave it out; the line says which.
    Rule(Box<str>),
}

impl Skip {
    /// Returns who filled the margins, if that was not the first engine of the list.
    #[must_use]
    pub fn stood_in(&self) -> Option<&StandIn> {
        if let Skip::Done { stood_in, .. } = self { stood_in.as_deref() } else { None }
    }

    /// Tells whether the output is kept though this program would make it otherwise.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        matches!(self, Skip::Done { outdated: Some(_), .. })
    }
}

/// Says what stays of a task that cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: it is recorded as failed.
    Nothing,
    /// Its output, which is there: it is as done as before.
    Output,
    /// The record of its output, which is gone: it is done again if the output comes back, as from a
    /// backup, and until then every run tries to make it. A failure of a paid call is recorded all the same.
    Record,
}

/// Why an output is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It was never made.
    New,
    /// The source is another than it was.
    Source,
    /// Options differ; the lines say which, as far as the manifest knows.
    Options(Box<[String]>),
    /// It is outdated, and the run is to renew what is.
    Outdated(NewerParts),
    /// The output is gone.
    Missing,
    /// The output is not what was written: the machine failed, or somebody changed it and the
    /// run is to replace such files.
    Changed,
    /// The run was killed while it was being written.
    Interrupted,
    /// It failed before with this class, if this version knows it.
    Failed(Option<Class>),
    /// Another engine than the first of the list filled its margins, and the run asks the first again.
    Refill,
    /// The run makes everything again.
    Forced,
}

impl Why {
    /// Tells whether the output is there and of today's source and options: if it cannot be made again
    /// it stays done.
    #[must_use]
    pub fn keeps_output(&self) -> bool {
        matches!(self, Why::Outdated(_) | Why::Forced | Why::Refill)
    }

    /// Tells what of the task stays if it cannot be made.
    #[must_use]
    pub fn kept(&self) -> Kept {
        match self {
            _ if self.keeps_output() => Kept::Output,
            Why::Missing | Why::Changed => Kept::Record,
            _ => Kept::Nothing,
        }
    }

    /// Tells whether the task was finished before, with whatever was paid for it.
    #[must_use]
    pub fn was_done(&self) -> bool {
        self.kept() != Kept::Nothing || matches!(self, Why::Options(_))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::New => f.write_str("new"),
            Why::Source => f.write_str("the source changed"),
            Why::Options(lines) if lines.is_empty() => f.write_str("the options changed"),
            Why::Options(lines) => f.write_str(&lines.join(", ")),
            Why::Outdated(newer) => f.write_str(&newer_words(newer)),
            Why::Missing => f.write_str("the output is gone"),
            Why::Changed => f.write_str("the output is not what was written"),
            Why::Interrupted => f.write_str("a run was interrupted"),
            Why::Failed(Some(class)) => write!(f, "failed before: {class}"),
            Why::Failed(None) => f.write_str("failed before"),
            Why::Refill => f.write_str("another engine had stood in"),
            Why::Forced => f.write_str("forced"),
        }
    }
}

/// Returns what is newer, on one line: `newer: resize 2 → 3, decoder.png 3 → 4`.
pub(crate) fn newer_words(newer: &[Newer]) -> String {
    let parts: Vec<String> = newer.iter().map(Newer::to_string).collect();
    format!("newer: {}", parts.join(", "))
}

/// What the manifest and the files say about a task.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Nothing is to be done; the output stands at that path.
    Skip(Skip, PathBuf),
    /// It is known to fail.
    Known(Failure),
    /// It was finished, and whether it is still cannot be seen now.
    Unseen(Failure),
    /// It is to be made.
    Todo(Why),
}

/// How an output on disk compares with the record of it.
enum Found {
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

/// What is known about one source.
pub(super) struct Known<'a> {
    request: &'a Request,
    state: &'a State,
    inbox: &'a Inbox,
    outbox: &'a Outbox,
    file: &'a SourceFile,
    outdated: &'a Outdated,
    /// What its bytes are, looked at once and only if something hangs on it.
    format: OnceCell<Option<Format>>,
    /// Its content is hashed at most once, and only if its size is right and its times are not,
    /// or if all is to be verified.
    hash: OnceCell<Result<Digest, Failure>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(
        (request, state, inbox, outbox): (&'a Request, &'a State, &'a Inbox, &'a Outbox),
        outdated: &'a Outdated,
        file: &'a SourceFile,
    ) -> Self {
        Known { request, state, inbox, outbox, file, outdated, format: OnceCell::new(), hash: OnceCell::new() }
    }

    /// The verdict on the source under `target`, which stands at this place in the pipeline.
    pub(super) fn verdict(&self, index: usize, target: &Target) -> Verdict {
        match self.state.task(&self.file.path, &target.name) {
            None => Verdict::Todo(Why::New),
            Some(Outcome::Unfinished) => Verdict::Todo(Why::Interrupted),
            Some(Outcome::Failed(failed)) => self.failed(index, target, &failed),
            Some(Outcome::Done(done)) => self.done(index, target, done),
        }
    }

    /// Returns what the source's bytes are.
    pub(super) fn format(&self) -> Option<Format> {
        *self.format.get_or_init(|| self.inbox.format(&self.file.path))
    }

    /// Returns what is newer than these revisions.
    fn newer(&self, index: usize, before: MakersId) -> Option<NewerParts> {
        self.outdated.newer(index, before, &self.file.path, || self.format())
    }

    /// The digest of the source's bytes, from a record if it is unchanged since.
    pub(super) fn content(&self, targets: &[Target]) -> Option<Digest> {
        let recorded = targets.iter().find_map(|target| match self.state.task(&self.file.path, &target.name)? {
            Outcome::Done(done) => Some(done.hash).filter(|_| self.looks_same(done.size, done.mtime, done.mark)),
            Outcome::Failed(failed) => failed.hash.filter(|_| self.looks_same(failed.size, failed.mtime, failed.mark)),
            Outcome::Unfinished => None,
        });
        recorded.or_else(|| self.read_hash().as_ref().ok().copied())
    }

    /// Tells whether the source is to be taken for the recorded one without a look at its bytes.
    fn looks_same(&self, size: u64, mtime: Mtime, mark: Mark) -> bool {
        !self.request.verify && self.is_untouched((size, mtime), mark)
    }

    fn is_untouched(&self, (size, mtime): (u64, Mtime), mark: Mark) -> bool {
        (self.file.size, self.file.mtime) == (size, mtime) && mark.fits(self.file.trace.mark())
    }

    fn read_hash(&self) -> &Result<Digest, Failure> {
        self.hash.get_or_init(|| self.inbox.hash(self.file))
    }

    fn failed(&self, index: usize, target: &Target, failed: &Failed) -> Verdict {
        // A class that only a newer version knows is taken for a transient one.
        let Some(class) = failed.class else { return Verdict::Todo(Why::Failed(None)) };
        let same = self.state.failed_under(failed, &target.fingerprint).is_some_and(|before| {
            let touched = self.source_touched((failed.size, failed.mtime), failed.mark, failed.hash);
            let reads_now = class == Class::Unsupported && self.outdated.reads_now(before, || self.format());
            self.newer(index, before).is_none() && !reads_now && matches!(touched, Ok(Some(_)))
        });
        let again = self.request.force
            || self.request.retry_failed
            || (self.request.retry_unknown && class == Class::UnknownCall)
            || (self.request.repay
                && (class == Class::BadOutput || (class == Class::Rejected && self.was_paid(target))))
            || !class.is_permanent();
        if same && !again {
            Verdict::Known(Failure::new(class, &*failed.message))
        } else {
            Verdict::Todo(Why::Failed(Some(class)))
        }
    }

    /// Tells whether a provider of the target has given a result for the source: earlier versions took a black one
    /// for a refusal.
    fn was_paid(&self, target: &Target) -> bool {
        let calls = self.state.calls();
        let content = if calls.is_empty() { None } else { self.content(std::slice::from_ref(target)) };
        let has_result = |content| target.recipe.engines.providers().any(|one| calls.has_result(content, one.name()));
        content.is_some_and(has_result)
    }

    fn done(&self, index: usize, target: &Target, done: Done) -> Verdict {
        let stale = match self.find_output(&done) {
            Found::Same { stale } => stale,
            Found::Missing => return Verdict::Todo(Why::Missing),
            Found::Other => return Verdict::Todo(Why::Changed),
            Found::Unseen(failure) => return Verdict::Unseen(failure),
        };
        if done.fingerprint != target.fingerprint.finished {
            let old = self.state.options(&done.fingerprint);
            return Verdict::Todo(Why::Options(
                old.map(|old| differences(old, &target.fingerprint.options)).unwrap_or_default().into(),
            ));
        }
        match self.source_touched((done.size, done.mtime), done.mark, Some(done.hash)) {
            Ok(Some(_)) if self.request.force => Verdict::Todo(Why::Forced),
            Ok(Some(touched)) => match self.newer(index, done.made_by) {
                Some(newer) if self.request.refresh => Verdict::Todo(Why::Outdated(newer)),
                outdated => {
                    let engines = &target.recipe.engines;
                    let stood_in = StandIn::of(done.engine.as_deref(), engines, done.reason.as_deref());
                    if stood_in.is_some() && self.request.refill {
                        return Verdict::Todo(Why::Refill);
                    }
                    let stood_in = stood_in.map(Box::new);
                    // Of which input folder an output is, is told by the run that saw its source there.
                    let refresh = touched || stale || self.state.is_of_other_input(&done.output);
                    let skip = Skip::Done { refresh, outdated, stood_in };
                    Verdict::Skip(skip, done.output)
                }
            },
            Ok(None) => Verdict::Todo(Why::Source),
            Err(failure) => Verdict::Unseen(failure),
        }
    }

    /// Tells whether the record is to be renewed, if the source is otherwise the same: its times or its
    /// number are others, or not all of them were recorded.
    ///
    /// # Errors
    /// If it has to be read and cannot be.
    fn source_touched(
        &self,
        (size, mtime): (u64, Mtime),
        mark: Mark,
        hash: Option<Digest>,
    ) -> Result<Option<bool>, Failure> {
        if self.file.size != size {
            return Ok(None);
        }
        let is_untouched = self.is_untouched((size, mtime), mark);
        let stale = !is_untouched || mark.lacks(self.file.trace.mark());
        match hash {
            Some(hash) if self.request.verify || !is_untouched => {
                Ok((self.read_hash().clone()? == hash).then_some(stale))
            }
            // Of a source that could not be read there is no digest to compare.
            _ => Ok(is_untouched.then_some(stale)),
        }
    }

    fn find_output(&self, done: &Done) -> Found {
        let (size, mtime) = match self.outbox.state_of(&done.output) {
            Ok(Place::Empty) => return Found::Missing,
            Err(failure) => return Found::Unseen(failure),
            Ok(Place::File { size, mtime }) => (size, mtime),
            Ok(_) => return Found::Other,
        };
        let written = &done.written;
        let proven = self.state.is_proven(done);
        let touched = mtime != written.mtime;
        if size == written.bytes && !touched && proven && !self.request.verify {
            return Found::Same { stale: false };
        }
        match self.outbox.hash_of(&done.output) {
            Ok(hash) if hash == written.hash => Found::Same { stale: touched || !proven },
            _ => Found::Other,
        }
    }
}
