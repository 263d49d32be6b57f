//! The rules of money, as a contract: what must be recorded before and after a paid request.
//!
//! Engines define it and the manifest implements it. It is no observer: it is asked, and it can
//! refuse. The order is part of the types: a [`CallLock`] is needed to intend, only an [`OpenCall`]
//! call can be submitted, and finishing it takes the [`OpenCall`] away.
//!
//! ```text
//! standing ─ New(turn) ─ intend ─▶ Open ─ (the paid request) ─ submitted ─ (polls) ─▶ finished
//!          ├ InFlight(open): poll                                                  ├▶ failed
//!          ├ Done(cached): read                                                    └▶ unknown
//!          ├ BeingMade(waiting): wait, holding nothing
//!          └ Unknown, Lost, Failed: pay nothing
//! ```
//!
//! Every method but [`Ledger::read`] may wait for the disk for some milliseconds; async code
//! calls them where blocking is allowed.

mod call;
mod call_locks;
mod usd;

use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::providers::Job;

pub use call::Call;
pub use call::CallKey;
pub use call::OUTPAINT;
pub use call_locks::CallLock;
pub use call_locks::CallLocks;
pub use call_locks::CallWait;
pub use usd::Usd;
pub use usd::UsdError;

/// Records paid calls and keeps their results; used by any number of threads.
pub trait Ledger: Send + Sync {
    /// Returns the state of a call, and with it what may be done. Which attempt is meant, the ledger
    /// knows: it follows what the user allowed to be paid again.
    ///
    /// # Errors
    /// If the ledger is broken.
    fn state_of(&self, call: &Call) -> Result<CallState, LedgerError>;

    /// Reserves the highest cost and records that the call is about to be submitted; both are
    /// on the disk when this returns. The request may be sent from here on, and not before.
    /// Tasks that wait for a refused call get the refusal.
    ///
    /// # Errors
    /// [`SubmitRefusal`]: the request must not be sent.
    fn intend(&self, lock: CallLock, quote: &Quote) -> Result<OpenCall, SubmitRefusal>;

    /// Records how the result can be asked for; it is on the disk when this returns. To be
    /// called before the first poll, and again whenever the captured strings change.
    ///
    /// # Errors
    /// If it could not be recorded; this run may still poll, a later one cannot.
    fn submitted(&self, open: &mut OpenCall, job: Job) -> Result<(), LedgerError>;

    /// Keeps the result's bytes, whatever they are, and records that the call is finished;
    /// both are on the disk when this returns. `cost` is what the provider says; without it
    /// the expected cost counts. To be called before anything is made of the bytes; that they
    /// are a whole picture is all that is looked at before.
    ///
    /// # Errors
    /// If it could not be kept or recorded. The call is then in flight: the next run polls it.
    fn finished(&self, open: OpenCall, result: &[u8], cost: Option<Usd>) -> Result<CachedResult, LedgerError>;

    /// Records that the call surely has no result, or was surely not accepted. `cost` is zero
    /// if surely nothing was paid; without it the highest cost stays counted as spent.
    ///
    /// # Errors
    /// If it could not be recorded.
    fn failed(&self, open: OpenCall, failure: &Failure, cost: Option<Usd>) -> Result<(), LedgerError>;

    /// Records that it is unknown whether the call was accepted. It stays reserved at its
    /// highest cost and is not submitted again by itself. Dropping an [`OpenCall`] without a job
    /// says the same in silence.
    ///
    /// # Errors
    /// If it could not be recorded; it counts as unknown all the same.
    fn unknown(&self, open: OpenCall, why: &str) -> Result<(), LedgerError>;

    /// Keeps bytes that came for a call and are no result: the reply to a submit that names no job, or what should have
    /// been the picture. Returns their place in words for messages; none if they cannot be kept.
    fn keep(&self, _open: &OpenCall, _bytes: &[u8]) -> Option<String> {
        None
    }

    /// Reads the bytes of a result, and compares them with their digest.
    ///
    /// # Errors
    /// If they are not there, or are not what was recorded: the result is lost, though paid
    /// for. [`Ledger::state_of`] says from then on what that means.
    fn read(&self, cached: &CachedResult) -> Result<Vec<u8>, LedgerError>;
}

/// State of a call.
#[derive(Debug)]
pub enum CallState {
    /// It may be made.
    New(CallLock),
    /// It was submitted and its result not seen: poll, do not submit.
    InFlight(OpenCall),
    /// Its result is in the cache.
    Done(CachedResult),
    /// It is unknown whether it was accepted. Only `--retry-unknown` submits it again.
    Unknown(SpentCall),
    /// It was paid for and its result is gone; the line says how. Only `--repay` buys again.
    Lost(SpentCall, String),
    /// It failed, for a reason that lasts or in this very run, and is not tried again.
    Failed(CallFailure),
    /// Another task of this run makes it.
    BeingMade(CallWait),
}

/// A call for which money counts as spent, though there is nothing to show for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpentCall {
    /// The key of the attempt.
    pub key: CallKey,
    /// Time at which it was intended, as RFC 3339 in UTC.
    pub at: String,
    /// Sum that counts as spent.
    pub cost: Usd,
    /// Tells whether the provider gave it a name.
    pub has_job: bool,
}

