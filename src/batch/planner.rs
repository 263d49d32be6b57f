//! Decides about each task: from its header, the manifest, and what stands at its output.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;

use crate::batch::Action;
use crate::batch::Collision;
use crate::batch::Make;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::SourceCall;
use crate::batch::SourcePlan;
use crate::batch::TaskPlan;
use crate::batch::request::absolute;
use crate::batch::verdict::Known;
use crate::batch::verdict::Occupancy;
use crate::batch::verdict::Skip;
use crate::batch::verdict::Verdict;
use crate::batch::verdict::Why;
use crate::batch::verdict::occupancy;
use crate::codecs;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::engines::remote::Canvas;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::geometry::Size;
use crate::manifest::CallEntry;
use crate::manifest::Outcome;
use crate::manifest::State;
use crate::pipeline::CallPlan;
use crate::pipeline::Names;
use crate::pipeline::Pipeline;
use crate::pipeline::Route;
use crate::pipeline::Target;
use crate::pipeline::calls;
use crate::pipeline::decide;
use crate::stages::OutputFormat;
use crate::storage::Outbox;
use crate::storage::Place;
use crate::storage::SourceFile;

pub(super) struct Planner<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) request: &'a Request,
    pub(super) state: &'a State,
    pub(super) outbox: &'a Outbox,
}

