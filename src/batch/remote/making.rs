//! Makes the outputs of a source on the pool: before any call, from what calls returned, or by local engines.

use std::sync::Arc;

use crate::batch::Event;
use crate::batch::SourcePlan;
use crate::batch::ToMake;
use crate::batch::memory::MemoryNeed;
use crate::batch::memory::calls::need_to_finish;
use crate::batch::remote::call::CallResults;
use crate::batch::remote::call::read;
use crate::batch::remote::pixels::Batch;
use crate::batch::remote::pixels::FilledBy;
use crate::batch::remote::pixels::Returned;
use crate::batch::remote::pixels::TaskPixels;
use crate::batch::remote::pixels::Wanted;
use crate::batch::remote::pool_queue::Urgency;
use crate::batch::remote::remote_task::NeededCall;
use crate::batch::remote::remote_task::PixelStep;
use crate::batch::remote::remote_task::RemoteTask;
use crate::batch::remote::scheduler::RemoteScheduler;
use crate::batch::remote::services::RunLedger;
use crate::batch::run::ActiveRun;
use crate::codecs::Detail;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::engines::ChainFailure;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Orientation;
use crate::manifest::call_state::ResultLoss;
use crate::pipeline::Decisions;
use crate::pipeline::Encoded;
use crate::pipeline::PictureKey;
use crate::pipeline::by_picture;
use crate::providers::Provider;
use crate::providers::client::Service;

