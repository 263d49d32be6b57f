//! Finds the owner of a file that stands where an output would go.

use std::path::Path;

use crate::batch::spellings::Spellings;
use crate::error::Class;
use crate::error::Failure;
use crate::error::printable;
use crate::manifest::State;
use crate::storage::OutputPlace;
use crate::storage::OutputStore;
use crate::storage::Stamp;

/// Owner of a file that stands where an output would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occupancy {
    /// There is none.
    Free,
    /// We wrote it, or a failing machine did to it what it is.
    Ours,
    /// One was written there, and was changed since.
    Modified,
    /// This pipeline did not write there last.
    Foreign,
}

/// Returns the owner of the file at `output`, where `seen` is. A record that is `proven` reached the disk together with
/// its output.
pub(super) fn occupancy(
    (state, spellings): (&State, &Spellings<'_>),
    output_store: &dyn OutputStore,
    output: &Path,
    seen: OutputPlace,
    proven: bool,
) -> Occupancy {
    if seen == OutputPlace::Empty {
        return Occupancy::Free;
    }
    let Some(claim) = state.claim(&spellings.of(output)).filter(|claim| claim.ours) else { return Occupancy::Foreign };
    let OutputPlace::File(Stamp { mtime, .. }) = seen else { return Occupancy::Modified };
    match output_store.hash(output) {
        Ok(hash) if claim.is_ours(hash) => Occupancy::Ours,
        // Of what was never synced a power cut may leave anything, with its old time.
        _ if !proven && claim.written.is_some_and(|written| written.mtime == mtime) => Occupancy::Ours,
        // Or the name alone.
        _ if output_store.is_blank(output) => Occupancy::Ours,
        // A claim of which nothing was ever finished made no output that could have been changed.
        _ if claim.written.is_none() => Occupancy::Foreign,
        _ => Occupancy::Modified,
    }
}

/// Returns the failure of an output at whose path a file of the user stands.
pub(super) fn in_the_way(output: &Path) -> Failure {
    let shown = output.to_string_lossy();
    let message =
        format!("{shown} is a file that this pipeline did not write; move it away, or choose another output.path");
    Failure::new(Class::Conflict, message)
}

/// Returns the failure of an output at whose path another pipeline's output stands.
pub(super) fn written_by(other: &str, output: &Path) -> Failure {
    let message = format!(
        "{} was written by the pipeline `{}`; choose another output.path, or remove what that one wrote; if this pipeline was called so before, give it that name again",
        output.to_string_lossy(),
        printable(other)
    );
    Failure::new(Class::Conflict, message)
}
