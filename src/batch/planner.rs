//! Decides about each task: from its header, the manifest, and what stands at its output.

use std::num::NonZeroU64;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

use crate::batch::Action;
use crate::batch::Outdated;
use crate::batch::Request;
use crate::batch::SelectedTask;
use crate::batch::SourceCall;
use crate::batch::SourcePlan;
use crate::batch::TaskPlan;
use crate::batch::ToMake;
use crate::batch::ToMeasure;
use crate::batch::changes::Changes;
use crate::batch::job::Parallelism;
use crate::batch::make::Make;
use crate::batch::make::Unusual;
use crate::batch::measured::Measured;
use crate::batch::measured::MeasuredSource;
use crate::batch::memory::MemoryNeed;
use crate::batch::memory::calls::need_of_call;
use crate::batch::occupancy::Occupancy;
use crate::batch::occupancy::occupancy;
use crate::batch::occupancy::written_by;
use crate::batch::planned_outputs::is_by_name;
use crate::batch::planned_outputs::outputs_by_name;
use crate::batch::source_plan::Outputs;
use crate::batch::spellings::Spellings;
use crate::batch::verdict::Known;
use crate::batch::verdict::Verdict;
use crate::batch::why::Kept;
use crate::batch::why::Skip;
use crate::batch::why::Why;
use crate::codecs;
use crate::codecs::Detail;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::manifest::State;
use crate::manifest::TaskOutcome;
use crate::pipeline::Decided;
use crate::pipeline::Decisions;
use crate::pipeline::Mistake;
use crate::pipeline::Names;
use crate::pipeline::Pipeline;
use crate::pipeline::Task;
use crate::pipeline::decode_request;
use crate::pipeline::narrowed_decode_request;
use crate::storage::OutputPlace;
use crate::storage::OutputStore;
use crate::storage::SourceFile;
use crate::storage::SourceStore;

pub(super) struct Planner<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) request: &'a Request,
    pub(super) state: &'a State,
    pub(super) source_store: &'a dyn SourceStore,
    pub(super) output_store: &'a dyn OutputStore,
    pub(super) outdated: &'a Outdated,
    pub(super) changes: &'a Changes,
    pub(super) spellings: &'a Spellings<'a>,
    /// Measures that were found earlier in this process.
    pub(super) measured: &'a Measured,
}

