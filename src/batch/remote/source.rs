//! Leads the tasks of one source from engine to engine: calls, results, outputs.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::batch::Event;
use crate::batch::Make;
use crate::batch::SourcePlan;
use crate::batch::desk::Urgency;
use crate::batch::job::Encoded;
use crate::batch::remote::Ledger;
use crate::batch::remote::Room;
use crate::batch::remote::call::Answer;
use crate::batch::remote::call::read;
use crate::batch::remote::pixels;
use crate::batch::remote::pixels::Batch;
use crate::batch::remote::pixels::Filled;
use crate::batch::remote::pixels::Returned;
use crate::batch::remote::pixels::Wanted;
use crate::batch::remote::pixels::With;
use crate::batch::remote::todo::Ask;
use crate::batch::remote::todo::Step;
use crate::batch::remote::todo::Todo;
use crate::batch::run::Run;
use crate::digest::Digest;
use crate::engines::Stuck;
use crate::engines::remote::Provider;
use crate::engines::remote::Refusal;
use crate::engines::remote::Unmade;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Orientation;
use crate::manifest::TURNED;
use crate::pipeline::CallPlan;
use crate::pipeline::Target;
use crate::pipeline::calls;
use crate::pipeline::takeovers;

impl<'a> Room<'_, 'a> {
    pub(super) async fn source(&self, source: &'a SourcePlan, todos: Vec<Todo<'a>>) {
        let (inbox, file) = (self.run.inbox.clone(), source.file.clone());
        let hash = move || inbox.hash(&file);
        let content = match tokio::task::spawn_blocking(hash).await {
            Ok(Ok(content)) => content,
            Ok(Err(failure)) => return self.fail_all(source, todos, &failure),
            Err(_) => return,
        };
        let Some(todos) = self.without_cut_outs(source, content, todos).await else { return };
        let (todos, local): (Vec<_>, Vec<_>) = todos.into_iter().partition(|todo| todo.make.route.call.is_some());
        let mut asks = self.asks(source, content, todos, |todo| {
            todo.make.route.call.and_then(|call| source.calls.get(call)).map(|call| call.plan.clone())
        });
        let mut steps: Vec<Step<'a>> = local.into_iter().map(Todo::here).collect();
        loop {
            let answers = join_all(asks.into_iter().map(|ask| self.ask(source, content, ask))).await;
            let (mut returned, mut moving) = (Vec::new(), Vec::new());
            for (ask, answer) in answers {
                self.answered(source, ask, answer, &mut returned, &mut steps, &mut moving);
            }
            let Some(stuck) = self.pixels(source, content, returned, std::mem::take(&mut steps)).await else { return };
            moving.extend(stuck);
            let (next, local) = self.reroute(source, content, moving);
            (asks, steps) = (next, local);
            if asks.is_empty() && steps.is_empty() {
                return;
            }
        }
    }

    /// Makes the outputs of a source with alpha whose margins are left transparent, before anyone is
    /// asked for them. Returns the other tasks; nothing if the run stopped.
    async fn without_cut_outs(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        todos: Vec<Todo<'a>>,
    ) -> Option<Vec<Todo<'a>>> {
        let Some(header) = source.header.filter(|header| header.channels.has_alpha()) else { return Some(todos) };
        let makes: Vec<(&Make, &Target)> = todos.iter().map(|todo| (todo.make, todo.target)).collect();
        let need = pixels::need_to_finish(&self.run.need(source, &header), &makes, std::iter::empty());
        if let Err(failure) = self.within_memory(need) {
            self.fail_all(source, todos, &failure);
            return Some(Vec::new());
        }
        let run = self.run;
        let work = move || {
            run.writer.observer.notice(&Event::SourceStarted { source: &source.file.path });
            let Some(first) = todos.first() else { return todos };
            let batch = match Batch::new(&run.reading(source, &header, first.target), content, Vec::new()) {
                Ok(batch) => batch,
                Err(failure) => {
                    todos.iter().for_each(|todo| run.fail(source, todo.target, Some(content), &failure));
                    return Vec::new();
                }
            };
            let is_clear = |todo: &Todo<'a>| batch.source.leaves_clear(&todo.make.layout, todo.target);
            let (clear, others): (Vec<_>, Vec<_>) = todos.into_iter().partition(is_clear);
            if others.is_empty() {
                run.warn(source, &batch.source);
            }
            for (todo, with) in clear.into_iter().map(Todo::here) {
                if run.writer.stop.is_requested() {
                    break;
                }
                finish(run, None, source, &batch, todo, with);
            }
            others
        };
        self.desk.done(need, Urgency::Prepare, work).await
    }

    /// The calls that tasks need. A result that is there or on its way, and serves as well, is
    /// taken before a new one is asked for.
    fn asks(
        &self,
        source: &SourcePlan,
        content: Digest,
        todos: Vec<Todo<'a>>,
        planned: impl Fn(&Todo<'a>) -> Option<CallPlan>,
    ) -> Vec<Ask<'a>> {
        let orientation = source.header.map(|header| header.orientation).unwrap_or_default();
        let mut asks: Vec<Ask<'a>> = Vec::new();
        for todo in todos {
            let Some(CallPlan { provider, canvas, .. }) = planned(&todo) else {
                self.fail_all(source, vec![todo], &Failure::new(Class::Internal, "a task lost its call"));
                continue;
            };
            let provider = todo.reseeded.clone().unwrap_or(provider);
            let is_renewed = self.run.request.renews(&todo.make.why);
            if is_renewed {
                let passes = canvas.first().into_iter().chain([canvas]);
                passes.for_each(|canvas| self.ledger.renew(&provider.call(content, canvas, orientation)));
            }
            let known = self.ledger.canvases(&provider.call(content, canvas, orientation));
            let serving = known.iter().filter(|known| known.serves(&todo.make.layout) && !is_renewed);
            let finest = serving.max_by(|a, b| a.scale().total_cmp(&b.scale())).copied();
            let canvas = if known.contains(&canvas) { canvas } else { finest.unwrap_or(canvas) };
            match asks.iter_mut().find(|ask| ask.canvas == canvas && ask.provider.asks_the_same(&provider)) {
                Some(ask) => ask.todos.push(todo),
                None => asks.push(Ask { provider, canvas, todos: vec![todo] }),
            }
        }
        asks
    }

    /// What a call's end means for its tasks: some go on with its result, some with the next
    /// engine, and some are left to the next run.
    fn answered(
        &self,
        source: &SourcePlan,
        ask: Ask<'a>,
        answer: Result<Answer, Unmade>,
        returned: &mut Vec<(Answer, Wanted)>,
        steps: &mut Vec<Step<'a>>,
        moving: &mut Vec<Todo<'a>>,
    ) {
        let name = ask.provider.name().to_owned();
        let unmade = match answer {
            Ok(answer) => {
                let wanted = ask.wanted(ask.canvas);
                steps.extend(ask.todos.into_iter().map(|todo| (todo, With::Result(returned.len()))));
                returned.push((answer, wanted));
                return;
            }
            Err(unmade) => unmade,
        };
        match unmade {
            Unmade::Refused(refusal @ Refusal::OverBudget { .. }) => {
                // Another picture of the same is asked for only where the budget allows it.
                let (again, first): (Vec<_>, Vec<_>) = ask.todos.into_iter().partition(|todo| todo.reseeded.is_some());
                let why = Failure::new(Class::BadOutput, format!("not asked once more: {refusal}"));
                moving.extend(again.into_iter().map(|todo| todo.passed_on(&name, &why)));
                // Left to the next run: nothing is recorded.
                if !first.is_empty() {
                    self.run.over_budget(refusal.to_string());
                }
            }
            Unmade::Refused(Refusal::Stopped(why)) => self.run.fatal(why),
            Unmade::Refused(refusal @ Refusal::PriceUnknown { .. }) => {
                self.fail_all(source, ask.todos, &Failure::new(Class::Provider, refusal.to_string()));
            }
            Unmade::Held(failure) if failure.class == Class::Interrupted => {}
            Unmade::Held(failure) => {
                for mut todo in ask.todos {
                    let local = todo.local_after_unknown().filter(|_| failure.class == Class::UnknownCall);
                    todo.said.push((name.clone(), failure.clone()));
                    match local {
                        Some(link) => steps.push((todo, With::Local(link))),
                        None => self.fail_all(source, vec![todo], &failure),
                    }
                }
            }
            Unmade::Failed(failure) => {
                let (kept, others): (Vec<_>, Vec<_>) =
                    ask.todos.into_iter().partition(|todo| todo.keeps_margins_by(&name));
                self.fail_all(source, kept, &failure);
                moving.extend(others.into_iter().map(|todo| todo.passed_on(&name, &failure)));
            }
        }
    }

    /// Makes outputs on the pool and records them. Returns the tasks that go on with another
    /// engine; nothing if the run stopped.
    async fn pixels(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        returned: Vec<(Answer, Wanted)>,
        steps: Vec<Step<'a>>,
    ) -> Option<Vec<Todo<'a>>> {
        let Some(header) = source.header.filter(|_| !steps.is_empty()) else { return Some(Vec::new()) };
        let makes: Vec<(&Make, &Target)> = steps.iter().map(|(todo, _)| (todo.make, todo.target)).collect();
        let canvases = returned.iter().map(|(_, wanted)| &wanted.canvas);
        let need = pixels::need_to_finish(&self.run.need(source, &header), &makes, canvases);
        if let Err(failure) = self.within_memory(need) {
            if returned.len() > 1 {
                return self.one_by_one(source, content, returned, steps).await;
            }
            self.fail_all(source, steps.into_iter().map(|(todo, _)| todo).collect(), &failure);
            return Some(Vec::new());
        }
        let urgency = if returned.is_empty() { Urgency::Unpaid } else { Urgency::Finish };
        let (run, ledger) = (self.run, self.ledger.clone());
        let work = move || {
            run.writer.observer.notice(&Event::SourceStarted { source: &source.file.path });
            let fetched = |one| fetched(&ledger, header.orientation, one);
            let returned: Vec<Returned> = returned.into_iter().map(fetched).collect();
            let first = steps[0].0.target;
            let batch = match Batch::new(&run.reading(source, &header, first), content, returned) {
                Ok(batch) => batch,
                Err(failure) => {
                    steps.iter().for_each(|(todo, _)| run.fail(source, todo.target, Some(content), &failure));
                    return Vec::new();
                }
            };
            run.warn(source, &batch.source);
            let mut moving = Vec::new();
            for (todo, with) in steps {
                if run.writer.stop.is_requested() {
                    break;
                }
                moving.extend(finish(run, Some(&ledger), source, &batch, todo, with));
            }
            moving
        };
        self.desk.done(need, urgency, work).await
    }

    /// The same, where all results together need more memory than there is: each by itself.
    async fn one_by_one(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        returned: Vec<(Answer, Wanted)>,
        steps: Vec<Step<'a>>,
    ) -> Option<Vec<Todo<'a>>> {
        let (mut local, mut parts) =
            (Vec::new(), returned.into_iter().map(|one| (one, Vec::new())).collect::<Vec<_>>());
        for (todo, with) in steps {
            match with {
                With::Local(_) => local.push((todo, with)),
                With::Result(at) => parts[at].1.push((todo, With::Result(0))),
            }
        }
        let mut moving = Box::pin(self.pixels(source, content, Vec::new(), local)).await?;
        for (one, steps) in parts {
            moving.extend(Box::pin(self.pixels(source, content, vec![one], steps)).await?);
        }
        Some(moving)
    }

    /// Finds the next engine of tasks whose last one could not do it: calls, and steps for the
    /// pool.
    fn reroute(&self, source: &'a SourcePlan, content: Digest, moving: Vec<Todo<'a>>) -> (Vec<Ask<'a>>, Vec<Step<'a>>) {
        let Some(header) = source.header.filter(|_| !moving.is_empty()) else { return (Vec::new(), Vec::new()) };
        let (pipeline, bytes) = (self.run.pipeline, source.file.size);
        // As it was planned.
        let taken_over = match moving.iter().any(Todo::is_taken_over) {
            true => takeovers(&calls(pipeline, &header, bytes, |_| Some(0)).0),
            false => vec![None; pipeline.targets.len()],
        };
        // Targets that are not made now take part: the calls follow from all of them.
        let first = |index: usize| {
            let own = moving.iter().find(|todo| todo.index == index).map(|todo| todo.link);
            let behind_same = || moving.iter().find_map(|todo| todo.link_behind_same(&pipeline.targets[index]));
            own.or(taken_over[index]).or_else(behind_same)
        };
        let (mut routes, plans) = calls(pipeline, &header, bytes, first);
        let (mut asking, mut steps) = (Vec::new(), Vec::new());
        for mut todo in moving {
            match routes[todo.index].take() {
                Some(Ok(route)) => {
                    todo.said.extend(route.passed);
                    todo.link = route.link;
                    match route.call {
                        Some(call) => asking.push((todo, call)),
                        None if todo.waits_for_provider() => {
                            let failure = todo.failure();
                            self.fail_all(source, vec![todo], &failure);
                        }
                        None => steps.push(todo.here()),
                    }
                }
                Some(Err(stuck)) => {
                    todo.said.extend(stuck.said);
                    let failure = todo.failure();
                    self.fail_all(source, vec![todo], &failure);
                }
                None => self.fail_all(source, vec![todo], &Failure::new(Class::Internal, "a task lost its route")),
            }
        }
        let planned: Vec<(usize, CallPlan)> =
            asking.iter().map(|(todo, call)| (todo.index, plans[*call].clone())).collect();
        let todos = asking.into_iter().map(|(todo, _)| todo).collect();
        let plan_of =
            |todo: &Todo<'a>| planned.iter().find(|(index, _)| *index == todo.index).map(|(_, plan)| plan.clone());
        (self.asks(source, content, todos, plan_of), steps)
    }

    fn fail_all(&self, source: &SourcePlan, todos: Vec<Todo<'_>>, failure: &Failure) {
        todos.iter().for_each(|todo| self.run.fail(source, todo.target, None, failure));
    }
}

