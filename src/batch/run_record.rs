//! The records of a run's start and end.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::batch::Request;
use crate::batch::StopReason;
use crate::batch::Summary;
use crate::manifest::FORMAT_VERSION;
use crate::manifest::Journal;
use crate::manifest::RunEnded;
use crate::manifest::RunStarted;
use crate::manifest::Totals;
use crate::pipeline::Pipeline;

/// Names this program in manifests.
pub(super) const TOOL: &str = concat!("recanvas ", env!("CARGO_PKG_VERSION"));

/// Returns a name for a run that no other run of this state folder has: the time and the process.
pub(super) fn run_name() -> String {
    let time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    format!("{digits}-{}", std::process::id())
}

/// Returns the record of the start of a run that makes tasks.
pub(super) fn run_started<'a>(
    (pipeline, request): (&'a Pipeline, &Request),
    moved: Option<&Path>,
    run: &'a str,
    tasks: u64,
) -> RunStarted<'a> {
    let started = RunStarted {
        version: FORMAT_VERSION,
        run: run.into(),
        at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string().into(),
        pipeline: pipeline.name.as_str().into(),
        tool: TOOL.into(),
        tasks,
        prune: false,
        looks: false,
        input: None,
        output: None,
        moved_from: None,
        file: None,
    };
    request.scope(pipeline).note(&request.state, moved, started)
}

/// Records the end of a run and gives the lock back.
pub(super) fn end(run: &str, summary: &mut Summary, useless: Vec<String>, journal: Journal) {
    let totals = Totals {
        total: summary.total(),
        done: summary.done,
        skipped: summary.skipped,
        failed: summary.failures(),
        gone: summary.gone,
        known_failed: summary.known_failures(),
        left: summary.left,
        bytes_written: summary.bytes_written,
        elapsed_ms: u64::try_from(summary.elapsed.as_millis()).unwrap_or(u64::MAX),
        calls: summary.calls.submitted,
        cost: summary.calls.cost,
    };
    if let Err(error) = journal.close(RunEnded { run: run.into(), exit: summary.exit(false), totals, useless }) {
        summary.stopped.get_or_insert_with(|| broken(&error));
    }
}

pub(super) fn broken(error: &io::Error) -> StopReason {
    StopReason::Fatal(format!("the manifest cannot be written: {error}"))
}
