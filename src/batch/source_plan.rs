//! Holds what will become of one source.

use std::num::NonZeroU64;
use std::path::PathBuf;

use crate::batch::Kept;
use crate::batch::Make;
use crate::batch::Skip;
use crate::batch::SourceCall;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::error::Failure;
use crate::storage::SourceFile;

/// Holds the output paths of a source, one place for each target of the pipeline; none where it is
/// not known, or where there is nothing to write.
pub(super) type Outputs = Vec<Option<PathBuf>>;

/// One source with its tasks.
#[derive(Debug)]
pub struct SourcePlan {
    /// Path, size and time.
    pub file: SourceFile,
    /// Its header, if it had to be read and could be.
    pub header: Option<Box<Header>>,
    /// Names the format of its bytes, if they had to be looked at and it is a known one.
    pub format: Option<Format>,
    /// Names the kind of picture that it is, if it fails because no codec reads that kind.
    pub unread: Option<&'static str>,
    /// One task per asked target.
    pub tasks: Box<[TaskPlan]>,
    /// The paid calls on which those tasks depend, or may depend.
    pub calls: Box<[SourceCall]>,
    /// Most bytes of memory that making its outputs takes, one after the other, where anything
    /// is made here: what a run reserves.
    pub memory: Option<NonZeroU64>,
}

impl SourcePlan {
    /// Returns its header, if it had to be read and could be.
    #[must_use]
    pub fn header(&self) -> Option<Header> {
        self.header.as_deref().copied()
    }

    /// Returns the call from which a target's margins come, or may come.
    #[must_use]
    pub fn call_for(&self, target: usize) -> Option<&SourceCall> {
        self.calls.iter().find(|call| call.plan.targets.contains(&target))
    }

    /// Tells what stays of a target's task if it cannot be made.
    #[must_use]
    pub fn kept(&self, target: usize) -> Kept {
        self.tasks.iter().find(|task| task.target == target).map_or(Kept::Nothing, |task| task.kept)
    }
}

/// One task.
#[derive(Debug)]
pub struct TaskPlan {
    /// Index of the target in the pipeline.
    pub target: usize,
    /// What will become of it.
    pub action: Action,
    /// Says what stays of it if it cannot be made, or looked at.
    pub kept: Kept,
    /// Tells whether it fails because another task has the same output.
    pub collides: bool,
}

/// What a run does about a task.
#[derive(Debug)]
pub enum Action {
    /// Nothing: there is nothing to do.
    Skip(Skip),
    /// Nothing: it failed before, and nothing has changed since.
    Known(Box<Failure>),
    /// Record that it cannot be done, as the header shows.
    Fail(Box<Failure>),
    /// Make the output.
    Make(Box<Make>),
}

impl Action {
    /// Returns the output that is to be made.
    pub(super) fn make(&self) -> Option<&Make> {
        if let Action::Make(make) = self { Some(make) } else { None }
    }
}
