//! Paths without links, and the way from one to another.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// Returns the folder's real path, also if the last parts of it do not exist yet. Links are resolved as
/// far as they exist; a `..` behind what does not exist takes the name before it away.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let mut real = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            part => real.push(part),
        }
        real = real.canonicalize().unwrap_or(real);
    }
    real
}

/// Returns the way from one folder to another, both without links; absolute where they have nothing in common.
pub(crate) fn way(from: &Path, to: &Path) -> PathBuf {
    let common = from.components().zip(to.components()).take_while(|(from, to)| from == to).count();
    if common < 2 {
        return to.to_owned();
    }
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}
