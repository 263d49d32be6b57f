//! The ledger of paid calls, kept in the manifest, with their results in the cache.

use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;
use std::sync::Mutex;
use std::sync::MutexGuard;

use crate::error::Class;
use crate::error::Failure;
use crate::error::printable;
use crate::geometry::Orientation;
use crate::locks::lock;
use crate::manifest::Budget;
use crate::manifest::CallEntry;
use crate::manifest::CallFailed;
use crate::manifest::CallFinished;
use crate::manifest::CallIntent;
use crate::manifest::CallStatus;
use crate::manifest::CallTotals;
use crate::manifest::Calls;
use crate::manifest::Journal;
use crate::manifest::Month;
use crate::manifest::Record;
use crate::manifest::Reservation;
use crate::manifest::SpendingRules;
use crate::manifest::call_record_error::CallRecordError;
use crate::manifest::holdings::usable;
use crate::providers::CachedResult;
use crate::providers::Call;
use crate::providers::CallKey;
use crate::providers::CallLock;
use crate::providers::CallLocks;
use crate::providers::Canvas;
use crate::providers::LedgerError;
use crate::providers::Quote;
use crate::providers::SubmitRefusal;
use crate::providers::Usd;
use crate::storage::Cache;
use crate::storage::CacheFault;
use crate::storage::StoredResult;

/// The longest message that is recorded, in characters; providers echo whole pictures.
const MESSAGE_MAX: usize = 1000;

/// Bytes that a call may add to the manifest.
const RECORDS: u64 = 1 << 20;

/// The [`Ledger`](crate::providers::Ledger) that the manifest keeps. `J` is a reference or an
/// [`Arc`](std::sync::Arc) to the journal, whose run must have been started.
///
/// A record or a result that cannot be written ends all submits of the run:
/// [`ManifestLedger::stopped`] says why.
pub struct ManifestLedger<J> {
    pub(super) journal: J,
    pub(super) cache: Cache,
    budget: Budget,
    pub(super) rules: SpendingRules,
    pub(super) locks: CallLocks,
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(super) struct Inner {
    pub(super) calls: Calls,
    /// Amounts of calls that have not ended.
    reserved: HashMap<CallKey, Reservation>,
    /// Calls that ended in this run, whichever run began them.
    pub(super) ended: HashSet<CallKey>,
    /// Results that turned out to be damaged in this run, and how.
    pub(super) lost: HashMap<CallKey, CacheFault>,
    /// The first attempts of calls that are [renewed](ManifestLedger::renew).
    pub(super) renewed: HashSet<CallKey>,
    /// Calls that came to nothing, whose jobs were asked once more in this run.
    pub(super) asked_again: HashSet<CallKey>,
    /// Bytes that calls in flight may need on the disk.
    disk_space: HashMap<CallKey, u64>,
    pub(super) reused: u64,
    pub(super) resumed: u64,
    pub(super) recovered: u64,
    stopped: Option<String>,
}

impl<J: Deref<Target = Journal>> ManifestLedger<J> {
    /// Returns the ledger of a run, given what the manifest knows. Removes what a crash left half
    /// written in the cache.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub fn open(journal: J, calls: Calls, cache: Cache, rules: SpendingRules) -> Result<Self, Failure> {
        cache.sweep()?;
        let budget = Budget::new(rules.caps);
        let mut reserved = HashMap::new();
        for (key, entry) in calls.iter() {
            let reservation = budget.spent_before(entry.month, entry.spent());
            if entry.is_unfinished() {
                reserved.insert(key, reservation);
            }
        }
        let inner = Mutex::new(Inner { calls, reserved, ..Inner::default() });
        Ok(ManifestLedger { journal, cache, budget, rules, locks: CallLocks::default(), inner })
    }

    /// Refuses all calls from now on; those in flight go on.
    pub fn stop(&self, why: &str) {
        self.lock().stopped.get_or_insert_with(|| why.to_owned());
    }

