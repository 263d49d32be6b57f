//! Makes the outputs of a source on the pool: before any call, from what calls returned, or by local engines.

use std::sync::Arc;

use crate::batch::Event;
use crate::batch::SourcePlan;
use crate::batch::ToMake;
use crate::batch::memory::Need;
use crate::batch::memory::calls::need_to_finish;
use crate::batch::remote::call::Answer;
use crate::batch::remote::call::read;
use crate::batch::remote::desk::Urgency;
use crate::batch::remote::pixels::Batch;
use crate::batch::remote::pixels::Filled;
use crate::batch::remote::pixels::Returned;
use crate::batch::remote::pixels::Wanted;
use crate::batch::remote::pixels::With;
use crate::batch::remote::room::Room;
use crate::batch::remote::services::Ledger;
use crate::batch::remote::todo::Ask;
use crate::batch::remote::todo::Step;
use crate::batch::remote::todo::Todo;
use crate::batch::run::Run;
use crate::codecs::Detail;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::engines::Stuck;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Orientation;
use crate::manifest::standing::TURNED;
use crate::pipeline::Decisions;
use crate::pipeline::Encoded;
use crate::pipeline::PictureKey;
use crate::pipeline::by_picture;
use crate::providers::Provider;
use crate::providers::client::Service;

