//! Remembers what was said of a source, so that it is not said again for each of its targets.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::path::Path;
use std::sync::Mutex;

use crate::error::Failure;
use crate::locks::lock;

/// The failures that were told.
#[derive(Default)]
pub(super) struct ReportedFailures {
    hasher: RandomState,
    told: Mutex<HashSet<u64>>,
}

impl ReportedFailures {
    /// Tells whether this failure of a source is new, and remembers it.
    pub(super) fn is_new(&self, source: &Path, failure: &Failure) -> bool {
        let key = self.hasher.hash_one((source, failure.class, &failure.message));
        lock(&self.told).insert(key)
    }
}
