//! Events of a run. Observers print, draw or count; the batch itself is silent.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::batch::Plan;
use crate::batch::Summary;
use crate::engines::Filled;
use crate::error::Failure;
use crate::geometry::Finding;
use crate::manifest::CallTotals;
use crate::pipeline::TaskKey;
use crate::providers::Notice;
use crate::providers::ResultOrigin;

/// Counts the paid calls of a run.
#[derive(Clone)]
pub struct CountCalls(Arc<dyn Fn() -> CallTotals + Send + Sync>);

impl CountCalls {
    /// Counts by this.
    #[must_use]
    pub fn new(count: impl Fn() -> CallTotals + Send + Sync + 'static) -> Self {
        CountCalls(Arc::new(count))
    }

    /// Returns the counts and costs of the calls up to now.
    #[must_use]
    pub fn totals(&self) -> CallTotals {
        (self.0)()
    }
}

impl fmt::Debug for CountCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CountCalls")
    }
}

/// One thing that happened. Paths are relative: sources to the input folder, outputs to the
/// output folder.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Everything that can be known before work is known.
    Planned {
        /// Plan of the run.
        plan: &'a Plan,
    },
    /// Sources are looked at before anything is planned for good: the decision about them depends on what they show.
    /// Comes before `Planned`, and only where a stage needs that.
    Measuring {
        /// Counts the sources.
        sources: u64,
    },
    /// A source was looked at, and what was found is recorded.
    SourceMeasured {
        /// The source.
        source: &'a Path,
    },
    /// The ledger of paid calls is open.
    LedgerOpened {
        /// Returns the counts and costs of the calls up to now, as often as it is asked.
        totals: CountCalls,
    },
    /// A source is being read.
    SourceStarted {
        /// The source.
        source: &'a Path,
    },
    /// A source was decoded, and something about it is not as one would think.
    SourceWarned {
        /// The source.
        source: &'a Path,
        /// Lowercase lines: only the first frame is used, a colour profile was assumed.
        warnings: &'a [String],
    },
    /// The manifest has recorded the claim to an output path; nothing is there yet.
    TaskClaimed {
        /// Names the task.
        key: &'a TaskKey<'a>,
    },
    /// The output has its final name; the manifest does not know it yet.
    TaskPlaced {
        /// Names the task.
        key: &'a TaskKey<'a>,
    },
    /// A task is finished and recorded.
    TaskDone {
        /// Names the task.
        key: &'a TaskKey<'a>,
        /// The output.
        output: &'a Path,
        /// Its size in bytes.
        bytes: u64,
        /// Filling of its margins, if there are any.
        filled: Option<&'a Filled>,
        /// Set where the same file was there before and only had to be recorded.
        adopted: bool,
        /// Tells whether the source is enlarged in it.
        enlarged: bool,
        /// Warnings about it.
        warnings: &'a [String],
        /// Findings that the user should look at.
        findings: &'a [Finding],
    },
    /// A task failed in this run and is recorded.
    TaskFailed {
        /// Names the task.
        key: &'a TaskKey<'a>,
        /// Class and message.
        failure: &'a Failure,
        /// The [labels](TaskKey::label) of all tasks of the source that fail with it, this one among them.
        alike: &'a [String],
        /// Tells whether it is one of [`Plan::collisions`], which are known from the beginning.
        is_collision: bool,
    },
    /// A paid call ended with a result.
    CallEnded {
        /// The source.
        source: &'a Path,
        /// The provider.
        provider: &'a str,
        /// Way in which the result came.
        how: ResultOrigin,
    },
    /// Something that concerns every call to a provider.
    ProviderSaid {
        /// Notice of the service.
        notice: &'a Notice,
    },
    /// The run ends before its work does; whatever was under way is finished.
    Stopped {
        /// Reason, as a sentence.
        reason: &'a str,
    },
    /// Everything is recorded and synced.
    Ended {
        /// Summary of the run.
        summary: &'a Summary,
    },
}

/// Is told what happens, from any thread.
pub trait Observer: Sync {
    /// Takes notice of an event. It is called in the middle of the work and should return
    /// soon.
    fn notice(&self, event: &Event<'_>);
}

/// An observer that looks away.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn notice(&self, _: &Event<'_>) {}
}
