//! What the manifest says about a pipeline.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use crate::batch::Outdated;
use crate::batch::StandIn;
use crate::batch::StandIns;
use crate::codecs::Format;
use crate::engines::remote::Usd;
use crate::error::Class;
use crate::manifest::CallStatus;
use crate::manifest::Outcome;
use crate::manifest::State;
use crate::options::Globs;
use crate::pipeline::Pipeline;
use crate::storage::Inbox;

/// Tasks by what became of them, as the manifest knows it. The input folder is not walked through; of
/// what a run would make again it is looked whether its source is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Finished with the pipeline's present options.
    pub done: u64,
    /// Of these: made by older revisions, and kept.
    pub outdated: u64,
    /// Of `done`: outputs whose margins another engine filled than the first of the list.
    pub stood_in: StandIns,
    /// Finished with other options than the pipeline's present ones.
    pub changed: u64,
    /// Failed, by class.
    pub failed: BTreeMap<String, u64>,
    /// Finished with an output that was gone in the last run, and could not be made again.
    pub gone: u64,
    /// Neither, as far as the last run's count of tasks goes.
    pub left: u64,
    /// When the last run began and how it ended.
    pub last_run: Option<(String, Option<u8>)>,
    /// What all calls of the state folder cost, whichever pipeline made them; those that did
    /// not end count at their highest cost.
    pub spent: Usd,
    /// Calls whose results may still come, and calls of which nobody knows whether they were
    /// accepted.
    pub open_calls: (u64, u64),
}

const UNKNOWN: &str = "calls are of unknown fate; --retry-unknown submits them again";

impl Status {
    /// The status of a pipeline.
    #[must_use]
    pub fn of(state: &State, pipeline: &Pipeline) -> Self {
        let calls = state.calls();
        let count = |of: fn(&CallStatus) -> bool| {
            calls.iter().filter(|(_, call)| of(&call.status) && !calls.is_superseded(call)).count() as u64
        };
        let running = count(|status| matches!(status, CallStatus::Submitted(_)));
        let unknown = count(|status| matches!(status, CallStatus::Intended | CallStatus::Unknown(_)));
        let mut status = Status { spent: calls.spent(), open_calls: (running, unknown), ..Status::default() };
        let outdated = Outdated::of(state, pipeline);
        let mut sources = Sources::of(pipeline);
        for (source, target, outcome) in state.tasks() {
            // What is no longer asked for is neither done nor left.
            let Some(index) = pipeline.targets.iter().position(|known| known.name == target) else { continue };
            match outcome {
                Outcome::Done(done) if done.fingerprint == pipeline.targets[index].fingerprint.finished => {
                    status.done += 1;
                    let engines = &pipeline.targets[index].recipe.engines;
                    let stood_in = StandIn::of(done.engine.as_deref(), engines, done.reason.as_deref());
                    stood_in.filter(|_| sources.has(&source)).iter().for_each(|one| status.stood_in.add(one));
                    let newer = outdated.newer(index, done.made_by, &source, || sources.format(&source));
                    status.outdated += u64::from(newer.is_some() && sources.has(&source));
                }
                Outcome::Done(_) => status.changed += u64::from(sources.has(&source)),
                Outcome::Failed(failed) => {
                    let class = failed.class.map_or("unknown", Class::word);
                    *status.failed.entry(class.to_owned()).or_default() += 1;
                }
                Outcome::Unfinished => {}
            }
        }
        let Some(run) = state.last_run() else { return status };
        // As the records have it they are done.
        status.gone = run.ended.map_or(0, |ended| ended.totals.gone).min(status.done);
        status.last_run = Some((run.at.clone(), run.ended.map(|ended| ended.exit)));
        status.left = run.tasks.saturating_sub(status.done + status.failures());
        // A whole run that left nothing has seen every source; what the records alone say may be of
        // sources that are gone. What a run left to be made again is done all the same.
        let whole = run.ended.map(|ended| ended.totals).filter(|totals| totals.total == run.tasks && totals.left == 0);
        if let Some(totals) = whole.filter(|_| status.changed == 0) {
            status.done = totals.done + totals.skipped + status.gone;
            status.left = 0;
            status.outdated = status.outdated.min(status.done);
            if totals.failed + totals.known_failed == status.gone {
                status.failed.clear();
            }
        }
        status.done -= status.gone;
        status
    }

