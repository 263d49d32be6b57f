//! A mistake in what the user wrote, with the path to it.

/// One step from the root of a document to a place in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into the value of this key.
    Key(String),
    /// Into this item of a list, counted from 0.
    Item(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Step::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Step::Item(index)
    }
}

/// End of the last step that a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The key itself, as when it is unknown.
    Key,
    /// The value behind it.
    Value,
}

/// One mistake: where it is, what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From the root of the document, or of the part that was read, to the mistake.
    pub path: Vec<Step>,
    /// Key or value of the last step.
    pub at: At,
    /// The mistake; a lowercase fragment.
    pub message: String,
    /// The advice, if there is any beyond the message.
    pub hint: Option<String>,
}

impl Problem {
    /// Makes a mistake in the value that was being read.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Problem { path: Vec::new(), at: At::Value, message: message.into(), hint: None }
    }

    /// Makes the mistake of an unknown word, with the nearest known one.
    #[must_use]
    pub fn unknown<'a>(noun: &str, word: &str, owner: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.collect();
        let hint = match nearest(word, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("{owner} takes no {noun}s"),
            None => format!("known: {}", known.join(", ")),
        };
        let place = if owner.is_empty() { String::new() } else { format!(" in {owner}") };
        Problem { at: At::Key, ..Problem::new(format!("unknown {noun} `{word}`{place}")) }.hint(hint)
    }

    /// Returns the same with advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Problem { hint: Some(hint.into()), ..self }
    }

    /// Returns the same, about the value even if it was about a key.
    #[must_use]
    pub fn at_value(self) -> Self {
        Problem { at: At::Value, ..self }
    }

    /// Returns the same, one step further from the root.
    #[must_use]
    pub fn under(mut self, step: impl Into<Step>) -> Self {
        self.path.insert(0, step.into());
        self
    }
}

/// Most bytes of a word that is compared with known ones.
const COMPARED_MAX: usize = 100;

/// Returns the known word that `word` was probably meant to be.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // No known word is nearly as long, and comparing takes the product of both lengths.
    if word.len() > COMPARED_MAX {
        return None;
    }
    let distance = |other: &str| strsim::damerau_levenshtein(&word.to_lowercase(), other);
    let best = known.iter().copied().min_by_key(|other| distance(other))?;
    // A third of the word may differ, in short ones a letter; more is another word.
    (distance(best) <= (best.len() / 3).max(1) && distance(best) < best.len()).then_some(best)
}
