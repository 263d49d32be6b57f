//! Says what a run knows for its paid side alone: how sources are read of which providers may be asked, and its end.

use crate::batch::Reason;
use crate::batch::SourcePlan;
use crate::batch::job::Reading;
use crate::batch::memory::Need;
use crate::batch::run::Run;
use crate::codecs::Want;
use crate::pipeline;
use crate::pipeline::Decisions;
use crate::pipeline::Task;

impl<'a> Run<'a> {
    /// Returns how a source is read for some tasks, of which this is one.
    pub(super) fn reading(&self, plan: &'a SourcePlan, decisions: &Decisions, task: &'a Task) -> Reading<'a> {
        let room = Need::of_calls(plan, decisions).room();
        let want = pipeline::want(&plan.tasks, decisions);
        Reading::new(self.inbox.as_ref(), plan, task, Want { room, ..want })
    }

    /// Ends the run, because records cannot be kept.
    pub(super) fn fatal(&self, why: String) {
        self.writer.stop.request(Reason::Fatal(why));
    }
}

impl Need {
    /// Says what work on a source takes of which all is decoded that any task looks at, whichever decoder reads
    /// it: a call that was paid for is not held up by another plan.
    pub(super) fn of_calls(source: &SourcePlan, decisions: &Decisions) -> Need {
        Need::beside_calls(&decisions.header, source.file.stamp.size, pipeline::want(&source.tasks, decisions))
    }
}
