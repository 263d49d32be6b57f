//! Outputs appear whole, under their name, inside their folder, or not at all.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::storage::Outbox;
use recanvas::storage::Place;
use recanvas::storage::temp_name;
use tempfile::TempDir;

fn outbox() -> (TempDir, Outbox) {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(&folder.path().join("new/out")).unwrap();
    (folder, outbox)
}

fn entries(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_file_has_its_name_only_when_it_is_whole() {
    let (_folder, outbox) = outbox();
    let path = Path::new("shoes/red/a.jpg");
    assert_eq!(outbox.state_of(path), Ok(Place::Empty));
    let temp = outbox.write_temp(path, b"picture").unwrap();
    assert_eq!(entries(&outbox.root().join("shoes/red")), [".a.jpg.recanvas-tmp"]);
    assert_eq!(fs::read(temp.path()).unwrap(), b"picture");
    let committed = temp.commit(Place::Empty).unwrap();
    assert_eq!(entries(&outbox.root().join("shoes/red")), ["a.jpg"]);
    let expected = Place::File { size: committed.bytes, mtime: committed.mtime };
    assert_eq!((outbox.state_of(path), committed.bytes), (Ok(expected), 7));
    assert_eq!(outbox.hash_of(path), Ok(Digest::of(b"picture")));

    drop(outbox.write_temp(path, b"given up").unwrap());
    assert_eq!(entries(&outbox.root().join("shoes/red")), ["a.jpg"]);
    assert_eq!(outbox.hash_of(path), Ok(Digest::of(b"picture")), "the old file is untouched");
    // What came there since is somebody's.
    let failure = outbox.write_temp(path, b"blind").unwrap().commit(Place::Empty).unwrap_err();
    assert!(failure.message.starts_with("somebody put another file there"), "{failure}");
    let other = Place::File { size: 8, mtime: committed.mtime };
    assert!(outbox.write_temp(path, b"blind").unwrap().commit(other).is_err());
    assert_eq!(outbox.hash_of(path), Ok(Digest::of(b"picture")));
    outbox.write_temp(path, b"better").unwrap().commit(expected).unwrap();
    assert_eq!(outbox.hash_of(path), Ok(Digest::of(b"better")));
}

#[test]
fn a_crash_before_the_rename_leaves_only_a_temporary_file() {
    let (_folder, outbox) = outbox();
    std::mem::forget(outbox.write_temp(Path::new("a.jpg"), b"half of it, as far as anyone knows").unwrap());
    assert_eq!(entries(outbox.root()), [".a.jpg.recanvas-tmp"]);
    // Another crash, and then a run that comes through.
    std::mem::forget(outbox.write_temp(Path::new("a.jpg"), b"again").unwrap());
    outbox.write_temp(Path::new("a.jpg"), b"whole").unwrap().commit(Place::Empty).unwrap();
    assert_eq!(entries(outbox.root()), ["a.jpg"]);

    std::mem::forget(outbox.write_temp(Path::new("b/c.jpg"), b"left").unwrap());
    outbox.remove_temp(Path::new("b/.c.jpg.recanvas-tmp")).unwrap();
    outbox.remove_temp(Path::new("b/.c.jpg.recanvas-tmp")).unwrap();
    outbox.remove_temp(Path::new("nowhere/.c.jpg.recanvas-tmp")).unwrap();
    assert_eq!(entries(&outbox.root().join("b")), Vec::<String>::new());
}

#[test]
fn nothing_leaves_the_folder() {
    let (folder, outbox) = outbox();
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join(".a.jpg.recanvas-tmp"), b"not ours").unwrap();
    symlink(&outside, outbox.root().join("link")).unwrap();
    symlink(folder.path().join("nowhere"), outbox.root().join("broken")).unwrap();
    fs::write(outbox.root().join("file"), b"").unwrap();
    let cases = [
        ("/etc/a.jpg", "is absolute"),
        ("../a.jpg", "contains `..`"),
        ("a/../../a.jpg", "contains `..`"),
        ("", "names no file"),
        ("..", "names no file"),
        ("link/a.jpg", "leads out of the output folder"),
        ("link/deep/a.jpg", "leads out of the output folder"),
        ("broken/a.jpg", "could not open the folder `broken`"),
        ("file/a.jpg", "is in the way"),
    ];
    for (path, expected) in cases {
        let failure = outbox.write_temp(Path::new(path), b"x").unwrap_err();
        assert!(failure.class == Class::Io && failure.message.contains(expected), "{path}: {failure}");
    }
    assert!(outbox.remove_temp(Path::new("link/.a.jpg.recanvas-tmp")).is_err());
    assert!(outbox.remove_temp(Path::new("../outside/.a.jpg.recanvas-tmp")).is_err());
    assert!(outbox.remove_temp(Path::new("file")).is_err(), "not the name of a temporary file");
    assert_eq!(entries(&outside), [".a.jpg.recanvas-tmp"], "nothing was made or removed out there");
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn links_that_stay_inside_are_fine() {
    let (_folder, outbox) = outbox();
    fs::create_dir(outbox.root().join("real")).unwrap();
    symlink("real", outbox.root().join("alias")).unwrap();
    outbox.write_temp(Path::new("alias/a.jpg"), b"x").unwrap().commit(Place::Empty).unwrap();
    assert_eq!(entries(&outbox.root().join("real")), ["a.jpg"]);
}

#[test]
fn links_in_the_place_of_files_are_not_followed() {
    let (folder, outbox) = outbox();
    let victim = folder.path().join("victim");
    fs::write(&victim, b"precious").unwrap();
    symlink(&victim, outbox.root().join("a.jpg")).unwrap();
    symlink(&victim, outbox.root().join(".a.jpg.recanvas-tmp")).unwrap();
    fs::create_dir(outbox.root().join("folder.jpg")).unwrap();
    assert_eq!(outbox.state_of(Path::new("a.jpg")), Ok(Place::Other));
    assert_eq!(outbox.state_of(Path::new("folder.jpg")), Ok(Place::Other));
    assert!(outbox.hash_of(Path::new("a.jpg")).is_err());
    assert!(outbox.hash_of(Path::new("folder.jpg")).is_err());
    outbox.write_temp(Path::new("a.jpg"), b"new").unwrap().commit(Place::Other).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert!(fs::symlink_metadata(outbox.root().join("a.jpg")).unwrap().is_file());
    let failure = outbox.write_temp(Path::new("folder.jpg"), b"new").unwrap().commit(Place::Other).unwrap_err();
    assert!(failure.message.starts_with("could not rename the output to its name"), "{failure}");
    assert_eq!(entries(outbox.root()), ["a.jpg", "folder.jpg"], "the temporary file is gone");
}

#[test]
fn temporary_names_fit_whatever_the_name_is() {
    let (_folder, outbox) = outbox();
    assert_eq!(temp_name(OsStr::new("a.jpg")), ".a.jpg.recanvas-tmp");
    let at_the_limit = "x".repeat(241);
    assert_eq!(temp_name(OsStr::new(&at_the_limit)), &*format!(".{at_the_limit}.recanvas-tmp"));
    for length in 236..=255 {
        let names = [
            "x".repeat(length - 1) + "a",
            "x".repeat(length - 1) + "b",
            "é".repeat(length / 2),
            "🦀".repeat(length / 4),
        ];
        for name in &names {
            let temp = temp_name(OsStr::new(name));
            assert!(temp.len() <= 255 && temp.to_str().is_some(), "{temp:?}");
            let written = outbox.write_temp(Path::new(name), b"x").unwrap();
            assert_eq!(written.path().file_name(), Some(temp.as_os_str()));
            written.commit(outbox.state_of(Path::new(name)).unwrap()).unwrap();
        }
        assert_ne!(temp_name(OsStr::new(&names[0])), temp_name(OsStr::new(&names[1])));
    }
    // Nowhere does a character begin here.
    let continuation = OsStr::from_bytes(&[0x80; 255]);
    assert!(temp_name(continuation).len() <= 255);
    outbox.write_temp(Path::new(continuation), b"x").unwrap().commit(Place::Empty).unwrap();
}

#[test]
fn a_folder_that_was_swapped_for_a_link_is_noticed_before_the_rename() {
    let (folder, outbox) = outbox();
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let path = Path::new("shoes/red/a.jpg");
    for level in ["shoes/red", "shoes"] {
        let temp = outbox.write_temp(path, b"picture").unwrap();
        let swapped = outbox.root().join(level);
        fs::rename(&swapped, folder.path().join("moved")).unwrap();
        symlink(&outside, &swapped).unwrap();
        let failure = temp.commit(Place::Empty).unwrap_err();
        assert_eq!(failure.class, Class::Io);
        assert!(failure.message.contains("somebody put another folder there"), "{failure}");
        // Neither where the link leads nor in the folder that was moved away is anything left.
        assert_eq!(entries(&outside), [""; 0]);
        let moved = folder.path().join("moved").join(if level == "shoes" { "red" } else { "" });
        assert_eq!(entries(&moved), [""; 0]);
        // What comes later is not fooled by a folder that is held open.
        let failure = outbox.write_temp(path, b"picture").unwrap_err();
        assert!(failure.message.contains("leads out of the output folder"), "{failure}");
        fs::remove_file(&swapped).unwrap();
        fs::remove_dir_all(folder.path().join("moved")).unwrap();
    }
    // A folder that somebody made anew is a folder like any other.
    outbox.write_temp(path, b"picture").unwrap().commit(Place::Empty).unwrap();
    fs::remove_dir_all(outbox.root().join("shoes")).unwrap();
    outbox.write_temp(path, b"picture").unwrap().commit(Place::Empty).unwrap();
    assert_eq!(entries(&outbox.root().join("shoes/red")), ["a.jpg"]);
}

#[test]
fn more_folders_than_are_held_open_can_be_written_to() {
    let (_folder, outbox) = outbox();
    for round in 0..2 {
        for number in 0..200 {
            let path = format!("{number}/{round}.jpg");
            outbox.write_temp(Path::new(&path), b"x").unwrap().commit(Place::Empty).unwrap();
        }
    }
    assert_eq!(entries(&outbox.root().join("199")), ["0.jpg", "1.jpg"]);
}

#[test]
fn an_output_folder_that_is_not_where_it_was_takes_nothing() {
    type Swap = fn(&Path, &Path);
    let swaps: [(&str, Swap); 5] = [
        ("a link to another folder", |root, elsewhere| {
            fs::rename(root, root.with_file_name("moved")).unwrap();
            symlink(elsewhere, root).unwrap();
        }),
        ("a link to itself in another place", |root, elsewhere| {
            fs::rename(root, elsewhere.join("out")).unwrap();
            symlink(elsewhere.join("out"), root).unwrap();
        }),
        ("below a link", |root, elsewhere| {
            let above = root.parent().unwrap();
            fs::rename(above, elsewhere.join("new")).unwrap();
            symlink(elsewhere.join("new"), above).unwrap();
        }),
        ("another folder", |root, _| {
            fs::rename(root, root.with_file_name("moved")).unwrap();
            fs::create_dir(root).unwrap();
        }),
        ("gone", |root, _| fs::remove_dir_all(root).unwrap()),
    ];
    let files = |folder: &Path| -> usize {
        fn count(folder: &Path) -> usize {
            let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
            entries.map(|entry| if entry.file_type().unwrap().is_dir() { count(&entry.path()) } else { 1 }).sum()
        }
        count(folder)
    };
    for (what, swap) in swaps {
        for path in ["a.jpg", "shoes/a.jpg"].map(Path::new) {
            let (folder, outbox) = outbox();
            let elsewhere = folder.path().join("elsewhere");
            fs::create_dir(&elsewhere).unwrap();
            outbox.check().unwrap();
            let temp = outbox.write_temp(path, b"picture").unwrap();
            swap(outbox.root(), &elsewhere);
            let failure = temp.commit(Place::Empty).unwrap_err();
            assert!(failure.message.contains("somebody put another folder there"), "{what}: {failure}");
            for path in [path, Path::new("b.jpg"), Path::new("new/b.jpg")] {
                let failure = outbox.write_temp(path, b"picture").unwrap_err();
                assert!(failure.class == Class::Io, "{what}: {failure}");
                assert!(failure.message.ends_with("out was moved, removed or replaced during the run"), "{failure}");
            }
            assert_eq!(outbox.check().unwrap_err().class, Class::Io, "{what}");
            let links = usize::from(what.contains("link"));
            assert_eq!(files(folder.path()), links, "{what}: neither a file nor a temporary one is left anywhere");
            assert!(!folder.path().join("new/out/new").exists() && !elsewhere.join("new/out/new").exists());
        }
    }
}

#[test]
fn a_folder_that_was_moved_out_and_linked_back_takes_nothing() {
    let (folder, outbox) = outbox();
    let outside = folder.path().join("outside");
    let path = Path::new("shoes/red/a.jpg");
    for level in ["shoes/red", "shoes"] {
        let temp = outbox.write_temp(path, b"picture").unwrap();
        let place = outbox.root().join(level);
        fs::rename(&place, &outside).unwrap();
        symlink(&outside, &place).unwrap();
        // The link leads to the very folder that is held open.
        let failure = temp.commit(Place::Empty).unwrap_err();
        assert!(failure.message.contains("somebody put another folder there"), "{failure}");
        let failure = outbox.write_temp(path, b"picture").unwrap_err();
        assert!(failure.message.contains("leads out of the output folder"), "{failure}");
        assert!(!outside.join("a.jpg").exists() && !outside.join("red/a.jpg").exists());
        outbox.check().expect("the output folder itself is where it was");
        fs::remove_file(&place).unwrap();
        fs::rename(&outside, &place).unwrap();
        outbox.write_temp(path, b"picture").unwrap().commit(Place::Empty).unwrap();
        fs::remove_file(outbox.root().join(path)).unwrap();
    }
}

#[test]
fn a_link_inside_that_is_turned_elsewhere_takes_nothing() {
    let (_folder, outbox) = outbox();
    for name in ["one", "other"] {
        fs::create_dir(outbox.root().join(name)).unwrap();
    }
    symlink("one", outbox.root().join("alias")).unwrap();
    let path = Path::new("alias/a.jpg");
    let temp = outbox.write_temp(path, b"picture").unwrap();
    fs::remove_file(outbox.root().join("alias")).unwrap();
    symlink("other", outbox.root().join("alias")).unwrap();
    assert!(temp.commit(Place::Empty).unwrap_err().message.contains("somebody put another folder there"));
    outbox.write_temp(path, b"picture").unwrap().commit(Place::Empty).unwrap();
    assert_eq!((entries(&outbox.root().join("one")).len(), entries(&outbox.root().join("other")).len()), (0, 1));
}

#[test]
fn what_is_looked_at_lies_in_the_folder_that_was_opened() {
    let (folder, outbox) = outbox();
    let path = Path::new("shoes/a.jpg");
    outbox.write_temp(path, b"picture").unwrap().commit(Place::Empty).unwrap();
    let seen = outbox.state_of(path).unwrap();
    fs::rename(outbox.root(), folder.path().join("moved")).unwrap();
    fs::create_dir_all(outbox.root().join("shoes")).unwrap();
    fs::write(outbox.root().join(path), b"of somebody").unwrap();
    assert_eq!(outbox.state_of(path), Ok(seen));
    assert_eq!(outbox.hash_of(path), Ok(Digest::of(b"picture")));
    // For looking only, a folder need not be there.
    for root in ["nowhere", "moved/shoes/a.jpg"] {
        let outbox = Outbox::at(&folder.path().join(root));
        assert_eq!(outbox.state_of(path), Ok(Place::Empty), "{root}");
        assert!(outbox.hash_of(path).is_err() && outbox.write_temp(path, b"x").is_err() && outbox.check().is_err());
    }
    assert!(!folder.path().join("nowhere").exists());
}
