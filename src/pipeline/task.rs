//! One asked-for result of one source.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::codecs::Format;
use crate::codecs::Header;
use crate::document::Mistakes;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::pipeline::Acting;
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
#[non_exhaustive]
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
    /// Revisions of everything that may have a part in its output.
    pub revisions: Arc<Revisions>,
    /// The output's path below the output folder.
    pub path: Arc<Template>,
    /// Mistakes in what is said of its source alone. Such a task has the options of all sources, and fails.
    pub mistakes: Mistakes,
    /// Warnings of what is said of its source alone and probably not meant.
    pub warnings: Mistakes,
}

impl Task {
    /// Returns the failure of a task that cannot be made, whatever the source, since the options of its source alone
    /// have mistakes; `None` if they have none.
    #[must_use]
    pub fn refusal(&self) -> Option<Failure> {
        let first = self.mistakes.first()?.on_one_line();
        let more = self.mistakes.len() - 1 + self.mistakes.more();
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        Some(Failure::new(Class::Options, first + &more))
    }

    /// Returns the options that act on its output, for a source with this header and an output of this layout.
    #[must_use]
    pub fn acting(&self, header: &Header, layout: &Layout) -> Acting {
        self.fingerprint.acting((&self.recipe, &self.shape), header, layout)
    }

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
