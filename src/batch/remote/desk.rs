//! Where work for the pool waits whose outcome somebody awaits: the remote side of a run hands
//! it in, the dispatcher admits it.

use std::collections::VecDeque;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::batch::work_queue::Work;
use crate::batch::work_queue::WorkQueue;

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
    queues: [VecDeque<Work<'a>>; 3],
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
        let work: Work<'a> = (need, Box::new(move || drop(tell.send(work()))));
        {
            let mut tray = self.tray();
            if tray.is_closed {
                return None;
            }
            tray.queues[urgency as usize].push_back(work);
        }
        self.bell.notify_all();
        told.await.ok()
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

    fn tray(&self) -> MutexGuard<'_, Tray<'a>> {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> WorkQueue<'a> for Desk<'a> {
    fn take(&self) -> Option<Work<'a>> {
        self.tray().queues.iter_mut().find_map(VecDeque::pop_front)
    }

    fn wait(&self, most: Duration) {
        let tray = self.tray();
        if tray.queues.iter().all(VecDeque::is_empty) && !tray.is_closed {
            drop(self.bell.wait_timeout(tray, most));
        }
    }

    fn is_closed(&self) -> bool {
        self.tray().is_closed
    }
}

/// Somebody without whom nothing comes to a desk any more.
pub(super) struct Closing<'d, 'a>(&'d Desk<'a>);

impl Drop for Closing<'_, '_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
