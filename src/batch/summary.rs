//! What became of a run, in numbers, and its exit code.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::batch::Reason;
use crate::error::Class;

/// Exit codes of `recanvas run`; the manual lists them.
pub mod exit {
    /// All done, or nothing new failed.
    pub const DONE: u8 = 0;
    /// Something unexpected.
    pub const UNEXPECTED: u8 = 1;
    /// Wrong usage, an invalid pipeline, or a guard refused to start.
    pub const REFUSED: u8 = 2;
    /// Finished, and some tasks failed in this run.
    pub const FAILED: u8 = 3;
    /// Stopped by the duration limit.
    pub const DURATION: u8 = 5;
    /// Stopped by the failure limit.
    pub const FAILURES: u8 = 6;
    /// Another run holds the lock.
    pub const LOCKED: u8 = 75;
    /// Added to a signal's number.
    pub const SIGNAL: u8 = 128;
}

/// Counts of one run. Every task of the run is in exactly one of `done`, `skipped`, `failed`,
/// `known_failed` and `left`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// Tasks finished in this run, adopted ones included.
    pub done: u64,
    /// Tasks that were done before, or that the pipeline's rules leave out.
    pub skipped: u64,
    /// Tasks tried and failed in this run, by class.
    pub failed: BTreeMap<Class, u64>,
    /// Tasks that failed earlier for a permanent reason and were not tried, by class.
    pub known_failed: BTreeMap<Class, u64>,
    /// Tasks that the run did not come to.
    pub left: u64,
    /// Of `skipped`: outputs that somebody changed after they were written; kept.
    pub modified: u64,
    /// Of `done`: outputs that were there already, byte for byte.
    pub adopted: u64,
    /// Files below the input that are no sources.
    pub ignored_files: u64,
    /// Bytes of outputs written.
    pub bytes_written: u64,
    /// Time from the start of planning to the end.
    pub elapsed: Duration,
    /// Why the run ended early, if it did.
    pub stopped: Option<Reason>,
}

impl Summary {
    /// Number of tasks that failed in this run.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Number of tasks known to fail.
    #[must_use]
    pub fn known_failures(&self) -> u64 {
        self.known_failed.values().sum()
    }

    /// Number of tasks.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.done + self.skipped + self.failures() + self.known_failures() + self.left
    }

    /// The exit code. Where several apply the order is: signal, unexpected, failure limit,
    /// duration limit, failed tasks. With `strict` known failures count as failed.
    #[must_use]
    pub fn exit(&self, strict: bool) -> u8 {
        match &self.stopped {
            Some(Reason::Signal(number)) => exit::SIGNAL + number,
            Some(Reason::Fatal(_)) => exit::UNEXPECTED,
            Some(Reason::Failures) => exit::FAILURES,
            Some(Reason::Duration) => exit::DURATION,
            None if self.failures() > 0 || (strict && self.known_failures() > 0) => exit::FAILED,
            None => exit::DONE,
        }
    }
}
