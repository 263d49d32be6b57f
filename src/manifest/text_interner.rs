//! Texts that recur in every record: names of targets, engines, providers and runs.

use std::collections::HashSet;
use std::sync::Arc;

/// Keeps one copy of each text.
#[derive(Debug, Clone, Default)]
pub(super) struct TextInterner(HashSet<Arc<str>>);

impl TextInterner {
    /// Returns the one copy of this text.
    pub(super) fn of(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let word: Arc<str> = text.into();
        self.0.insert(word.clone());
        word
    }
}
