//! The time that a server goes by.

use std::fmt::Debug;
use std::thread;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

/// Source of time for a server: what it reads, and what it waits by.
pub trait Clock: Debug + Send + Sync {
    /// Returns a time that never goes back.
    fn now(&self) -> Instant;

    /// Returns the time of day.
    fn time_of_day(&self) -> SystemTime;

    /// Blocks the thread for so long.
    fn sleep(&self, length: Duration);
}

/// The machine's clock, for clients that are programs of their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn time_of_day(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, length: Duration) {
        thread::sleep(length);
    }
}
