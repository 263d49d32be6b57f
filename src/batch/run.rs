//! A run from start to end: plan, guards, dispatch, record.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread::available_parallelism;
use std::time::Instant;

use rayon::ThreadPool;
use rayon::ThreadPoolBuilder;

use crate::batch::Action;
use crate::batch::Event;
use crate::batch::Make;
use crate::batch::Observer;
use crate::batch::Plan;
use crate::batch::Reason;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::Skip;
use crate::batch::SourcePlan;
use crate::batch::Stop;
use crate::batch::Summary;
use crate::batch::adopt;
use crate::batch::job;
use crate::batch::memory;
use crate::batch::memory::Admission;
use crate::batch::writer;
use crate::batch::writer::Writer;
use crate::batch::writer::run_name;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::manifest::Journal;
use crate::manifest::State;
use crate::pipeline::Pipeline;
use crate::pipeline::Target;
use crate::storage::Outbox;

/// What a run would do. Reads the manifest without its lock and writes nothing.
///
/// # Errors
/// Why the run would refuse to start, as far as that can be known without decoding.
pub fn plan(pipeline: &Pipeline, request: &Request) -> Result<Plan, Refusal> {
    request.check(pipeline)?;
    let state = State::load(&request.state, &pipeline.name).map_err(Refusal::Manifest)?;
    let outbox = Outbox::at(&request.output);
    pool(request)?.install(|| Plan::new(pipeline, request, &state, &outbox))
}

/// Does what the pipeline says, as far as it is not done already.
///
/// The calling thread dispatches; pictures are worked on by a pool of its own. After
/// [`Stop::request`] no further source is admitted and the call returns when running work is
/// done; a caller that cannot wait seals the [`Stop`] and exits.
///
/// # Errors
/// Why the run did not start; no output was written then, at most an empty state folder.
pub fn run(pipeline: &Pipeline, request: &Request, observer: &dyn Observer, stop: &Stop) -> Result<Summary, Refusal> {
    let begun = Instant::now();
    request.check(pipeline)?;
    let outbox = Outbox::open(&request.output).map_err(Refusal::Folder)?;
    let (journal, state) = Journal::open(&request.state, &pipeline.name).map_err(Refusal::Manifest)?;
    let pool = pool(request)?;
    let plan = pool.install(|| Plan::new(pipeline, request, &state, &outbox))?;
    if stop.is_requested() {
        return Err(Refusal::Stopped);
    }
    observer.notice(&Event::Planned { plan: &plan });
    let admission = Admission::new(request.memory.unwrap_or_else(memory::auto_budget), 2 * pool.current_num_threads());
    let compared = adopt::compare(pipeline, request, &plan, &outbox, &pool, &admission, stop)?;

    let writer = Writer { pipeline, outbox: &outbox, journal: &journal, observer, stop, run: run_name() };
    let run = Run { pipeline, request, admission, begun, writer, tally: Mutex::new(Summary::of(&plan)) };
    if let Err(reason) = run.open(&plan, &state, compared) {
        stop.request(reason);
    }
    run.dispatch(&plan, &pool);
    let (name, mut summary) = run.finish();
    writer::end(&name, &mut summary, journal);
    if let Some(reason) = &summary.stopped {
        observer.notice(&Event::Stopped { reason: &reason.sentence() });
    }
    observer.notice(&Event::Ended { summary: &summary });
    Ok(summary)
}

fn pool(request: &Request) -> Result<ThreadPool, Refusal> {
    let jobs = request.jobs.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
    ThreadPoolBuilder::new()
        .num_threads(jobs)
        .build()
        .map_err(|error| Refusal::Folder(Failure::new(Class::Io, format!("could not start {jobs} threads: {error}"))))
}

struct Run<'a> {
    pipeline: &'a Pipeline,
    request: &'a Request,
    admission: Admission,
    begun: Instant,
    writer: Writer<'a>,
    tally: Mutex<Summary>,
}

