//! Where work for the pool waits whose outcome somebody awaits: the remote side of a run hands
//! it in, the dispatcher admits it.

use std::collections::VecDeque;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::oneshot;

/// Work for a thread of the pool.
pub(super) struct Errand<'a> {
    /// Most bytes of memory that it takes at any moment.
    pub(super) need: u64,
    /// What is to be done.
    pub(super) work: Box<dyn FnOnce() + Send + 'a>,
}

/// How soon work is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// It finishes what was paid for.
    Finish,
    /// It begins a call.
    Prepare,
    /// No call waits for it.
    Unpaid,
}

/// A desk between those who want work done and the one who admits it.
pub(super) struct Desk<'a> {
    tray: Mutex<Tray<'a>>,
    bell: Condvar,
}

#[derive(Default)]
struct Tray<'a> {
    /// One queue for each urgency, the most urgent first.
    queues: [VecDeque<Errand<'a>>; 3],
    /// Nothing comes any more.
    is_closed: bool,
}

impl<'a> Desk<'a> {
    pub(super) fn new() -> Self {
        Desk { tray: Mutex::default(), bell: Condvar::new() }
    }

    /// Has `work` done on the pool; nothing if the run stops before it is.
    pub(super) async fn done<T: Send + 'a>(
        &self,
        need: u64,
        urgency: Urgency,
        work: impl FnOnce() -> T + Send + 'a,
    ) -> Option<T> {
        let (tell, told) = oneshot::channel();
        // Who does not wait any more does not need to be told.
        let errand = Errand { need, work: Box::new(move || drop(tell.send(work()))) };
        {
            let mut tray = self.tray();
            if tray.is_closed {
                return None;
            }
            tray.queues[urgency as usize].push_back(errand);
        }
        self.bell.notify_all();
        told.await.ok()
    }

    /// The most urgent errand.
    pub(super) fn take(&self) -> Option<Errand<'a>> {
        self.tray().queues.iter_mut().find_map(VecDeque::pop_front)
    }

    /// Waits until something may have changed.
    pub(super) fn wait(&self, most: Duration) {
        let tray = self.tray();
        if tray.queues.iter().all(VecDeque::is_empty) && !tray.is_closed {
            drop(self.bell.wait_timeout(tray, most));
        }
    }

    /// Nothing is taken in from now on, and what waits is given up: who awaits it learns that.
    pub(super) fn close(&self) {
        let mut tray = self.tray();
        *tray = Tray { is_closed: true, ..Tray::default() };
        drop(tray);
        self.bell.notify_all();
    }

    /// Closes the desk when it is dropped.
    pub(super) fn closing(&self) -> Closing<'_, 'a> {
        Closing(self)
    }

    /// Tells whether nothing comes any more.
    pub(super) fn is_closed(&self) -> bool {
        self.tray().is_closed
    }

    fn tray(&self) -> MutexGuard<'_, Tray<'a>> {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody without whom nothing comes to a desk any more.
pub(super) struct Closing<'d, 'a>(&'d Desk<'a>);

impl Drop for Closing<'_, '_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
