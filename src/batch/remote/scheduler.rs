//! Waits for calls, and for the pixels around them, on one thread.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::stream::StreamExt;
use tokio::sync::Notify;

use crate::batch::Event;
use crate::batch::SourcePlan;
use crate::batch::remote::pool_queue::PoolQueue;
use crate::batch::remote::remote_task::RemoteTask;
use crate::batch::remote::services::RemoteSide;
use crate::batch::remote::services::RunLedger;
use crate::batch::remote::services::Services;
use crate::batch::run::ActiveRun;
use crate::error::Class;
use crate::error::Failure;
use crate::locks::lock;
use crate::providers::Provider;
use crate::providers::client::CancelSignal;
use crate::providers::client::MadeCall;
use crate::providers::client::Order;
use crate::providers::client::UnmadeCall;

/// Sources that are active at least, beside those whose calls are in flight: enough to have the next
/// one ready, and few enough that a long list costs nothing.
const AHEAD: usize = 16;

/// Holds the time between two looks at whether the run has stopped.
const TICK: Duration = Duration::from_millis(50);

/// Takes sources from engine to engine, all of them on one thread that waits.
pub(super) struct RemoteScheduler<'r, 'a> {
    pub(super) run: &'a ActiveRun<'a>,
    pub(super) queue: &'r PoolQueue<'a>,
    pub(super) services: &'r Services,
    pub(super) ledger: Arc<RunLedger>,
    over_budget: &'r Mutex<Option<String>>,
    pub(super) stop: CancelSignal,
    /// Calls that are being made.
    paying: Cell<usize>,
    /// Told whenever one of them ends.
    paid: Notify,
    /// Sources whose calls were refused by a code that says nothing of the picture.
    undecided: Cell<usize>,
    /// Tells whether all active ones are such.
    is_all_undecided: Cell<bool>,
    /// Told whenever the scheduler has looked.
    looked: Notify,
}

impl<'r, 'a> RemoteScheduler<'r, 'a> {
    pub(super) fn new(run: &'a ActiveRun<'a>, queue: &'r PoolQueue<'a>, paid: &'r RemoteSide) -> Self {
        RemoteScheduler {
            run,
            queue,
            services: &paid.services,
            ledger: Arc::clone(&paid.ledger),
            over_budget: &paid.over_budget,
            stop: CancelSignal::default(),
            paying: Cell::new(0),
            paid: Notify::new(),
            undecided: Cell::new(0),
            is_all_undecided: Cell::new(false),
            looked: Notify::new(),
        }
    }

    /// Takes every source to its end, or as far as it comes before the run stops.
    pub(super) async fn serve(&self, mut sources: VecDeque<(&'a SourcePlan, Vec<RemoteTask<'a>>)>) {
        // Where local engines come first, the pool has its work from here.
        let ahead = AHEAD.max(self.run.admission.places());
        let places = self.services.in_flight().saturating_add(ahead);
        let mut active = FuturesUnordered::new();
        let mut tick = tokio::time::interval(TICK);
        loop {
            while active.len() < places && !self.run.context.should_stop() {
                let Some((source, tasks)) = sources.pop_front() else { break };
                active.push(self.source(source, tasks));
            }
            if active.is_empty() {
                return self.tell();
            }
            tokio::select! {
                biased;
                _ = active.next() => {}
                _ = tick.tick() => {}
            }
            self.tell();
            if self.run.context.should_stop() {
                self.stop.give();
            }
            self.is_all_undecided.set(self.undecided.get() == active.len());
            self.looked.notify_waiters();
        }
    }

    /// Makes a call if its price is allowed, or if something is known of it: the ledger then says what
    /// that means.
    pub(super) async fn afford<F>(&self, order: &Order<'_>, make: impl FnOnce() -> F) -> Result<MadeCall, UnmadeCall>
    where
        F: Future<Output = Result<MadeCall, UnmadeCall>>,
    {
        let Order { call, quote, .. } = order;
        if !self.ledger.knows(call) {
            self.ledger.would_allow(&call.provider, quote).map_err(UnmadeCall::Refused)?;
        }
        self.paying.update(|paying| paying + 1);
        let made = make().await;
        self.paying.update(|paying| paying - 1);
        self.paid.notify_waiters();
        made
    }

    /// Waits until it is known what a refusal is about that says nothing of the picture: about this one, if
    /// the provider takes another, or if there is no other; else about the address. Nothing if the run stops
    /// before.
    pub(super) async fn meant(&self, provider: &Provider, failure: Failure, taken: u64) -> Option<Failure> {
        self.undecided.update(|undecided| undecided + 1);
        let meant = loop {
            let looked = self.looked.notified();
            let Some(Ok(service)) = self.services.of(provider) else { break Some(failure) };
            if self.stop.is_given() {
                break None;
            }
            if let Some(why) = service.halted() {
                break Some(Failure::new(Class::Provider, why));
            }
            if service.taken() > taken || self.is_all_undecided.get() {
                break Some(failure);
            }
            looked.await;
        };
        self.undecided.update(|undecided| undecided - 1);
        // One at a time: its result may call for another call.
        self.is_all_undecided.set(false);
        meant
    }

    /// Notes that a call could have cost more than is allowed: its tasks are left, and work that costs nothing goes on.
    pub(super) fn over_budget(&self, what: String) {
        lock(self.over_budget).get_or_insert(what);
    }

    pub(super) fn is_anyone_paying(&self) -> bool {
        self.paying.get() > 0
    }

    /// Waits for the end of a call.
    pub(super) async fn paid(&self) {
        self.paid.notified().await;
    }

    fn tell(&self) {
        for notice in self.services.notices() {
            self.run.context.observer.notice(&Event::ProviderSaid { notice: &notice });
        }
    }
}
