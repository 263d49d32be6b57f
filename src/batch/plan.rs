//! What a run would do, from file names, headers and the manifest; no pixel is decoded.

use std::fmt;
use std::num::NonZeroU64;
use std::path::Path;
use std::path::PathBuf;

use rayon::iter::IntoParallelIterator;
use rayon::iter::ParallelIterator;

use crate::batch::Allowance;
use crate::batch::Orphans;
use crate::batch::Outdated;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::SourceCall;
use crate::batch::collisions::Collisions;
use crate::batch::conflicts::Conflicts;
use crate::batch::conflicts::Outputs;
use crate::batch::job::guarded;
use crate::batch::make::ALLOCATION;
use crate::batch::make::Make;
use crate::batch::orphans::Living;
use crate::batch::planner::Planner;
use crate::batch::verdict::Kept;
use crate::batch::verdict::Skip;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::error::Failure;
use crate::error::printable;
use crate::manifest::State;
use crate::options::Globs;
use crate::pipeline::Pipeline;
use crate::storage::Discovery;
use crate::storage::Ignored;
use crate::storage::Inbox;
use crate::storage::Outbox;
use crate::storage::SourceFile;
use crate::storage::absolute;

/// Every task of a run with what will become of it.
#[derive(Debug)]
pub struct Plan {
    /// The sources, in the order of their paths.
    pub sources: Vec<SourcePlan>,
    /// Tasks that would write one file, in the order of their sources; of two sources one at least is asked for.
    pub collisions: Vec<Collision>,
    /// What lies below the input and is no source.
    pub ignored: Ignored,
    /// Number of tasks of the whole pipeline, filters or not.
    pub tasks_in_all: u64,
    /// Outputs that no task makes any more.
    pub orphans: Orphans,
    /// Says what limits and keys let through of its calls.
    pub allowance: Allowance,
    /// Most outputs that the run makes of those that are to be made.
    pub limit: Option<u64>,
    /// The input folder, in which the sources were found.
    pub(super) inbox: Inbox,
}

/// One source with its tasks.
#[derive(Debug)]
pub struct SourcePlan {
    /// Path, size and time.
    pub file: SourceFile,
    /// Its header, if it had to be read and could be.
    pub header: Option<Box<Header>>,
    /// Names the format of its bytes, if they had to be looked at and it is a known one.
    pub format: Option<Format>,
    /// Names the kind of picture that it is, if it fails because no codec reads that kind.
    pub unread: Option<&'static str>,
    /// One task per asked target.
    pub tasks: Box<[TaskPlan]>,
    /// The paid calls on which those tasks depend, or may depend.
    pub calls: Box<[SourceCall]>,
    /// Most bytes of memory that making its outputs takes, one after the other, where anything
    /// is made here: what a run reserves.
    pub memory: Option<NonZeroU64>,
}

impl SourcePlan {
    /// Return its header, if it had to be read and could be.
    #[must_use]
    pub fn header(&self) -> Option<Header> {
        self.header.as_deref().copied()
    }

    /// The call from which a target's margins come, or may come.
    #[must_use]
    pub fn call_for(&self, target: usize) -> Option<&SourceCall> {
        self.calls.iter().find(|call| call.plan.targets.contains(&target))
    }

    /// Tells what stays of a target's task if it cannot be made.
    #[must_use]
    pub fn kept(&self, target: usize) -> Kept {
        self.tasks.iter().find(|task| task.target == target).map_or(Kept::Nothing, |task| task.kept)
    }
}

/// One task.
#[derive(Debug)]
pub struct TaskPlan {
    /// Index of the target in the pipeline.
    pub target: usize,
    /// What will become of it.
    pub action: Action,
    /// Says what stays of it if it cannot be made, or looked at.
    pub kept: Kept,
    /// Tells whether it fails because another task has the same output.
    pub collides: bool,
}

/// What a run does about a task.
#[derive(Debug)]
pub enum Action {
    /// Nothing: there is nothing to do.
    Skip(Skip),
    /// Nothing: it failed before, and nothing has changed since.
    Known(Box<Failure>),
    /// Record that it cannot be done, as the header shows.
    Fail(Box<Failure>),
    /// Make the output.
    Make(Box<Make>),
}

impl Action {
    /// The output that is to be made.
    pub(super) fn make(&self) -> Option<&Make> {
        if let Action::Make(make) = self { Some(make) } else { None }
    }
}

/// Two tasks that would write one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The output, relative to the output folder.
    pub output: PathBuf,
    /// Source and target of the first.
    pub first: (PathBuf, String),
    /// Source and target of the second.
    pub second: (PathBuf, String),
}

impl fmt::Display for Collision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (&self.first, &self.second);
        let shown = |path: &Path| printable(&path.to_string_lossy());
        write!(f, "{} from {}", shown(&self.output), shown(&first.0))?;
        if first.0 == second.0 {
            write!(f, " as targets {} and {}", first.1, second.1)
        } else {
            write!(f, " and from {}", shown(&second.0))
        }
    }
}

