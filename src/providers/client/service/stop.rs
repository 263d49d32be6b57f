//! The signal that ends waiting.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// A signal that calls listen to. Its clones are the same signal; any thread may give it.
#[derive(Debug, Clone)]
pub struct CancelSignal(Arc<watch::Sender<Option<Instant>>>);

impl Default for CancelSignal {
    fn default() -> Self {
        CancelSignal(Arc::new(watch::Sender::new(None)))
    }
}

impl CancelSignal {
    /// Gives the signal, for good; only the first time counts.
    pub fn give(&self) {
        self.0.send_if_modified(|given| given.is_none() && given.replace(Instant::now()).is_none());
    }

    /// Tells whether it was given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Waits for the signal; says when it was given.
    async fn given(&self) -> Instant {
        // The sender lives as long as `self`, so the wait ends with the signal only.
        let given = self.0.subscribe().wait_for(Option::is_some).await.ok().and_then(|given| *given);
        given.unwrap_or_else(Instant::now)
    }

    /// Returns the result of `work`; `None` if the signal came first and `work` is not done `grace` after it.
    pub(super) async fn or<T>(&self, grace: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut end = pin!(async {
            let given = self.given().await;
            tokio::time::sleep_until(given + grace).await;
        });
        std::future::poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => end.as_mut().poll(context).map(|()| None),
        })
        .await
    }
}
