//! From a YAML file to a checked pipeline, and from a checked pipeline to a decision for one
//! source.
//!
//! [`Document`] reads the text; [`check`] turns it into a [`Pipeline`] or into all of its
//! mistakes at once. [`Pipeline::tasks`] says what is asked for of a source, and [`Decisions`] hold what
//! its tasks make of its header, each [decided](decide) once. What users may write is in the table of
//! `SECTIONS` and in those of stages and engines of a [`Registry`], from which
//! [`schema`] follows.

mod acting;
mod calls;
mod check;
mod decide;
mod decisions;
mod decode_plan;
mod fingerprint;
mod interner;
mod layer;
mod location;
mod panics;
mod registry;
mod render;
mod revisions;
mod row_key;
mod schema;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod sections;
mod settings;
mod source_tasks;
mod stage_values;
mod task;
mod task_key;
mod template;
mod template_error;
mod unrecorded;
mod variant;
mod written_options;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::analysis::Measure;
use crate::error::Error;
use crate::error::ErrorKind;

pub use crate::document::Document;
pub use crate::document::Mistake;
pub use crate::document::Mistakes;
pub(crate) use acting::Acting;
pub(crate) use calls::CallPlan;
pub(crate) use calls::Route;
pub(crate) use calls::calls;
pub(crate) use calls::takeovers;
pub use check::check;
pub(crate) use check::name_of;
pub use decide::decide;
pub use decide::trace;
pub use decisions::Decided;
pub use decisions::Decisions;
pub use decode_plan::decode_request;
pub(crate) use decode_plan::decode_request_of;
pub use decode_plan::narrowed_decode_request;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use fingerprint::Fingerprint;
#[cfg(not(feature = "internal"))]
pub(crate) use fingerprint::Fingerprint;
pub use layer::Layer;
pub use layer::LayerKind;
pub use layer::Origin;
pub use location::Location;
pub use location::RelativePath;
pub(crate) use panics::guarded;
pub use registry::Registry;
pub(crate) use render::DecodedSource;
pub(crate) use render::Encoded;
pub(crate) use render::Look;
pub(crate) use render::OutputPicture;
pub(crate) use render::PictureError;
pub(crate) use render::PictureKey;
#[cfg(feature = "providers")]
pub(crate) use render::RESULT;
pub use render::Rendered;
#[cfg(feature = "providers")]
pub(crate) use render::Sent;
pub(crate) use render::by_picture;
pub(crate) use render::milliseconds;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use revisions::Filling;
#[cfg(not(feature = "internal"))]
pub(crate) use revisions::Filling;
pub(crate) use revisions::Newer;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use revisions::Revisions;
#[cfg(not(feature = "internal"))]
pub(crate) use revisions::Revisions;
pub use row_key::RowKey;
pub use schema::schema;
pub use sections::AutoNumber;
pub use sections::BudgetOptions;
pub use sections::InputOptions;
pub use sections::OutputOptions;
pub use sections::RunOptions;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use sections::SECTIONS;
#[cfg(not(feature = "internal"))]
pub(crate) use sections::SECTIONS;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use sections::Section;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use sections::TARGET;
#[cfg(not(feature = "internal"))]
pub(crate) use sections::TARGET;
pub use settings::Settings;
pub use task::Task;
pub use task_key::TaskKey;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use template::Names;
#[cfg(not(feature = "internal"))]
pub(crate) use template::Names;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use template::Placeholder;
pub use template::Template;
pub use template_error::TemplateError;
pub use variant::Variant;
pub use variant::Variants;
pub use written_options::WrittenOptions;

use source_tasks::SourceTasks;

/// The version of the pipeline format that this code reads.
pub const VERSION: u64 = 1;

/// A pipeline in which every option is resolved and checked. Threads may share it.
///
/// ```
/// use recanvas::pipeline::Pipeline;
///
/// let pipeline = Pipeline::from_path("pipelines/social.yaml")?;
/// assert!(pipeline.targets().contains(&"story"));
/// // Of the same text comes the same pipeline.
/// let again = Pipeline::from_yaml(pipeline.document.text())?;
/// assert_eq!(again.targets(), pipeline.targets());
/// # Ok::<(), recanvas::Error>(())
/// ```
pub struct Pipeline {
    /// Its name, part of every task's key.
    pub name: String,
    /// The text of which it was made, with its place: [`check`] makes the same of it again. What the text names, as
    /// the files of providers, is read anew then.
    pub document: Document,
    /// The file that it was read from, and the folders that it names from there.
    pub location: Location,
    /// Options of `input`.
    pub input: InputOptions,
    /// Options of `output`.
    pub output: OutputOptions,
    /// The tasks of every source of which nothing particular is said, target by target; at least one.
    pub usual_tasks: Arc<[Arc<Task>]>,
    /// The measures that its tasks need; none where all is decided by numbers.
    pub measures: Vec<&'static dyn Measure>,
    /// Options of `run`.
    pub run: RunOptions,
    /// Options of `budget`.
    pub budget: BudgetOptions,
    /// Warnings of what is allowed but probably not meant.
    pub warnings: Mistakes,
    /// Makes the tasks of sources of which something particular is said, if something may be.
    source_tasks: Option<SourceTasks>,
}

impl Pipeline {
    /// Reads and checks the file at `path`, which may name what is in the registry. Relative paths in it
    /// count from its folder.
    ///
    /// # Errors
    /// [`ErrorKind::Mistakes`] with every mistake of the file as its source, in the
    /// order of their lines; [`ErrorKind::Unreadable`] if it cannot be read.
    pub fn open(path: &Path, registry: Registry) -> Result<Pipeline, Error> {
        let document = Document::read(path).map_err(|why| {
            let line = format!("could not read the pipeline {}: {why}", path.display());
            Error::new(ErrorKind::Unreadable, line).because(why)
        })?;
        Ok(check(&document, registry)?)
    }

    /// Reads and checks the file at `path`, which may name what is compiled in; see [`Pipeline::open`].
    ///
    /// # Errors
    /// As [`Pipeline::open`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Pipeline, Error> {
        Pipeline::open(path.as_ref(), Registry::built_in())
    }

    /// Checks the text of a pipeline that stands in no file; relative paths in it count from the working directory.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn from_yaml(text: &str) -> Result<Pipeline, Error> {
        Ok(check(&Document::new(Path::new("pipeline.yaml"), text.to_owned()), Registry::built_in())?)
    }

    /// Returns the tasks of a source, whose path is relative to the input folder: all that is asked for of it, target
    /// by target. What [`Variants`] say of it is in them; of what is wrong with that, [`Task::refusal`] tells.
    #[must_use]
    pub fn tasks(&self, source: &Path) -> Arc<[Arc<Task>]> {
        let usual = &self.usual_tasks;
        self.source_tasks.as_ref().map_or_else(|| Arc::clone(usual), |tasks| tasks.of(source, usual))
    }

    /// Tells whether something may be said of single sources.
    pub(crate) fn has_variants(&self) -> bool {
        self.source_tasks.is_some()
    }

    /// Returns the names of the targets, in the order of the file.
    #[must_use]
    pub fn targets(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.usual_tasks.iter().map(|task| &*task.target).collect();
        names.dedup();
        names
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pipeline { name, location, input, output, usual_tasks, run, budget, .. } = self;
        let mut pipeline = f.debug_struct("Pipeline");
        pipeline.field("name", name).field("location", location).field("input", input).field("output", output);
        pipeline.field("usual_tasks", usual_tasks).field("run", run).field("budget", budget);
        pipeline.finish_non_exhaustive()
    }
}
