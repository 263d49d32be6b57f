//! Finds the sources below a folder.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use rayon::prelude::*;
use walkdir::DirEntry;
use walkdir::WalkDir;

use crate::error::Failure;
use crate::storage::Ignored;
use crate::storage::Included;
use crate::storage::IsKnown;
use crate::storage::Mtime;
use crate::storage::Selection;
use crate::storage::SourceFile;
use crate::storage::Visit;
use crate::storage::folder::devices::Devices;
use crate::storage::folder::inbox::Inbox;

/// Result of looking at one file.
enum Look {
    Source(SourceFile),
    /// It is no source, but of this kind.
    Ignored(PathBuf, Cow<'static, str>),
    Failed(walkdir::Error),
}

/// Looks through the tree below the open root, and hands the sources on part by part; the same tree gives the same
/// result. Returns what is no source. Only files of which neither the name nor `known` says that they are images
/// are opened.
///
/// # Errors
/// If the root cannot be read, or another folder has come to its path; whatever fails below it is
/// [`Ignored::unreadable`].
pub(super) fn list(
    inbox: &Inbox,
    selection: &Selection,
    known: &IsKnown<'_>,
    visit: &mut Visit<'_>,
) -> Result<Ignored, Failure> {
    let root = inbox.root();
    // Reading is what fails for missing permission.
    root.read_dir().map_err(|error| Failure::io("read the input folder", &error))?;
    let skip: Vec<PathBuf> = selection.skip.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut ignored = Ignored::new(selection.lists_ignored);
    let devices = Devices::default();
    let mut walk = Walk::new(selection, inbox, &skip);
    loop {
        let files = walk.next(&mut ignored);
        // What was walked through is what sources are read in.
        inbox.check()?;
        if files.is_empty() {
            break;
        }
        let looks: Vec<Look> = files.into_par_iter().map(|entry| look(inbox, &entry, (known, &devices))).collect();
        let mut sources = Vec::with_capacity(looks.len());
        for look in looks {
            match look {
                Look::Source(file) => sources.push(file),
                Look::Ignored(path, kind) => ignored.add(kind, &path),
                Look::Failed(error) => note_error(root, &error, &mut ignored),
            }
        }
        if visit(sources).is_break() {
            break;
        }
    }
    ignored.set_idle(walk.included.idle());
    ignored.sort();
    Ok(ignored)
}

/// Counts the files that are walked to before they are looked at: enough for all threads, and little in memory.
const PART: usize = 4096;

/// Walks to the files below a root that may be sources, in the order of their paths.
struct Walk<'a> {
    selection: &'a Selection,
    inbox: &'a Inbox,
    skip: &'a [PathBuf],
    entries: walkdir::IntoIter,
    links: Links,
    included: Included<'a>,
}

impl<'a> Walk<'a> {
    fn new(selection: &'a Selection, inbox: &'a Inbox, skip: &'a [PathBuf]) -> Self {
        // By name: in one folder what stands before it is the same in all paths.
        let by_name = |a: &DirEntry, b: &DirEntry| a.path().as_os_str().cmp(b.path().as_os_str());
        let walk = WalkDir::new(inbox.root()).min_depth(1).follow_links(inbox.follows_links()).sort_by(by_name);
        let (entries, links) = (walk.into_iter(), Links::default());
        Walk { selection, inbox, skip, entries, links, included: selection.included() }
    }

    fn is_skipped(&self, entry: &DirEntry) -> bool {
        if self.skip.is_empty() {
            return false;
        }
        // Below a canonical root only a followed link can lead somewhere else.
        let place = if self.inbox.follows_links() { entry.path().canonicalize().ok() } else { None };
        let place = place.as_deref().unwrap_or(entry.path());
        self.skip.iter().any(|path| path == place)
    }

