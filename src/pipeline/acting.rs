//! Parts that act on one output: stages, and those of their options that make a difference to it.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::codecs::Format;
use crate::codecs::Header;
use crate::geometry::Layout;
use crate::options::Values;
use crate::stages::ActingInput;
use crate::stages::Recipe;
use crate::stages::STAGES;
use crate::stages::Shape;

/// Key under which recorded options have the format of the file.
const FORMAT: &str = "format";

/// Holds the stages that act on one output, each with the options that make a difference to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Acting {
    /// The format of the source.
    source: Format,
    stages: Vec<(&'static str, Values)>,
}

impl Acting {
    /// Returns the options of a recipe that act on the output of this layout; `decisive` holds the options of each of
    /// its stages, in their order.
    pub(super) fn new(
        (recipe, shape): (&Recipe, &Shape),
        decisive: &[(&'static str, Values)],
        (header, layout): (&Header, &Layout),
    ) -> Self {
        let output = ActingInput::new((shape, recipe.effects), header, layout);
        let stages = recipe.stages().zip(decisive).filter_map(|((_, stage), (word, values))| {
            let acts = stage.idle(recipe.effects, shape).is_none();
            Some((*word, stage.acting(values, &output).filter(|_| acts)?))
        });
        Acting { source: header.format, stages: stages.collect() }
    }

    /// Tells whether the stage of this word has a part in the output.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.stages.iter().any(|(acting, _)| *acting == word)
    }

    /// Returns the options in the form of records, for what this target asks for.
    pub(super) fn options(&self, target: &Value) -> Value {
        let by_name = |values: &Values| -> Value {
            values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let stages: Map<String, Value> =
            self.stages.iter().map(|(word, values)| ((*word).to_owned(), by_name(values))).collect();
        json!({ "target": target, "stages": stages })
    }

    /// Returns those of recorded options that act on the output today, in the same form. What is recorded of a
    /// stage of another crate that does not act today is among them: by its options alone it may have acted then.
    pub(super) fn of_recorded(&self, recorded: &Value) -> Value {
        let by_name = |word: &str, values: &Values| -> Value {
            let value = |name: &&'static str| Some(((*name).to_owned(), self.recorded(recorded, word, name)?));
            values.keys().filter_map(value).collect::<Map<_, _>>().into()
        };
        let mut stages: Map<String, Value> =
            self.stages.iter().map(|(word, values)| ((*word).to_owned(), by_name(word, values))).collect();
        let is_ours = |word: &str| STAGES.iter().any(|def| def.word == word);
        let others = recorded["stages"].as_object().into_iter().flatten();
        let others = others.filter(|(word, _)| !is_ours(word) && !self.has(word));
        stages.extend(others.map(|(word, values)| (word.clone(), values.clone())));
        json!({ "target": recorded["target"], "stages": stages })
    }

    /// Returns the recorded value of an option; `source`, as the format, becomes the source's own. `None` if it was not
    /// recorded.
    fn recorded(&self, recorded: &Value, word: &str, name: &str) -> Option<Value> {
        let value = recorded.get("stages")?.get(word)?.get(name)?;
        let is_of_source = word == "convert" && name == FORMAT && value == "source";
        Some(if is_of_source { self.source.name().into() } else { value.clone() })
    }
}
