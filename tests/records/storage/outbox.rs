//! Outputs appear whole, under their name, inside their folder, or not at all.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::storage::Outbox;
use recanvas::storage::OutputPlace;
use recanvas::storage::OutputStore;
use recanvas::storage::Stamp;
use recanvas::storage::Temp;
use recanvas::storage::temp_name;
use tempfile::TempDir;

const TASK: Digest = Digest([0xab; 16]);

fn outbox() -> (TempDir, Outbox) {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(&folder.path().join("new/out")).unwrap();
    (folder, outbox)
}

/// Writes under the temporary name of some task.
fn write_temp(outbox: &Outbox, path: &Path, bytes: &[u8]) -> Result<Temp, Failure> {
    outbox.write_temp(path, &temp_name(path.file_name().unwrap_or_default(), TASK), bytes)
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
    assert_eq!(outbox.stat(path), Ok(OutputPlace::Empty));
    let temp = write_temp(&outbox, path, b"picture").unwrap();
    assert_eq!(entries(&outbox.root().join("shoes/red")), [".a.jpg~abababab.recanvas-tmp"]);
    assert_eq!(fs::read(temp.path()).unwrap(), b"picture");
    let committed = temp.commit(OutputPlace::Empty).unwrap();
    assert_eq!(entries(&outbox.root().join("shoes/red")), ["a.jpg"]);
    let expected = OutputPlace::File(committed.stamp);
    assert_eq!((outbox.stat(path), committed.stamp.size), (Ok(expected), 7));
    assert_eq!(outbox.hash(path), Ok(Digest::of(b"picture")));

    drop(write_temp(&outbox, path, b"given up").unwrap());
    assert_eq!(entries(&outbox.root().join("shoes/red")), ["a.jpg"]);
    assert_eq!(outbox.hash(path), Ok(Digest::of(b"picture")), "the old file is untouched");
    // What came there since is the user's.
    let failure = write_temp(&outbox, path, b"blind").unwrap().commit(OutputPlace::Empty).unwrap_err();
    assert!(failure.message.starts_with("another file was put there"), "{failure}");
    let other = OutputPlace::File(Stamp { size: 8, ..committed.stamp });
    assert!(write_temp(&outbox, path, b"blind").unwrap().commit(other).is_err());
    assert_eq!(outbox.hash(path), Ok(Digest::of(b"picture")));
    write_temp(&outbox, path, b"better").unwrap().commit(expected).unwrap();
    assert_eq!(outbox.hash(path), Ok(Digest::of(b"better")));
}

