//! Finds the state of a needed call in the records and the cache.

use std::ops::Deref;

use crate::error::Class;
use crate::manifest::CallEntry;
use crate::manifest::CallStatus;
use crate::manifest::Journal;
use crate::manifest::ManifestLedger;
use crate::manifest::PayAgain;
use crate::manifest::holdings::may_be_paid_again;
use crate::manifest::holdings::usable;
use crate::providers::CachedResult;
use crate::providers::Call;
use crate::providers::CallFailure;
use crate::providers::CallKey;
use crate::providers::CallLock;
use crate::providers::CallState;
use crate::providers::Job;
use crate::providers::LedgerError;
use crate::providers::OpenCall;
use crate::providers::Quote;
use crate::providers::SpentCall;
use crate::providers::Usd;
use crate::storage::CacheFault;

/// Reason for which a result that was paid for cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum ResultLoss {
    /// Says that what is kept of it is not what came.
    #[error(transparent)]
    Kept(#[from] CacheFault),
    /// The source was seen otherwise for it.
    #[error("its result shows the source as it was turned by an earlier version")]
    Turned,
}

/// One attempt of a call.
struct Attempt {
    /// The call as it was asked for.
    call: Call,
    key: CallKey,
    number: u32,
    entry: CallEntry,
    /// Set where it was begun or ended in this run: nothing is paid again in the same run.
    is_fresh: bool,
    lost: Option<ResultLoss>,
}

/// Returns the state of a call. A later attempt is only ever begun when those before it came to nothing or were to be
/// paid again, so the latest that has a result, or may still bring one, counts.
pub(super) fn of<J: Deref<Target = Journal>>(
    ledger: &ManifestLedger<J>,
    call: &Call,
) -> Result<CallState, LedgerError> {
    let lock = match ledger.locks.take(call) {
        Ok(lock) => lock,
        Err(waiting) => {
            ledger.lock().reused += 1;
            return Ok(CallState::BeingMade(waiting));
        }
    };
    // The lock is held from here on, so that no other task of this run can begin the call between look and intent.
    let is_renewed = ledger.lock().renewed.contains(&call.key(0));
    let mut attempts = attempts(ledger, call);
    for attempt in attempts.iter_mut().rev() {
        let key = attempt.key;
        match &attempt.entry.status {
            CallStatus::Finished { .. } if is_renewed && !attempt.is_fresh => {}
            CallStatus::Finished { bytes, hash, .. } => {
                let usable = || usable(&ledger.cache, ledger.rules.again, key, &attempt.entry);
                attempt.lost = attempt.lost.take().or_else(|| usable().err().map(ResultLoss::from));
                if attempt.entry.is_turned(call) {
                    attempt.lost.get_or_insert(ResultLoss::Turned);
                }
                if attempt.lost.is_none() {
                    ledger.lock().reused += 1;
                    return Ok(CallState::Done(CachedResult { key, bytes: *bytes, hash: *hash }));
                }
            }
            CallStatus::Intended | CallStatus::Submitted(_) | CallStatus::Unknown(_) => {
                // The run died between keeping the result and recording it.
                if let Some(kept) = ledger.cache.find(key) {
                    ledger.lock().resumed += 1;
                    return ledger.record_finished(key, kept, None).map(CallState::Done);
                }
                if let CallStatus::Submitted(job) = &attempt.entry.status {
                    ledger.lock().resumed += u64::from(!attempt.is_fresh);
                    return Ok(CallState::InFlight(OpenCall::new(
                        lock.at(&attempt.call, attempt.number),
                        Some(job.clone()),
                    )));
                }
            }
            CallStatus::Failed { .. } => {}
        }
    }
    let Some(last) = attempts.last() else { return unrecorded(ledger, call, lock, is_renewed) };
    let again = ledger.rules.again;
    if let Some((attempt, job)) = attempts.iter().rev().find_map(|attempt| Some((attempt, named(attempt, again)?)))
        // Once in a run: a second time it would answer the same.
        && ledger.lock().asked_again.insert(attempt.key)
    {
        return Ok(CallState::InFlight(OpenCall::asked_again(lock.at(&attempt.call, attempt.number), job)));
    }
    let next = last.number + 1;
    // Attempts before the last count too: one of unknown fate may have been charged.
    // Of failures only the last one counts, also of this run; all else is not paid twice in one run.
    let may = |attempt: &Attempt| {
        let is_last = attempt.number + 1 == next;
        let is_over = !is_last && matches!(attempt.entry.status, CallStatus::Failed { .. });
        may_be_paid_again(&attempt.entry, is_last, again) && (is_over || !attempt.is_fresh)
    };
    let obstacle = attempts.iter().rev().find(|attempt| !may(attempt));
    match obstacle {
        Some(attempt) => Ok(told(attempt)),
        None => Ok(CallState::New(lock.at(call, next))),
    }
}

