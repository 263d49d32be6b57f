//! Plan of a run, from file names, headers and the manifest; no pixel is decoded.

use std::path::Path;
use std::sync::Arc;

use crate::analysis::Measures;
use crate::batch::Action;
use crate::batch::Allowance;
use crate::batch::Collision;
use crate::batch::Orphans;
use crate::batch::SelectedTask;
use crate::batch::SourceCall;
use crate::batch::SourcePlan;
use crate::batch::ToMeasure;
use crate::batch::make::ALLOCATION;
use crate::codecs::Header;
use crate::error::Failure;
use crate::manifest::State;
use crate::manifest::TaskOutcome;
use crate::pipeline::Pipeline;
use crate::pipeline::Task;
use crate::pipeline::guarded;
use crate::storage::Ignored;
use crate::storage::SourceFile;
use crate::storage::SourceStore;

/// Every task of a run with what will become of it.
#[derive(Debug)]
pub struct Plan {
    /// The sources, in the order of their paths.
    pub sources: Vec<SourcePlan>,
    /// Tasks that would write one file, in the order of their sources; of two sources one at least is asked for.
    pub collisions: Vec<Collision>,
    /// Entries below the input that are no sources.
    pub ignored: Ignored,
    /// Number of tasks of the whole pipeline, filters or not.
    pub tasks_in_all: u64,
    /// Outputs that no task makes any more.
    pub orphans: Orphans,
    /// The calls that limits and keys let through.
    pub allowance: Allowance,
    /// Most outputs that the run makes of those that are to be made.
    pub limit: Option<u64>,
    /// The error of recording the measures that were found; none if there was none, or they were not to be recorded.
    pub unrecorded: Option<String>,
    /// Holds the sources that were found.
    pub(super) source_store: Arc<dyn SourceStore>,
}

impl Plan {
    /// Estimates how many bytes the plan itself takes.
    pub(super) fn memory(&self) -> u64 {
        let path = |path: &Path| path.as_os_str().len() + ALLOCATION;
        let beside = |selected: SelectedTask<'_>| match &selected.plan.action {
            Action::Make(make) => make.memory(),
            Action::Known(failure) | Action::Fail(failure) => size_of::<Failure>() + failure.message.len() + ALLOCATION,
            Action::Measure(one) => size_of::<ToMeasure>() + size_of_val(&*one.measures) + 2 * ALLOCATION,
            Action::Skip(_) => 0,
        };
        let source = |source: &SourcePlan| {
            let calls = source.calls.len() * size_of::<SourceCall>();
            let tasks = size_of_val(&*source.plans) + source.selected().map(beside).sum::<usize>();
            let decisions = source.decisions.as_ref().map_or(0, |decisions| decisions.memory() + 2 * ALLOCATION);
            (size_of::<SourcePlan>() + path(&source.file.path) + decisions + calls + tasks + ALLOCATION) as u64
        };
        self.sources.iter().map(source).sum()
    }

    /// Returns the tasks that sources share, and those of sources of which something particular is said.
    pub(super) fn tasks<'a>(&'a self, pipeline: &'a Pipeline) -> impl Iterator<Item = &'a Task> {
        let usual = &pipeline.usual_tasks;
        let particular = self.sources.iter().filter(|source| !Arc::ptr_eq(&source.tasks, usual));
        let all = usual.iter().chain(particular.flat_map(|source| source.tasks.iter()));
        all.map(|task| &**task)
    }

    /// Reads the header of a source anew.
    ///
    /// # Errors
    /// As [`SourceStore::header`].
    pub fn header(&self, file: &SourceFile) -> Result<Header, Failure> {
        guarded("reading the header", || self.source_store.header(file))
    }

    /// Counts the outputs to be made that its limit leaves to later runs.
    #[must_use]
    pub fn beyond_limit(&self) -> u64 {
        let is_left = |one: &SelectedTask<'_>| one.plan.is_beyond_limit && one.to_make().is_some();
        self.selected().filter(|(_, one)| is_left(one)).count() as u64
    }

    /// Returns the measures of a planned source; `None` if they are not known. `state` is that of which the plan was
    /// made.
    #[must_use]
    pub fn measures(&self, source: &SourcePlan, state: &State) -> Option<Arc<Measures>> {
        let decided = source.decisions.as_ref().and_then(|decisions| decisions.measures().cloned());
        // Of what is finished nothing was decided.
        let recorded = |task: &Arc<Task>| match state.task(&task.key(&source.file.path))? {
            TaskOutcome::Done(done) => Some(done.hash).filter(|_| done.source.fits(&source.file.stamp)),
            TaskOutcome::Failed(failed) => failed.hash.filter(|_| failed.source.fits(&source.file.stamp)),
            TaskOutcome::Unfinished => None,
        };
        decided.or_else(|| state.measures(&source.tasks.iter().find_map(recorded)?).cloned())
    }

    /// Returns every task that is asked for, with its source.
    pub fn selected(&self) -> impl Iterator<Item = (&SourcePlan, SelectedTask<'_>)> {
        self.sources.iter().flat_map(|source| source.selected().map(move |selected| (source, selected)))
    }
}
