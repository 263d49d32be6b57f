//! Records and keeps the measures of sources, by the digest of the sources' bytes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use crate::analysis::Measures;
use crate::digest::Digest;

/// Records what measures have found in a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuresRecord<'a> {
    /// Always set: a reader that does not know this kind of record passes it over.
    pub optional: bool,
    /// The digest of the source's bytes: what is found is true of whatever has them.
    pub hash: Digest,
    /// The value of each measure, with its revision.
    pub values: Cow<'a, Measures>,
}

impl<'a> MeasuresRecord<'a> {
    /// Returns the record of what was found in a source with this digest.
    #[must_use]
    pub fn new(hash: Digest, values: &'a Measures) -> Self {
        MeasuresRecord { optional: true, hash, values: Cow::Borrowed(values) }
    }
}

/// Measures that are asked for, by the digest of the source's bytes.
#[derive(Debug, Default)]
pub(super) struct KnownMeasures(HashMap<Digest, Arc<Measures>>);

impl KnownMeasures {
    /// Adds what measures of these names and revisions have found; nothing else is kept.
    pub(super) fn add(&mut self, measured: MeasuresRecord<'_>, asked: &[(&str, u32)]) {
        if asked.is_empty() {
            return;
        }
        let found = measured.values.into_owned().only(asked);
        if found.is_empty() {
            return;
        }
        let before = self.0.remove(&measured.hash).map(Arc::unwrap_or_clone).unwrap_or_default();
        self.0.insert(measured.hash, Arc::new(before.with(found)));
    }

    pub(super) fn of(&self, hash: &Digest) -> Option<&Arc<Measures>> {
        self.0.get(hash)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Estimates how many bytes they take.
    pub(super) fn memory(&self) -> usize {
        let found: usize = self.0.values().map(|measures| measures.memory()).sum();
        found + self.0.capacity() * size_of::<(Digest, Arc<Measures>)>()
    }
}
