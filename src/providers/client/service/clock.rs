//! The clock that a service goes by.

use std::fmt;
use std::pin::Pin;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

/// A wait that ends at its time, and that is over when it is dropped.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Source of time for a service: what it reads, and what it waits by.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns a time that never goes back.
    fn now(&self) -> Instant;

    /// Returns the time of day, with which dates in replies are compared.
    fn time_of_day(&self) -> SystemTime;

    /// Waits until `at`. Is called on a runtime of tokio.
    fn sleep_until(&self, at: Instant) -> Sleep;

    /// Waits until `at` for the end of something that another does, such as a reply, and that usually comes before.
    /// Apart from [`Clock::sleep_until`], so that a clock that moves on when nothing is left to do knows that there is.
    fn deadline(&self, at: Instant) -> Sleep {
        self.sleep_until(at)
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn time_of_day(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep_until(&self, at: Instant) -> Sleep {
        Box::pin(tokio::time::sleep_until(at.into()))
    }
}

/// Longest wait, for lengths that no time can be added to.
const FAR: Duration = Duration::from_secs(30 * 365 * 86_400);

/// Waits for so long.
pub(super) async fn sleep(clock: &dyn Clock, length: Duration) {
    clock.sleep_until(clock.now() + length.min(FAR)).await;
}

/// Returns the result of `work`; `None` if `end` comes first.
pub(super) async fn before<T>(end: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    let (mut end, mut work) = (pin!(end), pin!(work));
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}
