//! Variables of expressions, and parameters that pipelines may set.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::options::Problem;
use crate::providers::Descriptor;
use crate::providers::Param;
use crate::providers::ParamKind;
use crate::providers::Variables;

/// The variables that every call has, beside the provider's parameters and what its replies
/// gave: the picture (`image` is whatever the way of transport makes of it; `bytes` its
/// length), the working source's size, the canvas's size, where the source lies on it, the
/// margins in the descriptor's unit, the steps of a walk and their pixels, the canvas's
/// megapixels, the call's key. [`WEBHOOK`] is there only if the user has a receiver.
pub const VARIABLES: [&str; 22] = [
    "image",
    "data_uri",
    "base64",
    "mime",
    "bytes",
    "name",
    "width",
    "height",
    "canvas_width",
    "canvas_height",
    "offset_x",
    "offset_y",
    "left",
    "right",
    "top",
    "bottom",
    "walk",
    "step",
    BACK,
    "megapixels",
    "call",
    WEBHOOK,
];

/// The variable with the share of its frame by which a walk's one step moves back.
pub const BACK: &str = "walk_back";

/// The variable, and the option of a pipeline, with the address of the user's receiver to which
/// the provider says that it is done. It is no part of what names a call.
pub const WEBHOOK: &str = "webhook";

impl Param {
    /// Returns the JSON Schema of its values.
    #[must_use]
    pub fn schema(&self) -> Value {
        let kind = match self.kind {
            ParamKind::Text => "string",
            ParamKind::Integer => "integer",
            ParamKind::Number => "number",
            ParamKind::Bool => "boolean",
        };
        let mut schema = json!({"type": [kind, "null"], "description": self.doc});
        for (word, bound) in [("minimum", self.min), ("maximum", self.max)] {
            if let Some(bound) = bound {
                schema[word] = bound.into();
            }
        }
        if !self.default.is_null() {
            schema["default"] = self.default.clone();
        }
        schema
    }

    /// Checks a value; null always means "left out".
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, value: &Value) -> Result<(), Problem> {
        let (fits, expected) = match self.kind {
            ParamKind::Text => (value.is_string(), "text"),
            ParamKind::Integer => (value.is_i64() || value.is_u64(), "a whole number"),
            ParamKind::Number => (value.is_number(), "a number"),
            ParamKind::Bool => (value.is_boolean(), "true or false"),
        };
        if value.is_null() {
            return Ok(());
        }
        if !fits {
            return Err(Problem::new(format!("{value} is not {expected}")));
        }
        let number = value.as_f64().unwrap_or_default();
        let below = self.min.is_some_and(|least| value.is_number() && number < least);
        let above = self.max.is_some_and(|most| value.is_number() && number > most);
        match (below, above, self.min, self.max) {
            (true, _, Some(least), _) => Err(Problem::new(format!("{value} is below {least}"))),
            (_, true, _, Some(most)) => Err(Problem::new(format!("{value} is above {most}"))),
            _ => Ok(()),
        }
    }
}

impl Descriptor {
    /// Returns a value for every parameter: the one in the pipeline, else the default.
    ///
    /// # Errors
    /// Every mistake in what it says.
    pub fn parameters(&self, written: &Map<String, Value>) -> Result<Variables, Vec<Problem>> {
        let mut problems = Vec::new();
        let owner = format!("provider `{}`", self.provider);
        for (name, value) in written {
            let problem = match self.params.get(name) {
                None => Err(Problem::unknown("parameter", name, &owner, self.params.keys().map(String::as_str))),
                Some(param) => param.check(value),
            };
            problems.extend(problem.err().map(|problem| problem.under(name.as_str())));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let value = |name: &String, param: &Param| written.get(name).unwrap_or(&param.default).clone();
        Ok(self.params.iter().map(|(name, param)| (name.clone(), value(name, param))).collect())
    }
}
