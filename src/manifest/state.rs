//! Sums up the records, for one pipeline.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::analysis::Measures;
use crate::digest::Digest;
use crate::error::Class;
use crate::manifest::Calls;
use crate::manifest::Claim;
use crate::manifest::FailedTask;
use crate::manifest::FinishedTask;
use crate::manifest::KnownSource;
use crate::manifest::OpenError;
use crate::manifest::RecordedRun;
use crate::manifest::Scope;
use crate::manifest::TaskOutcome;
use crate::manifest::claims::Origin;
use crate::manifest::folders::Folder;
use crate::manifest::folders::Folders;
use crate::manifest::made_by::Makers;
use crate::manifest::made_by::MakersId;
use crate::manifest::measured::KnownMeasures;
use crate::manifest::options::KnownOptions;
use crate::manifest::place;
use crate::manifest::position::Position;
use crate::manifest::record_numbers::RecordNumbers;
use crate::manifest::segment::Segment;
use crate::pipeline::Fingerprint;
use crate::pipeline::Revisions;
use crate::pipeline::TaskKey;
use crate::storage::Mtime;

/// Outcomes of one pipeline's tasks, and of all outputs in the folder.
#[derive(Debug, Default)]
pub struct State {
    pub(super) folders: Folders,
    pub(super) options: KnownOptions,
    pub(super) makers: Makers,
    pub(super) calls: Calls,
    /// The name of the run that is being replayed, whichever pipeline it is of.
    pub(super) run: String,
    /// Providers whose last results could not be used.
    pub(super) useless: Vec<String>,
    /// For each run, whichever pipeline it was of, the place in its segment up to which it is on the disk.
    pub(super) proven: Vec<Position>,
    /// Tells whether the segment that is being replayed has begun with a run.
    pub(super) is_begun: bool,
    /// The format version of the run that is being replayed.
    pub(super) version: u32,
    pub(super) scope: Scope,
    /// Set where the run that is being replayed is of our pipeline.
    pub(super) is_ours: bool,
    /// Numbers the pipeline of that run, as claims know it.
    pub(super) writer: u16,
    /// Tells whether that run read this input folder.
    pub(super) same_input: bool,
    /// The place of the output folder before, if it was moved since its last run.
    pub(super) moved: Option<PathBuf>,
    /// The folders that this pipeline wrote into.
    pub(super) outputs: BTreeSet<PathBuf>,
    /// The output folder as the last run recorded it.
    pub(super) recorded: Option<PathBuf>,
    /// Tells whether that run removes outputs, or looks at sources, and makes no task.
    pub(super) makes_no_task: bool,
    /// Measures of sources.
    pub(super) measures: KnownMeasures,
    pub(super) last_run: Option<RecordedRun>,
    pub(super) runs: u64,
}

impl State {
    /// Reads the manifest in `folder` without locking or changing anything; none is an empty
    /// state. An unfinished last line, which a run may just be writing, is passed over.
    ///
    /// # Errors
    /// [`OpenError`], but not [`OpenError::Locked`].
    pub fn load(folder: &Path, scope: impl Into<Scope>) -> Result<Self, OpenError> {
        let scope = scope.into().seen_from(folder);
        place::check(folder)?;
        let path = place::manifest_path(folder);
        match place::open(&path, OpenOptions::new().read(true)) {
            Ok(file) => {
                let segment = Segment { file: &file, path: &path };
                State::replay(&[segment], scope).map(|(state, _)| state)
            }
            Err(OpenError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => Ok(State::of(scope)),
            Err(error) => Err(error),
        }
    }

    pub(super) fn of(scope: Scope) -> Self {
        State { scope, ..State::default() }
    }

    /// Returns the outcome of a task by its last record; `None` if it was never tried.
    #[must_use]
    pub fn task(&self, key: &TaskKey<'_>) -> Option<TaskOutcome> {
        let Folder { tasks, claims, .. } = self.folders.now();
        tasks.find(key).and_then(|task| tasks.outcome(task, claims))
    }

    /// Tells whether any target of the source was tried when it had this size and time; it then need not be opened to
    /// know that it is a source.
    #[must_use]
    pub fn knows_source(&self, source: &Path, size: u64, mtime: Mtime) -> bool {
        self.folders.now().tasks.knows(source, size, mtime)
    }

    /// Returns the stamp, the digest and the header of a source by its last record; `None` if it has none.
    #[must_use]
    pub fn source(&self, source: &Path) -> Option<KnownSource> {
        self.folders.now().tasks.source(source)
    }

    /// Tells whether any task of the pipeline was ever tried.
    #[must_use]
    pub fn has_tasks(&self) -> bool {
        self.folders.now().tasks.iter().next().is_some()
    }

    /// Returns all tasks with their outcomes; in no order.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskKey<'_>, TaskOutcome)> {
        let Folder { tasks, claims, .. } = self.folders.now();
        tasks.iter().filter_map(|(key, task)| Some((key, tasks.outcome(task, claims)?)))
    }

