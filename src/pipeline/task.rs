//! One asked-for result of one source.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::codecs::Format;
use crate::pipeline::Fingerprint;
use crate::pipeline::Revisions;
use crate::pipeline::RowKey;
use crate::pipeline::Settings;
use crate::pipeline::TaskKey;
use crate::pipeline::Template;
use crate::stages::Recipe;
use crate::stages::Shape;

/// One asked-for result of one source, with all that says how it is made.
///
/// Sources of which nothing particular is said share their tasks.
#[derive(Clone)]
pub struct Task {
    /// Names the target.
    pub target: Arc<str>,
    /// Names the row of a table for which it is made, where rows are joined to sources.
    pub row: Option<RowKey>,
    /// The format of its file, where the target makes one file in several formats; the recipe writes that format.
    pub encoding: Option<Format>,
    /// The asked ratio and size.
    pub shape: Shape,
    /// Every option with its origin.
    pub settings: Arc<Settings>,
    /// The same options, typed.
    pub recipe: Arc<Recipe>,
    /// Names the options for resuming.
    pub fingerprint: Fingerprint,
    /// Says what may have a part in its output.
    pub revisions: Arc<Revisions>,
    /// The output's path below the output folder.
    pub path: Arc<Template>,
}

impl Task {
    /// Returns its key as a task of this source.
    #[must_use]
    pub fn key<'a>(&'a self, source: &'a Path) -> TaskKey<'a> {
        TaskKey {
            row: self.row.as_ref().map(|row| row.as_str().into()),
            encoding: self.encoding.map(|format| format.name().into()),
            ..TaskKey::new(source, &self.target)
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Task { target, row, encoding, shape, .. } = self;
        let mut task = f.debug_struct("Task");
        task.field("target", target).field("row", row).field("encoding", encoding).field("shape", shape);
        task.finish_non_exhaustive()
    }
}
