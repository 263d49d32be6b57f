//! A word of the pipeline, as data.

use std::path::Path;

use crate::options::Field;
use crate::options::Problem;
use crate::options::Values;
use crate::providers::Registry;
use crate::stages::Recipe;
use crate::stages::Shape;

/// Holds one word of the pipeline.
pub struct StageDef {
    /// The word.
    pub word: &'static str,
    /// One line that says what it does.
    pub doc: &'static str,
    /// Its options.
    pub fields: &'static [Field],
    /// Raised whenever the stage makes other pixels of the same options.
    pub revision: u32,
    /// Looks up what the written values name in what users bring beside the pipeline; relative paths are
    /// from this folder, an empty one being the working directory.
    pub resolve: fn(&mut Values, &mut Registry, &Path) -> Result<(), Vec<Problem>>,
    /// Adds the stage's part to a recipe; the values are complete and checked.
    pub build: fn(&Values, &Registry, &mut Recipe),
    /// The options that make a difference, given the others: only they can make a finished
    /// output out of date.
    pub decisive: fn(&Values, &Recipe) -> Values,
    /// Why the stage can have no effect on a target of this recipe, if it cannot.
    pub idle: fn(&Recipe, &Shape) -> Option<&'static str>,
}

/// Returns the values but for those of these names.
pub(super) fn without(values: &Values, names: &[&str]) -> Values {
    values.iter().filter(|(name, _)| !names.contains(name)).map(|(name, value)| (*name, value.clone())).collect()
}

/// Looks up nothing, for stages whose options name nothing.
pub(super) fn names_nothing(_: &mut Values, _: &mut Registry, _: &Path) -> Result<(), Vec<Problem>> {
    Ok(())
}
