//! What a server knows: jobs, uploads, every request, and everything that should not have been.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::faults::Fate;
use crate::faults::Fault;
use crate::faults::Flaw;
use crate::faults::Point;
use crate::faults::When;
use crate::pictures::Order;
use crate::pictures::Place;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Since the server's start.
    pub at: Duration,
    /// The purpose of it.
    pub point: Point,
    /// The method, in capital letters.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The first line and the headers.
    pub head: Vec<u8>,
    /// The body; of a lean script only its beginning.
    pub body: Vec<u8>,
    /// The job that it asks for, counted from 1.
    pub job: Option<usize>,
    /// Its connection, counted from 1.
    pub connection: u64,
    /// Its number on this connection, counted from 1.
    pub nth: usize,
    /// The code of the reply, if there was one.
    pub status: u16,
}

/// An accepted submit: it costs, whatever comes of it.
#[derive(Debug, Clone)]
pub struct Paid {
    /// The name of the job.
    pub id: String,
    /// Since the server's start.
    pub at: Duration,
    /// Digest of the file that was sent.
    pub picture: String,
    /// Digest of picture and geometry: equal for equal orders.
    pub order: String,
    /// Width and height that were ordered, in pixels.
    pub canvas: (u32, u32),
    /// The rectangle of the canvas on which the source lies.
    pub place: Place,
    /// The body, without key and picture.
    pub body: Value,
    /// Whether the result's bytes went out whole at least once.
    pub is_delivered: bool,
}

pub(super) struct Job {
    pub(super) paid: Paid,
    pub(super) order: Arc<Order>,
    pub(super) accepted: Instant,
    pub(super) fates: Vec<Fate>,
    pub(super) flaws: Vec<Flaw>,
    pub(super) polls: usize,
    /// Whether a reply has said that it is over.
    pub(super) is_over: bool,
    /// How often an address of its result was over.
    pub(super) expiries: usize,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Queued,
    Running,
    /// Under way, in an unknown word.
    Strange,
    Done,
    Failed(Fate),
}

/// A job as one reply shows it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) number: usize,
    pub(super) progress: Progress,
    /// Its fates that change how it is shown.
    pub(super) fates: Vec<Fate>,
    /// Where its result is, and where else.
    pub(super) link: String,
    pub(super) proxy: String,
    /// Its result, where the reply holds it.
    pub(super) inline: Option<String>,
    /// What was asked, as far as replies repeat it.
    pub(super) body: Value,
    pub(super) output: (u32, u32),
    /// Until it is done.
    pub(super) left: Duration,
}

impl Seen {
    pub(super) fn has(&self, fate: Fate) -> bool {
        self.fates.contains(&fate)
    }
}

pub(super) struct Upload {
    pub(super) content_type: String,
    pub(super) size: Option<u64>,
    pub(super) bytes: Option<Arc<[u8]>>,
    pub(super) is_ready: bool,
}

/// A fault, and how often it could have struck.
struct Rule {
    fault: Fault,
    when: When,
    count: usize,
    own: HashMap<Option<usize>, usize>,
}

#[derive(Default)]
pub(super) struct ServerRecords {
    pub(super) jobs: Vec<Job>,
    pub(super) uploads: Vec<Upload>,
    pub(super) asked: Vec<Asked>,
    pub(super) violations: Vec<String>,
    /// Requests of the last while, for the limiter, and those that it refused.
    pub(super) recent: VecDeque<Instant>,
    pub(super) limited: usize,
    pub(super) most_in_flight: usize,
    pub(super) open: usize,
    pub(super) most_open: usize,
    pub(super) rendered: HashMap<String, Arc<OnceLock<Arc<[u8]>>>>,
    rules: Vec<Rule>,
}

impl ServerRecords {
    pub(super) fn new(rules: Vec<(Fault, When)>) -> Self {
        let rules = rules.into_iter().map(|(fault, when)| Rule { fault, when, count: 0, own: HashMap::new() });
        ServerRecords { rules: rules.collect(), ..ServerRecords::default() }
    }

    /// Notes something that a good client does not do.
    pub(super) fn violation(&mut self, text: impl Into<String>) {
        self.violations.push(text.into());
    }

    pub(super) fn heal(&mut self) {
        self.rules.clear();
    }

    /// The first of the faults chosen by `pick` that strikes now. All of them are counted.
    pub(super) fn strikes<T>(&mut self, job: Option<usize>, pick: impl Fn(&Fault) -> Option<T>) -> Vec<T> {
        let rules = self.rules.iter_mut().filter_map(|rule| {
            let picked = pick(&rule.fault)?;
            rule.count += 1;
            let own = rule.own.entry(job).or_default();
            *own += 1;
            rule.when.is_now(rule.count, *own, job).then_some(picked)
        });
        rules.collect()
    }

    pub(super) fn find(&mut self, id: &str) -> Option<(usize, &mut Job)> {
        let index = self.jobs.iter().position(|job| job.paid.id == id)?;
        Some((index + 1, &mut self.jobs[index]))
    }

    /// Jobs that are accepted and neither done by the clock nor known to be over.
    pub(super) fn in_flight(&self, now: Instant, latency: Duration) -> usize {
        let runs = |job: &&Job| {
            let waits = job.fates.iter().any(|fate| matches!(fate, Fate::Never | Fate::AfterPolls(_)));
            !job.is_over && (waits || now.saturating_duration_since(job.accepted) < latency)
        };
        self.jobs.iter().filter(runs).count()
    }
}
