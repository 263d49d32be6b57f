//! Counts the tasks of a pipeline by state, from the manifest and from the files that are there.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use crate::batch::Action;
use crate::batch::Allowance;
use crate::batch::Kept;
use crate::batch::Orphans;
use crate::batch::Plan;
use crate::batch::SelectedTask;
use crate::batch::Skip;
use crate::batch::SourcePlan;
use crate::batch::StandIns;
use crate::batch::Why;
use crate::error::Class;
use crate::manifest::CallStatus;
use crate::manifest::RecordedPath;
use crate::manifest::State;
use crate::manifest::TaskOutcome;
use crate::pipeline::TaskKey;
use crate::providers::Usd;
use crate::report::because::findings_text;
use crate::report::cost::allowance_json;
use crate::report::cost::refusals_text;
use crate::report::orphans::ORPHANS;
use crate::report::orphans::orphan_list;
use crate::report::orphans::orphans_text;
use crate::report::text::clean;

/// Tasks by how they stand, of the sources that there are: each is in exactly one of `done`, `changed`, `failed`,
/// `gone` and `left`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Finished, and up to date; or left out by the pipeline's own rules.
    pub done: u64,
    /// Of these: made by older revisions, and kept.
    pub outdated: u64,
    /// Of `done`: outputs that the user changed after they were written; kept.
    pub modified: u64,
    /// Of `done`: outputs whose margins another engine filled than the first of the list.
    pub stood_in: StandIns,
    /// Of `done`: findings of rules that are not kept, by rule.
    pub findings: BTreeMap<String, u64>,
    /// Of `left`: tasks about which only the content of their sources decides, and it was not looked at.
    pub undecided: u64,
    /// Finished with other options than the pipeline's present ones, or from another source than there is now.
    pub changed: u64,
    /// Failed, by class.
    pub failed: BTreeMap<String, u64>,
    /// The same, source by source.
    pub failures: Vec<FailedSource>,
    /// Finished, with an output that is gone or damaged since.
    pub gone: u64,
    /// Neither: new, or interrupted.
    pub left: u64,
    /// Folders and files below the input that cannot be read: what lies there is unknown.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Outputs that no task makes any more.
    pub orphans: Orphans,
    /// The calls among the due ones that limits and keys let through.
    pub allowance: Allowance,
    /// Begin of the last run, and the exit code with which it ended.
    pub last_run: Option<(String, Option<u8>)>,
    /// Cost of all calls of the state folder, whichever pipeline made them; those that did not end count at their
    /// highest cost.
    pub spent: Usd,
    /// Calls whose results may still come, and calls of which it is unknown whether they were
    /// accepted.
    pub open_calls: (u64, u64),
}

/// Tasks of one source that failed for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSource {
    /// The source, relative to the input folder.
    pub source: PathBuf,
    /// The [labels](crate::pipeline::TaskKey::label) of the tasks.
    pub targets: Vec<String>,
    /// The word of the class.
    pub class: String,
    /// The message of the failure.
    pub message: String,
}

const UNKNOWN: &str = "calls are of unknown fate; --retry-unknown submits them again";

/// Most failures that are told by name on a terminal.
const FAILURES_SHOWN: usize = 50;

impl Status {
    /// Counts the tasks of a plan by their state. The plan was made of this state, and of a request that makes nothing
    /// anew.
    #[must_use]
    pub fn of(plan: Plan, state: &State) -> Self {
        let calls = state.calls();
        let count = |of: fn(&CallStatus) -> bool| {
            calls.iter().filter(|(_, call)| of(&call.status) && !calls.is_superseded(call)).count() as u64
        };
        let running = count(|status| matches!(status, CallStatus::Submitted(_)));
        let unknown = count(|status| matches!(status, CallStatus::Intended | CallStatus::Unknown(_)));
        let mut status = Status {
            spent: calls.spent(),
            open_calls: (running, unknown),
            unreadable: plan.ignored.unreadable().to_vec(),
            last_run: state.last_run().map(|run| (run.at.clone(), run.ended.map(|ended| ended.exit))),
            ..Status::default()
        };
        for (source, selected) in plan.selected() {
            status.add(source, selected, state);
        }
        (status.orphans, status.allowance) = (plan.orphans, plan.allowance);
        status
    }

