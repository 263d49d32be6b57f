//! Holds everything that a caller asks of a run.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rayon::ThreadPool;

use crate::batch::Refusal;
use crate::batch::Why;
use crate::error::Class;
use crate::error::Error;
use crate::error::Failure;
use crate::manifest::PayAgain;
use crate::manifest::Scope;
use crate::pipeline::AutoNumber;
use crate::pipeline::Pipeline;
use crate::pipeline::Task;
use crate::providers::Usd;
use crate::storage::Inbox;
use crate::storage::Outbox;
use crate::storage::OutputStore;
use crate::storage::SourceStore;
use crate::storage::absolute;

/// Name of the state folder inside the output folder.
const STATE: &str = ".recanvas";

/// The folders of a run and its differences from a plain one. [`Request::new`] takes its values from the pipeline;
/// every field can be set afterwards, also by [`Request::with`].
///
/// ```
/// use recanvas::batch::{Places, Request};
/// use recanvas::pipeline::Pipeline;
///
/// let pipeline = Pipeline::from_yaml("version: 1\ntargets: [{ name: square, size: 64x64 }]\n")?;
/// let request = Request::new(&pipeline, Places::new("photos", "squares"))?.with(|request| request.jobs = Some(2));
/// assert_eq!((request.jobs, request.limit), (Some(2), None));
/// # Ok::<(), recanvas::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Request {
    /// The input folder.
    pub input: PathBuf,
    /// The output folder; created if it is not there.
    pub output: PathBuf,
    /// Sources are read from this store instead of the input folder, which then is its name in the records alone.
    pub sources: Option<Arc<dyn SourceStore>>,
    /// Outputs are put into this store instead of the output folder, which then is its name in the records alone.
    pub outputs: Option<Arc<dyn OutputStore>>,
    /// The folder of manifest and lock.
    pub state: PathBuf,
    /// The folder that the pipeline's words would name from the working directory, as earlier versions took
    /// them; a run does not begin anew while the manifest is still there. None where that says nothing.
    pub earlier_state: Option<PathBuf>,
    /// Sources worked on at the same time; none for one per processor.
    pub jobs: Option<usize>,
    /// Makes pictures on the threads of this pool, as many at the same time as it has, whatever `jobs` says; none
    /// for a pool of the run's own. The run is not to be called on one of them: it would wait for itself.
    pub pool: Option<Arc<ThreadPool>>,
    /// Bytes for pictures; none for half of what is free.
    pub memory: Option<u64>,
    /// Globs; only sources that fit one are part of the run. Empty means all.
    pub only: Vec<String>,
    /// Names; only these targets are part of the run. Empty means all.
    pub targets: Vec<String>,
    /// List what is no source by name, beside counting it.
    pub lists_ignored: bool,
    /// List outputs that no task makes any more, beside counting them.
    pub lists_orphans: bool,
    /// Looks at sources whose tasks depend on what they show, where a plan is asked for; a run does so anyway.
    pub analyze: bool,
    /// Most tasks to make in this run.
    pub limit: Option<u64>,
    /// Make everything again. Never pays for anything again.
    pub force: bool,
    /// Make again what a newer revision of this program makes otherwise. Never pays for anything again.
    pub refresh: bool,
    /// Makes outputs again whose margins another engine filled than the first of the list.
    pub refill: bool,
    /// Try again what failed for a permanent reason.
    pub retry_failed: bool,
    /// Submit again the calls of which it is not known whether they were accepted.
    pub retry_unknown: bool,
    /// Buy again what was paid for and is lost, damaged or was judged bad; with `force`, everything.
    pub repay: bool,
    /// Most that the calls of this run may cost, beside the pipeline's budget.
    pub max_cost: Option<Usd>,
    /// Tells whether a person watches: paid engines without a budget run only then.
    pub is_attended: bool,
    /// Compare sources and finished outputs by content, not only by size and times.
    pub verify: bool,
    /// Replace outputs that the user changed.
    pub overwrite_modified: bool,
    /// Stop after this many failed tasks.
    pub max_failures: Option<u64>,
    /// Stop admitting work after this time.
    pub max_duration: Option<Duration>,
}

/// Folders that the caller names instead of the pipeline's, relative to the working directory.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Places {
    /// Instead of `input.dir`.
    pub input: Option<PathBuf>,
    /// Instead of `output.dir`.
    pub output: Option<PathBuf>,
}

impl Places {
    /// Returns both folders.
    #[must_use]
    pub fn new(input: impl Into<PathBuf>, output: impl Into<PathBuf>) -> Places {
        Places { input: Some(input.into()), output: Some(output.into()) }
    }
}

