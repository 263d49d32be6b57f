//! The signal that ends waiting.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::watch;

use crate::providers::client::service::clock::Clock;
use crate::providers::client::service::clock::SystemClock;
use crate::providers::client::service::clock::before;

/// A signal that calls listen to. Its clones are the same signal; any thread may give it.
#[derive(Debug, Clone)]
pub struct CancelSignal {
    given: Arc<watch::Sender<Option<Instant>>>,
    clock: Arc<dyn Clock>,
}

impl Default for CancelSignal {
    fn default() -> Self {
        CancelSignal::by(Arc::new(SystemClock))
    }
}

impl CancelSignal {
    /// Makes a signal for calls of services that go by this clock.
    #[must_use]
    pub fn by(clock: Arc<dyn Clock>) -> CancelSignal {
        CancelSignal { given: Arc::new(watch::Sender::new(None)), clock }
    }

    /// Gives the signal, for good; only the first time counts.
    pub fn give(&self) {
        let now = self.clock.now();
        self.given.send_if_modified(|given| given.is_none() && given.replace(now).is_none());
    }

    /// Tells whether it was given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.given.borrow().is_some()
    }

    /// Waits for the signal; says when it was given.
    async fn given(&self) -> Instant {
        // The sender lives as long as `self`, so the wait ends with the signal only.
        let given = self.given.subscribe().wait_for(Option::is_some).await.ok().and_then(|given| *given);
        given.unwrap_or_else(|| self.clock.now())
    }

    /// Returns the result of `work`; `None` if the signal came first and `work` is not done `grace` after it.
    pub(super) async fn or<T>(&self, grace: Duration, work: impl Future<Output = T>) -> Option<T> {
        let end = async {
            let given = self.given().await;
            self.clock.deadline(given + grace).await;
        };
        before(end, work).await
    }
}
