//! Tasks that would write one file: those of which none can be preferred fail, and nothing else does.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::batch::Action;
use crate::batch::Collision;
use crate::batch::Due;
use crate::batch::Refusal;
use crate::batch::Skip;
use crate::batch::SourcePlan;
use crate::batch::collisions::OutputClaim;
use crate::batch::planned_outputs::outputs_by_name;
use crate::batch::planner::Planner;
use crate::batch::source_plan::Outputs;
use crate::batch::why::Kept;
use crate::error::Class;
use crate::error::Failure;
use crate::error::printable;
use crate::manifest::TaskOutcome;
use crate::pipeline::Task;
use crate::storage::SourceFile;

/// From this many colliding tasks on, if they are more than half of all, it is the template that is wrong.
const TEMPLATE_FAULT: usize = 20;

/// Decides about tasks with one output. Sources are numbered: those that are asked for, then all others,
/// because two runs with other filters must not overwrite each other's outputs.
pub(super) struct Conflicts<'a> {
    pub(super) planner: &'a Planner<'a>,
}

impl Conflicts<'_> {
    /// Leaves the outputs of a planned source that it writes or has written: a task that fails before claims
    /// nothing.
    pub(super) fn claimed(&self, source: &SourcePlan, mut outputs: Outputs) -> Outputs {
        for (index, (task, output)) in source.tasks.iter().zip(&mut outputs).enumerate() {
            let has_made = |output: &Option<PathBuf>| self.has_made(&source.file.path, task, output.as_deref());
            let claims = match source.plan(index) {
                None => self.claims_by_record(&source.file, task, output.as_deref()),
                Some(plan) => match &plan.action {
                    Action::Make(_) | Action::Measure(_) | Action::Skip(Skip::Done { .. } | Skip::Modified) => true,
                    Action::Skip(Skip::Rule(_)) => false,
                    Action::Known(_) => has_made(output),
                    Action::Fail(_) => plan.kept != Kept::Nothing || has_made(output),
                },
            };
            if !claims {
                *output = None;
            }
        }
        outputs
    }

    /// Tells whether a task was the last to finish an output. It keeps it while its source cannot be read: that
    /// may be mended, and until then the file shows that source.
    fn has_made(&self, source: &Path, task: &Task, output: Option<&Path>) -> bool {
        let traces = self.planner.state.traces();
        let task = traces.task(&task.key(source));
        let output = output.and_then(|output| traces.output(output));
        let made = |output| traces.finished(output).is_some() && traces.maker(output) == task;
        task.is_some() && output.is_some_and(made)
    }

    /// Returns the same of a source that is not asked for, of which the manifest alone is known, and its outputs by
    /// name.
    pub(super) fn claimed_unasked(&self, file: &SourceFile, tasks: &[Arc<Task>], mut outputs: Outputs) -> Outputs {
        for (task, output) in tasks.iter().zip(&mut outputs) {
            if !self.claims_by_record(file, task, output.as_deref()) {
                *output = None;
            }
        }
        outputs
    }

    /// Tells whether a task that is not asked for claims its output, by what is recorded of it.
    fn claims_by_record(&self, file: &SourceFile, task: &Task, output: Option<&Path>) -> bool {
        output.is_some()
            && match self.planner.state.task(&task.key(&file.path)) {
                Some(TaskOutcome::Failed(failed)) => {
                    let fails_again = failed.source.fits(&file.stamp) && failed.class.is_some_and(Class::is_permanent);
                    !fails_again || self.has_made(&file.path, task, output)
                }
                _ => true,
            }
    }

    /// Returns the outputs of the source with this number once more, as [`Outputs`] of its tasks. Numbers from
    /// `sources.len()` on are those of `unasked`.
    pub(super) fn outputs(&self, sources: &[SourcePlan], unasked: &[SourceFile], number: usize) -> Outputs {
        match sources.get(number) {
            Some(source) => self.claimed(source, self.planner.outputs(source)),
            None => {
                let file = &unasked[number - sources.len()];
                let tasks = self.planner.pipeline.tasks(&file.path);
                self.claimed_unasked(file, &tasks, outputs_by_name(file, &tasks))
            }
        }
    }

    /// Lets the tasks of these groups fail, and returns them.
    ///
    /// Of several tasks with one output, the one that has made it keeps it; where none has, none is made.
    ///
    /// # Errors
    /// If most of `all` tasks of the pipeline collide.
    pub(super) fn settle(
        &self,
        all: u64,
        groups: Vec<Vec<OutputClaim>>,
        sources: &mut [SourcePlan],
        unasked: &[SourceFile],
    ) -> Result<Vec<Collision>, Refusal> {
        let (mut collisions, mut colliding) = (Vec::new(), 0);
        for group in groups {
            let named: Vec<Named> = group.into_iter().map(|claim| self.named(sources, unasked, claim)).collect();
            collisions.extend(named.windows(2).map(|pair| collision(&pair[0], &pair[1])));
            let owner = named.iter().position(|named| self.owns(named));
            // What is made and stays is no fault of the template's.
            colliding += named.len() - usize::from(owner.is_some());
            for (at, task) in named.iter().enumerate().filter(|&(at, _)| Some(at) != owner) {
                let others = || named.iter().enumerate().filter(|&(other, _)| other != at).map(|(_, other)| other);
                let elsewhere = others().find(|other| other.claim.source != task.claim.source);
                let other = owner.map(|owner| &named[owner]).or(elsewhere).or_else(|| others().next());
                if let (Some(source), Some(other)) = (sources.get_mut(task.claim.source), other) {
                    let is_same_source = other.claim.source == task.claim.source;
                    fail(source, task.claim.task, failure(other, is_same_source, owner.is_some()));
                }
            }
        }
        if colliding >= TEMPLATE_FAULT && 2 * colliding as u64 > all {
            return Err(Refusal::Collisions(collisions));
        }
        Ok(collisions)
    }

    fn named(&self, sources: &[SourcePlan], unasked: &[SourceFile], claim: OutputClaim) -> Named {
        let file = sources.get(claim.source).map(|source| &source.file);
        let file = file.unwrap_or_else(|| &unasked[claim.source - sources.len()]);
        let task = Arc::clone(&self.planner.pipeline.tasks(&file.path)[claim.task]);
        Named { source: file.path.clone(), task, claim }
    }

    /// Tells whether a task has made the output that stands there.
    fn owns(&self, Named { source, task, claim }: &Named) -> bool {
        self.has_made(source, task, Some(&claim.output))
    }
}

