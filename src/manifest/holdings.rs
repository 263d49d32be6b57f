//! Tells beforehand what would be paid, from the calls and results that there are.

use crate::error::Class;
use crate::manifest::CallEntry;
use crate::manifest::CallStatus;
use crate::manifest::Calls;
use crate::manifest::PayAgain;
use crate::providers::Call;
use crate::providers::CallKey;
use crate::providers::Canvas;
use crate::providers::Usd;
use crate::storage::Cache;
use crate::storage::CacheFault;

/// Records and results of all calls, and the kinds of calls that may be paid once more.
/// [`ManifestLedger`](crate::manifest::ManifestLedger) decides by the same rules.
#[derive(Debug, Clone)]
pub struct Holdings<'a> {
    calls: &'a Calls,
    cache: Cache,
    again: PayAgain,
}

impl<'a> Holdings<'a> {
    /// Makes them of what the manifest and the cache hold.
    #[must_use]
    pub fn new(calls: &'a Calls, cache: Cache, again: PayAgain) -> Self {
        Holdings { calls, cache, again }
    }

    /// Canvases whose results can stand for this call's and are there, or were asked for and may come.
    #[must_use]
    pub fn canvases(&self, call: &Call) -> Vec<Canvas> {
        let serving =
            self.calls.serving(call).filter(|(key, entry)| usable(&self.cache, self.again, *key, entry).is_ok());
        serving.map(|(_, entry)| entry.canvas).collect()
    }

    /// Tells whether a run would pay for this call. One that is `renewed` is not served by a result of
    /// before.
    #[must_use]
    pub fn is_due(&self, call: &Call, is_renewed: bool) -> bool {
        let attempts = self.calls.attempts(call);
        let serves = |key: CallKey, entry: &CallEntry| match &entry.status {
            CallStatus::Finished { .. } => {
                !is_renewed && !entry.is_turned(call) && usable(&self.cache, self.again, key, entry).is_ok()
            }
            CallStatus::Submitted(_) => true,
            CallStatus::Intended | CallStatus::Unknown(_) => self.cache.find(key).is_some(),
            CallStatus::Failed { .. } => false,
        };
        let last = attempts.last().map(|(_, _, last)| last.attempt);
        let may = |entry: &CallEntry| may_be_paid_again(entry, Some(entry.attempt) == last, self.again);
        attempts.iter().all(|(_, key, entry)| !serves(*key, entry) && may(entry))
    }
}

/// Looks whether the result of a finished call can be used. What may be bought again is compared byte for
/// byte, so that damage is found before it is needed.
///
/// # Errors
/// Says how it is damaged or missing.
pub(super) fn usable(cache: &Cache, again: PayAgain, key: CallKey, entry: &CallEntry) -> Result<(), CacheFault> {
    match &entry.status {
        CallStatus::Finished { ext, bytes, hash, .. } if again.repay => cache.check(key, ext, *bytes, *hash),
        CallStatus::Finished { ext, bytes, .. } => cache.look(key, ext, *bytes),
        _ => Ok(()),
    }
}

/// Tells whether the user allows to pay for a call though this attempt of it was made. Of failures
/// only the last one counts; what may have been accepted, or was paid for, counts for ever. By itself
/// only that is tried again which surely cost nothing, for a reason that passes; what was received and
/// cannot be used was paid for like a result.
pub(super) fn may_be_paid_again(attempt: &CallEntry, is_last: bool, again: PayAgain) -> bool {
    match &attempt.status {
        CallStatus::Finished { .. } => again.repay,
        CallStatus::Intended | CallStatus::Submitted(_) | CallStatus::Unknown(_) => again.retry_unknown,
        CallStatus::Failed { .. } if !is_last => true,
        // A class that only a newer version knows may be one that lasts; paying can wait.
        CallStatus::Failed { class: Some(Class::BadOutput), .. } => again.repay,
        CallStatus::Failed { class, cost, .. } => {
            let passes = class.is_some_and(|class| !class.is_permanent()) && *cost == Some(Usd::ZERO);
            again.retry_failed || passes
        }
    }
}
