//! Patterns over paths.

use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use globset::GlobBuilder;
use globset::GlobSet;
use globset::GlobSetBuilder;
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
    set: GlobSet,
    written: Vec<String>,
}

impl Default for Globs {
    fn default() -> Self {
        Globs { set: GlobSet::empty(), written: Vec::new() }
    }
}

impl Globs {
    /// Reads the patterns.
    ///
    /// # Errors
    /// The first one that cannot be read, and why; or that they are too long.
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Self, String> {
        let mut builder = GlobSetBuilder::new();
        let (mut bytes, mut all) = (0, Vec::new());
        for pattern in patterns {
            let written = pattern.as_ref();
            if written.len() > PATTERN_MAX {
                return Err(format!("a pattern has {} bytes; at most {PATTERN_MAX} are possible", written.len()));
            }
            bytes += written.len();
            if bytes > PATTERNS_MAX {
                return Err(format!("the patterns have more than {} KiB together", PATTERNS_MAX >> 10));
            }
            let glob = GlobBuilder::new(&folded(&anchored(written)))
                .case_insensitive(true)
                .literal_separator(true)
                .backslash_escape(true)
                .build()
                .map_err(|error| format!("`{written}` is not a pattern: {}", error.kind()))?;
            builder.add(glob);
            all.push(written.to_owned());
        }
        let set = builder.build().map_err(|_| "the patterns are nested too deeply, or are too many".to_owned())?;
        Ok(Globs { set, written: all })
    }

    /// Tells whether there are no patterns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Tells whether a pattern fits `relative`.
    #[must_use]
    pub fn matches(&self, relative: &Path) -> bool {
        self.set.is_match(folded_path(relative))
    }

    /// Return the patterns as they were written.
    #[must_use]
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// Return which of the patterns fit `relative`, as indices of [`Globs::written`] in order.
    #[must_use]
    pub fn fitting(&self, relative: &Path) -> Vec<usize> {
        self.set.matches(folded_path(relative))
    }
}

/// Return the form of a text in which two are compared: composed (NFC), without case.
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

/// Return the lowercase letter of the uppercase one, so that `ς` and `Σ` are `σ`; a letter whose other case
/// is several is its own.
fn without_case(letter: char) -> char {
    let upper = single(letter.to_uppercase()).unwrap_or(letter);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next();
    first.filter(|_| letters.next().is_none())
}

/// Return a path as [`folded`]; what is not UTF-8 stays as it is.
fn folded_path(path: &Path) -> Cow<'_, Path> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.is_ascii() {
        return path.into();
    }
    let mut all = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        all.extend_from_slice(folded(chunk.valid()).as_bytes());
        all.extend_from_slice(chunk.invalid());
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
