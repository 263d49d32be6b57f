//! Lists the names that a pipeline can use: stages, engines, and the measures by which stages decide.

use std::fmt;
use std::sync::Arc;

use crate::analysis::MEASURES;
use crate::analysis::Measure;
use crate::engines::EngineDef;
use crate::engines::EngineTable;
use crate::pipeline::Variants;
use crate::stages::Recipe;
use crate::stages::STAGES;
use crate::stages::Shape;
use crate::stages::StageDef;

/// Holds the stages and engines that a pipeline can name, and the measures that stages can: what is compiled in, and
/// what the caller adds.
#[derive(Clone)]
pub struct Registry {
    stages: Vec<&'static StageDef>,
    measures: Vec<&'static dyn Measure>,
    engines: EngineTable,
    variants: Option<Arc<dyn Variants>>,
}

impl Registry {
    /// Returns the registry of everything that is compiled in.
    #[must_use]
    pub fn built_in() -> Self {
        let (stages, measures) = (STAGES.to_vec(), MEASURES.to_vec());
        Registry { stages, measures, engines: EngineTable::built_in(), variants: None }
    }

    /// Adds a stage of the caller's, which runs just before the stage called `before`: one of `load`, `aspect`,
    /// `auto_crop`, `resize`, `outpaint`, `convert` and those that were added. One that changes pixels
    /// stands before `convert`, one that decides what of the source counts before `aspect`.
    ///
    /// # Panics
    /// If its word is taken, or there is no stage called `before`.
    #[must_use]
    pub fn with_stage(mut self, def: &'static StageDef, before: &str) -> Self {
        assert!(self.stage(def.word).is_none(), "there is a stage called `{}`", def.word);
        let place = self.stages.iter().position(|stage| stage.word == before);
        self.stages.insert(place.unwrap_or_else(|| panic!("there is no stage called `{before}`")), def);
        self
    }

    /// Adds a measure of the caller's, for stages of the caller's. One that finds something else than another of
    /// this name has another revision.
    ///
    /// # Panics
    /// If its name is taken.
    #[must_use]
    pub fn with_measure(mut self, measure: &'static dyn Measure) -> Self {
        assert!(
            self.measures.iter().all(|other| other.name() != measure.name()),
            "there is a measure called `{}`",
            measure.name()
        );
        self.measures.push(measure);
        self
    }

    /// Adds an engine of the caller's.
    ///
    /// # Panics
    /// If its name is taken.
    #[must_use]
    pub fn with_engine(self, def: &'static EngineDef) -> Self {
        Registry { engines: self.engines.with_local(def), ..self }
    }

    /// Adds options, rows and encodings of single sources to those that a pipeline has for all.
    #[must_use]
    pub fn with_variants(self, variants: Arc<dyn Variants>) -> Self {
        Registry { variants: Some(variants), ..self }
    }

    /// Returns the variants of single sources; `None` without any.
    pub(super) fn variants(&self) -> Option<&Arc<dyn Variants>> {
        self.variants.as_ref()
    }

    /// Returns the stages, in the order in which they always run.
    #[must_use]
    pub fn stages(&self) -> &[&'static StageDef] {
        &self.stages
    }

    /// Returns the stage of this word.
    #[must_use]
    pub fn stage(&self, word: &str) -> Option<&'static StageDef> {
        self.stages.iter().copied().find(|stage| stage.word == word)
    }

    /// Returns all measures.
    #[must_use]
    pub fn measures(&self) -> &[&'static dyn Measure] {
        &self.measures
    }

    /// Returns the measures that a recipe needs for a target of this shape.
    ///
    /// # Panics
    /// If a stage needs a measure that is not here.
    #[must_use]
    pub fn measures_of(&self, recipe: &Recipe, shape: &Shape) -> Vec<&'static dyn Measure> {
        let of = |name: &str| self.measures.iter().copied().find(|measure| measure.name() == name);
        let found = |name| of(name).unwrap_or_else(|| panic!("a stage needs the measure `{name}`, which is not there"));
        recipe.measures(shape).into_iter().map(found).collect()
    }

    /// Returns the engines.
    #[must_use]
    pub fn engines(&self) -> &EngineTable {
        &self.engines
    }

    /// Returns the engines, to add providers of the caller's; a pipeline adds those that it names by their files.
    pub fn engines_mut(&mut self) -> &mut EngineTable {
        &mut self.engines
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measures: Vec<&str> = self.measures.iter().map(|measure| measure.name()).collect();
        let mut registry = f.debug_struct("Registry");
        registry.field("stages", &self.stages).field("measures", &measures).field("engines", &self.engines).finish()
    }
}
