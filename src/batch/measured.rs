//! Keeps measures, and failures to take them, that were found in this process, so that planning again reads no source
//! twice.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::analysis::Measures;
use crate::digest::Digest;
use crate::error::Failure;
use crate::storage::SourceFile;
use crate::storage::Stamp;

/// Measures or failures of sources by path, each with the stamp that the source had.
#[derive(Debug, Default)]
pub(super) struct Measured(HashMap<PathBuf, (Stamp, MeasuredSource)>);

/// Measures of one source, or the failure to take them.
#[derive(Debug, Clone)]
pub(super) enum MeasuredSource {
    /// This was found in these bytes.
    Found(Digest, Arc<Measures>),
    /// It could not be looked at; the digest of its bytes is known if they were read.
    Failed(Option<Digest>, Failure),
}

impl Measured {
    /// Returns the measures or the failure of a source; `None` if there are none, or the source has another stamp by
    /// now.
    pub(super) fn of(&self, file: &SourceFile) -> Option<&MeasuredSource> {
        self.0.get(&file.path).and_then(|(stamp, source)| (*stamp == file.stamp).then_some(source))
    }

    pub(super) fn add(&mut self, file: &SourceFile, source: MeasuredSource) {
        self.0.insert(file.path.clone(), (file.stamp, source));
    }

    /// Counts the sources whose measures were taken.
    pub(super) fn count(&self) -> u64 {
        self.0.values().filter(|(_, source)| matches!(source, MeasuredSource::Found(..))).count() as u64
    }
}
