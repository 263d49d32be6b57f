//! Pictures that a provider fetches from where the user publishes them.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use rustix::fs::OFlags;

use crate::error::Failure;
use crate::providers::Call;
use crate::providers::Provider;
use crate::storage::close;

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
        // A link in its place is not followed, a fifo not waited for.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let mut options = OpenOptions::new();
        let opened = options.write(true).create(true).truncate(true).custom_flags(flags).open(&self.file);
        let written = opened.and_then(|mut file| file.write_all(bytes).and_then(|()| close(file)));
        written.map_err(|error| Failure::io("write into public_dir", &error))?;
        Ok(self.url.clone())
    }

    pub(super) fn take_down(&self) {
        // Most often it was never put there.
        let _ = std::fs::remove_file(&self.file);
    }
}
