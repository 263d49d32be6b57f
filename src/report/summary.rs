//! The end of a run: a short table for people, one object for programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use serde_json::json;

use crate::batch::Summary;
use crate::error::Class;
use crate::manifest::CallTotals;
use crate::report::because::findings_text;
use crate::report::because::untold;
use crate::report::orphans::ORPHANS;
use crate::report::text::bytes;
use crate::report::text::counted;
use crate::report::text::time;

/// Returns the object that `--json` prints as its last line.
#[must_use]
pub fn summary_json(summary: &Summary, exit: u8) -> Value {
    let mut object = json!({
        "tasks": {
            "total": summary.total(),
            "done": summary.done,
            "skipped": summary.skipped,
            "outdated": summary.outdated,
            "failed": summary.failures(),
            "known_failed": summary.known_failures(),
            "left": summary.left,
        },
        "failed_by_class": summary.failed,
        "known_failed_by_class": summary.known_failed,
        "stood_in": summary.stood_in.json(),
        "enlarged": summary.enlarged,
        "orphans": summary.orphans,
        "modified": summary.modified,
        "adopted": summary.adopted,
        "unreadable": summary.unreadable,
        "unread_pictures": summary.unread,
        "calls": {
            "submitted": summary.calls.submitted,
            "reused": summary.calls.reused,
            "resumed": summary.calls.resumed,
            "recovered": summary.calls.recovered,
            "unknown": summary.calls.unknown,
        },
        "cost_usd": summary.calls.cost.dollars(),
        "ignored_files": summary.ignored_files,
        "bytes_written": summary.bytes_written,
        "elapsed_s": (summary.elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
        "exit": exit,
    });
    if !summary.findings.is_empty() {
        object["findings"] = json!(summary.findings);
    }
    if summary.measured > 0 {
        object["measured"] = summary.measured.into();
    }
    object
}

/// Returns the submitted calls and their cost on one line, for a run that was stopped at once.
#[must_use]
pub fn calls_text(summary: &Summary) -> String {
    format!("{} submitted, {}", counted(summary.calls.submitted, "call"), paid(&summary.calls))
}

fn paid(calls: &CallTotals) -> String {
    let mut parts = vec![format!("{} USD", calls.cost)];
    let counts = [
        (calls.reused, "reused"),
        (calls.resumed, "asked for again"),
        (calls.recovered, "recovered"),
        (calls.unknown, "of unknown fate"),
    ];
    parts.extend(counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    parts.join(", ")
}

/// Note on tasks that a newer program would make otherwise.
pub(super) const OUTDATED: &str =
    "of the skipped were made by older revisions and are kept; --refresh makes them again";

/// Returns the table that ends a run.
#[must_use]
pub fn summary_text(summary: &Summary) -> String {
    let mut text = String::new();
    let mut row = |name: &str, count: u64, more: &str| {
        let _ = writeln!(text, "{name:<13}{count:>8}  {more}");
    };
    let rate = summary.done as f64 / summary.elapsed.as_secs_f64().max(1e-3);
    let adopted = match summary.adopted {
        0 => String::new(),
        count => format!(", {count} of them were there already"),
    };
    let made = format!("{} in {}, {rate:.1} images/s{adopted}", bytes(summary.bytes_written), time(summary.elapsed));
    row("done", summary.done, if summary.done > 0 { &made } else { "" });
    let modified = match summary.modified {
        0 => String::new(),
        count => format!("{count} of them changed by hand and kept; --overwrite-modified replaces them"),
    };
    row("skipped", summary.skipped, &modified);
    let by_class = |classes: &BTreeMap<Class, u64>| {
        classes.iter().map(|(class, count)| format!("{count} {class}")).collect::<Vec<_>>().join(", ")
    };
    if summary.outdated > 0 {
        row("outdated", summary.outdated, OUTDATED);
    }
    if summary.stood_in.total() > 0 {
        row(
            "stood in",
            summary.stood_in.total(),
            &format!("{}; --refill asks again", summary.stood_in.lines().join(", ")),
        );
    }
    if summary.enlarged > 0 {
        row("enlarged", summary.enlarged, "of the done: their sources are smaller than their places in them");
    }
    let findings = untold(&summary.findings);
    if !findings.is_empty() {
        let count = findings.values().copied().sum();
        row("findings", count, &format!("of the done: {}", findings_text(findings)));
    }
    row("failed", summary.failures(), &by_class(&summary.failed));
    if summary.known_failures() > 0 {
        let classes = by_class(&summary.known_failed);
        row("known failed", summary.known_failures(), &format!("{classes}; --retry-failed tries them again"));
    }
    if summary.orphans > 0 {
        row("orphans", summary.orphans, ORPHANS);
    }
    if summary.left > 0 {
        row("left", summary.left, "run again to go on");
    }
    let CallTotals { submitted, reused, resumed, recovered, .. } = summary.calls;
    if submitted + reused + resumed + recovered > 0 {
        row("calls", submitted, &paid(&summary.calls));
    }
    if summary.measured > 0 {
        let sources = counted(summary.measured, "source");
        let _ = writeln!(text, "looked at {sources} first, of which the content decides what is made");
    }
    if summary.unread > 0 {
        let _ = writeln!(text, "{} of kinds that recanvas does not read", counted(summary.unread, "picture"));
    }
    if summary.ignored_files > 0 {
        let _ = writeln!(
            text,
            "ignored {}; `plan` says of which kinds, `plan --ignored` which",
            counted(summary.ignored_files, "file")
        );
    }
    if summary.unreadable > 0 {
        let _ = writeln!(text, "{} below the input could not be looked at", counted(summary.unreadable, "place"));
    }
    if let Some(reason) = &summary.stopped {
        let _ = writeln!(text, "{}", reason.sentence());
    }
    text
}
