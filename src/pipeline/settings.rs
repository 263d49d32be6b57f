//! The options of one target: what layers say, one over the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use crate::options::Values;
use crate::options::defaults;
use crate::pipeline::Layer;
use crate::pipeline::Origin;
use crate::pipeline::Registry;
use crate::stages::StageDef;

/// Holds every option of every stage for one target, and the layers from which the values come.
#[derive(Debug, Clone)]
pub struct Settings {
    /// In the order of the registry; those of which no layer says anything are shared.
    values: Vec<(&'static StageDef, Arc<Values>)>,
    /// The same before any layer.
    defaults: Arc<Vec<(&'static StageDef, Arc<Values>)>>,
    /// Above the defaults; later ones override earlier ones.
    layers: Vec<Arc<Layer>>,
}

impl Settings {
    /// Returns every option of the registry's stages at its default.
    #[must_use]
    pub fn defaults(registry: &Registry) -> Self {
        let mut engines = registry.engines().clone();
        let defaults = |stage: &&'static StageDef| {
            let mut values = defaults((stage.fields)());
            // No default names anything that a user brings.
            let resolved = (stage.resolve)(&mut values, &mut engines, Path::new(""));
            debug_assert_eq!(resolved, Ok(()), "the defaults of {}", stage.word);
            (*stage, Arc::new(values))
        };
        let values: Vec<_> = registry.stages().iter().map(defaults).collect();
        Settings { defaults: Arc::new(values.clone()), values, layers: Vec::new() }
    }

    /// Lays another layer over the others.
    ///
    /// # Panics
    /// If it speaks of a stage that the registry does not have.
    #[must_use]
    pub fn with(mut self, layer: Arc<Layer>) -> Self {
        for (word, name, value) in layer.iter() {
            let stage = self.values.iter_mut().find(|(stage, _)| stage.word == word);
            let (_, values) = stage.unwrap_or_else(|| panic!("there is no stage `{word}`"));
            Arc::make_mut(values).insert(name, value.clone());
        }
        self.layers.push(layer);
        self
    }

    /// Returns the options of a stage.
    ///
    /// # Panics
    /// If there is no such stage.
    #[must_use]
    pub fn of(&self, word: &str) -> &Values {
        let found = self.values.iter().find(|(stage, _)| stage.word == word);
        found.map_or_else(|| panic!("there is no stage `{word}`"), |(_, values)| values)
    }

    /// Returns all values as canonical text.
    pub(super) fn canonical(&self) -> String {
        let values: BTreeMap<&str, &Values> =
            self.values.iter().map(|(stage, values)| (stage.word, &**values)).collect();
        json!(values).to_string()
    }

    /// Returns each stage's word with its options as they are if nothing is said of them.
    pub(super) fn defaults_by_stage(&self) -> impl Iterator<Item = (&'static str, &Values)> {
        self.defaults.iter().map(|(stage, values)| (stage.word, &**values))
    }

    /// Returns the place where the value of an option of a stage comes from; the default if it is not written.
    #[must_use]
    pub fn origin(&self, word: &str, name: &str) -> Origin {
        self.layers.iter().rev().find_map(|layer| layer.origin(word, name)).unwrap_or(Origin::DEFAULT)
    }

    /// Tells whether an option of the stage is said anywhere.
    #[must_use]
    pub fn is_written(&self, word: &str) -> bool {
        self.layers.iter().any(|layer| layer.iter().any(|(stage, ..)| stage == word))
    }

    /// Returns every option in the order of the tables: stage, name, value, origin.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, &Value, Origin)> {
        self.values.iter().flat_map(move |(stage, values)| {
            let word = stage.word;
            (stage.fields)()
                .iter()
                .map(move |field| (word, field.name, &values[field.name], self.origin(word, field.name)))
        })
    }
}
