//! The five seed providers as real servers on loopback: as strict as they are said to be, with
//! results made from what was sent, records of what was paid, and every fault on demand.
//!
//! ```ignore
//! let script = Script::default().latency(Duration::from_secs(2)).fault(
//!     Fault::Instead(Point::Poll, Instead::Says(Refusal::Server(500))), When::FirstOfEach(3));
//! let server = Contract::start(Provider::Fal, script);
//! // … a run with RECANVAS_ENDPOINT_FAL = server.endpoint() and FAL_KEY = server.key() …
//! assert_eq!(server.paid().len(), 1);
//! assert_eq!(server.violations(), [""; 0]);
//! ```
//!
//! Nothing of it uses the code under test. Jobs are entries in the records, done when the script's clock
//! says so at the next poll; they live as long as the server. A [`VirtualClock`] passes pauses over; clients that are
//! programs of their own need the machine's.

#![allow(clippy::disallowed_methods, reason = "servers of tests wait on purpose, and may end with a panic")]

mod clock;
mod fal;
pub mod faults;
mod fields;
mod handler;
pub mod http;
mod jobs;
mod keys;
mod metadata;
mod modelslab;
mod pictures;
mod pixeldojo;
mod provider;
pub mod records;
mod runflow;
pub mod script;
mod server;
mod sides;
mod stablediffusionapi;
mod store;
mod virtual_clock;

use std::collections::HashMap;
use std::time::Duration;

pub use clock::Clock;
pub use clock::SystemClock;
pub use pictures::Place;
pub use provider::Provider;
pub use script::Script;
pub use virtual_clock::Timer;
pub use virtual_clock::VirtualClock;

use faults::Point;
use records::Asked;
use records::Paid;
use server::Server;

/// A provider that runs until it is dropped.
pub struct Contract {
    server: Server,
}

impl Contract {
    /// Starts a server on free ports of loopback.
    pub fn start(provider: Provider, script: Script) -> Self {
        Contract { server: Server::start(provider, script) }
    }

    /// Returns the provider that it is.
    pub fn provider(&self) -> Provider {
        self.server.handler.provider
    }

    /// The API's origin.
    pub fn endpoint(&self) -> &str {
        &self.server.handler.api
    }

    /// The origin of uploads and results.
    pub fn store(&self) -> &str {
        &self.server.handler.store
    }

    /// What stands before a file's name where the script puts up a folder.
    pub fn public_url(&self) -> String {
        format!("{}/public/", self.store())
    }

    /// The key that it asks for.
    pub fn key(&self) -> &str {
        &self.server.handler.key
    }

    /// Endpoint and key as a run of the program takes them.
    pub fn environment(&self) -> [(String, String); 2] {
        let provider = self.provider();
        [
            (provider.endpoint_variable(), self.endpoint().to_owned()),
            (provider.key_variable().to_owned(), self.key().to_owned()),
        ]
    }

    /// Every accepted submit, in order. Equal ones are paid each.
    pub fn paid(&self) -> Vec<Paid> {
        self.server.handler.records().jobs.iter().map(|job| job.paid.clone()).collect()
    }

    /// How many equal orders were paid more than once, counted beyond the first.
    pub fn paid_twice(&self) -> usize {
        let mut orders: HashMap<String, usize> = HashMap::new();
        for paid in self.paid() {
            *orders.entry(paid.order).or_default() += 1;
        }
        orders.values().map(|count| count - 1).sum()
    }

    /// Every request, in the order in which they were answered.
    pub fn requests(&self) -> Vec<Asked> {
        self.server.handler.records().asked.clone()
    }

    /// How many requests there were at this point.
    pub fn count(&self, point: Point) -> usize {
        self.server.handler.records().asked.iter().filter(|asked| asked.point == point).count()
    }

    /// What no good client does.
    pub fn violations(&self) -> Vec<String> {
        self.server.handler.records().violations.clone()
    }

    /// Requests that the script's rate or slots refused.
    pub fn limited(&self) -> usize {
        self.server.handler.records().limited
    }

    /// Most jobs in flight at any submit.
    pub fn most_in_flight(&self) -> usize {
        self.server.handler.records().most_in_flight
    }

    /// Most requests that were being answered at once.
    pub fn most_open(&self) -> usize {
        self.server.handler.records().most_open
    }

    /// The result of a job, counted from 1, as it is sent.
    pub fn result(&self, number: usize) -> Vec<u8> {
        self.server.handler.render(number).to_vec()
    }

    /// Ends all faults; jobs that were accepted keep what they have.
    pub fn heal(&self) {
        self.server.handler.records().heal();
    }

    /// How long nothing has been asked.
    pub fn idle(&self) -> Duration {
        let handler = &self.server.handler;
        let last = handler.records().asked.last().map_or(Duration::ZERO, |asked| asked.at);
        handler.age().saturating_sub(last)
    }
}
