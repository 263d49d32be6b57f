//! Pipeline files, from their text to decisions, through the public API.

mod fingerprint;
mod formats;
mod mistakes;
mod precedence;
mod reference;
mod revisions;
mod schema;
mod syntax;
mod tasks;
mod variants;
mod want;
mod warnings;

use std::fs;
use std::path::Path;

use recanvas::pipeline::Document;
use recanvas::pipeline::Mistake;
use recanvas::pipeline::Mistakes;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::check;

fn checked(text: &str) -> Result<Pipeline, Mistakes> {
    check(&Document::new(Path::new("test.yaml"), text.to_owned()), Registry::built_in())
}

/// The pipeline that a text without mistakes describes.
fn pipeline(text: &str) -> Pipeline {
    checked(text).unwrap_or_else(|mistakes| panic!("{text}\n{}", shown(&mistakes)))
}

/// All mistakes of a text; at least one.
fn mistakes(text: &str) -> Mistakes {
    match checked(text) {
        Ok(_) => panic!("no mistake in\n{text}"),
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "{text}");
            mistakes
        }
    }
}

fn shown(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(|mistake| format!("{mistake}\n")).collect()
}

/// The text from which the places of `expected` were taken out, where `‹` marks each: line and
/// column from 1, in the order in which they stand.
fn marked(text: &str) -> (String, Vec<(usize, usize)>) {
    let mut places = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for (before, (at, _)) in line.match_indices('‹').enumerate() {
            places.push((index + 1, line[..at].chars().count() - before + 1));
        }
    }
    assert!(!places.is_empty(), "no place is marked in\n{text}");
    (text.replace('‹', ""), places)
}

/// Checks that a marked text has a mistake at each mark and nowhere else, and that message and
/// hint say what is expected; an empty hint means none.
fn assert_mistakes(text: &str, expected: &[(&str, &str)]) {
    let (text, places) = marked(text);
    assert_said(&text, &mistakes(&text), &places, expected);
}

fn assert_said(text: &str, found: &[Mistake], places: &[(usize, usize)], expected: &[(&str, &str)]) {
    let at: Vec<(usize, usize)> = found.iter().map(|mistake| (mistake.line, mistake.column)).collect();
    assert_eq!(at, places, "{text}\n{}", shown(found));
    assert_eq!(found.len(), expected.len(), "{}", shown(found));
    for (mistake, (message, hint)) in found.iter().zip(expected) {
        let said = mistake.hint.as_deref().unwrap_or_default();
        assert!(mistake.message.contains(message), "{mistake}\nshould say: {message}");
        assert!(said.contains(hint) && hint.is_empty() == said.is_empty(), "{mistake}\nshould advise: {hint}");
        let line = text.lines().nth(mistake.line - 1).unwrap_or_default();
        assert_eq!(mistake.excerpt, line, "{mistake}");
    }
}

/// The files that come with the program: name and text.
fn shipped() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let files: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("it is text")))
        .collect();
    assert!(files.len() >= 4, "{files:?}");
    files
}

/// A small right pipeline with `more` between its version and its target.
fn with(more: &str) -> String {
    format!("version: 1\n{more}\ntargets:\n  - {{ name: square, size: 100x100 }}\n")
}
