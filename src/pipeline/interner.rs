//! Keeps one copy of what tasks share.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::pipeline::Registry;
use crate::pipeline::Revisions;
use crate::pipeline::Settings;
use crate::stages::Recipe;

/// Keeps one recipe for each set of resolved options, so that engines and models are built once, and one copy of
/// each set of revisions.
#[derive(Default)]
pub(super) struct Interner {
    recipes: HashMap<RecipeKey, Arc<Recipe>>,
    revisions: Vec<Arc<Revisions>>,
}

/// Holds all from which a recipe follows.
#[derive(PartialEq, Eq, Hash)]
struct RecipeKey {
    /// The options, as canonical text.
    options: String,
    /// The files of users' descriptors: a later one of the same name gives that name another meaning.
    descriptors: Vec<PathBuf>,
}

impl Interner {
    /// Returns the recipe for these options, whatever their origins.
    pub(super) fn recipe(&mut self, settings: &Settings, registry: &Registry) -> Arc<Recipe> {
        let descriptors = registry.engines().providers().iter().filter_map(|entry| entry.file.clone()).collect();
        let recipe = self.recipes.entry(RecipeKey { options: settings.canonical(), descriptors });
        let build = || Arc::new(Recipe::new(registry.stages(), |word| settings.of(word), registry.engines()));
        Arc::clone(recipe.or_insert_with(build))
    }

    /// Lets go of the recipes that no task has.
    pub(super) fn forget_unused(&mut self) {
        self.recipes.retain(|_, recipe| Arc::strong_count(recipe) > 1);
    }

    /// Returns the one copy of these revisions.
    pub(super) fn revisions(&mut self, revisions: Revisions) -> Arc<Revisions> {
        if let Some(known) = self.revisions.iter().find(|known| ***known == revisions) {
            return Arc::clone(known);
        }
        let revisions = Arc::new(revisions);
        self.revisions.push(Arc::clone(&revisions));
        revisions
    }
}
