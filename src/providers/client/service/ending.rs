//! How calls end: for the task, and for the ledger.

use crate::error::Class;
use crate::error::Failure;
use crate::providers::Cached;
use crate::providers::CallFailure;
use crate::providers::CallOutcome;
use crate::providers::How;
use crate::providers::Ledger;
use crate::providers::LedgerError;
use crate::providers::Open;
use crate::providers::Refusal;
use crate::providers::Turn;
use crate::providers::Usd;
use crate::providers::client::Broken;
use crate::providers::client::Failed;
use crate::providers::client::Outcome;
use crate::providers::client::Stage;

/// A call with its result in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The result.
    pub cached: Cached,
    /// How it came there.
    pub how: How,
    /// What this task adds to the costs, as far as it is known.
    pub cost: Option<Usd>,
}

/// A call without a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmade {
    /// Surely nothing is running and nothing will come: another engine may take over.
    #[error("{0}")]
    Failed(Failure),
    /// It was refused by a code of HTTP that says nothing of the picture: one picture may be meant, or
    /// every one. The failure is the one for the first case.
    #[error("{failure}")]
    Doubtful {
        /// Says what it means if this picture is meant.
        failure: Failure,
        /// Counts the calls that the provider had taken by then; see [`Service::taken`](crate::providers::client::Service::taken).
        taken: u64,
    },
    /// It may have been accepted, is still running, was paid for, or the run is stopping: no
    /// other engine may be paid for the same picture.
    #[error("{0}")]
    Held(Failure),
    /// The ledger did not let it be submitted; nothing was paid.
    #[error("{0}")]
    Refused(Refusal),
}

impl Unmade {
    /// Whether the next engine of a list may be asked for the picture.
    #[must_use]
    pub fn may_fall_through(&self) -> bool {
        matches!(self, Unmade::Failed(_) | Unmade::Doubtful { .. })
    }

    /// What the task records. Calls that were refused are tried by the next run.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Unmade::Failed(failure) | Unmade::Held(failure) | Unmade::Doubtful { failure, .. } => failure.clone(),
            Unmade::Refused(refusal) => Failure::new(refusal.class(), refusal.to_string()),
        }
    }
}

impl From<LedgerError> for Unmade {
    fn from(error: LedgerError) -> Self {
        Unmade::Held(Failure::new(Class::Io, error.0))
    }
}

/// What a call that ends holds of the ledger.
pub(super) enum Hold {
    /// The right to make it; nothing is recorded.
    Turn(Turn),
    /// Its intent is recorded, perhaps its job.
    Open(Open),
}

impl Hold {
    pub(super) fn has_job(&self) -> bool {
        matches!(self, Hold::Open(open) if open.job().is_some())
    }
}

/// What is known of the last request.
#[derive(Debug)]
pub(super) enum Last {
    /// There was none.
    Nothing,
    /// It got no reply.
    Lost(Broken, String),
    /// It got a reply with this HTTP code.
    Replied(u16),
}

impl Last {
    /// Whether a submit that ended like this was surely not accepted, given that the machine
    /// does not say that it may have been.
    fn is_refusal(&self) -> bool {
        match self {
            Last::Nothing | Last::Lost(Broken::NeverSent, _) => true,
            Last::Lost(..) => false,
            Last::Replied(status) => *status >= 400,
        }
    }

    /// The HTTP code of the reply, if there was one.
    pub(super) fn status(&self) -> Option<u16> {
        if let Last::Replied(status) = self { Some(*status) } else { None }
    }
}

/// What a call without a result costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    /// Nothing, for sure.
    Free,
    /// It was accepted; whether it is charged is not said.
    Charged,
    /// It is not known whether it was accepted, or what came of it.
    Unknown,
    /// It is still running.
    Running,
}

