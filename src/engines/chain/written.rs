//! The words in which engines are written.

use serde_json::Map;
use serde_json::Value;

use crate::engines::EngineTable;
use crate::options::Problem;

/// The key of an engine's name beside its options.
pub(super) const USE: &str = "use";

/// Returns what stands beside the name.
pub(super) fn options(written: &Map<String, Value>) -> Map<String, Value> {
    written.iter().filter(|(key, _)| *key != USE).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Says that no engine has this name, which stands beside what is `written`.
pub(super) fn unknown(name: &str, written: &Map<String, Value>, table: &EngineTable) -> Problem {
    at_name(Problem::unknown("engine", name, "", table.names().into_iter()).at_value(), written)
}

/// Leads a problem to the name of an engine. Written as a bare name, it has no `use` to point at.
pub(super) fn at_name(problem: Problem, written: &Map<String, Value>) -> Problem {
    if written.is_empty() { problem } else { problem.under(USE) }
}

/// Tells whether a name is the path of a descriptor.
pub(super) fn is_path(name: &str) -> bool {
    name.contains('/') || name.ends_with(".yaml") || name.ends_with(".yml")
}
