//! Counts the files that discovery left alone, by reason.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;

/// Counts entries below the input root that are no sources, by kind.
///
/// A kind is what the bytes say (`pdf`), else the extension, else `other`; or the reason:
/// `empty`, `hidden`, `symlink`, `loop`, `special`, `excluded`, `outputs`, `unreadable`. A folder that is
/// not entered counts once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored {
    counts: BTreeMap<Cow<'static, str>, u64>,
    unreadable: Vec<(PathBuf, String)>,
    idle: Vec<String>,
    listed: Option<Vec<(PathBuf, Cow<'static, str>)>>,
}

impl Ignored {
    /// Returns none, of which names are kept too if `lists`.
    #[must_use]
    pub fn new(lists: bool) -> Self {
        Ignored { listed: lists.then(Vec::new), ..Ignored::default() }
    }

    /// Counts one entry of `kind`, which stands at this path relative to the root.
    pub fn add(&mut self, kind: impl Into<Cow<'static, str>>, relative: &Path) {
        let kind = kind.into();
        if let Some(listed) = &mut self.listed {
            listed.push((relative.to_path_buf(), kind.clone()));
        }
        *self.counts.entry(kind).or_default() += 1;
    }

    /// Counts an entry that could not be looked at.
    pub fn add_unreadable(&mut self, relative: PathBuf, why: String) {
        self.add("unreadable", &relative);
        self.unreadable.push((relative, why));
    }

    /// Notes the patterns of what to include that fit no file.
    pub fn set_idle(&mut self, patterns: Vec<String>) {
        self.idle = patterns;
    }

    /// Puts the unreadable and the listed ones in order.
    pub fn sort(&mut self) {
        self.unreadable.sort();
        self.listed.iter_mut().for_each(|listed| listed.sort());
    }

    /// Counts all entries.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Counts the entries of `kind`.
    #[must_use]
    pub fn count(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or(0)
    }

    /// Kinds and their numbers, most frequent first, then by name.
    #[must_use]
    pub fn by_kind(&self) -> Vec<(&str, u64)> {
        let mut kinds: Vec<_> = self.counts.iter().map(|(kind, count)| (kind.as_ref(), *count)).collect();
        kinds.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        kinds
    }

    /// Returns every entry, relative to the root, with its kind; in order of their paths. None if they were
    /// only counted.
    #[must_use]
    pub fn listed(&self) -> Option<&[(PathBuf, Cow<'static, str>)]> {
        self.listed.as_deref()
    }

    /// Returns the patterns of [`Discovery::include`](crate::storage::Selection::include) that fit no file, as
    /// they were written.
    #[must_use]
    pub fn idle(&self) -> &[String] {
        &self.idle
    }

    /// Files and folders that could not be looked at, relative to the root, each with the
    /// reason; in order of their paths.
    #[must_use]
    pub fn unreadable(&self) -> &[(PathBuf, String)] {
        &self.unreadable
    }
}

impl fmt::Display for Ignored {
    /// Writes the counts like `214 (120 psd, 80 pdf, 14 empty)`, or `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.total())?;
        for (index, (kind, count)) in self.by_kind().into_iter().enumerate() {
            write!(f, "{}{count} {kind}", if index == 0 { " (" } else { ", " })?;
        }
        if self.counts.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}
