//! A clock that does not wait: when all have come to where they wait, it goes on to the first of the times that are
//! waited for.
//!
//! Two sorts of times are waited for. At a [`VirtualClock::wait`] something happens by itself. A
//! [`VirtualClock::bound`] is the end of something that another thread does and that usually comes before, such as a
//! reply: the clock goes on to it only if nothing has happened for long. It does not know what threads do that wait for
//! no time; it takes them to be done once nothing has asked it for some milliseconds. Time may therefore pass while a
//! thread works, as it does by any clock, and a test may rely on what comes after what is waited for, but not on a
//! wait being still there at the end of work. Where a wait is over and its owner has not gone on, time stands still.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::Weak;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::thread;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use crate::clock::Clock;

/// Pause between two looks whether time may go on.
const TICK: Duration = Duration::from_millis(1);
/// Time without a question to the clock before it goes on to a wait: where no reply is out, where one is, and before it
/// goes on to a bound. A thread may be kept from its work for some of this by others.
const QUIET: Duration = Duration::from_millis(5);
const QUIET_FOR_REPLIES: Duration = Duration::from_millis(200);
const QUIET_FOR_BOUND: Duration = Duration::from_secs(1);

/// The clock. Its clones are the same clock.
#[derive(Clone)]
pub struct VirtualClock(Arc<Shared>);

/// One time that is waited for, as a future and for threads; until it is dropped, time does not pass it.
#[derive(Debug)]
pub struct Timer {
    clock: VirtualClock,
    key: Key,
}

/// Time since the clock began, and a number of its own.
type Key = (Duration, u64);

struct Shared {
    began: Instant,
    day: SystemTime,
    state: Mutex<State>,
    moved: Condvar,
}

struct State {
    now: Duration,
    /// Time of the last question, by the machine's clock.
    asked: Instant,
    last: u64,
    timers: BTreeMap<Key, Pending>,
}

struct Pending {
    is_bound: bool,
    waker: Option<Waker>,
}

impl Default for VirtualClock {
    fn default() -> Self {
        let began = Instant::now();
        let state = State { now: Duration::ZERO, asked: began, last: 0, timers: BTreeMap::new() };
        let day = SystemTime::now();
        let shared = Arc::new(Shared { began, day, state: Mutex::new(state), moved: Condvar::new() });
        let clock = Arc::downgrade(&shared);
        thread::spawn(move || go_on(&clock));
        VirtualClock(shared)
    }
}

impl VirtualClock {
    /// Waits for a time at which something happens.
    pub fn wait(&self, at: Instant) -> Timer {
        self.timer(at, false)
    }

    /// Waits for the end of something that usually comes before.
    pub fn bound(&self, at: Instant) -> Timer {
        self.timer(at, true)
    }

    fn timer(&self, at: Instant, is_bound: bool) -> Timer {
        let mut state = self.0.asked();
        state.last += 1;
        let key = (at.saturating_duration_since(self.0.began), state.last);
        state.timers.insert(key, Pending { is_bound, waker: None });
        Timer { clock: self.clone(), key }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        self.0.began + self.0.asked().now
    }

    fn time_of_day(&self) -> SystemTime {
        self.0.day + self.0.asked().now
    }

    fn sleep(&self, length: Duration) {
        self.wait(self.now() + length).block();
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VirtualClock({:?})", self.0.state().now)
    }
}

impl Timer {
    /// Blocks the thread until the time has come.
    pub fn block(&self) {
        let mut state = self.clock.0.state();
        while state.now < self.key.0 {
            state = self.clock.0.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Tells whether the time has come.
    pub fn is_over(&self) -> bool {
        self.clock.0.state().now >= self.key.0
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.0.state();
        if state.now >= self.key.0 {
            return Poll::Ready(());
        }
        if let Some(pending) = state.timers.get_mut(&self.key) {
            pending.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.clock.0.asked().timers.remove(&self.key);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, for one that is at work.
    fn asked(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.asked = Instant::now();
        state
    }
}

impl State {
    /// Goes on to the first time that is waited for, if all who could come before it are quiet, and returns what wakes
    /// those who wait for it.
    fn go_on(&mut self) -> Vec<Waker> {
        let Some((&(at, _), first)) = self.timers.first_key_value() else { return Vec::new() };
        let has_replies = || self.timers.values().any(|pending| pending.is_bound);
        let quiet = match first.is_bound {
            true => QUIET_FOR_BOUND,
            false if has_replies() => QUIET_FOR_REPLIES,
            false => QUIET,
        };
        if at <= self.now || self.asked.elapsed() < quiet {
            return Vec::new();
        }
        self.now = at;
        let due = self.timers.range_mut(..=(at, u64::MAX));
        due.filter_map(|(_, pending)| pending.waker.take()).collect()
    }
}

/// Moves the clock until it is dropped.
fn go_on(clock: &Weak<Shared>) {
    loop {
        thread::sleep(TICK);
        let Some(clock) = clock.upgrade() else { return };
        let wakers = clock.state().go_on();
        clock.moved.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }
}
