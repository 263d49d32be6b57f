//! Patterns over paths.

use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::str::Chars;

use globset::GlobBuilder;
use globset::GlobSet;
use globset::GlobSetBuilder;
use regex::bytes::RegexSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most bytes of one pattern; no path is longer.
const PATTERN_MAX: usize = 4096;

/// Most bytes of all patterns together: what they are compiled to takes some thousand times as
/// much.
const PATTERNS_MAX: usize = 256 << 10;

/// Patterns that paths relative to a root are held against, upper and lower case alike, and in whatever form
/// of Unicode both are written: systems write the same name with `é` as one character or as two.
///
/// As in `.gitignore`: a pattern without `/` means a name at any depth (`*.psd`), one with `/`
/// counts from the root (`shoes/*.jpg`), `*` stays within one folder, `**` does not, and a `/`
/// at the end means everything below.
#[derive(Debug, Clone)]
pub struct Globs {
    /// Patterns of which every sign means the same byte by byte, and which of all they are.
    plain: (GlobSet, Vec<usize>),
    /// Patterns in which one sign stands for any letter, or one of several, and which of all they are.
    by_letter: (RegexSet, Vec<usize>),
    written: Vec<String>,
}

/// Error of patterns that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GlobError {
    /// One is longer than any path.
    #[error("a pattern has {bytes} bytes; at most {PATTERN_MAX} are possible")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// One says nothing.
    #[error("a pattern is empty; `*` fits every name")]
    Empty,
    /// All of them are too much text.
    #[error("the patterns have more than {} KiB together", PATTERNS_MAX >> 10)]
    TooLongTogether,
    /// One breaks the rules of patterns.
    #[error("`{written}` is not a pattern: {why}")]
    NoPattern {
        /// The pattern.
        written: String,
        /// The rule that it breaks.
        why: String,
    },
    /// They cannot be held in as little memory as they may take.
    #[error("the patterns are nested too deeply, or are too many")]
    TooMuch,
}

impl Default for Globs {
    fn default() -> Self {
        Globs { plain: (GlobSet::empty(), Vec::new()), by_letter: (RegexSet::empty(), Vec::new()), written: Vec::new() }
    }
}

impl Globs {
    /// Reads the patterns.
    ///
    /// # Errors
    /// The first one that cannot be read, and why; or that they are too long.
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Self, GlobError> {
        let (mut builder, mut plain) = (GlobSetBuilder::new(), Vec::new());
        let (mut expressions, mut by_letter) = (Vec::new(), Vec::new());
        let (mut bytes, mut all) = (0, Vec::new());
        for pattern in patterns {
            let written = pattern.as_ref();
            if written.len() > PATTERN_MAX {
                return Err(GlobError::TooLong { bytes: written.len() });
            }
            if written.trim().is_empty() {
                return Err(GlobError::Empty);
            }
            bytes += written.len();
            if bytes > PATTERNS_MAX {
                return Err(GlobError::TooLongTogether);
            }
            let read = |pattern: &str| {
                let mut glob = GlobBuilder::new(pattern);
                let glob = glob.case_insensitive(true).literal_separator(true).backslash_escape(true).build();
                glob.map_err(|error| GlobError::NoPattern {
                    written: written.to_owned(),
                    why: error.kind().to_string(),
                })
            };
            let pattern = folded(&anchored(written)).into_owned();
            let glob = read(&pattern)?;
            let SplitPattern { pattern, classes } = SplitPattern::of(&pattern);
            if classes.is_empty() {
                builder.add(glob);
                plain.push(all.len());
            } else if pattern.matches(CLASS_MARK).count() > classes.len() {
                let why = "it has a control character".to_owned();
                return Err(GlobError::NoPattern { written: written.to_owned(), why });
            } else {
                expressions.push(with_classes(read(&pattern)?.regex(), &classes));
                by_letter.push(all.len());
            }
            all.push(written.to_owned());
        }
        let set = builder.build().map_err(|_| GlobError::TooMuch)?;
        let expressions = RegexSet::new(expressions).map_err(|_| GlobError::TooMuch)?;
        Ok(Globs { plain: (set, plain), by_letter: (expressions, by_letter), written: all })
    }

    /// Tells whether there are no patterns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Tells whether a pattern fits `relative`.
    #[must_use]
    pub fn matches(&self, relative: &Path) -> bool {
        let path = folded_path(relative);
        self.plain.0.is_match(&path) || self.by_letter.0.is_match(path.as_os_str().as_bytes())
    }

    /// Returns the patterns as they were written.
    #[must_use]
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// Returns the patterns that fit `relative`, as indices of [`Globs::written`] in order.
    #[must_use]
    pub fn fitting(&self, relative: &Path) -> Vec<usize> {
        let path = folded_path(relative);
        let plain = self.plain.0.matches(&path).into_iter().map(|at| self.plain.1[at]);
        let matches = self.by_letter.0.matches(path.as_os_str().as_bytes());
        let by_letter = matches.iter().map(|at| self.by_letter.1[at]);
        let mut fitting: Vec<usize> = plain.chain(by_letter).collect();
        fitting.sort_unstable();
        fitting
    }
}

