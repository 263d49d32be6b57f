//! A YAML text, and where in it a mistake is.
//!
//! The text is read once into plain values, which lets every mistake of a file be found in one
//! go. Where a value stands is asked only for the few paths that are wrong: the text is read
//! again along the path with a visitor that stops there, and the parser's own error says line
//! and column.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserializer;
use serde::de::DeserializeSeed;
use serde::de::EnumAccess;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::Map;
use serde_json::Value;
use serde_yaml::Value as Yaml;

use crate::error::printable;
use crate::options::At;
use crate::options::Problem;
use crate::options::Step;
use crate::pipeline::duplicate::duplicate;

/// A pipeline file as text, with its name for messages.
#[derive(Debug, Clone)]
pub struct Document {
    name: PathBuf,
    text: String,
}

/// A mistake or a warning with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The text of that line.
    pub excerpt: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl fmt::Display for Mistake {
    /// Five lines: the message, the place, and an excerpt with a mark under the column.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let file = printable(&self.file.to_string_lossy());
        // A tab or an escape would move the text away from its mark.
        let excerpt: String = self.excerpt.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        writeln!(f, "{}", printable(&self.message))?;
        writeln!(f, "{gutter}--> {file}:{}:{}", self.line, self.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {excerpt}")?;
        write!(f, "{gutter} | {}^", " ".repeat(self.column.saturating_sub(1)))?;
        match &self.hint {
            Some(hint) => write!(f, " {}", printable(hint)),
            None => Ok(()),
        }
    }
}

impl Document {
    /// A document with a name for messages. The mark with which some editors begin a text in
    /// UTF-8 is no part of it.
    #[must_use]
    pub fn new(name: &Path, text: String) -> Self {
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Document { name: name.to_owned(), text }
    }

    /// The file's name without folder and extension: what a pipeline is called that names
    /// itself nothing.
    #[must_use]
    pub fn stem(&self) -> String {
        self.name.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The document's values, in JSON's terms.
    ///
    /// # Errors
    /// What keeps the text from being YAML, or the YAML from being plain values.
    pub fn values(&self) -> Result<Value, Vec<Mistake>> {
        let mut yaml: Yaml = serde_yaml::from_str(&self.text).map_err(|error| vec![self.syntax(&error)])?;
        yaml.apply_merge().map_err(|error| vec![self.syntax(&error)])?;
        plain(yaml).map_err(|problem| vec![self.mistake(&problem)])
    }

    /// The problem with its place.
    #[must_use]
    pub fn mistake(&self, problem: &Problem) -> Mistake {
        let (line, column) = self.locate(&problem.path, problem.at);
        self.at(line, column, problem.message.clone(), problem.hint.clone())
    }

    /// Line and column of a path, both from 1. A path that is not in the text, like a key
    /// that is missing, is found at its nearest parent.
    #[must_use]
    pub fn locate(&self, path: &[Step], at: At) -> (usize, usize) {
        let finder = Finder { path, at };
        let found = finder.deserialize(serde_yaml::Deserializer::from_str(&self.text));
        let location = found.err().filter(|error| error.to_string().contains(HERE)).and_then(|error| error.location());
        match (location, path.split_last()) {
            (Some(location), _) => (location.line(), location.column()),
            (None, Some((_, parent))) => self.locate(parent, At::Value),
            (None, None) => (1, 1),
        }
    }

    fn syntax(&self, error: &serde_yaml::Error) -> Mistake {
        if let Some((key, line, column)) = duplicate(&self.text) {
            return self.at(line, column, format!("`{key}` is written twice"), Some("leave one of them out".into()));
        }
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let text = error.to_string();
        // The parser repeats the place that the excerpt shows.
        let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
        self.at(line, column, message, None)
    }

    fn at(&self, line: usize, column: usize, message: String, hint: Option<String>) -> Mistake {
        let excerpt = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_owned();
        Mistake { file: self.name.clone(), line, column, excerpt, message, hint }
    }
}

/// YAML values in JSON's terms.
fn plain(yaml: Yaml) -> Result<Value, Problem> {
    match yaml {
        Yaml::Null => Ok(Value::Null),
        Yaml::Bool(value) => Ok(Value::Bool(value)),
        Yaml::String(text) => Ok(Value::String(text)),
        Yaml::Number(number) => {
            let json = number.as_u64().map(Value::from).or_else(|| number.as_i64().map(Value::from));
            json.or_else(|| number.as_f64().and_then(serde_json::Number::from_f64).map(Value::Number))
                // Kept as text, so that whoever wants a number refuses it with the other mistakes.
                .map_or_else(|| Ok(Value::String(number.to_string())), Ok)
        }
        Yaml::Sequence(items) => {
            let items = items.into_iter().enumerate();
            items.map(|(index, item)| plain(item).map_err(|problem| problem.under(index))).collect()
        }
        Yaml::Mapping(mapping) => {
            let mut map = Map::new();
            for (key, value) in mapping {
                let key = match plain(key)? {
                    Value::String(key) => key,
                    Value::Null => "null".to_owned(),
                    key @ (Value::Bool(_) | Value::Number(_)) => key.to_string(),
                    _ => return Err(Problem::new("a key must be a word")),
                };
                let value = plain(value).map_err(|problem| problem.under(key.as_str()))?;
                map.insert(key, value);
            }
            Ok(Value::Object(map))
        }
        Yaml::Tagged(tagged) => Err(Problem::new(format!("YAML tags like {} have no meaning here", tagged.tag))),
    }
}

/// The text of the error that means "found"; the parser adds the place to it.
const HERE: &str = "\u{1}here";

/// Follows a path and stops at its end with an error.
#[derive(Clone, Copy)]
struct Finder<'a> {
    path: &'a [Step],
    at: At,
}

impl<'de> DeserializeSeed<'de> for Finder<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Finder<'_> {
    /// The error that means "found" at the path's end; at a scalar before it the path is not
    /// in the text.
    fn scalar<E: serde::de::Error>(self) -> Result<(), E> {
        if self.path.is_empty() { Err(E::custom(HERE)) } else { Ok(()) }
    }
}

impl<'de> Visitor<'de> for Finder<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.path.split_first() else { return self.scalar() };
        let wanted = match step {
            Step::Key(key) => key.as_str(),
            Step::Item(_) => return Ok(()),
        };
        let stop = rest.is_empty() && self.at == At::Key;
        while let Some(matches) = map.next_key_seed(KeyFinder { wanted, stop })? {
            if matches {
                return map.next_value_seed(Finder { path: rest, at: self.at });
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.path.split_first() else { return self.scalar() };
        let Step::Item(wanted) = *step else { return Ok(()) };
        for _ in 0..wanted {
            seq.next_element::<IgnoredAny>()?;
        }
        seq.next_element_seed(Finder { path: rest, at: self.at }).map(|_| ())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.scalar()
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.scalar()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar()
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar()
    }
}

/// Reads a key and says whether it is the wanted one; stops there if asked to.
struct KeyFinder<'a> {
    wanted: &'a str,
    stop: bool,
}

impl<'de> DeserializeSeed<'de> for KeyFinder<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for KeyFinder<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<bool, E> {
        if key != self.wanted {
            return Ok(false);
        }
        if self.stop { Err(E::custom(HERE)) } else { Ok(true) }
    }

    fn visit_bool<E: serde::de::Error>(self, key: bool) -> Result<bool, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, key: i64) -> Result<bool, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, key: u64) -> Result<bool, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, key: f64) -> Result<bool, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<bool, E> {
        self.visit_str("null")
    }
}
