//! Outputs whose margins another engine filled than the first of the list.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use crate::engines::Chain;
use crate::engines::Link;

/// Names the engine that filled the margins of an output, and the one whose place it took.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandIn {
    /// The engine that filled them.
    pub engine: String,
    /// The first engine of the list.
    pub instead_of: String,
    /// The reason why the first engine did not fill them, if one is recorded.
    pub reason: Option<String>,
}

impl StandIn {
    /// Returns the stand-in of an output that `engine` filled under a list of engines; `None` if the first filled it. A
    /// first one that is local may choose among others, so that it counts as replaced only if `reason` begins with its
    /// name.
    #[must_use]
    pub fn of(engine: Option<&str>, engines: &Chain, reason: Option<&str>) -> Option<StandIn> {
        let (engine, first) = (engine?, engines.links().first()?);
        let gave_up =
            || reason.and_then(|reason| reason.strip_prefix(first.name())).is_some_and(|said| said.starts_with(':'));
        let stood_in = engine != first.name() && (matches!(first, Link::Remote(_)) || gave_up());
        stood_in.then(|| StandIn {
            engine: engine.to_owned(),
            instead_of: first.name().to_owned(),
            reason: reason.map(str::to_owned),
        })
    }
}

/// Counts of such outputs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StandIns(BTreeMap<(String, String), (u64, Option<String>)>);

impl StandIns {
    /// Counts one more.
    pub fn add(&mut self, stand_in: &StandIn) {
        let counted = self.0.entry((stand_in.engine.clone(), stand_in.instead_of.clone())).or_default();
        counted.0 += 1;
        if counted.1.is_none() {
            counted.1.clone_from(&stand_in.reason);
        }
    }

    /// Counts the outputs that another engine than the first has filled.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().map(|(count, _)| count).sum()
    }

    /// Returns a line for each pair of engines, with what was said of one of the outputs.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |((engine, first), (count, reason)): (&(String, String), &(u64, Option<String>))| {
            let why = reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
            format!("{count} by {engine} instead of {first}{why}")
        };
        self.0.iter().map(line).collect()
    }

    /// Returns the same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let one = |((engine, first), (count, reason)): (&(String, String), &(u64, Option<String>))| json!({"engine": engine, "instead_of": first, "outputs": count, "reason": reason});
        self.0.iter().map(one).collect()
    }
}
