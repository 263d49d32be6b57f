//! What the records add up to, for one pipeline.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

use crate::digest::Digest;
use crate::error::Class;
use crate::manifest::Calls;
use crate::manifest::Claim;
use crate::manifest::Done;
use crate::manifest::Ended;
use crate::manifest::Failed;
use crate::manifest::OpenError;
use crate::manifest::Outcome;
use crate::manifest::Record;
use crate::manifest::Run;
use crate::manifest::Scope;
use crate::manifest::TaskFailed;
use crate::manifest::TaskFinished;
use crate::manifest::TaskRefreshed;
use crate::manifest::TaskWriting;
use crate::manifest::Written;
use crate::manifest::claims::Claims;
use crate::manifest::claims::OURS;
use crate::manifest::claims::Origin;
use crate::manifest::made_by::Makers;
use crate::manifest::made_by::MakersId;
use crate::manifest::options::KnownOptions;
use crate::manifest::place;
use crate::manifest::tasks::Fault;
use crate::manifest::tasks::Making;
use crate::manifest::tasks::Seen;
use crate::manifest::tasks::Tasks;
use crate::manifest::traces::Traces;
use crate::manifest::writers::Writers;
use crate::pipeline::Filling;
use crate::pipeline::Fingerprint;
use crate::pipeline::Revisions;
use crate::storage::Mark;
use crate::storage::Mtime;

