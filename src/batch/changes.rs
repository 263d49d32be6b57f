//! Compares what a finished output was asked for with what is asked for today.
//!
//! Nearly always that takes no look at the source: the options are the same, or the same but for some that the
//! program knows since. Where others differ, what acts on this one output decides, which follows from the header.

use std::collections::HashMap;
use std::hash::Hash;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::RwLock;

use serde_json::Value;

use crate::analysis::Measures;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::locks::read;
use crate::locks::write;
use crate::manifest::FinishedTask;
use crate::manifest::State;
use crate::pipeline::Acting;
use crate::pipeline::Decided;
use crate::pipeline::Names;
use crate::pipeline::Task;
use crate::pipeline::decide;
use crate::stages::OutputFormat;

/// Options that differ, one line each; an option that was not recorded has no line.
pub(super) type Lines = Arc<[String]>;

/// Result of comparing the recorded options of an output with today's.
pub(super) enum Change {
    /// It is, whatever the source.
    Nothing,
    /// It is, though options differ: none of them acts on it.
    NothingThatActs,
    /// It is not; the lines say what differs.
    Options(Lines),
    /// The source, on which it depends, cannot be looked at.
    Unseen(Failure),
}

/// Most answers that are kept of what depends on the header.
const MOST_KEPT: usize = 4096;

/// Keeps results for reuse: there are few different options, and many pictures have the same header.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// By the names of recorded options and today's.
    pairs: Kept<(Digest, Digest), Arc<Pair>>,
    /// By the name of today's options, and the header.
    outputs: Kept<(Digest, HeaderKey), Option<Arc<Output>>>,
    /// By the name of recorded options, that of what acts, and whether the path counts.
    lines: Kept<(Digest, Digest, bool), Lines>,
}

/// Tells one header from another, as far as layouts follow from it.
type HeaderKey = (&'static str, [u32; 3], [usize; 2], [bool; 4], Option<(bool, bool)>);

/// Differences between recorded options and today's, whether or not they act on an output.
#[derive(Debug)]
struct Pair {
    /// The options that differ; none if it is not known what they were.
    options: Option<Lines>,
    /// The line of the path's template, if that differs or is not known.
    path: Option<String>,
}

/// Decisions and acting options of a target for all sources with one header.
#[derive(Debug)]
struct Output {
    decided: Decided,
    acting: Acting,
    asked: Digest,
}

impl Changes {
    /// Compares a finished task of a source; `header` looks at that, if it must be.
    pub(super) fn of(
        &self,
        state: &State,
        (task, source): (&Task, &Path),
        done: &FinishedTask,
        header: impl FnOnce() -> Result<Header, Failure>,
    ) -> Change {
        let today = &task.fingerprint;
        if done.options == today.resolved {
            return Change::Nothing;
        }
        let recorded = state.options(&done.options);
        let pair = self.pairs.get((done.options, today.resolved), || Arc::new(Pair::of(recorded, task)));
        let names = |ext, decided: Option<&Decided>| Names {
            source,
            target: &task.target,
            ext,
            size: decided.map(|decided| decided.layout.output),
            hash: Some(done.hash),
        };
        let is_elsewhere = |names: &Names<'_>| is_elsewhere(task, names, &done.output);
        if pair.options.as_ref().is_some_and(|lines| lines.is_empty()) {
            match (&pair.path, task.recipe.convert.output) {
                (None, _) => return Change::Nothing,
                (Some(line), OutputFormat::Fixed(format)) if !task.path.needs_header() => {
                    let is_elsewhere = is_elsewhere(&names(format.extension(), None));
                    return if is_elsewhere { Change::Options([line.clone()].into()) } else { Change::NothingThatActs };
                }
                _ => {}
            }
        }
        let header = match header() {
            Ok(header) => header,
            // The plan finds the same, and records it.
            Err(failure) if failure.class.is_permanent() => return Change::Options(pair.all()),
            Err(failure) => return Change::Unseen(failure),
        };
        let measures = state.measures(&done.hash).filter(|_| !task.recipe.measures(&task.shape).is_empty());
        let output = match measures {
            // What they have found differs from source to source.
            Some(measures) => Output::of(task, &header, measures).map(Arc::new),
            None => {
                let of_header = || Output::of(task, &header, Measures::none()).map(Arc::new);
                self.outputs.get((today.resolved, key(&header)), of_header)
            }
        };
        // What the stages leave out or refuse today is told by the plan.
        let Some(output) = output else { return Change::Options(pair.all()) };
        let is_elsewhere =
            pair.path.is_some() && is_elsewhere(&names(output.decided.format.extension(), Some(&output.decided)));
        let is_same = match (&pair.options, recorded) {
            (Some(lines), _) if lines.is_empty() => true,
            (_, Some(recorded)) if done.asked.is_none() => {
                today.recorded_asked(recorded, &output.acting) == output.asked
            }
            _ => done.asked == Some(output.asked),
        };
        if is_same && !is_elsewhere {
            return Change::NothingThatActs;
        }
        let lines = || {
            let path = pair.path.iter().filter(|line| is_elsewhere && !line.is_empty()).cloned();
            let options = recorded.filter(|_| !is_same).map(|one| today.acting_differences(one, &output.acting));
            path.chain(options.into_iter().flatten()).collect()
        };
        Change::Options(self.lines.get((done.options, output.asked, is_elsewhere), lines))
    }
}

impl Pair {
    fn of(recorded: Option<&Value>, task: &Task) -> Self {
        let today = &task.fingerprint;
        let path = recorded.map(|recorded| &recorded["path"]).filter(|path| path.is_string());
        let line = || path.map_or_else(String::new, |path| format!("path {path} → {}", today.path()));
        Pair {
            options: recorded.map(|recorded| today.differences(recorded).into()),
            path: (path != Some(today.path())).then(line),
        }
    }

    /// Returns every line.
    fn all(&self) -> Lines {
        let path = self.path.iter().filter(|line| !line.is_empty());
        path.chain(self.options.iter().flat_map(|lines| &**lines)).cloned().collect()
    }
}

impl Output {
    /// Returns none where the stages leave the output out, refuse the source, or need to know more of it.
    fn of(task: &Task, header: &Header, measures: &Measures) -> Option<Self> {
        let Decision::Do(edited) = decide(task, header, measures) else { return None };
        let acting = task.acting(header, &edited.layout);
        Some(Output { decided: Decided::new(task, header, &edited), asked: task.fingerprint.asked(&acting), acting })
    }
}

/// Tells whether the output of a task is called otherwise today.
fn is_elsewhere(task: &Task, names: &Names<'_>, output: &PathBuf) -> bool {
    task.path.render(names).as_ref() != Ok(output)
}

fn key(header: &Header) -> HeaderKey {
    let stored = [header.stored.width, header.stored.height, header.orientation.exif()];
    let samples = [header.channels.count(), usize::from(header.sample_bytes)];
    let flags = [header.animated, header.several_scans, header.in_parts, header.is_described];
    (header.format.name(), stored, samples, flags, header.halved)
}

/// Keeps answers by what they are of, up to a number that bounds their memory.
#[derive(Debug)]
struct Kept<K, V>(RwLock<HashMap<K, V>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Kept(RwLock::default())
    }
}

impl<K: Hash + Eq, V: Clone> Kept<K, V> {
    fn get(&self, key: K, work_out: impl FnOnce() -> V) -> V {
        if let Some(known) = read(&self.0).get(&key) {
            return known.clone();
        }
        let value = work_out();
        let mut kept = write(&self.0);
        if kept.len() < MOST_KEPT {
            kept.insert(key, value.clone());
        }
        value
    }
}
