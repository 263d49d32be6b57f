//! The paid side of a run, from the opening of its ledger to its end.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::SystemTime;

use crate::batch::CountCalls;
use crate::batch::Event;
use crate::batch::Reason;
use crate::batch::Request;
use crate::batch::SourcePlan;
use crate::batch::Stop;
use crate::batch::ToMake;
use crate::batch::allowance::caps;
use crate::batch::remote::desk::Desk;
use crate::batch::remote::room::Room;
use crate::batch::remote::services::Paid;
use crate::batch::remote::services::Services;
use crate::batch::remote::services::runtime;
use crate::batch::remote::todo::Todo;
use crate::batch::run::Run;
use crate::batch::work_queue::WorkQueue;
use crate::manifest::Books;
use crate::manifest::CallTotals;
use crate::manifest::Calls;
use crate::manifest::Caps;
use crate::manifest::Journal;
use crate::manifest::Rules;
use crate::storage::Cache;

impl Services {
    /// Opens the ledger of a run; none if the cache cannot be read, which ends the run.
    pub(in crate::batch) fn begin(self, run: &Run<'_>, calls: Calls, journal: Arc<Journal>) -> Option<Paid> {
        let (pipeline, request) = (run.writer.pipeline, run.request);
        let rules = Rules {
            run: run.writer.run.clone(),
            caps: watched(caps(pipeline, request), request),
            again: request.again(),
            secrets: self.secrets.clone(),
            now: SystemTime::now,
        };
        let ledger = Books::open(journal, calls, Cache::at(&request.state), rules);
        let ledger = ledger.map_err(|failure| run.fatal(format!("the cache of results: {failure}"))).ok()?;
        let paid = Paid { services: self, ledger: Arc::new(ledger), over_budget: Mutex::default() };
        // Who counts must not keep the manifest open.
        let ledger = Arc::downgrade(&paid.ledger);
        let totals = move || ledger.upgrade().map(|ledger| ledger.totals()).unwrap_or_default();
        run.writer.observer.notice(&Event::LedgerOpened { totals: CountCalls::new(totals) });
        Some(paid)
    }
}

impl Paid {
    /// Leads every source to its end, or as far as it comes before the run stops, on a thread of its own, while
    /// `admit` gives the pool its work.
    pub(in crate::batch) fn serve<'a>(
        &self,
        run: &'a Run<'a>,
        sources: Vec<(&'a SourcePlan, Vec<ToMake<'a>>)>,
        admit: impl FnOnce(&dyn WorkQueue<'a>),
    ) {
        let desk = Desk::new();
        let todos = |asking: Vec<ToMake<'a>>| asking.into_iter().map(Todo::new).collect();
        let sources = sources.into_iter().map(|(source, asking)| (source, todos(asking))).collect();
        thread::scope(|threads| {
            let desk = &desk;
            threads.spawn(move || {
                // Also if the room panics: the dispatcher waits for nothing then.
                let _closing = desk.closing();
                match runtime() {
                    Ok(runtime) => runtime.block_on(Room::new(run, desk, self).lead(sources)),
                    Err(why) => run.fatal(why.to_string()),
                }
            });
            admit(desk);
            // Who still waits for the pool learns that nothing comes.
            desk.close();
        });
    }

    /// Asks the run to stop if a call could have cost more than is allowed. Returns what became of its calls, and the
    /// providers whose last results could not be used, given those of the runs `before`.
    pub(in crate::batch) fn end(self, stop: &Stop, before: Vec<String>) -> (CallTotals, Vec<String>) {
        if let Some(what) = self.over_budget.into_inner().unwrap_or_else(PoisonError::into_inner) {
            // A stronger reason stays.
            stop.request(Reason::Cost(what));
        }
        (self.ledger.totals(), self.services.useless(before))
    }
}

/// A run that the user does not watch starts without a limit where no call is due. What a result of no use would
/// lead to is not paid then.
fn watched(caps: Caps, request: &Request) -> Caps {
    if request.is_attended || caps != Caps::default() { caps } else { Caps { is_unwatched: true, ..caps } }
}
