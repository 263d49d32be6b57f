//! Decides about each task: from its header, the manifest, and what stands at its output.

use std::num::NonZeroU64;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::batch::Action;
use crate::batch::Due;
use crate::batch::Outdated;
use crate::batch::Request;
use crate::batch::SourceCall;
use crate::batch::SourcePlan;
use crate::batch::TaskPlan;
use crate::batch::changes::Changes;
use crate::batch::job::Pace;
use crate::batch::make::Make;
use crate::batch::make::Unusual;
use crate::batch::memory::Need;
use crate::batch::occupancy::Occupancy;
use crate::batch::occupancy::occupancy;
use crate::batch::occupancy::written_by;
use crate::batch::panics::guarded;
use crate::batch::remote;
use crate::batch::source_plan::Outputs;
use crate::batch::spellings::Spellings;
use crate::batch::verdict::Known;
use crate::batch::verdict::Verdict;
use crate::batch::why::Kept;
use crate::batch::why::Skip;
use crate::batch::why::Why;
use crate::codecs;
use crate::codecs::Detail;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::engines::Stuck;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Size;
use crate::manifest::Holdings;
use crate::manifest::Outcome;
use crate::manifest::State;
use crate::pipeline::CallPlan;
use crate::pipeline::Names;
use crate::pipeline::Pipeline;
use crate::pipeline::Route;
use crate::pipeline::Target;
use crate::pipeline::calls;
use crate::pipeline::decide;
use crate::pipeline::takeovers;
use crate::pipeline::want;
use crate::pipeline::want_alone;
use crate::stages::OutputFormat;
use crate::storage::Cache;
use crate::storage::Inbox;
use crate::storage::Outbox;
use crate::storage::Place;
use crate::storage::SourceFile;

pub(super) struct Planner<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) request: &'a Request,
    pub(super) state: &'a State,
    pub(super) inbox: &'a Inbox,
    pub(super) outbox: &'a Outbox,
    pub(super) outdated: &'a Outdated,
    pub(super) changes: &'a Changes,
    pub(super) spellings: &'a Spellings<'a>,
}

