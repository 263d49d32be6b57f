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
use crate::manifest::RunStarted;
use crate::manifest::Scope;
use crate::manifest::TaskFailed;
use crate::manifest::TaskFinished;
use crate::manifest::TaskRefreshed;
use crate::manifest::TaskWriting;
use crate::manifest::Written;
use crate::manifest::claims::OURS;
use crate::manifest::claims::Origin;
use crate::manifest::folders::Folder;
use crate::manifest::folders::Folders;
use crate::manifest::made_by::Makers;
use crate::manifest::made_by::MakersId;
use crate::manifest::options::KnownOptions;
use crate::manifest::place;
use crate::manifest::tasks::Fault;
use crate::manifest::tasks::Making;
use crate::manifest::tasks::Seen;
use crate::manifest::traces::Traces;
use crate::pipeline::Filling;
use crate::pipeline::Fingerprint;
use crate::pipeline::Revisions;
use crate::storage::Mark;
use crate::storage::Mtime;

/// What is known of one pipeline's tasks, and of all outputs in the folder.
#[derive(Debug, Default)]
pub struct State {
    folders: Folders,
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
    /// Tells whether it read this input folder.
    same_input: bool,
    /// Tells where the output folder was before, if it was moved since its last run.
    moved: Option<PathBuf>,
    /// The folders that this pipeline wrote into.
    outputs: BTreeSet<PathBuf>,
    /// What the last run recorded of its output folder.
    recorded: Option<PathBuf>,
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
                self.same_input = self.scope.has_input(started.input.as_deref());
                self.is_ours = started.pipeline == self.scope.pipeline();
                self.turn_to(&started);
                let writers = &mut self.folders.now_mut().writers;
                self.writer = writers.note(&started.pipeline, started.file.as_deref(), &self.scope);
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
                synced.removed.iter().for_each(|output| self.removed(output));
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

    /// Turn to the output folder of a run that begins.
    fn turn_to(&mut self, started: &RunStarted<'_>) {
        let recorded = started.output.as_deref();
        // Of many runs nearly all write into the same folder.
        if self.proven.len() > 1 && recorded == self.recorded.as_deref() && started.moved_from.is_none() {
            return;
        }
        self.recorded = recorded.map(Path::to_owned);
        let place = self.scope.output_of(recorded);
        self.outputs.extend(place.clone().filter(|_| self.is_ours));
        let moved = started.moved_from.as_deref().map(|moved| self.scope.output_of(Some(moved)));
        self.folders.turn_to(place, moved);
    }

    /// Keep what is recorded of the output folder that is asked about.
    pub(super) fn settle(&mut self) {
        self.moved = self.folders.settle(&self.scope);
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
        let claim = self.folders.now_mut().claims.number(&writing.output)?;
        let by = match self.writer {
            OURS => Ok(self.begin(&writing.source, &writing.target)?),
            other => Err(other),
        };
        self.folders.now_mut().claims.begin(claim, (&writing.output, &writing.temp), writing.hash, by);
        Ok(())
    }

