//! Sums up the records of paid calls, for all pipelines of the state folder.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use crate::digest::Digest;
use crate::error::Class;
use crate::geometry::Orientation;
use crate::manifest::CallFailed;
use crate::manifest::CallFinished;
use crate::manifest::CallIntent;
use crate::manifest::CallSubmitted;
use crate::manifest::Month;
use crate::manifest::call_record_error::CallRecordError;
use crate::manifest::text_interner::TextInterner;
use crate::pipeline::Revisions;
use crate::providers::Call;
use crate::providers::CallKey;
use crate::providers::Canvas;
use crate::providers::Job;
use crate::providers::OUTPAINT;
use crate::providers::Usd;

/// All paid calls that were ever recorded.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    entries: HashMap<CallKey, CallEntry>,
    /// By the source's digest, in the order of their intents.
    sources: HashMap<Digest, Vec<CallKey>>,
    /// Revisions of descriptors that were recorded beside options, by the provider's name.
    revisions: HashMap<Box<str>, BTreeSet<u32>>,
    words: TextInterner,
}

/// One attempt of a call, as the records tell it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallEntry {
    /// The word of the stage that wanted it.
    pub stage: Arc<str>,
    /// The provider's name.
    pub provider: Arc<str>,
    /// The digest of the source's bytes.
    pub source: Digest,
    /// Digest that is equal for all calls whose results can stand for each other.
    pub family: Digest,
    /// The revision of the provider's descriptor, if it was recorded.
    pub revision: Option<u32>,
    /// Canvas that was sent and asked for.
    pub canvas: Canvas,
    /// Turn that made the stored picture the one that was sent, if that was recorded.
    pub orientation: Option<Orientation>,
    /// The attempt's number, counted from 0.
    pub attempt: u32,
    /// Time at which it was intended, as RFC 3339 in UTC.
    pub at: Box<str>,
    /// The month of that time, to which its cost counts whenever it ends.
    pub month: Month,
    /// The run that intended it.
    pub run: Arc<str>,
    /// Expected cost, if it was known.
    pub expected: Option<Usd>,
    /// Highest cost that it may have.
    pub highest: Usd,
    /// The cost in the provider's credits.
    pub credits: Option<f64>,
    /// Name and addresses by which its result is asked for, if it was ever accepted by name.
    pub job: Option<Job>,
    /// State, as its last record says.
    pub status: CallStatus,
}

/// State that the last record of a call says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallStatus {
    /// It was to be submitted. Unless it is being made right now, it is unknown whether it was.
    Intended,
    /// It was accepted, and this is how to ask for its result.
    Submitted(Job),
    /// Its result is in the cache.
    Finished {
        /// The extension of the file in the cache.
        ext: Box<str>,
        /// The result's size in bytes.
        bytes: u64,
        /// The digest of the result's bytes.
        hash: Digest,
        /// Cost in USD.
        cost: Usd,
    },
    /// It surely has no result.
    Failed {
        /// The class; none if a newer recanvas named one that this one does not know.
        class: Option<Class>,
        /// Message that says what was wrong.
        message: Box<str>,
        /// The cost in USD, if it is known.
        cost: Option<Usd>,
    },
    /// It may have been accepted; the line says what happened.
    Unknown(Box<str>),
}

impl CallEntry {
    /// Returns the USD that count as spent: the cost if it is known, else the highest price of the call, which may have
    /// been taken.
    #[must_use]
    pub fn spent(&self) -> Usd {
        match &self.status {
            CallStatus::Finished { cost, .. } | CallStatus::Failed { cost: Some(cost), .. } => *cost,
            CallStatus::Intended
            | CallStatus::Submitted(_)
            | CallStatus::Unknown(_)
            | CallStatus::Failed { cost: None, .. } => self.highest,
        }
    }

    /// Tells whether its result can stand for that of another call.
    fn may_serve(&self) -> bool {
        matches!(self.status, CallStatus::Finished { .. } | CallStatus::Submitted(_))
    }

    /// Tells whether it surely shows the source turned otherwise than `call` would.
    #[must_use]
    pub fn is_turned(&self, call: &Call) -> bool {
        self.orientation.zip(call.orientation).is_some_and(|(then, now)| then != now)
    }

    /// Tells whether its submit surely reached no provider: there was no connection.
    #[must_use]
    pub fn was_never_sent(&self) -> bool {
        let CallStatus::Failed { class: Some(Class::Network), cost, .. } = &self.status else { return false };
        *cost == Some(Usd::ZERO)
    }

    /// Tells whether a result may still come, or may lie in the cache unrecorded.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        matches!(self.status, CallStatus::Intended | CallStatus::Submitted(_) | CallStatus::Unknown(_))
    }
}

impl Calls {
    /// Returns the attempt with this key, if it is recorded.
    #[must_use]
    pub fn get(&self, key: CallKey) -> Option<&CallEntry> {
        self.entries.get(&key)
    }