    fn add(&mut self, source: &SourcePlan, SelectedTask { task, plan, .. }: SelectedTask<'_>, state: &State) {
        let key = task.key(&source.file.path);
        let (label, recorded) = (|| key.label(), || state.task(&key));
        match &plan.action {
            Action::Skip(skip) => {
                self.done += 1;
                self.outdated += u64::from(skip.is_outdated());
                self.modified += u64::from(*skip == Skip::Modified);
                skip.stood_in().into_iter().for_each(|one| self.stood_in.add(one));
                if let Skip::Done { .. } = skip {
                    for rule in state.broken_rules(&key) {
                        *self.findings.entry(rule.to_string()).or_default() += 1;
                    }
                }
            }
            Action::Known(failure) => self.fail(source, label(), failure.class.word(), &failure.message),
            Action::Fail(failure) => match recorded() {
                // The run that fails for it is yet to come. A conflict needs none to be seen.
                None | Some(TaskOutcome::Unfinished) if failure.class != Class::Conflict => self.left += 1,
                Some(TaskOutcome::Done(_)) if plan.kept == Kept::Record => self.gone += 1,
                _ => self.fail(source, label(), failure.class.word(), &failure.message),
            },
            Action::Make(make) => self.unmade(source, &key, make.why(), state),
            Action::Measure(one) => {
                let left = self.left;
                self.unmade(source, &key, &one.why, state);
                self.undecided += self.left - left;
            }
        }
    }

    /// Counts a task that is to be made.
    fn unmade(&mut self, source: &SourcePlan, key: &TaskKey<'_>, why: &Why, state: &State) {
        match (why, state.task(key)) {
            (Why::Failed(_), Some(TaskOutcome::Failed(failed)))
                if (failed.source.size, failed.source.mtime) != (source.file.stamp.size, source.file.stamp.mtime) =>
            {
                self.changed += 1;
            }
            (Why::Failed(class), Some(TaskOutcome::Failed(failed))) => {
                self.fail(source, key.label(), class.map_or("unknown", Class::word), &failed.message);
            }
            (Why::Source | Why::Options(_), _) => self.changed += 1,
            (Why::Missing | Why::Changed, _) => self.gone += 1,
            _ => self.left += 1,
        }
    }

    fn fail(&mut self, source: &SourcePlan, label: String, class: &str, message: &str) {
        *self.failed.entry(class.to_owned()).or_default() += 1;
        let path = &source.file.path;
        // The tasks of a source follow each other.
        let of_source = self.failures.iter_mut().rev().take_while(|failed| failed.source == *path);
        match of_source.into_iter().find(|failed| (&*failed.class, &*failed.message) == (class, message)) {
            Some(failed) => failed.targets.push(label),
            None => self.failures.push(FailedSource {
                source: path.clone(),
                targets: vec![label],
                class: class.to_owned(),
                message: message.to_owned(),
            }),
        }
    }

