//! An output under its final name, and the sync that makes it durable.

use std::fmt::Debug;
use std::io;

use crate::storage::Stamp;

/// An output under its final name; it may not be durable yet.
#[derive(Debug)]
pub struct Committed {
    /// Its stamp, as the store has it after the last change.
    pub stamp: Stamp,
    /// Makes it durable.
    pub durable: Box<dyn Durable>,
}

/// Brings what was committed to where no power cut takes it.
pub trait Durable: Debug + Send + Sync {
    /// Returns a number that outputs share which one sync makes durable together, as those of one file system do;
    /// none where each is synced by itself.
    fn group(&self) -> Option<u64>;

    /// Waits until it is durable; nothing to do where it was before it was committed.
    ///
    /// # Errors
    /// What the store says; what is durable is not known then.
    fn sync(&self) -> io::Result<()>;
}
