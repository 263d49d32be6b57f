//! Takes the tasks of one source from engine to engine: calls, results, outputs.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::batch::SourcePlan;
use crate::batch::remote::call::CallResults;
use crate::batch::remote::pixels::FilledBy;
use crate::batch::remote::pixels::Wanted;
use crate::batch::remote::remote_task::NeededCall;
use crate::batch::remote::remote_task::PixelStep;
use crate::batch::remote::remote_task::RemoteTask;
use crate::batch::remote::scheduler::RemoteScheduler;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::pipeline::CallPlan;
use crate::pipeline::calls;
use crate::pipeline::takeovers;
use crate::providers::CallKey;
use crate::providers::Provider;
use crate::providers::SubmitRefusal;
use crate::providers::client::UnmadeCall;

impl<'a> RemoteScheduler<'_, 'a> {
    pub(super) async fn source(&self, source: &'a SourcePlan, tasks: Vec<RemoteTask<'a>>) {
        let (source_store, file) = (Arc::clone(self.run.source_store), source.file.clone());
        let hash = move || source_store.hash(&file);
        let content = match tokio::task::spawn_blocking(hash).await {
            Ok(Ok(content)) => content,
            Ok(Err(failure)) => return self.fail_all(source, tasks, &failure),
            Err(_) => return,
        };
        let Some(tasks) = self.without_cut_outs(source, content, tasks).await else { return };
        let (tasks, local): (Vec<_>, Vec<_>) = tasks.into_iter().partition(|task| task.one.make.route().call.is_some());
        let mut asks = self.asks(source, content, tasks, |task| {
            task.one.make.route().call.and_then(|call| source.calls.get(call)).map(|call| call.plan.clone())
        });
        let mut steps: Vec<PixelStep<'a>> = local.into_iter().map(RemoteTask::here).collect();
        loop {
            let among = asks.len() > 1;
            let answers = join_all(asks.into_iter().map(|ask| self.ask(source, content, ask, among))).await;
            let (mut returned, mut moving) = (Vec::new(), Vec::new());
            for (ask, mut answer) in answers {
                if let Err(UnmadeCall::Doubtful { failure, taken }) = answer {
                    answer = Err(match self.meant(&ask.provider, failure, taken).await {
                        Some(failure) => UnmadeCall::Failed(failure),
                        None => UnmadeCall::Held(Failure::new(Class::Interrupted, "the run was stopped")),
                    });
                }
                self.answered(source, ask, answer, &mut returned, &mut steps, &mut moving);
            }
            let judged = |(answer, wanted): &(CallResults, Wanted)| (wanted.provider.clone(), answer.cached.key);
            let made: Vec<(Arc<Provider>, CallKey)> = returned.iter().map(judged).collect();
            let unfilled = self.pixels(source, content, returned, std::mem::take(&mut steps)).await;
            for (provider, call) in &made {
                if let Some(Ok(service)) = self.services.of(provider) {
                    service.unjudged(*call);
                }
            }
            let Some(unfilled) = unfilled else { return };
            moving.extend(unfilled);
            let (next, local) = self.reroute(source, content, moving);
            (asks, steps) = (next, local);
            if asks.is_empty() && steps.is_empty() {
                return;
            }
        }
    }

    /// Returns the calls that tasks need. A result that is there or on its way, and serves as well, is taken before a
    /// new one is asked for.
    fn asks(
        &self,
        source: &SourcePlan,
        content: Digest,
        tasks: Vec<RemoteTask<'a>>,
        planned: impl Fn(&RemoteTask<'a>) -> Option<CallPlan>,
    ) -> Vec<NeededCall<'a>> {
        let orientation = source.header().map(|header| header.orientation).unwrap_or_default();
        let mut asks: Vec<NeededCall<'a>> = Vec::new();
        for task in tasks {
            let Some(CallPlan { stage, provider, canvas, .. }) = planned(&task) else {
                self.fail_all(source, vec![task], &Failure::new(Class::Internal, "a task lost its call"));
                continue;
            };
            let provider = task.reseeded.clone().unwrap_or(provider);
            let is_renewed = self.run.context.request.renews(task.one.make.why());
            if is_renewed {
                let passes = canvas.first().into_iter().chain([canvas]);
                passes.for_each(|canvas| self.ledger.renew(&provider.call(stage, content, canvas, orientation)));
            }
            let known = self.ledger.canvases(&provider.call(stage, content, canvas, orientation));
            let serving = known.iter().filter(|known| known.serves(task.one.layout()) && !is_renewed);
            let finest = serving.max_by(|a, b| a.scale().total_cmp(&b.scale())).copied();
            let canvas = if known.contains(&canvas) { canvas } else { finest.unwrap_or(canvas) };
            let is_same = |ask: &&mut NeededCall<'_>| {
                ask.stage == stage && ask.canvas == canvas && ask.provider.asks_the_same(&provider)
            };
            match asks.iter_mut().find(is_same) {
                Some(ask) => ask.tasks.push(task),
                None => asks.push(NeededCall { stage, provider, canvas, tasks: vec![task] }),
            }
        }
        asks.into_iter().flat_map(|ask| self.by_memory(source, ask)).collect()
    }

    /// Goes on by a call's end: some tasks go on with its result, some with the next
    /// engine, and some are left to the next run.
    fn answered(
        &self,
        source: &SourcePlan,
        ask: NeededCall<'a>,
        answer: Result<CallResults, UnmadeCall>,
        returned: &mut Vec<(CallResults, Wanted)>,
        steps: &mut Vec<PixelStep<'a>>,
        moving: &mut Vec<RemoteTask<'a>>,
    ) {
        let name = ask.provider.name().to_owned();
        let unmade = match answer {
            Ok(answer) => {
                let wanted = ask.wanted(ask.canvas);
                steps.extend(ask.tasks.into_iter().map(|task| (task, FilledBy::Result(returned.len()))));
                returned.push((answer, wanted));
                return;
            }
            Err(unmade) => unmade,
        };
        match unmade {
            UnmadeCall::Refused(refusal @ SubmitRefusal::OverBudget { .. }) => {
                // Another picture of the same is asked for only where the budget allows it.
                let (again, first): (Vec<_>, Vec<_>) = ask.tasks.into_iter().partition(|task| task.reseeded.is_some());
                let why = Failure::new(Class::BadOutput, format!("not asked once more: {refusal}"));
                moving.extend(again.into_iter().map(|task| task.passed_on(&name, &why)));
                // Left to the next run: nothing is recorded.
                if !first.is_empty() {
                    self.over_budget(refusal.to_string());
                }
            }
            UnmadeCall::Refused(SubmitRefusal::Stopped(why)) => self.run.fatal(why),
            UnmadeCall::Refused(refusal @ (SubmitRefusal::PriceUnknown { .. } | SubmitRefusal::NoRoom { .. })) => {
                self.fail_all(source, ask.tasks, &Failure::new(refusal.class(), refusal.to_string()));
            }
            UnmadeCall::Held(failure) if failure.class == Class::Interrupted => {}
            UnmadeCall::Held(failure) => {
                for mut task in ask.tasks {
                    let local = task.local_after_unknown().filter(|_| failure.class == Class::UnknownCall);
                    task.said.push((name.clone(), failure.clone()));
                    match local {
                        Some(link) => steps.push((task, FilledBy::Local(link))),
                        None => self.fail_all(source, vec![task], &failure),
                    }
                }
            }
            UnmadeCall::Failed(failure) | UnmadeCall::Doubtful { failure, .. } => {
                let (kept, others): (Vec<_>, Vec<_>) =
                    ask.tasks.into_iter().partition(|task| task.keeps_margins_by(&name));
                self.fail_all(source, kept, &failure);
                moving.extend(others.into_iter().map(|task| task.passed_on(&name, &failure)));
            }
        }
    }

    /// Finds the next engine of tasks whose last one could not do it: calls, and steps for the
    /// pool.
    fn reroute(
        &self,
        source: &'a SourcePlan,
        content: Digest,
        moving: Vec<RemoteTask<'a>>,
    ) -> (Vec<NeededCall<'a>>, Vec<PixelStep<'a>>) {
        let Some(decisions) = source.decisions.as_deref().filter(|_| !moving.is_empty()) else {
            return (Vec::new(), Vec::new());
        };
        let (tasks, bytes) = (&source.tasks, source.file.stamp.size);
        // As it was planned.
        let taken_over = match moving.iter().any(RemoteTask::is_taken_over) {
            true => takeovers(&calls(tasks, decisions, bytes, |_| Some(0)).0),
            false => vec![None; tasks.len()],
        };
        // Tasks that are not made now take part: the calls follow from all of them.
        let first = |index: usize| {
            let own = moving.iter().find(|task| task.one.index == index).map(|task| task.link);
            let behind_same = || moving.iter().find_map(|task| task.link_behind_same(&tasks[index]));
            own.or(taken_over[index]).or_else(behind_same)
        };
        let (mut routes, plans) = calls(tasks, decisions, bytes, first);
        let (mut asking, mut steps) = (Vec::new(), Vec::new());
        for mut task in moving {
            match routes[task.one.index].take() {
                Some(Ok(route)) => {
                    task.said.extend(route.passed);
                    task.link = route.link;
                    match route.call {
                        Some(call) => asking.push((task, call)),
                        None if task.waits_for_provider() => {
                            let failure = task.failure();
                            self.fail_all(source, vec![task], &failure);
                        }
                        None => steps.push(task.here()),
                    }
                }
                Some(Err(unfilled)) => {
                    task.said.extend(unfilled.said);
                    let failure = task.failure();
                    self.fail_all(source, vec![task], &failure);
                }
                None => self.fail_all(source, vec![task], &Failure::new(Class::Internal, "a task lost its route")),
            }
        }
        let planned: Vec<(usize, CallPlan)> =
            asking.iter().map(|(task, call)| (task.one.index, plans[*call].clone())).collect();
        let tasks = asking.into_iter().map(|(task, _)| task).collect();
        let plan_of = |task: &RemoteTask<'a>| {
            planned.iter().find(|(index, _)| *index == task.one.index).map(|(_, plan)| plan.clone())
        };
        (self.asks(source, content, tasks, plan_of), steps)
    }

    pub(super) fn fail_all(&self, source: &SourcePlan, tasks: Vec<RemoteTask<'_>>, failure: &Failure) {
        let tasks: Vec<usize> = tasks.iter().map(|task| task.one.index).collect();
        self.run.fail_all(source, &tasks, None, failure);
    }
}
