//! Rules of a run for its paid calls, and counts of what it did with them.

use std::time::SystemTime;

use crate::manifest::Caps;
use crate::providers::Secrets;
use crate::providers::Usd;

/// Calls that the user allows to be paid once more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PayAgain {
    /// `--retry-unknown`: calls of earlier runs that may have been accepted.
    pub retry_unknown: bool,
    /// `--retry-failed`: calls of earlier runs that failed for a reason that lasts.
    pub retry_failed: bool,
    /// `--repay`: finished calls of earlier runs whose results are lost or damaged, or are
    /// [renewed](crate::manifest::ManifestLedger::renew).
    pub repay: bool,
}

/// Rules of a run for its paid calls.
#[derive(Debug, Clone)]
pub struct SpendingRules {
    /// The run's own name, as in its `run_started`.
    pub run: String,
    /// Limits on what may be spent.
    pub caps: Caps,
    /// Calls that may be paid once more.
    pub again: PayAgain,
    /// All keys of providers; nothing that is recorded contains one.
    pub secrets: Secrets,
    /// The clock.
    pub now: fn() -> SystemTime,
}

/// Counts of what a run did with its calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallTotals {
    /// Calls that were intended in this run.
    pub submitted: u64,
    /// Times that a result was there already, or that another task brought it.
    pub reused: u64,
    /// Calls of earlier runs that were polled, or whose results were found in the cache.
    pub resumed: u64,
    /// Jobs of earlier runs that had come to nothing, were asked once more and gave their picture.
    pub recovered: u64,
    /// Calls of this run of which it is not known whether they were accepted.
    pub unknown: u64,
    /// Cost of this run; calls that did not end count at their highest cost.
    pub cost: Usd,
}
