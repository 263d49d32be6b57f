//! Progress as a bar, for terminals.

use std::io::Write;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::batch::Event;
use crate::batch::Observer;
use crate::report::plain::Volume;
use crate::report::plain::lines;
use crate::report::plain::to_make;
use crate::report::reported_failures::ReportedFailures;
use crate::report::text::Paint;

/// One bar over all outputs of a run: count, rate, time left, failures. Lines go above it.
pub struct Bar {
    bar: ProgressBar,
    paint: Paint,
    volume: Volume,
    failed: AtomicU64,
    said: ReportedFailures,
}

impl Bar {
    /// Makes a bar on standard error.
    ///
    /// # Panics
    /// Never: the template is fixed and a test draws it.
    #[must_use]
    pub fn new(paint: Paint, volume: Volume) -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {per_sec} {eta} left {msg}");
        bar.set_style(style.expect("the template is valid"));
        Bar { bar, paint, volume, failed: AtomicU64::new(0), said: ReportedFailures::default() }
    }
}

impl Observer for Bar {
    fn notice(&self, event: &Event<'_>) {
        for line in lines(event, self.paint, self.volume, &self.said) {
            self.bar.suspend(|| print_line(&line));
        }
        match event {
            Event::Planned { plan } => {
                self.bar.set_length(to_make(plan));
                self.bar.reset_eta();
            }
            Event::TaskDone { .. } => self.bar.inc(1),
            Event::TaskFailed { .. } => {
                let failed = self.failed.fetch_add(1, Ordering::Relaxed) + 1;
                self.bar.inc(1);
                self.bar.set_message(format!("{failed} failed"));
            }
            Event::Ended { .. } => self.bar.finish_and_clear(),
            _ => {}
        }
    }
}

fn print_line(line: &str) {
    // There is no other place to say that standard error is broken.
    let _ = writeln!(std::io::stderr(), "{line}");
}
