//! Damage of kept results.

use std::io;
use std::sync::Arc;

/// Damage of a result that was kept.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CacheFault {
    /// No result has this extension, which is escaped.
    #[error("its result has the extension `{0}`, which is not known")]
    UnknownExtension(String),
    /// Something that is no regular file has its name.
    #[error("its result in the cache is no file")]
    NoFile,
    /// It has another size.
    #[error("its result in the cache has {found} bytes instead of {kept}")]
    OtherSize {
        /// Bytes that are there.
        found: u64,
        /// Bytes that were kept.
        kept: u64,
    },
    /// Nothing has its name.
    #[error("its result is not in the cache any more")]
    Missing,
    /// The system does not let it be read.
    #[error("its result cannot be read: {0}")]
    Unreadable(#[source] Arc<io::Error>),
    /// Its bytes are others.
    #[error("its result in the cache is damaged")]
    Damaged,
}

impl From<io::Error> for CacheFault {
    fn from(error: io::Error) -> Self {
        CacheFault::Unreadable(Arc::new(error))
    }
}
