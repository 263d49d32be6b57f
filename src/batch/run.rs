//! A run from start to end: plan, guards, dispatch, record.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::thread::available_parallelism;

use rayon::ThreadPool;
use rayon::ThreadPoolBuilder;

use crate::batch::Action;
use crate::batch::Event;
use crate::batch::Kept;
use crate::batch::Observer;
use crate::batch::Plan;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::SelectedTask;
use crate::batch::Skip;
use crate::batch::SourcePlan;
use crate::batch::StandIn;
use crate::batch::Stop;
use crate::batch::StopReason;
use crate::batch::Summary;
use crate::batch::ToMake;
use crate::batch::adopt;
use crate::batch::job::Source;
use crate::batch::measured::Measured;
use crate::batch::measuring;
use crate::batch::measuring::Measuring;
use crate::batch::memory;
use crate::batch::memory::Admission;
use crate::batch::memory::too_much_memory;
use crate::batch::occupancy::in_the_way;
use crate::batch::remote::Services;
use crate::batch::run_context::RunContext;
use crate::batch::run_record;
use crate::batch::run_record::run_name;
use crate::batch::stop::StopConditions;
use crate::batch::writer::Writer;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Error;
use crate::error::Failure;
use crate::locks::into_inner;
use crate::locks::lock;
use crate::manifest::CallTotals;
use crate::manifest::Journal;
use crate::manifest::State;
use crate::pipeline::Encoded;
use crate::pipeline::Pipeline;
use crate::storage::SourceStore;

/// Does what the pipeline says, as far as it is not done already.
///
/// The calling thread dispatches; pictures are worked on by the threads of [`Request::pool`], or by those of a pool
/// that lives as long as the run. After
/// [`Stop::request`] no further source is admitted and the call returns when running work is
/// done; a caller that cannot wait seals the [`Stop`] and exits.
///
/// # Errors
/// Why the run did not start, with a [`Refusal`] that has the details; no output was written then, at most an empty
/// state folder.
pub fn run(pipeline: &Pipeline, request: &Request, observer: &dyn Observer, stop: &Stop) -> Result<Summary, Error> {
    let conditions = StopConditions::new(stop, request.max_duration);
    let context = RunContext { pipeline, request, observer, conditions };
    request.check(pipeline)?;
    let output_store = request.output_store()?;
    let pool = pool(request)?;
    let opened = pool.install(|| Journal::open(&request.state, request.scope(pipeline)));
    let (journal, state) = opened.map_err(Refusal::Manifest)?;
    let journal = Arc::new(journal);
    output_store.probe();
    let planned = |measured: &Measured| {
        let plan =
            pool.install(|| Plan::new(pipeline, request, &state, &*output_store, measured, &|| context.should_stop()));
        if let (Err(Refusal::Stopped), Some(reason)) = (&plan, stop.reason()) {
            observer.notice(&Event::Stopped { reason: &reason.sentence_while_planning() });
        }
        plan
    };
    let mut plan = planned(&Measured::default())?;
    if stop.is_requested() {
        return Err(Refusal::Stopped.into());
    }
    let mut measured = 0;
    if plan.is_undecided() {
        let found = look_first(&context, (&plan, &state), &journal, &pool);
        measured = found.count();
        // Of a run that is stopped here everything is left, as the first plan says.
        if !context.should_stop() {
            plan = planned(&found)?;
        }
    }
    let mut useless = state.useless().to_vec();
    let services = Services::open(pipeline, request, &plan, &useless)?;
    observer.notice(&Event::Planned { plan: &plan });
    let budget = memory::for_pictures(request.memory.unwrap_or_else(memory::auto_budget), plan.memory());
    let admission = Arc::new(Admission::new(budget, 2 * pool.current_num_threads()));
    let compared = adopt::compare(&plan, &*output_store, &pool, &admission, &context)?;

    let writer = Writer { context, output_store: &*output_store, journal: &journal, run: run_name() };
    let tally = Mutex::new(Summary::of(&plan));
    let run = ActiveRun { context, source_store: &plan.source_store, admission, writer, tally };
    if let Err(reason) = run.open(&plan, &state, compared) {
        stop.request(reason);
    }
    let paid = services.and_then(|services| services.begin(&run, state.calls().clone(), Arc::clone(&journal)));
    // What was done is not asked again, and there may be much of it.
    let records = state.memory().saturating_sub(memory::UNCOUNTED);
    let admission = Arc::clone(&run.admission);
    admission.take(records);
    pool.spawn(move || {
        drop(state);
        admission.give(records);
    });
    run.dispatch(&plan, &pool, paid.as_ref());
    let mut calls = CallTotals::default();
    if let Some(paid) = paid {
        (calls, useless) = paid.end(stop, useless);
    }
    let (name, summary) = run.finish();
    let mut summary = Summary { calls, measured, ..summary };
    match Arc::into_inner(journal) {
        Some(journal) => run_record::end(&name, &mut summary, useless, journal),
        None => summary.stopped = Some(StopReason::Fatal("the manifest is still in use".into())),
    }
    if let Some(reason) = &summary.stopped {
        observer.notice(&Event::Stopped { reason: &reason.sentence() });
    }
    observer.notice(&Event::Ended { summary: &summary });
    Ok(summary)
}

