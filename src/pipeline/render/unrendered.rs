//! Reasons for which an output cannot be made in memory.

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Failure;
use crate::error::printable;
use crate::pipeline::RowKey;

/// Reason for which an output cannot be made in memory.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Unrendered {
    /// There is no such target, or no such row of it.
    #[error("there is no target {asked}; the pipeline has {targets}")]
    Unknown {
        /// Engine that is asked for.
        asked: String,
        /// Names those that there are.
        targets: String,
    },
    /// By the pipeline's own rules there is nothing to make; the line says which rule.
    #[error("nothing to make: {0}")]
    Skipped(String),
    /// The margins are for a provider to fill, and what is paid has to be recorded.
    #[error(
        "the margins are for the provider `{provider}`, which is asked by a run alone: it keeps a record of what is paid"
    )]
    NeedsLedger {
        /// Provider that would be asked.
        provider: String,
    },
    /// It cannot be made.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Unrendered {
    /// Returns the error of a target, or of a row of it, that does not exist.
    pub(super) fn unknown(target: &str, row: Option<&RowKey>, targets: &[&str]) -> Self {
        let row = row.map(|row| format!(" with the row {}", printable(row.as_str()))).unwrap_or_default();
        let targets: Vec<String> = targets.iter().map(|name| format!("`{name}`")).collect();
        Unrendered::Unknown { asked: format!("`{target}`{row}"), targets: targets.join(", ") }
    }
}

impl From<Unrendered> for Error {
    fn from(unrendered: Unrendered) -> Error {
        let kind = match &unrendered {
            Unrendered::Unknown { .. } => ErrorKind::UnknownTarget,
            Unrendered::Skipped(_) => ErrorKind::Skipped,
            Unrendered::NeedsLedger { .. } => ErrorKind::NeedsLedger,
            Unrendered::Failed(failure) => return failure.clone().into(),
        };
        Error::new(kind, unrendered.to_string())
    }
}
