//! Reports failed tasks to the observer, and records them.

use std::borrow::Cow;

use crate::batch::Event;
use crate::batch::Kept;
use crate::batch::SourcePlan;
use crate::batch::StopReason;
use crate::batch::writer::Writer;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::manifest::MadeBy;
use crate::manifest::Record;
use crate::manifest::TaskFailed;
use crate::manifest::TaskStamp;
use crate::pipeline::Filling;
use crate::pipeline::Revisions;
use crate::pipeline::Task;
use crate::pipeline::TaskKey;

impl Writer<'_> {
    /// Reports a failed task, and records it unless it stays finished; all tasks that are `alike` fail with it. Returns
    /// the output or record of it that stays.
    pub(in crate::batch) fn failed(
        &self,
        plan: &SourcePlan,
        (index, alike): (usize, &[usize]),
        hash: Option<Digest>,
        failure: &Failure,
    ) -> Kept {
        let planned = plan.plan(index);
        let kept = planned.map_or(Kept::Nothing, |planned| planned.kept);
        // What became of a call is always recorded: by that the user says what may be paid again.
        let is_of_call = matches!(failure.class, Class::Rejected | Class::BadOutput | Class::UnknownCall);
        let kept = if kept == Kept::Record && is_of_call { Kept::Nothing } else { kept };
        let mut failure = Cow::Borrowed(failure);
        match kept {
            Kept::Nothing => self.record_failed(plan, index, hash, &failure),
            Kept::Output => {}
            Kept::Record => failure.to_mut().message.push_str("; its finished output is gone or was changed"),
        }
        let is_collision = planned.is_some_and(|planned| planned.collides);
        let key = |index: usize| plan.tasks[index].key(&plan.file.path);
        // The sentence on its output is true of this task alone.
        let alike = if kept == Kept::Record { &[index][..] } else { alike };
        let alike: Vec<String> = alike.iter().map(|index| key(*index).label()).collect();
        self.context.observer.notice(&Event::TaskFailed {
            key: &key(index),
            failure: &failure,
            alike: &alike,
            is_collision,
        });
        kept
    }

    fn record_failed(&self, plan: &SourcePlan, index: usize, hash: Option<Digest>, failure: &Failure) {
        let task = &plan.tasks[index];
        let mut revisions = task.revisions.of_failure(failure.class, plan.format);
        // Where a layout was found, what has no part in it cannot mend it either.
        let decided = plan.decisions.as_ref().and_then(|all| Some((all.header, all.get(index)?)));
        if let Some((header, decided)) = decided {
            let acting = task.acting(&header, &decided.layout);
            revisions = revisions.that_acted(&acting, (header.format, decided.format), Filling::Engines);
        }
        let told = self.tell_failed((plan, task), (plan.header(), hash), failure, &revisions);
        // A broken manifest stops the run; the failure itself is told in any case.
        let _ = self.or_stop(told);
    }

    /// Records that a task fails, which depends on these revisions.
    pub(super) fn tell_failed(
        &self,
        (plan, task): (&SourcePlan, &Task),
        (header, hash): (Option<Header>, Option<Digest>),
        failure: &Failure,
        revisions: &Revisions,
    ) -> Result<(), StopReason> {
        self.tell_options(task)?;
        let _recorded = self.tell_source(plan, header, hash)?;
        let TaskKey { target, row, encoding, .. } = task.key(&plan.file.path);
        self.append(&Record::TaskFailed(TaskFailed {
            source: plan.file.path.as_path().into(),
            seen: TaskStamp::default(),
            target,
            row,
            encoding,
            fingerprint: None,
            asked: Some(task.fingerprint.of_failure(failure.class)),
            resolved: Some(task.fingerprint.resolved),
            made_by: Some(MadeBy::from(revisions)),
            class: failure.class.word().into(),
            message: failure.message.as_str().into(),
        }))
    }
}
