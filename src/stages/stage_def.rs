//! A word of the pipeline, as data.

use std::path::Path;
use std::sync::Arc;

use crate::engines::EngineTable;
use crate::options::Field;
use crate::options::Problem;
use crate::options::Values;
use crate::stages::Stage;

/// Holds one word of the pipeline. A stage from another crate is a static of this type, too.
///
/// Every stage of a registry is part of every pipeline, whether that names it or not: at its defaults a stage that
/// is added to others does nothing.
#[derive(Debug)]
pub struct StageDef {
    /// The word.
    pub word: &'static str,
    /// One line that says what it does.
    pub doc: &'static str,
    /// Returns its options.
    pub fields: fn() -> &'static [Field],
    /// Raised whenever the stage makes other pixels of the same options.
    pub revision: u32,
    /// Words that stand before it in the table, and that a file may have behind it without a warning: their
    /// work does not meet.
    pub written_before: &'static [&'static str],
    /// Looks up what the written values name in what users bring beside the pipeline; relative paths are
    /// from this folder, an empty one being the working directory.
    pub resolve: fn(&mut Values, &mut EngineTable, &Path) -> Result<(), Vec<Problem>>,
    /// Makes the stage of its options; the values are complete and checked.
    pub build: Build,
}

/// Makes a stage of a value for each of its options.
pub(crate) type Build = fn(&Values, &EngineTable) -> Arc<dyn Stage>;

impl StageDef {
    /// Holds a stage without options, of revision 1, for `..` in statics of the caller's.
    pub const fn new(word: &'static str, doc: &'static str, build: Build) -> Self {
        StageDef { word, doc, fields: || &[], revision: 1, written_before: &[], resolve: names_nothing, build }
    }
}

/// Looks up nothing, for stages whose options name nothing.
fn names_nothing(_: &mut Values, _: &mut EngineTable, _: &Path) -> Result<(), Vec<Problem>> {
    Ok(())
}
