//! Answers the questions of providers from the records of calls: the [`Ledger`] that the manifest keeps.

use std::ops::Deref;

use crate::error::Class;
use crate::error::Failure;
use crate::manifest::CallStatus;
use crate::manifest::CallSubmitted;
use crate::manifest::Journal;
use crate::manifest::ManifestLedger;
use crate::manifest::Record;
use crate::manifest::call_state;
use crate::providers::CachedResult;
use crate::providers::Call;
use crate::providers::CallLock;
use crate::providers::CallOutcome;
use crate::providers::CallState;
use crate::providers::Job;
use crate::providers::Ledger;
use crate::providers::LedgerError;
use crate::providers::OpenCall;
use crate::providers::Quote;
use crate::providers::SubmitRefusal;
use crate::providers::Usd;

impl<J: Deref<Target = Journal> + Send + Sync> Ledger for ManifestLedger<J> {
    fn state_of(&self, call: &Call) -> Result<CallState, LedgerError> {
        call_state::of(self, call)
    }

    fn intend(&self, lock: CallLock, quote: &Quote) -> Result<OpenCall, SubmitRefusal> {
        match self.record_intent(&lock, quote) {
            Ok(()) => Ok(OpenCall::new(lock, None)),
            Err(refusal) => {
                lock.settle(&CallOutcome::Refused(refusal.clone()));
                Err(refusal)
            }
        }
    }

    fn submitted(&self, open: &mut OpenCall, job: Job) -> Result<(), LedgerError> {
        let key = open.key();
        let recorded = job.scrubbed(&self.rules.secrets);
        let bytes = job.bytes();
        open.set_job(job);
        if bytes > Job::MAX_BYTES {
            return Err(LedgerError(format!("what the provider gave for polling has {bytes} bytes")));
        }
        let submitted = CallSubmitted { key, job: recorded };
        self.append(&Record::CallSubmitted(submitted.clone()))?;
        self.lock().calls.submitted(submitted).map_err(LedgerError::from)
    }

    fn finished(&self, open: OpenCall, result: &[u8], cost: Option<Usd>) -> Result<CachedResult, LedgerError> {
        let kept = self.cache.put(open.key(), result).map_err(|failure| self.broken("the cache", &failure))?;
        let cached = self.record_finished(open.key(), kept, cost)?;
        self.lock().recovered += u64::from(open.is_asked_again());
        open.settle(&CallOutcome::Finished(cached));
        Ok(cached)
    }

    fn failed(&self, open: OpenCall, failure: &Failure, cost: Option<Usd>) -> Result<(), LedgerError> {
        self.record_failed(open.key(), failure.class, &failure.message, cost)?;
        let failed = call_state::failure(Some(failure.class), &self.clean(&failure.message), cost);
        open.settle(&CallOutcome::Failed(failed));
        Ok(())
    }

    fn unknown(&self, open: OpenCall, why: &str) -> Result<(), LedgerError> {
        self.record_failed(open.key(), Class::UnknownCall, why, None)?;
        open.settle(&CallOutcome::Unknown);
        Ok(())
    }

    fn keep(&self, open: &OpenCall, bytes: &[u8]) -> Option<String> {
        self.cache.keep(open.key(), &self.rules.secrets.scrub_bytes(bytes))
    }

    fn read(&self, cached: &CachedResult) -> Result<Vec<u8>, LedgerError> {
        let ext = match self.lock().calls.get(cached.key).map(|entry| &entry.status) {
            Some(CallStatus::Finished { ext, .. }) => ext.clone(),
            _ => return Err(LedgerError(format!("the call {} is not finished", cached.key))),
        };
        self.cache.get(cached.key, &ext, cached.bytes, cached.hash).map_err(|why| {
            let error = LedgerError(format!("{why}; it was paid for, and only --repay buys it again"));
            self.lock().lost.insert(cached.key, why);
            error
        })
    }
}