impl<'a> RemoteScheduler<'_, 'a> {
    /// Makes the outputs of a source with alpha whose margins are left transparent, before any provider
    /// is asked for them. Returns the other tasks; nothing if the run stopped.
    pub(super) async fn without_cut_outs(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        tasks: Vec<RemoteTask<'a>>,
    ) -> Option<Vec<RemoteTask<'a>>> {
        let decisions = source.decisions.as_deref();
        let Some(decisions) = decisions.filter(|decisions| decisions.header.channels.has_alpha()) else {
            return Some(tasks);
        };
        let makes: Vec<ToMake<'_>> = tasks.iter().map(|task| task.one).collect();
        let need = need_to_finish(&MemoryNeed::of_calls(source, decisions), &makes, std::iter::empty());
        if let Err(failure) = self.within_memory(need) {
            self.fail_all(source, tasks, &failure);
            return Some(Vec::new());
        }
        let run = self.run;
        let work = move || {
            run.context.observer.notice(&Event::SourceStarted { source: &source.file.path });
            let Some(first) = tasks.first() else { return tasks };
            let batch = match Batch::new(&run.reading(source, decisions, first.one.task), content, Vec::new()) {
                Ok(batch) => batch,
                Err(failure) => {
                    let tasks: Vec<usize> = tasks.iter().map(|task| task.one.index).collect();
                    run.fail_all(source, &tasks, Some(content), &failure);
                    return Vec::new();
                }
            };
            let is_clear = |task: &RemoteTask<'a>| batch.source.leaves_clear(task.one);
            let (clear, others): (Vec<_>, Vec<_>) = tasks.into_iter().partition(is_clear);
            if others.is_empty() {
                run.warn(source, &batch.source);
            }
            finish_all(run, None, source, &batch, clear.into_iter().map(RemoteTask::here));
            others
        };
        self.queue.done(need, Urgency::Prepare, work).await
    }

    /// Makes outputs on the pool and records them. Returns the tasks that go on with another
    /// engine; nothing if the run stopped.
    pub(super) async fn pixels(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        returned: Vec<(CallResults, Wanted)>,
        steps: Vec<PixelStep<'a>>,
    ) -> Option<Vec<RemoteTask<'a>>> {
        let decisions = source.decisions.as_deref().filter(|_| !steps.is_empty());
        let Some(decisions) = decisions else { return Some(Vec::new()) };
        let makes: Vec<ToMake<'_>> = steps.iter().map(|(task, _)| task.one).collect();
        let canvases = returned.iter().map(|(_, wanted)| &wanted.canvas);
        let need = need_to_finish(&MemoryNeed::of_calls(source, decisions), &makes, canvases);
        if let Err(failure) = self.within_memory(need) {
            if returned.len() > 1 || steps.len() > 1 {
                return self.one_by_one(source, content, returned, steps).await;
            }
            self.fail_all(source, steps.into_iter().map(|(task, _)| task).collect(), &failure);
            return Some(Vec::new());
        }
        let urgency = if returned.is_empty() { Urgency::Unpaid } else { Urgency::Finish };
        let (run, ledger) = (self.run, self.ledger.clone());
        let service = |(_, wanted): &(CallResults, Wanted)| self.services.of(&wanted.provider)?.as_ref().ok().cloned();
        let services: Vec<Option<Service>> = returned.iter().map(service).collect();
        let work = move || {
            run.context.observer.notice(&Event::SourceStarted { source: &source.file.path });
            let fetched = |one| fetched(&ledger, decisions.header.orientation, one);
            let returned: Vec<Returned> = returned.into_iter().map(fetched).collect();
            let first = steps[0].0.one.task;
            let batch = match Batch::new(&run.reading(source, decisions, first), content, returned) {
                Ok(batch) => batch,
                Err(failure) => {
                    let tasks: Vec<usize> = steps.iter().map(|(task, _)| task.one.index).collect();
                    run.fail_all(source, &tasks, Some(content), &failure);
                    return Vec::new();
                }
            };
            run.warn(source, &batch.source);
            for (judged, service) in batch.judgements().zip(services.iter()) {
                judged.tell(service.as_ref());
            }
            finish_all(run, Some(&ledger), source, &batch, steps)
        };
        self.queue.done(need, urgency, work).await
    }

    /// Looks at a result to tell of what use it is, and makes nothing of it.
    pub(super) async fn judge(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        ask: &NeededCall<'a>,
        answer: CallResults,
        service: Service,
    ) {
        let Some(decisions) = source.decisions.as_deref() else { return };
        let (one, canvas) = (ask.tasks[0].one, std::iter::once(&ask.canvas));
        let need = need_to_finish(&MemoryNeed::of_calls(source, decisions), &[one], canvas);
        if self.within_memory(need).is_err() {
            return;
        }
        let (run, ledger, wanted) = (self.run, self.ledger.clone(), ask.wanted(ask.canvas));
        let work = move || {
            let returned = fetched(&ledger, decisions.header.orientation, (answer, wanted));
            let batch = Batch::new(&run.reading(source, decisions, one.task), content, vec![returned]);
            batch.iter().flat_map(Batch::judgements).for_each(|judged| judged.tell(Some(&service)));
        };
        self.queue.done(need, Urgency::Finish, work).await;
    }

    /// Does the same where all together need more memory than there is: by result, and if there is one
    /// alone, task by task.
    async fn one_by_one(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        returned: Vec<(CallResults, Wanted)>,
        steps: Vec<PixelStep<'a>>,
    ) -> Option<Vec<RemoteTask<'a>>> {
        let by_task = returned.len() < 2;
        let mut parts: Vec<(Option<usize>, Vec<PixelStep<'a>>)> = Vec::new();
        for (task, with) in steps {
            let (at, with) = match with {
                FilledBy::Local(_) => (None, with),
                FilledBy::Result(at) => (Some(at), FilledBy::Result(0)),
            };
            match parts.iter_mut().find(|(result, _)| *result == at && !by_task) {
                Some((_, steps)) => steps.push((task, with)),
                None => parts.push((at, vec![(task, with)])),
            }
        }
        let mut moving = Vec::new();
        for (at, steps) in parts {
            let one = at.map(|at| returned[at].clone());
            moving.extend(Box::pin(self.pixels(source, content, one.into_iter().collect(), steps)).await?);
        }
        Some(moving)
    }
}

/// Makes outputs, each picture once; returns the tasks that go on with another engine.
fn finish_all<'a>(
    run: &ActiveRun<'_>,
    ledger: Option<&RunLedger>,
    source: &'a SourcePlan,
    batch: &Batch,
    steps: impl IntoIterator<Item = PixelStep<'a>>,
) -> Vec<RemoteTask<'a>> {
    let mut moving = Vec::new();
    let Some(Decisions { header, .. }) = source.decisions.as_deref() else { return moving };
    for group in by_picture(steps, |step| key(header, step)) {
        if run.context.stop().is_requested() {
            break;
        }
        let (first, with) = &group[0];
        let filled = batch.fill(first.one, *with);
        for (task, with) in group {
            if run.context.stop().is_requested() {
                break;
            }
            moving.extend(finish(run, ledger, source, (batch, &filled), task, with));
        }
    }
    moving
}

