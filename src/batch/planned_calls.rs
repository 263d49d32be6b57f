//! Plans the engine that fills the margins of each task of a source, and the calls that this takes.

use std::sync::Arc;

use crate::batch::Action;
use crate::batch::Due;
use crate::batch::SourceCall;
use crate::batch::TaskPlan;
use crate::batch::make::Make;
use crate::batch::planner::Planner;
use crate::batch::verdict::Known;
use crate::engines::ChainFailure;
use crate::geometry::Layout;
use crate::manifest::Holdings;
use crate::pipeline::CallPlan;
use crate::pipeline::Decisions;
use crate::pipeline::Route;
use crate::pipeline::Task;
use crate::pipeline::calls;
use crate::pipeline::takeovers;
use crate::storage::Cache;
use crate::storage::SourceFile;

impl Planner<'_> {
    /// Sets the engine or the call that fills the margins of each task, and returns the calls that are needed.
    pub(super) fn route(
        &self,
        known: &Known<'_>,
        (file, tasks, decisions): (&SourceFile, &[Arc<Task>], &Decisions),
        plans: &mut [Option<TaskPlan>],
    ) -> Vec<SourceCall> {
        let header = &decisions.header;
        let is_made = |plan: &Option<TaskPlan>| plan.as_ref().is_some_and(|plan| plan.action.make().is_some());
        let may_pay = |task: &Task| task.recipe.outpaint.engines.providers().next().is_some();
        if !tasks.iter().zip(&*plans).any(|(task, plan)| is_made(plan) && may_pay(task)) {
            return Vec::new();
        }
        let (mut routes, shared) = calls(tasks, decisions, file.stamp.size, |_| Some(0));
        let takeovers = takeovers(&routes);
        let possible = match takeovers.iter().any(Option::is_some) {
            true => calls(tasks, decisions, file.stamp.size, |index| takeovers[index]).1,
            false => Vec::new(),
        };
        let planned = routes.iter().zip(&takeovers).map(|(route, takeover)| match route {
            Some(Ok(Route { link, call: Some(_), .. })) => Some(*link),
            _ => *takeover,
        });
        let planned: Vec<Option<usize>> = planned.collect();
        for (plan, route) in plans.iter_mut().zip(&mut routes) {
            let Some(TaskPlan { action, .. }) = plan else { continue };
            let Action::Make(make) = action else { continue };
            match route.take() {
                Some(Ok(route)) => {
                    let passed = route.passed.iter().map(|(name, failure)| format!("{name} is passed over: {failure}"));
                    let passed: Vec<String> = passed.collect();
                    make.set_route(route, passed);
                }
                // No engine can reach it, and a cut-out needs none.
                Some(Err(unfilled)) if header.channels.has_alpha() => {
                    let route = Route { link: usize::MAX, passed: unfilled.said, ..Route::default() };
                    make.set_route(route, Vec::new());
                }
                Some(Err(unfilled)) => *action = Action::Fail(unfilled.failure().into()),
                None => {}
            }
        }
        let content =
            if self.state.calls().is_empty() { None } else { known.content(tasks.iter().map(|task| &**task)) };
        let holdings = Holdings::new(self.state.calls(), Cache::at(&self.request.state), self.request.again());
        let is_paid = |plan: &CallPlan, members: &[(&Make, &Layout)]| {
            let Some(content) = content else { return false };
            let call = plan.call(content, header.orientation);
            if members.iter().any(|(make, _)| self.request.renews(make.why())) {
                return !holdings.is_due(&call, true);
            }
            let known = holdings.canvases(&call);
            let is_served = |(_, layout): &(&Make, &Layout)| known.iter().any(|canvas| canvas.serves(layout));
            members.iter().all(is_served) || !holdings.is_due(&call, false)
        };
        let mut calls: Vec<SourceCall> = Vec::new();
        // Of a cut-out no provider is asked, and whether it is one only pixels show.
        let first = if header.channels.has_alpha() { Due::UnlessCutOut } else { Due::Surely };
        let surely = shared.into_iter().map(|plan| (plan, first));
        for (plan, due) in surely.chain(possible.into_iter().map(|plan| (plan, Due::Perhaps))) {
            let make = |index: usize| plans[index].as_ref()?.action.make();
            let member = |&index: &usize| Some((make(index)?, &decisions.get(index)?.layout));
            let members: Vec<(&Make, &Layout)> = plan.members.iter().filter_map(member).collect();
            let is_due_before = |call: &SourceCall| call.due != Due::No && call.plan.asks_the_same(&plan);
            // A finished output keeps its margins, should their result be judged otherwise now.
            let keeps = |(make, _): &(&Make, &Layout)| make.kept() == Some(plan.provider.name());
            let due = if members.is_empty() || calls.iter().any(is_due_before) {
                Due::No
            } else if !is_paid(&plan, &members) {
                due
            } else if members.iter().all(keeps) {
                Due::No
            } else {
                Due::IfUseless
            };
            calls.push(SourceCall { plan, due, backups: Vec::new() });
        }
        if let Some(call) = calls.iter_mut().find(|call| call.due != Due::No) {
            call.backups = backups(file, (tasks, decisions), planned);
        }
        calls
    }
}

/// Returns the calls of all providers behind those with which the tasks begin, at these links.
fn backups(
    file: &SourceFile,
    (tasks, decisions): (&[Arc<Task>], &Decisions),
    mut links: Vec<Option<usize>>,
) -> Vec<CallPlan> {
    let mut backups = Vec::new();
    loop {
        let behind = |(link, task): (Option<usize>, &Arc<Task>)| task.recipe.outpaint.engines.next_provider(link? + 1);
        links = links.into_iter().zip(tasks).map(behind).collect();
        if links.iter().all(Option::is_none) {
            return backups;
        }
        let (routes, plans) = calls(tasks, decisions, file.stamp.size, |index| links[index]);
        backups.extend(plans);
        let reached = |route: Option<Result<Route, ChainFailure>>| Some(route?.ok()?.link);
        links = routes.into_iter().map(reached).collect();
    }
}
