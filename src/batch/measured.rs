//! Says what looking at sources has come to in this process, so that planning again reads none of them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::analysis::Measures;
use crate::digest::Digest;
use crate::error::Failure;
use crate::storage::SourceFile;
use crate::storage::Stamp;

/// Holds what measures have found in sources, by path.
#[derive(Debug, Default)]
pub(super) struct Measured(HashMap<PathBuf, (Stamp, MeasuredSource)>);

/// Says what became of looking at one source.
#[derive(Debug, Clone)]
pub(super) enum MeasuredSource {
    /// This was found in these bytes.
    Found(Digest, Arc<Measures>),
    /// It could not be looked at; the digest of its bytes is known if they were read.
    Failed(Option<Digest>, Failure),
}

impl Measured {
    /// Returns what looking at a source has come to, if it is still as it was then.
    pub(super) fn of(&self, file: &SourceFile) -> Option<&MeasuredSource> {
        self.0.get(&file.path).and_then(|(stamp, source)| (*stamp == file.stamp).then_some(source))
    }

    pub(super) fn add(&mut self, file: &SourceFile, source: MeasuredSource) {
        self.0.insert(file.path.clone(), (file.stamp, source));
    }

    /// Returns how many sources were looked at and could be.
    pub(super) fn count(&self) -> u64 {
        self.0.values().filter(|(_, source)| matches!(source, MeasuredSource::Found(..))).count() as u64
    }
}
