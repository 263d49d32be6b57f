//! Puts outputs in place and says so in the manifest, in the order that survives a crash:
//! claim, temporary file, rename, record.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::analysis::Measures;
use crate::batch::Event;
use crate::batch::Kept;
use crate::batch::Observer;
use crate::batch::Plan;
use crate::batch::Request;
use crate::batch::SourcePlan;
use crate::batch::Stop;
use crate::batch::StopReason;
use crate::batch::ToMake;
use crate::batch::adopt::Adoption;
use crate::batch::job::Source;
use crate::batch::run_record::broken;
use crate::batch::run_record::run_started;
use crate::batch::source_plan::RecordedSource;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::engines::Filled;
use crate::engines::Judgement;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Finding;
use crate::manifest::Journal;
use crate::manifest::MadeBy;
use crate::manifest::OptionsRecord;
use crate::manifest::Record;
use crate::manifest::RecordedHeader;
use crate::manifest::RecordedLayout;
use crate::manifest::RecordedPath;
use crate::manifest::SourceRecord;
use crate::manifest::State;
use crate::manifest::TaskFailed;
use crate::manifest::TaskFinished;
use crate::manifest::TaskOutcome;
use crate::manifest::TaskRefreshed;
use crate::manifest::TaskStamp;
use crate::manifest::TaskWriting;
use crate::pipeline::Encoded;
use crate::pipeline::Filling;
use crate::pipeline::Pipeline;
use crate::pipeline::Revisions;
use crate::pipeline::Task;
use crate::pipeline::TaskKey;
use crate::pipeline::decide;
use crate::storage::Committed;
use crate::storage::OutputStore;

/// The writing end of a run.
pub(super) struct Writer<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) request: &'a Request,
    pub(super) output_store: &'a dyn OutputStore,
    pub(super) journal: &'a Journal,
    pub(super) observer: &'a dyn Observer,
    pub(super) stop: &'a Stop,
    pub(super) run: String,
}

