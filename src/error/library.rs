//! Errors of the library's entry points.

use std::error::Error as StdError;
use std::fmt;

use crate::error::Class;
use crate::error::Failure;
use crate::error::printable;

/// Error of a call of the library.
///
/// It prints as one line, without what to do about it. [`kind`](Error::kind) is for programs;
/// [`source`](StdError::source) has the details where there are more: the [`Failure`] of a picture or a file, the
/// [`Mistakes`](crate::document::Mistakes) of a pipeline, the [`Refusal`](crate::batch::Refusal) of a run.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    line: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Kind of an error, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A pipeline cannot be read.
    Unreadable,
    /// A pipeline that says something wrong. The source is its [`Mistakes`](crate::document::Mistakes).
    Mistakes,
    /// The request does not make sense.
    Usage,
    /// The pipeline has no such target, or no such row.
    UnknownTarget,
    /// No source fits what the request is only for.
    NotFound,
    /// By the pipeline's own rules there is nothing to make.
    Skipped,
    /// A provider would have to be asked, which only a run does: it records what is paid.
    NeedsLedger,
    /// Most tasks of a run would write the same files.
    Collisions,
    /// Another run is using the state folder.
    Locked,
    /// The manifest cannot be used.
    Manifest,
    /// The run was stopped before it began.
    Stopped,
    /// A provider cannot even be asked, as without a key.
    Provider,
    /// A picture, a file or a folder failed. The source is the [`Failure`].
    Failed(Class),
}

impl Error {
    /// Returns an error of this kind that says so in one line.
    #[must_use]
    pub(crate) fn new(kind: ErrorKind, line: impl AsRef<str>) -> Self {
        Error { kind, line: printable(line.as_ref()), source: None }
    }

    /// Returns the same with its details.
    #[must_use]
    pub(crate) fn because(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Error { source: Some(Box::new(source)), ..self }
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the details, if they are of this type.
    #[must_use]
    pub fn details<T: StdError + 'static>(&self) -> Option<&T> {
        self.source.as_deref().and_then(|source| source.downcast_ref())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::new(ErrorKind::Failed(failure.class), &failure.message).because(failure)
    }
}
