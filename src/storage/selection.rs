//! Selects the files of a store that are sources.

use std::borrow::Cow;
use std::path::Path;
use std::path::PathBuf;

use crate::codecs;
use crate::codecs::Sniffed;
use crate::options::Globs;

/// Selects the files of a store that are sources, and those that are not looked at.
///
/// A source is a file whose bytes are a known picture, whether a codec reads it or not and whatever its
/// name, or whose name claims to be one. Camera raw files are none.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Files must fit one of these; none means every file.
    pub include: Globs,
    /// Files and folders that fit one of these are left out.
    pub exclude: Globs,
    /// Tells whether what is no source is [listed](crate::storage::Ignored::listed), not only counted.
    pub lists_ignored: bool,
    /// Folders of this machine that are passed over without being counted: the output and the state. The root
    /// of a store is never passed over.
    pub skip: Vec<PathBuf>,
}

impl Selection {
    /// Tells whether a file or folder of this name, with all below it, is passed over as `hidden`.
    #[must_use]
    pub fn is_hidden(name: &[u8]) -> bool {
        name.starts_with(b".") || name == b"__MACOSX"
    }

    /// Tells whether a file or folder, with all below it, is left out as `excluded`.
    #[must_use]
    pub fn excludes(&self, relative: &Path) -> bool {
        !self.exclude.is_empty() && self.exclude.matches(relative)
    }

    /// Begins to tell which files are included.
    #[must_use]
    pub fn included(&self) -> Included<'_> {
        Included { include: &self.include, idle: vec![true; self.include.written().len()] }
    }

    /// Returns the kind of a file that is no source, as it is counted; none is a source. Only where neither its
    /// name nor `is_known` says so are its first `SNIFF_BYTES` bytes asked for. A file
    /// that cannot be read is a source, and will fail as one.
    #[must_use]
    pub fn kind(
        relative: &Path,
        size: u64,
        is_known: impl FnOnce() -> bool,
        head: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Option<Cow<'static, str>> {
        if claims_to_be_an_image(relative) || is_known() {
            None
        } else if size == 0 {
            Some("empty".into())
        } else {
            head().and_then(|head| kind_by_bytes(&head, relative))
        }
    }
}

/// Included files, and the patterns that fit none of them.
#[derive(Debug)]
pub struct Included<'a> {
    include: &'a Globs,
    /// Holds for each pattern whether it fits no file so far.
    idle: Vec<bool>,
}

impl Included<'_> {
    /// Tells whether a file is included, and notes which patterns fit it.
    pub fn has(&mut self, relative: &Path) -> bool {
        if !self.idle.contains(&true) {
            return self.include.is_empty() || self.include.matches(relative);
        }
        let fitting = self.include.fitting(relative);
        for &pattern in &fitting {
            self.idle[pattern] = false;
        }
        !fitting.is_empty()
    }

    /// Returns the patterns that fit none of the files that were asked about.
    #[must_use]
    pub fn idle(&self) -> Vec<String> {
        let patterns = self.include.written().iter().zip(&self.idle);
        patterns.filter(|(_, idle)| **idle).map(|(pattern, _)| pattern.clone()).collect()
    }
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or("")
}

fn claims_to_be_an_image(path: &Path) -> bool {
    let extension = extension(path);
    codecs::is_image_extension(extension) || codecs::unread_by_extension(extension).is_some()
}

/// Returns the kind of what is no source; none is a picture.
fn kind_by_bytes(head: &[u8], path: &Path) -> Option<Cow<'static, str>> {
    match codecs::sniff(head) {
        Sniffed::Unread(_) if codecs::is_raw_extension(extension(path)) => Some(kind_by_name(path)),
        Sniffed::Image(_) | Sniffed::Unread(_) => None,
        Sniffed::Other(kind) => Some(kind.into()),
        Sniffed::Empty => Some("empty".into()),
        Sniffed::Unknown => Some(kind_by_name(path)),
    }
}

fn kind_by_name(path: &Path) -> Cow<'static, str> {
    let extension = extension(path);
    let telling = (1..=8).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if telling { extension.to_ascii_lowercase().into() } else { "other".into() }
}
