//! Counts the events of a run, for callers that cannot wait for its end.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Instant;

use crate::batch::CountCalls;
use crate::batch::Event;
use crate::batch::Observer;
use crate::batch::Summary;
use crate::locks::lock;

/// An observer that passes everything on and keeps a summary of it.
pub struct Tally {
    inner: Box<dyn Observer + Send>,
    begun: Instant,
    summary: Mutex<Summary>,
    calls: Mutex<Option<CountCalls>>,
}

impl Tally {
    /// Makes a tally that passes every event on to `inner`.
    #[must_use]
    pub fn new(inner: Box<dyn Observer + Send>) -> Self {
        Tally { inner, begun: Instant::now(), summary: Mutex::default(), calls: Mutex::default() }
    }

    /// Returns the counts and the costs of the run up to now.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let calls = lock(&self.calls).clone();
        let calls = calls.map(|calls| calls.totals()).unwrap_or_default();
        Summary { calls, elapsed: self.begun.elapsed(), ..self.counts().clone() }
    }

    fn counts(&self) -> MutexGuard<'_, Summary> {
        lock(&self.summary)
    }
}

impl Observer for Tally {
    fn notice(&self, event: &Event<'_>) {
        match event {
            Event::SourceMeasured { .. } => self.counts().measured += 1,
            Event::Planned { plan } => {
                let mut counts = self.counts();
                *counts = Summary { measured: counts.measured, ..Summary::of(plan) };
            }
            Event::LedgerOpened { totals } => {
                *lock(&self.calls) = Some(totals.clone());
            }
            Event::TaskDone { bytes, adopted, enlarged, findings, .. } => {
                let mut counts = self.counts();
                counts.add_done(*bytes, *adopted, *enlarged);
                counts.add_findings(findings);
            }
            Event::TaskFailed { failure, .. } => self.counts().add_failed(failure.class),
            _ => {}
        }
        self.inner.notice(event);
    }
}
