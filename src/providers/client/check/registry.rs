//! Descriptors that users bring.

use std::path::Path;
use std::sync::Arc;

use crate::document::Document;
use crate::document::Mistakes;
use crate::document::Unreadable;
use crate::options::Problem;
use crate::providers::ProviderEntry;
use crate::providers::ProviderTable;
use crate::providers::client::check::descriptor::read_descriptor;

/// Error of a descriptor file that gave no provider.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoProvider {
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Something in it is wrong; at least one mistake.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

impl ProviderTable {
    /// Reads a user's descriptor; it takes the place of one of the same name. Gives the name. `is_local` says which
    /// names are those of engines on this machine.
    ///
    /// # Errors
    /// Every mistake in the file.
    pub fn add(&mut self, path: &Path, is_local: impl Fn(&str) -> bool) -> Result<String, NoProvider> {
        let document = Document::read(path)?;
        let (descriptor, warnings) = read_descriptor(&document)?;
        let name = descriptor.provider.clone();
        if is_local(&name) {
            let problem = Problem::new(format!("`{name}` is a local engine")).hint("choose another name");
            return Err(NoProvider::Mistakes(document.mistakes([&problem.under("provider")])));
        }
        let entry = ProviderEntry { descriptor: Arc::new(descriptor), file: Some(path.to_owned()), warnings };
        self.providers.insert(name.clone(), entry);
        Ok(name)
    }
}
