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

use crate::codecs;
use crate::codecs::Sniffed;
use crate::error::Failure;
use crate::options::Globs;
use crate::storage::Ignored;
use crate::storage::Inbox;
use crate::storage::Mtime;
use crate::storage::SourceFile;
use crate::storage::folder::devices::Devices;

/// Where to look for sources, and where not.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// The input folder. It may itself be a link or have a hidden name.
    pub root: PathBuf,
    /// Files must fit one of these; none means every file.
    pub include: Globs,
    /// Files and folders that fit one of these are left out.
    pub exclude: Globs,
    /// Whether links to files and folders are followed. Loops are noticed.
    pub follow_links: bool,
    /// Tells whether what is no source is [listed](Ignored::listed), not only counted.
    pub lists_ignored: bool,
    /// Folders that are passed over without being counted: the output and the state. The root
    /// itself is never passed over.
    pub skip: Vec<PathBuf>,
}

/// What there is below a root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The sources in order of their paths, folder by folder.
    pub sources: Vec<SourceFile>,
    /// Everything else.
    pub ignored: Ignored,
}

/// What a look at a file comes to.
enum Look {
    Source(SourceFile),
    /// It is no source, but of this kind.
    Ignored(PathBuf, Cow<'static, str>),
    Failed(walkdir::Error),
}

/// Says whether a file, by its path below the root, size in bytes and time, is known to be a
/// source. It is asked from several threads.
type Known<'a> = dyn Fn(&Path, u64, Mtime) -> bool + Sync + 'a;

impl Discovery {
    /// Looks through the tree; the same tree gives the same result. One thread walks, all of
    /// the pool in which this is called look at what it found.
    ///
    /// A source is a file whose bytes are a known picture, whether a codec reads it or not and whatever its
    /// name, or whose name claims to be one. Camera raw files are none. Only files of which neither the name nor `known` says that
    /// they are images are opened.
    ///
    /// # Errors
    /// If the root is not a folder or cannot be read; whatever fails below it is
    /// [`Ignored::unreadable`].
    pub fn find(&self, known: &Known<'_>) -> Result<Found, Failure> {
        let mut sources = Vec::new();
        let ignored = self.visit(&Inbox::open(&self.root, self.follow_links)?, known, |found| {
            sources.extend(found);
            Ok::<(), Failure>(())
        })?;
        Ok(Found { sources, ignored })
    }

    /// Looks through the tree below a root that is open already, as [`Discovery::find`] does, and hands the
    /// sources on part by part, in the order of their paths. Returns what is no source.
    ///
    /// # Errors
    /// As [`Discovery::find`], if another folder has come to its path, and what `visit` returns.
    pub(crate) fn visit<E: From<Failure>>(
        &self,
        inbox: &Inbox,
        known: &Known<'_>,
        mut visit: impl FnMut(Vec<SourceFile>) -> Result<(), E>,
    ) -> Result<Ignored, E> {
        let root = inbox.root();
        // Reading is what fails for missing permission.
        root.read_dir().map_err(|error| Failure::io("read the input folder", &error))?;
        let skip: Vec<PathBuf> = self.skip.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let mut ignored = Ignored::new(self.lists_ignored);
        let devices = Devices::default();
        let mut walk = Walk::new(self, root, &skip);
        loop {
            let files = walk.next(&mut ignored);
            // What was walked through is what sources are read in.
            inbox.check()?;
            if files.is_empty() {
                break;
            }
            let looks: Vec<Look> =
                files.into_par_iter().map(|entry| look(inbox, root, &entry, (known, &devices))).collect();
            let mut sources = Vec::with_capacity(looks.len());
            for look in looks {
                match look {
                    Look::Source(file) => sources.push(file),
                    Look::Ignored(path, kind) => ignored.add(kind, &path),
                    Look::Failed(error) => note_error(root, &error, &mut ignored),
                }
            }
            visit(sources)?;
        }
        ignored.set_idle(walk.idle());
        ignored.sort();
        Ok(ignored)
    }

    fn is_skipped(&self, entry: &DirEntry, skip: &[PathBuf]) -> bool {
        if skip.is_empty() {
            return false;
        }
        // Below a canonical root only a followed link can lead somewhere else.
        let place = if self.follow_links { entry.path().canonicalize().ok() } else { None };
        let place = place.as_deref().unwrap_or(entry.path());
        skip.iter().any(|path| path == place)
    }

