//! Removes outputs that no task makes any more.
//!
//! A file is removed first and recorded then: what a kill leaves unrecorded is gone, and an output that is not
//! there is no orphan.

use std::path::PathBuf;

use rayon::iter::IntoParallelIterator;
use rayon::iter::ParallelIterator;

use crate::batch::Orphan;
use crate::batch::Plan;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::exit;
use crate::batch::look::look;
use crate::batch::measured::Measured;
use crate::batch::orphans::CHANGED;
use crate::batch::run::pool;
use crate::batch::run_record::broken;
use crate::batch::run_record::run_name;
use crate::batch::run_record::run_started;
use crate::error::Error;
use crate::error::printable;
use crate::manifest::Journal;
use crate::manifest::Record;
use crate::manifest::RunEnded;
use crate::manifest::RunStarted;
use crate::manifest::State;
use crate::manifest::Synced;
use crate::manifest::Totals;
use crate::pipeline::Pipeline;
use crate::storage::OutputStore;
use crate::storage::Removal;

/// Outputs that were removed, or would be, and those that stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pruned {
    /// Outputs that were removed, or would be, in the order of their paths.
    pub removed: Vec<Orphan>,
    /// Outputs that stay, each with [the reason](Orphan::kept): the user changed them, or a link is on the way.
    pub kept: Vec<Orphan>,
    /// Outputs that could not be read or removed.
    pub failed: Vec<Orphan>,
    /// Folders and files below the input that could not be read: what was made of what lies there stays.
    pub unreadable: Vec<(PathBuf, String)>,
    /// The error that ended it early, if the manifest could not be written.
    pub stopped: Option<String>,
}

impl Pruned {
    /// Returns the exit code.
    #[must_use]
    pub fn exit(&self) -> u8 {
        match (&self.stopped, self.failed.is_empty()) {
            (Some(_), _) => exit::UNEXPECTED,
            (None, false) => exit::FAILED,
            (None, true) => exit::DONE,
        }
    }

    /// Moves outputs whose bytes are not those that were written to the kept ones, whatever their size and time say: a
    /// prune that removes compares bytes, too.
    fn compared(mut self, state: &State, output_store: &dyn OutputStore) -> Self {
        let compare = |orphan: Orphan| {
            let is_by_us = output_store.hash(&orphan.output).map(|hash| state.traces().is_by_us(orphan.number, hash));
            (orphan, is_by_us)
        };
        let compared: Vec<_> = std::mem::take(&mut self.removed).into_par_iter().map(compare).collect();
        for (orphan, is_by_us) in compared {
            match is_by_us {
                Ok(true) => self.removed.push(orphan),
                Ok(false) => self.kept.push(Orphan { kept: Some(CHANGED.to_owned()), ..orphan }),
                Err(failure) => self.failed.push(Orphan { kept: Some(failure.message), ..orphan }),
            }
        }
        self.kept.sort_unstable_by(|one, other| one.output.cmp(&other.output));
        self
    }

    fn of(plan: Plan) -> Self {
        let (kept, removed) = plan.orphans.listed.unwrap_or_default().into_iter().partition(|one| one.kept.is_some());
        Pruned { removed, kept, unreadable: plan.ignored.unreadable().to_vec(), ..Pruned::default() }
    }
}

/// Removes the outputs of this pipeline that no task of it makes any more, whatever the request is limited to; with
/// `is_dry` it only says which. Each is compared by its content first, and what the user changed stays.
///
/// # Errors
/// Returns why nothing was begun, as for a run: among others if another run holds the lock, or if there is no
/// source though the manifest has some.
pub fn prune(pipeline: &Pipeline, request: &Request, is_dry: bool) -> Result<Pruned, Error> {
    let request = &Request { only: Vec::new(), targets: Vec::new(), lists_orphans: true, ..request.clone() };
    // Where there is no state folder nothing was ever made, and none is made.
    if is_dry || !request.state.is_dir() {
        let (plan, state) = look(pipeline, request)?;
        check_name(&plan)?;
        let output_store = request.outbox_as_it_is();
        return Ok(pool(request)?.install(|| Pruned::of(plan).compared(&state, &*output_store)));
    }
    request.check(pipeline)?;
    let pool = pool(request)?;
    let output_store = request.outbox_as_it_is();
    let opened = pool.install(|| Journal::open(&request.state, request.scope(pipeline)));
    let (journal, state) = opened.map_err(Refusal::Manifest)?;
    output_store.probe();
    let plan =
        pool.install(|| Plan::new(pipeline, request, &state, &*output_store, &Measured::default(), &|| false))?;
    check_name(&plan)?;
    let mut pruned = Pruned::of(plan);
    if !pruned.removed.is_empty() {
        remove(&mut pruned, (pipeline, request, &state), &*output_store, journal);
    }
    Ok(pruned)
}

/// Makes sure that no other pipeline makes what this one does not.
fn check_name(plan: &Plan) -> Result<(), Refusal> {
    let Some(file) = &plan.orphans.namesake else { return Ok(()) };
    Err(Refusal::Usage {
        message: format!(
            "the pipeline in {} has the same name, and wrote into this output folder: nothing tells their outputs apart",
            printable(&file.to_string_lossy())
        ),
        hint: "give each its own `name`, or remove the file if it is of no use any more".into(),
    })
}

/// Removes what is to be removed, folder by folder, and records it.
fn remove(
    pruned: &mut Pruned,
    (pipeline, request, state): (&Pipeline, &Request, &State),
    output_store: &dyn OutputStore,
    journal: Journal,
) {
    let run = run_name();
    let tasks = state.last_run().map_or(0, |run| run.tasks);
    let started = RunStarted { prune: true, ..run_started((pipeline, request), state.moved_from(), &run, tasks) };
    let mut recorded = journal.append(&Record::RunStarted(started));
    let asked = std::mem::take(&mut pruned.removed);
    for folder in asked.chunk_by(|one, other| one.output.parent() == other.output.parent()) {
        if recorded.is_err() {
            break;
        }
        let before = pruned.removed.len();
        folder.iter().for_each(|orphan| remove_one(pruned, state, output_store, orphan));
        let removed = &pruned.removed[before..];
        if let Some(first) = removed.first() {
            output_store.sync_removals(&first.output);
            let removed = removed.iter().map(|orphan| orphan.output.as_path().into()).collect();
            recorded = journal.append(&Record::Synced(Synced { through: 0, removed }));
        }
    }
    // A program that reads the end of it as that of a run finds there what the last run said.
    let ended = RunEnded {
        run: run.as_str().into(),
        exit: pruned.exit(),
        totals: Totals::default(),
        useless: state.useless().to_vec(),
    };
    let ended = recorded.and_then(|()| journal.close(ended));
    pruned.stopped = ended.err().map(|error| broken(&error).sentence());
}

fn remove_one(pruned: &mut Pruned, state: &State, output_store: &dyn OutputStore, orphan: &Orphan) {
    let kept = |why: String| Orphan { kept: Some(why), ..orphan.clone() };
    match output_store.remove(&orphan.output, &|hash| state.traces().is_by_us(orphan.number, hash)) {
        // What another removed meanwhile is gone as well.
        Ok(Removal::Removed | Removal::Missing) => pruned.removed.push(orphan.clone()),
        Ok(Removal::Changed) => pruned.kept.push(kept(CHANGED.to_owned())),
        Err(failure) => pruned.failed.push(kept(failure.message)),
    }
}
