//! The keys of the tasks of which records speak.

use std::borrow::Cow;

use crate::manifest::RecordedPath;
use crate::manifest::TaskFailed;
use crate::manifest::TaskFinished;
use crate::manifest::TaskRefreshed;
use crate::manifest::TaskWriting;
use crate::pipeline::TaskKey;

/// Holds the parts of a task's key as a record has them.
type Parts<'r, 'a> = (&'r RecordedPath<'a>, &'r str, &'r Option<Cow<'a, str>>, &'r Option<Cow<'a, str>>);

fn key<'r>((source, target, row, encoding): Parts<'r, '_>) -> TaskKey<'r> {
    let (row, encoding) = (row.as_deref().map(Cow::Borrowed), encoding.as_deref().map(Cow::Borrowed));
    TaskKey { row, encoding, ..TaskKey::new(source, target) }
}

impl TaskWriting<'_> {
    /// Returns the key of the task that writes.
    #[must_use]
    pub fn key(&self) -> TaskKey<'_> {
        key((&self.source, &self.target, &self.row, &self.encoding))
    }
}

impl TaskFinished<'_> {
    /// Returns the key of the task that is finished.
    #[must_use]
    pub fn key(&self) -> TaskKey<'_> {
        key((&self.source, &self.target, &self.row, &self.encoding))
    }
}

impl TaskFailed<'_> {
    /// Returns the key of the task that failed.
    #[must_use]
    pub fn key(&self) -> TaskKey<'_> {
        key((&self.source, &self.target, &self.row, &self.encoding))
    }
}

impl TaskRefreshed<'_> {
    /// Returns the key of the task that was found as it should be.
    #[must_use]
    pub fn key(&self) -> TaskKey<'_> {
        key((&self.source, &self.target, &self.row, &self.encoding))
    }
}