    /// Counts the failed tasks.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Tells whether a run was made and there is nothing to do, nothing failed, and nothing that cannot be read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let nothing_to_do = self.left == 0 && self.changed == 0 && self.gone == 0;
        self.last_run.is_some() && nothing_to_do && self.failed.is_empty() && self.unreadable.is_empty()
    }

    /// Returns the same as one object.
    #[must_use]
    pub fn json(&self) -> Value {
        let failure = |failed: &FailedSource| {
            json!({
                "source": RecordedPath::from(failed.source.as_path()),
                "targets": failed.targets,
                "class": failed.class,
                "message": failed.message,
            })
        };
        let mut object = json!({
            "tasks": {
                "done": self.done,
                "outdated": self.outdated,
                "changed": self.changed,
                "failed": self.failures(),
                "gone": self.gone,
                "left": self.left,
            },
            "complete": self.is_complete(),
            "modified": self.modified,
            "stood_in": self.stood_in.json(),
            "failed_by_class": self.failed,
            "failures": self.failures.iter().map(failure).collect::<Vec<_>>(),
            "unreadable": self.unreadable.len(),
            "orphans": self.orphans.count,
            "namesake": self.orphans.namesake.as_deref().map(RecordedPath::from),
            "missing_keys": allowance_json(&self.allowance).1,
            "lacks_limit": self.allowance.lacks_limit,
            "cost_usd": self.spent.dollars(),
            "calls": {"running": self.open_calls.0, "unknown": self.open_calls.1},
            "last_run": self.last_run.as_ref().map(|(at, exit)| json!({"at": at, "exit": exit})),
        });
        if !self.findings.is_empty() {
            object["findings"] = json!(self.findings);
        }
        if self.undecided > 0 {
            object["undecided"] = self.undecided.into();
        }
        if let Some(listed) = orphan_list(&self.orphans) {
            object["orphan_list"] = listed.into();
        }
        object
    }

    /// Writes what failed, what cannot be read, and why calls cannot be made, by name.
    fn names(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for FailedSource { source, targets, class, message } in self.failures.iter().take(FAILURES_SHOWN) {
            writeln!(f, "failed {} [{}] {class}: {message}", clean(source), targets.join(", "))?;
        }
        let more = self.failures.len().saturating_sub(FAILURES_SHOWN);
        if more > 0 {
            writeln!(f, "… and {more} more; status --json names all")?;
        }
        for (path, why) in &self.unreadable {
            writeln!(f, "unreadable {}: {why}", clean(path))?;
        }
        f.write_str(&refusals_text(&self.allowance))?;
        f.write_str(&orphans_text(&self.orphans))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row =
            |name: &str, count: u64, more: &str| writeln!(f, "{}", format!("{name:<8}{count:>8}  {more}").trim_end());
        row("done", self.done, "")?;
        let classes: Vec<String> = self.failed.iter().map(|(class, count)| format!("{count} {class}")).collect();
        row("failed", self.failures(), &classes.join(", "))?;
        let undecided = match self.undecided {
            0 => String::new(),
            count => format!("{count} of them decided by content, which is not looked at yet"),
        };
        row("left", self.left, &undecided)?;
        if self.gone > 0 {
            row("gone", self.gone, "finished outputs that are gone or damaged; every run tries to make them again")?;
        }
        if self.outdated > 0 {
            let what = "of the done were made by older revisions and are kept; run --refresh makes them again";
            row("outdated", self.outdated, what)?;
        }
        if self.modified > 0 {
            row("modified", self.modified, "of the done were changed by hand and are kept")?;
        }
        if self.stood_in.total() > 0 {
            let lines = self.stood_in.lines().join(", ");
            row("stood in", self.stood_in.total(), &format!("{lines}; run --refill asks again"))?;
        }
        let findings: BTreeMap<&String, &u64> = self.findings.iter().collect();
        if !findings.is_empty() {
            let count = findings.values().copied().sum();
            row("findings", count, &format!("of the done: {}", findings_text(findings)))?;
        }
        if self.changed > 0 {
            row(
                "changed",
                self.changed,
                "made with other options or of another source; the next run makes them again",
            )?;
        }
        if self.orphans.count > 0 {
            row("orphans", self.orphans.count, ORPHANS)?;
        }
        if self.spent > Usd::ZERO || self.open_calls != (0, 0) {
            let (running, unknown) = self.open_calls;
            // What is done asks for nothing, whatever became of the calls that were begun for it.
            let more = match self.is_complete() {
                true => [(running + unknown, "calls did not end, and nothing waits for them"), (0, "")],
                false => [(running, "calls are running; the next run asks for their results"), (unknown, UNKNOWN)],
            };
            let more: String = more.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("; {n} {what}")).collect();
            writeln!(f, "spent   {:>8}  USD in this state folder{more}", self.spent.to_string())?;
        }
        self.names(f)?;
        match &self.last_run {
            None => writeln!(f, "no run yet"),
            Some((at, Some(exit))) => writeln!(f, "last run {at}, exit {exit}"),
            Some((at, None)) => writeln!(f, "last run {at}, still running or killed"),
        }
    }
}
