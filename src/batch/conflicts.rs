//! Tasks that would write one file: those of which none can be preferred fail, and nothing else does.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;

use crate::batch::Action;
use crate::batch::Collision;
use crate::batch::Due;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::Skip;
use crate::batch::SourcePlan;
use crate::batch::request::absolute;
use crate::batch::verdict::Kept;
use crate::error::Class;
use crate::error::Failure;
use crate::error::printable;
use crate::manifest::Outcome;
use crate::manifest::State;
use crate::pipeline::Pipeline;
use crate::storage::Outbox;
use crate::storage::RealPlaces;
use crate::storage::SourceFile;

/// The output paths of a source, one place for each target of the pipeline; none where it is
/// not known, or where there is nothing to write.
pub(super) type Outputs = Vec<Option<PathBuf>>;

/// From this many colliding tasks on, if they are more than half of all, it is the template that is wrong.
const TEMPLATE_FAULT: usize = 20;

/// A task: the places of its source and of its target.
type Task = (usize, usize);

/// All tasks of a pipeline, whether a run is asked for them or not: two runs with other filters must
/// not overwrite each other's outputs.
pub(super) struct Claims<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) request: &'a Request,
    pub(super) state: &'a State,
    pub(super) outbox: &'a Outbox,
    /// The sources that are asked for, and what they would write; behind them the same of all others.
    pub(super) outputs: &'a [Outputs],
    pub(super) unasked: &'a [SourceFile],
}

