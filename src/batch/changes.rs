//! Compares recorded options with those of today.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

use crate::digest::Digest;
use crate::manifest::State;
use crate::pipeline::Fingerprint;

/// Says which options differ, one line each; of options that were not recorded no line.
pub(super) type Lines = Arc<[String]>;

/// The differences of recorded options and those of today, each pair worked out once: there are few, whatever
/// the number of tasks.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// By the names of both; none where they are the same, value by value.
    known: RwLock<HashMap<(Digest, Digest), Option<Lines>>>,
}

impl Changes {
    /// Returns what differs between the options that are recorded by this name and those of today; none if
    /// they are the same, value by value.
    pub(super) fn between(&self, state: &State, recorded: Digest, today: &Fingerprint) -> Option<Lines> {
        if recorded == today.finished {
            return None;
        }
        let pair = (recorded, today.finished);
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&pair) {
            return known.clone();
        }
        let lines = state.options(&recorded).map(|options| today.differences(options));
        let changed = match lines {
            Some(lines) if lines.is_empty() => None,
            lines => Some(lines.unwrap_or_default().into()),
        };
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(pair, changed.clone());
        changed
    }
}
