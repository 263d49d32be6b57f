//! Outputs that this pipeline wrote and that no task of it makes any more.
//!
//! Tells orphans by the whole tree and the whole pipeline: filters only say what is made. While the tree is walked,
//! every task that there is today is marked, and every output that it would write; what the
//! manifest knows beyond that is looked at on the disk.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use rayon::iter::IntoParallelIterator;
use rayon::iter::ParallelIterator;

use crate::batch::Request;
use crate::batch::collisions::Collisions;
use crate::batch::source_plan::Outputs;
use crate::manifest::RecordNumbers;
use crate::manifest::State;
use crate::pipeline::Pipeline;
use crate::pipeline::Task;
use crate::pipeline::TaskKey;
use crate::pipeline::name_of;
use crate::storage::Ignored;
use crate::storage::OutputPlace;
use crate::storage::OutputStore;

/// Part that is gone of the task that wrote an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gone {
    /// The source is no source of the pipeline any more: removed, renamed, or left out.
    Source,
    /// The pipeline has no target of this name any more.
    Target,
    /// The source and the target are there, and no such file is asked for any more: its row or its format is gone.
    Task,
    /// The task writes to another path today.
    Path,
}

impl Gone {
    /// Returns the word for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Gone::Source => "source",
            Gone::Target => "target",
            Gone::Task => "task",
            Gone::Path => "path",
        }
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Gone::Source => "its source is gone or left out",
            Gone::Target => "its target is gone",
            Gone::Task => "its row or its format is gone",
            Gone::Path => "its task writes to another path today",
        })
    }
}

/// An output that is there, and that no task makes any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The output, relative to the output folder.
    pub output: PathBuf,
    /// The task that made it.
    pub key: TaskKey<'static>,
    /// The part of its task that is gone.
    pub gone: Gone,
    /// Its size in bytes.
    pub bytes: u64,
    /// The reason for which it is not removed; none if it is removed, or the reason is not known.
    pub kept: Option<String>,
    /// The number of its claim in the state of which the plan was made.
    pub(super) number: u32,
}

/// Counts orphans, and lists them where that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Orphans {
    /// Outputs that can be removed.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Outputs that would be, but were changed by the user, or cannot be looked at or reached without a link.
    pub kept: u64,
    /// Both, in the order of their paths, if the request was to list them.
    pub listed: Option<Vec<Orphan>>,
    /// Names another file with a pipeline of the same name that wrote into this output folder: what is an orphan
    /// of one may be made by the other, so none is told.
    pub namesake: Option<PathBuf>,
}

impl Orphans {
    fn none(request: &Request) -> Self {
        Orphans { listed: request.lists_orphans.then(Vec::new), ..Orphans::default() }
    }
}

/// Marks what today's tasks have to do with the records.
pub(super) struct LiveTasks<'a> {
    pipeline: &'a Pipeline,
    traces: RecordNumbers<'a>,
    namesakes: &'a BTreeSet<PathBuf>,
    /// Tasks that there are today.
    tasks: Marks,
    /// Those of them whose outputs are not known.
    unnamed: Marks,
    /// Outputs that are written by tasks of today.
    outputs: Marks,
}

impl<'a> LiveTasks<'a> {
    pub(super) fn new(pipeline: &'a Pipeline, state: &'a State) -> Self {
        let traces = state.traces();
        let marks = || Marks::new(traces.tasks());
        let namesakes = state.namesakes();
        LiveTasks {
            pipeline,
            traces,
            namesakes,
            tasks: marks(),
            unnamed: marks(),
            outputs: Marks::new(traces.outputs()),
        }
    }

    /// Marks the tasks of a source that there is, with their outputs as far as they are known.
    pub(super) fn mark(&self, source: &Path, tasks: &[Arc<Task>], outputs: &Outputs) {
        if self.traces.outputs() == 0 {
            return;
        }
        for (task, output) in tasks.iter().zip(outputs) {
            if let Some(task) = self.traces.task(&task.key(source)) {
                self.tasks.set(task);
                if output.is_none() {
                    self.unnamed.set(task);
                }
            }
            if let Some(output) = output.as_ref().and_then(|output| self.traces.output(output)) {
                self.outputs.set(output);
            }
        }
    }

