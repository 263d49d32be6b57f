//! Answers the questions of providers from the books: the [`Ledger`] that the manifest keeps.

use std::ops::Deref;

use crate::error::Class;
use crate::error::Failure;
use crate::manifest::Books;
use crate::manifest::CallStatus;
use crate::manifest::CallSubmitted;
use crate::manifest::Journal;
use crate::manifest::Record;
use crate::manifest::standing;
use crate::providers::Cached;
use crate::providers::Call;
use crate::providers::CallOutcome;
use crate::providers::Job;
use crate::providers::Ledger;
use crate::providers::LedgerError;
use crate::providers::Open;
use crate::providers::Quote;
use crate::providers::Refusal;
use crate::providers::Standing;
use crate::providers::Turn;
use crate::providers::Usd;

impl<J: Deref<Target = Journal> + Send + Sync> Ledger for Books<J> {
    fn standing(&self, call: &Call) -> Result<Standing, LedgerError> {
        standing::of(self, call)
    }

    fn intend(&self, turn: Turn, quote: &Quote) -> Result<Open, Refusal> {
        match self.record_intent(&turn, quote) {
            Ok(()) => Ok(Open::new(turn, None)),
            Err(refusal) => {
                turn.settle(&CallOutcome::Refused(refusal.clone()));
                Err(refusal)
            }
        }
    }

    fn submitted(&self, open: &mut Open, job: Job) -> Result<(), LedgerError> {
        let key = open.key();
        let recorded = job.scrubbed(&self.rules.secrets);
        let bytes = job.bytes();
        open.set_job(job);
        if bytes > Job::MAX_BYTES {
            return Err(LedgerError(format!("what the provider gave for polling has {bytes} bytes")));
        }
        let submitted = CallSubmitted { key, job: recorded };
        self.append(&Record::CallSubmitted(submitted.clone()))?;
        self.lock().calls.submitted(submitted).map_err(LedgerError)
    }

    fn finished(&self, open: Open, result: &[u8], cost: Option<Usd>) -> Result<Cached, LedgerError> {
        let kept = self.cache.put(open.key(), result).map_err(|failure| self.broken("the cache", &failure))?;
        let cached = self.record_finished(open.key(), kept, cost)?;
        self.lock().recovered += u64::from(open.is_asked_again());
        open.settle(&CallOutcome::Finished(cached));
        Ok(cached)
    }

    fn failed(&self, open: Open, failure: &Failure, cost: Option<Usd>) -> Result<(), LedgerError> {
        self.record_failed(open.key(), failure.class, &failure.message, cost)?;
        let failed = standing::failure(Some(failure.class), &self.clean(&failure.message), cost);
        open.settle(&CallOutcome::Failed(failed));
        Ok(())
    }

    fn unknown(&self, open: Open, why: &str) -> Result<(), LedgerError> {
        self.record_failed(open.key(), Class::UnknownCall, why, None)?;
        open.settle(&CallOutcome::Unknown);
        Ok(())
    }

    fn keep(&self, open: &Open, bytes: &[u8]) -> Option<String> {
        self.cache.keep(open.key(), &self.rules.secrets.scrub_bytes(bytes))
    }

    fn read(&self, cached: &Cached) -> Result<Vec<u8>, LedgerError> {
        let ext = match self.lock().calls.get(cached.key).map(|entry| &entry.status) {
            Some(CallStatus::Finished { ext, .. }) => ext.clone(),
            _ => return Err(LedgerError(format!("the call {} is not finished", cached.key))),
        };
        self.cache.get(cached.key, &ext, cached.bytes, cached.hash).map_err(|why| {
            self.lock().lost.insert(cached.key, why.clone());
            LedgerError(format!("{why}; it was paid for, and only --repay buys it again"))
        })
    }
}