/// Cost that a call will have.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quote {
    /// Expected cost; `None` if it is not known.
    pub expected: Option<Usd>,
    /// Highest cost; `None` if it is not known, and then the call is refused.
    pub highest: Option<Usd>,
    /// The same in the provider's own credits, for people.
    pub credits: Option<f64>,
}

impl Quote {
    /// Returns the cost of both together.
    #[must_use]
    pub fn and(self, other: Quote) -> Self {
        let both = |a: Option<Usd>, b: Option<Usd>| Some(a? + b?);
        Quote {
            expected: both(self.expected, other.expected),
            highest: both(self.highest, other.highest),
            credits: self.credits.zip(other.credits).map(|(a, b)| a + b),
        }
    }

    /// Returns the quote with the pipeline's `price:`, if there is one, in the place of what the descriptor says. It
    /// then counts as expected and as highest.
    #[must_use]
    pub fn or_price(self, price: Option<Usd>) -> Self {
        match price {
            Some(_) => Quote { expected: price, highest: price, ..self },
            None => self,
        }
    }
}

/// A call whose intent is recorded. Dropped, it is in flight if it has a job, else unknown.
#[derive(Debug)]
#[must_use]
pub struct OpenCall {
    lock: CallLock,
    job: Option<Job>,
    asked_again: bool,
}

impl OpenCall {
    /// Makes the open call of this turn, whose intent is recorded; for ledgers.
    pub fn new(lock: CallLock, job: Option<Job>) -> Self {
        OpenCall { lock, job, asked_again: false }
    }

    /// Makes the open call of one that came to nothing, whose job is asked once more before another is bought; for
    /// ledgers.
    pub fn asked_again(lock: CallLock, job: Job) -> Self {
        OpenCall { lock, job: Some(job), asked_again: true }
    }

    /// Tells whether it came to nothing before, and only its job is asked once more.
    #[must_use]
    pub fn is_asked_again(&self) -> bool {
        self.asked_again
    }

    /// Gives the turn back. Tasks that waited may ask the ledger again.
    pub fn leave(mut self) {
        self.lock.tell(&CallOutcome::Left);
    }

    /// Notes that the job is recorded; for ledgers.
    pub fn set_job(&mut self, job: Job) {
        self.job = Some(job);
    }

    /// Passes the outcome on to the waiting tasks; for ledgers.
    pub fn settle(mut self, outcome: &CallOutcome) {
        self.lock.tell(outcome);
    }

    /// Returns the attempt's key.
    #[must_use]
    pub fn key(&self) -> CallKey {
        self.lock.key()
    }

    /// Returns the values by which the result is asked for, if the call was submitted.
    #[must_use]
    pub fn job(&self) -> Option<&Job> {
        self.job.as_ref()
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let outcome = if self.job.is_some() { CallOutcome::StillRunning } else { CallOutcome::Unknown };
        self.lock.tell(&outcome);
    }
}

/// A result in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachedResult {
    /// The key of the call that paid for it.
    pub key: CallKey,
    /// Its size in bytes.
    pub bytes: u64,
    /// The digest of its bytes.
    pub hash: Digest,
}

/// A call that surely has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFailure {
    /// The class; none if a newer recanvas named one that this one does not know.
    pub class: Option<Class>,
    /// Message that says what was wrong.
    pub message: String,
    /// Cost in USD; `None` if it is not known.
    pub cost: Option<Usd>,
}

/// Outcome of a call that another task made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallOutcome {
    /// Its result is in the cache.
    Finished(CachedResult),
    /// It has no result.
    Failed(CallFailure),
    /// It may have been accepted.
    Unknown,
    /// It was submitted and is still running; the next run polls it.
    StillRunning,
    /// It was refused before it was sent.
    Refused(SubmitRefusal),
    /// It was not made. Tasks that waited may ask the ledger again.
    Left,
}

/// Reason for which a call must not be submitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitRefusal {
    /// It could cost more than is left.
    #[error("could cost {highest} USD, and {spent} of the {cap} USD of {name} are spent or reserved")]
    OverBudget {
        /// Option that sets the cap, like `--max-cost`.
        name: &'static str,
        /// The cap.
        cap: Usd,
        /// Sum of it that is spent or reserved.
        spent: Usd,
        /// Highest cost of the call.
        highest: Usd,
    },
    /// Its highest cost is unknown.
    #[error("the price of {provider} is not known: give `price:` beside `use: {provider}` in the pipeline")]
    PriceUnknown {
        /// The provider.
        provider: String,
    },
    /// The disk has no room for what would come of it.
    #[error(
        "the disk of the state folder has {free} bytes left, and {needed} are kept free for records and results: nothing is submitted"
    )]
    NoRoom {
        /// Bytes that are free.
        free: u64,
        /// Bytes that this call and those in flight may need.
        needed: u64,
    },
    /// The run is stopping; the line says why.
    #[error("no call is submitted any more: {0}")]
    Stopped(String),
}

impl SubmitRefusal {
    /// Returns the class of the tasks that needed the call.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            SubmitRefusal::NoRoom { .. } => Class::DiskFull,
            SubmitRefusal::OverBudget { .. } | SubmitRefusal::PriceUnknown { .. } | SubmitRefusal::Stopped(_) => {
                Class::Provider
            }
        }
    }
}

/// The ledger could not do what it must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LedgerError(pub String);