    /// Return why an entry is no source, as far as can be told without opening it and without `include`.
    fn refusal(&self, root: &Path, entry: &DirEntry) -> Option<&'static str> {
        let fits = |globs: &Globs| !globs.is_empty() && globs.matches(below(root, entry.path()));
        let kind = entry.file_type();
        let name = entry.file_name().as_encoded_bytes();
        if name.starts_with(b".") || name == b"__MACOSX" {
            Some("hidden")
        } else if kind.is_symlink() {
            Some("symlink")
        } else if fits(&self.exclude) {
            Some("excluded")
        } else if kind.is_dir() {
            // Another pipeline's outputs would grow with every run.
            entry.path().join(".recanvas/manifest.jsonl").exists().then_some("outputs")
        } else if !kind.is_file() {
            Some("special")
        } else {
            None
        }
    }
}

/// Counts the files that are walked to before they are looked at: enough for all threads, and little in memory.
const PART: usize = 4096;

/// Walks to the files below a root that may be sources, in the order of their paths.
struct Walk<'a> {
    discovery: &'a Discovery,
    root: &'a Path,
    skip: &'a [PathBuf],
    entries: walkdir::IntoIter,
    links: Links,
    /// Holds for each pattern of what to include whether it fits no file so far.
    idle: Vec<bool>,
}

impl<'a> Walk<'a> {
    fn new(discovery: &'a Discovery, root: &'a Path, skip: &'a [PathBuf]) -> Self {
        // By name: in one folder what stands before it is the same in all paths.
        let by_name = |a: &DirEntry, b: &DirEntry| a.path().as_os_str().cmp(b.path().as_os_str());
        let walk = WalkDir::new(root).min_depth(1).follow_links(discovery.follow_links).sort_by(by_name);
        let idle = vec![true; discovery.include.written().len()];
        Walk { discovery, root, skip, entries: walk.into_iter(), links: Links::default(), idle }
    }

    /// Tells whether a file is not included, and notes which patterns fit it.
    fn is_left_out(&mut self, entry: &DirEntry) -> bool {
        let (include, path) = (&self.discovery.include, below(self.root, entry.path()));
        if !self.idle.contains(&true) {
            return !include.is_empty() && !include.matches(path);
        }
        let fitting = include.fitting(path);
        for &pattern in &fitting {
            self.idle[pattern] = false;
        }
        fitting.is_empty()
    }

    /// Return the patterns of what to include that fit none of the files that were walked to.
    fn idle(&self) -> Vec<String> {
        let patterns = self.discovery.include.written().iter().zip(&self.idle);
        patterns.filter(|(_, idle)| **idle).map(|(pattern, _)| pattern.clone()).collect()
    }

    /// Return the next files; none at the end.
    fn next(&mut self, ignored: &mut Ignored) -> Vec<DirEntry> {
        let mut files = Vec::new();
        while files.len() < PART
            && let Some(entry) = self.entries.next()
        {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    note_error(self.root, &error, ignored);
                    continue;
                }
            };
            let folder = entry.file_type().is_dir();
            let refusal = || self.discovery.refusal(self.root, &entry);
            if folder && self.discovery.is_skipped(&entry, self.skip) {
                self.entries.skip_current_dir();
            } else if let Some(reason) = refusal().or_else(|| self.links.refusal(&entry)) {
                ignored.add(reason, below(self.root, entry.path()));
                if folder {
                    self.entries.skip_current_dir();
                }
            } else if folder {
                // Its files are looked at.
            } else if self.is_left_out(&entry) {
                ignored.add("excluded", below(self.root, entry.path()));
            } else {
                files.push(entry);
            }
        }
        files
    }
}

/// How often a folder is entered through links below other links. Each link to an ancestor is a loop;
/// but folders that are all linked to each other have more ways through them than anyone can go.
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

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or("")
}

fn claims_to_be_an_image(path: &Path) -> bool {
    let extension = extension(path);
    codecs::is_image_extension(extension) || codecs::unread_by_extension(extension).is_some()
}

fn look(inbox: &Inbox, root: &Path, entry: &DirEntry, (known, devices): (&Known<'_>, &Devices)) -> Look {
    let path = below(root, entry.path());
    let metadata = match entry.metadata() {
        Ok(metadata) => metadata,
        Err(error) => return Look::Failed(error),
    };
    let (size, mtime) = (metadata.len(), Mtime::of(&metadata));
    let kind = if claims_to_be_an_image(path) || known(path, size, mtime) {
        None
    } else if size == 0 {
        Some("empty".into())
    } else {
        // Of what cannot be read nobody can say that it is no source, so it fails as one.
        inbox.head(path).map_or(None, |head| kind_by_bytes(&head, path))
    };
    match kind {
        Some(kind) => Look::Ignored(path.to_path_buf(), kind),
        None => Look::Source(SourceFile { path: path.to_path_buf(), stamp: devices.stamp(entry.path(), &metadata) }),
    }
}

/// Return the kind of what is no source; none is a picture.
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