impl Plan {
    /// Plans a run against what the manifest knows. `should_stop` is asked before each part but the first: what is
    /// no more work than one step of a run is planned whatever the time.
    ///
    /// # Errors
    /// A folder that cannot be read, one without a source though the manifest has some, globs
    /// of [`Request::only`] that fit no source, or a template by which most tasks have one output;
    /// [`Refusal::Stopped`] if it should stop.
    pub(super) fn new(
        pipeline: &Pipeline,
        request: &Request,
        state: &State,
        outbox: &Outbox,
        should_stop: &dyn Fn() -> bool,
    ) -> Result<Plan, Refusal> {
        let targets = request.check(pipeline)?;
        let only = globs(&request.only)?;
        let root = absolute(&request.input);
        // Another run of the pipeline may have written beside the sources. What is read on purpose is read.
        let outputs =
            state.output_folders().iter().filter(|folder| **folder != root && folder.starts_with(&root)).cloned();
        let discovery = Discovery {
            root: request.input.clone(),
            include: globs(&pipeline.input.include)?,
            exclude: globs(&pipeline.input.exclude)?,
            follow_links: pipeline.input.follow_links,
            lists_ignored: request.lists_ignored,
            skip: outputs.into_iter().chain([absolute(&request.output), absolute(&request.state)]).collect(),
        };
        let known = |path: &Path, size, mtime| state.knows_source(path, size, mtime);
        let outdated = Outdated::of(state, pipeline);
        let inbox = request.inbox(pipeline).map_err(Refusal::Folder)?;
        let planner = Planner { pipeline, request, state, inbox: &inbox, outbox, outdated: &outdated };
        let conflicts = Conflicts { planner: &planner, targets: &targets };
        let (mut collisions, living) = (Collisions::new(&planner), Living::new(pipeline, state));
        let is_asked = |path: &Path| only.is_empty() || only.matches(path);
        let (mut sources, mut unasked) = (Vec::new(), Vec::new());
        // Part by part: what is planned takes much less than what is looked at to plan it.
        let ignored = discovery.visit(&inbox, &known, |found| {
            if !(sources.is_empty() && unasked.is_empty()) && should_stop() {
                return Err(Refusal::Stopped);
            }
            let (files, others): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|file: &SourceFile| is_asked(&file.path));
            unasked.extend(others);
            let plan = |file: SourceFile| {
                let (source, outputs) = planner.source(file, &targets);
                living.mark(&source.file.path, &outputs);
                (source, outputs)
            };
            let planned: Vec<(SourcePlan, Outputs)> = files.into_par_iter().map(plan).collect();
            planned.into_iter().try_for_each(|(source, outputs)| {
                let outputs = conflicts.claimed(&source, outputs);
                sources.push(source);
                collisions.add(&outputs)
            })
        })?;
        if sources.is_empty() && unasked.is_empty() && state.has_tasks() {
            return Err(vanished(request));
        }
        if sources.is_empty() && !only.is_empty() {
            return Err(Refusal::NotFound { only: request.only.clone() });
        }
        for file in &unasked {
            let outputs = planner.outputs_by_name(file);
            living.mark(&file.path, &outputs);
            collisions.add(&conflicts.claimed_unasked(file, outputs))?;
        }
        let orphans = living.orphans(request, outbox, &ignored, &mut collisions);
        let groups = collisions.groups(|number| conflicts.outputs(&sources, &unasked, number));
        let tasks_in_all = ((sources.len() + unasked.len()) * pipeline.targets.len()) as u64;
        let mut collisions = conflicts.settle(groups, &mut sources, &unasked)?;
        collisions.retain(|Collision { first, second, .. }| is_asked(&first.0) || is_asked(&second.0));
        let allowance = Allowance::of(pipeline, request, state.calls(), &sources);
        Ok(Plan { sources, collisions, ignored, tasks_in_all, orphans, allowance, limit: request.limit, inbox })
    }

    /// Estimates how many bytes the plan itself takes.
    pub(super) fn memory(&self) -> u64 {
        let path = |path: &Path| path.as_os_str().len() + ALLOCATION;
        let task = |task: &TaskPlan| {
            let more = match &task.action {
                Action::Make(make) => make.memory(),
                Action::Known(failure) | Action::Fail(failure) => {
                    size_of::<Failure>() + failure.message.len() + ALLOCATION
                }
                Action::Skip(_) => 0,
            };
            size_of::<TaskPlan>() + more
        };
        let source = |source: &SourcePlan| {
            let calls = source.calls.len() * size_of::<SourceCall>();
            let tasks: usize = source.tasks.iter().map(task).sum();
            let header = source.header.as_ref().map_or(0, |_| size_of::<Header>());
            (size_of::<SourcePlan>() + path(&source.file.path) + header + calls + tasks + ALLOCATION) as u64
        };
        self.sources.iter().map(source).sum()
    }

    /// Reads the header of a source anew.
    ///
    /// # Errors
    /// As [`Inbox::header`].
    pub(crate) fn header(&self, file: &SourceFile) -> Result<Header, Failure> {
        guarded("reading the header", || self.inbox.header(file))
    }

    /// Every task with its source.
    pub fn tasks(&self) -> impl Iterator<Item = (&SourcePlan, &TaskPlan)> {
        self.sources.iter().flat_map(|source| source.tasks.iter().map(move |task| (source, task)))
    }
}

/// Return why nothing is done in a folder that had sources and has none: what was made of them stays.
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
    Globs::new(patterns).map_err(|message| Refusal::Usage { message, hint: hint() })
}
