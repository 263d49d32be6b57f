//! Ends calls: for the task, and for the ledger.

use crate::error::Class;
use crate::error::Failure;
use crate::providers::CachedResult;
use crate::providers::CallFailure;
use crate::providers::CallLock;
use crate::providers::CallOutcome;
use crate::providers::Ledger;
use crate::providers::LedgerError;
use crate::providers::OpenCall;
use crate::providers::ResultOrigin;
use crate::providers::SubmitRefusal;
use crate::providers::Usd;
use crate::providers::client::CallEnd;
use crate::providers::client::NoPicture;
use crate::providers::client::NoReply;
use crate::providers::client::RequestPurpose;

/// A call with its result in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeCall {
    /// The result.
    pub cached: CachedResult,
    /// Way by which the result came there.
    pub how: ResultOrigin,
    /// Cost that this task adds, as far as it is known.
    pub cost: Option<Usd>,
}

/// A call without a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnmadeCall {
    /// Surely nothing is running and nothing will come: another engine may take over.
    #[error("{0}")]
    Failed(Failure),
    /// It was refused by a code of HTTP that says nothing of the picture: one picture may be meant, or
    /// every one. The failure is the one for the first case.
    #[error("{failure}")]
    Doubtful {
        /// The failure if the trouble is with this picture and not with the provider.
        failure: Failure,
        /// Counts the calls that the provider had taken by then; see
        /// [`Service::taken`](crate::providers::client::Service::taken).
        taken: u64,
    },
    /// It may have been accepted, is still running, was paid for, or the run is stopping: no
    /// other engine may be paid for the same picture.
    #[error("{0}")]
    Held(Failure),
    /// The ledger did not let it be submitted; nothing was paid.
    #[error("{0}")]
    Refused(SubmitRefusal),
}

impl UnmadeCall {
    /// Tells whether the next engine of a list may be asked for the picture.
    #[must_use]
    pub fn may_fall_through(&self) -> bool {
        matches!(self, UnmadeCall::Failed(_) | UnmadeCall::Doubtful { .. })
    }

    /// Returns the failure that the task records. Calls that were refused are tried by the next run.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            UnmadeCall::Failed(failure) | UnmadeCall::Held(failure) | UnmadeCall::Doubtful { failure, .. } => {
                failure.clone()
            }
            UnmadeCall::Refused(refusal) => Failure::new(refusal.class(), refusal.to_string()),
        }
    }
}

impl From<LedgerError> for UnmadeCall {
    fn from(error: LedgerError) -> Self {
        UnmadeCall::Held(Failure::new(Class::Io, error.0))
    }
}

/// Hold of a call that ends on the ledger.
pub(super) enum Hold {
    /// The right to make it; nothing is recorded.
    Lock(CallLock),
    /// Its intent is recorded, perhaps its job.
    Open(OpenCall),
}

impl Hold {
    pub(super) fn has_job(&self) -> bool {
        matches!(self, Hold::Open(open) if open.job().is_some())
    }
}

/// Last request, as far as it is known.
#[derive(Debug)]
pub(super) enum Last {
    /// There was none.
    Nothing,
    /// It got no reply.
    Lost(NoReply, String),
    /// It got a reply with this HTTP code.
    Replied(u16),
}

impl Last {
    /// Tells whether a submit that ended like this was surely not accepted, given that the machine does not say that
    /// it may have been.
    fn is_refusal(&self) -> bool {
        match self {
            Last::Nothing | Last::Lost(NoReply::NeverSent, _) => true,
            Last::Lost(..) => false,
            Last::Replied(status) => *status >= 400,
        }
    }

    /// Returns the HTTP code of the reply, if there was one.
    pub(super) fn status(&self) -> Option<u16> {
        if let Last::Replied(status) = self { Some(*status) } else { None }
    }
}

/// Cost of a call without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    /// Nothing, for sure.
    Free,
    /// It was accepted; whether it is charged is not said.
    Charged,
    /// It is not known whether it was accepted, or whether it has a result.
    Unknown,
    /// It is still running.
    Running,
}