impl Planner<'_> {
    /// Plans one source; beside it the outputs of all its tasks.
    pub(super) fn source(&self, file: SourceFile) -> (SourcePlan, Outputs) {
        let tasks = self.pipeline.tasks(&file.path);
        let known = Known::new(
            (self.request, self.state, self.source_store, self.output_store),
            (self.outdated, self.changes),
            &file,
        );
        let verdict = |task: &Arc<Task>| {
            self.request.selects(task).then(|| match task.refusal() {
                Some(failure) => Verdict::Refused(failure, known.kept(task)),
                None => known.verdict(task),
            })
        };
        let verdicts: Vec<Option<Verdict>> = tasks.iter().map(verdict).collect();
        // The header is not read of a file that is too long for all tasks that need it.
        let mut undone = tasks.iter().zip(&verdicts).filter(|(_, verdict)| matches!(verdict, Some(Verdict::Make(_))));
        let has_undone = undone.clone().next().is_some();
        let is_wanted = undone.any(|(task, _)| self.check_bytes(&file, task).is_ok());
        let header = (is_wanted || known.has_looked()).then(|| known.header().clone());
        let format = match &header {
            Some(Ok(header)) => Some(header.format),
            _ if has_undone => known.format(),
            _ => None,
        };
        // Of a source with nothing to record it need not be known what is recorded.
        let is_settled = |verdict: &Option<Verdict>| {
            matches!(verdict, None | Some(Verdict::Skip(Skip::Done { refresh: false, .. }, _)))
        };
        let recorded = if header.is_none() && verdicts.iter().all(is_settled) { None } else { known.recorded() };
        let looked_at = match header {
            Some(Ok(_)) => self.measures(&known, &file, &tasks),
            _ => None,
        };
        let (hash, measures, unmeasured) = match looked_at {
            Some(MeasuredSource::Found(hash, measures)) => (Some(hash), Some(measures), None),
            Some(MeasuredSource::Failed(hash, failure)) => (hash, None, Some(failure)),
            None => (None, None, None),
        };
        let looked = header.map(|header| header.map(|header| Decisions::measured(&tasks, header, measures)));
        let undecided = looked.as_ref().and_then(|looked| undecided(&looked.as_ref().ok()?.1));
        let mut outputs = outputs_by_name(&file, &tasks);
        let mut plans = Vec::with_capacity(tasks.len());
        for (index, (task, verdict)) in tasks.iter().zip(verdicts).enumerate() {
            let Some(verdict) = verdict else {
                plans.push(None);
                continue;
            };
            let kept = match &verdict {
                Verdict::Make(why) => why.kept(),
                Verdict::Unseen(_) => Kept::Output,
                Verdict::Refused(_, kept) => *kept,
                Verdict::Skip(..) | Verdict::Known(_) => Kept::Nothing,
            };
            let (action, output) = match verdict {
                Verdict::Skip(skip, output) => (Action::Skip(skip), Some(output)),
                Verdict::Known(failure) => (Action::Known(failure.into()), None),
                Verdict::Unseen(failure) | Verdict::Refused(failure, _) => (Action::Fail(failure.into()), None),
                Verdict::Make(why) => match (self.check_bytes(&file, task), &looked) {
                    (Err(failure), _) => (Action::Fail(failure.into()), None),
                    (Ok(()), Some(Err(failure))) => (Action::Fail(failure.clone().into()), None),
                    (Ok(()), Some(Ok((decisions, said)))) => {
                        let decided = (decisions, index, &said[index]);
                        self.make(&file, task, decided, (why, undecided.as_deref(), unmeasured.as_ref()))
                    }
                    (Ok(()), None) => unreachable!("a header is read wherever something is to be done"),
                },
            };
            plans.push(Some(TaskPlan { action, kept, collides: false, is_beyond_limit: false }));
            // What depends on the header is known for the planned tasks only.
            if !is_by_name(task) {
                outputs[index] = output;
            }
        }
        let unread = if format.is_none() { self.unread(&file, &plans) } else { None };
        let decisions = looked.and_then(Result::ok).map(|(decisions, _)| Box::new(decisions));
        let calls = decisions.as_ref().map(|decisions| self.route(&known, (&file, &tasks, decisions), &mut plans));
        let (plans, calls) = (plans.into(), calls.unwrap_or_default().into());
        let hash = hash.map(Box::new);
        let recorded = Mutex::new(recorded);
        let mut source =
            SourcePlan { file, tasks, decisions, format, hash, unread, plans, calls, memory: None, recorded };
        source.memory = self.memory(&source).and_then(NonZeroU64::new);
        (source, outputs)
    }

    /// Names the outputs of a planned source once more.
    pub(super) fn outputs(&self, source: &SourcePlan) -> Outputs {
        let SourcePlan { file, tasks, decisions, .. } = source;
        let mut outputs = outputs_by_name(file, tasks);
        for SelectedTask { index, task, plan, decided } in source.selected().filter(|one| !is_by_name(one.task)) {
            outputs[index] = match &plan.action {
                Action::Make(make) => Some(make.output.to_path_buf()),
                Action::Skip(Skip::Done { .. }) => match self.state.task(&task.key(&file.path)) {
                    Some(TaskOutcome::Done(done)) => Some(done.output),
                    _ => None,
                },
                // It is not known what it would be named if what is said of it were right.
                Action::Fail(failure) if failure.class == Class::Options => None,
                Action::Skip(Skip::Modified) | Action::Fail(_) => decided.and_then(|decided| {
                    let header = &decisions.as_ref()?.header;
                    codecs::check_limits(header, file.stamp.size, &task.recipe.load.limits).ok()?;
                    self.output(file, task, decided).ok()
                }),
                Action::Skip(Skip::Rule(_)) | Action::Known(_) | Action::Measure(_) => None,
            };
        }
        outputs
    }

    /// Returns the measures of a source whose tasks need some, or the failure to take them; `None` where neither is
    /// known.
    fn measures(&self, known: &Known<'_>, file: &SourceFile, tasks: &[Arc<Task>]) -> Option<MeasuredSource> {
        if self.pipeline.measures.is_empty() || tasks.iter().all(|task| task.recipe.measures(&task.shape).is_empty()) {
            return None;
        }
        // Only what was found in some source can have been found in this one.
        let recorded = || {
            let content = || known.content(tasks.iter().map(|task| &**task));
            let content = self.state.has_measures().then(content)??;
            self.state.measures(&content).map(|measures| MeasuredSource::Found(content, Arc::clone(measures)))
        };
        self.measured.of(file).cloned().or_else(recorded)
    }

    /// Returns the bytes that making its outputs one after the other takes, the results of calls included; `None` if
    /// nothing is to be made.
    fn memory(&self, source: &SourcePlan) -> Option<u64> {
        let decisions = source.decisions.as_ref()?;
        let makes: Vec<ToMake<'_>> = source.to_make().collect();
        let (header, bytes, decode_request) =
            (&decisions.header, source.file.stamp.size, decode_request(&source.tasks, decisions));
        let own = narrowed_decode_request(decode_request, makes.iter().map(|one| (one.task, one.decided)));
        let local = || MemoryNeed::new(header, bytes, &own).making(&makes, Parallelism::OneByOne, Detail::Usual);
        let of_call = |(number, call): (usize, &SourceCall)| {
            let is_served = |one: &ToMake<'_>| one.make.route().call == Some(number);
            let served: Vec<ToMake<'_>> = makes.iter().copied().filter(is_served).collect();
            need_of_call(&MemoryNeed::beside_calls(header, bytes, decode_request), &served, &call.plan.canvas)
        };
        let paid = source.calls.iter().enumerate().map(of_call).max();
        (!makes.is_empty()).then(|| local().max(paid.unwrap_or(0)))
    }

    /// Compares the length of a source with what the task takes. Of what no codec reads the length is no matter.
    fn check_bytes(&self, file: &SourceFile, task: &Task) -> Result<(), Failure> {
        let checked = codecs::check_bytes(file.stamp.size, &task.recipe.load.limits);
        checked.map_err(|failure| self.source_store.unread(&file.path).map_or(failure, codecs::unread))
    }

    /// Returns the kind of a source that fails because it is a picture that no codec reads.
    fn unread(&self, file: &SourceFile, plans: &[Option<TaskPlan>]) -> Option<&'static str> {
        let fails = |plan: &TaskPlan| match &plan.action {
            Action::Known(failure) | Action::Fail(failure) => failure.class == Class::Unsupported,
            Action::Skip(_) | Action::Measure(_) | Action::Make(_) => false,
        };
        let extension = file.path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        let unread = || codecs::unread_by_extension(extension).or_else(|| self.source_store.unread(&file.path));
        plans.iter().flatten().any(fails).then(unread)?
    }

    fn make(
        &self,
        file: &SourceFile,
        task: &Task,
        (decisions, index, said): (&Decisions, usize, &Decision),
        (why, undecided, unmeasured): (Why, Option<&[&'static str]>, Option<&Failure>),
    ) -> (Action, Option<PathBuf>) {
        if let Err(failure) = codecs::check_limits(&decisions.header, file.stamp.size, &task.recipe.load.limits) {
            return (Action::Fail(failure.into()), None);
        }
        match (said, undecided, unmeasured) {
            (Decision::Skip(rule), ..) => return (Action::Skip(Skip::Rule(rule.as_str().into())), None),
            (Decision::Fail(failure), ..) => return (Action::Fail(failure.clone().into()), None),
            (Decision::NeedsMeasures(_), _, Some(failure)) => {
                return (Action::Fail(failure.clone().into()), None);
            }
            // What is decoded follows from all tasks, so none is made before all are decided that can be.
            (_, Some(measures), None) => {
                return (Action::Measure(Box::new(ToMeasure { why, measures: measures.to_vec() })), None);
            }
            (Decision::Do(_), ..) | (Decision::NeedsMeasures(_), None, None) => {}
        }
        let (Decision::Do(edited), Some(decided)) = (said, decisions.get(index)) else {
            unreachable!("a task is undecided or has a layout")
        };
        match self.output(file, task, decided) {
            Ok(output) => {
                let seen = match self.output_store.stat(&output) {
                    Ok(seen) => seen,
                    Err(failure) => return (Action::Fail(failure.into()), Some(output)),
                };
                let occupancy = self.occupancy(file, task, &output, seen);
                if occupancy == Occupancy::Modified && !self.request.overwrite_modified {
                    return (Action::Skip(Skip::Modified), Some(output));
                }
                let is_foreign = occupancy == Occupancy::Foreign;
                // What another pipeline wrote stays its own, whatever it shows.
                if let Some(other) = self.state.living_writer(&self.spellings.of(&output)).filter(|_| is_foreign) {
                    return (Action::Fail(written_by(other, &output).into()), Some(output));
                }
                let own = task.warnings.iter().map(Mistake::on_one_line);
                let kept = self.engine_before(file, task).filter(|_| why.keeps_output());
                let (warnings, findings) =
                    (edited.warnings.iter().cloned().chain(own).collect(), edited.findings.clone());
                let unusual = Unusual { why, warnings, findings, seen, is_foreign, kept, route: None };
                (Action::Make(Make::new(output.as_path().into(), unusual)), Some(output))
            }
            Err(failure) => (Action::Fail(failure.into()), None),
        }
    }

    fn occupancy(&self, file: &SourceFile, task: &Task, output: &Path, seen: OutputPlace) -> Occupancy {
        let proven = match self.state.task(&task.key(&file.path)) {
            Some(TaskOutcome::Done(done)) => self.state.is_proven(&done),
            _ => false,
        };
        occupancy((self.state, self.spellings), self.output_store, output, seen, proven)
    }

    /// Returns the engine that filled the margins of a finished output.
    fn engine_before(&self, file: &SourceFile, task: &Task) -> Option<Arc<str>> {
        match self.state.task(&task.key(&file.path)) {
            Some(TaskOutcome::Done(done)) => done.engine,
            _ => None,
        }
    }

    fn output(&self, file: &SourceFile, task: &Task, decided: &Decided) -> Result<PathBuf, Failure> {
        let Decided { layout, format, .. } = decided;
        let hash = task.path.needs_hash().then(|| self.source_store.hash(file)).transpose()?;
        let ext = format.extension();
        let names = Names { source: &file.path, target: &task.target, ext, size: Some(layout.output), hash };
        let output = task.path.render(&names)?;
        if format.is_belied_by(&output) {
            let message =
                format!("the output {} would hold {}; end output.path in .{{ext}}", output.display(), format.name());
            return Err(Failure::new(Class::Unsupported, message));
        }
        Ok(output)
    }
}

/// Returns the measures without which tasks of a source cannot be decided, each once, if there are such.
fn undecided(said: &[Decision]) -> Option<Vec<&'static str>> {
    let mut needed: Vec<&'static str> = Vec::new();
    for said in said {
        if let Decision::NeedsMeasures(measures) = said {
            needed.extend(measures);
        }
    }
    needed.sort_unstable();
    needed.dedup();
    (!needed.is_empty()).then_some(needed)
}
