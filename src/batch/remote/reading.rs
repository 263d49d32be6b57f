//! How sources are read of which providers may be asked.

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
}
