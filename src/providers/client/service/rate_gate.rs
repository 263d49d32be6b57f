//! Minds what all calls to one provider with one key share: rates, calls in flight, pauses that it asks for, faults,
//! and the point from which it is of no use to ask at all.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::Notify;
use tokio::sync::Semaphore;
use tokio::sync::SemaphorePermit;

use crate::digest::Digest;
use crate::error::Class;
use crate::locks::lock;
use crate::providers::CallKey;
use crate::providers::Notice;
use crate::providers::client::CallEnd;
use crate::providers::client::Listener;
use crate::providers::client::RequestPurpose;
use crate::providers::client::service::breaker::Breaker;
use crate::providers::client::service::breaker::BreakerAnswer;
use crate::providers::client::service::breaker::Change;
use crate::providers::client::service::clock::Clock;
use crate::providers::client::service::clock::before;
use crate::providers::client::service::halt::Halt;
use crate::providers::client::service::halt::NotAsked;
use crate::providers::client::service::usefulness::Use;
use crate::providers::client::service::usefulness::Usefulness;

/// Part of the allowed requests that polls may take when many calls wait: 1 / 1.2.
const POLLS: f64 = 1.2;

pub(super) struct RateGate {
    provider: String,
    clock: Arc<dyn Clock>,
    listener: Option<Listener>,
    /// Time between two requests, if there is a limit.
    interval: Option<Duration>,
    most_flying: usize,
    flying: Semaphore,
    /// The head of the queue: the task that holds it is the next to send. When the next request may
    /// be sent is inside.
    head: tokio::sync::Mutex<Instant>,
    state: Mutex<GateState>,
    changed: Notify,
}

/// Pictures in a row that are refused with one code of HTTP before the address is what is wrong.
pub(super) const IN_A_ROW: usize = 3;

/// A refusal that says nothing of the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProviderRefused {
    pub(super) status: u16,
    pub(super) source: Digest,
    /// Class of the failure if the trouble is with this picture and not with the provider.
    pub(super) class: Class,
}

struct GateState {
    usefulness: Usefulness,
    /// Calls that were taken.
    taken: u64,
    /// The calls that were refused since the last of them.
    refused: Vec<ProviderRefused>,
    /// All that was refused so.
    doubted: HashMap<Digest, (Class, u64)>,
    /// Nothing is sent before.
    paused: Instant,
    breaker: Breaker,
    halt: Option<Halt>,
    /// Tells whether it was said that a proxy decides.
    is_proxy_told: bool,
}

/// The right to send one request now.
pub(super) struct Pass<'a> {
    gate: &'a RateGate,
    call: u64,
    is_probe: bool,
    is_reported: bool,
}

impl Pass<'_> {
    /// Reports the end of the request: a fault is no answer, or one that says that the provider is down.
    pub(super) fn report(mut self, is_fine: bool) {
        self.is_reported = true;
        let change = self.gate.state().breaker.report(self.gate.clock.now(), self.call, self.is_probe, is_fine);
        match change {
            Change::None if !self.is_probe => return,
            Change::None => {}
            Change::Paused(length) => {
                let why = "it does not answer, or answers that it is down".to_owned();
                self.gate.tell(&Notice::Paused { provider: self.gate.provider.clone(), length, why });
            }
            Change::Resumed => self.gate.tell(&Notice::Resumed { provider: self.gate.provider.clone() }),
        }
        self.gate.changed.notify_waiters();
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.is_probe && !self.is_reported {
            self.gate.state().breaker.abandon(self.gate.clock.now());
            self.gate.changed.notify_waiters();
        }
    }
}

