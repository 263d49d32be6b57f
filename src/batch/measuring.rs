//! Looks at the sources on whose content the decision about their tasks depends, before the plan is final.
//!
//! Each source is read, decoded as far as its proxy needs, and forgotten but for what measures have found in it;
//! that is recorded at once, so whatever ends a run takes nothing of it away. Then everything is planned again by
//! numbers alone: nothing is written, and nothing paid, by a guess.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;

use rayon::ThreadPool;

use crate::analysis::Measure;
use crate::analysis::Measures;
use crate::batch::Event;
use crate::batch::Observer;
use crate::batch::Plan;
use crate::batch::Request;
use crate::batch::SelectedTask;
use crate::batch::SourcePlan;
use crate::batch::measured::Measured;
use crate::batch::measured::MeasuredSource;
use crate::batch::memory;
use crate::batch::memory::Admission;
use crate::batch::memory::MemoryNeed;
use crate::batch::memory::too_much_memory;
use crate::batch::run_record::run_name;
use crate::batch::run_record::run_started;
use crate::codecs;
use crate::codecs::DecoderChoice;
use crate::codecs::Header;
use crate::codecs::Limits;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Window;
use crate::locks::into_inner;
use crate::locks::lock;
use crate::manifest;
use crate::manifest::Journal;
use crate::manifest::Record;
use crate::manifest::RunStarted;
use crate::manifest::State;
use crate::pipeline::Look;
use crate::pipeline::Pipeline;
use crate::pipeline::guarded;
use crate::raster::Filter;
use crate::storage::SourceStore;
use crate::storage::changed;

/// Bytes of a pixel of a proxy while it is made: in 16 bits, in colour, and as what it was before.
const PROXY_BYTES: u64 = 3 * 8;

/// Has measures look at sources.
pub(super) struct Measuring<'a> {
    /// The measures that the tasks of the pipeline need.
    pub(super) measures: &'a [&'static dyn Measure],
    pub(super) observer: &'a dyn Observer,
    /// Tells whether nothing more is to be begun.
    pub(super) is_over: &'a (dyn Fn() -> bool + Sync),
    /// Records what was found in a source with this digest.
    pub(super) record: &'a (dyn Fn(Digest, &Measures) -> io::Result<()> + Sync),
}

/// A source that is looked at, and how.
#[derive(Clone, Copy)]
struct Job<'a> {
    source: &'a SourcePlan,
    header: Header,
    limits: &'a Limits,
    decoder: DecoderChoice,
}

/// Results up to now, shared by the threads.
#[derive(Default)]
struct Progress<'a> {
    measured: Measured,
    /// Sources that the fastest decoder does not read, for which the other one needs more memory.
    again: Vec<Job<'a>>,
    /// The first error of recording measures.
    unrecorded: Option<io::Error>,
}

/// Measures of the sources of a plan, found by looking at them.
pub(super) struct Looked {
    pub(super) measured: Measured,
    /// The first error of recording them; none if all are recorded, or were not to be.
    pub(super) unrecorded: Option<io::Error>,
}

/// Begins the record of what is found: it belongs to no run, so that whatever becomes of the run stands by itself.
pub(super) fn begin(
    journal: &Journal,
    (pipeline, request): (&Pipeline, &Request),
    plan: &Plan,
    state: &State,
) -> io::Result<()> {
    let run = run_name();
    let started = run_started((pipeline, request), state.moved_from(), &run, plan.tasks_in_all);
    journal.append(&Record::RunStarted(RunStarted { looks: true, ..started }))
}

/// Records what was found in a source with this digest.
pub(super) fn record(journal: &Journal, hash: Digest, found: &Measures) -> io::Result<()> {
    journal.append(&Record::Measures(manifest::MeasuresRecord::new(hash, found)))
}

/// Returns the memory that there is for looking at the sources of a plan.
pub(super) fn admission(request: &Request, plan: &Plan, state: &State, pool: &ThreadPool) -> Admission {
    let memory = request.memory.unwrap_or_else(memory::auto_budget);
    let budget = memory::for_pictures(memory, plan.memory().saturating_add(state.memory()));
    Admission::new(budget, 2 * pool.current_num_threads())
}

impl Plan {
    /// Tells whether what becomes of some task, within its limit, depends on what its source shows, and that is not
    /// known.
    pub(super) fn is_undecided(&self) -> bool {
        self.selected().any(|(_, one)| one.is_looked_at())
    }
}

