//! Holds the options of a target that are written in one place.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::options::Values;

/// Names the kinds of layers; later ones override earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LayerKind {
    /// The code's defaults.
    Default,
    /// The list of stages, for every target.
    Stages,
    /// The target itself.
    Target,
    /// Words about one picture alone.
    Override,
    /// The format of the task, where a target makes one file in several.
    Encoding,
}

/// The place where the value of an option comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// In which layer.
    pub layer: LayerKind,
    /// At which line of its file, counted from 1; none for what stands in no file.
    pub line: Option<usize>,
    /// In which file, or from which other source; none for the pipeline's own file.
    pub source: Option<Arc<str>>,
}

impl Origin {
    /// The code's default.
    pub const DEFAULT: Origin = Origin { layer: LayerKind::Default, line: None, source: None };
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.layer {
            LayerKind::Default => "default",
            LayerKind::Stages => "stages",
            LayerKind::Target => "target",
            LayerKind::Override => "override",
            LayerKind::Encoding => "encoding",
        })?;
        if let Some(source) = &self.source {
            write!(f, ", {source}")?;
        }
        self.line.map_or(Ok(()), |line| write!(f, ", line {line}"))
    }
}

/// Holds the options of stages that are written in one place: values by stage and option, each with its line.
#[derive(Debug, Clone)]
pub struct Layer {
    kind: LayerKind,
    source: Option<Arc<str>>,
    said: BTreeMap<(&'static str, &'static str), (Value, Option<usize>)>,
}

impl Layer {
    /// Returns a layer of this kind that says nothing; `source` says where it stands, if not in the pipeline.
    #[must_use]
    pub fn new(kind: LayerKind, source: Option<&str>) -> Self {
        Layer { kind, source: source.map(Arc::from), said: BTreeMap::new() }
    }

    /// Adds values of the stage `word`, canonical as in [`options::parse`](crate::options::parse); `line` returns the
    /// line of an option.
    pub fn say(&mut self, word: &'static str, values: &Values, line: impl Fn(&str) -> Option<usize>) {
        self.said.extend(values.iter().map(|(name, value)| ((word, *name), (value.clone(), line(name)))));
    }

    /// Returns each stage, option and value of which something is said.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, &Value)> {
        self.said.iter().map(|((word, name), (value, _))| (*word, *name, value))
    }

    /// Returns the origin of the option of a stage; `None` if this layer does not set it.
    pub(super) fn origin(&self, word: &str, name: &str) -> Option<Origin> {
        let ((..), (_, line)) = self.said.iter().find(|((stage, option), _)| (*stage, *option) == (word, name))?;
        Some(Origin { layer: self.kind, line: *line, source: self.source.clone() })
    }
}