    /// Number of failed tasks.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Tells whether a run was made and nothing is left or failed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.last_run.is_some() && self.left == 0 && self.changed == 0 && self.gone == 0 && self.failed.is_empty()
    }

    /// The same as one object.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "tasks": {
                "done": self.done,
                "outdated": self.outdated,
                "changed": self.changed,
                "failed": self.failures(),
                "gone": self.gone,
                "left": self.left,
            },
            "stood_in": self.stood_in.json(),
            "failed_by_class": self.failed,
            "cost_usd": self.spent.dollars(),
            "calls": {"running": self.open_calls.0, "unknown": self.open_calls.1},
            "last_run": self.last_run.as_ref().map(|(at, exit)| json!({"at": at, "exit": exit})),
        })
    }
}

/// Says which sources are part of the pipeline. The tasks of one follow each other.
struct Sources<'a> {
    pipeline: &'a Pipeline,
    /// What is part of it, and what is left out; nothing if the patterns cannot be read, which a run says.
    include: Globs,
    exclude: Globs,
    /// The input folder, if it can be opened.
    inbox: Option<Inbox>,
    last: Option<(PathBuf, bool)>,
}

impl<'a> Sources<'a> {
    fn of(pipeline: &'a Pipeline) -> Self {
        let globs = |patterns: &[String]| Globs::new(patterns).unwrap_or_default();
        let (include, exclude) = (globs(&pipeline.input.include), globs(&pipeline.input.exclude));
        let input = &pipeline.input;
        let inbox = input.dir.as_ref().and_then(|dir| Inbox::open(dir, input.follow_links).ok());
        Sources { pipeline, include, exclude, inbox, last: None }
    }

    /// Return of which format a source is, from its bytes or, if it is not there, from its name.
    fn format(&self, source: &Path) -> Option<Format> {
        let looked_at = self.inbox.as_ref().and_then(|inbox| inbox.format(source));
        looked_at.or_else(|| Format::of_name(source))
    }

    /// Tells whether a source is there and not excluded. Without an input folder nobody knows, and it is.
    fn has(&mut self, source: &Path) -> bool {
        if let Some((_, is_there)) = self.last.as_ref().filter(|(last, _)| last == source) {
            return *is_there;
        }
        let folder = self.pipeline.input.dir.as_ref().filter(|folder| folder.is_dir());
        let is_gone =
            |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        let looked = folder.map(|folder| folder.join(source).symlink_metadata());
        let is_asked = self.include.is_empty() || self.include.matches(source);
        let is_there =
            is_asked && !self.exclude.matches(source) && !matches!(looked, Some(Err(error)) if is_gone(&error));
        self.last = Some((source.to_owned(), is_there));
        is_there
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((at, exit)) = &self.last_run else {
            return writeln!(f, "no run yet");
        };
        writeln!(f, "done    {:>8}", self.done)?;
        let classes: Vec<String> = self.failed.iter().map(|(class, count)| format!("{count} {class}")).collect();
        writeln!(f, "failed  {:>8}  {}", self.failures(), classes.join(", "))?;
        writeln!(f, "left    {:>8}", self.left)?;
        if self.gone > 0 {
            writeln!(f, "gone    {:>8}  finished outputs that the last run could not make again", self.gone)?;
        }
        if self.outdated > 0 {
            let what = "of the done were made by older revisions and are kept; run --refresh makes them again";
            writeln!(f, "outdated{:>8}  {what}", self.outdated)?;
        }
        if self.stood_in.total() > 0 {
            let lines = self.stood_in.lines().join(", ");
            writeln!(f, "stood in{:>8}  {lines}; run --refill asks again", self.stood_in.total())?;
        }
        if self.changed > 0 {
            writeln!(f, "changed {:>8}  made with other options; the next run makes them again", self.changed)?;
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
        match exit {
            Some(exit) => writeln!(f, "last run {at}, exit {exit}"),
            None => writeln!(f, "last run {at}, still running or killed"),
        }
    }
}
