//! How a server shall behave.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::clock::SystemClock;
use crate::faults::Fault;
use crate::faults::When;

/// What a result does to the source: the model paints over it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repaint {
    /// Added to red, green and blue.
    pub shift: [i16; 3],
    /// Most by which a sample differs beside that.
    pub noise: u8,
}

/// Where a provider that says nothing about it places the source: at this scale, and so many
/// pixels from the middle. A source that does not fit is made smaller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placing {
    /// Output pixels for each pixel of the source.
    pub scale: f64,
    /// Pixels to the right of the middle.
    pub right: i32,
    /// Pixels below the middle.
    pub down: i32,
}

/// How a server shall behave. The usual one is quick, makes good results and has no faults.
#[derive(Debug, Clone)]
pub struct Script {
    pub(super) latency: Duration,
    pub(super) key: Option<String>,
    pub(super) rules: Vec<(Fault, When)>,
    pub(super) rate: Option<(usize, Duration)>,
    pub(super) slots: Option<usize>,
    pub(super) credits: Option<usize>,
    pub(super) repaint: Repaint,
    pub(super) placing: Placing,
    pub(super) public: Option<PathBuf>,
    pub(super) is_lean: bool,
    pub(super) clock: Arc<dyn Clock>,
}

impl Default for Script {
    fn default() -> Self {
        Script {
            latency: Duration::ZERO,
            key: None,
            rules: Vec::new(),
            rate: None,
            slots: None,
            credits: None,
            repaint: Repaint { shift: [3, 1, -2], noise: 2 },
            placing: Placing { scale: 0.94, right: 3, down: -2 },
            public: None,
            is_lean: false,
            clock: Arc::new(SystemClock),
        }
    }
}

impl Script {
    /// A job is done so long after it was accepted.
    pub fn latency(self, latency: Duration) -> Self {
        Script { latency, ..self }
    }

    /// The key that is asked for, in place of the provider's usual one.
    pub fn key(self, key: &str) -> Self {
        Script { key: Some(key.to_owned()), ..self }
    }

    /// Adds a fault. Where several concern a request, the first added counts.
    pub fn fault(mut self, fault: Fault, when: When) -> Self {
        self.rules.push((fault, when));
        self
    }

    /// At most so many requests to the API in any such time; polls count.
    pub fn rate(self, requests: usize, time: Duration) -> Self {
        Script { rate: Some((requests, time)), ..self }
    }

    /// Refuses submits while so many jobs are in flight.
    pub fn slots(self, slots: usize) -> Self {
        Script { slots: Some(slots), ..self }
    }

    /// The account is empty after so many jobs.
    pub fn credits(self, credits: usize) -> Self {
        Script { credits: Some(credits), ..self }
    }

    /// Results differ from what was sent by this much.
    pub fn repaint(self, repaint: Repaint) -> Self {
        Script { repaint, ..self }
    }

    /// Sets where a source lies that the request gives no place.
    pub fn placing(self, placing: Placing) -> Self {
        Script { placing, ..self }
    }

    /// Puts the files of this folder where the provider can read them, as the user would who
    /// gives a `public_url`.
    pub fn public(self, folder: impl Into<PathBuf>) -> Self {
        Script { public: Some(folder.into()), ..self }
    }

    /// The clock that latency, rate and pauses go by, in place of the machine's.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Script { clock: Arc::new(clock), ..self }
    }

    /// Keeps only the first few kilobytes of every request's body: for many or large ones.
    pub fn lean(self) -> Self {
        Script { is_lean: true, ..self }
    }
}
