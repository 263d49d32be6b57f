//! Patterns over paths.

use std::path::Path;

use globset::GlobBuilder;
use globset::GlobSet;
use globset::GlobSetBuilder;

/// Most bytes of one pattern; no path is longer.
const PATTERN_MAX: usize = 4096;

/// Most bytes of all patterns together: what they are compiled to takes some thousand times as
/// much.
const PATTERNS_MAX: usize = 256 << 10;

/// Patterns that paths relative to a root are held against, upper and lower case alike.
///
/// As in `.gitignore`: a pattern without `/` means a name at any depth (`*.psd`), one with `/`
/// counts from the root (`shoes/*.jpg`), `*` stays within one folder, `**` does not, and a `/`
/// at the end means everything below.
#[derive(Debug, Clone)]
pub struct Globs {
    set: GlobSet,
}

impl Default for Globs {
    fn default() -> Self {
        Globs { set: GlobSet::empty() }
    }
}

impl Globs {
    /// Reads the patterns.
    ///
    /// # Errors
    /// The first one that cannot be read, and why; or that they are too long.
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Self, String> {
        let mut builder = GlobSetBuilder::new();
        let mut bytes = 0;
        for pattern in patterns {
            let written = pattern.as_ref();
            if written.len() > PATTERN_MAX {
                return Err(format!("a pattern has {} bytes; at most {PATTERN_MAX} are possible", written.len()));
            }
            bytes += written.len();
            if bytes > PATTERNS_MAX {
                return Err(format!("the patterns have more than {} KiB together", PATTERNS_MAX >> 10));
            }
            let glob = GlobBuilder::new(&anchored(written))
                .case_insensitive(true)
                .literal_separator(true)
                .backslash_escape(true)
                .build()
                .map_err(|error| format!("`{written}` is not a pattern: {}", error.kind()))?;
            builder.add(glob);
        }
        let set = builder.build().map_err(|_| "the patterns are nested too deeply, or are too many".to_owned())?;
        Ok(Globs { set })
    }

    /// Tells whether there are no patterns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Tells whether a pattern fits `relative`.
    #[must_use]
    pub fn matches(&self, relative: &Path) -> bool {
        self.set.is_match(relative)
    }
}

fn anchored(written: &str) -> String {
    let rooted = written.trim_start_matches("./");
    let below = if rooted.ends_with('/') { "**" } else { "" };
    match rooted.trim_end_matches('/') {
        name if !name.contains('/') => format!("**/{rooted}{below}"),
        _ => format!("{}{below}", rooted.trim_start_matches('/')),
    }
}
