//! The plan of one source: an action for each of its tasks.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

use crate::batch::Kept;
use crate::batch::Make;
use crate::batch::Skip;
use crate::batch::SourceCall;
use crate::batch::Why;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::pipeline::Decided;
use crate::pipeline::Decisions;
use crate::pipeline::PictureKey;
use crate::pipeline::Task;
use crate::storage::SourceFile;

/// Holds the output paths of a source, one place for each of its tasks; none where it is not known, or where
/// there is nothing to write.
pub(super) type Outputs = Vec<Option<PathBuf>>;

/// One source with its tasks.
#[derive(Debug)]
pub struct SourcePlan {
    /// Path, size and time.
    pub file: SourceFile,
    /// All of its tasks, asked for or not.
    pub tasks: Arc<[Arc<Task>]>,
    /// The decisions about all of them; none if the header was not needed, or could not be read.
    pub decisions: Option<Box<Decisions>>,
    /// Names the format of its bytes, if they had to be looked at and it is a known one.
    pub format: Option<Format>,
    /// Holds the digest of its bytes, if what they show has a part in what becomes of its tasks, or was looked at in
    /// vain: of other bytes that is not true.
    pub(super) hash: Option<Box<Digest>>,
    /// Names the kind of picture that it is, if it fails because no codec reads that kind.
    pub unread: Option<&'static str>,
    /// The plan of each task, in their order; none for tasks that are not asked for.
    pub(super) plans: Box<[Option<TaskPlan>]>,
    /// The paid calls on which those tasks depend, or may depend.
    pub calls: Box<[SourceCall]>,
    /// Most bytes of memory that making its outputs takes, one after the other, where anything
    /// is made here: what a run reserves.
    pub memory: Option<NonZeroU64>,
    /// The part of its record that is still true, if the record is; the header is compared too if it was read.
    pub(super) recorded: Mutex<Option<RecordedSource>>,
}

/// Last record of a source, without its stamp and its header.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordedSource {
    /// Holds the digest of its bytes, if they were read.
    pub(super) hash: Option<Digest>,
}

impl SourcePlan {
    /// Returns its header, if it had to be read and could be.
    #[must_use]
    pub fn header(&self) -> Option<Header> {
        self.decisions.as_ref().map(|decisions| decisions.header)
    }

    /// Returns the tasks that are asked for, in their order.
    pub fn selected(&self) -> impl Iterator<Item = SelectedTask<'_>> {
        let plans = self.tasks.iter().zip(&self.plans).enumerate();
        plans.filter_map(|(index, (task, plan))| {
            let decided = self.decisions.as_ref().and_then(|decisions| decisions.get(index));
            Some(SelectedTask { index, task, plan: plan.as_ref()?, decided })
        })
    }

    /// Returns the call from which the margins of the task with this index come, or may come.
    #[must_use]
    pub fn call_for(&self, index: usize) -> Option<&SourceCall> {
        self.calls.iter().find(|call| call.plan.members.contains(&index))
    }

    /// Returns the plan of the task with this index; `None` if it is not asked for.
    pub(super) fn plan(&self, index: usize) -> Option<&TaskPlan> {
        self.plans[index].as_ref()
    }

    /// Leaves to a later run what it makes, or may make once it was looked at, beyond the first `most` outputs; returns
    /// how many these are.
    pub(super) fn limit(&mut self, most: u64) -> u64 {
        let counted: Vec<usize> = self.selected().filter(SelectedTask::counts_for_limit).map(|one| one.index).collect();
        let made = counted.len().min(usize::try_from(most).unwrap_or(usize::MAX));
        for index in &counted[made..] {
            self.plans[*index].iter_mut().for_each(|plan| plan.is_beyond_limit = true);
        }
        made as u64
    }

    /// Returns the outputs that are to be made.
    pub(super) fn to_make(&self) -> impl Iterator<Item = ToMake<'_>> {
        self.selected().filter_map(SelectedTask::to_make)
    }

    /// Returns those of them that this run makes, within its limit; what becomes of files in the way is found out
    /// beside them, whatever the limit.
    pub(super) fn made_now(&self) -> impl Iterator<Item = ToMake<'_>> {
        self.selected().filter(|one| one.is_made_now()).filter_map(SelectedTask::to_make)
    }
}

