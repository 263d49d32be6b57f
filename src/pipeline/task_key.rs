//! The name of a task.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::error::printable;

/// Names a task among all of a pipeline: in records, states, events and reports.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskKey<'a> {
    /// The source, relative to the input folder.
    pub source: Cow<'a, Path>,
    /// The target's name.
    pub target: Cow<'a, str>,
    /// The row of a table, where rows are joined to sources.
    pub row: Option<Cow<'a, str>>,
    /// The name of the file's format, where the target makes one file in several; a record may name one that this
    /// program does not know.
    pub encoding: Option<Cow<'a, str>>,
}

impl<'a> TaskKey<'a> {
    /// Names the task of a source and a target that has neither rows nor several encodings.
    #[must_use]
    pub fn new(source: &'a Path, target: &'a str) -> Self {
        TaskKey { source: source.into(), target: target.into(), row: None, encoding: None }
    }

    /// Returns the same with copies of its parts.
    #[must_use]
    pub fn into_owned(self) -> TaskKey<'static> {
        TaskKey {
            source: Cow::Owned(self.source.into_owned()),
            target: Cow::Owned(self.target.into_owned()),
            row: self.row.map(|row| Cow::Owned(row.into_owned())),
            encoding: self.encoding.map(|encoding| Cow::Owned(encoding.into_owned())),
        }
    }

    /// Returns bytes that no other task of the pipeline has: source and target, and what else there is.
    #[must_use]
    pub fn name(&self) -> Vec<u8> {
        let [row, encoding] = [("row", &self.row), ("as", &self.encoding)]
            .map(|(kind, part)| part.iter().flat_map(move |part| [kind.as_bytes(), part.as_bytes()]));
        let named = [self.source.as_os_str().as_bytes(), self.target.as_bytes()];
        named.into_iter().chain(row).chain(encoding).collect::<Vec<_>>().join(&0)
    }

    /// Returns its name among the tasks of its source, for the user: `card`, `card row A17`, `card as webp`. Signs of a
    /// row that could change a terminal are escaped.
    #[must_use]
    pub fn label(&self) -> String {
        let row = self.row.iter().map(|row| format!(" row {}", printable(row)));
        let encoding = self.encoding.iter().map(|encoding| format!(" as {encoding}"));
        row.chain(encoding).fold(self.target.to_string(), |label, part| label + &part)
    }
}