/// Looks at the sources about which a plan can say no more, and records what is found. A manifest that cannot be
/// written ends the run.
fn look_first(
    context: &RunContext<'_>,
    (plan, state): (&Plan, &State),
    journal: &Journal,
    pool: &ThreadPool,
) -> Measured {
    let &RunContext { pipeline, request, observer, .. } = context;
    let broken = |error: &io::Error| context.stop().request(run_record::broken(error));
    let begun = measuring::begin(journal, (pipeline, request), plan, state).inspect_err(broken);
    if begun.is_err() {
        return Measured::default();
    }
    let measuring = Measuring {
        measures: &pipeline.measures,
        observer,
        is_over: &|| context.should_stop(),
        record: &|hash, found| measuring::record(journal, hash, found).inspect_err(broken),
    };
    measuring.look(plan, pool, &measuring::admission(request, plan, state, pool)).measured
}

/// Returns the caller's pool, or one of the run's own.
pub(super) fn pool(request: &Request) -> Result<Arc<ThreadPool>, Refusal> {
    if let Some(pool) = &request.pool {
        return Ok(Arc::clone(pool));
    }
    let jobs = request.jobs.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
    ThreadPoolBuilder::new()
        .num_threads(jobs)
        .build()
        .map(Arc::new)
        .map_err(|error| Refusal::Folder(Failure::new(Class::Io, format!("could not start {jobs} threads: {error}"))))
}

/// A run under way.
pub(super) struct ActiveRun<'a> {
    pub(super) context: RunContext<'a>,
    pub(super) source_store: &'a Arc<dyn SourceStore>,
    pub(super) admission: Arc<Admission>,
    pub(super) writer: Writer<'a>,
    tally: Mutex<Summary>,
}

impl<'a> ActiveRun<'a> {
    /// Writes what stands at the head of a run: its start, new options, what is refreshed and
    /// adopted; removes what an earlier run left half done.
    fn open(&self, plan: &Plan, state: &State, compared: adopt::Compared<'_>) -> Result<(), StopReason> {
        self.writer.start(plan, state)?;
        for leftover in state.leftovers() {
            // A temporary file that cannot be removed is in no other file's way.
            let _ = self.writer.output_store.remove_temp(leftover);
        }
        for (source, SelectedTask { task, plan, .. }) in plan.selected() {
            match plan.action {
                Action::Skip(Skip::Done { refresh: true, .. }) => self.writer.refresh(state, source, task)?,
                Action::Known(_) => self.writer.refresh_failed(state, source, task)?,
                _ => {}
            }
        }
        for (source, one, need) in compared.too_large {
            self.fail(source, one.index, None, &too_much_memory(need, self.admission.budget()));
        }
        for (source, one) in compared.foreign {
            self.fail(source, one.index, None, &in_the_way(&one.make.output));
        }
        for adoption in compared.adoptions {
            self.writer.adopt(&adoption)?;
            self.count(|summary| {
                summary.add_done(0, true, adoption.one.layout().is_enlarged());
                summary.add_findings(&adoption.findings);
            });
        }
        Ok(())
    }

    /// Passes the decoder's warnings on to the observer.
    pub(super) fn warn(&self, plan: &SourcePlan, source: &Source) {
        if !source.warnings.is_empty() {
            self.context.observer.notice(&Event::SourceWarned { source: &plan.file.path, warnings: &source.warnings });
        }
    }

    /// Puts an output in place and counts it; `said` is what else is to be known about it.
    pub(super) fn wrote(
        &self,
        plan: &SourcePlan,
        one: ToMake<'_>,
        source: &Source,
        encoded: &Encoded,
        said: &[String],
    ) {
        match self.writer.write(plan, one, source, encoded, said) {
            Ok(bytes) => {
                let engine = encoded.filled.as_ref().map(|filled| &*filled.engine);
                let stood_in = StandIn::of(engine, &one.task.recipe.outpaint.engines, said.first().map(String::as_str));
                self.count(|summary| {
                    summary.add_done(bytes, false, one.layout().is_enlarged());
                    summary.add_findings(one.make.findings());
                    summary.add_findings(&encoded.findings);
                    stood_in.iter().for_each(|one| summary.stood_in.add(one));
                });
            }
            Err(failure) => self.fail(plan, one.index, Some(source.hash), &failure),
        }
    }

    /// Records that the task with this index failed, by itself.
    pub(super) fn fail(&self, plan: &SourcePlan, index: usize, hash: Option<Digest>, failure: &Failure) {
        self.fail_all(plan, &[index], hash, failure);
    }

    /// Records that tasks of a source failed for one reason.
    pub(super) fn fail_all(&self, plan: &SourcePlan, tasks: &[usize], hash: Option<Digest>, failure: &Failure) {
        tasks.iter().for_each(|index| self.fail_among(plan, (*index, tasks), hash, failure));
    }

    /// Records that a task failed; those in the list fail for the same reason, itself among them.
    pub(super) fn fail_among(
        &self,
        plan: &SourcePlan,
        failed: (usize, &[usize]),
        hash: Option<Digest>,
        failure: &Failure,
    ) {
        if failure.class == Class::Interrupted {
            return; // The task is left for the next run.
        }
        let kept = self.writer.failed(plan, failed, hash, failure);
        let failures = self.count(|summary| {
            summary.add_failed(failure.class);
            summary.gone += u64::from(kept == Kept::Record);
            summary.unread_failed += u64::from(plan.unread.is_some());
            summary.counted_failures()
        });
        if self.context.request.max_failures.is_some_and(|most| failures >= most) {
            self.context.stop().request(StopReason::Failures);
        }
    }

    fn count<T>(&self, change: impl FnOnce(&mut Summary) -> T) -> T {
        let mut tally: MutexGuard<'_, Summary> = lock(&self.tally);
        change(&mut tally)
    }

    /// Ends the run, and returns its name and its summary.
    fn finish(self) -> (String, Summary) {
        let mut summary = into_inner(self.tally);
        summary.elapsed = self.context.conditions.elapsed();
        summary.stopped = self.context.stop().reason();
        (self.writer.run, summary)
    }
}
