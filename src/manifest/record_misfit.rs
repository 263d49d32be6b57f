//! Errors of records that do not fit those before them.

use crate::manifest::call_record_error::CallRecordError;
use crate::manifest::paths::TooManyPaths;

/// Error of a record that does not fit those before it.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordMisfit {
    /// It comes before the first run.
    #[error("the manifest does not begin with a run")]
    NoRun,
    /// It does not name the options of its task.
    #[error("missing field `resolved`")]
    NoOptions,
    /// Revisions, of an output or a failure, that are not told by names and numbers.
    #[error("`made_by`: {0}")]
    MadeBy(#[from] serde_json::Error),
    /// Neither it nor a record before it says what the source of its task was.
    #[error("no record before it says what its source was")]
    NoSource,
    /// There is no room for its path.
    #[error(transparent)]
    Full(#[from] TooManyPaths),
    /// It is of a call, and does not fit the calls before it.
    #[error(transparent)]
    Call(#[from] CallRecordError),
}