impl<'a> Room<'_, 'a> {
    /// Makes the outputs of a source with alpha whose margins are left transparent, before anyone is
    /// asked for them. Returns the other tasks; nothing if the run stopped.
    pub(super) async fn without_cut_outs(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        todos: Vec<Todo<'a>>,
    ) -> Option<Vec<Todo<'a>>> {
        let decisions = source.decisions.as_deref();
        let Some(decisions) = decisions.filter(|decisions| decisions.header.channels.has_alpha()) else {
            return Some(todos);
        };
        let makes: Vec<ToMake<'_>> = todos.iter().map(|todo| todo.one).collect();
        let need = need_to_finish(&Need::of_calls(source, decisions), &makes, std::iter::empty());
        if let Err(failure) = self.within_memory(need) {
            self.fail_all(source, todos, &failure);
            return Some(Vec::new());
        }
        let run = self.run;
        let work = move || {
            run.writer.observer.notice(&Event::SourceStarted { source: &source.file.path });
            let Some(first) = todos.first() else { return todos };
            let batch = match Batch::new(&run.reading(source, decisions, first.one.task), content, Vec::new()) {
                Ok(batch) => batch,
                Err(failure) => {
                    let tasks: Vec<usize> = todos.iter().map(|todo| todo.one.index).collect();
                    run.fail_all(source, &tasks, Some(content), &failure);
                    return Vec::new();
                }
            };
            let is_clear = |todo: &Todo<'a>| batch.source.leaves_clear(todo.one);
            let (clear, others): (Vec<_>, Vec<_>) = todos.into_iter().partition(is_clear);
            if others.is_empty() {
                run.warn(source, &batch.source);
            }
            finish_all(run, None, source, &batch, clear.into_iter().map(Todo::here));
            others
        };
        self.desk.done(need, Urgency::Prepare, work).await
    }

    /// Makes outputs on the pool and records them. Returns the tasks that go on with another
    /// engine; nothing if the run stopped.
    pub(super) async fn pixels(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        returned: Vec<(Answer, Wanted)>,
        steps: Vec<Step<'a>>,
    ) -> Option<Vec<Todo<'a>>> {
        let decisions = source.decisions.as_deref().filter(|_| !steps.is_empty());
        let Some(decisions) = decisions else { return Some(Vec::new()) };
        let makes: Vec<ToMake<'_>> = steps.iter().map(|(todo, _)| todo.one).collect();
        let canvases = returned.iter().map(|(_, wanted)| &wanted.canvas);
        let need = need_to_finish(&Need::of_calls(source, decisions), &makes, canvases);
        if let Err(failure) = self.within_memory(need) {
            if returned.len() > 1 || steps.len() > 1 {
                return self.one_by_one(source, content, returned, steps).await;
            }
            self.fail_all(source, steps.into_iter().map(|(todo, _)| todo).collect(), &failure);
            return Some(Vec::new());
        }
        let urgency = if returned.is_empty() { Urgency::Unpaid } else { Urgency::Finish };
        let (run, ledger) = (self.run, self.ledger.clone());
        let service = |(_, wanted): &(Answer, Wanted)| self.services.of(&wanted.provider)?.as_ref().ok().cloned();
        let services: Vec<Option<Service>> = returned.iter().map(service).collect();
        let work = move || {
            run.writer.observer.notice(&Event::SourceStarted { source: &source.file.path });
            let fetched = |one| fetched(&ledger, decisions.header.orientation, one);
            let returned: Vec<Returned> = returned.into_iter().map(fetched).collect();
            let first = steps[0].0.one.task;
            let batch = match Batch::new(&run.reading(source, decisions, first), content, returned) {
                Ok(batch) => batch,
                Err(failure) => {
                    let tasks: Vec<usize> = steps.iter().map(|(todo, _)| todo.one.index).collect();
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
        self.desk.done(need, urgency, work).await
    }

    /// Looks at a result to tell of what use it is, and makes nothing of it.
    pub(super) async fn judge(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        ask: &Ask<'a>,
        answer: Answer,
        service: Service,
    ) {
        let Some(decisions) = source.decisions.as_deref() else { return };
        let (one, canvas) = (ask.todos[0].one, std::iter::once(&ask.canvas));
        let need = need_to_finish(&Need::of_calls(source, decisions), &[one], canvas);
        if self.within_memory(need).is_err() {
            return;
        }
        let (run, ledger, wanted) = (self.run, self.ledger.clone(), ask.wanted(ask.canvas));
        let work = move || {
            let returned = fetched(&ledger, decisions.header.orientation, (answer, wanted));
            let batch = Batch::new(&run.reading(source, decisions, one.task), content, vec![returned]);
            batch.iter().flat_map(Batch::judgements).for_each(|judged| judged.tell(Some(&service)));
        };
        self.desk.done(need, Urgency::Finish, work).await;
    }

    /// Does the same where all together need more memory than there is: by result, and if there is one
    /// alone, task by task.
    async fn one_by_one(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        returned: Vec<(Answer, Wanted)>,
        steps: Vec<Step<'a>>,
    ) -> Option<Vec<Todo<'a>>> {
        let by_task = returned.len() < 2;
        let mut parts: Vec<(Option<usize>, Vec<Step<'a>>)> = Vec::new();
        for (todo, with) in steps {
            let (at, with) = match with {
                With::Local(_) => (None, with),
                With::Result(at) => (Some(at), With::Result(0)),
            };
            match parts.iter_mut().find(|(result, _)| *result == at && !by_task) {
                Some((_, steps)) => steps.push((todo, with)),
                None => parts.push((at, vec![(todo, with)])),
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
    run: &Run<'_>,
    ledger: Option<&Ledger>,
    source: &'a SourcePlan,
    batch: &Batch,
    steps: impl IntoIterator<Item = Step<'a>>,
) -> Vec<Todo<'a>> {
    let mut moving = Vec::new();
    let Some(Decisions { header, .. }) = source.decisions.as_deref() else { return moving };
    for group in by_picture(steps, |step| key(header, step)) {
        if run.writer.stop.is_requested() {
            break;
        }
        let (first, with) = &group[0];
        let filled = batch.fill(first.one, *with);
        for (todo, with) in group {
            if run.writer.stop.is_requested() {
                break;
            }
            moving.extend(finish(run, ledger, source, (batch, &filled), todo, with));
        }
    }
    moving
}

/// Names the pixels that a step makes of the source with this header, with who fills the margins.
fn key<'a>(header: &'a Header, (todo, with): &Step<'a>) -> (With, PictureKey<'a>) {
    (*with, PictureKey::new(todo.one.task, todo.one.decided, (0, header)))
}

/// Puts one output in its place; returns the task if it goes on with another engine.
fn finish<'a>(
    run: &Run<'_>,
    ledger: Option<&Ledger>,
    source: &SourcePlan,
    (batch, filled): (&Batch, &Filled),
    mut todo: Todo<'a>,
    with: With,
) -> Option<Todo<'a>> {
    let fail = |todo: &Todo<'_>, failure: &Failure| {
        run.fail(source, todo.one.index, Some(batch.source.hash), failure);
    };
    match filled {
        Filled::Made(picture) => {
            let encoded = match picture.encode(todo.one.task, todo.one.decided, Detail::Noise) {
                Ok(encoded) => encoded,
                Err(failure) => {
                    fail(&todo, &failure);
                    return None;
                }
            };
            let said = Stuck::of(&todo.said).lines();
            let filled = encoded.filled.map(|filled| filled.after(todo.judgement));
            let encoded = Encoded { filled, ..encoded };
            run.wrote(source, todo.one, &batch.source, &encoded, &said);
            None
        }
        Filled::Failed(failure) => {
            fail(&todo, failure);
            None
        }
        Filled::Stuck(stuck) => {
            if stuck.is_stop() {
                return None;
            }
            todo.said.extend(stuck.said.iter().cloned());
            todo.judgement = stuck.judgement.clone().or(todo.judgement);
            todo.link = stuck.provider.unwrap_or(usize::MAX);
            Some(todo)
        }
        Filled::Bad { failure, is_lasting } => {
            let judged = batch.judged(with)?;
            let name = judged.provider.name().to_owned();
            // Once more with another seed, where there is one and that may change it; then the next engine.
            let may_again = todo.reseeded.is_none() && !*is_lasting;
            // What an earlier run received is bought again on request alone, and not for a finished task, which was
            // done with what is judged otherwise now.
            let may_buy = judged.is_new || (run.request.repay && !todo.one.make.why().was_done());
            let is_known = |again: &Provider| {
                let orientation = source.header().map(|header| header.orientation).unwrap_or_default();
                let call = again.call(judged.stage, batch.source.hash, judged.canvas, orientation);
                ledger.is_some_and(|ledger| ledger.canvases(&call).contains(&judged.canvas))
            };
            let again = judged.provider.with_next_seed().filter(|again| may_again && (may_buy || is_known(again)));
            if let Some(again) = again {
                todo.said.push((name, failure.clone()));
                return Some(Todo { reseeded: Some(Arc::new(again)), ..todo });
            }
            if todo.keeps_margins_by(&name) {
                fail(&todo, failure);
                return None;
            }
            Some(todo.passed_on(&name, failure))
        }
    }
}

/// Reads what was paid for. What shows the source turned otherwise is as good as lost.
fn fetched(ledger: &Ledger, orientation: Orientation, (answer, wanted): (Answer, Wanted)) -> Returned {
    let (turn, is_new) = (ledger.orientation(&answer.cached), ledger.is_new(&answer.cached));
    let is_sure = turn.is_some();
    let read = || {
        if turn.is_some_and(|turn| turn != orientation) {
            let message = format!("{TURNED}; it was paid for, and only --repay buys it again");
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