impl Planner<'_> {
    /// Plans one source; beside it the output path of each task, where it is known.
    pub(super) fn source(&self, file: SourceFile, targets: &[usize]) -> (SourcePlan, Vec<Option<PathBuf>>) {
        let known = Known::new(self.request, self.state, self.outbox, &file);
        let verdicts: Vec<Verdict> =
            targets.iter().map(|&target| known.verdict(&self.pipeline.targets[target])).collect();
        let header = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Todo(_))).then(|| self.header(&file));
        let mut outputs = Vec::with_capacity(targets.len());
        let mut tasks = Vec::with_capacity(targets.len());
        for (&target, verdict) in targets.iter().zip(verdicts) {
            let (action, output) = match verdict {
                Verdict::Skip(skip, output) => (Action::Skip(skip), Some(output.to_path_buf())),
                Verdict::Known(failure) => (Action::Known(failure), None),
                Verdict::Todo(why) => match &header {
                    Some(Ok(header)) => self.make(&file, header, target, why),
                    Some(Err(failure)) => (Action::Fail(failure.clone()), None),
                    None => unreachable!("a header is read wherever something is to be done"),
                },
            };
            tasks.push(TaskPlan { target, action });
            outputs.push(output);
        }
        let header = header.and_then(Result::ok);
        let calls = header.map_or_else(Vec::new, |header| self.route(&known, &header, &file, &mut tasks));
        (SourcePlan { file, header, tasks, calls }, outputs)
    }

    /// Says for each task who fills its margins, and returns the calls that are needed.
    fn route(&self, known: &Known<'_>, header: &Header, file: &SourceFile, tasks: &mut [TaskPlan]) -> Vec<SourceCall> {
        let targets = &self.pipeline.targets;
        let is_made = |task: &TaskPlan| matches!(task.action, Action::Make(_));
        let may_pay = |target: &Target| target.recipe.engines.providers().next().is_some();
        if !tasks.iter().any(|task| is_made(task) && may_pay(&targets[task.target])) {
            return Vec::new();
        }
        let fits = |index: usize| codecs::check_limits(header, file.size, &targets[index].recipe.limits).is_ok();
        let (mut routes, plans) = calls(self.pipeline, header, |index| fits(index).then_some(0));
        let mut members: Vec<Vec<Layout>> = vec![Vec::new(); plans.len()];
        for task in tasks {
            let Action::Make(make) = &mut task.action else { continue };
            match routes[task.target].take() {
                Some(Ok(route)) => {
                    if let Some(call) = route.call {
                        members[call].push(make.layout);
                    }
                    let passed = route.passed.iter().map(|(name, failure)| format!("{name} is passed over: {failure}"));
                    make.warnings.extend(passed);
                    make.route = route;
                }
                Some(Err(stuck)) => task.action = Action::Fail(stuck.failure()),
                None => {}
            }
        }
        let content = if self.state.calls().is_empty() { None } else { known.content(targets) };
        let is_paid = |plan: &CallPlan, members: &[Layout]| {
            let Some(content) = content.filter(|_| !self.request.repay) else { return false };
            let family = plan.provider.call(content, plan.canvas).family();
            let known: Vec<Canvas> = self.state.calls().canvases(family).collect();
            let failed = self.state.calls().get(plan.provider.call(content, plan.canvas).key(0));
            // Refused once, it is refused again, and not asked for.
            let is_refused = failed.is_some_and(CallEntry::failed_for_good) && !self.request.retry_failed;
            is_refused
                || known.iter().any(|canvas| canvas.asks_the_same(&plan.canvas))
                || members.iter().all(|layout| known.iter().any(|canvas| canvas.serves(layout)))
        };
        let mut calls: Vec<SourceCall> = Vec::new();
        for (plan, members) in plans.into_iter().zip(members) {
            let is_due_before = |call: &SourceCall| call.is_due && call.plan.asks_the_same(&plan);
            let is_due = !members.is_empty() && !calls.iter().any(is_due_before) && !is_paid(&plan, &members);
            calls.push(SourceCall { plan, is_due });
        }
        calls
    }

    fn header(&self, file: &SourceFile) -> Result<Header, Failure> {
        let opened = File::open(self.request.input.join(&file.path));
        let mut reader =
            BufReader::with_capacity(4096, opened.map_err(|error| Failure::io("open the source", &error))?);
        codecs::read_header(&mut reader)
    }

    fn make(&self, file: &SourceFile, header: &Header, target: usize, why: Why) -> (Action, Option<PathBuf>) {
        let target = &self.pipeline.targets[target];
        if let Err(failure) = codecs::check_limits(header, file.size, &target.recipe.limits) {
            return (Action::Fail(failure), None);
        }
        let (layout, warnings) = match decide(target, header) {
            Decision::Do(layout, warnings) => (layout, warnings),
            Decision::Skip(rule) => return (Action::Skip(Skip::Rule(rule)), None),
            Decision::Fail(failure) => return (Action::Fail(failure), None),
        };
        let format = target.recipe.output.of(header.format);
        match self.output(file, target, format, layout.output) {
            Ok(output) => {
                let seen = self.outbox.state_of(&output).unwrap_or(Place::Other);
                let occupancy = self.occupancy(file, target, &output, seen);
                if occupancy == Occupancy::Modified && !self.request.overwrite_modified {
                    return (Action::Skip(Skip::Modified), Some(output));
                }
                let is_foreign = occupancy == Occupancy::Foreign;
                let route = Route::default();
                let make = Make { why, layout, output: output.clone(), format, route, warnings, is_foreign, seen };
                (Action::Make(Box::new(make)), Some(output))
            }
            Err(failure) => (Action::Fail(failure), None),
        }
    }

    fn occupancy(&self, file: &SourceFile, target: &Target, output: &Path, seen: Place) -> Occupancy {
        let proven = match self.state.task(&file.path, &target.name) {
            Some(Outcome::Done(done)) => self.state.is_proven(done),
            _ => false,
        };
        occupancy(self.state, self.outbox, output, seen, proven)
    }

    fn output(&self, file: &SourceFile, target: &Target, format: Format, size: Size) -> Result<PathBuf, Failure> {
        let template = &self.pipeline.output.path;
        let read = || File::open(self.request.input.join(&file.path)).and_then(Digest::of_reader);
        let hash = template.needs_hash().then(read).transpose();
        let hash = hash.map_err(|error| Failure::io("read the source", &error))?;
        let extensions = format.codec().extensions();
        let names = Names { source: &file.path, target: &target.name, ext: extensions[0], size: Some(size), hash };
        let output = template.render(&names).map_err(|message| Failure::new(Class::Unsupported, message))?;
        if format.is_belied_by(&output) {
            let message =
                format!("the output {} would hold {}; end output.path in .{{ext}}", output.display(), format.name());
            return Err(Failure::new(Class::Unsupported, message));
        }
        Ok(output)
    }

    /// Looks at every task of the pipeline, whether this run is asked for it or not: two runs
    /// with other filters must not overwrite each other's outputs.
    pub(super) fn refuse_collisions(
        &self,
        sources: &[SourcePlan],
        unasked: &[SourceFile],
        planned: &[Vec<Option<PathBuf>>],
    ) -> Result<(), Refusal> {
        let mut tasks: HashMap<PathBuf, (&Path, &str)> = HashMap::new();
        let mut collisions = Vec::new();
        let state = absolute(&self.request.state);
        let by_name = sources.iter().map(|source| &source.file).chain(unasked).flat_map(|file| {
            self.pipeline
                .targets
                .iter()
                .filter_map(move |target| Some((self.output_by_name(file, target)?, file, target)))
        });
        // What depends on the header is known for the planned tasks only.
        let by_header = sources.iter().zip(planned).flat_map(|(source, outputs)| {
            source.tasks.iter().zip(outputs).filter_map(|(task, output)| {
                let target = &self.pipeline.targets[task.target];
                let output = output.clone().filter(|_| !self.is_by_name(target))?;
                Some((output, &source.file, target))
            })
        });
        for (output, file, target) in by_name.chain(by_header) {
            if self.outbox.root().join(&output).starts_with(&state) {
                return Err(Refusal::Usage {
                    message: format!("the output {} lies in the state folder", output.display()),
                    hint: "choose another output.path or output.state".into(),
                });
            }
            let task = (file.path.as_path(), target.name.as_str());
            if let Some(earlier) = tasks.insert(without_case(&output), task) {
                let owned = |(source, target): (&Path, &str)| (source.to_owned(), target.to_owned());
                let (first, second) = (owned(earlier.min(task)), owned(earlier.max(task)));
                collisions.push(Collision { output, first, second });
            }
        }
        if collisions.is_empty() { Ok(()) } else { Err(Refusal::Collisions(collisions)) }
    }

    /// Whether the target's outputs are named without a look into the source.
    fn is_by_name(&self, target: &Target) -> bool {
        let template = &self.pipeline.output.path;
        !template.needs_header() && !template.needs_hash() && matches!(target.recipe.output, OutputFormat::Fixed(_))
    }

    fn output_by_name(&self, file: &SourceFile, target: &Target) -> Option<PathBuf> {
        let OutputFormat::Fixed(format) = target.recipe.output else { return None };
        let ext = format.codec().extensions()[0];
        let names = Names { source: &file.path, target: &target.name, ext, size: None, hash: None };
        self.pipeline.output.path.render(&names).ok().filter(|_| self.is_by_name(target))
    }
}

/// What file systems without case take for the same name.
fn without_case(path: &Path) -> PathBuf {
    if cfg!(any(target_os = "macos", windows)) { path.to_string_lossy().to_lowercase().into() } else { path.to_owned() }
}