impl Account {
    /// The account of a call that ended like this.
    pub(super) fn of_failed(hold: &Hold, stage: Stage, last: &Last, failed: &Failed) -> Account {
        // Whatever its code of HTTP is: nothing was taken from who has no key or credit, came too often, or
        // did not find the place.
        let is_refusal = match failed.outcome {
            Outcome::Quota | Outcome::Auth | Outcome::RateLimited | Outcome::Transient => true,
            outcome => matches!(outcome, Outcome::WrongAddress | Outcome::Refused),
        };
        match hold {
            // Its job is known, and cannot be asked for.
            Hold::Open(_) if failed.outcome == Outcome::Unknown => Account::Unknown,
            Hold::Open(_) if !hold.has_job() && !failed.open && is_refusal => Account::Free,
            _ => Account::of(hold, stage, last, failed.open),
        }
    }

    /// The account of a call that stops at this stage; `is_open` if the machine says that it may
    /// still be, or become, one that is paid.
    pub(super) fn of(hold: &Hold, stage: Stage, last: &Last, is_open: bool) -> Account {
        match hold {
            Hold::Turn(_) => Account::Free,
            Hold::Open(_) if hold.has_job() => {
                if is_open {
                    Account::Running
                } else {
                    Account::Charged
                }
            }
            Hold::Open(_) if is_open => Account::Unknown,
            Hold::Open(_) if stage == Stage::Submit && last.is_refusal() => Account::Free,
            Hold::Open(_) => Account::Charged,
        }
    }

    /// The account of a call that is given up at this stage though it could go on.
    pub(super) fn of_given_up(hold: &Hold, stage: Stage, last: &Last) -> Account {
        let is_free = stage == Stage::Submit && last.is_refusal();
        Account::of(hold, stage, last, !is_free)
    }
}

/// The class of a call that ended without a picture.
pub(super) fn class_of(failed: &Failed, last: &Last) -> Class {
    match failed.outcome {
        // No picture of this size or kind can be brought there.
        Outcome::BadInput | Outcome::Refused if failed.stage == Stage::Upload => Class::Unreachable,
        // A job that failed would fail again, and be paid again.
        Outcome::Failed if failed.stage != Stage::Upload => Class::Rejected,
        Outcome::Rejected | Outcome::BadInput | Outcome::Refused => Class::Rejected,
        Outcome::BadOutput => Class::BadOutput,
        Outcome::Unknown => Class::UnknownCall,
        Outcome::Transient if matches!(last, Last::Lost(..)) => Class::Network,
        Outcome::Quota
        | Outcome::Auth
        | Outcome::WrongAddress
        | Outcome::RateLimited
        | Outcome::Transient
        | Outcome::Failed
        | Outcome::Unfinished
        | Outcome::Gone => Class::Provider,
    }
}

/// Records that a call ends without a result, and says what that means for its task. Waits for
/// the disk.
pub(super) fn close(ledger: &dyn Ledger, hold: Hold, account: Account, failure: Failure) -> Unmade {
    let recorded = match hold {
        // The run is stopping: who waits for this call asks again, and learns the same.
        Hold::Turn(_) if failure.class == Class::Interrupted => Ok(()),
        Hold::Turn(turn) => {
            let told =
                CallFailure { class: Some(failure.class), message: failure.message.clone(), cost: Some(Usd::ZERO) };
            turn.settle(&CallOutcome::Failed(told));
            Ok(())
        }
        // How it ended before stays what is recorded.
        Hold::Open(open) if open.is_asked_again() && account != Account::Running => {
            open.leave();
            return Unmade::Failed(failure);
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
        (Ok(()), Account::Unknown) => Unmade::Held(Failure { class: Class::UnknownCall, ..failure }),
        (Ok(()), Account::Running) => Unmade::Held(failure),
        (Ok(()), _) if failure.class == Class::Interrupted => Unmade::Held(failure),
        (Ok(()), Account::Free | Account::Charged) => Unmade::Failed(failure),
    }
}
