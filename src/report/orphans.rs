//! Outputs that no task makes any more, as text and as JSON.

use std::fmt::Write;

use serde_json::Value;
use serde_json::json;

use crate::batch::Orphan;
use crate::batch::Orphans;
use crate::batch::Pruned;
use crate::manifest::RecordedPath;
use crate::report::key::with_key;
use crate::report::text::bytes;
use crate::report::text::clean;
use crate::report::text::counted;

/// Returns the lines that name them, if they were listed.
pub(super) fn orphans_text(orphans: &Orphans) -> String {
    let mut text = String::new();
    if let Some(file) = &orphans.namesake {
        let _ = writeln!(text, "orphans: not known, as the pipeline in {} has the same name", clean(file));
    }
    for orphan in orphans.listed.iter().flatten() {
        let _ = writeln!(text, "orphan {}", line(orphan));
    }
    text
}

/// Explains their number.
pub(super) const ORPHANS: &str = "outputs whose source, target or path is gone; `recanvas prune` removes them";

fn line(orphan: &Orphan) -> String {
    let Orphan { output, key, gone, bytes: size, kept, .. } = orphan;
    let kept = kept.as_ref().map_or_else(String::new, |why| format!("; stays: {why}"));
    format!("{} ({}) from {} [{}]: {gone}{kept}", clean(output), bytes(*size), clean(&key.source), key.label())
}

/// Returns each of them as an object; none if they were only counted.
pub(super) fn orphan_list(orphans: &Orphans) -> Option<Vec<Value>> {
    orphans.listed.as_ref().map(|listed| listed.iter().map(object).collect())
}

fn object(orphan: &Orphan) -> Value {
    let more = json!({
        "output": RecordedPath::from(orphan.output.as_path()),
        "gone": orphan.gone.word(),
        "bytes": orphan.bytes,
        "kept": orphan.kept,
    });
    with_key(&orphan.key, more)
}

/// Returns the outputs that were removed, or would be, and those that stay.
#[must_use]
pub fn pruned_text(pruned: &Pruned, is_dry: bool) -> String {
    let mut text = String::new();
    let verb = if is_dry { "would remove" } else { "removed" };
    let mut lines = |word: &str, orphans: &[Orphan]| {
        orphans.iter().for_each(|orphan| {
            let _ = writeln!(text, "{word} {}", line(orphan));
        });
    };
    lines(verb, &pruned.removed);
    lines("kept", &pruned.kept);
    lines("failed", &pruned.failed);
    for (path, why) in &pruned.unreadable {
        let _ = writeln!(text, "unreadable {}: {why}; what was made of what lies there stays", clean(path));
    }
    let size = pruned.removed.iter().map(|orphan| orphan.bytes).sum();
    let _ = match pruned.removed.len() {
        0 => writeln!(text, "{verb} nothing"),
        count if is_dry => {
            writeln!(text, "{verb} {}, {}; --yes does it", counted(count as u64, "output"), bytes(size))
        }
        count => writeln!(text, "{verb} {}, {}", counted(count as u64, "output"), bytes(size)),
    };
    if let Some(why) = &pruned.stopped {
        let _ = writeln!(text, "{why}");
    }
    text
}

/// Returns the same as one object.
#[must_use]
pub fn pruned_json(pruned: &Pruned, is_dry: bool, exit: u8) -> Value {
    let all = |orphans: &[Orphan]| orphans.iter().map(object).collect::<Vec<_>>();
    let size: u64 = pruned.removed.iter().map(|orphan| orphan.bytes).sum();
    json!({
        "removed": {"files": pruned.removed.len(), "bytes": size},
        "removed_list": all(&pruned.removed),
        "kept_list": all(&pruned.kept),
        "failed_list": all(&pruned.failed),
        "unreadable": pruned.unreadable.len(),
        "dry_run": is_dry,
        "exit": exit,
    })
}