    /// Returns the word for the reason why an entry is no source, as far as that is known without opening it and
    /// without the patterns of `include`; `None` if it may be one.
    fn refusal(&self, entry: &DirEntry) -> Option<&'static str> {
        let kind = entry.file_type();
        if Selection::is_hidden(entry.file_name().as_encoded_bytes()) {
            Some("hidden")
        } else if kind.is_symlink() {
            Some("symlink")
        } else if self.selection.excludes(below(self.inbox.root(), entry.path())) {
            Some("excluded")
        } else if kind.is_dir() {
            // Another pipeline's outputs would grow with every run.
            let manifest = entry.path().join(".recanvas/manifest.jsonl");
            manifest.try_exists().unwrap_or_default().then_some("outputs")
        } else if !kind.is_file() {
            Some("special")
        } else {
            None
        }
    }

    /// Returns the next files; none at the end.
    fn next(&mut self, ignored: &mut Ignored) -> Vec<DirEntry> {
        let (root, mut files) = (self.inbox.root(), Vec::new());
        while files.len() < PART
            && let Some(entry) = self.entries.next()
        {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    note_error(root, &error, ignored);
                    continue;
                }
            };
            let folder = entry.file_type().is_dir();
            if folder && self.is_skipped(&entry) {
                self.entries.skip_current_dir();
            } else if let Some(reason) = self.refusal(&entry).or_else(|| self.links.refusal(&entry)) {
                ignored.add(reason, below(root, entry.path()));
                if folder {
                    self.entries.skip_current_dir();
                }
            } else if folder {
                // Its files are looked at.
            } else if !self.included.has(below(root, entry.path())) {
                ignored.add("excluded", below(root, entry.path()));
            } else {
                files.push(entry);
            }
        }
        files
    }
}

/// Most times that a folder is entered through links below other links. Each link to an ancestor is a loop; but among
/// folders that are all linked to each other, the number of ways grows without a useful bound.
const ENTERED_MOST: u32 = 1000;

/// The folders that were entered through links below other links.
#[derive(Default)]
struct Links {
    /// Depths of the links on the way to where the walk is.
    depths: Vec<usize>,
    entered: HashMap<(u64, u64), u32>,
}

impl Links {
    /// Counts a folder; says why it is not entered once more.
    fn refusal(&mut self, entry: &DirEntry) -> Option<&'static str> {
        if !entry.path_is_symlink() || !entry.file_type().is_dir() {
            return None;
        }
        while self.depths.pop_if(|depth| *depth >= entry.depth()).is_some() {}
        if !self.depths.is_empty() {
            let metadata = entry.metadata().ok()?;
            let entered = self.entered.entry((metadata.dev(), metadata.ino())).or_default();
            if *entered == ENTERED_MOST {
                return Some("loop");
            }
            *entered += 1;
        }
        self.depths.push(entry.depth());
        None
    }
}

fn below<'a>(root: &Path, path: &'a Path) -> &'a Path {
    path.strip_prefix(root).unwrap_or(path)
}

fn note_error(root: &Path, error: &walkdir::Error, ignored: &mut Ignored) {
    let path = below(root, error.path().unwrap_or(root));
    if error.loop_ancestor().is_some() {
        ignored.add("loop", path);
        return;
    }
    // The text of walkdir's own error repeats the path.
    let why = error.io_error().map_or_else(|| error.to_string(), io::Error::to_string);
    ignored.add_unreadable(path.to_path_buf(), why);
}

fn look(inbox: &Inbox, entry: &DirEntry, (known, devices): (&IsKnown<'_>, &Devices)) -> Look {
    let path = below(inbox.root(), entry.path());
    let metadata = match entry.metadata() {
        Ok(metadata) => metadata,
        Err(error) => return Look::Failed(error),
    };
    let size = metadata.len();
    let is_known = || known(path, size, Mtime::of(&metadata));
    match Selection::kind(path, size, is_known, || inbox.first_bytes(path).ok()) {
        Some(kind) => Look::Ignored(path.to_path_buf(), kind),
        None => Look::Source(SourceFile { path: path.to_path_buf(), stamp: devices.stamp(entry.path(), &metadata) }),
    }
}
