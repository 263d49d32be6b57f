//! Summary of a run, in numbers, and its exit code.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::batch::Action;
use crate::batch::Plan;
use crate::batch::Skip;
use crate::batch::StandIns;
use crate::batch::StopReason;
use crate::error::Class;
use crate::geometry::Finding;
use crate::manifest::CallTotals;

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
    /// Stopped by the cost limit.
    pub const COST: u8 = 4;
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
#[non_exhaustive]
pub struct Summary {
    /// Tasks finished in this run, adopted ones included.
    pub done: u64,
    /// Tasks that were done before, or that the pipeline's rules leave out.
    pub skipped: u64,
    /// Tasks tried and failed in this run, by class.
    pub failed: BTreeMap<Class, u64>,
    /// Sources that are pictures of kinds that no codec reads, whether they were tried in this run or not.
    pub unread: u64,
    /// Of `failed`: tasks of such sources.
    pub unread_failed: u64,
    /// Of `failed`: tasks that were finished before, whose output is gone and could not be made again.
    pub gone: u64,
    /// Tasks that failed earlier for a permanent reason and were not tried, by class.
    pub known_failed: BTreeMap<Class, u64>,
    /// Tasks that the run did not come to.
    pub left: u64,
    /// Of `skipped`: outputs that this program would make otherwise, with newer revisions; kept.
    pub outdated: u64,
    /// Of `done` and `skipped`: outputs whose margins another engine filled than the first of the list.
    pub stood_in: StandIns,
    /// Of `done`: outputs in which the source is enlarged.
    pub enlarged: u64,
    /// Of `done`: findings of rules that are not kept, by rule.
    pub findings: BTreeMap<String, u64>,
    /// Sources that were looked at in this run, because the decision about them depends on what they show.
    pub measured: u64,
    /// Outputs that no task makes any more.
    pub orphans: u64,
    /// Of `skipped`: outputs that the user changed after they were written; kept.
    pub modified: u64,
    /// Of `done`: outputs that were there already, byte for byte.
    pub adopted: u64,
    /// Files below the input that are no sources.
    pub ignored_files: u64,
    /// Folders and files below the input that could not be looked at.
    pub unreadable: u64,
    /// Bytes of outputs written.
    pub bytes_written: u64,
    /// Counts and cost of paid calls.
    pub calls: CallTotals,
    /// Time from the start of planning to the end.
    pub elapsed: Duration,
    /// Reason for which the run ended early, if it did.
    pub stopped: Option<StopReason>,
}

impl Summary {
    /// Counts what is certain before any work: all tasks that will not be tried.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let unreadable = plan.ignored.unreadable().len() as u64;
        let unread = plan.sources.iter().filter(|source| source.unread.is_some()).count() as u64;
        let (ignored_files, orphans) = (plan.ignored.total(), plan.orphans.count);
        let mut summary = Summary { ignored_files, unreadable, unread, orphans, ..Summary::default() };
        for (_, selected) in plan.selected() {
            match &selected.plan.action {
                Action::Skip(skip) => {
                    summary.skipped += 1;
                    summary.outdated += u64::from(skip.is_outdated());
                    skip.stood_in().into_iter().for_each(|one| summary.stood_in.add(one));
                    summary.modified += u64::from(*skip == Skip::Modified);
                }
                Action::Known(failure) => *summary.known_failed.entry(failure.class).or_default() += 1,
                Action::Fail(_) | Action::Measure(_) | Action::Make(_) => summary.left += 1,
            }
        }
        summary
    }

    /// Counts a finished task; the bytes of an adopted one were written before.
    pub fn add_done(&mut self, bytes: u64, adopted: bool, enlarged: bool) {
        self.done += 1;
        self.enlarged += u64::from(enlarged);
        self.left = self.left.saturating_sub(1);
        self.adopted += u64::from(adopted);
        self.bytes_written += if adopted { 0 } else { bytes };
    }

    /// Adds the findings of a finished task, each rule once.
    pub fn add_findings(&mut self, findings: &[Finding]) {
        for rule in Finding::broken(findings) {
            *self.findings.entry(rule.to_owned()).or_default() += 1;
        }
    }

    /// Counts a failed task.
    pub fn add_failed(&mut self, class: Class) {
        *self.failed.entry(class).or_default() += 1;
        self.left = self.left.saturating_sub(1);
    }

    /// Counts the tasks that failed in this run.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Returns the number of tasks that failed in this run and count for its limit of failures: a folder with
    /// many pictures that cannot be read is no sign that something is wrong.
    #[must_use]
    pub fn counted_failures(&self) -> u64 {
        self.failures() - self.unread_failed.min(self.failures())
    }

    /// Counts the tasks known to fail.
    #[must_use]
    pub fn known_failures(&self) -> u64 {
        self.known_failed.values().sum()
    }

    /// Counts all tasks.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.done + self.skipped + self.failures() + self.known_failures() + self.left
    }

    /// Returns the exit code. Where several apply the order is: signal, unexpected, failure limit, cost limit, duration
    /// limit, failed tasks. What could not be looked at counts as failed; with `strict` known failures do too.
    #[must_use]
    pub fn exit(&self, strict: bool) -> u8 {
        match &self.stopped {
            Some(StopReason::Signal(number)) => exit::SIGNAL + number,
            Some(StopReason::Fatal(_)) => exit::UNEXPECTED,
            Some(StopReason::Failures) => exit::FAILURES,
            Some(StopReason::Cost(_)) => exit::COST,
            Some(StopReason::Duration) => exit::DURATION,
            None if self.failures() > 0 || self.unreadable > 0 || (strict && self.known_failures() > 0) => exit::FAILED,
            None => exit::DONE,
        }
    }
}