/// What is known of one pipeline's tasks, and of all outputs in the folder.
#[derive(Debug, Default)]
pub struct State {
    tasks: Tasks,
    claims: Claims,
    options: KnownOptions,
    makers: Makers,
    calls: Calls,
    /// The name of the run that is being replayed, whichever pipeline it is of.
    run: String,
    /// Providers whose last results could not be used.
    useless: Vec<String>,
    /// For each run, whichever pipeline it was of, the offset up to which it is on the disk.
    proven: Vec<u64>,
    scope: Scope,
    /// Whether the run that is being replayed is of our pipeline.
    is_ours: bool,
    /// Numbers the pipeline of the run that is being replayed, as claims know it.
    writer: u16,
    /// Tells whether that run wrote into this output folder: only then its tasks and outputs say something of it.
    here: bool,
    /// Tells whether it read this input folder.
    same_input: bool,
    writers: Writers,
    /// Tells whether that run removes outputs and makes no task.
    prunes: bool,
    last_run: Option<Run>,
    runs: u64,
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
            Ok(file) => State::replay(&file, &path, scope).map(|(state, _)| state),
            Err(OpenError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => Ok(State::of(scope)),
            Err(error) => Err(error),
        }
    }

    pub(super) fn of(scope: Scope) -> Self {
        State { scope, ..State::default() }
    }

    pub(super) fn apply(&mut self, record: Record<'_>, end: u64) -> Result<(), String> {
        if self.proven.is_empty() && !matches!(record, Record::RunStarted(_)) {
            return Err("the manifest does not begin with a run".to_owned());
        }
        match record {
            Record::RunStarted(started) => {
                self.proven.push(0);
                self.run = started.run.clone().into();
                self.here = self.scope.has_output(started.output.as_deref());
                self.same_input = self.scope.has_input(started.input.as_deref());
                self.is_ours = started.pipeline == self.scope.pipeline();
                if self.here {
                    self.writer = self.writers.note(&started.pipeline, started.file.as_deref(), &self.scope);
                }
                self.prunes = started.prune;
                if self.is_ours && !self.prunes {
                    let (run, at, tool) = (started.run.into(), started.at.into(), started.tool.into());
                    self.last_run = Some(Run { run, at, tool, tasks: started.tasks, ended: None });
                    self.runs += 1;
                }
            }
            Record::Options(options) => {
                if let Some(revisions) = self.options.add(options, &mut self.makers) {
                    self.calls.note_revisions(revisions);
                }
            }
            Record::TaskWriting(_) | Record::TaskFinished(_) | Record::TaskFailed(_) | Record::TaskRefreshed(_)
                if !self.here => {}
            Record::TaskWriting(writing) => self.writing(&writing)?,
            Record::TaskFinished(finished) => self.finished(&finished, end)?,
            Record::TaskFailed(failed) => self.failed(&failed)?,
            Record::TaskRefreshed(refreshed) => self.refreshed(&refreshed, end),
            Record::CallIntent(intent) => self.calls.intent(&intent, &self.run)?,
            Record::CallSubmitted(submitted) => self.calls.submitted(submitted)?,
            Record::CallFinished(finished) => self.calls.finished(&finished)?,
            Record::CallFailed(failed) => self.calls.failed(&failed)?,
            // Beyond its own place it would vouch for what comes later; a manifest that someone
            // mended by hand may have such offsets.
            Record::Synced(synced) => {
                self.prove(synced.through.min(end));
                if self.here {
                    synced.removed.iter().for_each(|output| self.removed(output));
                }
            }
            Record::RunEnded(_) if self.prunes => self.prove(end),
            Record::RunEnded(ended) => {
                self.prove(end);
                self.useless.clone_from(&ended.useless);
                if let Some(run) = self.last_run.as_mut().filter(|_| self.is_ours) {
                    run.ended = Some(Ended { exit: ended.exit, totals: ended.totals });
                }
            }
        }
        Ok(())
    }

    fn prove(&mut self, through: u64) {
        if let Some(proven) = self.proven.last_mut() {
            *proven = through.max(*proven);
        }
    }

    fn run_number(&self) -> u32 {
        u32::try_from(self.proven.len() - 1).unwrap_or(u32::MAX)
    }

    fn writing(&mut self, writing: &TaskWriting<'_>) -> Result<(), String> {
        let claim = self.claims.number(&writing.output)?;
        let by = match self.writer {
            OURS => Ok(self.begin(&writing.source, &writing.target)?),
            other => Err(other),
        };
        self.claims.begin(claim, (&writing.output, &writing.temp), writing.hash, by);
        Ok(())
    }

    fn finished(&mut self, finished: &TaskFinished<'_>, end: u64) -> Result<(), String> {
        let (bytes, hash, mtime) = (finished.bytes, finished.output_hash, finished.output_mtime);
        let written = Written { bytes, hash, mtime };
        let claim = self.claims.number(&finished.output)?;
        let origin = match (finished.adopted, self.same_input) {
            (true, _) => Origin::Adopted,
            (false, true) => Origin::Here,
            (false, false) => Origin::OtherInput,
        };
        if self.writer != OURS {
            self.claims.finish(claim, written, Err(self.writer), origin);
            return Ok(());
        }
        let task = self.begin(&finished.source, &finished.target)?;
        self.claims.finish(claim, written, Ok(task), origin);
        let (fingerprint, made_by) = match &finished.made_by {
            Some(made_by) => (finished.fingerprint, self.makers.number(made_by)),
            None => {
                let filling = Filling::by(finished.engine.as_deref());
                self.options.of_output(finished.fingerprint, &finished.output, filling, &mut self.makers)
            }
        };
        let seen = Seen {
            size: finished.size,
            mtime: finished.mtime,
            mark: Mark::of(finished.ctime, finished.inode),
            hash: Some(finished.hash),
        };
        let (engine, run) = (finished.engine.as_deref(), self.run_number());
        let reason = reason(finished);
        let making = Making { fingerprint, engine, reason, made_by, run, end, claim };
        self.tasks.finish(&finished.source, task, seen, &making);
        Ok(())
    }

    fn failed(&mut self, failed: &TaskFailed<'_>) -> Result<(), String> {
        let class = Class::ALL.into_iter().find(|class| class.word() == failed.class);
        let (fingerprint, made_by) = match (&failed.made_by, class) {
            (Some(made_by), _) => (failed.fingerprint, self.makers.number(made_by)),
            (None, Some(class)) => self.options.of_failure(failed.fingerprint, class, &mut self.makers),
            (None, None) => (failed.fingerprint, 0),
        };
        if self.writer == OURS {
            let task = self.begin(&failed.source, &failed.target)?;
            let seen = Seen {
                size: failed.size,
                mtime: failed.mtime,
                mark: Mark::of(failed.ctime, failed.inode),
                hash: failed.hash,
            };
            let fault = Fault { fingerprint, class, made_by, message: &failed.message };
            self.tasks.fail(&failed.source, task, seen, &fault);
        }
        Ok(())
    }

    fn refreshed(&mut self, refreshed: &TaskRefreshed<'_>, end: u64) {
        let run = self.run_number();
        let task = self.tasks.find(&refreshed.source, &refreshed.target).filter(|_| self.writer == OURS);
        let now = (refreshed.mtime, Mark::of(refreshed.ctime, refreshed.inode));
        let mut claim = |task| self.tasks.refresh(&refreshed.source, task, now, run, end);
        if let Some((task, claim)) = task.and_then(|task| Some((task, claim(task)?))) {
            self.claims.refresh(claim, task, refreshed.output_mtime);
        }
    }

    /// Forget an output that was removed, and the tasks that made it.
    fn removed(&mut self, output: &Path) {
        for task in self.claims.forget(output, |task, claim| self.tasks.is_done_at(task, claim)) {
            self.tasks.withdraw(task);
        }
    }

    /// Begin a task anew, whatever it came to before, and return its number.
    fn begin(&mut self, source: &Path, target: &str) -> Result<u32, String> {
        let (task, before) = self.tasks.begin(source, target)?;
        if let Some(claim) = before {
            self.claims.release(claim, task);
        }
        Ok(task)
    }

    /// What the last record of a task says.
    #[must_use]
    pub fn task(&self, source: &Path, target: &str) -> Option<Outcome> {
        self.tasks.find(source, target).and_then(|task| self.tasks.outcome(task, &self.claims))
    }

    /// Whether any target of the source was tried when it had this size and time; it then need
    /// not be opened to know that it is a source.
    #[must_use]
    pub fn knows_source(&self, source: &Path, size: u64, mtime: Mtime) -> bool {
        self.tasks.knows(source, size, mtime)
    }

    /// Tells whether any task of the pipeline was ever tried.
    #[must_use]
    pub fn has_tasks(&self) -> bool {
        self.tasks.iter().next().is_some()
    }

    /// All tasks: source, target, outcome; in no order.
    pub fn tasks(&self) -> impl Iterator<Item = (PathBuf, &str, Outcome)> {
        let tasks = self.tasks.iter();
        tasks.filter_map(|(source, target, task)| Some((source, target, self.tasks.outcome(task, &self.claims)?)))
    }

    /// Return the tasks and the claims of outputs by their numbers, in which their parts are told.
    pub(crate) fn traces(&self) -> Traces<'_> {
        Traces { tasks: &self.tasks, claims: &self.claims }
    }

    /// Whether a finished task's output surely reached the disk. Otherwise, after a crash, it
    /// must be compared by its digest, and if it differs it is torn, not modified by someone.
    #[must_use]
    pub fn is_proven(&self, done: &Done) -> bool {
        self.proven.get(done.run as usize).is_some_and(|&through| done.end <= through)
    }

    /// What we know to have written at an output's path, for any pipeline.
    #[must_use]
    pub fn claim(&self, output: &Path) -> Option<Claim> {
        self.claims.find(output)
    }

    /// Return the name of the other pipeline that last wrote an output, or began to; none if the file of that
    /// pipeline is no more, or has become that of this one: then it was renamed, and what it wrote may be adopted.
    #[must_use]
    pub fn living_writer(&self, output: &Path) -> Option<&str> {
        let number = self.claims.number_of(output)?;
        self.writers.living(self.claims.other_writer(number)?)
    }

    /// Return the other files that are there and of which a pipeline of this name wrote into this output folder.
    #[must_use]
    pub fn namesakes(&self) -> &BTreeSet<PathBuf> {
        self.writers.namesakes()
    }

    /// All outputs that were ever begun or finished, for any pipeline; in no order.
    pub fn claims(&self) -> impl Iterator<Item = (PathBuf, Claim)> {
        self.claims.iter()
    }

    /// Temporary files that unfinished writes may have left, relative to the output folder.
    pub fn leftovers(&self) -> impl Iterator<Item = &Path> {
        self.claims.pending().map(|pending| pending.temp.as_path())
    }

    /// The options behind a fingerprint, canonical.
    #[must_use]
    pub fn options(&self, fingerprint: &Digest) -> Option<&Value> {
        self.options.get(fingerprint)
    }

    /// Every fingerprint whose options were recorded, as it was recorded.
    pub fn fingerprints(&self) -> impl Iterator<Item = &Digest> {
        self.options.recorded()
    }

    /// All revisions that outputs were made by, or that failures depend on; tasks name their number.
    pub(crate) fn makers(&self) -> &[Revisions] {
        self.makers.all()
    }

    /// What a failure depends on, if it happened under options and limits that have this fingerprint.
    pub(crate) fn failed_under(&self, failed: &Failed, today: &Fingerprint) -> Option<MakersId> {
        let class = failed.class?;
        if failed.fingerprint == today.of_failure(class) {
            return Some(failed.made_by);
        }
        self.options.of_limit(failed.fingerprint, today).filter(|_| class == Class::Limit)
    }

    /// Providers whose last results could not be used, by the last run that ended in good order.
    #[must_use]
    pub fn useless(&self) -> &[String] {
        &self.useless
    }

    /// All paid calls, of whichever pipeline: who shares the folder shares what was paid for.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// The pipeline's last run.
    #[must_use]
    pub fn last_run(&self) -> Option<&Run> {
        self.last_run.as_ref()
    }

    /// How many runs of the pipeline there were.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Estimates how many bytes the state takes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        (self.tasks.memory() + self.claims.memory()) as u64
    }
}

/// Returns the first warning that begins with the name of an engine, where margins were filled.
fn reason<'a>(finished: &'a TaskFinished<'_>) -> Option<&'a str> {
    let is_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
    };
    finished.engine.as_ref()?;
    let said = finished.warnings.iter().find(|line| line.split_once(": ").is_some_and(|(name, _)| is_name(name)))?;
    Some(said.as_ref())
}