    /// Returns the reason for submitting no further call, if there is one.
    #[must_use]
    pub fn stopped(&self) -> Option<String> {
        self.lock().stopped.clone()
    }

    /// Returns the guard of the caps.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Checks whether a call at this price could be intended now.
    ///
    /// # Errors
    /// Why not, as far as it is a matter of its price.
    pub fn would_allow(&self, provider: &str, quote: &Quote) -> Result<(), SubmitRefusal> {
        let highest = quote.highest.ok_or_else(|| SubmitRefusal::PriceUnknown { provider: provider.to_owned() })?;
        let (_, month) = self.time().map_err(|error| SubmitRefusal::Stopped(error.0))?;
        self.budget.would_reserve(month, highest)
    }

    /// Returns the time, and the month to which it belongs.
    fn time(&self) -> Result<(String, Month), LedgerError> {
        let at = humantime::format_rfc3339_seconds((self.rules.now)()).to_string();
        let month = Month::of(&at).map_err(|error| LedgerError(error.to_string()))?;
        Ok((at, month))
    }

    /// Returns counts and cost of the run's calls so far. Those that are being made count as unknown.
    #[must_use]
    pub fn totals(&self) -> CallTotals {
        let inner = self.lock();
        let own = inner.calls.iter().filter(|(_, entry)| *entry.run == *self.rules.run);
        let Inner { reused, resumed, recovered, .. } = *inner;
        let mut totals = CallTotals { reused, resumed, recovered, ..CallTotals::default() };
        for (_, entry) in own {
            totals.submitted += u64::from(!entry.was_never_sent());
            totals.unknown += u64::from(matches!(entry.status, CallStatus::Intended | CallStatus::Unknown(_)));
        }
        totals.cost = self.budget.in_run();
        totals
    }

    /// Canvases whose results can stand for this call's and are there, or were asked for and may come.
    #[must_use]
    pub fn canvases(&self, call: &Call) -> Vec<Canvas> {
        let inner = self.lock();
        let is_lost = |key| inner.lost.contains_key(&key);
        let is_there = |key, entry: &CallEntry| usable(&self.cache, self.rules.again, key, entry).is_ok();
        let serving = inner.calls.serving(call).filter(|(key, entry)| !is_lost(*key) && is_there(*key, entry));
        serving.map(|(_, entry)| entry.canvas).collect()
    }

    /// Tells whether anything is recorded of this call.
    #[must_use]
    pub fn knows(&self, call: &Call) -> bool {
        !self.lock().calls.attempts(call).is_empty()
    }

    /// Lets no result of an earlier run stand for this call: the user wants another, which may be bought
    /// under [`PayAgain::repay`](crate::manifest::PayAgain).
    pub fn renew(&self, call: &Call) {
        self.lock().renewed.insert(call.key(0));
    }

    /// Returns the orientation in which the source of a result was sent, if that is recorded.
    #[must_use]
    pub fn orientation(&self, cached: &CachedResult) -> Option<Orientation> {
        self.lock().calls.get(cached.key).and_then(|entry| entry.orientation)
    }

    /// Tells whether a result came in this run.
    #[must_use]
    pub fn is_new(&self, cached: &CachedResult) -> bool {
        self.lock().ended.contains(&cached.key)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }

    pub(super) fn broken(&self, what: &str, error: &dyn fmt::Display) -> LedgerError {
        let why = format!("{what} cannot be written: {error}");
        self.stop(&why);
        LedgerError(why)
    }

    pub(super) fn append(&self, record: &Record<'_>) -> Result<(), LedgerError> {
        self.journal.append_synced(record).map_err(|error| self.broken("the manifest", &error))
    }

    /// Returns the message as one line without any key, short enough for a record.
    pub(super) fn clean(&self, message: &str) -> String {
        let line = printable(&self.rules.secrets.scrub(message));
        line.chars().take(MESSAGE_MAX).collect()
    }

