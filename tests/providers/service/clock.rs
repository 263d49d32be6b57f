//! The clock of the tests' server, for the service that asks it.

use std::time::Instant;
use std::time::SystemTime;

use recanvas::providers::client::Clock;
use recanvas::providers::client::Sleep;
use testkit::VirtualClock;

/// A clock that both go by.
#[derive(Debug)]
pub(crate) struct ServiceClock(pub(crate) VirtualClock);

impl Clock for ServiceClock {
    fn now(&self) -> Instant {
        testkit::Clock::now(&self.0)
    }

    fn time_of_day(&self) -> SystemTime {
        testkit::Clock::time_of_day(&self.0)
    }

    fn sleep_until(&self, at: Instant) -> Sleep {
        Box::pin(self.0.wait(at))
    }

    fn deadline(&self, at: Instant) -> Sleep {
        Box::pin(self.0.bound(at))
    }
}
