//! Room in memory for what providers send, which all services of a run share.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::sync::SemaphorePermit;

/// MiB of it.
const MIB: u32 = 64;

/// Bytes of a reply for which no memory is waited: it says how a call stands.
const SMALL: u64 = 256 << 10;

/// Room for replies and results while they are fetched, understood, checked and kept. Clones are the
/// same room.
#[derive(Clone)]
pub struct ReplyMemory(Arc<Semaphore>);

impl Default for ReplyMemory {
    fn default() -> Self {
        ReplyMemory(Arc::new(Semaphore::new(MIB as usize)))
    }
}

/// Part of it that one call holds.
pub(super) struct ReplyReservation<'a> {
    reply_memory: &'a ReplyMemory,
    held: Option<SemaphorePermit<'a>>,
}

impl<'a> ReplyReservation<'a> {
    /// Begins with nothing.
    pub(super) fn of(reply_memory: &'a ReplyMemory) -> ReplyReservation<'a> {
        ReplyReservation { reply_memory, held: None }
    }

    /// Waits for room for so many bytes, or for all that there is, unless some is held already.
    pub(super) async fn take(&mut self, bytes: u64) {
        if self.held.is_none() {
            let mib = u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(MIB).clamp(1, MIB);
            self.held = self.reply_memory.0.acquire_many(mib).await.ok();
        }
    }

    /// Waits in the same way for a reply of which so many bytes are there, and which may get as long as `most`.
    pub(super) async fn take_for_reply(&mut self, there: u64, most: u64) {
        if there > SMALL {
            // Its text, what is read from that, and the picture in it are there at the same time.
            self.take(most.saturating_mul(2)).await;
        }
    }

    /// Gives back what is held.
    pub(super) fn leave(&mut self) {
        self.held = None;
    }
}