impl RateGate {
    pub(super) fn new(
        provider: &str,
        (in_flight, per_minute): (u32, Option<u32>),
        (pause, patience): (Duration, Duration),
        clock: Arc<dyn Clock>,
        listener: Option<Listener>,
    ) -> RateGate {
        let now = clock.now();
        let most_flying = (in_flight.max(1) as usize).min(Semaphore::MAX_PERMITS);
        let state = GateState {
            usefulness: Usefulness::default(),
            taken: 0,
            refused: Vec::new(),
            doubted: HashMap::new(),
            paused: now,
            breaker: Breaker::new(pause, patience),
            halt: None,
            is_proxy_told: false,
        };
        RateGate {
            provider: provider.to_owned(),
            clock,
            listener,
            interval: per_minute.map(|most| Duration::from_secs(60) / most.max(1)),
            most_flying,
            flying: Semaphore::new(most_flying),
            head: tokio::sync::Mutex::new(now),
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    /// Waits until one more call may be in flight; it is, as long as the permit is held.
    pub(super) async fn fly(&self) -> Option<SemaphorePermit<'_>> {
        self.flying.acquire().await.ok()
    }

    /// Waits until a request of this call may be sent, first come, first served.
    ///
    /// # Errors
    /// Why it is of no use to send it.
    pub(super) async fn admit(&self, call: u64, stage: RequestPurpose) -> Result<Pass<'_>, NotAsked> {
        // Held while it waits: this lock is fair, so requests are sent in the order in which they came.
        let mut next = self.head.lock().await;
        loop {
            // Made before the state is read, so that no change between reading and waiting is missed.
            let changed = self.changed.notified();
            let now = self.clock.now();
            let until = {
                let mut state = self.state();
                if let Some(halt) = state.halt.as_ref().filter(|halt| halt.forbids(stage)) {
                    return Err(NotAsked::Halted(halt.clone()));
                }
                let due = state.paused.max(*next);
                // The breaker is asked last: a request that it lets through as the probe must be sent, as all others
                // wait for it.
                match if due > now { BreakerAnswer::Wait(due) } else { state.breaker.ask(now) } {
                    verdict @ (BreakerAnswer::Pass | BreakerAnswer::Probe) => {
                        *next = now + self.interval.unwrap_or_default();
                        let is_probe = verdict == BreakerAnswer::Probe;
                        return Ok(Pass { gate: self, call, is_probe, is_reported: false });
                    }
                    BreakerAnswer::Wait(until) => Some(until),
                    BreakerAnswer::WaitForProbe => None,
                    BreakerAnswer::GiveUp => return Err(self.hopeless()),
                }
            };
            match until {
                // What changes meanwhile may be that there is nothing to wait for.
                Some(until) => drop(before(self.clock.sleep_until(until), changed).await),
                None => changed.await,
            }
        }
    }

    /// Lets one call go before all others, until its result is judged; `is_suspect` if the last
    /// results were of no use.
    pub(super) fn one_first(&self, is_suspect: bool) {
        let mut state = self.state();
        state.usefulness.is_alone = true;
        state.usefulness.is_suspect |= is_suspect;
    }

    /// Waits until a call may be begun without more being paid for nothing than may be. One that goes on from the
    /// first of two passes takes its place.
    pub(super) async fn worth_a_call(&self, call: CallKey, first: Option<CallKey>) {
        loop {
            // As in `admit`, before the state is read.
            let changed = self.changed.notified();
            {
                let mut state = self.state();
                // A call that submits nothing more needs no place.
                if state.usefulness.begin(call, first) || state.halt.is_some() {
                    return;
                }
            }
            changed.await;
        }
    }

    /// Notes that the call has come to no result that could be looked at.
    pub(super) fn unjudged(&self, call: CallKey) {
        self.submit_no_more_if(|usefulness| usefulness.forget(call));
    }

    /// Notes that the result of a call is there; tells whether other calls wait for the judgement on it.
    pub(super) fn returned(&self, call: CallKey) -> bool {
        self.state().usefulness.returned(call)
    }

    /// Notes of what use a call was that was begun here.
    pub(super) fn judged(&self, call: CallKey, came: Use) {
        self.submit_no_more_if(|usefulness| usefulness.judge(call, came));
    }

    /// Ends the submits of this run if `note`, which notes the end of a call, returns a reason.
    fn submit_no_more_if(&self, note: impl FnOnce(&mut Usefulness) -> Option<&'static str>) {
        let news = {
            let mut state = self.state();
            // Noted and halted under one lock, so that no other call begins in between.
            let useless = note(&mut state.usefulness);
            let why = |what| format!("{}: {what}; nothing more is submitted in this run", self.provider);
            let news = useless.filter(|_| state.halt.is_none()).map(why);
            if let Some(why) = news.clone() {
                state.halt = Some(Halt::new(CallEnd::BadOutput, why));
            }
            news
        };
        self.changed.notify_waiters();
        if let Some(why) = news {
            self.tell(&Notice::Stopped { provider: self.provider.clone(), why });
        }
    }