impl Request {
    /// Makes the request of a plain run of `pipeline`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) if neither the pipeline nor `places` names a folder.
    pub fn new(pipeline: &Pipeline, places: Places) -> Result<Request, Error> {
        let missing = |what: &str| Refusal::Usage {
            message: format!("no {what} folder"),
            hint: format!("set `{what}.dir` in the pipeline or pass --{what} FOLDER"),
        };
        let input = places.input.or_else(|| pipeline.input.dir.clone()).ok_or_else(|| missing("input"))?;
        let named = |key| pipeline.location.named(key);
        let earlier_state = match (&pipeline.output.state, &places.output) {
            (Some(_), _) => named("output.state").map(Path::to_owned),
            (None, Some(_)) => None,
            (None, None) => named("output.dir").map(|output| output.join(STATE)),
        };
        let output = places.output.or_else(|| pipeline.output.dir.clone()).ok_or_else(|| missing("output"))?;
        let state = pipeline.output.state.clone().unwrap_or_else(|| output.join(STATE));
        let fixed = |auto: AutoNumber| match auto {
            AutoNumber::Auto => None,
            AutoNumber::Fixed(number) => Some(number),
        };
        Ok(Request {
            input,
            output,
            sources: None,
            outputs: None,
            state,
            earlier_state,
            jobs: fixed(pipeline.run.jobs).and_then(|jobs| usize::try_from(jobs).ok()),
            pool: None,
            memory: fixed(pipeline.run.memory),
            only: Vec::new(),
            targets: Vec::new(),
            lists_ignored: false,
            lists_orphans: false,
            analyze: false,
            limit: None,
            force: false,
            refresh: false,
            refill: false,
            retry_failed: false,
            retry_unknown: false,
            repay: false,
            max_cost: None,
            is_attended: false,
            verify: false,
            overwrite_modified: false,
            max_failures: None,
            max_duration: None,
        })
    }

    /// Returns the same as `change` leaves it.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Request)) -> Request {
        change(&mut self);
        self
    }

    /// Returns the scope of this request: the records of the state folder that are of its pipeline and its folders.
    #[must_use]
    pub fn scope(&self, pipeline: &Pipeline) -> Scope {
        let file = Some(&*pipeline.location.file).filter(|file| file.is_file());
        let scope = Scope::new(&pipeline.name, file, &self.input, &self.output).measuring(&pipeline.measures);
        scope.usually_at(pipeline.output.dir.as_deref())
    }

    /// Opens where sources are read.
    ///
    /// # Errors
    /// As `Inbox::open`.
    pub(super) fn source_store(&self, pipeline: &Pipeline) -> Result<Arc<dyn SourceStore>, Failure> {
        match &self.sources {
            Some(store) => Ok(Arc::clone(store)),
            None => Ok(Arc::new(Inbox::open(&self.input, pipeline.input.follow_links)?)),
        }
    }

    /// Opens where outputs are put; a folder is made.
    ///
    /// # Errors
    /// As `Outbox::open`.
    pub(super) fn output_store(&self) -> Result<Arc<dyn OutputStore>, Failure> {
        match &self.outputs {
            Some(store) => Ok(Arc::clone(store)),
            None => Ok(Arc::new(Outbox::open(&self.output)?)),
        }
    }

    /// Opens where outputs are, to look at them; nothing is made.
    pub(super) fn outbox_as_it_is(&self) -> Arc<dyn OutputStore> {
        self.outputs.clone().unwrap_or_else(|| Arc::new(Outbox::at(&self.output)))
    }

    /// Tells whether the sources are those of the pipeline: where it names a folder, another one says nothing of
    /// what is gone from it.
    pub(super) fn takes_input_of(&self, pipeline: &Pipeline) -> bool {
        pipeline.input.dir.as_ref().is_none_or(|dir| absolute(dir) == absolute(&self.input))
    }

    /// Tells whether a task is part of the run, as far as its target says.
    pub(super) fn selects(&self, task: &Task) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|asked| **asked == *task.target)
    }

    /// Returns the kinds of calls that this run may pay once more.
    pub(super) fn again(&self) -> PayAgain {
        // An engine that refused is asked again for what is to be filled again.
        let retry_failed = self.retry_failed || self.refill;
        PayAgain { retry_unknown: self.retry_unknown, retry_failed, repay: self.repay }
    }

    /// Tells whether a task that is made for this reason gets another result than the one that is there:
    /// one that was judged bad, or any where all is made again.
    pub(super) fn renews(&self, why: &Why) -> bool {
        let was_judged = matches!(why, Why::Refill | Why::Failed(Some(Class::BadOutput | Class::Rejected)));
        self.repay && (self.force || was_judged)
    }
}
