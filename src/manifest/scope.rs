//! Says of which pipeline a state is, and on which folders that works.
//!
//! A state folder may serve several pipelines, and each of them several folders: what is recorded of an output
//! is true of the output folder in which it was written and of no other.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use crate::analysis::Measure;
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
    /// The output folder that the pipeline names itself.
    usual: Option<PathBuf>,
    /// The state folder, from which recorded paths lead.
    state: PathBuf,
    /// Names the measures that are asked for, with their revisions.
    measures: Vec<(&'static str, u32)>,
}

impl From<&str> for Scope {
    /// Names a pipeline alone.
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
    /// Names a pipeline with its input and its output folder, and the file in which it stands if it stands in one.
    #[must_use]
    pub fn new(pipeline: &str, file: Option<&Path>, input: &Path, output: &Path) -> Self {
        let (input, output) = (Some(absolute(input)), Some(absolute(output)));
        Scope { file: file.map(absolute), input, output, ..pipeline.into() }
    }

    /// Takes the outputs that the pipeline wrote before folders were recorded to be there, if they are.
    #[must_use]
    pub fn usually_at(self, output: Option<&Path>) -> Self {
        Scope { usual: output.map(absolute), ..self }
    }

    /// Asks for what these measures have found, which is passed over otherwise.
    #[must_use]
    pub fn measuring<'m>(self, measures: impl IntoIterator<Item = &'m &'static dyn Measure>) -> Self {
        let named = |measure: &&'static dyn Measure| (measure.name(), measure.revision());
        Scope { measures: measures.into_iter().map(named).collect(), ..self }
    }

    /// Returns the measures that are asked for, by name and revision.
    pub(super) fn measures(&self) -> &[(&'static str, u32)] {
        &self.measures
    }

    /// Returns the output folder that the pipeline names itself, if it is another than this one.
    pub(super) fn usual(&self) -> Option<&Path> {
        self.usual.as_deref().filter(|usual| Some(*usual) != self.output())
    }

    /// Takes recorded paths to lead from this state folder.
    pub(super) fn seen_from(self, state: &Path) -> Self {
        Scope { state: absolute(state), ..self }
    }

    /// Returns the pipeline's name.
    #[must_use]
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// Returns the output folder, if one is named.
    pub(super) fn output(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// Notes in the record of a run's start in this state folder where the run works, and where its output folder was
    /// before it was moved; an empty path is no place.
    pub(crate) fn note<'a>(&self, state: &Path, moved: Option<&Path>, started: RunStarted<'a>) -> RunStarted<'a> {
        let state = absolute(state);
        let resolved = |path: &Path| if path.as_os_str().is_empty() { PathBuf::new() } else { way(&state, path) };
        let recorded = |path: Option<&Path>| path.map(|path| RecordedPath::from(resolved(path)));
        RunStarted {
            input: recorded(self.input.as_deref()),
            output: recorded(self.output.as_deref()),
            moved_from: recorded(moved),
            file: recorded(self.file.as_deref()),
            ..started
        }
    }

    /// Returns the place of a recorded output folder. Where none was recorded it is the one around the state folder;
    /// none if that is not in it, or if this scope is of any folder.
    pub(super) fn output_of(&self, recorded: Option<&Path>) -> Option<PathBuf> {
        let own = self.output.as_ref()?;
        match recorded {
            Some(recorded) if !recorded.as_os_str().is_empty() => Some(absolute(&self.state.join(recorded))),
            _ => self.state.starts_with(own).then(|| own.clone()),
        }
    }

    /// Tells whether a run was one of this pipeline that wrote into this output folder, or may have been.
    pub(super) fn has_run(&self, started: &RunStarted<'_>) -> bool {
        let place = self.output_of(started.output.as_deref());
        // What was recorded of a folder that is gone may have been moved here.
        let may_be = place
            .as_ref()
            .is_none_or(|place| Some(place) == self.output.as_ref() || !place.try_exists().unwrap_or_default());
        started.pipeline == self.pipeline && may_be
    }

    /// Tells whether a run read this input folder.
    pub(super) fn has_input(&self, recorded: Option<&Path>) -> bool {
        let (Some(own), Some(recorded)) = (&self.input, recorded) else { return true };
        absolute(&self.state.join(recorded)) == *own
    }

    /// Returns the place of a recorded pipeline file if it is there and not the file of this pipeline.
    pub(super) fn other_file(&self, recorded: &Path) -> Option<PathBuf> {
        let place = absolute(&self.state.join(recorded));
        let number = |path: &Path| path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()));
        let found = place.is_file().then(|| number(&place))?;
        let is_own = self.file.as_ref().is_some_and(|file| *file == place || number(file) == found);
        (!is_own).then_some(place)
    }
}
