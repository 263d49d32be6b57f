//! Work for the pool that comes while a run is under way.

use std::time::Duration;

/// Most bytes of memory that some work takes at any moment, and what is to be done.
pub(super) type Work<'a> = (u64, Box<dyn FnOnce() + Send + 'a>);

/// Queue in which work waits until the dispatcher admits it.
pub(super) trait WorkQueue<'a> {
    /// Takes the most urgent work.
    fn take(&self) -> Option<Work<'a>>;

    /// Waits until something may have changed, so long at most.
    fn wait(&self, most: Duration);

    /// Tells whether nothing comes any more.
    fn is_closed(&self) -> bool;
}