impl Planner<'_> {
    /// Plans one source under the asked targets; beside it its outputs under all.
    pub(super) fn source(&self, file: SourceFile, targets: &[usize]) -> (SourcePlan, Outputs) {
        let known =
            Known::new((self.request, self.state, self.inbox, self.outbox), (self.outdated, self.changes), &file);
        let verdict = |&target: &usize| known.verdict(target, &self.pipeline.targets[target]);
        let verdicts: Vec<Verdict> = targets.iter().map(verdict).collect();
        // The header of a file that is too long for all who want it is not looked for.
        let is_short = |target: usize| self.check_bytes(&file, target).is_ok();
        let mut todo = targets.iter().zip(&verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Todo(_)));
        let has_todo = todo.clone().next().is_some();
        let header = todo
            .any(|(&target, _)| is_short(target))
            .then(|| guarded("reading the header", || self.inbox.header(&file)));
        let format = match &header {
            Some(Ok(header)) => Some(header.format),
            _ if has_todo => known.format(),
            _ => None,
        };
        let mut outputs = self.outputs_by_name(&file);
        let mut tasks = Vec::with_capacity(targets.len());
        for (&target, verdict) in targets.iter().zip(verdicts) {
            let kept = match &verdict {
                Verdict::Todo(why) => why.kept(),
                Verdict::Unseen(_) => Kept::Output,
                Verdict::Skip(..) | Verdict::Known(_) => Kept::Nothing,
            };
            let (action, output) = match verdict {
                Verdict::Skip(skip, output) => (Action::Skip(skip), Some(output)),
                Verdict::Known(failure) => (Action::Known(failure.into()), None),
                Verdict::Unseen(failure) => (Action::Fail(failure.into()), None),
                Verdict::Todo(why) => match (self.check_bytes(&file, target), &header) {
                    (Err(failure), _) => (Action::Fail(failure.into()), None),
                    (Ok(()), Some(Err(failure))) => (Action::Fail(failure.clone().into()), None),
                    (Ok(()), Some(Ok(header))) => self.make(&file, header, target, why),
                    (Ok(()), None) => unreachable!("a header is read wherever something is to be done"),
                },
            };
            tasks.push(TaskPlan { target, action, kept, collides: false });
            // What depends on the header is known for the planned tasks only.
            if !self.is_by_name(&self.pipeline.targets[target]) {
                outputs[target] = output;
            }
        }
        let unread = if format.is_none() { self.unread(&file, &tasks) } else { None };
        let header = header.and_then(Result::ok);
        let calls = header.map_or_else(Vec::new, |header| self.route(&known, &header, &file, &mut tasks));
        let memory = header.and_then(|header| self.memory(&file, header, &tasks, &calls));
        let (header, calls, tasks) = (header.map(Box::new), calls.into(), tasks.into());
        (SourcePlan { file, header, format, unread, tasks, calls, memory: memory.and_then(NonZeroU64::new) }, outputs)
    }

    /// Says what making the outputs takes, one after the other, the results of calls included.
    fn memory<'t>(
        &'t self,
        file: &SourceFile,
        header: Header,
        tasks: &'t [TaskPlan],
        calls: &[SourceCall],
    ) -> Option<u64> {
        let made = |task: &'t TaskPlan| match &task.action {
            Action::Make(make) => Some((&**make, &self.pipeline.targets[task.target])),
            _ => None,
        };
        let makes: Vec<(&Make, &Target)> = tasks.iter().filter_map(made).collect();
        let shown = makes.iter().map(|&(make, target)| (target, &make.layout));
        let want = want_alone(want(self.pipeline, &header), shown);
        let local = || Need::new(&header, file.size, &want).making(&makes, Pace::OneByOne, Detail::Usual);
        let of_call = |(number, call): (usize, &SourceCall)| {
            let is_served = |task: &TaskPlan| task.action.make().is_some_and(|make| make.route().call == Some(number));
            let served: Vec<_> = tasks.iter().filter(|task| is_served(task)).filter_map(made).collect();
            remote::need(&Need::beside_calls(self.pipeline, &header, file.size), &served, &call.plan.canvas)
        };
        let paid = calls.iter().enumerate().map(of_call).max();
        (!makes.is_empty()).then(|| local().max(paid.unwrap_or(0)))
    }

    /// Compares the length of a source with what the target takes. Of what no codec reads the length is no matter.
    fn check_bytes(&self, file: &SourceFile, target: usize) -> Result<(), Failure> {
        let checked = codecs::check_bytes(file.size, &self.pipeline.targets[target].recipe.load.limits);
        checked.map_err(|failure| self.inbox.unread(&file.path).map_or(failure, codecs::unread))
    }

    /// Return the kind of a source that fails because it is a picture that no codec reads.
    fn unread(&self, file: &SourceFile, tasks: &[TaskPlan]) -> Option<&'static str> {
        let fails = |task: &TaskPlan| match &task.action {
            Action::Known(failure) | Action::Fail(failure) => failure.class == Class::Unsupported,
            Action::Skip(_) | Action::Make(_) => false,
        };
        let extension = file.path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        let unread = || codecs::unread_by_extension(extension).or_else(|| self.inbox.unread(&file.path));
        tasks.iter().any(fails).then(unread)?
    }

    /// Says for each task who fills its margins, and returns the calls that are needed.
    fn route(&self, known: &Known<'_>, header: &Header, file: &SourceFile, tasks: &mut [TaskPlan]) -> Vec<SourceCall> {
        let targets = &self.pipeline.targets;
        let is_made = |task: &TaskPlan| matches!(task.action, Action::Make(_));
        let may_pay = |target: &Target| target.recipe.outpaint.engines.providers().next().is_some();
        if !tasks.iter().any(|task| is_made(task) && may_pay(&targets[task.target])) {
            return Vec::new();
        }
        let (mut routes, plans) = calls(self.pipeline, header, file.size, |_| Some(0));
        let takeovers = takeovers(&routes);
        let possible = match takeovers.iter().any(Option::is_some) {
            true => calls(self.pipeline, header, file.size, |index| takeovers[index]).1,
            false => Vec::new(),
        };
        let planned = routes.iter().zip(&takeovers).map(|(route, takeover)| match route {
            Some(Ok(Route { link, call: Some(_), .. })) => Some(*link),
            _ => *takeover,
        });
        let planned: Vec<Option<usize>> = planned.collect();
        for task in &mut *tasks {
            let Action::Make(make) = &mut task.action else { continue };
            match routes[task.target].take() {
                Some(Ok(route)) => {
                    let passed = route.passed.iter().map(|(name, failure)| format!("{name} is passed over: {failure}"));
                    let passed: Vec<String> = passed.collect();
                    make.lead(route, passed);
                }
                // No engine can reach it, and a cut-out needs none.
                Some(Err(stuck)) if header.channels.has_alpha() => {
                    let route = Route { link: usize::MAX, passed: stuck.said, ..Route::default() };
                    make.lead(route, Vec::new());
                }
                Some(Err(stuck)) => task.action = Action::Fail(stuck.failure().into()),
                None => {}
            }
        }
        let content = if self.state.calls().is_empty() { None } else { known.content(targets) };
        let holdings = Holdings::new(self.state.calls(), Cache::at(&self.request.state), self.request.again());
        let is_paid = |plan: &CallPlan, members: &[&Make]| {
            let Some(content) = content else { return false };
            let call = plan.provider.call(content, plan.canvas, header.orientation);
            if members.iter().any(|make| self.request.renews(make.why())) {
                return !holdings.is_due(&call, true);
            }
            let known = holdings.canvases(&call);
            let is_served = |make: &&Make| known.iter().any(|canvas| canvas.serves(&make.layout));
            members.iter().all(is_served) || !holdings.is_due(&call, false)
        };
        let mut calls: Vec<SourceCall> = Vec::new();
        // Of a cut-out no provider is asked, and whether it is one only pixels show.
        let first = if header.channels.has_alpha() { Due::UnlessCutOut } else { Due::Surely };
        let surely = plans.into_iter().map(|plan| (plan, first));
        for (plan, due) in surely.chain(possible.into_iter().map(|plan| (plan, Due::Perhaps))) {
            let members = tasks.iter().filter(|task| plan.targets.contains(&task.target));
            let members: Vec<&Make> = members.filter_map(|task| task.action.make()).collect();
            let is_due_before = |call: &SourceCall| call.due != Due::No && call.plan.asks_the_same(&plan);
            // A finished output keeps its margins, should their result be judged otherwise now.
            let keeps = |make: &&Make| make.kept() == Some(plan.provider.name());
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
            call.backups = self.backups(file, header, planned);
        }
        calls
    }

    /// The calls of all providers behind those with which the targets begin, at these links.
    fn backups(&self, file: &SourceFile, header: &Header, mut links: Vec<Option<usize>>) -> Vec<CallPlan> {
        let mut backups = Vec::new();
        loop {
            let behind =
                |(link, target): (Option<usize>, &Target)| target.recipe.outpaint.engines.next_provider(link? + 1);
            links = links.into_iter().zip(&self.pipeline.targets).map(behind).collect();
            if links.iter().all(Option::is_none) {
                return backups;
            }
            let (routes, plans) = calls(self.pipeline, header, file.size, |index| links[index]);
            backups.extend(plans);
            let reached = |route: Option<Result<Route, Stuck>>| Some(route?.ok()?.link);
            links = routes.into_iter().map(reached).collect();
        }
    }

    fn make(&self, file: &SourceFile, header: &Header, target: usize, why: Why) -> (Action, Option<PathBuf>) {
        let target = &self.pipeline.targets[target];
        if let Err(failure) = codecs::check_limits(header, file.size, &target.recipe.load.limits) {
            return (Action::Fail(failure.into()), None);
        }
        let (layout, warnings) = match decide(target, header) {
            Decision::Do(layout, warnings) => (layout, warnings),
            Decision::Skip(rule) => return (Action::Skip(Skip::Rule(rule.into())), None),
            Decision::Fail(failure) => return (Action::Fail(failure.into()), None),
        };
        let format = target.recipe.convert.output.of(header.format);
        match self.output(file, target, format, layout.output) {
            Ok(output) => {
                let seen = match self.outbox.state_of(&output) {
                    Ok(seen) => seen,
                    Err(failure) => return (Action::Fail(failure.into()), Some(output)),
                };
                let occupancy = self.occupancy(file, target, &output, seen);
                if occupancy == Occupancy::Modified && !self.request.overwrite_modified {
                    return (Action::Skip(Skip::Modified), Some(output));
                }
                let is_foreign = occupancy == Occupancy::Foreign;
                // What another pipeline wrote stays its own, whatever it shows.
                if let Some(other) = self.state.living_writer(&self.spellings.of(&output)).filter(|_| is_foreign) {
                    return (Action::Fail(written_by(other, &output).into()), Some(output));
                }
                let kept = self.engine_before(file, target).filter(|_| why.keeps_output());
                let unusual = Unusual { why, warnings, seen, kept, route: None };
                let make = Make::new(layout, output.as_path().into(), format, is_foreign, unusual);
                (Action::Make(Box::new(make)), Some(output))
            }
            Err(failure) => (Action::Fail(failure.into()), None),
        }
    }

    fn occupancy(&self, file: &SourceFile, target: &Target, output: &Path, seen: Place) -> Occupancy {
        let proven = match self.state.task(&file.path, &target.name) {
            Some(Outcome::Done(done)) => self.state.is_proven(&done),
            _ => false,
        };
        occupancy((self.state, self.spellings), self.outbox, output, seen, proven)
    }

    /// The engine that filled the margins of a finished output.
    fn engine_before(&self, file: &SourceFile, target: &Target) -> Option<Arc<str>> {
        match self.state.task(&file.path, &target.name) {
            Some(Outcome::Done(done)) => done.engine,
            _ => None,
        }
    }

    fn output(&self, file: &SourceFile, target: &Target, format: Format, size: Size) -> Result<PathBuf, Failure> {
        let template = &self.pipeline.output.path;
        let hash = template.needs_hash().then(|| self.inbox.hash(file)).transpose()?;
        let extensions = format.codec().extensions();
        let names = Names { source: &file.path, target: &target.name, ext: extensions[0], size: Some(size), hash };
        let output = template.render(&names)?;
        if format.is_belied_by(&output) {
            let message =
                format!("the output {} would hold {}; end output.path in .{{ext}}", output.display(), format.name());
            return Err(Failure::new(Class::Unsupported, message));
        }
        Ok(output)
    }

    /// Whether the target's outputs are named without a look into the source.
    fn is_by_name(&self, target: &Target) -> bool {
        let template = &self.pipeline.output.path;
        !template.needs_header()
            && !template.needs_hash()
            && matches!(target.recipe.convert.output, OutputFormat::Fixed(_))
    }

    /// What can be said of a source's outputs without a look into it.
    pub(super) fn outputs_by_name(&self, file: &SourceFile) -> Outputs {
        self.pipeline.targets.iter().map(|target| self.output_by_name(file, target)).collect()
    }

    fn output_by_name(&self, file: &SourceFile, target: &Target) -> Option<PathBuf> {
        let OutputFormat::Fixed(format) = target.recipe.convert.output else { return None };
        if !self.is_by_name(target) {
            return None;
        }
        let ext = format.codec().extensions()[0];
        let names = Names { source: &file.path, target: &target.name, ext, size: None, hash: None };
        self.pipeline.output.path.render(&names).ok()
    }
}
