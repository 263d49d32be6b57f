//! Finds tasks that would write one file, among all tasks of a pipeline.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::HashSet;
use std::ffi::OsString;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::path::Path;
use std::path::PathBuf;

use rayon::slice::ParallelSliceMut;

use crate::batch::Refusal;
use crate::batch::planner::Planner;
use crate::batch::source_plan::Outputs;
use crate::storage::Folding;
use crate::storage::RealPlaces;
use crate::storage::absolute;

/// Holds the outputs that were named so far, each as a digest alone: there may be millions.
pub(super) struct Collisions<'a> {
    /// Names the path of the state folder relative to the output folder, if it lies below or above.
    state: Option<PathBuf>,
    /// Follows links: one in the output folder may lead two names to one place.
    places: RealPlaces<'a>,
    /// Folding of names in the output folder: differences of case or Unicode form that make no other file there.
    folding: Folding,
    hashing: RandomState,
    /// Holds the digest of each output with the number of its source.
    named: Vec<(u64, usize)>,
    /// Counts the sources so far.
    sources: usize,
}

impl<'a> Collisions<'a> {
    pub(super) fn new(planner: &Planner<'a>) -> Self {
        Collisions {
            state: state_below_outputs(planner),
            places: RealPlaces::new(planner.output_store),
            folding: planner.output_store.folding(),
            hashing: RandomState::new(),
            named: Vec::new(),
            sources: 0,
        }
    }

    /// Notes the outputs of the next source.
    ///
    /// # Errors
    /// An output in the state folder.
    pub(super) fn add(&mut self, outputs: &Outputs) -> Result<(), Refusal> {
        for output in outputs.iter().flatten() {
            let output = self.places.of(output);
            let is_state = |state: &PathBuf| {
                let folded = |path| self.folding.folded(Cow::Borrowed(path));
                Path::new(&folded(&output)).starts_with(&*folded(state))
            };
            if self.state.as_ref().is_some_and(is_state) {
                return Err(Refusal::Usage {
                    message: format!("the output {} lies in the state folder", output.display()),
                    hint: "choose another output.path or output.state".into(),
                });
            }
            self.named.push((self.hashing.hash_one(&*self.folding.folded(output)), self.sources));
        }
        self.sources += 1;
        Ok(())
    }

    /// Returns for each of these outputs whether one that was noted before has its place.
    pub(super) fn hold(&mut self, outputs: &[PathBuf]) -> Vec<bool> {
        let mut digest = |output: &PathBuf| self.hashing.hash_one(&*self.folding.folded(self.places.of(output)));
        let digests: Vec<u64> = outputs.iter().map(&mut digest).collect();
        let asked: HashSet<u64> = digests.iter().copied().collect();
        let held: HashSet<u64> = self.named.iter().map(|named| named.0).filter(|name| asked.contains(name)).collect();
        digests.iter().map(|digest| held.contains(digest)).collect()
    }

    /// Finds the tasks that would write one file: groups of two or more. `again` names the outputs of a
    /// source once more, by its number; it is asked only about those that are likely to collide.
    pub(super) fn groups(mut self, again: impl Fn(usize) -> Outputs) -> Vec<Vec<OutputClaim>> {
        self.named.par_sort_unstable();
        let same = self.named.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() > 1);
        let mut sources: Vec<usize> = same.flatten().map(|named| named.1).collect();
        self.named = Vec::new();
        sources.sort_unstable();
        sources.dedup();
        let mut tasks: HashMap<OsString, Vec<OutputClaim>> = HashMap::new();
        for source in sources {
            for (task, output) in again(source).into_iter().enumerate() {
                if let Some(output) = output {
                    let name = self.folding.folded(self.places.of(&output)).into_owned();
                    tasks.entry(name).or_default().push(OutputClaim { source, task, output });
                }
            }
        }
        let mut groups: Vec<Vec<OutputClaim>> = tasks.into_values().filter(|tasks| tasks.len() > 1).collect();
        groups.sort_unstable();
        groups
    }
}

/// A task that would write an output.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OutputClaim {
    /// The number of its source.
    pub(super) source: usize,
    /// Its place among the tasks of its source.
    pub(super) task: usize,
    pub(super) output: PathBuf,
}

fn state_below_outputs(planner: &Planner<'_>) -> Option<PathBuf> {
    let (root, state) = (planner.output_store.local_root()?, absolute(&planner.request.state));
    if root.starts_with(&state) {
        return Some(PathBuf::new());
    }
    state.strip_prefix(root).map(Path::to_owned).ok()
}
