//! A YAML text, and where in it a mistake is.
//!
//! The text is read once into plain values, which lets every mistake of a file be found in one
//! go. Where a value stands is asked only for the few paths that are wrong: the text is read
//! again along the path with a visitor that stops there, and the parser's own error says line
//! and column.

mod duplicate;
mod finder;

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Map;
use serde_json::Value;
use serde_yaml::Value as Yaml;

use crate::error::printable;
use crate::options::At;
use crate::options::Problem;
use crate::options::Step;
use duplicate::duplicate;

/// A YAML file as text, with its name for messages.
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
        let location = finder::find(&self.text, path, at);
        match (location, path.split_last()) {
            (Some(place), _) => place,
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