/// Makes one output; returns the task if it goes on with another engine.
fn finish<'a>(
    run: &Run<'_>,
    ledger: Option<&Ledger>,
    source: &SourcePlan,
    batch: &Batch,
    mut todo: Todo<'a>,
    with: With,
) -> Option<Todo<'a>> {
    match batch.fill(todo.make, todo.target, with) {
        Filled::Made(encoded) => {
            let said = Stuck::of(&todo.said).lines();
            let filled = encoded.filled.map(|filled| filled.after(todo.judgement));
            let encoded = Encoded { filled, ..encoded };
            run.wrote(source, (todo.make, todo.target), &batch.source, &encoded, &said);
            None
        }
        Filled::Failed(failure) => {
            run.fail(source, todo.target, Some(batch.source.hash), &failure);
            None
        }
        Filled::Stuck(stuck) => {
            if stuck.is_stop() {
                return None;
            }
            todo.said.extend(stuck.said);
            todo.judgement = stuck.judgement.or(todo.judgement);
            todo.link = stuck.provider.unwrap_or(usize::MAX);
            Some(todo)
        }
        Filled::Bad(failure) => {
            let judged = batch.judged(with)?;
            let name = judged.provider.name().to_owned();
            // Once more with another seed, where there is one; then the next engine. What was
            // refused would be refused again.
            let may_again = todo.reseeded.is_none() && failure.class == Class::BadOutput;
            // A finished task was done with what is judged otherwise now: nothing is bought for that.
            let may_buy = judged.is_new || !todo.make.why.was_done();
            let is_known = |again: &Provider| {
                let orientation = source.header.map(|header| header.orientation).unwrap_or_default();
                let call = again.call(batch.source.hash, judged.canvas, orientation);
                ledger.is_some_and(|ledger| ledger.canvases(&call).contains(&judged.canvas))
            };
            let again = judged.provider.with_next_seed().filter(|again| may_again && (may_buy || is_known(again)));
            if let Some(again) = again {
                todo.said.push((name, failure));
                return Some(Todo { reseeded: Some(Arc::new(again)), ..todo });
            }
            if todo.keeps_margins_by(&name) {
                run.fail(source, todo.target, Some(batch.source.hash), &failure);
                return None;
            }
            Some(todo.passed_on(&name, &failure))
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
    Returned { bytes, wanted: Wanted { first, ..wanted }, is_sure, is_new }
}
