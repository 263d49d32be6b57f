//! The paid side of a run: how it reads sources whose providers may be asked, and its end.

use crate::batch::SourcePlan;
use crate::batch::StopReason;
use crate::batch::job::Reading;
use crate::batch::memory::MemoryNeed;
use crate::batch::run::ActiveRun;
use crate::codecs::DecodeRequest;
use crate::pipeline;
use crate::pipeline::Decisions;
use crate::pipeline::Task;

impl<'a> ActiveRun<'a> {
    /// Makes the reading of a source for some tasks, of which this is one.
    pub(super) fn reading(&self, plan: &'a SourcePlan, decisions: &Decisions, task: &'a Task) -> Reading<'a> {
        let scheduler = MemoryNeed::of_calls(plan, decisions).memory_limit();
        let decode_request = pipeline::decode_request(&plan.tasks, decisions);
        Reading::new(
            self.source_store.as_ref(),
            plan,
            task,
            DecodeRequest { memory_limit: scheduler, ..decode_request },
        )
    }

    /// Ends the run, because records cannot be kept.
    pub(super) fn fatal(&self, why: String) {
        self.context.stop().request(StopReason::Fatal(why));
    }
}

impl MemoryNeed {
    /// Returns the memory that work on a source takes when everything is decoded that any of its tasks needs, whichever
    /// decoder reads it: so a call that was paid for is not held up by another plan.
    pub(super) fn of_calls(source: &SourcePlan, decisions: &Decisions) -> MemoryNeed {
        MemoryNeed::beside_calls(
            &decisions.header,
            source.file.stamp.size,
            pipeline::decode_request(&source.tasks, decisions),
        )
    }
}
