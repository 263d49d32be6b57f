//! A source is read as it was found, or not at all.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use recanvas::codecs;
use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::storage::Inbox;
use recanvas::storage::Selection;
use recanvas::storage::SourceFile;
use recanvas::storage::SourceStore;
use tempfile::TempDir;

use crate::storage::list;

const NAME: &str = "shoes/a.png";

fn picture() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/grid/rgb__plain.png")).unwrap()
}

/// A folder `in` with one source as discovery finds it, and a folder `elsewhere` with the same.
fn found(follow_links: bool) -> (TempDir, SourceFile) {
    let folder = tempfile::tempdir().unwrap();
    for place in ["in", "elsewhere"] {
        let path = folder.path().join(place).join(NAME);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, picture()).unwrap();
    }
    let listed = list(&folder.path().join("in"), follow_links, &Selection::default(), &|_, _, _| false);
    let mut sources = listed.unwrap().sources;
    assert_eq!(sources.len(), 1);
    (folder, sources.remove(0))
}

/// What all three ways of reading say.
fn outcomes(root: &Path, follow_links: bool, source: &SourceFile) -> [Result<Digest, (Class, String)>; 3] {
    outcomes_of(&Inbox::open(root, follow_links).unwrap(), source)
}

fn outcomes_of(inbox: &Inbox, source: &SourceFile) -> [Result<Digest, (Class, String)>; 3] {
    let header = inbox.header(source).map(|header| {
        assert_eq!(header, codecs::read_header(&mut Cursor::new(picture())).unwrap());
        Digest::of(&picture())
    });
    let read = inbox.read(source).map(|bytes| Digest::of(&bytes));
    [header, read, inbox.hash(source)].map(|outcome| outcome.map_err(|failure| (failure.class, failure.message)))
}

#[test]
fn a_source_that_is_as_it_was_is_read() {
    for follow_links in [false, true] {
        let (folder, source) = found(follow_links);
        let outcomes = outcomes(&folder.path().join("in"), follow_links, &source);
        assert!(outcomes.iter().all(|outcome| *outcome == Ok(Digest::of(&picture()))), "{outcomes:?}");
    }
    // The folder itself may be a link.
    let (folder, source) = found(false);
    symlink("in", folder.path().join("alias")).unwrap();
    assert!(outcomes(&folder.path().join("alias"), false, &source)[1].is_ok());
}

/// Puts something else in the place of the source.
type Swap = fn(path: PathBuf, elsewhere: PathBuf);

const CHANGED: &str = "the file changed while the run was going on; run again";

#[test]
fn sources_replaced_by_other_files_fail_as_io_without_waiting() {
    let swaps: [(&str, Swap, &str); 8] = [
        ("a fifo", |path, _| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()), CHANGED),
        ("a socket", |path, _| drop(UnixListener::bind(path).unwrap()), CHANGED),
        ("a folder", |path, _| fs::create_dir(path).unwrap(), CHANGED),
        ("a device", |path, _| symlink("/dev/zero", path).unwrap(), CHANGED),
        ("a link to the same", |path, elsewhere| symlink(elsewhere.join("a.png"), path).unwrap(), CHANGED),
        ("a longer file", |path, _| fs::write(path, [picture(), vec![0; 9]].concat()).unwrap(), CHANGED),
        ("a shorter file", |path, _| fs::write(path, &picture()[..40]).unwrap(), CHANGED),
        ("nothing", |_, _| {}, "could not open the source: No such file or directory (os error 2)"),
    ];
    for (what, swap, expected) in swaps {
        let (folder, source) = found(false);
        let path = folder.path().join("in").join(NAME);
        fs::remove_file(&path).unwrap();
        swap(path, folder.path().join("elsewhere/shoes"));
        for outcome in outcomes(&folder.path().join("in"), false, &source) {
            assert_eq!(outcome, Err((Class::Io, expected.to_owned())), "{what}");
        }
    }
}

#[test]
fn a_folder_that_became_a_link_is_noticed() {
    let (folder, source) = found(false);
    fs::rename(folder.path().join("in/shoes"), folder.path().join("in/old")).unwrap();
    symlink(folder.path().join("elsewhere/shoes"), folder.path().join("in/shoes")).unwrap();
    let replaced = "the folder `shoes` was replaced while the run was going on; run again";
    for outcome in outcomes(&folder.path().join("in"), false, &source) {
        assert_eq!(outcome, Err((Class::Io, replaced.to_owned())));
    }
    // Where links are followed this one is as good as any.
    assert!(outcomes(&folder.path().join("in"), true, &source).iter().all(Result::is_ok));
}

#[test]
fn where_links_are_followed_special_files_are_not_read_either() {
    for device in ["/dev/zero", "/dev/null", "/proc/self/environ"] {
        let (folder, source) = found(true);
        let path = folder.path().join("in").join(NAME);
        fs::remove_file(&path).unwrap();
        symlink(device, &path).unwrap();
        for outcome in outcomes(&folder.path().join("in"), true, &source) {
            assert_eq!(outcome, Err((Class::Io, CHANGED.to_owned())), "{device}");
        }
    }
}

#[test]
fn a_folder_that_became_a_file_is_noticed() {
    let (folder, source) = found(false);
    fs::remove_dir_all(folder.path().join("in/shoes")).unwrap();
    fs::write(folder.path().join("in/shoes"), picture()).unwrap();
    let replaced = "the folder `shoes` was replaced while the run was going on; run again";
    for outcome in outcomes(&folder.path().join("in"), false, &source) {
        assert_eq!(outcome, Err((Class::Io, replaced.to_owned())));
    }
}

#[test]
fn sources_are_read_in_the_folder_that_was_opened_whatever_stands_at_its_path() {
    type Put = fn(root: &Path, elsewhere: &Path);
    let puts: [(&str, Put); 4] = [
        ("a link", |root, elsewhere| symlink(elsewhere, root).unwrap()),
        ("a folder", |root, elsewhere| fs::rename(elsewhere, root).unwrap()),
        ("a file", |root, _| fs::write(root, b"").unwrap()),
        ("nothing", |_, _| {}),
    ];
    for follow_links in [false, true] {
        for (what, put) in puts {
            let (folder, source) = found(follow_links);
            let (root, elsewhere) = (folder.path().join("in"), folder.path().join("elsewhere"));
            // Another picture of the same length.
            let other: Vec<u8> = picture().iter().map(|byte| !byte).collect();
            fs::write(elsewhere.join(NAME), other).unwrap();
            let inbox = Inbox::open(&root, follow_links).unwrap();
            fs::rename(&root, folder.path().join("moved")).unwrap();
            put(&root, &elsewhere);
            let found = outcomes_of(&inbox, &source);
            assert!(found.iter().all(|outcome| *outcome == Ok(Digest::of(&picture()))), "{what}: {found:?}");
        }
    }
    let (folder, _) = found(false);
    for place in ["none", "in/shoes/a.png"] {
        let failure = Inbox::open(&folder.path().join(place), false).unwrap_err();
        assert!(failure.message.starts_with("could not open the input folder: "), "{failure}");
    }
}
