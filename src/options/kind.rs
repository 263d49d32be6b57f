//! The kinds of values that options take.

use serde_json::Value;
use serde_json::json;

use crate::geometry::Anchor;
use crate::options::Color;
use crate::options::Field;
use crate::options::Problem;
use crate::options::map_schema;
use crate::options::nested;
use crate::options::number;

/// What values an option takes: how they are read, checked, described and made canonical.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number between two bounds, both allowed.
    Integer(u64, u64),
    /// A number between two bounds, both allowed.
    Number(f64, f64),
    /// A count of pixels or bytes, above zero: `200M`, `512MiB`.
    Count,
    /// A share between 0 and this bound, written `10%` or `0.1`.
    Share(f64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A colour: a name, or `"#fff"`.
    Color,
    /// One of the nine names, or `{x: 0.5, y: 0.33}`.
    Anchor,
    /// Any text that is not empty.
    Text,
    /// A path, relative to the file in which it stands; see [`stand_in`](crate::options::stand_in).
    Path,
    /// The same, or the bare name of a library that the system looks for.
    Library,
    /// A list; one value stands for a list of one.
    List(&'static Kind),
    /// This word, or the inner kind.
    Or(&'static str, &'static Kind),
    /// Nothing (`null`), or the inner kind.
    Optional(&'static Kind),
    /// Seconds, written `2s`, `1m 30s` or as a number.
    Seconds,
    /// A map with these options; what is left out has its default.
    Map(&'static [Field]),
    /// A map from any word to this kind.
    MapOf(&'static Kind),
    /// Any value at all, kept as it is.
    Any,
    /// A kind that a higher layer defines.
    Custom {
        /// Reads and checks a value and makes it canonical.
        parse: fn(&Value) -> Result<Value, Vec<Problem>>,
        /// The JSON Schema of what it takes.
        schema: fn() -> Value,
        /// What it takes, to complete "expected …".
        expected: fn() -> String,
    },
}

impl Kind {
    /// Reads what the user wrote and makes it canonical.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn parse(&self, written: &Value) -> Result<Value, Vec<Problem>> {
        match (self, written) {
            (Kind::Any, _) => Ok(written.clone()),
            (Kind::Or(word, _), Value::String(text)) if text == word => Ok(written.clone()),
            (Kind::Or(_, inner), _) => inner.parse(written).map_err(|_| vec![self.mismatch(written)]),
            (Kind::Optional(_), Value::Null) => Ok(Value::Null),
            (Kind::Optional(inner), _) => inner.parse(written),
            (Kind::List(inner), _) => nested::list(inner, written),
            (Kind::Map(fields), Value::Object(map)) => nested::map(fields, map),
            (Kind::MapOf(inner), Value::Object(map)) => nested::map_of(inner, map),
            (Kind::Anchor, _) => parse_anchor(written),
            (Kind::Custom { parse, .. }, _) => parse(written),
            _ => self.parse_scalar(written).ok_or_else(|| vec![self.mismatch(written)]),
        }
    }

    fn parse_scalar(&self, written: &Value) -> Option<Value> {
        match self {
            Kind::Bool => written.as_bool().map(Value::from),
            Kind::Integer(low, high) => written.as_u64().filter(|n| (low..=high).contains(&n)).map(Value::from),
            Kind::Number(low, high) => written.as_f64().filter(|n| (low..=high).contains(&n)).map(Value::from),
            Kind::Count => number::count(&text_of(written)?).filter(|&n| n > 0).map(Value::from),
            Kind::Share(high) => {
                number::share(&text_of(written)?).filter(|n| (0.0..=*high).contains(n)).map(Value::from)
            }
            Kind::Word(words) => written.as_str().filter(|word| words.contains(word)).map(Value::from),
            Kind::Color => written.as_str()?.parse::<Color>().ok().map(|color| Value::from(color.to_string())),
            Kind::Seconds => number::seconds(&text_of(written)?).map(Value::from),
            Kind::Text | Kind::Path | Kind::Library => {
                written.as_str().filter(|text| !text.is_empty()).map(Value::from)
            }
            _ => None,
        }
    }

    fn mismatch(&self, written: &Value) -> Problem {
        if written.is_null() {
            let hint = if self.takes_color() {
                "quote it: in YAML an unquoted # begins a comment"
            } else {
                "write a value, or leave the line out for the default"
            };
            return Problem::new(format!("no value; expected {}", self.expected())).hint(hint);
        }
        let problem = Problem::new(format!("{written} is not {}", self.expected()));
        match (self, written.as_str()) {
            (Kind::Word(words), Some(word)) => match crate::options::nearest(word, words) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem,
            },
            _ => problem,
        }
    }

    fn takes_color(&self) -> bool {
        match self {
            Kind::Color => true,
            Kind::List(inner) | Kind::Or(_, inner) | Kind::Optional(inner) => inner.takes_color(),
            _ => false,
        }
    }

    /// Returns what the kind takes, to complete "expected …".
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Kind::Bool => "true or false".into(),
            Kind::Integer(low, high) => format!("a whole number from {low} to {high}"),
            Kind::Number(low, high) => format!("a number from {low} to {high}"),
            Kind::Count => "a count above zero, like 200M or 512MiB".into(),
            Kind::Share(high) => format!("a share from 0 to {}%, like 10% or 0.1", high * 100.0),
            Kind::Word(words) => format!("one of {}", words.join(", ")),
            Kind::Color => "a colour, like white or \"#ffffff\"".into(),
            Kind::Anchor => "an anchor: center, top, bottom, left, right, top_left, … or {x: 0.5, y: 0.33}".into(),
            Kind::Text => "some text".into(),
            Kind::Path => "a path".into(),
            Kind::Library => "the path or the name of a library".into(),
            Kind::List(inner) => format!("a list, each item {}", inner.expected()),
            Kind::Or(word, inner) => format!("{word} or {}", inner.expected()),
            Kind::Optional(inner) => inner.expected(),
            Kind::Seconds => "a time like 2s or 1m 30s".into(),
            Kind::Map(fields) => {
                let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
                format!("a map with {}", names.join(", "))
            }
            Kind::MapOf(inner) => format!("a map, each value {}", inner.expected()),
            Kind::Any => "any value".into(),
            Kind::Custom { expected, .. } => expected(),
        }
    }

    /// The JSON Schema of what the kind takes.
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Integer(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
            Kind::Number(low, high) => json!({"type": "number", "minimum": low, "maximum": high}),
            Kind::Count => json!({"anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*([kKmMgG][iI]?)?[bB]?\s*$"},
            ]}),
            Kind::Share(high) => json!({"anyOf": [
                {"type": "number", "minimum": 0, "maximum": high},
                {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$"},
            ]}),
            Kind::Word(words) => json!({"enum": words}),
            Kind::Color | Kind::Text | Kind::Path | Kind::Library => json!({"type": "string", "minLength": 1}),
            Kind::Anchor => {
                let names: Vec<&str> = Anchor::NAMES.iter().map(|(name, _)| *name).collect();
                let share = json!({"type": "number", "minimum": 0, "maximum": 1});
                json!({"anyOf": [
                    {"enum": names},
                    {"type": "object", "properties": {"x": share, "y": share}, "additionalProperties": false},
                ]})
            }
            Kind::List(inner) => json!({"anyOf": [inner.schema(), {"type": "array", "items": inner.schema()}]}),
            Kind::Or(word, inner) => json!({"anyOf": [{"const": word}, inner.schema()]}),
            Kind::Optional(inner) => json!({"anyOf": [{"type": "null"}, inner.schema()]}),
            Kind::Seconds => json!({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "minLength": 2}]}),
            Kind::Map(fields) => map_schema(fields, ""),
            Kind::MapOf(inner) => json!({"type": "object", "additionalProperties": inner.schema()}),
            Kind::Any => json!({}),
            Kind::Custom { schema, .. } => schema(),
        }
    }
}

