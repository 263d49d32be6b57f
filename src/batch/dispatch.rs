//! Sorts the work of a run and admits it piece by piece, as memory allows.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Duration;

use rayon::ThreadPool;
use rayon::iter::IntoParallelRefIterator;
use rayon::iter::ParallelIterator;

use crate::batch::Action;
use crate::batch::Event;
use crate::batch::Plan;
use crate::batch::SourcePlan;
use crate::batch::ToMake;
use crate::batch::job::Parallelism;
use crate::batch::job::Reading;
use crate::batch::job::Source;
use crate::batch::memory::too_much_memory;
use crate::batch::piece::Cut;
use crate::batch::piece::Piece;
use crate::batch::remote::RemoteSide;
use crate::batch::run::ActiveRun;
use crate::batch::work_queue::WorkQueue;
use crate::error::Class;
use crate::error::Failure;
use crate::locks::lock;

/// Longest time that a dispatcher with nothing to do waits before it looks again for work and for a request to stop.
const PATIENCE: Duration = Duration::from_millis(50);

/// Pieces that are next: parts of one that did not fit into memory, and those that need more of it
/// than they were planned with.
#[derive(Default)]
struct PendingPieces<'a>(Mutex<Vec<Piece<'a>>>);

impl<'a> PendingPieces<'a> {
    fn pieces(&self) -> MutexGuard<'_, Vec<Piece<'a>>> {
        lock(&self.0)
    }
}

/// Holds sources of which outputs are surely made here, and those with what a provider may be asked for.
type Sorted<'a> = (Vec<&'a SourcePlan>, Vec<(&'a SourcePlan, Vec<ToMake<'a>>)>);

impl<'a> ActiveRun<'a> {
    /// Sorts what this run makes into what is surely made here and what margins a provider may fill, and
    /// records those tasks that cannot be made.
    fn sort(&self, plan: &'a Plan) -> Sorted<'a> {
        let (mut local, mut remote) = (Vec::new(), Vec::new());
        for source in &plan.sources {
            let (asking, here): (Vec<_>, Vec<_>) = source.made_now().partition(|one| one.make.may_ask());
            for selected in source.selected() {
                if let Action::Fail(failure) = &selected.plan.action
                    && !self.context.should_stop()
                {
                    let (among, hash) = (alike(source, failure), source.hash.as_deref().copied());
                    self.fail_among(source, (selected.index, &among), hash, failure);
                }
            }
            if !here.is_empty() {
                local.push(source);
            }
            if !asking.is_empty() {
                remote.push((source, asking));
            }
        }
        (local, remote)
    }

    /// Has the outputs of a plan made, those of which providers are asked beside all others.
    pub(super) fn dispatch(&'a self, plan: &'a Plan, pool: &ThreadPool, paid: Option<&RemoteSide>) {
        let (local, remote) = self.sort(plan);
        match paid.filter(|_| !remote.is_empty()) {
            Some(paid) => paid.serve(self, remote, |queue| self.admit(local, pool, Some(queue))),
            None => self.admit(local, pool, None),
        }
    }

    /// Admits work piece by piece, each when its whole need of memory is free; what comes from the
    /// queue first, which finishes paid calls.
    fn admit(&'a self, local: Vec<&'a SourcePlan>, pool: &ThreadPool, queue: Option<&dyn WorkQueue<'a>>) {
        let line = PendingPieces::default();
        pool.in_place_scope(|scope| {
            let mut local = local.into_iter();
            while !self.context.should_stop() {
                if let Some((need, work)) = queue.and_then(WorkQueue::take) {
                    let Some(reservation) = self.admission.reserve(need, || self.context.should_stop()) else { break };
                    scope.spawn(move |_| {
                        work();
                        drop(reservation);
                    });
                } else if let Some(piece) = self.next(&line, &mut local) {
                    let budget = self.admission.budget();
                    // With fewer sources than threads left, the outputs of each are shared out.
                    let is_late = local.len() + 1 < pool.current_num_threads();
                    let is_shared = is_late && piece.need(Parallelism::Together) <= budget;
                    let parallelism = if is_shared { Parallelism::Together } else { Parallelism::OneByOne };
                    // Where memory is plenty nothing has to be planned anew.
                    let noisy = piece.clone().for_noise();
                    let is_plenty = noisy.need(parallelism).saturating_mul(self.admission.places() as u64) <= budget;
                    let piece = if is_plenty { noisy } else { piece };
                    let need = piece.need(parallelism);
                    // Reserved here and not in a thread of the pool: pieces get memory in order, so that small ones do
                    // not hold up a large one again and again.
                    let Some(reservation) = self.admission.reserve(need, || self.context.should_stop()) else { break };
                    let line = &line;
                    scope.spawn(move |_| {
                        self.source(piece, parallelism, line);
                        drop(reservation);
                    });
                } else if let Some(queue) = queue.filter(|queue| !queue.is_closed()) {
                    queue.wait(PATIENCE);
                } else if !self.admission.wait_for_end(PATIENCE) && line.pieces().is_empty() {
                    // A job may have found that it needs more than it was planned with.
                    break;
                }
            }
        });
    }

    /// Finds the next piece that fits into memory; of those before it, what does not fit fails.
    fn next(&self, line: &PendingPieces<'a>, local: &mut impl Iterator<Item = &'a SourcePlan>) -> Option<Piece<'a>> {
        loop {
            // Pieces that were put in line go first: their sources were begun, and the line stays short.
            let next = line.pieces().pop();
            if next.is_some() {
                return next;
            }
            if let Some(piece) = Piece::here(local.next()?) {
                self.cut(piece, line);
            }
        }
    }