/// Counts the files that this process has open at `path`.
#[cfg(target_os = "linux")]
fn handles(path: &Path) -> usize {
    let open = fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    open.filter(|target| target == path).count()
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_is_closed_before_it_gets_its_name() {
    let (_folder, outbox) = outbox();
    let path = Path::new("a.jpg");
    let temp = write_temp(&outbox, path, b"picture").unwrap();
    assert_eq!(handles(&temp.path()), 0, "many stores rename no open file");
    let committed = temp.commit(OutputPlace::Empty).unwrap();
    assert_eq!(handles(&outbox.root().join(path)), 1, "open again, for the sync");
    drop(committed);
    assert_eq!(handles(&outbox.root().join(path)), 0);
}

#[test]
fn files_that_a_store_did_not_keep_get_no_name() {
    let (_folder, outbox) = outbox();
    let path = Path::new("a.jpg");
    for kept in [0, 3] {
        let temp = write_temp(&outbox, path, b"picture").unwrap();
        fs::OpenOptions::new().write(true).open(temp.path()).unwrap().set_len(kept).unwrap();
        let failure = temp.commit(OutputPlace::Empty).unwrap_err();
        let message = format!("the output has {kept} bytes where 7 were written");
        assert_eq!((failure.class, failure.message), (Class::Io, message));
        assert!(entries(outbox.root()).is_empty(), "{kept}");
    }
    // Where something stood before, it stays.
    let committed = write_temp(&outbox, path, b"before").unwrap().commit(OutputPlace::Empty).unwrap();
    let temp = write_temp(&outbox, path, b"picture").unwrap();
    fs::write(temp.path(), b"").unwrap();
    assert!(temp.commit(OutputPlace::File(committed.stamp)).is_err());
    assert_eq!(fs::read(outbox.root().join(path)).unwrap(), b"before");
    assert_eq!(entries(outbox.root()), ["a.jpg"]);
}

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 and so on";

#[test]
fn a_crash_before_the_rename_leaves_only_a_temporary_file() {
    let (_folder, outbox) = outbox();
    let path = Path::new("b/c.jpg");
    let task = b"c.png\0a";
    let temp = outbox.free_temp(path, task, JPEG).unwrap();
    for part in [JPEG, &JPEG[..4], &JPEG[..1], b"", &[0; 900]] {
        // What is left of the same bytes is removed when they are written again.
        std::mem::forget(outbox.write_temp(path, &temp, part).unwrap());
        assert_eq!(entries(&outbox.root().join("b")), [temp.to_str().unwrap()]);
        assert_eq!(outbox.free_temp(path, task, JPEG).as_ref(), Ok(&temp));
        assert_eq!(entries(&outbox.root().join("b")), [""; 0]);
    }
    // A run that begins removes what is left of whatever was written, by name; as earlier versions named it, too.
    let temp = Path::new("b").join(temp);
    for name in [&*temp, Path::new("b/.c.jpg.recanvas-tmp")] {
        for part in [JPEG, &JPEG[..4], b"\x89PNG\r\n\x1a\n", b"RIFF\x99\0\0\0WEBPVP8 ", b"", &[0; 70_000]] {
            fs::write(outbox.root().join(name), part).unwrap();
            outbox.remove_temp(name).unwrap();
            assert_eq!(entries(&outbox.root().join("b")), [""; 0]);
        }
        outbox.remove_temp(name).unwrap();
    }
    outbox.remove_temp(Path::new("nowhere/.c.jpg.recanvas-tmp")).unwrap();
}

#[test]
fn files_of_others_under_temporary_names_stay() {
    let (folder, outbox) = outbox();
    let (path, task) = (Path::new("a.jpg"), b"a.png\0a");
    let victim = folder.path().join("victim");
    fs::write(&victim, JPEG).unwrap();
    type Put<'a> = &'a dyn Fn(&Path);
    let puts: [(&str, Put<'_>); 6] = [
        ("a text", &|place| fs::write(place, b"mine").unwrap()),
        ("another picture", &|place| fs::write(place, [JPEG, b" of another kind"].concat()).unwrap()),
        ("a text that begins alike", &|place| fs::write(place, [&JPEG[..4], b"mine"].concat()).unwrap()),
        ("a link", &|place| symlink(&victim, place).unwrap()),
        ("a hard link", &|place| fs::hard_link(&victim, place).unwrap()),
        ("a folder", &|place| fs::create_dir(place).unwrap()),
    ];
    let mut names = Vec::new();
    for (what, put) in puts {
        let name = outbox.free_temp(path, task, JPEG).unwrap();
        assert!(name.to_str().unwrap().starts_with(".a.jpg~") && name.len() == 28, "{name:?}");
        put(&outbox.root().join(&name));
        assert!(outbox.write_temp(path, &name, JPEG).is_err(), "{what}");
        assert_ne!(outbox.free_temp(path, task, JPEG).unwrap(), name, "{what}");
        // Only what begins as a picture, and is one file, may be ours at the next start.
        let may_be_ours = ["another picture", "a text that begins alike"].contains(&what);
        if !may_be_ours {
            assert!(outbox.remove_temp(Path::new(&name)).is_err(), "{what}");
        }
        names.push(name.into_string().unwrap());
    }
    names.sort();
    assert_eq!(entries(outbox.root()), names);
    // Of other tasks, the names differ.
    let other = outbox.free_temp(path, b"a.png\0b", JPEG).unwrap();
    assert!(!names.contains(&other.into_string().unwrap()));
    // There is an end to it.
    while let Ok(name) = outbox.free_temp(path, task, JPEG) {
        fs::write(outbox.root().join(name), b"mine").unwrap();
    }
    assert_eq!(entries(outbox.root()).len(), 16);
    assert_eq!(fs::read(victim).unwrap(), JPEG);
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
        let failure = write_temp(&outbox, Path::new(path), b"x").unwrap_err();
        assert!(failure.class == Class::Io && failure.message.contains(expected), "{path}: {failure}");
    }
    assert!(outbox.remove_temp(Path::new("link/.a.jpg.recanvas-tmp")).is_err());
    assert!(outbox.remove_temp(Path::new("../outside/.a.jpg.recanvas-tmp")).is_err());
    assert!(outbox.remove_temp(Path::new("file")).is_err(), "not the name of a temporary file");
    assert_eq!(entries(&outside), [".a.jpg.recanvas-tmp"], "nothing was made or removed out there");
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn links_inside_the_output_folder_are_followed() {
    let (_folder, outbox) = outbox();
    fs::create_dir(outbox.root().join("real")).unwrap();
    symlink("real", outbox.root().join("alias")).unwrap();
    write_temp(&outbox, Path::new("alias/a.jpg"), b"x").unwrap().commit(OutputPlace::Empty).unwrap();
    assert_eq!(entries(&outbox.root().join("real")), ["a.jpg"]);
}

#[test]
fn links_in_the_place_of_files_are_not_followed() {
    let (folder, outbox) = outbox();
    let victim = folder.path().join("victim");
    fs::write(&victim, b"precious").unwrap();
    symlink(&victim, outbox.root().join("a.jpg")).unwrap();
    fs::create_dir(outbox.root().join("folder.jpg")).unwrap();
    assert_eq!(outbox.stat(Path::new("a.jpg")), Ok(OutputPlace::Other));
    assert_eq!(outbox.stat(Path::new("folder.jpg")), Ok(OutputPlace::Other));
    assert!(outbox.hash(Path::new("a.jpg")).is_err());
    assert!(outbox.hash(Path::new("folder.jpg")).is_err());
    write_temp(&outbox, Path::new("a.jpg"), b"new").unwrap().commit(OutputPlace::Other).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert!(fs::symlink_metadata(outbox.root().join("a.jpg")).unwrap().is_file());
    let failure = write_temp(&outbox, Path::new("folder.jpg"), b"new").unwrap().commit(OutputPlace::Other).unwrap_err();
    assert!(failure.message.starts_with("could not rename the output to its name"), "{failure}");
    assert_eq!(entries(outbox.root()), ["a.jpg", "folder.jpg"], "the temporary file is gone");
}

#[test]
fn temporary_names_fit_whatever_the_name_is() {
    let (_folder, outbox) = outbox();
    assert_eq!(temp_name(OsStr::new("a.jpg"), TASK), ".a.jpg~abababab.recanvas-tmp");
    let at_the_limit = "x".repeat(232);
    assert_eq!(temp_name(OsStr::new(&at_the_limit), TASK), &*format!(".{at_the_limit}~abababab.recanvas-tmp"));
    for length in 228..=255 {
        let names = ["x".repeat(length), "é".repeat(length / 2), "🦀".repeat(length / 4)];
        for name in &names {
            let temp = temp_name(OsStr::new(name), TASK);
            assert!(temp.len() <= 255 && temp.len() > 248.min(name.len()), "{temp:?}");
            assert!(temp.to_str().is_some_and(|temp| temp.ends_with("~abababab.recanvas-tmp")), "{temp:?}");
            let written = write_temp(&outbox, Path::new(name), b"x").unwrap();
            assert_eq!(written.path().file_name(), Some(temp.as_os_str()));
            written.commit(outbox.stat(Path::new(name)).unwrap()).unwrap();
        }
    }
    // Nowhere does a character begin here.
    let continuation = OsStr::from_bytes(&[0x80; 255]);
    assert!(temp_name(continuation, TASK).len() <= 255);
    write_temp(&outbox, Path::new(continuation), b"x").unwrap().commit(OutputPlace::Empty).unwrap();
}

#[test]
fn a_folder_that_was_swapped_for_a_link_is_noticed_before_the_rename() {
    let (folder, outbox) = outbox();
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let path = Path::new("shoes/red/a.jpg");
    for level in ["shoes/red", "shoes"] {
        let temp = write_temp(&outbox, path, b"picture").unwrap();
        let swapped = outbox.root().join(level);
        fs::rename(&swapped, folder.path().join("moved")).unwrap();
        symlink(&outside, &swapped).unwrap();
        let failure = temp.commit(OutputPlace::Empty).unwrap_err();
        assert_eq!(failure.class, Class::Io);
        assert!(failure.message.contains("another folder was put there"), "{failure}");
        // Neither where the link leads nor in the folder that was moved away is anything left.
        assert_eq!(entries(&outside), [""; 0]);
        let moved = folder.path().join("moved").join(if level == "shoes" { "red" } else { "" });
        assert_eq!(entries(&moved), [""; 0]);
        // What comes later is not fooled by a folder that is held open.
        let failure = write_temp(&outbox, path, b"picture").unwrap_err();
        assert!(failure.message.contains("leads out of the output folder"), "{failure}");
        fs::remove_file(&swapped).unwrap();
        fs::remove_dir_all(folder.path().join("moved")).unwrap();
    }
    // A folder that was made anew is a folder like any other.
    write_temp(&outbox, path, b"picture").unwrap().commit(OutputPlace::Empty).unwrap();
    fs::remove_dir_all(outbox.root().join("shoes")).unwrap();
    write_temp(&outbox, path, b"picture").unwrap().commit(OutputPlace::Empty).unwrap();
    assert_eq!(entries(&outbox.root().join("shoes/red")), ["a.jpg"]);
}

#[test]
fn more_folders_than_are_held_open_can_be_written_to() {
    let (_folder, outbox) = outbox();
    for round in 0..2 {
        for number in 0..200 {
            let path = format!("{number}/{round}.jpg");
            write_temp(&outbox, Path::new(&path), b"x").unwrap().commit(OutputPlace::Empty).unwrap();
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
            let temp = write_temp(&outbox, path, b"picture").unwrap();
            swap(outbox.root(), &elsewhere);
            let failure = temp.commit(OutputPlace::Empty).unwrap_err();
            assert!(failure.message.contains("another folder was put there"), "{what}: {failure}");
            for path in [path, Path::new("b.jpg"), Path::new("new/b.jpg")] {
                let failure = write_temp(&outbox, path, b"picture").unwrap_err();
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
        let temp = write_temp(&outbox, path, b"picture").unwrap();
        let place = outbox.root().join(level);
        fs::rename(&place, &outside).unwrap();
        symlink(&outside, &place).unwrap();
        // The link leads to the very folder that is held open.
        let failure = temp.commit(OutputPlace::Empty).unwrap_err();
        assert!(failure.message.contains("another folder was put there"), "{failure}");
        let failure = write_temp(&outbox, path, b"picture").unwrap_err();
        assert!(failure.message.contains("leads out of the output folder"), "{failure}");
        assert!(!outside.join("a.jpg").exists() && !outside.join("red/a.jpg").exists());
        outbox.check().expect("the output folder itself is where it was");
        fs::remove_file(&place).unwrap();
        fs::rename(&outside, &place).unwrap();
        write_temp(&outbox, path, b"picture").unwrap().commit(OutputPlace::Empty).unwrap();
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
    let temp = write_temp(&outbox, path, b"picture").unwrap();
    fs::remove_file(outbox.root().join("alias")).unwrap();
    symlink("other", outbox.root().join("alias")).unwrap();
    assert!(temp.commit(OutputPlace::Empty).unwrap_err().message.contains("another folder was put there"));
    write_temp(&outbox, path, b"picture").unwrap().commit(OutputPlace::Empty).unwrap();
    assert_eq!((entries(&outbox.root().join("one")).len(), entries(&outbox.root().join("other")).len()), (0, 1));
}

#[test]
fn files_are_looked_at_in_the_folder_that_was_opened() {
    let (folder, outbox) = outbox();
    let path = Path::new("shoes/a.jpg");
    write_temp(&outbox, path, b"picture").unwrap().commit(OutputPlace::Empty).unwrap();
    let seen = outbox.stat(path).unwrap();
    fs::rename(outbox.root(), folder.path().join("moved")).unwrap();
    fs::create_dir_all(outbox.root().join("shoes")).unwrap();
    fs::write(outbox.root().join(path), b"of somebody").unwrap();
    assert_eq!(outbox.stat(path), Ok(seen));
    assert_eq!(outbox.hash(path), Ok(Digest::of(b"picture")));
    // For looking only, a folder need not be there.
    for root in ["nowhere", "moved/shoes/a.jpg"] {
        let outbox = Outbox::at(&folder.path().join(root));
        assert_eq!(outbox.stat(path), Ok(OutputPlace::Empty), "{root}");
        assert!(outbox.hash(path).is_err() && write_temp(&outbox, path, b"x").is_err() && outbox.check().is_err());
    }
    assert!(!folder.path().join("nowhere").exists());
}
