//! Plans a run: walks the tree part by part, and collects the plans of its sources.

use std::cell::LazyCell;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;

use rayon::iter::IntoParallelIterator;
use rayon::iter::ParallelIterator;

use crate::batch::Allowance;
use crate::batch::Collision;
use crate::batch::Outdated;
use crate::batch::Plan;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::SourcePlan;
use crate::batch::changes::Changes;
use crate::batch::collisions::Collisions;
use crate::batch::conflicts::Conflicts;
use crate::batch::measured::Measured;
use crate::batch::orphans::LiveTasks;
use crate::batch::planned_outputs::outputs_by_name;
use crate::batch::planner::Planner;
use crate::batch::source_plan::Outputs;
use crate::batch::spellings::Spellings;
use crate::manifest::State;
use crate::options::Globs;
use crate::pipeline::Pipeline;
use crate::storage::OutputStore;
use crate::storage::Selection;
use crate::storage::SourceFile;
use crate::storage::absolute;

impl Plan {
    /// Plans a run against what the manifest knows, and what was `measured` since. `should_stop` is asked before each
    /// part but the first: what is no more work than one step of a run is planned whatever the time.
    ///
    /// # Errors
    /// A folder that cannot be read, one without a source though the manifest has some, globs
    /// of [`Request::only`] that fit no source, or a template by which most tasks have one output;
    /// [`Refusal::Stopped`] if it should stop.
    pub(super) fn new(
        pipeline: &Pipeline,
        request: &Request,
        state: &State,
        output_store: &dyn OutputStore,
        measured: &Measured,
        should_stop: &dyn Fn() -> bool,
    ) -> Result<Plan, Refusal> {
        request.check(pipeline)?;
        let only = globs(&request.only)?;
        let root = absolute(&request.input);
        // Another run of the pipeline may have written beside the sources. What is read on purpose is read.
        let outputs =
            state.output_folders().iter().filter(|folder| **folder != root && folder.starts_with(&root)).cloned();
        let selection = Selection {
            include: globs(&pipeline.input.include)?,
            exclude: globs(&pipeline.input.exclude)?,
            lists_ignored: request.lists_ignored,
            skip: outputs.into_iter().chain([absolute(&request.output), absolute(&request.state)]).collect(),
        };
        let known = |path: &Path, size, mtime| state.knows_source(path, size, mtime);
        let outdated = Outdated::of(state, pipeline);
        let source_store = request.source_store(pipeline).map_err(Refusal::Folder)?;
        let spellings = &Spellings::new(state, output_store.folding());
        let changes = &Changes::default();
        let outdated = &outdated;
        let planner = Planner {
            pipeline,
            request,
            state,
            source_store: &*source_store,
            output_store,
            outdated,
            changes,
            spellings,
            measured,
        };
        let conflicts = Conflicts { planner: &planner };
        let (mut collisions, living) = (Collisions::new(&planner), LiveTasks::new(pipeline, state));
        let is_asked = |path: &Path| only.is_empty() || only.matches(path);
        let (mut sources, mut unasked, mut tasks_in_all) = (Vec::new(), Vec::new(), 0);
        // Part by part: what is planned takes much less than what is looked at to plan it.
        let mut part = |found: Vec<SourceFile>| {
            if !(sources.is_empty() && unasked.is_empty()) && should_stop() {
                return Err(Refusal::Stopped);
            }
            let (files, others): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|file: &SourceFile| is_asked(&file.path));
            unasked.extend(others);
            let plan = |file: SourceFile| {
                let (source, outputs) = planner.source(file);
                living.mark(&source.file.path, &source.tasks, &outputs);
                (source, outputs)
            };
            let planned: Vec<(SourcePlan, Outputs)> = files.into_par_iter().map(plan).collect();
            planned.into_iter().try_for_each(|(source, outputs)| {
                let outputs = conflicts.claimed(&source, outputs);
                tasks_in_all += source.tasks.len() as u64;
                sources.push(source);
                collisions.add(&outputs)
            })
        };
        let mut taken = Ok(());
        let ignored = source_store.list(&selection, &known, &mut |found| {
            taken = part(found);
            if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        taken?;
        if sources.is_empty() && unasked.is_empty() && state.has_tasks() {
            return Err(vanished(request));
        }
        if sources.is_empty() && !only.is_empty() {
            return Err(Refusal::NotFound { only: request.only.clone() });
        }
        for file in &unasked {
            let tasks = pipeline.tasks(&file.path);
            let outputs = outputs_by_name(file, &tasks);
            living.mark(&file.path, &tasks, &outputs);
            tasks_in_all += tasks.len() as u64;
            collisions.add(&conflicts.claimed_unasked(file, &tasks, outputs))?;
        }
        let there = LazyCell::new(|| {
            let paths = sources.iter().map(|source: &SourcePlan| &*source.file.path);
            paths.chain(unasked.iter().map(|file: &SourceFile| &*file.path)).collect::<HashSet<_>>()
        });
        let is_there = |path: &Path| there.contains(path);
        let orphans = living.orphans(request, output_store, &is_there, &ignored, &mut collisions);
        let groups = collisions.groups(|number| conflicts.outputs(&sources, &unasked, number));
        let mut collisions = conflicts.settle(tasks_in_all, groups, &mut sources, &unasked)?;
        collisions.retain(|Collision { first, second, .. }| is_asked(&first.source) || is_asked(&second.source));
        if let Some(limit) = request.limit {
            sources.iter_mut().fold(limit, |left, source| left - source.limit(left));
        }
        let allowance = Allowance::of(pipeline, request, state.calls(), &sources);
        Ok(Plan {
            sources,
            collisions,
            ignored,
            tasks_in_all,
            orphans,
            allowance,
            limit: request.limit,
            unrecorded: None,
            source_store,
        })
    }
}

/// Returns the refusal for a folder that had sources and has none: their outputs stay.
fn vanished(request: &Request) -> Refusal {
    Refusal::Usage {
        message: format!(
            "the input folder {} has no sources, though the manifest in {} has some",
            request.input.display(),
            request.state.display()
        ),
        hint: "is it mounted? see input.dir or --input, input.include and input.exclude".into(),
    }
}

fn globs(patterns: &[String]) -> Result<Globs, Refusal> {
    let hint = || "see input.include, input.exclude and --only".into();
    Globs::new(patterns).map_err(|error| Refusal::Usage { message: error.to_string(), hint: hint() })
}
