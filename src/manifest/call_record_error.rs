//! Errors of records of calls that do not fit those before them.

use crate::manifest::MonthError;
use crate::providers::CallKey;
use crate::providers::LedgerError;

/// Error of a record of a call that does not fit those before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallRecordError {
    /// Its month cannot be told.
    #[error(transparent)]
    Time(#[from] MonthError),
    /// Its intent is recorded already.
    #[error("the call {0} is intended a second time")]
    Repeated(CallKey),
    /// Its intent is not recorded.
    #[error("the call {0} has no call_intent")]
    NoIntent(CallKey),
}

impl From<CallRecordError> for LedgerError {
    fn from(error: CallRecordError) -> Self {
        LedgerError(error.to_string())
    }
}
