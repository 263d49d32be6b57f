//! Two tasks with one output.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use crate::error::printable;

/// Names two tasks that would write one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The output, relative to the output folder.
    pub output: PathBuf,
    /// Source and target of the first.
    pub first: (PathBuf, String),
    /// Source and target of the second.
    pub second: (PathBuf, String),
}

impl fmt::Display for Collision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (&self.first, &self.second);
        let shown = |path: &Path| printable(&path.to_string_lossy());
        write!(f, "{} from {}", shown(&self.output), shown(&first.0))?;
        if first.0 == second.0 {
            write!(f, " as targets {} and {}", first.1, second.1)
        } else {
            write!(f, " and from {}", shown(&second.0))
        }
    }
}
