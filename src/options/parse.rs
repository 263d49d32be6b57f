//! Reads written options: checks them, makes them canonical, and fills in defaults.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::geometry::Anchor;
use crate::options::Color;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Problem;
use crate::options::Values;
use crate::options::nearest;
use crate::options::number;

/// Reads the written values of `fields`. Options that were not written are not in the result.
///
/// `what` names the owner in messages, like "stage `resize`".
///
/// # Errors
/// Every mistake, each with the path to it below `map`.
pub fn parse(fields: &'static [Field], what: &str, map: &Map<String, Value>) -> Result<Values, Vec<Problem>> {
    let mut values = Values::new();
    let mut problems = Vec::new();
    for (key, written) in map {
        let Some(field) = fields.iter().find(|field| field.name == key) else {
            problems
                .push(Problem::unknown("option", key, what, fields.iter().map(|field| field.name)).under(key.as_str()));
            continue;
        };
        match field.kind.parse(written) {
            Ok(value) => {
                values.insert(field.name, value);
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(key.as_str()))),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

/// Returns the options of `fields` that have a default, each with it.
#[must_use]
pub fn defaults(fields: &'static [Field]) -> Values {
    fields.iter().filter_map(|field| Some((field.name, field.default_value()?))).collect()
}

impl Field {
    /// Returns the default in canonical form, if there is one.
    ///
    /// # Panics
    /// If the table's own default is not a value of its kind, which a test rules out.
    #[must_use]
    pub fn default_value(&self) -> Option<Value> {
        self.written_default().map(|written| match self.kind.parse(&written) {
            Ok(value) => value,
            Err(problems) => panic!("the default of `{}` is not of its kind: {problems:?}", self.name),
        })
    }
}

impl Kind {
    /// Reads a written value and makes it canonical.
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
            (Kind::List(inner), _) => list(inner, written),
            (Kind::Map(fields), Value::Object(map)) => self::map(fields, map),
            (Kind::MapOf(inner), Value::Object(map)) => map_of(inner, map),
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
            (Kind::Word(words), Some(word)) => match nearest(word, words) {
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
}

/// Reads a list; one value stands for a list of one.
fn list(inner: &Kind, written: &Value) -> Result<Value, Vec<Problem>> {
    let Value::Array(items) = written else {
        return inner.parse(written).map(|value| Value::Array(vec![value]));
    };
    let mut problems = Vec::new();
    let mut values = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match inner.parse(item) {
            Ok(value) => values.push(value),
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(index))),
        }
    }
    if problems.is_empty() { Ok(Value::Array(values)) } else { Err(problems) }
}

/// Reads a map with these options and completes it.
fn map(fields: &'static [Field], written: &Map<String, Value>) -> Result<Value, Vec<Problem>> {
    let (values, mut problems) = match parse(fields, "", written) {
        Ok(values) => (values, Vec::new()),
        Err(problems) => (Values::new(), problems),
    };
    let mut complete = Map::new();
    for field in fields {
        match (values.get(field.name), written.contains_key(field.name)) {
            (Some(value), _) => {
                complete.insert(field.name.to_owned(), value.clone());
            }
            (None, true) => {}
            (None, false) => match field.default_value() {
                Some(value) => {
                    complete.insert(field.name.to_owned(), value);
                }
                None => problems.push(Problem::new(format!("`{}` is missing", field.name))),
            },
        }
    }
    if problems.is_empty() { Ok(Value::Object(complete)) } else { Err(problems) }
}

/// Reads a map from any word to `inner`.
fn map_of(inner: &Kind, written: &Map<String, Value>) -> Result<Value, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut values = Map::new();
    for (key, value) in written {
        match inner.parse(value) {
            Ok(value) => {
                values.insert(key.clone(), value);
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(key.as_str()))),
        }
    }
    if problems.is_empty() { Ok(Value::Object(values)) } else { Err(problems) }
}

/// Returns a scalar as text, so that `200M` and `200` are read alike.
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
