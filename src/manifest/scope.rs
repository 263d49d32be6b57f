//! Says of which pipeline a state is, and on which folders that works.
//!
//! A state folder may serve several pipelines, and each of them several folders: what is recorded of an output
//! is true of the output folder in which it was written and of no other.

use std::path::Path;
use std::path::PathBuf;

use crate::manifest::RecordedPath;
use crate::manifest::RunStarted;
use crate::storage::absolute;
use crate::storage::way;

/// Names a pipeline and the folders on which it works. What is left out fits whatever is recorded.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pipeline: String,
    /// The file of the pipeline, without links.
    file: Option<PathBuf>,
    input: Option<PathBuf>,
    output: Option<PathBuf>,
    /// The state folder, from which recorded paths lead.
    state: PathBuf,
}

impl From<&str> for Scope {
    /// Name a pipeline alone.
    fn from(pipeline: &str) -> Self {
        Scope { pipeline: pipeline.to_owned(), ..Scope::default() }
    }
}

impl From<&String> for Scope {
    fn from(pipeline: &String) -> Self {
        pipeline.as_str().into()
    }
}

impl Scope {
    /// Name a pipeline with its input and its output folder, and the file in which it stands if it stands in one.
    #[must_use]
    pub fn new(pipeline: &str, file: Option<&Path>, input: &Path, output: &Path) -> Self {
        let (input, output) = (Some(absolute(input)), Some(absolute(output)));
        Scope { file: file.map(absolute), input, output, ..pipeline.into() }
    }

    /// Take recorded paths to lead from this state folder.
    pub(super) fn seen_from(self, state: &Path) -> Self {
        Scope { state: absolute(state), ..self }
    }

    /// Return the pipeline's name.
    #[must_use]
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// Note in the record of a run's start in this state folder where the run works.
    pub(crate) fn note<'a>(&self, state: &Path, started: RunStarted<'a>) -> RunStarted<'a> {
        let state = absolute(state);
        let recorded = |path: &Option<PathBuf>| path.as_ref().map(|path| RecordedPath::from(way(&state, path)));
        RunStarted {
            input: recorded(&self.input),
            output: recorded(&self.output),
            file: recorded(&self.file),
            ..started
        }
    }

    /// Tell whether a run was one of this pipeline that wrote into this output folder.
    pub(super) fn has_run(&self, started: &RunStarted<'_>) -> bool {
        started.pipeline == self.pipeline && self.has_output(started.output.as_deref())
    }

    /// Tell whether a run wrote into this output folder.
    pub(super) fn has_output(&self, recorded: Option<&Path>) -> bool {
        self.is_at(self.output.as_deref(), recorded)
    }

    /// Tell whether a run read this input folder.
    pub(super) fn has_input(&self, recorded: Option<&Path>) -> bool {
        self.is_at(self.input.as_deref(), recorded)
    }

    /// Return where a recorded file of a pipeline is, if it is there and another one than that of this pipeline.
    pub(super) fn other_file(&self, recorded: &Path) -> Option<PathBuf> {
        let place = absolute(&self.state.join(recorded));
        (self.file.as_ref() != Some(&place) && place.is_file()).then_some(place)
    }

    /// Tell whether a recorded folder is this one. One that is gone was moved here.
    fn is_at(&self, own: Option<&Path>, recorded: Option<&Path>) -> bool {
        let (Some(own), Some(recorded)) = (own, recorded) else { return true };
        let place = absolute(&self.state.join(recorded));
        // What cannot be looked at may be there.
        place == own || !place.try_exists().unwrap_or(true)
    }
}
