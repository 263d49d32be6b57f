//! The options of one target, each with where its value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde_json::Value;

use crate::options::Values;
use crate::options::defaults;
use crate::providers::Registry;
use crate::stages::STAGES;
use crate::stages::StageDef;

/// Who said what an option is; later ones override earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: the code's default.
    Default,
    /// The list of stages, at this line of the file.
    Stages(usize),
    /// The target itself, at this line of the file.
    Target(usize),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::Stages(line) => write!(f, "stages, line {line}"),
            Origin::Target(line) => write!(f, "target, line {line}"),
        }
    }
}

/// Every option of every stage for one target: values by stage, and the origin of those that
/// are not defaults.
#[derive(Debug, Clone)]
pub struct Settings {
    values: BTreeMap<&'static str, Values>,
    origins: BTreeMap<(&'static str, &'static str), Origin>,
}

impl Settings {
    /// Every option at its default.
    #[must_use]
    pub fn new() -> Self {
        let defaults = |stage: &&StageDef| {
            let mut values = defaults(stage.fields);
            // No default names anything that a user brings.
            let resolved = (stage.resolve)(&mut values, &mut Registry::built_in(), Path::new(""));
            debug_assert_eq!(resolved, Ok(()), "the defaults of {}", stage.word);
            (stage.word, values)
        };
        Settings { values: STAGES.iter().map(defaults).collect(), origins: BTreeMap::new() }
    }

    /// Overrides what `written` says of the stage `word`; `origin` tells where an option stands.
    pub fn set(&mut self, word: &'static str, written: &Values, origin: impl Fn(&str) -> Origin) {
        for (name, value) in written {
            self.values.entry(word).or_default().insert(name, value.clone());
            self.origins.insert((word, name), origin(name));
        }
    }

    /// The options of a stage.
    ///
    /// # Panics
    /// If there is no such stage.
    #[must_use]
    pub fn of(&self, word: &str) -> &Values {
        &self.values[word]
    }

    /// Tells whether anybody wrote an option of the stage.
    #[must_use]
    pub fn is_written(&self, word: &str) -> bool {
        self.origins.keys().any(|(stage, _)| *stage == word)
    }

    /// Every option in the order of the tables: stage, name, value, origin.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, &Value, &Origin)> {
        STAGES.iter().flat_map(move |stage| {
            stage.fields.iter().map(move |field| {
                let origin = self.origins.get(&(stage.word, field.name)).unwrap_or(&Origin::Default);
                (stage.word, field.name, &self.values[stage.word][field.name], origin)
            })
        })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings::new()
    }
}