/// Returns the job of an attempt that came to nothing in an earlier run, though it was accepted by name: it is asked
/// once more before anything is bought.
fn named(attempt: &Attempt, again: PayAgain) -> Option<Job> {
    let is_asked = match attempt.entry.status {
        CallStatus::Finished { .. } => again.repay && matches!(attempt.lost, Some(ResultLoss::Kept(_))),
        CallStatus::Failed { class: Some(Class::BadOutput), .. } => again.repay || again.retry_failed,
        CallStatus::Failed { .. } => again.retry_failed,
        CallStatus::Unknown(_) => again.retry_unknown,
        CallStatus::Intended | CallStatus::Submitted(_) => false,
    };
    attempt.entry.job.clone().filter(|_| is_asked && !attempt.is_fresh)
}

/// Returns the state of a call of which nothing is recorded. If its result is in the cache all the same, the manifest
/// was moved away, and it was paid for: it is recorded as a call that cost nothing now.
fn unrecorded<J: Deref<Target = Journal>>(
    ledger: &ManifestLedger<J>,
    call: &Call,
    lock: CallLock,
    is_renewed: bool,
) -> Result<CallState, LedgerError> {
    let earlier = call.earlier_revisions().map(|revision| call.at_revision(revision));
    let mut asked = std::iter::once(call.clone()).chain(earlier).take_while(|_| !is_renewed);
    let Some((asked, kept)) = asked.find_map(|asked| ledger.cache.find(asked.key(0)).map(|kept| (asked, kept))) else {
        return Ok(CallState::New(lock));
    };
    // Nor is it known how the source was turned for it.
    let lock = lock.at(&Call { orientation: None, ..asked }, 0);
    let quote = Quote { expected: Some(Usd::ZERO), highest: Some(Usd::ZERO), credits: None };
    ledger.record_intent(&lock, &quote).map_err(|refusal| LedgerError(refusal.to_string()))?;
    ledger.lock().resumed += 1;
    ledger.record_finished(lock.key(), kept, None).map(CallState::Done)
}

fn attempts<J: Deref<Target = Journal>>(ledger: &ManifestLedger<J>, call: &Call) -> Vec<Attempt> {
    let inner = ledger.lock();
    let attempt = |(call, key, entry): (Call, CallKey, &CallEntry)| {
        let is_fresh = *entry.run == *ledger.rules.run || inner.ended.contains(&key);
        let (number, lost) = (entry.attempt, inner.lost.get(&key).cloned().map(ResultLoss::from));
        Attempt { call, key, number, entry: entry.clone(), is_fresh, lost }
    };
    inner.calls.attempts(call).into_iter().map(attempt).collect()
}

fn told(attempt: &Attempt) -> CallState {
    let entry = &attempt.entry;
    let paid =
        SpentCall { key: attempt.key, at: entry.at.to_string(), cost: entry.spent(), has_job: entry.job.is_some() };
    match &entry.status {
        CallStatus::Finished { .. } => {
            let how = attempt.lost.as_ref().map(ResultLoss::to_string);
            CallState::Lost(paid, how.unwrap_or_default())
        }
        CallStatus::Failed { class, message, cost } => {
            // Earlier versions took a job that failed for an outage, and bought it again.
            let is_settled = *cost != Some(Usd::ZERO) && *class == Some(Class::Provider);
            CallState::Failed(failure(if is_settled { Some(Class::Rejected) } else { *class }, message, *cost))
        }
        CallStatus::Intended | CallStatus::Submitted(_) | CallStatus::Unknown(_) => CallState::Unknown(paid),
    }
}

pub(super) fn failure(class: Option<Class>, message: &str, cost: Option<Usd>) -> CallFailure {
    CallFailure { class, message: message.to_owned(), cost }
}