    /// Finds the orphans once all of the tree is marked. `others` are the outputs of today's tasks as the
    /// output folder takes them: what has the place of one is none. `is_there` tells of a path whether it is a
    /// source.
    pub(super) fn orphans(
        &self,
        request: &Request,
        output_store: &dyn OutputStore,
        is_there: &dyn Fn(&Path) -> bool,
        ignored: &Ignored,
        others: &mut Collisions<'_>,
    ) -> Orphans {
        let mut namesakes = self.namesakes.iter();
        if let Some(file) = namesakes.find(|file| name_of(file).as_ref() == Some(&self.pipeline.name)) {
            return Orphans { namesake: Some(file.clone()), ..Orphans::none(request) };
        }
        let is_whole = request.takes_input_of(self.pipeline);
        let may_be = |(maker, gone): &(u32, Gone)| is_whole || *gone != Gone::Source || self.may_be_there(*maker);
        let mut found: Vec<Candidate> = (0..self.traces.outputs())
            .filter_map(|number| Some((number, self.gone(number).filter(may_be)?)))
            .map(|(number, (maker, gone))| Candidate { number, maker, gone })
            .collect();
        if found.is_empty() {
            return Orphans::none(request);
        }
        let sources = self.sources(&found);
        for one in found.iter_mut().filter(|one| one.gone == Gone::Source && self.may_be_there(one.maker)) {
            if sources.get(&one.maker).is_some_and(|path| is_there(path)) {
                one.gone = Gone::Task;
            }
        }
        found.retain(|one| is_whole || one.gone != Gone::Source);
        // It is not known whether what lies in a folder that cannot be read is gone.
        let is_unseen = |source: &Path| ignored.unreadable().iter().any(|(place, _)| source.starts_with(place));
        found.retain(|one| sources.get(&one.maker).is_some_and(|path| !is_unseen(path)));
        let paths: Vec<PathBuf> = found.iter().map(|one| self.traces.path(one.number)).collect();
        let is_taken = others.hold(&paths);
        let found: Vec<(Candidate, PathBuf)> =
            found.into_iter().zip(paths).zip(is_taken).filter(|(_, taken)| !taken).map(|(one, _)| one).collect();
        let looked = found.into_par_iter().filter_map(|(one, output)| self.look(output_store, &sources, one, output));
        let mut all: Vec<Orphan> = looked.collect();
        let (removable, kept): (Vec<&Orphan>, Vec<&Orphan>) = all.iter().partition(|orphan| orphan.kept.is_none());
        let (count, bytes) = (removable.len() as u64, removable.iter().map(|orphan| orphan.bytes).sum());
        let kept = kept.len() as u64;
        all.sort_unstable_by(|one, other| one.output.cmp(&other.output));
        Orphans { count, bytes, kept, listed: request.lists_orphans.then_some(all), namesake: None }
    }

    /// Returns the task that wrote an output and the part of it that is gone; `None` if nothing is gone, or that cannot
    /// be known.
    fn gone(&self, output: u32) -> Option<(u32, Gone)> {
        if self.outputs.has(output) {
            return None;
        }
        let maker = self.traces.maker(output)?;
        let gone = match (self.tasks.has(maker), self.unnamed.has(maker)) {
            (true, true) => return None,
            (true, false) => Gone::Path,
            (false, _) => {
                let key = self.traces.key(maker, Path::new(""));
                let is_asked = |task: &Arc<Task>| *task.target == *key.target;
                match self.pipeline.usual_tasks.iter().any(is_asked) {
                    // Whether the source is gone from there is not known here.
                    true if self.traces.is_of_other_input(output) => return None,
                    true => Gone::Source,
                    false => Gone::Target,
                }
            }
        };
        Some((maker, gone))
    }

    /// Tells whether the source of a task that is gone may still be one: then its row or its format is gone. Where
    /// nothing can be said of single sources, a source has the usual tasks.
    fn may_be_there(&self, maker: u32) -> bool {
        let key = self.traces.key(maker, Path::new(""));
        self.pipeline.has_variants() || key.row.is_some() || key.encoding.is_some()
    }

    /// Returns the sources of their tasks, by the tasks' numbers.
    fn sources(&self, found: &[Candidate]) -> HashMap<u32, PathBuf> {
        let wanted = Marks::new(self.traces.tasks());
        found.iter().for_each(|one| wanted.set(one.maker));
        self.traces.sources(|task| wanted.has(task)).collect()
    }

    /// Looks at an output; none if it is not there.
    fn look(
        &self,
        output_store: &dyn OutputStore,
        sources: &HashMap<u32, PathBuf>,
        Candidate { number, maker, gone }: Candidate,
        output: PathBuf,
    ) -> Option<Orphan> {
        let written = self.traces.finished(number);
        let (bytes, kept) = match output_store.stat_removable(&output) {
            // A folder or a link is none of our outputs.
            Ok(OutputPlace::Empty | OutputPlace::Other) => return None,
            Err(failure) => (0, Some(failure.message)),
            Ok(OutputPlace::File(found)) => {
                let is_same = written.is_some_and(|written| written.looks_like(&found));
                let is_by_us = || output_store.hash(&output).is_ok_and(|hash| self.traces.is_by_us(number, hash));
                let is_adopted = self.traces.is_adopted(number);
                let why = if is_adopted { Some(ADOPTED) } else { (!is_same && !is_by_us()).then_some(CHANGED) };
                (found.size, why.map(str::to_owned))
            }
        };
        let key = self.traces.key(maker, sources.get(&maker)?).into_owned();
        // What was begun and never finished, and is not what was begun, is a file of the user's.
        let is_foreign = written.is_none() && kept.is_some();
        (!is_foreign).then_some(Orphan { output, key, gone, bytes, kept, number })
    }
}

/// Reason for which an output stays that may be the user's own.
const ADOPTED: &str = "it was there before and was adopted, not written";

/// Reason for which an output stays that the user changed.
pub(super) const CHANGED: &str = "it was changed since it was written";

/// An output that may be an orphan, by the numbers of its claim and of its task.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    number: u32,
    maker: u32,
    gone: Gone,
}

/// A mark for each number, to be set by any number of threads.
struct Marks(Vec<AtomicU64>);

impl Marks {
    fn new(count: u32) -> Self {
        Marks((0..count.div_ceil(u64::BITS)).map(|_| AtomicU64::new(0)).collect())
    }

    // Nothing else depends on a mark, and all are set before any is looked at.
    fn set(&self, number: u32) {
        self.0[(number / u64::BITS) as usize].fetch_or(1 << (number % u64::BITS), Ordering::Relaxed);
    }

    fn has(&self, number: u32) -> bool {
        self.0[(number / u64::BITS) as usize].load(Ordering::Relaxed) >> (number % u64::BITS) & 1 == 1
    }
}
