//! Two tasks with one output.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use crate::error::printable;
use crate::pipeline::TaskKey;

/// Names two tasks that would write one file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collision {
    /// The output, relative to the output folder.
    pub output: PathBuf,
    /// The first.
    pub first: TaskKey<'static>,
    /// The second.
    pub second: TaskKey<'static>,
}

impl fmt::Display for Collision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (&self.first, &self.second);
        let shown = |path: &Path| printable(&path.to_string_lossy());
        write!(f, "{} from {}", shown(&self.output), shown(&first.source))?;
        if first.source == second.source {
            write!(f, " as targets {} and {}", first.label(), second.label())
        } else {
            write!(f, " and from {}", shown(&second.source))
        }
    }
}