    /// Returns the tasks and the claims of outputs by their numbers, in which their parts are told.
    pub(crate) fn traces(&self) -> RecordNumbers<'_> {
        let Folder { tasks, claims, .. } = self.folders.now();
        RecordNumbers { tasks, claims }
    }

    /// Tells whether a finished task's output surely reached the disk. Otherwise, after a crash, it must be compared
    /// by its digest, and if it differs it is torn, and was not changed by the user.
    #[must_use]
    pub fn is_proven(&self, done: &FinishedTask) -> bool {
        self.proven.get(done.run as usize).is_some_and(|&through| done.end <= through)
    }

    /// Returns what was last written at an output's path, by this or another pipeline, and the writes that began there
    /// and did not end; `None` if nothing was ever begun there.
    #[must_use]
    pub fn claim(&self, output: &Path) -> Option<Claim> {
        self.folders.now().claims.find(output)
    }

    /// Returns the name of the other pipeline that last wrote an output, or began to; none if the file of that
    /// pipeline is no more, or has become that of this one: then it was renamed, and what it wrote may be adopted.
    #[must_use]
    pub fn living_writer(&self, output: &Path) -> Option<&str> {
        let Folder { claims, writers, .. } = self.folders.now();
        writers.living(claims.other_writer(claims.number_of(output)?)?)
    }

    /// Returns the place of the output folder before, if it was moved since its last run; an empty path for records
    /// without a folder.
    pub(crate) fn moved_from(&self) -> Option<&Path> {
        self.moved.as_deref()
    }

    /// Returns the folders that runs of this pipeline wrote into, as far as they were recorded.
    pub(crate) fn output_folders(&self) -> &BTreeSet<PathBuf> {
        &self.outputs
    }

    /// Tells whether a finished output was made or last seen for a source of another input folder.
    pub(crate) fn is_of_other_input(&self, output: &Path) -> bool {
        let claims = &self.folders.now().claims;
        claims.has_other_inputs()
            && claims.number_of(output).is_some_and(|output| claims.origin(output) == Origin::OtherInput)
    }

    /// Returns the other files that are there and of which a pipeline of this name wrote into this output folder.
    #[must_use]
    pub fn namesakes(&self) -> &BTreeSet<PathBuf> {
        self.folders.now().writers.namesakes()
    }

    /// Returns all outputs that were ever begun or finished, for any pipeline; in no order.
    pub fn claims(&self) -> impl Iterator<Item = (PathBuf, Claim)> {
        self.folders.now().claims.iter()
    }

    /// Returns the temporary files that unfinished writes may have left, relative to the output folder.
    pub fn leftovers(&self) -> impl Iterator<Item = &Path> {
        self.folders.now().claims.pending().filter_map(|pending| pending.temp.as_deref())
    }

    /// Returns the options behind a fingerprint, canonical.
    #[must_use]
    pub fn options(&self, fingerprint: &Digest) -> Option<&Value> {
        self.options.get(fingerprint)
    }

    /// Returns every fingerprint whose options were recorded, as it was recorded.
    pub fn fingerprints(&self) -> impl Iterator<Item = &Digest> {
        self.options.recorded()
    }

    /// Returns all revisions that outputs were made by, or that failures depend on; tasks name their number.
    pub(crate) fn makers(&self) -> &[Revisions] {
        self.makers.all()
    }

    /// Returns the revisions under which a task failed, if it would fail again: if its options are today's, and for a
    /// failure by a limit its limits, too.
    pub(crate) fn failed_under(&self, failed: &FailedTask, today: &Fingerprint) -> Option<MakersId> {
        let class = failed.class?;
        match failed.asked {
            Some(asked) => (asked == today.of_failure(class)).then_some(failed.made_by),
            None if class == Class::Limit => self.options.of_limit(failed, today),
            None => {
                let recorded = self.options(&failed.options)?;
                (*today.path() == recorded["path"] && today.differences(recorded).is_empty()).then_some(failed.made_by)
            }
        }
    }

    /// Returns the values of the measures that the scope [asks for](Scope::measuring) for the bytes with this digest;
    /// `None` if none are recorded.
    #[must_use]
    pub fn measures(&self, hash: &Digest) -> Option<&Arc<Measures>> {
        self.measures.of(hash)
    }

    /// Tells whether such measures have found something in any source.
    pub(crate) fn has_measures(&self) -> bool {
        !self.measures.is_empty()
    }

    /// Returns the rules that the output of a finished task does not keep, one for each finding.
    #[must_use]
    pub fn broken_rules(&self, key: &TaskKey<'_>) -> &[Box<str>] {
        let Folder { tasks, findings, .. } = self.folders.now();
        tasks.find(key).map_or(&[], |task| findings.of(task))
    }

    /// Providers whose last results could not be used, by the last run that ended in good order.
    #[must_use]
    pub fn useless(&self) -> &[String] {
        &self.useless
    }

    /// Returns all paid calls, of whichever pipeline: pipelines that share the folder share the paid results.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Returns the pipeline's last run.
    #[must_use]
    pub fn last_run(&self) -> Option<&RecordedRun> {
        self.last_run.as_ref()
    }

    /// Returns the number of runs of the pipeline.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Estimates how many bytes the state takes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let Folder { tasks, claims, findings, .. } = self.folders.now();
        (tasks.memory() + claims.memory() + findings.memory() + self.measures.memory()) as u64
    }
}