/// A claim with the names of its task.
struct Named {
    source: PathBuf,
    task: Arc<Task>,
    claim: OutputClaim,
}

fn collision(first: &Named, second: &Named) -> Collision {
    let task = |named: &Named| named.task.key(&named.source).into_owned();
    Collision { output: second.claim.output.clone(), first: task(first), second: task(second) }
}

fn failure(other: &Named, is_same_source: bool, is_made: bool) -> Failure {
    let shown = |path: &Path| printable(&path.to_string_lossy());
    let label = other.task.key(&other.source).label();
    let other = if is_same_source {
        format!("target {label} of the same source")
    } else {
        format!("{} [{label}]", shown(&other.source))
    };
    let fate = if is_made { "which is made and stays" } else { "and neither is made" };
    let message = format!("its output is that of {other}, {fate}; rename one, or tell them apart in output.path");
    Failure::new(Class::Conflict, message)
}

/// Lets a task fail, and asks for no call that only it would need.
fn fail(source: &mut SourcePlan, index: usize, failure: Failure) {
    if let Some(plan) = &mut source.plans[index] {
        (plan.action, plan.collides) = (Action::Fail(failure.into()), true);
    }
    let plans = &source.plans;
    let is_made = |index: usize| plans[index].as_ref().is_some_and(|plan| plan.action.make().is_some());
    for call in &mut source.calls {
        if !call.plan.members.iter().any(|&index| is_made(index)) {
            call.due = Due::No;
        }
    }
}