impl Claims<'_> {
    /// Lets the tasks fail that would write what another one writes, and returns who they are.
    ///
    /// Of several tasks with one output, the one that has made it keeps it; where none has, none is made.
    ///
    /// # Errors
    /// If most tasks of the pipeline collide, or an output would lie in the state folder.
    pub(super) fn settle(&self, sources: &mut [SourcePlan]) -> Result<Vec<Collision>, Refusal> {
        let groups = self.groups(sources)?;
        let colliding: usize = groups.iter().map(Vec::len).sum();
        let all = self.outputs.len() * self.pipeline.targets.len();
        let collisions: Vec<Collision> = groups
            .iter()
            .flat_map(|group| group.windows(2).map(|pair| self.collision(sources, pair[0], pair[1])))
            .collect();
        if colliding >= TEMPLATE_FAULT && 2 * colliding > all {
            return Err(Refusal::Collisions(collisions));
        }
        for group in &groups {
            let owner = group.iter().copied().find(|&task| self.owns(sources, task));
            for &task in group.iter().filter(|&&task| Some(task) != owner) {
                let others = || group.iter().copied().filter(|&other| other != task);
                let other = owner.or_else(|| others().find(|other| other.0 != task.0)).or_else(|| others().next());
                let Some(other) = other else { continue };
                let failure = self.failure(sources, task, other, owner.is_some());
                if let Some(source) = sources.get_mut(task.0) {
                    fail(source, task.1, failure);
                }
            }
        }
        Ok(collisions)
    }

    /// Finds the tasks that have an output in common.
    fn groups(&self, sources: &[SourcePlan]) -> Result<Vec<Vec<Task>>, Refusal> {
        let state = self.state_below_outputs();
        let claimed = self.outputs.iter().enumerate().flat_map(|(source, outputs)| {
            let named = outputs.iter().enumerate();
            named.filter_map(move |(target, output)| Some((output.as_deref()?, (source, target))))
        });
        let claimed = claimed.filter(|&(_, task)| self.claims(sources, task));
        let mut first: HashMap<Cow<'_, OsStr>, Task> = HashMap::with_capacity(self.outputs.len());
        let mut groups: BTreeMap<Task, Vec<Task>> = BTreeMap::new();
        // A link in the output folder may lead two names to one place.
        let mut places = RealPlaces::new(self.outbox);
        for (output, task) in claimed {
            let output = places.of(output);
            if state.as_ref().is_some_and(|state| output.starts_with(state)) {
                return Err(Refusal::Usage {
                    message: format!("the output {} lies in the state folder", output.display()),
                    hint: "choose another output.path or output.state".into(),
                });
            }
            let first = *first.entry(without_case(output)).or_insert(task);
            if first != task {
                groups.entry(first).or_insert_with(|| vec![first]).push(task);
            }
        }
        Ok(groups.into_values().collect())
    }

    /// Tells whether a task writes to its output, or has: one that fails before claims nothing.
    fn claims(&self, sources: &[SourcePlan], (source, target): Task) -> bool {
        let planned = |source: &SourcePlan| {
            let task = source.tasks.iter().find(|task| task.target == target)?;
            Some(match &task.action {
                Action::Make(_) | Action::Skip(Skip::Done { .. } | Skip::Modified) => true,
                Action::Skip(Skip::Rule(_)) | Action::Known(_) => false,
                Action::Fail(_) => task.kept != Kept::Nothing,
            })
        };
        if let Some(claims) = sources.get(source).and_then(planned) {
            return claims;
        }
        let file = self.file(sources, source);
        match self.state.task(&file.path, &self.pipeline.targets[target].name) {
            Some(Outcome::Failed(failed)) => {
                let is_same = failed.size == file.size && failed.mtime == file.mtime;
                !(is_same && failed.class.is_some_and(Class::is_permanent))
            }
            _ => true,
        }
    }

    /// Tells whether a task has made the output that stands there.
    fn owns(&self, sources: &[SourcePlan], (source, target): Task) -> bool {
        let (path, name) = (&self.file(sources, source).path, &self.pipeline.targets[target].name);
        let Some(Outcome::Done(done)) = self.state.task(path, name) else { return false };
        let is_there = self.outputs[source][target].as_deref() == Some(&*done.output);
        // Of several that once made it, the last one.
        is_there && self.state.claim(&done.output).is_some_and(|claim| claim.written == Some(done.written))
    }

    fn file<'f>(&'f self, sources: &'f [SourcePlan], source: usize) -> &'f SourceFile {
        sources.get(source).map_or_else(|| &self.unasked[source - sources.len()], |source| &source.file)
    }

    fn collision(&self, sources: &[SourcePlan], first: Task, second: Task) -> Collision {
        let named = |(source, target): Task| {
            (self.file(sources, source).path.clone(), self.pipeline.targets[target].name.clone())
        };
        let output = self.outputs[second.0][second.1].clone().unwrap_or_default();
        Collision { output, first: named(first), second: named(second) }
    }

    fn failure(&self, sources: &[SourcePlan], task: Task, other: Task, is_made: bool) -> Failure {
        let shown = |path: &Path| printable(&path.to_string_lossy());
        let target = &self.pipeline.targets[other.1].name;
        let other = if task.0 == other.0 {
            format!("target {target} of the same source")
        } else {
            format!("{} [{target}]", shown(&self.file(sources, other.0).path))
        };
        let message = if is_made {
            format!(
                "its output is that of {other}, which is made and stays; rename one, or tell them apart in output.path"
            )
        } else {
            format!("its output is that of {other}, and neither is made; rename one, or tell them apart in output.path")
        };
        Failure::new(Class::Conflict, message)
    }

    /// The path of the state folder relative to the output folder, if it lies below or above.
    fn state_below_outputs(&self) -> Option<PathBuf> {
        let (root, state) = (self.outbox.root(), absolute(&self.request.state));
        if root.starts_with(&state) {
            return Some(PathBuf::new());
        }
        state.strip_prefix(root).map(Path::to_owned).ok()
    }
}

/// Lets a task fail, and asks for no call that only it would need.
fn fail(source: &mut SourcePlan, target: usize, failure: Failure) {
    for task in source.tasks.iter_mut().filter(|task| task.target == target) {
        task.action = Action::Fail(failure.clone());
    }
    let tasks = &source.tasks;
    let is_made = |target: usize| tasks.iter().any(|task| task.target == target && task.action.make().is_some());
    for call in &mut source.calls {
        if !call.plan.targets.iter().any(|&target| is_made(target)) {
            call.due = Due::No;
        }
    }
}

/// What file systems without case take for the same name. Rendered paths are all written in the
/// same way, so their bytes can be compared.
fn without_case(path: Cow<'_, Path>) -> Cow<'_, OsStr> {
    match path {
        _ if cfg!(any(target_os = "macos", windows)) => Cow::Owned(path.to_string_lossy().to_lowercase().into()),
        Cow::Borrowed(path) => Cow::Borrowed(path.as_os_str()),
        Cow::Owned(path) => Cow::Owned(path.into()),
    }
}
