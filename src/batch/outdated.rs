//! Compares the parts that made an output, or that a failure depends on, with those of this program.

use std::path::Path;
use std::sync::Arc;
use std::sync::RwLock;

use crate::codecs::Format;
use crate::locks::read;
use crate::locks::write;
use crate::manifest::MakersId;
use crate::manifest::State;
use crate::pipeline::Newer;
use crate::pipeline::Pipeline;
use crate::pipeline::Revisions;
use crate::pipeline::Task;

/// The parts that are newer; at least one. A thin pointer, as every task may hold one.
pub type NewerParts = Arc<Vec<Newer>>;

/// The answers for the revisions of every task and all that a manifest names. There are few, whatever the
/// number of tasks.
pub(crate) struct Outdated {
    /// For each set of today's revisions, what of it is newer than the recorded revisions with each number.
    newer: Vec<(Arc<Revisions>, Vec<Answer>)>,
    /// The same for what is said of single sources, as they come.
    particular: RwLock<Vec<Answers>>,
    /// All revisions that the manifest names.
    makers: Vec<Revisions>,
    /// The formats that this program reads and one with these revisions did not.
    gained: Vec<Vec<Format>>,
}

/// Holds the answers for one set of today's revisions.
type Answers = (Arc<Revisions>, Arc<Vec<Answer>>);

/// The newer parts, for all sources or by the format of the source.
enum Answer {
    /// Whatever the source.
    Always(Option<NewerParts>),
    /// By the source's format, and for a source of unknown format.
    BySource { each: Vec<(Format, Option<NewerParts>)>, unknown: Option<NewerParts> },
}

impl Outdated {
    /// Returns the answers for a pipeline's tasks.
    pub(crate) fn of(state: &State, pipeline: &Pipeline) -> Self {
        let makers = state.makers().to_vec();
        let mut newer: Vec<(Arc<Revisions>, Vec<Answer>)> = Vec::new();
        for Task { revisions, .. } in pipeline.usual_tasks.iter().map(|task| &**task) {
            if newer.iter().all(|(known, _)| known != revisions) {
                newer.push((Arc::clone(revisions), answers(&makers, revisions)));
            }
        }
        let gained = makers.iter().map(Revisions::unread).collect();
        Outdated { newer, particular: RwLock::default(), makers, gained }
    }

    /// Tells whether a source that a program with these revisions could not read is of a format that this one
    /// has learned to read since. `look` says of which it is; it is asked only where there are such formats.
    pub(crate) fn reads_now(&self, before: MakersId, look: impl FnOnce() -> Option<Format>) -> bool {
        let gained = self.gained.get(before as usize).filter(|gained| !gained.is_empty());
        gained.is_some_and(|gained| look().is_some_and(|format| gained.contains(&format)))
    }

    /// Returns the answers for revisions that only tasks of single sources have.
    fn particular(&self, now: &Arc<Revisions>) -> Arc<Vec<Answer>> {
        let known =
            |all: &[Answers]| all.iter().find(|(known, _)| known == now).map(|(_, answers)| Arc::clone(answers));
        if let Some(answers) = known(&read(&self.particular)) {
            return answers;
        }
        let made = Arc::new(answers(&self.makers, now));
        let mut all = write(&self.particular);
        known(&all).unwrap_or_else(|| {
            all.push((Arc::clone(now), Arc::clone(&made)));
            made
        })
    }

    /// Returns the parts of `now` that are newer than the recorded revisions `before`, for a source with this name;
    /// `None` if there are none. `look` returns the format of the source; it is called only where the answer depends on
    /// it.
    pub(crate) fn newer(
        &self,
        now: &Arc<Revisions>,
        before: MakersId,
        source: &Path,
        look: impl FnOnce() -> Option<Format>,
    ) -> Option<NewerParts> {
        let usual = self.newer.iter().find(|(known, _)| known == now);
        let particular;
        let answers = match usual {
            Some((_, answers)) => answers,
            None => {
                particular = self.particular(now);
                &*particular
            }
        };
        match answers.get(before as usize)? {
            Answer::Always(newer) => newer.clone(),
            Answer::BySource { each, unknown } => {
                let is_newer = each.first().is_some_and(|(_, newer)| newer.is_some());
                let hangs_on_it = each.iter().any(|(_, newer)| newer.is_some() != is_newer);
                let format = if hangs_on_it { look() } else { Format::of_name(source) };
                let known = each.iter().find(|(known, _)| Some(*known) == format);
                known.map_or(unknown, |(_, newer)| newer).clone()
            }
        }
    }
}

/// Returns the answers for one set of today's revisions.
fn answers(makers: &[Revisions], now: &Revisions) -> Vec<Answer> {
    makers.iter().map(|before| Answer::of(before, now)).collect()
}

impl Answer {
    fn of(before: &Revisions, now: &Revisions) -> Self {
        let newer = |before: &Revisions| {
            let newer = before.newer(now);
            (!newer.is_empty()).then(|| NewerParts::from(newer))
        };
        let all = newer(before);
        if all.is_none() || !before.depend_on_source() {
            return Answer::Always(all);
        }
        let each = Format::all().map(|format| (format, newer(&before.for_source(Some(format))))).collect();
        Answer::BySource { each, unknown: all }
    }
}
