//! Records anew what was compared and is as recorded, with the times of now.

use crate::analysis::Measures;
use crate::batch::SourcePlan;
use crate::batch::StopReason;
use crate::batch::run_record::broken;
use crate::batch::writer::Writer;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::manifest::Record;
use crate::manifest::State;
use crate::manifest::TaskOutcome;
use crate::manifest::TaskRefreshed;
use crate::manifest::TaskStamp;
use crate::pipeline::Task;
use crate::pipeline::TaskKey;
use crate::pipeline::decide;

impl Writer<'_> {
    /// Vouches anew for a finished task whose files were compared and are the same: with their
    /// present times, and with a sync of the output.
    pub(in crate::batch) fn refresh(&self, state: &State, plan: &SourcePlan, task: &Task) -> Result<(), StopReason> {
        let Some(TaskOutcome::Done(done)) = state.task(&task.key(&plan.file.path)) else { return Ok(()) };
        // An output that is gone by now is the next run's business.
        let Ok(output) = self.output_store.adopt(&done.output) else { return Ok(()) };
        let TaskKey { target, row, encoding, .. } = task.key(&plan.file.path);
        let known = state.source(&plan.file.path).filter(|known| known.hash == Some(done.hash));
        let header = plan.header().or_else(|| known.and_then(|known| known.header));
        let _recorded = self.tell_source(plan, header, Some(done.hash))?;
        // Options that make the same are recorded, so that the next run need not work that out again.
        let resolved = Some(task.fingerprint.resolved).filter(|resolved| done.options != *resolved);
        let layout = header.filter(|_| resolved.is_some()).and_then(|header| {
            let measures = state.measures(&done.hash).map_or(Measures::none(), |measures| &**measures);
            let Decision::Do(edited) = decide(task, &header, measures) else { return None };
            Some((header, edited.layout))
        });
        let asked = layout.map(|(header, layout)| task.fingerprint.asked(&task.acting(&header, &layout)));
        if resolved.is_some() {
            self.tell_options(task)?;
        }
        let record = Record::TaskRefreshed(TaskRefreshed {
            source: plan.file.path.as_path().into(),
            target,
            row,
            encoding,
            seen: TaskStamp::default(),
            output_mtime: output.stamp.mtime,
            asked: asked.or(done.asked).filter(|_| resolved.is_some()),
            resolved,
        });
        self.journal.finished(&record, output.durable).map_err(|error| broken(&error))
    }

    /// Notes the present times of a source that is known to fail and was compared: it need not be read again.
    pub(in crate::batch) fn refresh_failed(
        &self,
        state: &State,
        plan: &SourcePlan,
        task: &Task,
    ) -> Result<(), StopReason> {
        let Some(TaskOutcome::Failed(failed)) = state.task(&task.key(&plan.file.path)) else { return Ok(()) };
        let is_stale = !failed.source.fits(&plan.file.stamp) || failed.source.lacks(&plan.file.stamp);
        let Some(class) = failed.class.filter(|_| is_stale) else { return Ok(()) };
        let failure = Failure::new(class, &*failed.message);
        let Some(revisions) = state.makers().get(failed.made_by as usize) else { return Ok(()) };
        let known = state.source(&plan.file.path).filter(|known| known.hash == failed.hash);
        let header = plan.header().or_else(|| known.and_then(|known| known.header));
        self.tell_failed((plan, task), (header, failed.hash), &failure, revisions)
    }
}
