//! Puts outputs in place and says so in the manifest, in the order that survives a crash:
//! claim, temporary file, rename, record.

mod failures;
mod outputs;
mod refresh;

use std::collections::HashSet;
use std::sync::MutexGuard;

use crate::batch::Plan;
use crate::batch::SourcePlan;
use crate::batch::StopReason;
use crate::batch::run_context::RunContext;
use crate::batch::run_record::broken;
use crate::batch::run_record::run_started;
use crate::batch::source_plan::RecordedSource;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::locks::lock;
use crate::manifest::Journal;
use crate::manifest::OptionsRecord;
use crate::manifest::Record;
use crate::manifest::RecordedHeader;
use crate::manifest::SourceRecord;
use crate::manifest::State;
use crate::pipeline::Task;
use crate::storage::OutputStore;

/// Writes what a run makes, and records it.
pub(super) struct Writer<'a> {
    pub(super) context: RunContext<'a>,
    pub(super) output_store: &'a dyn OutputStore,
    pub(super) journal: &'a Journal,
    pub(super) run: String,
}

impl Writer<'_> {
    /// Appends a record. A manifest that cannot be written ends the run.
    fn append(&self, record: &Record<'_>) -> Result<(), StopReason> {
        self.journal.append(record).map_err(|error| broken(&error))
    }

    /// Records that the run begins, and the options of its tasks.
    pub(super) fn start(&self, plan: &Plan, state: &State) -> Result<(), StopReason> {
        let RunContext { pipeline, request, .. } = self.context;
        let started = run_started((pipeline, request), state.moved_from(), &self.run, plan.tasks_in_all);
        self.append(&Record::RunStarted(started))?;
        let mut known = HashSet::new();
        for (number, task) in plan.tasks(pipeline).enumerate() {
            // What is said of single sources may be said of many.
            if known.insert(task.fingerprint.resolved) || number < pipeline.usual_tasks.len() {
                self.tell_options(task)?;
            }
        }
        Ok(())
    }

    /// Records the options of a task, if the manifest has them not yet.
    fn tell_options(&self, task: &Task) -> Result<(), StopReason> {
        let fingerprint = &task.fingerprint;
        let options = OptionsRecord { fingerprint: fingerprint.resolved, options: fingerprint.options.clone() };
        self.append(&Record::Options(options))
    }

    /// Records what a source is, if the manifest says something else of it, or nothing. Until the result is dropped no
    /// other one is recorded: what is recorded of a task meanwhile is of this one.
    fn tell_source<'p>(
        &self,
        plan: &'p SourcePlan,
        header: Option<Header>,
        hash: Option<Digest>,
    ) -> Result<MutexGuard<'p, Option<RecordedSource>>, StopReason> {
        let mut recorded = lock(&plan.recorded);
        // Of a source that was not read what is known is true as long as its stamp is.
        if recorded.is_some_and(|recorded| hash.is_none() || recorded.hash == hash) {
            return Ok(recorded);
        }
        self.append(&Record::Source(SourceRecord {
            path: plan.file.path.as_path().into(),
            size: plan.file.stamp.size,
            mtime: plan.file.stamp.mtime,
            ctime: plan.file.stamp.trace.ctime(),
            inode: plan.file.stamp.trace.inode(),
            etag: plan.file.stamp.trace.etag(),
            hash,
            header: header.as_ref().map(RecordedHeader::from),
        }))?;
        *recorded = Some(RecordedSource { hash });
        Ok(recorded)
    }

    /// Stops the run if the manifest is broken; the task is then left to the next run.
    fn or_stop<T>(&self, appended: Result<T, StopReason>) -> Result<T, Failure> {
        appended.map_err(|reason| {
            let failure = Failure::new(Class::Interrupted, reason.sentence());
            self.context.stop().request(reason);
            failure
        })
    }
}
