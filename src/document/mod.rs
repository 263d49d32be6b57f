//! A YAML text, and where in it a mistake is.
//!
//! One pass over the text's events finds where everything stands and holds the text to its
//! bounds (`places.rs`); then it is read into plain values, which lets every mistake of a file be
//! found in one go, however many there are. The two are done by different parsers. What only the
//! second takes for YAML is held to its bounds by a walk (`walk.rs`), and its places are found one by one
//! (`finder.rs`), as many as that takes no long time for.

mod discreet;
mod finder;
mod mistakes;
mod places;
mod unreadable;
mod walk;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use serde_json::Map;
use serde_json::Value;
use serde_yaml::Value as Yaml;

use crate::options::At;
use crate::options::Problem;
use crate::options::Step;
pub(crate) use discreet::discreet;
use discreet::without_paths;
pub use mistakes::Mistake;
pub use mistakes::Mistakes;
use places::BoundExceeded;
use places::Place;
use places::Places;
use places::Unread;
use unreadable::NoText;
pub use unreadable::Unreadable;
use walk::WalkResult;
use walk::walk;

/// Most bytes of a document; the largest catalog's pipeline takes a hundredth.
const TEXT_MAX: usize = 4 << 20;

/// Most characters of a line that an excerpt shows, and of those how many stand before the mark.
const EXCERPT: usize = 160;
const EXCERPT_BEFORE: usize = 80;

/// Characters before and behind the mark in which secrets are looked for.
const AROUND: usize = 4096;

/// Most characters of a message; what was written may be part of it.
const MESSAGE_MAX: usize = 2000;

/// Most bytes that are read to find places one by one.
const FOUND_MAX: usize = 64 << 20;

/// Flow collections that may follow where one parser stops and another may go on: each level costs
/// the second a look at all levels above it.
const UNSEEN_MAX: usize = 1000;

/// A YAML file as text, with its name for messages.
#[derive(Debug, Clone)]
pub struct Document {
    name: PathBuf,
    folder: PathBuf,
    text: String,
    places: OnceLock<Result<Places, Unread>>,
    /// Bytes that may still be read to find places one by one.
    left: Arc<AtomicUsize>,
}

impl Document {
    /// Makes a document with a name for messages. The mark with which some editors begin a text in UTF-8 is no part of
    /// it.
    #[must_use]
    pub fn new(name: &Path, text: String) -> Self {
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Document {
            name: name.to_owned(),
            folder: PathBuf::new(),
            text,
            places: OnceLock::new(),
            left: Arc::new(FOUND_MAX.into()),
        }
    }

    /// Reads the file at `path`, hardly more of it than a document may have. Its [folder](Document::folder) is
    /// that of the path, unless what stands there is a text from elsewhere: a pipe, or `/dev/stdin`.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(path: &Path) -> Result<Self, Unreadable> {
        let mut text = Vec::new();
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.is_file(), file)));
        let read = opened.and_then(|(is_file, file)| {
            file.take(TEXT_MAX as u64 + 4).read_to_end(&mut text)?;
            Ok(is_file && !is_of_process(path))
        });
        let is_in_place = read.map_err(|error| Unreadable::from(NoText::Io(error)))?;
        let folder = path.parent().filter(|_| is_in_place).unwrap_or(Path::new(""));
        let of = |text: String| Document { folder: folder.to_owned(), ..Document::new(path, text) };
        let is_cut = text.len() > TEXT_MAX;
        match String::from_utf8(text) {
            Ok(text) => Ok(of(text)),
            // The cut may have gone through a character.
            Err(error) if is_cut => Ok(of(String::from_utf8_lossy(error.as_bytes()).into_owned())),
            Err(_) => Err(NoText::NotUtf8.into()),
        }
    }

    /// Returns the file's name without folder and extension: the name of a pipeline that gives itself none.
    #[must_use]
    pub fn stem(&self) -> String {
        self.name.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Returns the folder from which relative paths in the text count, as it was named; an empty path for the
    /// working directory, which counts for a text that was read from no file.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the name of the document in messages.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Returns the document's values, in JSON's terms.
    ///
    /// # Errors
    /// What keeps the text from being YAML, or the YAML from being plain values; or which of
    /// the bounds it exceeds.
    pub fn values(&self) -> Result<Value, Mistakes> {
        if self.text.len() > TEXT_MAX {
            let line = self.text.as_bytes()[..TEXT_MAX].iter().filter(|&&byte| byte == b'\n').count() + 1;
            return Err(self.at((line, 1), &format!("the file has more than {} MiB", TEXT_MAX >> 20), None).into());
        }
        if let Err(unread) = self.places() {
            if unread.is_beyond {
                return Err(self.at(unread.place, &unread.message, None).into());
            }
            if let Some(WalkResult::Many(place)) = walk(&self.text) {
                return Err(self.at(place, &BoundExceeded::Values.to_string(), None).into());
            }
        }
        let yaml: Result<Yaml, _> = serde_yaml::from_str(&self.text);
        let mut yaml = yaml.map_err(|error| self.syntax(&error))?;
        yaml.apply_merge().map_err(|error| self.syntax(&error))?;
        plain(yaml).map_err(|problem| self.mistakes([&problem]))
    }

    /// Returns the problems with their places, in the order of these.
    #[must_use]
    pub fn mistakes<'a>(&self, problems: impl IntoIterator<Item = &'a Problem>) -> Mistakes {
        let placed = problems.into_iter().map(|problem| (self.find(&problem.path, problem.at), problem));
        let mut placed: Vec<(Option<Place>, &Problem)> = placed.collect();
        placed.sort_by_key(|(place, _)| place.unwrap_or((usize::MAX, usize::MAX)));
        let shown = placed.iter().take(Mistakes::SHOWN);
        let shown =
            shown.map(|(place, problem)| self.at(place.unwrap_or((1, 1)), &problem.message, problem.hint.as_deref()));
        let shown: Vec<Mistake> = shown.collect();
        let more = placed.len() - shown.len();
        Mistakes::new(shown, more)
    }

    /// Returns line and column of a path, both from 1. A path that is not in the text, like a key that is missing, is
    /// found at its nearest parent.
    #[must_use]
    pub fn locate(&self, path: &[Step], at: At) -> (usize, usize) {
        self.find(path, at).unwrap_or((1, 1))
    }

    /// Returns the same; `None` if finding it would take too long.
    fn find(&self, path: &[Step], at: At) -> Option<Place> {
        match self.places() {
            Ok(places) => return Some(places.locate(path, at)),
            Err(unread) if unread.is_beyond => return None,
            Err(_) => {}
        }
        let take = |left: usize| left.checked_sub(self.text.len());
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        match (finder::find(&self.text, path, at), path.split_last()) {
            (Some(place), _) => Some(place),
            (None, Some((_, parent))) => self.find(parent, At::Value),
            (None, None) => Some((1, 1)),
        }
    }

    fn places(&self) -> &Result<Places, Unread> {
        self.places.get_or_init(|| {
            Places::of(&self.text).map_err(|unread| {
                let is_beyond = unread.is_beyond || self.is_unseen_deep(unread.offset);
                Unread { is_beyond, ..unread }
            })
        })
    }

    /// Tells whether what comes after `offset` may nest deeply.
    fn is_unseen_deep(&self, offset: usize) -> bool {
        self.text.as_bytes()[offset..].iter().filter(|byte| matches!(byte, b'[' | b'{')).count() > UNSEEN_MAX
    }

    fn syntax(&self, error: &serde_yaml::Error) -> Mistakes {
        if let Some(WalkResult::Twice(key, place)) = walk(&self.text) {
            return self.at(place, &format!("`{key}` is written twice"), Some("leave one of them out")).into();
        }
        let place = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let text = error.to_string();
        // The parser repeats the place that the excerpt shows.
        self.at(place, text.split(" at line ").next().unwrap_or(&text), None).into()
    }

    fn at(&self, (line, column): Place, message: &str, hint: Option<&str>) -> Mistake {
        let text = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let above = line.checked_sub(2).and_then(|above| self.text.lines().nth(above)).unwrap_or_default();
        let column = behind_colon(text, column);
        // Wider than what is shown: a part of an address would not be known for one.
        let skipped = column.saturating_sub(1).saturating_sub(AROUND);
        let around: String = text.chars().skip(skipped).take(2 * AROUND).collect();
        let (excerpt, mark) = excerpt(&without_paths(&discreet(&around), above), column - skipped);
        let (message, hint) = (shortened(&discreet(message)), hint.map(|hint| shortened(&discreet(hint))));
        Mistake { file: self.name.clone(), line, column, excerpt, mark, message, hint }
    }
}

