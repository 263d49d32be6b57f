//! Variants: what is asked for of single sources.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::codecs::Format;
use crate::pipeline::RowKey;
use crate::pipeline::Template;
use crate::pipeline::WrittenOptions;

/// Source of what is asked for of single sources: rows of a table, further encodings, options for one picture.
pub trait Variants: fmt::Debug + Send + Sync {
    /// Returns the variants of the source at this path, relative to the input folder: those of each target stand for
    /// its usual task, one task for each. None where nothing particular is said of it.
    ///
    /// It is asked more than once of each source, and the answer is always the same.
    fn of(&self, source: &Path) -> Vec<Variant>;
}

/// Differences of one result of some targets from the usual one. Variants of a target that agree in row and encoding
/// are one task: the options of the later one lie over those of the earlier one.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Variant {
    /// Names the targets for which it counts; none for all.
    pub targets: Option<Vec<String>>,
    /// Names the row for which it is made, where it is made for one.
    pub row: Option<RowKey>,
    /// The format of the file, where the target makes one file in several formats; it stands above the layers.
    pub encoding: Option<Format>,
    /// The output's path, instead of the pipeline's.
    pub path: Option<Arc<Template>>,
    /// Options, as they are written; later ones override earlier ones.
    pub layers: Vec<Arc<WrittenOptions>>,
}

impl Variant {
    /// Tells whether it counts for the target of this name.
    pub(super) fn is_for(&self, target: &str) -> bool {
        self.targets.as_ref().is_none_or(|targets| targets.iter().any(|name| name == target))
    }
}
