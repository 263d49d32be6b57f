//! The name of a row.

use std::sync::Arc;

/// Names a row of a table among those that are joined to one source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey(Arc<str>);

impl RowKey {
    /// Names the row that has this text as its key.
    #[must_use]
    pub fn new(key: &str) -> Self {
        RowKey(key.into())
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