/// Tells whether a path names what a process has open, like `/dev/stdin`: a file may stand behind it, whose
/// folder that was not named.
fn is_of_process(path: &Path) -> bool {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.parent() == Some(Path::new("/dev")) || path.starts_with("/dev/fd") || path.starts_with("/proc")
}

/// Returns the column at which a missing value is expected: the place is that of its colon, and it is missed behind
/// that, in a flow collection before the sign that ends it.
fn behind_colon(line: &str, column: usize) -> usize {
    let mut rest = line.chars().skip(column.saturating_sub(1));
    if rest.next() != Some(':') {
        return column;
    }
    let blanks = rest.clone().take_while(|c| *c == ' ' || *c == '\t').count();
    let is_ended = rest.nth(blanks).is_some_and(|c| matches!(c, ',' | '}' | ']'));
    column + 1 + if is_ended { blanks } else { 0 }
}

/// Returns the part of a line around a column, and where in it that is, from 1.
fn excerpt(line: &str, column: usize) -> (String, usize) {
    if line.chars().nth(EXCERPT).is_none() {
        return (line.to_owned(), column);
    }
    let skipped = column.saturating_sub(1).saturating_sub(EXCERPT_BEFORE);
    let mut rest = line.chars().skip(skipped);
    let before = if skipped > 0 { "…" } else { "" };
    let part: String = rest.by_ref().take(EXCERPT).collect();
    let after = if rest.next().is_some() { "…" } else { "" };
    (format!("{before}{part}{after}"), column - skipped + before.chars().count())
}

/// Returns a message of at most so many characters. What is left out is in the middle, because what was written begins
/// it and what is wrong with that ends it.
fn shortened(message: &str) -> String {
    if message.char_indices().nth(MESSAGE_MAX).is_none() {
        return message.to_owned();
    }
    let first = message.char_indices().nth(MESSAGE_MAX / 2).map_or(message.len(), |(end, _)| end);
    let last = message.char_indices().nth_back(MESSAGE_MAX / 2 - 1).map_or(0, |(start, _)| start);
    format!("{}…{}", &message[..first], &message[last..])
}

/// Returns YAML values in JSON's terms.
fn plain(yaml: Yaml) -> Result<Value, Problem> {
    match yaml {
        Yaml::Null => Ok(Value::Null),
        Yaml::Bool(value) => Ok(Value::Bool(value)),
        Yaml::String(text) => Ok(Value::String(text)),
        Yaml::Number(number) => {
            let json = number.as_u64().map(Value::from).or_else(|| number.as_i64().map(Value::from));
            json.or_else(|| number.as_f64().and_then(serde_json::Number::from_f64).map(Value::Number))
                // Kept as text, so that an option that takes a number refuses it with the other mistakes.
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