    /// Tells whether a later attempt took the place of this one.
    #[must_use]
    pub fn is_superseded(&self, call: &CallEntry) -> bool {
        // Attempts count on when the descriptor's revision is raised, which is part of the family.
        let is_kin = |other: &CallEntry| {
            other.family == call.family || (other.stage == call.stage && other.revision != call.revision)
        };
        self.of_source(call.source, &call.provider)
            .any(|(_, other)| other.canvas == call.canvas && other.attempt > call.attempt && is_kin(other))
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns all calls, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (CallKey, &CallEntry)> {
        self.entries.iter().map(|(key, entry)| (*key, entry))
    }

    /// Returns the calls whose results can stand for this one's and were there, or were asked for and may come, by
    /// whichever revision of the descriptor.
    pub fn serving<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = (CallKey, &'a CallEntry)> {
        let serving = self.of_source(call.source, &call.provider).filter(|(_, entry)| entry.may_serve());
        serving.filter(|(_, entry)| !entry.is_turned(call) && self.as_asked(call, entry).is_some())
    }

    /// Tells whether a call of this provider for this source has brought a result.
    #[must_use]
    pub fn has_result(&self, source: Digest, provider: &str) -> bool {
        self.of_source(source, provider).any(|(_, entry)| matches!(entry.status, CallStatus::Finished { .. }))
    }

    /// Returns all attempts of this call, the last one last, each as it was asked for: lower revisions of the
    /// descriptor asked for the same call.
    #[must_use]
    pub fn attempts(&self, call: &Call) -> Vec<(Call, CallKey, &CallEntry)> {
        let mut attempts = Vec::new();
        for key in self.sources.get(&call.source).into_iter().flatten() {
            let Some(entry) = self.entries.get(key).filter(|entry| *entry.provider == *call.provider) else { continue };
            if let Some(asked) = self.as_asked(call, entry).filter(|asked| asked.key(entry.attempt) == *key) {
                attempts.push((asked, *key, entry));
            }
        }
        attempts.sort_by_key(|(asked, _, entry)| (entry.attempt, asked.revision));
        attempts
    }

    /// Returns the call by the revision of the descriptor by which this one was asked for, if it can stand for it.
    fn as_asked(&self, call: &Call, entry: &CallEntry) -> Option<Call> {
        match entry.revision {
            Some(revision) => call.in_family(entry.family, [revision]),
            None => {
                let recorded = self.revisions.get(&*call.provider).into_iter().flatten().copied();
                call.in_family(entry.family, recorded.chain(call.earlier_revisions()))
            }
        }
    }

    /// Notes by which revisions of descriptors calls may have been asked for whose records do not say so.
    pub(super) fn note_revisions(&mut self, recorded: &Revisions) {
        for (provider, revision) in recorded.iter_engines() {
            self.revisions.entry(provider.into()).or_default().insert(revision);
        }
    }

    fn of_source<'a>(&'a self, source: Digest, provider: &'a str) -> impl Iterator<Item = (CallKey, &'a CallEntry)> {
        let keys = self.sources.get(&source).into_iter().flatten();
        let known = keys.filter_map(|key| Some((*key, self.entries.get(key)?)));
        known.filter(move |(_, entry)| *entry.provider == *provider)
    }

    /// Returns the sum of [`CallEntry::spent`] over the calls that this run intended.
    #[must_use]
    pub fn spent_in_run(&self, run: &str) -> Usd {
        self.entries.values().filter(|entry| *entry.run == *run).map(CallEntry::spent).sum()
    }

    /// Returns the sum of [`CallEntry::spent`] over the calls that were intended in this month, by any run.
    #[must_use]
    pub fn spent_in_month(&self, month: Month) -> Usd {
        self.entries.values().filter(|entry| entry.month == month).map(CallEntry::spent).sum()
    }

    /// Returns the sum of [`CallEntry::spent`] over all calls.
    #[must_use]
    pub fn spent(&self) -> Usd {
        self.entries.values().map(CallEntry::spent).sum()
    }

    pub(crate) fn intent(&mut self, intent: &CallIntent<'_>, run: &str) -> Result<(), CallRecordError> {
        let month = Month::of(&intent.at)?;
        if self.entries.contains_key(&intent.key) {
            return Err(CallRecordError::Repeated(intent.key));
        }
        let entry = CallEntry {
            stage: self.words.of(intent.stage.as_deref().unwrap_or(OUTPAINT)),
            provider: self.words.of(&intent.provider),
            source: intent.source,
            family: intent.family,
            revision: intent.revision,
            canvas: intent.canvas,
            orientation: intent.orientation,
            attempt: intent.attempt,
            at: intent.at.as_ref().into(),
            month,
            run: self.words.of(run),
            expected: intent.expected,
            highest: intent.highest,
            credits: intent.credits,
            job: None,
            status: CallStatus::Intended,
        };
        self.sources.entry(intent.source).or_default().push(intent.key);
        self.entries.insert(intent.key, entry);
        Ok(())
    }

    pub(crate) fn submitted(&mut self, submitted: CallSubmitted) -> Result<(), CallRecordError> {
        let entry = self.known(submitted.key)?;
        entry.job = Some(submitted.job.clone());
        entry.status = CallStatus::Submitted(submitted.job);
        Ok(())
    }

    pub(crate) fn finished(&mut self, finished: &CallFinished<'_>) -> Result<(), CallRecordError> {
        let entry = self.known(finished.key)?;
        let cost = finished.cost.or(entry.expected).unwrap_or(entry.highest);
        let (ext, bytes, hash) = (finished.ext.as_ref().into(), finished.bytes, finished.hash);
        entry.status = CallStatus::Finished { ext, bytes, hash, cost };
        Ok(())
    }

    pub(crate) fn failed(&mut self, failed: &CallFailed<'_>) -> Result<(), CallRecordError> {
        let entry = self.known(failed.key)?;
        let message = failed.message.as_ref().into();
        let class = Class::ALL.into_iter().find(|class| class.word() == failed.class);
        entry.status = match class {
            Some(Class::UnknownCall) => CallStatus::Unknown(message),
            _ => CallStatus::Failed { class, message, cost: failed.cost },
        };
        Ok(())
    }

    fn known(&mut self, key: CallKey) -> Result<&mut CallEntry, CallRecordError> {
        self.entries.get_mut(&key).ok_or(CallRecordError::NoIntent(key))
    }
}
