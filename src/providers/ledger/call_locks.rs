//! Equal calls have one writer: the task that makes a call holds its turn; all others wait for the outcome and hold
//! nothing meanwhile.
//!
//! Waiting is a [`Future`] of `futures-channel`, which names no runtime: this is part of builds that have none.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::task::Context;
use std::task::Poll;

use futures_channel::oneshot;
use futures_channel::oneshot::Receiver;
use futures_channel::oneshot::Sender;

use crate::digest::Digest;
use crate::geometry::Orientation;
use crate::locks::lock;
use crate::providers::Call;
use crate::providers::CallKey;
use crate::providers::CallOutcome;
use crate::providers::Canvas;

/// The calls that are being made in this run.
#[derive(Debug, Clone, Default)]
pub struct CallLocks(Arc<Locked>);

/// Holds for each call that is being made where its outcome is waited for.
type Locked = Mutex<HashMap<CallKey, Vec<Sender<CallOutcome>>>>;

impl CallLocks {
    /// Takes the turn to make this call, at its attempt 0; or, if another task has it, that task's outcome as something
    /// to wait for.
    ///
    /// # Errors
    /// [`CallWait`] if the call is being made.
    pub fn take(&self, call: &Call) -> Result<CallLock, CallWait> {
        let first = call.key(0);
        let mut locked_calls = lock(&self.0);
        if let Some(waiting) = locked_calls.get_mut(&first) {
            let (sender, receiver) = oneshot::channel();
            waiting.push(sender);
            return Err(CallWait(receiver));
        }
        locked_calls.insert(first, Vec::new());
        Ok(CallLock {
            locks: self.clone(),
            first,
            key: first,
            attempt: 0,
            stage: call.recorded_stage(),
            provider: call.provider.clone(),
            source: call.source,
            family: call.family(),
            revision: call.revision,
            canvas: call.canvas,
            orientation: call.orientation,
            settled: false,
        })
    }
}

/// The right to make a call, for as long as it is held. When it is dropped, waiting tasks get
/// [`CallOutcome::Left`].
#[derive(Debug)]
#[must_use]
pub struct CallLock {
    locks: CallLocks,
    first: CallKey,
    key: CallKey,
    attempt: u32,
    stage: Option<&'static str>,
    provider: String,
    source: Digest,
    family: Digest,
    revision: u32,
    canvas: Canvas,
    orientation: Option<Orientation>,
    settled: bool,
}

impl CallLock {
    /// Returns the same turn for another attempt. It must be of the call for which the turn was taken; the revision of
    /// the descriptor may be another.
    pub fn at(mut self, call: &Call, attempt: u32) -> Self {
        (self.key, self.attempt) = (call.key(attempt), attempt);
        (self.family, self.revision, self.orientation) = (call.family(), call.revision, call.orientation);
        self
    }

    /// Returns the revision of the descriptor by which it is asked for.
    #[must_use]
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// Returns the key of the attempt that is to be made.
    #[must_use]
    pub fn key(&self) -> CallKey {
        self.key
    }

    /// Returns the attempt's number, counted from 0.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns the word of the stage that wants it, [as it is recorded](Call::recorded_stage).
    #[must_use]
    pub fn stage(&self) -> Option<&'static str> {
        self.stage
    }

    /// Returns the provider's name.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Returns the digest of the source's bytes.
    #[must_use]
    pub fn source(&self) -> Digest {
        self.source
    }

    /// Returns the digest that calls of this one's kind have in common.
    #[must_use]
    pub fn family(&self) -> Digest {
        self.family
    }

    /// Returns the canvas that is sent and asked for.
    #[must_use]
    pub fn canvas(&self) -> Canvas {
        self.canvas
    }

    /// Returns the turn of the stored picture before it is sent, as far as that is known.
    #[must_use]
    pub fn orientation(&self) -> Option<Orientation> {
        self.orientation
    }

    /// Gives the turn back and tells all that wait.
    pub fn settle(mut self, outcome: &CallOutcome) {
        self.tell(outcome);
    }

    pub(super) fn tell(&mut self, outcome: &CallOutcome) {
        if std::mem::replace(&mut self.settled, true) {
            return;
        }
        let waiting = lock(&self.locks.0).remove(&self.first).unwrap_or_default();
        // No lock is held while a waker's code runs.
        for sender in waiting {
            // One that does not wait any more needs no outcome.
            let _ = sender.send(outcome.clone());
        }
    }
}

impl Drop for CallLock {
    fn drop(&mut self) {
        self.tell(&CallOutcome::Left);
    }
}

/// The outcome of a call that another task makes. Dropping it is fine.
#[derive(Debug)]
#[must_use = "without waiting the outcome is not learnt"]
pub struct CallWait(Receiver<CallOutcome>);

impl Future for CallWait {
    type Output = CallOutcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<CallOutcome> {
        // A lock tells its outcome before it goes.
        Pin::new(&mut self.0).poll(context).map(|told| told.unwrap_or(CallOutcome::Left))
    }
}
