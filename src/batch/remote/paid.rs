//! The paid side of a run, from the opening of its ledger to its end.

use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::SystemTime;

use crate::batch::CountCalls;
use crate::batch::Event;
use crate::batch::Request;
use crate::batch::SourcePlan;
use crate::batch::Stop;
use crate::batch::StopReason;
use crate::batch::ToMake;
use crate::batch::allowance::caps;
use crate::batch::remote::pool_queue::PoolQueue;
use crate::batch::remote::remote_task::RemoteTask;
use crate::batch::remote::scheduler::RemoteScheduler;
use crate::batch::remote::services::RemoteSide;
use crate::batch::remote::services::Services;
use crate::batch::remote::services::runtime;
use crate::batch::run::ActiveRun;
use crate::batch::run_context::RunContext;
use crate::batch::work_queue::WorkQueue;
use crate::locks::into_inner;
use crate::manifest::CallTotals;
use crate::manifest::Calls;
use crate::manifest::Caps;
use crate::manifest::Journal;
use crate::manifest::ManifestLedger;
use crate::manifest::SpendingRules;
use crate::storage::Cache;

impl Services {
    /// Opens the ledger of a run; none if the cache cannot be read, which ends the run.
    pub(in crate::batch) fn begin(
        self,
        run: &ActiveRun<'_>,
        calls: Calls,
        journal: Arc<Journal>,
    ) -> Option<RemoteSide> {
        let RunContext { pipeline, request, observer, .. } = run.context;
        let rules = SpendingRules {
            run: run.writer.run.clone(),
            caps: watched(caps(pipeline, request), request),
            again: request.again(),
            secrets: self.secrets.clone(),
            now: SystemTime::now,
        };
        let ledger = ManifestLedger::open(journal, calls, Cache::at(&request.state), rules);
        let ledger = ledger.map_err(|failure| run.fatal(format!("the cache of results: {failure}"))).ok()?;
        let paid = RemoteSide { services: self, ledger: Arc::new(ledger), over_budget: Mutex::default() };
        // An observer that counts must not keep the manifest open.
        let ledger = Arc::downgrade(&paid.ledger);
        let totals = move || ledger.upgrade().map(|ledger| ledger.totals()).unwrap_or_default();
        observer.notice(&Event::LedgerOpened { totals: CountCalls::new(totals) });
        Some(paid)
    }
}

impl RemoteSide {
    /// Takes every source to its end, or as far as it comes before the run stops, on a thread of its own, while
    /// `admit` gives the pool its work.
    pub(in crate::batch) fn serve<'a>(
        &self,
        run: &'a ActiveRun<'a>,
        sources: Vec<(&'a SourcePlan, Vec<ToMake<'a>>)>,
        admit: impl FnOnce(&dyn WorkQueue<'a>),
    ) {
        let queue = PoolQueue::new();
        let tasks = |asking: Vec<ToMake<'a>>| asking.into_iter().map(RemoteTask::new).collect();
        let sources = sources.into_iter().map(|(source, asking)| (source, tasks(asking))).collect();
        thread::scope(|threads| {
            let queue = &queue;
            threads.spawn(move || {
                // Also if this thread panics: the dispatcher waits for nothing then.
                let _closing = queue.closing();
                match runtime() {
                    Ok(runtime) => runtime.block_on(RemoteScheduler::new(run, queue, self).serve(sources)),
                    Err(why) => run.fatal(why.to_string()),
                }
            });
            admit(queue);
            // Tasks that still wait for the pool are told that nothing comes.
            queue.close();
        });
    }

    /// Asks the run to stop if a call could have cost more than is allowed. Returns what became of its calls, and the
    /// providers whose last results could not be used, given those of the runs `before`.
    pub(in crate::batch) fn end(self, stop: &Stop, before: Vec<String>) -> (CallTotals, Vec<String>) {
        if let Some(what) = into_inner(self.over_budget) {
            // A stronger reason stays.
            stop.request(StopReason::Cost(what));
        }
        (self.ledger.totals(), self.services.useless(before))
    }
}

/// Marks the caps of a run without a limit that the user does not watch: it starts only where no call is due. What a
/// result of no use would lead to is not paid then.
fn watched(caps: Caps, request: &Request) -> Caps {
    if request.is_attended || caps != Caps::default() { caps } else { Caps { is_unwatched: true, ..caps } }
}