impl Measuring<'_> {
    /// Looks at the sources of a plan about which it can decide nothing else, each when its whole need of memory is
    /// free, until it is over.
    pub(super) fn look(&self, plan: &Plan, pool: &ThreadPool, admission: &Admission) -> Looked {
        let jobs: Vec<Job<'_>> = plan.sources.iter().filter_map(Job::of).collect();
        self.observer.notice(&Event::Measuring { sources: jobs.len() as u64 });
        let progress = Mutex::new(Progress::default());
        self.look_at(jobs, &*plan.source_store, pool, (admission, &progress));
        let again = std::mem::take(&mut lock(&progress).again);
        self.look_at(again, &*plan.source_store, pool, (admission, &progress));
        let Progress { measured, unrecorded, .. } = into_inner(progress);
        Looked { measured, unrecorded }
    }

    fn look_at<'j>(
        &self,
        jobs: Vec<Job<'j>>,
        source_store: &dyn SourceStore,
        pool: &ThreadPool,
        (admission, progress): (&Admission, &Mutex<Progress<'j>>),
    ) {
        pool.in_place_scope(|scope| {
            for job in jobs {
                let (need, budget) = (job.need(), admission.budget());
                if need > budget {
                    let failed = MeasuredSource::Failed(None, too_much_memory(need, budget));
                    lock(progress).measured.add(&job.source.file, failed);
                    continue;
                }
                let Some(reservation) = admission.reserve(need, self.is_over) else { return };
                if (self.is_over)() {
                    return;
                }
                scope.spawn(move |_| {
                    self.one(job, source_store, progress);
                    drop(reservation);
                });
            }
        });
    }

    /// Looks at one source in a thread of the pool.
    fn one<'j>(&self, job: Job<'j>, source_store: &dyn SourceStore, progress: &Mutex<Progress<'j>>) {
        if (self.is_over)() {
            return;
        }
        let file = &job.source.file;
        let found = match guarded("reading", || source_store.read(file)) {
            Err(failure) => MeasuredSource::Failed(None, failure),
            Ok(bytes) => {
                let hash = Digest::of(&bytes);
                match guarded("looking at the picture", || job.measure(&bytes, self.measures)) {
                    Err(failure) if failure.class == Class::Memory && job.decoder == DecoderChoice::Fast => {
                        let again = Job { decoder: DecoderChoice::Safe, ..job };
                        return lock(progress).again.push(again);
                    }
                    Err(failure) => MeasuredSource::Failed(Some(hash), failure),
                    Ok(measures) => {
                        if let Err(error) = (self.record)(hash, &measures) {
                            lock(progress).unrecorded.get_or_insert(error);
                        }
                        self.observer.notice(&Event::SourceMeasured { source: &file.path });
                        MeasuredSource::Found(hash, Arc::new(measures))
                    }
                }
            }
        };
        lock(progress).measured.add(file, found);
    }
}

impl<'a> Job<'a> {
    /// Makes the job of a planned source; `None` if none of its tasks needs measures that are not known.
    fn of(source: &'a SourcePlan) -> Option<Self> {
        let limits = &source.selected().find(SelectedTask::is_looked_at)?.task.recipe.load.limits;
        // The same picture gives the same value, whichever pipeline asks: no option has a say.
        Some(Job { source, header: source.header()?, limits, decoder: DecoderChoice::Fast })
    }

    fn look(&self) -> Look<'_> {
        Look { header: &self.header, limits: self.limits, decoder: self.decoder }
    }

    fn needs(&self) -> MemoryNeed {
        MemoryNeed::new(&self.header, self.source.file.stamp.size, &self.look().decode_request())
    }

    fn measure(&self, bytes: &[u8], measures: &[&'static dyn Measure]) -> Result<Measures, Failure> {
        // Memory was reserved for the file that was planned.
        if codecs::read_header(&mut io::Cursor::new(bytes))? != self.header {
            return Err(changed());
        }
        self.look().measure(bytes, measures, self.needs().memory_limit())
    }

    /// Returns the most bytes that it takes at any moment.
    fn need(&self) -> u64 {
        let (oriented, proxy) = (self.header.oriented(), self.look().proxy());
        let whole = Window::of(Rect::of(oriented));
        self.needs().showing(whole, proxy, Filter::Box, proxy.area() * PROXY_BYTES)
    }
}