    /// Puts what of a piece fits into memory in line, and records the rest as failed.
    fn cut(&self, piece: Piece<'a>, line: &PendingPieces<'a>) {
        let (source, budget) = (piece.source, self.admission.budget());
        let Cut { pieces, too_large } = piece.within(budget);
        for (one, need) in too_large {
            self.fail(source, one.index, None, &too_much_memory(need, budget));
        }
        line.pieces().extend(pieces);
    }

    /// Makes the outputs of one source in a thread of the pool: fetches its bytes, decodes them, and writes the
    /// outputs.
    fn source(&self, piece: Piece<'a>, parallelism: Parallelism, line: &PendingPieces<'a>) {
        if self.context.stop().is_requested() {
            return;
        }
        let (plan, makes) = (piece.source, &piece.makes);
        if !piece.is_again {
            self.context.observer.notice(&Event::SourceStarted { source: &plan.file.path });
        }
        let fail = |hash, failure| {
            let tasks: Vec<usize> = makes.iter().map(|one| one.index).collect();
            self.fail_all(plan, &tasks, hash, &failure);
        };
        let reading = Reading::new(self.source_store.as_ref(), plan, makes[0].task, piece.bounded_request());
        let fetched = match reading.fetch() {
            Ok(fetched) => fetched,
            Err(failure) => return fail(None, failure),
        };
        let source = match reading.decode(fetched) {
            (_, Ok(source)) => source,
            // The fastest decoder does not read it, and the other one takes more.
            (_, Err(failure)) if failure.class == Class::Memory => {
                return self.cut(piece.by_general_decoder().again(), line);
            }
            (hash, Err(failure)) => return fail(Some(hash), failure),
        };
        self.warn(plan, &source);
        let groups = piece.by_picture();
        let make = |group: &Vec<ToMake<'a>>| self.outputs(&piece, &source, group, line);
        match parallelism {
            Parallelism::OneByOne => groups.iter().for_each(make),
            Parallelism::Together => groups.par_iter().for_each(make),
        }
    }

    /// Makes some outputs of a decoded source that show one picture: its pixels once, then file after file. What
    /// needs memory that was not planned is put in line again.
    fn outputs(&self, piece: &Piece<'a>, source: &Source, group: &[ToMake<'a>], line: &PendingPieces<'a>) {
        let is_stopped = || self.context.stop().is_requested();
        if is_stopped() {
            return;
        }
        let fail = |one: &ToMake<'a>, failure: &Failure| self.fail(piece.source, one.index, Some(source.hash), failure);
        let picture = match source.picture(group[0]) {
            Ok(picture) => picture,
            Err(failure) => return group.iter().for_each(|one| fail(one, &failure)),
        };
        let mut larger = Vec::new();
        for one in group {
            if is_stopped() {
                break;
            }
            match picture.encode(one.task, one.decided, piece.detail) {
                Ok(encoded) => self.wrote(piece.source, *one, source, &encoded, &[]),
                Err(failure) if failure.class == Class::Memory => larger.push(*one),
                Err(failure) => fail(one, &failure),
            }
        }
        if !larger.is_empty() {
            self.cut(Piece { makes: larger, ..piece.clone() }.for_noise().again(), line);
        }
    }
}

/// Returns the tasks of a source of which the plan says that they fail in the same way.
fn alike(source: &SourcePlan, failure: &Failure) -> Vec<usize> {
    let is_so = |action: &Action| matches!(action, Action::Fail(other) if **other == *failure);
    source.selected().filter(|one| is_so(&one.plan.action)).map(|one| one.index).collect()
}
