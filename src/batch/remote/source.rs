//! Leads the tasks of one source from engine to engine: calls, results, outputs.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::batch::SourcePlan;
use crate::batch::remote::call::Answer;
use crate::batch::remote::pixels::Wanted;
use crate::batch::remote::pixels::With;
use crate::batch::remote::room::Room;
use crate::batch::remote::todo::Ask;
use crate::batch::remote::todo::Step;
use crate::batch::remote::todo::Todo;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::pipeline::CallPlan;
use crate::pipeline::calls;
use crate::pipeline::takeovers;
use crate::providers::CallKey;
use crate::providers::Provider;
use crate::providers::Refusal;
use crate::providers::client::Unmade;

impl<'a> Room<'_, 'a> {
    pub(super) async fn source(&self, source: &'a SourcePlan, todos: Vec<Todo<'a>>) {
        let (inbox, file) = (Arc::clone(self.run.inbox), source.file.clone());
        let hash = move || inbox.hash(&file);
        let content = match tokio::task::spawn_blocking(hash).await {
            Ok(Ok(content)) => content,
            Ok(Err(failure)) => return self.fail_all(source, todos, &failure),
            Err(_) => return,
        };
        let Some(todos) = self.without_cut_outs(source, content, todos).await else { return };
        let (todos, local): (Vec<_>, Vec<_>) = todos.into_iter().partition(|todo| todo.one.make.route().call.is_some());
        let mut asks = self.asks(source, content, todos, |todo| {
            todo.one.make.route().call.and_then(|call| source.calls.get(call)).map(|call| call.plan.clone())
        });
        let mut steps: Vec<Step<'a>> = local.into_iter().map(Todo::here).collect();
        loop {
            let among = asks.len() > 1;
            let answers = join_all(asks.into_iter().map(|ask| self.ask(source, content, ask, among))).await;
            let (mut returned, mut moving) = (Vec::new(), Vec::new());
            for (ask, mut answer) in answers {
                if let Err(Unmade::Doubtful { failure, taken }) = answer {
                    answer = Err(match self.meant(&ask.provider, failure, taken).await {
                        Some(failure) => Unmade::Failed(failure),
                        None => Unmade::Held(Failure::new(Class::Interrupted, "the run was stopped")),
                    });
                }
                self.answered(source, ask, answer, &mut returned, &mut steps, &mut moving);
            }
            let judged = |(answer, wanted): &(Answer, Wanted)| (wanted.provider.clone(), answer.cached.key);
            let made: Vec<(Arc<Provider>, CallKey)> = returned.iter().map(judged).collect();
            let stuck = self.pixels(source, content, returned, std::mem::take(&mut steps)).await;
            for (provider, call) in &made {
                if let Some(Ok(service)) = self.services.of(provider) {
                    service.unjudged(*call);
                }
            }
            let Some(stuck) = stuck else { return };
            moving.extend(stuck);
            let (next, local) = self.reroute(source, content, moving);
            (asks, steps) = (next, local);
            if asks.is_empty() && steps.is_empty() {
                return;
            }
        }
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
        let orientation = source.header().map(|header| header.orientation).unwrap_or_default();
        let mut asks: Vec<Ask<'a>> = Vec::new();
        for todo in todos {
            let Some(CallPlan { stage, provider, canvas, .. }) = planned(&todo) else {
                self.fail_all(source, vec![todo], &Failure::new(Class::Internal, "a task lost its call"));
                continue;
            };
            let provider = todo.reseeded.clone().unwrap_or(provider);
            let is_renewed = self.run.request.renews(todo.one.make.why());
            if is_renewed {
                let passes = canvas.first().into_iter().chain([canvas]);
                passes.for_each(|canvas| self.ledger.renew(&provider.call(stage, content, canvas, orientation)));
            }
            let known = self.ledger.canvases(&provider.call(stage, content, canvas, orientation));
            let serving = known.iter().filter(|known| known.serves(todo.one.layout()) && !is_renewed);
            let finest = serving.max_by(|a, b| a.scale().total_cmp(&b.scale())).copied();
            let canvas = if known.contains(&canvas) { canvas } else { finest.unwrap_or(canvas) };
            let is_same = |ask: &&mut Ask<'_>| {
                ask.stage == stage && ask.canvas == canvas && ask.provider.asks_the_same(&provider)
            };
            match asks.iter_mut().find(is_same) {
                Some(ask) => ask.todos.push(todo),
                None => asks.push(Ask { stage, provider, canvas, todos: vec![todo] }),
            }
        }
        asks.into_iter().flat_map(|ask| self.by_memory(source, ask)).collect()
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
                    self.over_budget(refusal.to_string());
                }
            }
            Unmade::Refused(Refusal::Stopped(why)) => self.run.fatal(why),
            Unmade::Refused(refusal @ (Refusal::PriceUnknown { .. } | Refusal::NoRoom { .. })) => {
                self.fail_all(source, ask.todos, &Failure::new(refusal.class(), refusal.to_string()));
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
            Unmade::Failed(failure) | Unmade::Doubtful { failure, .. } => {
                let (kept, others): (Vec<_>, Vec<_>) =
                    ask.todos.into_iter().partition(|todo| todo.keeps_margins_by(&name));
                self.fail_all(source, kept, &failure);
                moving.extend(others.into_iter().map(|todo| todo.passed_on(&name, &failure)));
            }
        }
    }

    /// Finds the next engine of tasks whose last one could not do it: calls, and steps for the
    /// pool.
    fn reroute(&self, source: &'a SourcePlan, content: Digest, moving: Vec<Todo<'a>>) -> (Vec<Ask<'a>>, Vec<Step<'a>>) {
        let Some(decisions) = source.decisions.as_deref().filter(|_| !moving.is_empty()) else {
            return (Vec::new(), Vec::new());
        };
        let (tasks, bytes) = (&source.tasks, source.file.stamp.size);
        // As it was planned.
        let taken_over = match moving.iter().any(Todo::is_taken_over) {
            true => takeovers(&calls(tasks, decisions, bytes, |_| Some(0)).0),
            false => vec![None; tasks.len()],
        };
        // Tasks that are not made now take part: the calls follow from all of them.
        let first = |index: usize| {
            let own = moving.iter().find(|todo| todo.one.index == index).map(|todo| todo.link);
            let behind_same = || moving.iter().find_map(|todo| todo.link_behind_same(&tasks[index]));
            own.or(taken_over[index]).or_else(behind_same)
        };
        let (mut routes, plans) = calls(tasks, decisions, bytes, first);
        let (mut asking, mut steps) = (Vec::new(), Vec::new());
        for mut todo in moving {
            match routes[todo.one.index].take() {
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
            asking.iter().map(|(todo, call)| (todo.one.index, plans[*call].clone())).collect();
        let todos = asking.into_iter().map(|(todo, _)| todo).collect();
        let plan_of =
            |todo: &Todo<'a>| planned.iter().find(|(index, _)| *index == todo.one.index).map(|(_, plan)| plan.clone());
        (self.asks(source, content, todos, plan_of), steps)
    }

    pub(super) fn fail_all(&self, source: &SourcePlan, todos: Vec<Todo<'_>>, failure: &Failure) {
        let tasks: Vec<usize> = todos.iter().map(|todo| todo.one.index).collect();
        self.run.fail_all(source, &tasks, None, failure);
    }
}
