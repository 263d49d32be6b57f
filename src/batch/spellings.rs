//! Finds the records of an output under another spelling of its name.
//!
//! Where the output folder folds case or Unicode form, a renamed source, a target that is called otherwise, or another
//! pipeline leads to a file that is there under another name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::path::Path;

use crate::manifest::State;
use crate::storage::Folding;

/// Finds records of outputs by the names that the folder takes for one.
pub(super) struct Spellings<'a> {
    state: &'a State,
    folding: Folding,
    hashing: RandomState,
    /// Numbers the output that was recorded last under each such name; empty where the folder folds nothing.
    recorded: HashMap<u64, u32>,
}

impl<'a> Spellings<'a> {
    pub(super) fn new(state: &'a State, folding: Folding) -> Self {
        let mut spellings = Spellings { state, folding, hashing: RandomState::new(), recorded: HashMap::new() };
        if folding.folds() {
            let traces = state.traces();
            spellings.recorded =
                (0..traces.outputs()).map(|number| (spellings.digest(&traces.path(number)), number)).collect();
        }
        spellings
    }

    /// Returns the name under which something is recorded of an output; its own name where nothing is.
    pub(super) fn of<'p>(&self, output: &'p Path) -> Cow<'p, Path> {
        if !self.folding.folds() || self.state.claim(output).is_some() {
            return Cow::Borrowed(output);
        }
        let found = self.recorded.get(&self.digest(output)).map(|&number| self.state.traces().path(number));
        let is_same = |name: &Path| self.folded(name) == self.folded(output);
        found.filter(|name| is_same(name)).map_or(Cow::Borrowed(output), Cow::Owned)
    }

    fn digest(&self, output: &Path) -> u64 {
        self.hashing.hash_one(&*self.folded(output))
    }

    fn folded<'p>(&self, output: &'p Path) -> Cow<'p, OsStr> {
        self.folding.folded(Cow::Borrowed(output))
    }
}
