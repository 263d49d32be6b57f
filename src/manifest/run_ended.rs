//! The last record of a run.

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;

use crate::providers::Usd;

/// A run ended in good order; everything before is on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnded<'a> {
    /// The run's own name.
    #[serde(borrow)]
    pub run: Cow<'a, str>,
    /// The exit code.
    pub exit: u8,
    /// Counts of what it did.
    pub totals: Totals,
    /// Providers whose last results could not be used: the next run pays for one call before it begins
    /// others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub useless: Vec<String>,
}

/// Counts of a run's tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// All tasks.
    pub total: u64,
    /// Finished in this run.
    pub done: u64,
    /// Done before.
    pub skipped: u64,
    /// Tried in this run, and failed.
    pub failed: u64,
    /// Of these: finished before, with an output that is gone and could not be made again. They are not
    /// recorded as failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub gone: u64,
    /// Failed before for a reason that lasts, and not tried.
    pub known_failed: u64,
    /// Not come to.
    pub left: u64,
    /// Bytes of all outputs written.
    pub bytes_written: u64,
    /// Milliseconds from start to end.
    pub elapsed_ms: u64,
    /// Paid calls that were submitted.
    pub calls: u64,
    /// Cost of the calls.
    #[serde(rename = "cost_microusd")]
    pub cost: Usd,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