impl Account {
    /// Returns the account of a call that ended like this.
    pub(super) fn of_failed(hold: &Hold, stage: RequestPurpose, last: &Last, failed: &NoPicture) -> Account {
        // Whatever its code of HTTP is: nothing was accepted without a key or credit, above the limit of requests, or
        // at a wrong address.
        let is_refusal = match failed.outcome {
            CallEnd::Quota | CallEnd::Auth | CallEnd::RateLimited | CallEnd::Transient => true,
            outcome => matches!(outcome, CallEnd::WrongAddress | CallEnd::Refused),
        };
        match hold {
            // Its job is known, and cannot be asked for.
            Hold::Open(_) if failed.outcome == CallEnd::Unknown => Account::Unknown,
            Hold::Open(_) if !hold.has_job() && !failed.open && is_refusal => Account::Free,
            _ => Account::of(hold, stage, last, failed.open),
        }
    }

    /// Returns the account of a call that stops at this stage; `is_open` if the machine says that it may still be, or
    /// become, one that is paid.
    pub(super) fn of(hold: &Hold, stage: RequestPurpose, last: &Last, is_open: bool) -> Account {
        match hold {
            Hold::Lock(_) => Account::Free,
            Hold::Open(_) if hold.has_job() => {
                if is_open {
                    Account::Running
                } else {
                    Account::Charged
                }
            }
            Hold::Open(_) if is_open => Account::Unknown,
            Hold::Open(_) if stage == RequestPurpose::Submit && last.is_refusal() => Account::Free,
            Hold::Open(_) => Account::Charged,
        }
    }

    /// Returns the account of a call that is given up at this stage though it could go on.
    pub(super) fn of_given_up(hold: &Hold, stage: RequestPurpose, last: &Last) -> Account {
        let is_free = stage == RequestPurpose::Submit && last.is_refusal();
        Account::of(hold, stage, last, !is_free)
    }
}

/// Returns the class of a call that ended without a picture.
pub(super) fn class_of(failed: &NoPicture, last: &Last) -> Class {
    match failed.outcome {
        // No picture of this size or kind can be brought there.
        CallEnd::BadInput | CallEnd::Refused if failed.stage == RequestPurpose::Upload => Class::Unreachable,
        // A job that failed would fail again, and be paid again.
        CallEnd::Failed if failed.stage != RequestPurpose::Upload => Class::Rejected,
        CallEnd::Rejected | CallEnd::BadInput | CallEnd::Refused => Class::Rejected,
        CallEnd::BadOutput => Class::BadOutput,
        CallEnd::Unknown => Class::UnknownCall,
        CallEnd::Transient if matches!(last, Last::Lost(..)) => Class::Network,
        CallEnd::Quota
        | CallEnd::Auth
        | CallEnd::WrongAddress
        | CallEnd::RateLimited
        | CallEnd::Transient
        | CallEnd::Failed
        | CallEnd::Unfinished
        | CallEnd::Gone => Class::Provider,
    }
}

/// Records that a call ends without a result, and says what that means for its task. Waits for
/// the disk.
pub(super) fn close(ledger: &dyn Ledger, hold: Hold, account: Account, failure: Failure) -> UnmadeCall {
    let recorded = match hold {
        // The run is stopping: a task that waits for this call asks again, and gets the same answer.
        Hold::Lock(_) if failure.class == Class::Interrupted => Ok(()),
        Hold::Lock(lock) => {
            let told =
                CallFailure { class: Some(failure.class), message: failure.message.clone(), cost: Some(Usd::ZERO) };
            lock.settle(&CallOutcome::Failed(told));
            Ok(())
        }
        // How it ended before stays what is recorded.
        Hold::Open(open) if open.is_asked_again() && account != Account::Running => {
            open.leave();
            return UnmadeCall::Failed(failure);
        }
        Hold::Open(open) => match account {
            Account::Free => ledger.failed(open, &failure, Some(Usd::ZERO)),
            Account::Charged => ledger.failed(open, &failure, None),
            Account::Unknown => ledger.unknown(open, &failure.message),
            // Dropped with its job, it is in flight.
            Account::Running => Ok(()),
        },
    };
    match (recorded, account) {
        (Err(error), _) => error.into(),
        (Ok(()), Account::Unknown) => UnmadeCall::Held(Failure { class: Class::UnknownCall, ..failure }),
        (Ok(()), Account::Running) => UnmadeCall::Held(failure),
        (Ok(()), _) if failure.class == Class::Interrupted => UnmadeCall::Held(failure),
        (Ok(()), Account::Free | Account::Charged) => UnmadeCall::Failed(failure),
    }
}
