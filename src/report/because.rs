//! Says by which measures a layout was decided, and which rules findings are of.

use std::collections::BTreeMap;

use crate::error::printable;
use crate::geometry::Because;

/// The rule of findings that have lines of their own, of before there were findings.
pub(super) const ENLARGED: &str = "enlarged";

/// Returns the measures that decided a layout: `borders, confidence 0.93`.
pub(super) fn because_text(because: &[Because]) -> String {
    let one = |because: &Because| {
        let sure = because.confidence.map_or_else(String::new, |confidence| format!(", confidence {confidence:.2}"));
        format!("{}{sure}", printable(&because.measure))
    };
    because.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Returns counts of findings by rule: `2 low_confidence, 1 subject_cut`.
pub(super) fn findings_text<'a>(findings: impl IntoIterator<Item = (&'a String, &'a u64)>) -> String {
    let counts = findings.into_iter().map(|(rule, count)| format!("{count} {}", printable(rule)));
    counts.collect::<Vec<_>>().join(", ")
}

/// Returns those findings of which nothing else is said.
pub(super) fn untold(findings: &BTreeMap<String, u64>) -> BTreeMap<&String, &u64> {
    findings.iter().filter(|(rule, _)| *rule != ENLARGED).collect()
}