/// A scalar as text, so that `200M` and `200` are read alike.
fn text_of(written: &Value) -> Option<String> {
    match written {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn parse_anchor(written: &Value) -> Result<Value, Vec<Problem>> {
    let canonical = |anchor: Anchor| json!({"x": anchor.x, "y": anchor.y});
    match written {
        Value::String(name) => Anchor::named(name).map(canonical).ok_or_else(|| {
            let names = Anchor::NAMES.iter().map(|(known, _)| *known);
            vec![Problem::unknown("anchor", name, "", names).at_value()]
        }),
        Value::Object(map) => {
            let mut anchor = Anchor::CENTER;
            let mut problems = Vec::new();
            for (key, value) in map {
                let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
                match (key.as_str(), share) {
                    ("x", Some(share)) => anchor.x = share,
                    ("y", Some(share)) => anchor.y = share,
                    ("x" | "y", None) => {
                        problems.push(Problem::new(format!("{value} is not a number from 0 to 1")).under(key.as_str()))
                    }
                    _ => problems
                        .push(Problem::unknown("key", key, "an anchor", ["x", "y"].into_iter()).under(key.as_str())),
                }
            }
            if problems.is_empty() { Ok(canonical(anchor)) } else { Err(problems) }
        }
        _ => Err(vec![Kind::Anchor.mismatch(written)]),
    }
}
