//! A store that is interrupted while it puts an output in place, as a kill does it.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::storage::Committed;
use recanvas::storage::OutputPlace;
use recanvas::storage::OutputStore;
use recanvas::storage::PreparedOutput;
use recanvas::storage::Removal;

/// Says when it is interrupted: the claim is recorded by then in any case, and that it was finished never will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Nothing is in its place.
    BeforeCommit,
    /// The output is.
    AfterCommit,
}

/// Passes everything on, but does not come to the end of its first commits.
#[derive(Debug)]
pub(super) struct Interrupted {
    store: Arc<dyn OutputStore>,
    moment: Moment,
    left: AtomicU32,
}

impl Interrupted {
    /// Interrupts so many commits.
    pub(super) fn new(store: Arc<dyn OutputStore>, moment: Moment, commits: u32) -> Self {
        Interrupted { store, moment, left: AtomicU32::new(commits) }
    }

    fn is_now(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

impl OutputStore for Interrupted {
    fn check(&self) -> Result<(), Failure> {
        self.store.check()
    }

    fn stat(&self, output: &Path) -> Result<OutputPlace, Failure> {
        self.store.stat(output)
    }

    fn hash(&self, output: &Path) -> Result<Digest, Failure> {
        self.store.hash(output)
    }

    fn prepare<'a>(
        &'a self,
        output: &'a Path,
        task: &[u8],
        bytes: &'a [u8],
    ) -> Result<Box<dyn PreparedOutput + 'a>, Failure> {
        Ok(Box::new(Prepared { store: self, prepared: self.store.prepare(output, task, bytes)? }))
    }

    fn adopt(&self, output: &Path) -> Result<Committed, Failure> {
        self.store.adopt(output)
    }

    fn remove(&self, output: &Path, is_ours: &dyn Fn(Digest) -> bool) -> Result<Removal, Failure> {
        self.store.remove(output, is_ours)
    }
}

struct Prepared<'a> {
    store: &'a Interrupted,
    prepared: Box<dyn PreparedOutput + 'a>,
}

impl PreparedOutput for Prepared<'_> {
    fn temp(&self) -> Option<&OsStr> {
        self.prepared.temp()
    }

    fn commit(self: Box<Self>, seen: OutputPlace) -> Result<Committed, Failure> {
        if !self.store.is_now() {
            return self.prepared.commit(seen);
        }
        if self.store.moment == Moment::AfterCommit {
            self.prepared.commit(seen)?;
        }
        Err(Failure::new(Class::Interrupted, "killed"))
    }
}
