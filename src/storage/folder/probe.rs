//! Finds out which names a folder takes for the same: stores of other systems fold case, Unicode form, or both.

use std::fs;

use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::openat;
use rustix::fs::statat;
use rustix::fs::unlinkat;
use unicode_normalization::UnicodeNormalization;

use crate::storage::Folding;
use crate::storage::folder::opened::Folder;

/// The name of a file that is made for a moment, and two others that some folders take for it.
const PROBE: &str = ".recanvas-\u{e9}.recanvas-tmp";
const OTHER_CASE: &str = ".RECANVAS-\u{e9}.recanvas-tmp";
const OTHER_FORM: &str = ".recanvas-e\u{301}.recanvas-tmp";

/// Names that are looked at to find out without writing.
const LOOKED_AT: usize = 100;

/// Returns the folding that is usual on this system.
pub(super) fn usual() -> Folding {
    Folding { case: cfg!(any(target_os = "macos", windows)), form: cfg!(target_os = "macos") }
}

/// Finds out by a file that is made and removed; the caller holds the lock of the folder. Where none can be
/// made, by what is there.
pub(super) fn probed(folder: &Folder) -> Folding {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let Ok(file) = openat(folder.handle(), PROBE, flags, Mode::from_raw_mode(0o600)) else {
        return seen(folder);
    };
    drop(file);
    let is_there = |name: &str| statat(folder.handle(), name, AtFlags::SYMLINK_NOFOLLOW).is_ok();
    let found = Folding { case: is_there(OTHER_CASE), form: is_there(OTHER_FORM) };
    // It is hidden and empty; the next run tells by what is there.
    let _ = unlinkat(folder.handle(), PROBE, AtFlags::empty());
    found
}

/// Finds out by names that are there, of which another spelling leads to the same file.
pub(super) fn seen(folder: &Folder) -> Folding {
    let identity = |name: &str| {
        let stat = statat(folder.handle(), name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some((stat.st_dev, stat.st_ino))
    };
    let Ok(entries) = fs::read_dir(folder.path()) else { return usual() };
    let names: Vec<String> =
        entries.take(LOOKED_AT).filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    let is_listed = |name: &str| {
        fs::read_dir(folder.path()).is_ok_and(|mut all| all.any(|entry| entry.is_ok_and(|one| one.file_name() == name)))
    };
    let folds = |other: &dyn Fn(&str) -> String| {
        let spelled = names.iter().map(|name| (name, other(name))).find(|(name, other)| *name != other);
        spelled.map(|(name, other)| match (identity(name), identity(&other)) {
            // Some stores give what is asked for by another name a number of its own.
            (Some(one), Some(same)) => one == same || !is_listed(&other),
            _ => false,
        })
    };
    let usual = usual();
    Folding {
        case: folds(&swapped).unwrap_or(usual.case),
        form: folds(&|name| name.nfd().collect()).or_else(|| folds(&|name| name.nfc().collect())).unwrap_or(usual.form),
    }
}

/// Returns the same name with small letters for capital ones, and the other way.
fn swapped(name: &str) -> String {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    name.chars().map(swap).collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files and wait")]
mod tests {
    use super::*;

    #[test]
    fn another_case_is_another_spelling() {
        assert_eq!(swapped("Shoe-1.jpg"), "sHOE-1.JPG");
    }

    #[test]
    fn a_folder_that_folds_nothing_is_known_by_a_probe_and_by_what_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let opened = Folder::open(&folder.path().canonicalize().expect("a path")).expect("it opens");
        assert_eq!(seen(&opened), usual(), "nothing is there to tell");
        let found = probed(&opened);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "the probe is gone");
        fs::write(folder.path().join("Sch\u{fc}h.jpg"), b"").expect("a file");
        assert_eq!(seen(&opened), found);
    }
}