    fn finished(&mut self, finished: &TaskFinished<'_>, end: u64) -> Result<(), String> {
        let (bytes, hash, mtime) = (finished.bytes, finished.output_hash, finished.output_mtime);
        let written = Written { bytes, hash, mtime };
        let claim = self.folders.now_mut().claims.number(&finished.output)?;
        let origin = self.origin(finished.adopted);
        if self.writer != OURS {
            self.folders.now_mut().claims.finish(claim, written, Err(self.writer), origin);
            return Ok(());
        }
        let task = self.begin(&finished.source, &finished.target)?;
        self.folders.now_mut().claims.finish(claim, written, Ok(task), origin);
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
        self.folders.now_mut().tasks.finish(&finished.source, task, seen, &making);
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
            self.folders.now_mut().tasks.fail(&failed.source, task, seen, &fault);
        }
        Ok(())
    }

    fn refreshed(&mut self, refreshed: &TaskRefreshed<'_>, end: u64) {
        let (run, origin) = (self.run_number(), self.origin(false));
        let Folder { tasks, claims, .. } = self.folders.now_mut();
        let task = tasks.find(&refreshed.source, &refreshed.target).filter(|_| self.writer == OURS);
        let now = (refreshed.mtime, Mark::of(refreshed.ctime, refreshed.inode));
        let mut claim = |task| tasks.refresh(&refreshed.source, task, now, run, end);
        if let Some((task, claim)) = task.and_then(|task| Some((task, claim(task)?))) {
            claims.refresh(claim, task, refreshed.output_mtime, origin);
        }
    }

    /// Return how an output came where it is that the run tells of.
    fn origin(&self, is_adopted: bool) -> Origin {
        match (is_adopted, self.same_input) {
            (true, _) => Origin::Adopted,
            (false, true) => Origin::Here,
            (false, false) => Origin::OtherInput,
        }
    }

    /// Forget an output that was removed, and the tasks that made it.
    fn removed(&mut self, output: &Path) {
        let Folder { tasks, claims, .. } = self.folders.now_mut();
        for task in claims.forget(output, |task, claim| tasks.is_done_at(task, claim)) {
            tasks.withdraw(task);
        }
    }

    /// Begin a task anew, whatever it came to before, and return its number.
    fn begin(&mut self, source: &Path, target: &str) -> Result<u32, String> {
        let Folder { tasks, claims, .. } = self.folders.now_mut();
        let (task, before) = tasks.begin(source, target)?;
        if let Some(claim) = before {
            claims.release(claim, task);
        }
        Ok(task)
    }

    /// What the last record of a task says.
    #[must_use]
    pub fn task(&self, source: &Path, target: &str) -> Option<Outcome> {
        let Folder { tasks, claims, .. } = self.folders.now();
        tasks.find(source, target).and_then(|task| tasks.outcome(task, claims))
    }

    /// Whether any target of the source was tried when it had this size and time; it then need
    /// not be opened to know that it is a source.
    #[must_use]
    pub fn knows_source(&self, source: &Path, size: u64, mtime: Mtime) -> bool {
        self.folders.now().tasks.knows(source, size, mtime)
    }

    /// Tells whether any task of the pipeline was ever tried.
    #[must_use]
    pub fn has_tasks(&self) -> bool {
        self.folders.now().tasks.iter().next().is_some()
    }

    /// All tasks: source, target, outcome; in no order.
    pub fn tasks(&self) -> impl Iterator<Item = (PathBuf, &str, Outcome)> {
        let Folder { tasks, claims, .. } = self.folders.now();
        tasks.iter().filter_map(|(source, target, task)| Some((source, target, tasks.outcome(task, claims)?)))
    }

    /// Return the tasks and the claims of outputs by their numbers, in which their parts are told.
    pub(crate) fn traces(&self) -> Traces<'_> {
        let Folder { tasks, claims, .. } = self.folders.now();
        Traces { tasks, claims }
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
        self.folders.now().claims.find(output)
    }

    /// Return the name of the other pipeline that last wrote an output, or began to; none if the file of that
    /// pipeline is no more, or has become that of this one: then it was renamed, and what it wrote may be adopted.
    #[must_use]
    pub fn living_writer(&self, output: &Path) -> Option<&str> {
        let Folder { claims, writers, .. } = self.folders.now();
        writers.living(claims.other_writer(claims.number_of(output)?)?)
    }

    /// Return where the output folder was before, if it was moved since its last run; an empty path for what was
    /// recorded without a folder.
    pub(crate) fn moved_from(&self) -> Option<&Path> {
        self.moved.as_deref()
    }

    /// Return the folders that runs of this pipeline wrote into, as far as they were recorded.
    pub(crate) fn output_folders(&self) -> &BTreeSet<PathBuf> {
        &self.outputs
    }

    /// Tell whether a finished output was made or last seen for a source of another input folder.
    pub(crate) fn is_of_other_input(&self, output: &Path) -> bool {
        let claims = &self.folders.now().claims;
        claims.has_other_inputs()
            && claims.number_of(output).is_some_and(|output| claims.origin(output) == Origin::OtherInput)
    }

    /// Return the other files that are there and of which a pipeline of this name wrote into this output folder.
    #[must_use]
    pub fn namesakes(&self) -> &BTreeSet<PathBuf> {
        self.folders.now().writers.namesakes()
    }

    /// All outputs that were ever begun or finished, for any pipeline; in no order.
    pub fn claims(&self) -> impl Iterator<Item = (PathBuf, Claim)> {
        self.folders.now().claims.iter()
    }

    /// Temporary files that unfinished writes may have left, relative to the output folder.
    pub fn leftovers(&self) -> impl Iterator<Item = &Path> {
        self.folders.now().claims.pending().map(|pending| pending.temp.as_path())
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
        let Folder { tasks, claims, .. } = self.folders.now();
        (tasks.memory() + claims.memory()) as u64
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
