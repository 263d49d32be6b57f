//! Holds the place of a pipeline's file, and the relative paths that it names.

use std::path::Path;
use std::path::PathBuf;

use crate::options::At;
use crate::options::Step;
use crate::pipeline::Document;
use crate::pipeline::InputOptions;
use crate::pipeline::OutputOptions;

/// Place of a pipeline's file, and the folders that it names relative to it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Location {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Its folder, from which relative paths in it count; empty for the working directory.
    pub folder: PathBuf,
    /// The relative paths of its folders, as they are written, in the order of [`Location::KEYS`].
    pub relative: Vec<RelativePath>,
}

/// Names a folder relative to a pipeline's file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelativePath {
    /// The option, like `output.dir`.
    pub key: &'static str,
    /// The path as it is written.
    pub path: PathBuf,
    /// The line of the file, from 1.
    pub line: usize,
}

impl Location {
    /// The options that name folders.
    pub const KEYS: [&'static str; 3] = ["input.dir", "output.dir", "output.state"];

    /// Returns the location of a document, and makes the relative paths of these sections start from its folder.
    pub(super) fn leading(document: &Document, input: &mut InputOptions, output: &mut OutputOptions) -> Self {
        let (file, folder) = (document.name().to_owned(), document.folder().to_owned());
        let mut relative = Vec::new();
        for (key, named) in Self::KEYS.into_iter().zip([&mut input.dir, &mut output.dir, &mut output.state]) {
            let Some(path) = named.take() else { continue };
            *named = Some(folder.join(&path));
            if path.is_relative() {
                let steps: Vec<Step> = key.split('.').map(Into::into).collect();
                relative.push(RelativePath { key, path, line: document.locate(&steps, At::Key).0 });
            }
        }
        Location { file, folder, relative }
    }

    /// Returns the path that an option names, if it is relative to another folder than the working directory.
    #[must_use]
    pub fn named(&self, key: &str) -> Option<&Path> {
        let named = self.relative.iter().find(|named| named.key == key && !self.folder.as_os_str().is_empty());
        named.map(|named| &*named.path)
    }
}
