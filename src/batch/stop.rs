//! Stopping a run from outside or from within.

use std::sync::Mutex;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use crate::locks::lock;
use crate::locks::read;
use crate::locks::write;

/// Reason for which a run ends before its work does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// A signal, by its number: 2 for SIGINT, 15 for SIGTERM.
    Signal(u8),
    /// The manifest cannot be written any more; the text says why.
    Fatal(String),
    /// As many tasks failed as the run allows.
    Failures,
    /// Paid calls could have cost more than is allowed; the text says what. Work that costs
    /// nothing was done.
    Cost(String),
    /// The run took as long as it may.
    Duration,
}

impl StopReason {
    /// Returns the reason as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            StopReason::Signal(_) => "stopped by a signal; running work is finished, run again to go on".into(),
            StopReason::Fatal(why) => format!("stopped: {why}"),
            StopReason::Failures => "stopped by the failure limit".into(),
            StopReason::Cost(what) => format!("stopped by the cost limit: {what}"),
            StopReason::Duration => "stopped by the duration limit; run again to go on".into(),
        }
    }

    /// Returns the reason as a sentence, where a run ends before it knows what there is to do.
    #[must_use]
    pub(super) fn sentence_while_planning(&self) -> String {
        match self {
            StopReason::Duration => {
                "stopped by the duration limit while planning: nothing was made; planning begins anew with each run, so \
                 allow more time"
                    .into()
            }
            other => other.sentence(),
        }
    }
}

/// A switch that ends a run, shared between threads.
///
/// [`Stop::request`] lets running work finish. [`Stop::seal`] makes sure that nothing becomes
/// visible afterwards, so that a process may exit while work still runs.
#[derive(Debug, Default)]
pub struct Stop {
    requested: AtomicBool,
    reason: Mutex<Option<StopReason>>,
    sealed: RwLock<bool>,
}

impl Stop {
    /// Makes a switch that has not been used.
    #[must_use]
    pub fn new() -> Self {
        Stop::default()
    }

    /// Asks the run to admit no more work. A stronger reason replaces a weaker one: a signal,
    /// then a broken manifest, the failure limit, the cost limit, the duration limit.
    pub fn request(&self, reason: StopReason) {
        let rank = |reason: &StopReason| match reason {
            StopReason::Signal(_) => 4,
            StopReason::Fatal(_) => 3,
            StopReason::Failures => 2,
            StopReason::Cost(_) => 1,
            StopReason::Duration => 0,
        };
        let mut kept = lock(&self.reason);
        if kept.as_ref().is_none_or(|known| rank(&reason) > rank(known)) {
            *kept = Some(reason);
        }
        self.requested.store(true, Ordering::Release);
    }

    /// Tells whether the run was asked to stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    /// Returns the reason, if it was stopped.
    #[must_use]
    pub fn reason(&self) -> Option<StopReason> {
        lock(&self.reason).clone()
    }

    /// Forbids that anything gets its final name from the return of this call on.
    pub fn seal(&self) {
        *write(&self.sealed) = true;
    }

    /// Returns the permission to make something visible, to be held while doing so; none once sealed.
    pub(super) fn permit(&self) -> Option<RwLockReadGuard<'_, bool>> {
        let guard = read(&self.sealed);
        (!*guard).then_some(guard)
    }
}

/// Sees when a run is to begin nothing more: it was asked to stop, or its time is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct StopConditions<'a> {
    pub(super) stop: &'a Stop,
    begun: Instant,
    most: Option<Duration>,
}

impl<'a> StopConditions<'a> {
    /// Begins, for a run that may take so long.
    pub(super) fn new(stop: &'a Stop, most: Option<Duration>) -> Self {
        StopConditions { stop, begun: Instant::now(), most }
    }

    /// Returns the time since.
    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Tells whether nothing more is to be begun; asks the run to stop if its time is over.
    pub(super) fn is_over(&self) -> bool {
        if self.most.is_some_and(|most| self.elapsed() >= most) {
            self.stop.request(StopReason::Duration);
        }
        self.stop.is_requested()
    }
}