/// Returns the pattern that fits this one path, from the root on.
#[cfg(feature = "cli")]
#[must_use]
pub(crate) fn literal(path: &str) -> String {
    // A backslash takes the meaning of the sign behind it, but not inside of a class.
    format!("/{}", globset::escape(path).replace('\\', "[\\]"))
}

/// Stands in a pattern for a sign that means one letter.
const CLASS_MARK: char = '\u{1}';

/// A pattern without the signs that mean one letter. globset counts bytes: there `?` is half of an `é`, and of
/// `[é]` each byte is one of its letters.
struct SplitPattern {
    /// With [`CLASS_MARK`] in the place of each of them.
    pattern: String,
    /// The expressions of what they mean, in order.
    classes: Vec<String>,
}

impl SplitPattern {
    /// Takes them out of a pattern that can be read.
    fn of(pattern: &str) -> SplitPattern {
        let (mut left, mut classes) = (String::with_capacity(pattern.len()), Vec::new());
        let mut signs = pattern.chars();
        while let Some(sign) = signs.next() {
            match sign {
                '\\' => left.extend(std::iter::once(sign).chain(signs.next())),
                '?' | '[' => {
                    left.push(CLASS_MARK);
                    classes.push(if sign == '?' { "(?u:[^/])".to_owned() } else { class(&mut signs) });
                }
                sign => left.push(sign),
            }
        }
        SplitPattern { pattern: left, classes }
    }
}

/// Returns the expression of a class, from behind its `[` to behind its `]`: as globset reads one, a `]` is a letter
/// if it is the first, a `-` if it is the first or the last.
fn class(signs: &mut Chars<'_>) -> String {
    let text = signs.as_str();
    let inner = text.strip_prefix(['!', '^']).unwrap_or(text);
    let last = inner.char_indices().skip(1).find_map(|(at, sign)| (sign == ']').then_some(at)).unwrap_or(inner.len());
    let (members, rest) = inner.split_at(last);
    *signs = rest.strip_prefix(']').unwrap_or(rest).chars();
    let negated = if inner.len() < text.len() { "^/" } else { "" };
    let (mut expression, mut members) = (format!("(?u:[{negated}"), members.chars().peekable());
    while let Some(first) = members.next() {
        expression.push_str(&regex::escape(first.encode_utf8(&mut [0; 4])));
        let mut ahead = members.clone();
        if let (Some('-'), Some(end)) = (ahead.next(), ahead.next()) {
            expression.push('-');
            expression.push_str(&regex::escape(end.encode_utf8(&mut [0; 4])));
            members = ahead;
        }
    }
    expression.push_str("])");
    expression
}

/// Puts classes back into the expression of a pattern that was taken apart.
fn with_classes(expression: &str, classes: &[String]) -> String {
    let mut parts = expression.split(CLASS_MARK);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.zip(classes).fold(first, |whole, (part, class)| whole + class + part)
}

/// Returns the form of a text in which two are compared: composed (NFC), without case.
///
/// The case of ASCII is left to the patterns: folded ends of a range like `[A-z]` would make another one.
fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    // Decomposed first: of some letters with a mark only one case is a single character.
    let mut parts = text.nfd().peekable();
    let mut folded = String::with_capacity(text.len());
    while let Some(part) = parts.next() {
        let is_marked = parts.peek().copied().is_some_and(is_combining_mark);
        folded.push(if part.is_ascii() && !is_marked { part } else { without_case(part) });
    }
    folded.nfc().collect::<String>().into()
}

/// Returns the lowercase letter of the uppercase one, so that `ς` and `Σ` are `σ`; a letter whose other case
/// is several is its own.
fn without_case(letter: char) -> char {
    let upper = single(letter.to_uppercase()).unwrap_or(letter);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next();
    first.filter(|_| letters.next().is_none())
}

/// Returns a path as [`folded`], with a letter of the private use for each byte that is not UTF-8.
fn folded_path(path: &Path) -> Cow<'_, Path> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.is_ascii() {
        return path.into();
    }
    let mut all = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        all.extend_from_slice(folded(chunk.valid()).as_bytes());
        // Each stands for itself as a letter that no name has, so that a `?` fits it.
        let letters = chunk.invalid().iter().filter_map(|byte| char::from_u32(0x0010_ff00 + u32::from(*byte)));
        letters.for_each(|letter| all.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()));
    }
    Cow::Owned(OsString::from_vec(all).into())
}

fn anchored(written: &str) -> String {
    let rooted = written.trim_start_matches("./");
    let below = if rooted.ends_with('/') { "**" } else { "" };
    match rooted.trim_end_matches('/') {
        name if !name.contains('/') => format!("**/{rooted}{below}"),
        _ => format!("{}{below}", rooted.trim_start_matches('/')),
    }
}