/// A task that is asked for, with its plan.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SelectedTask<'a> {
    /// Its place among all tasks of its source.
    pub index: usize,
    /// The task.
    pub task: &'a Task,
    /// The plan of this task.
    pub plan: &'a TaskPlan,
    /// The layout and the format of its output, if the header was read and there will be one.
    pub decided: Option<&'a Decided>,
}

impl<'a> SelectedTask<'a> {
    /// Returns its output, if that is to be made.
    #[must_use]
    pub fn to_make(self) -> Option<ToMake<'a>> {
        let SelectedTask { index, task, plan, decided } = self;
        Some(ToMake { index, task, decided: decided?, make: plan.action.make()? })
    }

    /// Tells whether this run makes its output.
    fn is_made_now(&self) -> bool {
        !self.plan.is_beyond_limit && self.counts_for_limit()
    }

    /// Tells whether its output is one of those that a limit counts: to be made, or perhaps.
    fn counts_for_limit(&self) -> bool {
        self.to_make().is_some_and(|one| !one.make.is_foreign()) || matches!(self.plan.action, Action::Measure(_))
    }

    /// Tells whether this run looks at its source, on which it hangs what is made.
    pub(super) fn is_looked_at(&self) -> bool {
        matches!(self.plan.action, Action::Measure(_)) && !self.plan.is_beyond_limit
    }
}

/// An output that is to be made, with all that says how.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ToMake<'a> {
    /// The place of its task among all tasks of its source.
    pub index: usize,
    /// The task.
    pub task: &'a Task,
    /// The layout and the format of the output.
    pub decided: &'a Decided,
    /// The reason for which it is made, and all else that is planned of it.
    pub make: &'a Make,
}

impl<'a> ToMake<'a> {
    /// Returns the layout: the part of the source that the output shows, and its place.
    #[must_use]
    pub fn layout(self) -> &'a Layout {
        &self.decided.layout
    }

    /// Names its pixels among those of the source with this header, by the engines whose turn is first.
    pub(super) fn picture_key(self, header: &'a Header) -> PictureKey<'a> {
        PictureKey::new(self.task, self.decided, (self.make.route().link, header))
    }
}

/// Plan of one task.
#[derive(Debug)]
#[non_exhaustive]
pub struct TaskPlan {
    /// The action that a run takes.
    pub action: Action,
    /// The output or record that stays if it cannot be made, or its source not be read.
    pub kept: Kept,
    /// Tells whether it fails because another task has the same output.
    pub collides: bool,
    /// Tells whether its output is left to a later run, because this one has a limit.
    pub is_beyond_limit: bool,
}

/// Action of a run on a task.
#[derive(Debug)]
#[non_exhaustive]
pub enum Action {
    /// Nothing: there is nothing to do.
    Skip(Skip),
    /// Nothing: it failed before, and nothing has changed since.
    Known(Box<Failure>),
    /// Record that it cannot be done, as the header shows.
    Fail(Box<Failure>),
    /// Look at the source first: what is made depends on what it shows, and that is not known.
    Measure(Box<ToMeasure>),
    /// Make the output.
    Make(Make),
}

/// An output of which only pixels decide how it is made.
#[derive(Debug)]
#[non_exhaustive]
pub struct ToMeasure {
    /// The reason for which it is made.
    pub why: Why,
    /// Names the measures that are needed, and are not known.
    pub measures: Vec<&'static str>,
}

impl Action {
    /// Returns the output that is to be made.
    pub(super) fn make(&self) -> Option<&Make> {
        if let Action::Make(make) = self { Some(make) } else { None }
    }
}