    /// Tells whether its last results were of no use.
    pub(super) fn is_suspect(&self) -> bool {
        self.state().usefulness.is_suspect
    }

    /// Notes that the provider has taken a call.
    pub(super) fn took(&self) {
        let mut state = self.state();
        state.taken += 1;
        // A provider that takes one picture has refused the earlier ones for what they show, and not all that is sent.
        state.refused.clear();
    }

    pub(super) fn taken(&self) -> u64 {
        self.state().taken
    }

    /// Notes a refusal; tells whether so many pictures were refused like this that none of them is meant.
    pub(super) fn refused(&self, refused: ProviderRefused) -> bool {
        let mut state = self.state();
        let taken = state.taken;
        state.doubted.insert(refused.source, (refused.class, taken));
        let is_same = |known: &&ProviderRefused| known.status == refused.status;
        // A picture that is refused twice is no further evidence.
        if !state.refused.iter().filter(is_same).any(|known| known.source == refused.source) {
            state.refused.push(refused);
        }
        state.refused.iter().filter(is_same).count() >= IN_A_ROW
    }

    /// Returns the class of a refusal that concerns the picture alone, and the calls that were taken by then.
    pub(super) fn doubted(&self, source: Digest) -> Option<(Class, u64)> {
        self.state().doubted.get(&source).copied()
    }

    /// Returns the reason for which it is of no use to begin a further call, if there is one.
    pub(super) fn halted(&self) -> Option<NotAsked> {
        let state = self.state();
        let hopeless = || state.breaker.is_hopeless(self.clock.now()).then(|| self.hopeless());
        state.halt.clone().map(NotAsked::Halted).or_else(hopeless)
    }

    fn hopeless(&self) -> NotAsked {
        NotAsked::Hopeless { provider: self.provider.clone() }
    }

    /// Returns the time between two polls of one call, so that all that are in flight stay below the limit and leave
    /// room for others.
    pub(super) fn cadence(&self) -> Duration {
        let flying = self.most_flying.saturating_sub(self.flying.available_permits());
        self.interval.unwrap_or_default().mul_f64(POLLS * flying as f64)
    }

    /// Sends nothing for so long: the provider asked for it.
    pub(super) fn pause(&self, length: Duration, why: &str) {
        let now = self.clock.now();
        let was_paused = {
            let mut state = self.state();
            let was_paused = state.paused > now;
            state.paused = state.paused.max(now + length);
            was_paused
        };
        if !was_paused {
            let (provider, why) = (self.provider.clone(), why.to_owned());
            self.tell(&Notice::Paused { provider, length, why });
        }
    }

    /// Says once that a proxy decides where addresses lead.
    pub(super) fn proxied(&self) {
        if !std::mem::replace(&mut self.state().is_proxy_told, true) {
            self.tell(&Notice::Proxied);
        }
    }

    /// Begins no further call: each would end like this one.
    pub(super) fn halt(&self, outcome: CallEnd, why: &str) {
        self.halt_with(Halt::new(outcome, why.to_owned()));
    }

    /// Notes that the provider asked at this stage for a pause of this length: it is waited for, or ends the provider's
    /// use.
    pub(super) fn left_alone(&self, length: Duration, stage: RequestPurpose) {
        match Halt::left_alone(&self.provider, length, stage) {
            Some(halt) => self.halt_with(halt),
            None => self.pause(length, "it asks for time"),
        }
    }

    fn halt_with(&self, halt: Halt) {
        let why = halt.why.clone();
        let (is_news, is_said) = {
            let mut state = self.state();
            // A key that is not valid forbids more than missing credit.
            let is_news = state.halt.as_ref().is_none_or(|known| halt.is_whole && !known.is_whole);
            let is_said = state.halt.as_ref().is_some_and(|known| known.outcome == halt.outcome);
            if is_news {
                state.halt = Some(halt);
            }
            (is_news, is_said)
        };
        if is_news {
            if !is_said {
                self.tell(&Notice::Stopped { provider: self.provider.clone(), why });
            }
            self.changed.notify_waiters();
        }
    }

    fn tell(&self, notice: &Notice) {
        if let Some(listener) = &self.listener {
            listener(notice);
        }
    }

    fn state(&self) -> MutexGuard<'_, GateState> {
        lock(&self.state)
    }
}