/// Returns the key of the pixels that a step makes of the source with this header: the filler of the margins and the
/// picture.
fn key<'a>(header: &'a Header, (task, with): &PixelStep<'a>) -> (FilledBy, PictureKey<'a>) {
    (*with, PictureKey::new(task.one.task, task.one.decided, (0, header)))
}

/// Puts one output in its place; returns the task if it goes on with another engine.
fn finish<'a>(
    run: &ActiveRun<'_>,
    ledger: Option<&RunLedger>,
    source: &SourcePlan,
    (batch, filled): (&Batch, &TaskPixels),
    mut task: RemoteTask<'a>,
    with: FilledBy,
) -> Option<RemoteTask<'a>> {
    let fail = |task: &RemoteTask<'_>, failure: &Failure| {
        run.fail(source, task.one.index, Some(batch.source.hash), failure);
    };
    match filled {
        TaskPixels::Made(picture) => {
            let encoded = match picture.encode(task.one.task, task.one.decided, Detail::Noise) {
                Ok(encoded) => encoded,
                Err(failure) => {
                    fail(&task, &failure);
                    return None;
                }
            };
            let said = ChainFailure::of(&task.said).lines();
            let filled = encoded.filled.map(|filled| filled.after(task.judgement));
            let encoded = Encoded { filled, ..encoded };
            run.wrote(source, task.one, &batch.source, &encoded, &said);
            None
        }
        TaskPixels::Failed(failure) => {
            fail(&task, failure);
            None
        }
        TaskPixels::Unfilled(unfilled) => {
            if unfilled.is_stop() {
                return None;
            }
            task.said.extend(unfilled.said.iter().cloned());
            task.judgement = unfilled.judgement.clone().or(task.judgement);
            task.link = unfilled.provider.unwrap_or(usize::MAX);
            Some(task)
        }
        TaskPixels::Bad { failure, is_lasting } => {
            let judged = batch.judged(with)?;
            let name = judged.provider.name().to_owned();
            // Once more with another seed, where there is one and that may change it; then the next engine.
            let may_again = task.reseeded.is_none() && !*is_lasting;
            // What an earlier run received is bought again on request alone, and not for a finished task, which was
            // done with what is judged otherwise now.
            let may_buy = judged.is_new || (run.context.request.repay && !task.one.make.why().was_done());
            let is_known = |again: &Provider| {
                let orientation = source.header().map(|header| header.orientation).unwrap_or_default();
                let call = again.call(judged.stage, batch.source.hash, judged.canvas, orientation);
                ledger.is_some_and(|ledger| ledger.canvases(&call).contains(&judged.canvas))
            };
            let again = judged.provider.with_next_seed().filter(|again| may_again && (may_buy || is_known(again)));
            if let Some(again) = again {
                task.said.push((name, failure.clone()));
                return Some(RemoteTask { reseeded: Some(Arc::new(again)), ..task });
            }
            if task.keeps_margins_by(&name) {
                fail(&task, failure);
                return None;
            }
            Some(task.passed_on(&name, failure))
        }
    }
}

/// Reads a paid result. One that shows the source in another orientation is as good as lost.
fn fetched(ledger: &RunLedger, orientation: Orientation, (answer, wanted): (CallResults, Wanted)) -> Returned {
    let (lock, is_new) = (ledger.orientation(&answer.cached), ledger.is_new(&answer.cached));
    let is_sure = lock.is_some();
    let read = || {
        if lock.is_some_and(|lock| lock != orientation) {
            let message = format!("{}; it was paid for, and only --repay buys it again", ResultLoss::Turned);
            return Err(Failure::new(Class::BadOutput, message));
        }
        let first = answer.first.map(|first| read(ledger, &first)).transpose()?;
        Ok((first, read(ledger, &answer.cached)?))
    };
    let (first, bytes) = match read() {
        Ok((first, bytes)) => (first, Ok(bytes)),
        Err(failure) => (None, Err(failure)),
    };
    Returned { bytes, wanted: Wanted { first, ..wanted }, call: answer.cached.key, is_sure, is_new }
}
