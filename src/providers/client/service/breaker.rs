//! Keeps calls from a provider that fails.
//!
//! After several faults in a row, of several calls, nothing is sent for a while; then one
//! request tries, and its fate is that of all: they go on, or the pause doubles.

use std::collections::BTreeSet;
use std::time::Duration;
use std::time::Instant;

/// Faults in a row that stop the traffic.
const FAULTS: usize = 6;
/// Least number of calls that the faults must come from: one alone may be its own fault.
const CALLS: usize = 3;
/// Longest pause.
const LONGEST: Duration = Duration::from_secs(300);

/// The breaker.
#[derive(Debug)]
pub(super) struct Breaker {
    first: Duration,
    patience: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Everything passes.
    Closed { faults: usize, calls: BTreeSet<u64> },
    /// Nothing passes.
    Open { until: Instant, outage: Outage },
    /// One request is out to try.
    Probing { outage: Outage },
}

#[derive(Debug, Clone, Copy)]
struct Outage {
    since: Instant,
    length: Duration,
}

/// Answer to whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BreakerAnswer {
    Pass,
    /// As the one that tries.
    Probe,
    /// Not before this time.
    Wait(Instant),
    /// Not before the one that tries is back.
    WaitForProbe,
    /// Not any more: the provider has failed for too long.
    GiveUp,
}

/// Change that a report made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Paused(Duration),
    Resumed,
}

fn closed() -> State {
    State::Closed { faults: 0, calls: BTreeSet::new() }
}

impl Breaker {
    pub(super) fn new(first: Duration, patience: Duration) -> Breaker {
        Breaker { first, patience, state: closed() }
    }

    /// Tells whether nothing passes, and nothing is worth waiting for.
    pub(super) fn is_hopeless(&self, now: Instant) -> bool {
        match self.state {
            State::Closed { .. } => false,
            // Once a pause is over one more request may try, however long the outage has lasted.
            State::Open { until, outage } => until > now && self.is_over(outage, now),
            State::Probing { outage } => self.is_over(outage, now),
        }
    }

    fn is_over(&self, outage: Outage, now: Instant) -> bool {
        now.duration_since(outage.since) > self.patience
    }

    pub(super) fn ask(&mut self, now: Instant) -> BreakerAnswer {
        if self.is_hopeless(now) {
            return BreakerAnswer::GiveUp;
        }
        match self.state {
            State::Closed { .. } => BreakerAnswer::Pass,
            State::Open { until, outage } if until <= now => {
                self.state = State::Probing { outage };
                BreakerAnswer::Probe
            }
            State::Open { until, .. } => BreakerAnswer::Wait(until),
            State::Probing { .. } => BreakerAnswer::WaitForProbe,
        }
    }

    /// Notes the end of a request of this call.
    pub(super) fn report(&mut self, now: Instant, call: u64, is_probe: bool, is_fine: bool) -> Change {
        match &mut self.state {
            State::Closed { faults, calls } if is_fine => {
                *faults = 0;
                calls.clear();
                Change::None
            }
            State::Closed { faults, calls } => {
                *faults += 1;
                calls.insert(call);
                if *faults < FAULTS || calls.len() < CALLS {
                    return Change::None;
                }
                let outage = Outage { since: now, length: self.first };
                self.open(now, outage)
            }
            // Also one that was sent before the pause began: an answer shows that the provider is back.
            State::Open { .. } | State::Probing { .. } if is_fine => {
                self.state = closed();
                Change::Resumed
            }
            State::Probing { outage } if is_probe => {
                let outage = Outage { length: (outage.length * 2).min(LONGEST), ..*outage };
                self.open(now, outage)
            }
            // One that was sent before the pause began.
            State::Open { .. } | State::Probing { .. } => Change::None,
        }
    }

    /// Notes that the request that was to try was not sent to its end.
    pub(super) fn abandon(&mut self, now: Instant) {
        if let State::Probing { outage } = self.state {
            // Nothing was learned, so the pause does not double, and the next request tries at once.
            self.state = State::Open { until: now, outage };
        }
    }

    fn open(&mut self, now: Instant, outage: Outage) -> Change {
        self.state = State::Open { until: now + outage.length, outage };
        Change::Paused(outage.length)
    }
}
