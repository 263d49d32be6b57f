//! The pipelines that write into one output folder.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::manifest::Scope;
use crate::manifest::claims::OURS;

/// Names another pipeline that writes into the same output folder.
#[derive(Debug)]
struct Other {
    name: String,
    /// Says that its file is no more, or has become that of this pipeline.
    is_gone: bool,
}

/// Numbers the pipelines whose runs are replayed; this one is [`OURS`].
#[derive(Debug, Default)]
pub(super) struct Writers {
    others: Vec<Other>,
    namesakes: BTreeSet<PathBuf>,
}

impl Writers {
    /// Returns the number of the pipeline of a run, whose file is recorded relative to the state folder.
    pub(super) fn note(&mut self, name: &str, file: Option<&Path>, scope: &Scope) -> u16 {
        let other_file = file.and_then(|file| scope.other_file(file));
        if name == scope.pipeline() {
            self.namesakes.extend(other_file);
            return OURS;
        }
        let is_gone = file.is_some() && other_file.is_none();
        let known = self.others.iter().position(|other| other.name == name);
        let at = known.unwrap_or_else(|| {
            self.others.push(Other { name: name.to_owned(), is_gone });
            self.others.len() - 1
        });
        self.others[at].is_gone = is_gone;
        OURS + 1 + u16::try_from(at).unwrap_or(u16::MAX).min(MOST)
    }

    /// Returns the name of the pipeline of a number, unless its file is gone.
    pub(super) fn living(&self, number: u16) -> Option<&str> {
        let other = self.others.get(usize::from(number.checked_sub(OURS + 1)?));
        other.filter(|other| !other.is_gone).map(|other| &*other.name)
    }

    /// Returns the files that are there, and of which others of this pipeline's name were read.
    pub(super) fn namesakes(&self) -> &BTreeSet<PathBuf> {
        &self.namesakes
    }
}

/// Bounds the numbers: those beyond it are taken for one pipeline.
const MOST: u16 = u16::MAX - 2;
