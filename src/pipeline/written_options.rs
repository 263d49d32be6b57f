//! Options of single pictures as they are written.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use crate::document::Document;
use crate::document::Mistake;
use crate::document::Mistakes;
use crate::options::At;
use crate::options::Problem;
use crate::options::Step;

/// Holds options of stages as they are written of one picture or of some, not checked yet, and where that is.
#[derive(Debug, Clone)]
pub struct WrittenOptions {
    options: Map<String, Value>,
    place: Place,
}

/// Place where options are written.
#[derive(Debug, Clone)]
enum Place {
    /// In a document, below this path.
    Document(Arc<Document>, Vec<Step>),
    /// In a line of a file that is no such document, counted from 1.
    Line { file: PathBuf, line: usize, text: String },
}

impl WrittenOptions {
    /// Returns options that stand in a document at the end of this path: a map of options for each stage's word.
    /// Relative paths in them count from the document's folder.
    #[must_use]
    pub fn in_document(document: Arc<Document>, path: Vec<Step>, options: Map<String, Value>) -> Self {
        WrittenOptions { options, place: Place::Document(document, path) }
    }

    /// Returns options that stand in a line of a file, as of a table; the line counts from 1 and has this text.
    /// Relative paths in them count from the file's folder.
    #[must_use]
    pub fn in_line(file: &Path, line: usize, text: &str, options: Map<String, Value>) -> Self {
        WrittenOptions { options, place: Place::Line { file: file.to_owned(), line, text: text.to_owned() } }
    }

    /// Returns the options by the word of their stage.
    pub(super) fn options(&self) -> &Map<String, Value> {
        &self.options
    }

    /// Tells whether something is said of this option of a stage.
    pub(super) fn says(&self, word: &str, option: &str) -> bool {
        self.options.get(word).is_some_and(|options| options.get(option).is_some())
    }

    /// Returns the folder from which relative paths in them count.
    pub(super) fn folder(&self) -> &Path {
        match &self.place {
            Place::Document(document, _) => document.folder(),
            Place::Line { file, .. } => file.parent().unwrap_or(Path::new("")),
        }
    }

    /// Returns the name of the file in which they stand.
    pub(super) fn file(&self) -> &Path {
        match &self.place {
            Place::Document(document, _) => document.name(),
            Place::Line { file, .. } => file,
        }
    }

    /// Returns the line in which an option of a stage stands.
    pub(super) fn line(&self, word: &str, option: &str) -> usize {
        match &self.place {
            Place::Document(document, path) => {
                let path: Vec<Step> = path.iter().cloned().chain([word.into(), option.into()]).collect();
                document.locate(&path, At::Key).0
            }
            Place::Line { line, .. } => *line,
        }
    }

    /// Returns problems with what is written, whose paths begin with the word of a stage, with their places.
    pub(super) fn mistakes(&self, problems: &[Problem]) -> Mistakes {
        match &self.place {
            Place::Document(document, path) => {
                let under = |problem: &Problem| Problem {
                    path: path.iter().chain(&problem.path).cloned().collect(),
                    ..problem.clone()
                };
                let problems: Vec<Problem> = problems.iter().map(under).collect();
                document.mistakes(&problems)
            }
            Place::Line { file, line, text } => {
                let mistake = |problem: &Problem| Mistake::of_line((file, *line, text), problem);
                problems.iter().map(mistake).collect()
            }
        }
    }

    /// Returns an identity that no other options have, nor the same ones in another place.
    pub(super) fn identity(&self) -> WrittenIdentity {
        let (file, path, line) = match &self.place {
            Place::Document(document, path) => (document.name(), path.clone(), None),
            Place::Line { file, line, .. } => (&**file, Vec::new(), Some(*line)),
        };
        WrittenIdentity { file: file.to_owned(), path, line, options: self.options.clone() }
    }
}

/// Names options among all others, by what they say and where.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct WrittenIdentity {
    file: PathBuf,
    path: Vec<Step>,
    line: Option<usize>,
    options: Map<String, Value>,
}