impl Writer<'_> {
    /// Appends a record. A manifest that cannot be written ends the run.
    fn append(&self, record: &Record<'_>) -> Result<(), StopReason> {
        self.journal.append(record).map_err(|error| broken(&error))
    }

    /// Records that the run begins, and the options of its tasks.
    pub(super) fn start(&self, plan: &Plan, state: &State) -> Result<(), StopReason> {
        let started = run_started((self.pipeline, self.request), state.moved_from(), &self.run, plan.tasks_in_all);
        self.append(&Record::RunStarted(started))?;
        let mut known = HashSet::new();
        for (number, task) in plan.tasks(self.pipeline).enumerate() {
            // What is said of single sources may be said of many.
            if known.insert(task.fingerprint.resolved) || number < self.pipeline.usual_tasks.len() {
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
        let mut recorded = plan.recorded.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// Vouches anew for a finished task whose files were compared and are the same: with their
    /// present times, and with a sync of the output.
    pub(super) fn refresh(&self, state: &State, plan: &SourcePlan, task: &Task) -> Result<(), StopReason> {
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

    /// Writes an output and returns its size in bytes. `said` is what else the user should know
    /// about how it came to be.
    pub(super) fn write(
        &self,
        plan: &SourcePlan,
        one: ToMake<'_>,
        source: &Source,
        encoded: &Encoded,
        said: &[String],
    ) -> Result<u64, Failure> {
        let ToMake { task, make, .. } = one;
        let key = &task.key(&plan.file.path);
        // Held until the record is appended: a sealed run leaves no output without its claim.
        let Some(_permit) = self.stop.permit() else {
            return Err(Failure::new(Class::Interrupted, "the run was stopped"));
        };
        let output_hash = Digest::of(&encoded.bytes);
        let prepared = self.output_store.prepare(&make.output, &key.name(), &encoded.bytes)?;
        self.claim(plan, one, (prepared.temp(), output_hash))?;
        let committed = prepared.commit(make.seen()).map_err(|failure| self.not_placed(failure))?;
        self.observer.notice(&Event::TaskPlaced { key });
        let warnings: Vec<String> = make.warnings().iter().chain(&source.warnings).chain(said).cloned().collect();
        let findings: Vec<Finding> = make.findings().iter().chain(&encoded.findings).cloned().collect();
        let times =
            [("decode_ms", source.decode_ms), ("pixels_ms", encoded.pixels_ms), ("encode_ms", encoded.encode_ms)];
        let record = Finished {
            plan,
            one,
            hash: source.hash,
            output_hash,
            filled: encoded.filled.as_ref(),
            warnings: &warnings,
            findings: &findings,
            adopted: false,
        };
        let bytes = committed.stamp.size;
        self.finish(&record, committed, times.into_iter().map(|(name, time)| (name.into(), time)).collect())?;
        self.observer.notice(&Event::TaskDone {
            key,
            output: &make.output,
            bytes,
            filled: encoded.filled.as_ref(),
            adopted: false,
            enlarged: one.layout().is_enlarged(),
            warnings: &warnings,
            findings: &findings,
        });
        Ok(bytes)
    }

    /// Records an output that was there already, byte for byte.
    pub(super) fn adopt(&self, adoption: &Adoption<'_>) -> Result<(), StopReason> {
        let Adoption { plan, one, hash, output_hash, filled, warnings, findings } = adoption;
        let record = Finished {
            plan,
            one: *one,
            hash: *hash,
            output_hash: *output_hash,
            filled: filled.as_ref(),
            warnings,
            findings,
            adopted: true,
        };
        // Nothing is written, so nothing is claimed.
        let adopted = self.output_store.adopt(&one.make.output).and_then(|committed| {
            let bytes = committed.stamp.size;
            self.finish(&record, committed, BTreeMap::new())?;
            Ok(bytes)
        });
        let bytes = adopted.map_err(|failure| StopReason::Fatal(failure.message))?;
        self.observer.notice(&Event::TaskDone {
            key: &one.task.key(&plan.file.path),
            output: &one.make.output,
            bytes,
            filled: filled.as_ref(),
            adopted: true,
            enlarged: one.layout().is_enlarged(),
            warnings,
            findings,
        });
        Ok(())
    }

    fn claim(&self, plan: &SourcePlan, one: ToMake<'_>, (temp, hash): (Option<&OsStr>, Digest)) -> Result<(), Failure> {
        let key = one.task.key(&plan.file.path);
        let TaskKey { target, row, encoding, .. } = key.clone();
        self.or_stop(self.append(&Record::TaskWriting(TaskWriting {
            source: plan.file.path.as_path().into(),
            target,
            row,
            encoding,
            output: (&*one.make.output).into(),
            temp: temp.map(RecordedPath::from),
            hash,
        })))?;
        self.observer.notice(&Event::TaskClaimed { key: &key });
        Ok(())
    }

    fn finish(
        &self,
        finished: &Finished<'_>,
        committed: Committed,
        timings: BTreeMap<Cow<'_, str>, u64>,
    ) -> Result<(), Failure> {
        let Finished { plan, one, hash, output_hash, filled, warnings, findings, adopted } = finished;
        let ToMake { task, make, decided, .. } = one;
        let judgement = filled.and_then(|filled| filled.judgement.as_ref());
        let header = plan.header().ok_or_else(|| Failure::new(Class::Internal, "an output without a header"))?;
        let acting = task.acting(&header, &decided.layout);
        let filling = Filling::by(filled.map(|filled| &*filled.engine));
        let revisions = task.revisions.that_acted(&acting, (header.format, decided.format), filling);
        self.or_stop(self.tell_options(task))?;
        let _recorded = self.or_stop(self.tell_source(plan, Some(header), Some(*hash)))?;
        let TaskKey { target, row, encoding, .. } = task.key(&plan.file.path);
        let record = Record::TaskFinished(TaskFinished {
            source: plan.file.path.as_path().into(),
            seen: TaskStamp::default(),
            target,
            row,
            encoding,
            fingerprint: None,
            asked: Some(task.fingerprint.asked(&acting)),
            resolved: Some(task.fingerprint.resolved),
            made_by: Some(MadeBy::from(&revisions)),
            layout: RecordedLayout::from(one.layout()),
            output: (&*make.output).into(),
            bytes: committed.stamp.size,
            output_hash: *output_hash,
            output_mtime: committed.stamp.mtime,
            adopted: *adopted,
            engine: filled.map(|filled| filled.engine.as_ref().into()),
            confidence: judgement.map(|judgement| judgement.confidence),
            gates: judgement.into_iter().flat_map(gates).collect(),
            warnings: warnings.iter().map(|line| line.as_str().into()).collect(),
            findings: (*findings).into(),
            because: one.decided.because.clone(),
            timings,
        });
        self.or_stop(self.journal.finished(&record, committed.durable).map_err(|error| broken(&error)))
    }

    /// Returns why an output is not in its place. Where the whole output folder is not either, the run
    /// ends: no other task would do better.
    fn not_placed(&self, failure: Failure) -> Failure {
        let lost = self.output_store.check().map_err(|lost| StopReason::Fatal(lost.message));
        self.or_stop(lost).err().unwrap_or(failure)
    }

    /// Tells of a failed task, and records it unless it stays finished; all tasks that are `alike` fail so.
    /// Returns what of it stays.
    pub(super) fn failed(
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
        // What was said of its output is said of it alone.
        let alike = if kept == Kept::Record { &[index][..] } else { alike };
        let alike: Vec<String> = alike.iter().map(|index| key(*index).label()).collect();
        self.observer.notice(&Event::TaskFailed { key: &key(index), failure: &failure, alike: &alike, is_collision });
        kept
    }

    /// Notes the present times of a source that is known to fail and was compared: it need not be read again.
    pub(super) fn refresh_failed(&self, state: &State, plan: &SourcePlan, task: &Task) -> Result<(), StopReason> {
        let Some(TaskOutcome::Failed(failed)) = state.task(&task.key(&plan.file.path)) else { return Ok(()) };
        let is_stale = !failed.source.fits(&plan.file.stamp) || failed.source.lacks(&plan.file.stamp);
        let Some(class) = failed.class.filter(|_| is_stale) else { return Ok(()) };
        let failure = Failure::new(class, &*failed.message);
        let Some(revisions) = state.makers().get(failed.made_by as usize) else { return Ok(()) };
        let known = state.source(&plan.file.path).filter(|known| known.hash == failed.hash);
        let header = plan.header().or_else(|| known.and_then(|known| known.header));
        self.tell_failed((plan, task), (header, failed.hash), &failure, revisions)
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
    fn tell_failed(
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

    /// Stops the run if the manifest is broken; the task is then left to the next run.
    fn or_stop<T>(&self, appended: Result<T, StopReason>) -> Result<T, Failure> {
        appended.map_err(|reason| {
            let failure = Failure::new(Class::Interrupted, reason.sentence());
            self.stop.request(reason);
            failure
        })
    }
}

/// What a finished record is made of.
struct Finished<'a> {
    plan: &'a SourcePlan,
    one: ToMake<'a>,
    hash: Digest,
    output_hash: Digest,
    filled: Option<&'a Filled>,
    warnings: &'a [String],
    findings: &'a [Finding],
    adopted: bool,
}

fn gates(judgement: &Judgement) -> impl Iterator<Item = (Cow<'_, str>, f64)> {
    judgement.gates.iter().map(|(&name, &value)| (name.into(), value))
}
