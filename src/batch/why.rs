//! Reasons for which an output is made or not, and what stays of it.

use std::fmt;
use std::sync::Arc;

use crate::batch::StandIn;
use crate::batch::outdated::NewerParts;
use crate::error::Class;
use crate::pipeline::Newer;

/// Reason for which a task has nothing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skip {
    /// The output is there and up to date.
    Done {
        /// Set where the manifest should vouch anew for unchanged files.
        refresh: bool,
        /// Parts that made it and are newer in this program, if any are: it is outdated.
        outdated: Option<NewerParts>,
        /// The engine that filled its margins, if that was not the first of the list.
        stood_in: Option<Box<StandIn>>,
    },
    /// The user changed the output after it was written; it is kept.
    Modified,
    /// The pipeline's own rules leave it out; the line says which.
    Rule(Box<str>),
}

impl Skip {
    /// Returns the engine that filled the margins, if that was not the first of the list.
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

/// Output or record that stays of a task that cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kept {
    /// Nothing: it is recorded as failed.
    Nothing,
    /// Its output, which is there: it is as done as before.
    Output,
    /// The record of its output, which is gone: it is done again if the output comes back, as from a
    /// backup, and until then every run tries to make it. A failure of a paid call is recorded all the same.
    Record,
}

/// Reason for which an output is made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It was never made.
    New,
    /// The source is another than it was.
    Source,
    /// Options differ; the lines say which, as far as the manifest knows.
    Options(Arc<[String]>),
    /// It is outdated, and the run is to renew what is.
    Outdated(NewerParts),
    /// The output is gone.
    Missing,
    /// The output is not what was written: the machine failed, or the user changed it and the
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

    /// Returns the output or record that stays of the task if it cannot be made.
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

/// Returns the newer parts on one line: `newer: resize 2 → 3, decoder.png 3 → 4`.
pub(crate) fn newer_words(newer: &[Newer]) -> String {
    let parts: Vec<String> = newer.iter().map(Newer::to_string).collect();
    format!("newer: {}", parts.join(", "))
}
