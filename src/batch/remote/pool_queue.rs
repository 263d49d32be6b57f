//! Queue of work for the pool whose outcome is awaited: the remote side of a run hands
//! it in, the dispatcher admits it.

use std::collections::VecDeque;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::batch::work_queue::Work;
use crate::batch::work_queue::WorkQueue;
use crate::locks::lock;

/// Urgency of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// It finishes what was paid for.
    Finish,
    /// It begins a call.
    Prepare,
    /// No call waits for it.
    Unpaid,
}

/// Queue between tasks that need work done on the pool and the dispatcher that admits it.
pub(super) struct PoolQueue<'a> {
    state: Mutex<QueueState<'a>>,
    changed: Condvar,
}

#[derive(Default)]
struct QueueState<'a> {
    /// One queue for each urgency, the most urgent first.
    queues: [VecDeque<Work<'a>>; 3],
    /// Nothing comes any more.
    is_closed: bool,
}

impl<'a> PoolQueue<'a> {
    pub(super) fn new() -> Self {
        PoolQueue { state: Mutex::default(), changed: Condvar::new() }
    }

    /// Has `work` done on the pool; nothing if the run stops before it is.
    pub(super) async fn done<T: Send + 'a>(
        &self,
        need: u64,
        urgency: Urgency,
        work: impl FnOnce() -> T + Send + 'a,
    ) -> Option<T> {
        let (tell, told) = oneshot::channel();
        // A task that does not wait any more needs no result.
        let work: Work<'a> = (need, Box::new(move || drop(tell.send(work()))));
        {
            let mut state = self.state();
            if state.is_closed {
                return None;
            }
            state.queues[urgency as usize].push_back(work);
        }
        self.changed.notify_all();
        told.await.ok()
    }

    /// Closes the queue: nothing is taken in from now on, and waiting work is dropped, so that tasks that await it get
    /// `None`.
    pub(super) fn close(&self) {
        let mut state = self.state();
        *state = QueueState { is_closed: true, ..QueueState::default() };
        drop(state);
        self.changed.notify_all();
    }

    /// Closes the queue when it is dropped.
    pub(super) fn closing(&self) -> CloseOnDrop<'_, 'a> {
        CloseOnDrop(self)
    }

    fn state(&self) -> MutexGuard<'_, QueueState<'a>> {
        lock(&self.state)
    }
}

impl<'a> WorkQueue<'a> for PoolQueue<'a> {
    fn take(&self) -> Option<Work<'a>> {
        self.state().queues.iter_mut().find_map(VecDeque::pop_front)
    }

    fn wait(&self, most: Duration) {
        let state = self.state();
        if state.queues.iter().all(VecDeque::is_empty) && !state.is_closed {
            drop(self.changed.wait_timeout(state, most));
        }
    }

    fn is_closed(&self) -> bool {
        self.state().is_closed
    }
}

/// Closes a queue when it is dropped: nothing comes to it after that.
pub(super) struct CloseOnDrop<'d, 'a>(&'d PoolQueue<'a>);

impl Drop for CloseOnDrop<'_, '_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
