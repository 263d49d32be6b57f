//! From a YAML file to a checked pipeline, and from a checked pipeline to a decision for one
//! source.
//!
//! [`Document`] reads the text; [`check`] turns it into a [`Pipeline`] or into all of its
//! mistakes at once; [`decide`] says what a target makes of a source's header. What users may
//! write is in the table of [`SECTIONS`] and in those of stages and engines of a [`Registry`], from which
//! [`schema`] follows.

mod calls;
mod check;
mod decide;
mod fingerprint;
mod layer;
mod location;
mod registry;
mod revisions;
mod schema;
mod sections;
mod settings;
mod template;
mod unrecorded;
mod want;

use std::path::Path;

use crate::stages::Recipe;
use crate::stages::Shape;

pub use crate::document::Document;
pub use crate::document::Mistake;
pub use crate::document::Mistakes;
pub use calls::CallPlan;
pub use calls::Route;
pub use calls::calls;
pub use calls::takeovers;
pub use check::check;
pub(crate) use check::name_of;
pub use decide::decide;
pub use decide::trace;
pub use fingerprint::Fingerprint;
pub use layer::Layer;
pub use layer::LayerKind;
pub use layer::Origin;
pub use location::Location;
pub use location::RelativePath;
pub use registry::Registry;
pub use revisions::Filling;
pub use revisions::Newer;
pub use revisions::Revisions;
pub use schema::schema;
pub use sections::Auto;
pub use sections::Budget;
pub use sections::Input;
pub use sections::Output;
pub use sections::Run;
pub use sections::SECTIONS;
pub use sections::Section;
pub use sections::TARGET;
pub use settings::Settings;
pub use template::Names;
pub use template::Placeholder;
pub use template::Template;
pub use want::want;
pub use want::want_alone;
pub use want::want_of;

/// The version of the pipeline format that this code reads.
pub const VERSION: u64 = 1;

/// A pipeline in which every option is resolved and checked.
pub struct Pipeline {
    /// Its name, part of every task's key.
    pub name: String,
    /// Says where it was read.
    pub location: Location,
    /// Where sources come from.
    pub input: Input,
    /// Where outputs go.
    pub output: Output,
    /// What is made of every source; at least one.
    pub targets: Vec<Target>,
    /// How a run uses the machine.
    pub run: Run,
    /// What may be spent.
    pub budget: Budget,
    /// What is allowed but probably not meant.
    pub warnings: Mistakes,
}

/// One asked-for result.
pub struct Target {
    /// Its name, unique in the pipeline.
    pub name: String,
    /// The asked ratio and size.
    pub shape: Shape,
    /// Every option with its origin.
    pub settings: Settings,
    /// The same options, typed.
    pub recipe: Recipe,
    /// Names the options for resuming.
    pub fingerprint: Fingerprint,
    /// What may have a part in its outputs.
    pub revisions: Revisions,
}

impl Pipeline {
    /// Reads and checks the file at `path`, which may name what is in the registry. Relative paths in it
    /// count from its folder.
    ///
    /// # Errors
    /// Every mistake of the file, in the order of their lines; one that has no line if it
    /// cannot be read at all.
    pub fn open(path: &Path, registry: Registry) -> Result<Pipeline, Invalid> {
        let document = Document::read(path).map_err(Invalid::Unreadable)?;
        check(&document, registry).map_err(Invalid::Mistakes)
    }
}

/// Why there is no pipeline.
#[derive(Debug)]
pub enum Invalid {
    /// The file cannot be read.
    Unreadable(String),
    /// What the file says is wrong; at least one mistake.
    Mistakes(Mistakes),
}