    pub(super) fn record_intent(&self, lock: &CallLock, quote: &Quote) -> Result<(), SubmitRefusal> {
        self.reserve_disk_space(lock)?;
        let recorded = self.record_reserved(lock, quote);
        if recorded.is_err() {
            self.lock().disk_space.remove(&lock.key());
        }
        recorded
    }

    fn record_reserved(&self, lock: &CallLock, quote: &Quote) -> Result<(), SubmitRefusal> {
        if let Some(why) = self.stopped() {
            return Err(SubmitRefusal::Stopped(why));
        }
        let Some(highest) = quote.highest else {
            return Err(SubmitRefusal::PriceUnknown { provider: lock.provider().to_owned() });
        };
        let stopped = |error: LedgerError| SubmitRefusal::Stopped(error.0);
        let (at, month) = self.time().map_err(stopped)?;
        let reservation = self.budget.reserve(month, highest)?;
        let intent = CallIntent {
            key: lock.key(),
            stage: lock.stage().map(Into::into),
            provider: lock.provider().into(),
            source: lock.source(),
            family: lock.family(),
            revision: Some(lock.revision()),
            canvas: lock.canvas(),
            orientation: lock.orientation(),
            attempt: lock.attempt(),
            at: at.as_str().into(),
            expected: quote.expected,
            highest,
            credits: quote.credits.filter(|credits| credits.is_finite()),
        };
        self.append(&Record::CallIntent(intent.clone())).map_err(stopped)?;
        let mut inner = self.lock();
        inner.reserved.insert(lock.key(), reservation);
        inner.calls.intent(&intent, &self.rules.run).map_err(|error| stopped(error.into()))
    }

    /// Sees to it that a name of the job and its result will have room on the disk.
    fn reserve_disk_space(&self, lock: &CallLock) -> Result<(), SubmitRefusal> {
        let mut inner = self.lock();
        let own = lock.canvas().largest_result().saturating_add(RECORDS);
        let needed = inner.disk_space.values().sum::<u64>().saturating_add(own);
        // Where it cannot be told, writing will show it.
        if let Some(free) = self.cache.free_bytes().filter(|free| *free < needed) {
            return Err(SubmitRefusal::NoRoom { free, needed });
        }
        inner.disk_space.insert(lock.key(), own);
        Ok(())
    }

    /// Records a result that is in the cache.
    pub(super) fn record_finished(
        &self,
        key: CallKey,
        kept: StoredResult,
        cost: Option<Usd>,
    ) -> Result<CachedResult, LedgerError> {
        let finished = CallFinished { key, ext: kept.ext.into(), bytes: kept.bytes, hash: kept.hash, cost };
        self.append(&Record::CallFinished(finished.clone()))?;
        self.end(key, |calls| calls.finished(&finished))?;
        Ok(CachedResult { key, bytes: kept.bytes, hash: kept.hash })
    }

    /// Records a failure, or with [`Class::UnknownCall`] that the fate is unknown.
    pub(super) fn record_failed(
        &self,
        key: CallKey,
        class: Class,
        message: &str,
        cost: Option<Usd>,
    ) -> Result<(), LedgerError> {
        let message = self.clean(message);
        let failed = CallFailed { key, class: class.word().into(), message: message.into(), cost };
        self.append(&Record::CallFailed(failed.clone()))?;
        self.end(key, |calls| calls.failed(&failed))
    }

    /// Changes what is known of a call, and settles its cost as far as that is known.
    fn end(
        &self,
        key: CallKey,
        change: impl FnOnce(&mut Calls) -> Result<(), CallRecordError>,
    ) -> Result<(), LedgerError> {
        let mut inner = self.lock();
        change(&mut inner.calls)?;
        inner.ended.insert(key);
        inner.disk_space.remove(&key);
        let spent = inner.calls.get(key).filter(|entry| !entry.is_unfinished()).map(CallEntry::spent);
        if let Some(cost) = spent
            && let Some(reservation) = inner.reserved.remove(&key)
        {
            self.budget.settle(reservation, cost);
        }
        Ok(())
    }
}
