//! Mistakes of a descriptor as they are found, and what its texts are checked for everywhere.

use serde_json::Value;

use crate::options::Problem;
use crate::options::Step;

/// Holds the mistakes found so far.
#[derive(Default)]
pub(super) struct Problems {
    problems: Vec<Problem>,
}

impl Problems {
    /// Keeps a mistake at a path.
    pub(super) fn add(&mut self, path: &[Step], problem: Problem) {
        let placed = path.iter().rev().cloned().fold(problem, |mut problem, step| {
            problem.path.insert(0, step);
            problem
        });
        self.problems.push(placed);
    }

    /// Keeps a mistake of which there is no more to say than this.
    pub(super) fn say(&mut self, path: &[Step], message: impl Into<String>) {
        self.add(path, Problem::new(message));
    }

    /// Returns `checked` if there is no mistake.
    ///
    /// # Errors
    /// The mistakes.
    pub(super) fn none_or<T>(self, checked: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() { Ok(checked) } else { Err(self.problems) }
    }
}

/// Tells whether the value of a form's field is the picture.
pub(in crate::providers) fn is_file(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.replace(' ', "") == "{{file}}")
}

/// Checks that a text is a JSON pointer (RFC 6901), which begins with a slash.
pub(super) fn pointer(path: &[Step], text: &str, found: &mut Problems) {
    if !text.starts_with('/') {
        found.say(path, format!("`{text}` is not a JSON pointer like /output/0"));
    }
}