impl Run<'_> {
    /// Writes what stands at the head of a run: its start, new options, what is refreshed and
    /// adopted; removes what an earlier run left half done.
    fn open(&self, plan: &Plan, state: &State, compared: adopt::Compared<'_>) -> Result<(), Reason> {
        self.writer.start(plan)?;
        for leftover in state.leftovers() {
            // A temporary file that cannot be removed is in nobody's way.
            let _ = self.writer.outbox.remove_temp(leftover);
        }
        for (source, task) in plan.tasks() {
            if matches!(task.action, Action::Skip(Skip::Done { refresh: true })) {
                self.writer.refresh(state, source, &self.pipeline.targets[task.target])?;
            }
        }
        for (source, target, need) in compared.too_large {
            self.fail(source, target, None, &too_much_memory(need, self.admission.budget()));
        }
        for adoption in compared.adoptions {
            self.writer.adopt(&adoption)?;
            self.count(|summary| summary.add_done(0, true));
        }
        Ok(())
    }

    /// Admits sources one after the other, each when its whole need of memory is free.
    fn dispatch(&self, plan: &Plan, pool: &ThreadPool) {
        let mut allowed = self.request.limit.unwrap_or(u64::MAX);
        pool.in_place_scope(|scope| {
            for source in &plan.sources {
                let mut makes = Vec::new();
                for task in &source.tasks {
                    let target = &self.pipeline.targets[task.target];
                    match &task.action {
                        Action::Make(make) if !make.is_foreign && allowed > 0 => {
                            allowed -= 1;
                            makes.push((&**make, target));
                        }
                        Action::Fail(failure) if !self.should_stop() => self.fail(source, target, None, failure),
                        _ => {}
                    }
                }
                let Some(header) = source.header.filter(|_| !makes.is_empty()) else { continue };
                let need = job::memory_need(source, &header, &makes);
                if need > self.admission.budget() {
                    let failure = too_much_memory(need, self.admission.budget());
                    makes.iter().for_each(|(_, target)| self.fail(source, target, None, &failure));
                    continue;
                }
                if self.should_stop() {
                    break;
                }
                let Some(reservation) = self.admission.reserve(need, || self.should_stop()) else { break };
                scope.spawn(move |_| {
                    self.source(source, &makes);
                    drop(reservation);
                });
            }
        });
    }

    /// Whether no further work is to be admitted; notices when the run's time is over.
    fn should_stop(&self) -> bool {
        let stop = self.writer.stop;
        if self.request.max_duration.is_some_and(|most| self.begun.elapsed() >= most) {
            stop.request(Reason::Duration);
        }
        stop.is_requested()
    }

    /// One source in a thread of the pool.
    fn source(&self, plan: &SourcePlan, makes: &[(&Make, &Target)]) {
        if self.writer.stop.is_requested() {
            return;
        }
        self.writer.observer.notice(&Event::SourceStarted { source: &plan.file.path });
        // Limits may differ between targets; each was checked against its own when planned.
        let (hash, source) = job::load(&self.request.input, plan, makes[0].1);
        let source = match source {
            Ok(source) => source,
            Err(failure) => return makes.iter().for_each(|(_, target)| self.fail(plan, target, hash, &failure)),
        };
        if !source.warnings.is_empty() {
            self.writer.observer.notice(&Event::SourceWarned { source: &plan.file.path, warnings: &source.warnings });
        }
        for (make, target) in makes {
            if self.writer.stop.is_requested() {
                return;
            }
            let written = job::make(&source, make, target)
                .and_then(|encoded| self.writer.write(plan, make, target, &source, &encoded));
            match written {
                Ok(bytes) => self.count(|summary| summary.add_done(bytes, false)),
                Err(failure) => self.fail(plan, target, hash, &failure),
            }
        }
    }

    fn fail(&self, plan: &SourcePlan, target: &Target, hash: Option<Digest>, failure: &Failure) {
        if failure.class == Class::Interrupted {
            return; // The task is left for the next run.
        }
        self.writer.failed(plan, target, hash, failure);
        let failures = self.count(|summary| {
            summary.add_failed(failure.class);
            summary.failures()
        });
        if self.request.max_failures.is_some_and(|most| failures >= most) {
            self.writer.stop.request(Reason::Failures);
        }
    }

    fn count<T>(&self, change: impl FnOnce(&mut Summary) -> T) -> T {
        let mut tally: MutexGuard<'_, Summary> = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut tally)
    }

    /// The run's name and what became of it.
    fn finish(self) -> (String, Summary) {
        let mut summary = self.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
        summary.elapsed = self.begun.elapsed();
        summary.stopped = self.writer.stop.reason();
        (self.writer.run, summary)
    }
}

fn too_much_memory(need: u64, budget: u64) -> Failure {
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    let message =
        format!("needs {} MiB of memory, the run may use {} MiB; raise run.memory or --memory", mib(need), mib(budget));
    Failure::new(Class::Memory, message)
}
