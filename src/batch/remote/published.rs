//! Pictures that a provider fetches from where the user publishes them.

use std::path::PathBuf;

use crate::error::Failure;
use crate::providers::Call;
use crate::providers::Provider;
use crate::storage::folder::publish::publish;
use crate::storage::folder::temporary::remove;

/// A picture in the user's public folder, for as long as its call lasts; the run that ends the
/// call takes it down.
pub(super) struct Published {
    file: PathBuf,
    url: String,
}

impl Published {
    pub(super) fn of(provider: &Provider, call: &Call) -> Option<Published> {
        let name = format!("{}.jpg", call.key(0));
        let (dir, url) = (provider.terms.public_dir.as_ref()?, provider.terms.public_url.as_ref()?);
        Some(Published { file: dir.join(&name), url: format!("{}/{name}", url.trim_end_matches('/')) })
    }

    pub(super) fn put(&self, bytes: &[u8]) -> Result<String, Failure> {
        publish(&self.file, bytes).map_err(|error| Failure::io("write into public_dir", &error))?;
        Ok(self.url.clone())
    }

    pub(super) fn take_down(&self) {
        // Most often it was never put there.
        let _ = remove(&self.file);
    }
}
