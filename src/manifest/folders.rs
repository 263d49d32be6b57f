//! Keeps apart what is recorded of each output folder that the runs of a manifest wrote into.

use std::path::Path;
use std::path::PathBuf;

use crate::manifest::KnownSource;
use crate::manifest::Scope;
use crate::manifest::claims::Claims;
use crate::manifest::findings::Findings;
use crate::manifest::tasks::Tasks;
use crate::manifest::writers::Writers;

/// Records of one output folder.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Names it; none where programs did not record it.
    place: Option<PathBuf>,
    pub(super) tasks: Tasks,
    pub(super) claims: Claims,
    pub(super) writers: Writers,
    pub(super) findings: Findings,
}

/// Holds all of them; the records that are replayed are those of one.
#[derive(Debug, Default)]
pub(super) struct Folders {
    now: Folder,
    others: Vec<Folder>,
}

impl Folders {
    /// Returns the folder of the run that is replayed, and after all were replayed the one that is asked about.
    pub(super) fn now(&self) -> &Folder {
        &self.now
    }

    pub(super) fn now_mut(&mut self) -> &mut Folder {
        &mut self.now
    }

    /// Returns a source by its last record that is of another output folder; `None` if there is none.
    pub(super) fn source_elsewhere(&self, source: &Path) -> Option<KnownSource> {
        // In the order in which runs wrote into them.
        self.others.iter().rev().find_map(|folder| folder.tasks.source(source))
    }

    /// Turns to the folder at `place`, which a run writes into. With `moved` it is the one that was there.
    pub(super) fn turn_to(&mut self, place: Option<PathBuf>, moved: Option<Option<PathBuf>>) {
        if self.now.place == place {
            return;
        }
        self.others.push(std::mem::take(&mut self.now));
        let known = |place: &Option<PathBuf>| self.others.iter().position(|folder| folder.place == *place);
        let at = known(&place).or_else(|| moved.as_ref().and_then(known));
        self.now = at.map_or_else(Folder::default, |at| self.others.remove(at));
        self.now.place = place;
    }

    /// Keeps only what is recorded of the output folder of this scope. One without records of its own is the last
    /// of those that are gone, if it shows the outputs of that. Returns where this one was then; an empty path
    /// stands for records without a place.
    pub(super) fn settle(&mut self, scope: &Scope) -> Option<PathBuf> {
        let own = scope.output()?.to_owned();
        // In the order in which runs wrote into them.
        self.others.push(std::mem::take(&mut self.now));
        let mut folders = std::mem::take(&mut self.others);
        let is_own = |folder: &Folder| folder.place.as_ref() == Some(&own);
        let is_moved = |folder: &Folder| match &folder.place {
            Some(place) => is_gone(place) && folder.claims.are_shown_in(&own),
            // Those that the pipeline's own folder shows are of that one.
            None if scope.usual().is_some_and(|usual| folder.claims.are_shown_in(usual)) => false,
            // Nothing else tells of a tree that was copied without its times.
            None => folder.claims.are_shown_in(&own) || folder.claims.are_held_in(&own),
        };
        let known = folders.iter().position(is_own);
        let at = known.or_else(|| folders.iter().rposition(is_moved));
        self.now = at.map_or_else(Folder::default, |at| folders.remove(at));
        let moved = (at.is_some() && known.is_none()).then(|| self.now.place.take().unwrap_or_default());
        self.now.place = Some(own);
        let Folder { claims, writers, .. } = &mut self.now;
        claims.settle(|other| writers.living(other).is_some());
        moved
    }
}

/// Tells whether a folder is not there; what cannot be looked at may be.
fn is_gone(place: &Path) -> bool {
    !place.try_exists().unwrap_or(true)
}
