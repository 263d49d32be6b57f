//! The mistakes of a document, as many as a user reads at a time.

use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::path::PathBuf;

use crate::document::discreet;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::is_harmful;
use crate::error::printable;
use crate::options::Problem;

/// A mistake or a warning with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The text of that line; of a long one the part around the column.
    pub excerpt: String,
    /// Place of the column in the excerpt, from 1.
    pub mark: usize,
    /// The mistake, without its place.
    pub message: String,
    /// The advice, if there is any beyond the message.
    pub hint: Option<String>,
}

impl Mistake {
    /// Returns a problem with a line of a file that is no document, as of a table; the line counts from 1 and has
    /// this text.
    pub(crate) fn of_line((file, line, text): (&Path, usize, &str), problem: &Problem) -> Self {
        Mistake {
            file: file.to_owned(),
            line,
            column: 1,
            excerpt: discreet(text),
            mark: 1,
            message: discreet(&problem.message),
            hint: problem.hint.as_deref().map(discreet),
        }
    }

    /// Returns place and message on one line.
    #[must_use]
    pub fn on_one_line(&self) -> String {
        let Mistake { file, line, column, message, hint, .. } = self;
        let hint = hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
        printable(&format!("{}:{line}:{column}: {message}{hint}", file.to_string_lossy()))
    }
}

impl fmt::Display for Mistake {
    /// Writes five lines: the message, the place, and an excerpt with a mark under the column.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let file = printable(&self.file.to_string_lossy());
        // A tab, an escape or a mark of direction would move the text away from its mark.
        let excerpt: String = self.excerpt.chars().map(|c| if is_harmful(c) { ' ' } else { c }).collect();
        writeln!(f, "{}", printable(&self.message))?;
        writeln!(f, "{gutter}--> {file}:{}:{}", self.line, self.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {excerpt}")?;
        write!(f, "{gutter} | {}^", " ".repeat(self.mark.saturating_sub(1)))?;
        match &self.hint {
            Some(hint) => write!(f, " {}", printable(hint)),
            None => Ok(()),
        }
    }
}

/// The mistakes of a document, the first [`Mistakes::SHOWN`] in the order of their places; those
/// after them are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistakes {
    shown: Vec<Mistake>,
    more: usize,
}

impl Mistakes {
    /// Most mistakes that are kept.
    pub const SHOWN: usize = 100;

    pub(super) fn new(shown: Vec<Mistake>, more: usize) -> Self {
        Mistakes { shown, more }
    }

    /// Counts the mistakes beyond those that are kept.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }

    /// Adds those of another place, behind its own.
    pub(crate) fn append(&mut self, other: Mistakes) {
        self.more += other.more;
        self.extend(other.shown);
    }

    /// Leaves out what is said twice of one place.
    pub fn dedup(&mut self) {
        self.shown.dedup();
    }
}

impl fmt::Display for Mistakes {
    /// Writes one paragraph for each that is kept, and the number of further ones.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.shown.iter().enumerate() {
            f.write_str(if index > 0 { "\n\n" } else { "" })?;
            mistake.fmt(f)?;
        }
        if self.more > 0 { write!(f, "\n\nand {} more", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for Mistakes {}

impl From<Mistakes> for Error {
    fn from(mistakes: Mistakes) -> Self {
        let mut line = String::new();
        if let Some(Mistake { file, line: number, column, message, .. }) = mistakes.first() {
            line = format!("{}:{number}:{column}: {message}", file.display());
        }
        let others = (mistakes.len() + mistakes.more).saturating_sub(1);
        if others > 0 {
            line.push_str(&format!(" (and {others} more {})", if others > 1 { "mistakes" } else { "mistake" }));
        }
        Error::new(ErrorKind::Mistakes, line).because(mistakes)
    }
}

impl Extend<Mistake> for Mistakes {
    fn extend<I: IntoIterator<Item = Mistake>>(&mut self, mistakes: I) {
        for mistake in mistakes {
            if self.shown.len() < Mistakes::SHOWN { self.shown.push(mistake) } else { self.more += 1 }
        }
    }
}

impl FromIterator<Mistake> for Mistakes {
    fn from_iter<I: IntoIterator<Item = Mistake>>(mistakes: I) -> Self {
        let mut all = Mistakes::default();
        all.extend(mistakes);
        all
    }
}

impl Deref for Mistakes {
    type Target = [Mistake];

    fn deref(&self) -> &[Mistake] {
        &self.shown
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Mistakes::new(vec![mistake], 0)
    }
}
