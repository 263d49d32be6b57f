//! Error of a document whose file cannot be read.

use std::io;

/// Error of a document whose file cannot be read; it does not name the file.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unreadable(#[from] NoText);

#[derive(Debug, thiserror::Error)]
pub(super) enum NoText {
    #[error(transparent)]
    Io(io::Error),
    #[error("the file is not UTF-8 text")]
    NotUtf8,
}
