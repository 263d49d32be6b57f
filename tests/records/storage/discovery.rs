//! What discovery makes of a hostile tree.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use recanvas::options::Globs;
use recanvas::storage::Ignored;
use recanvas::storage::Selection;
use tempfile::TempDir;

use crate::storage::Found;
use crate::storage::list;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0rest";

/// Include, exclude, or what is found.
type Words = &'static [&'static str];

fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        put(root.path(), Path::new(path), bytes);
    }
    root
}

fn put(root: &Path, path: &Path, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Says what is in a folder of which nothing is known.
fn find(root: &Path, selection: &Selection) -> Found {
    list(root, false, selection, &|_, _, _| false).unwrap()
}

fn find_through_links(root: &Path, selection: &Selection) -> Found {
    list(root, true, selection, &|_, _, _| false).unwrap()
}

fn names(found: &Found) -> Vec<&Path> {
    found.sources.iter().map(|source| source.path.as_path()).collect()
}

fn paths<'a>(paths: &[&'a str]) -> Vec<&'a Path> {
    paths.iter().map(|path| Path::new(*path)).collect()
}

#[test]
fn bytes_or_name_make_a_source() {
    let root = tree(&[
        ("b/photo.dat", PNG),
        ("b/no_extension", JPEG),
        ("A.JPG", JPEG),
        ("a.webp", b"no image at all"),
        ("a.jpg", b""),
        ("mark.psd", b"8BPS1234"),
        ("b/mark.PSD", b"8BPS1234"),
        ("scan.TIF", b"II*\0rest"),
        ("notes.TXT", b"hello"),
        ("notes", b"hello"),
        ("notes.a-very-long-one", b"hello"),
        ("nothing.bin", b""),
    ]);
    let found = find(root.path(), &Selection::default());
    let sources = ["A.JPG", "a.jpg", "a.webp", "b/mark.PSD", "b/no_extension", "b/photo.dat", "mark.psd", "scan.TIF"];
    assert_eq!(names(&found), paths(&sources));
    assert_eq!(found.ignored.to_string(), "4 (2 other, 1 empty, 1 txt)");
    assert_eq!(found.ignored.listed(), None);
    assert_eq!((found.sources[0].stamp.size, found.sources[1].stamp.size), (JPEG.len() as u64, 0));
    assert_eq!(find(root.path(), &Selection::default()), found, "the same again");
    assert_eq!(Ignored::default().to_string(), "0");
}

#[test]
fn pictures_that_are_not_read_are_sources_and_raw_files_are_not() {
    let bmp = [&b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"[..], &[0; 36]].concat();
    let isobmff = |brand: &[u8; 4]| [b"\0\0\0\x18ftyp", &brand[..], b"\0\0\0\0mif1"].concat();
    let (heic, avif, mp4) = (isobmff(b"heic"), isobmff(b"avif"), isobmff(b"isom"));
    let pictures: [&[u8]; 10] = [
        b"GIF89a",
        b"8BPS\0\x02",
        b"II*\0rest",
        b"MM\0*rest",
        b"II+\0rest",
        b"\xff\x0arest",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        &bmp,
        &heic,
        &avif,
    ];
    let root = tree(&[]);
    for (number, bytes) in pictures.into_iter().enumerate() {
        put(root.path(), Path::new(&format!("{number}.dat")), bytes);
    }
    let claims = ["TIF", "tiff", "heic", "HEIF", "hif", "avif", "gif", "bmp", "jxl", "psd", "psb"];
    for extension in claims {
        put(root.path(), Path::new(&format!("claim.{extension}")), b"what is this");
    }
    let tiff = b"II*\0\x08\0\0\0\0\0\0\0";
    let others: [(&str, &[u8], &str); 12] = [
        ("a.NEF", tiff, "nef"),
        ("a.dng", tiff, "dng"),
        ("a.arw", tiff, "arw"),
        ("canon", b"II*\0\x10\0\0\0CR\x02\0", "cr2"),
        ("a.raf", b"FUJIFILMCCD-RAW ", "raf"),
        ("a.orf", b"IIRO\x08\0\0\0", "orf"),
        ("a.svg", b"<svg xmlns", "svg"),
        ("a.ai", b"%PDF-1.5", "pdf"),
        ("a.eps", b"%!PS-Adobe", "ps"),
        ("b.pdf", b"%PDF-1.7", "pdf"),
        ("BMW.txt", b"BMW cars are pictured in this folder, each of them", "txt"),
        ("a.mov", &mp4, "mp4"),
    ];
    for (name, bytes, _) in others {
        put(root.path(), Path::new(name), bytes);
    }
    let found = find(root.path(), &Selection { lists_ignored: true, ..Selection::default() });
    assert_eq!(found.sources.len(), pictures.len() + claims.len(), "{:?}", names(&found));
    let mut expected: Vec<(PathBuf, &str)> = others.map(|(name, _, kind)| (name.into(), kind)).into();
    expected.sort();
    let listed = found.ignored.listed().unwrap();
    let listed: Vec<(PathBuf, &str)> = listed.iter().map(|(path, kind)| (path.clone(), kind.as_ref())).collect();
    assert_eq!(listed, expected);
    // By its bytes a raw file may be a picture that is read; then it is one.
    put(root.path(), Path::new("a.NEF"), JPEG);
    assert!(names(&find(root.path(), &Selection::default())).contains(&Path::new("a.NEF")));
}

#[test]
fn hidden_special_and_linked_entries_are_counted_and_never_opened() {
    let root = tree(&[
        ("a.jpg", JPEG),
        ("._a.jpg", JPEG),
        (".DS_Store", b"x"),
        (".git/a.jpg", JPEG),
        ("__MACOSX/._a.jpg", JPEG),
        ("__MACOSX/b.jpg", JPEG),
    ]);
    symlink("a.jpg", root.path().join("link.jpg")).unwrap();
    symlink("..", root.path().join("up")).unwrap();
    // Opening the fifo would wait for ever.
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.path().join("pipe.jpg"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let _socket = UnixListener::bind(root.path().join("socket")).unwrap();
    let found = find(root.path(), &Selection::default());
    assert_eq!(names(&found), paths(&["a.jpg"]));
    assert_eq!(found.ignored.to_string(), "8 (4 hidden, 2 special, 2 symlink)");
}

#[test]
fn followed_links_may_form_loops() {
    let elsewhere = tree(&[("far.jpg", JPEG)]);
    let root = tree(&[("sub/a.jpg", JPEG)]);
    symlink(root.path(), root.path().join("sub/loop")).unwrap();
    symlink(elsewhere.path(), root.path().join("elsewhere")).unwrap();
    symlink("sub/a.jpg", root.path().join("link.jpg")).unwrap();
    symlink("nowhere", root.path().join("broken")).unwrap();
    let found = find_through_links(root.path(), &Selection::default());
    assert_eq!(names(&found), paths(&["elsewhere/far.jpg", "link.jpg", "sub/a.jpg"]));
    assert_eq!(found.ignored.to_string(), "2 (1 loop, 1 unreadable)");
    assert_eq!(found.ignored.unreadable()[0].0, Path::new("broken"));

    let skip = vec![elsewhere.path().to_path_buf()];
    let found = find_through_links(root.path(), &Selection { skip, ..Selection::default() });
    assert_eq!(names(&found), paths(&["link.jpg", "sub/a.jpg"]), "a link into a skipped folder is skipped");
}

#[test]
fn sources_may_have_any_file_name() {
    let root = tempfile::tempdir().unwrap();
    let long = format!("{}.jpg", "x".repeat(200));
    let strange = ["new\nline.jpg", "quo\"te'.jpg", "emoji 🦀.jpg", "-rf.jpg", " .jpg", "[a]*?.jpg", &long];
    for name in strange {
        put(root.path(), Path::new(name), JPEG);
    }
    put(root.path(), Path::new(OsStr::from_bytes(b"caf\xe9/\xff.jpg")), JPEG);
    put(root.path(), Path::new(OsStr::from_bytes(b"caf\xe9/b.\xff")), b"what is this");
    let found = find(root.path(), &Selection::default());
    assert_eq!(found.sources.len(), 8);
    assert!(names(&found).contains(&Path::new(OsStr::from_bytes(b"caf\xe9/\xff.jpg"))));
    assert!(names(&found).is_sorted());
    assert_eq!(found.ignored.to_string(), "1 (1 other)");
    let only = Globs::new(["caf?/*"]).unwrap();
    assert_eq!(find(root.path(), &Selection { include: only, ..Selection::default() }).sources.len(), 1);
}

#[test]
fn patterns_work_as_in_gitignore() {
    let files = ["a.jpg", "shoes/a.jpg", "shoes/RED/a.png", "shoes/red/_drafts/b.jpg", "_drafts/c.jpg"];
    let root = tree(&files.map(|file| (file, JPEG)));
    let cases: &[(Words, Words, Words, &str)] = &[
        (&["*.PNG"], &[], &["shoes/RED/a.png"], "4 (4 excluded)"),
        (&["shoes/*.jpg"], &[], &["shoes/a.jpg"], "4 (4 excluded)"),
        (&["./shoes/"], &[], &["shoes/RED/a.png", "shoes/a.jpg", "shoes/red/_drafts/b.jpg"], "2 (2 excluded)"),
        (&["/a.jpg"], &[], &["a.jpg"], "4 (4 excluded)"),
        (&[], &["_drafts"], &["a.jpg", "shoes/RED/a.png", "shoes/a.jpg"], "2 (2 excluded)"),
        (&[], &["**/_drafts/**"], &["a.jpg", "shoes/RED/a.png", "shoes/a.jpg"], "2 (2 excluded)"),
        (&[], &["shoes/red"], &["_drafts/c.jpg", "a.jpg", "shoes/a.jpg"], "2 (2 excluded)"),
        (&["*.jpg"], &["shoes/"], &["_drafts/c.jpg", "a.jpg"], "3 (3 excluded)"),
    ];
    for (include, exclude, expected, ignored) in cases {
        let globs = |patterns: &[&str]| Globs::new(patterns).unwrap();
        let found =
            find(root.path(), &Selection { include: globs(include), exclude: globs(exclude), ..Selection::default() });
        assert_eq!(names(&found), paths(expected), "{include:?} {exclude:?}");
        assert_eq!(found.ignored.to_string(), *ignored, "{include:?} {exclude:?}");
    }
    assert!(Globs::new(["a[b"]).unwrap_err().to_string().starts_with("`a[b` is not a pattern: "));
}

#[test]
fn patterns_that_include_nothing_are_listed() {
    let root =
        tree(&[("a.jpg", JPEG), ("shoes/b.png", PNG), ("notes.txt", b"hello"), (".c.webp", JPEG), ("x/d.tga", b"")]);
    let globs = |patterns: &[&str]| Globs::new(patterns).unwrap();
    // What fits a folder, a hidden or an excluded file includes nothing; what fits a file does, whatever it is.
    let include = globs(&["*.JPG", "shoes", "*.webp", "x/**", "*.txt", "nowhere/**"]);
    let found = find(root.path(), &Selection { include, exclude: globs(&["x"]), ..Selection::default() });
    assert_eq!(found.ignored.idle(), ["shoes", "*.webp", "x/**", "nowhere/**"]);
    assert_eq!(names(&found), paths(&["a.jpg"]));
    assert!(find(root.path(), &Selection::default()).ignored.idle().is_empty());
}

#[test]
fn output_and_state_are_passed_over_but_never_the_root() {
    let root = tree(&[("a.jpg", JPEG), ("out/a.jpg", JPEG), ("out2/a.jpg", JPEG)]);
    let skip = vec![root.path().join("out2/../out"), root.path().join("not/there"), root.path().to_path_buf()];
    let found = find(root.path(), &Selection { skip, ..Selection::default() });
    assert_eq!(names(&found), paths(&["a.jpg", "out2/a.jpg"]));
    assert_eq!(found.ignored.total(), 0);
}

#[test]
fn a_hidden_or_linked_root_is_entered() {
    let parent = tree(&[(".hidden/a.jpg", JPEG)]);
    symlink(".hidden", parent.path().join("link")).unwrap();
    for root in [".hidden", "link"] {
        assert_eq!(names(&find(&parent.path().join(root), &Selection::default())), paths(&["a.jpg"]));
    }
}

#[test]
fn known_files_are_not_opened() {
    let root = tree(&[("a.dat", b"not an image"), ("b.dat", b"not one either"), ("c.jpg", JPEG)]);
    let asked = Mutex::new(Vec::new());
    let known = |path: &Path, size: u64, _| {
        asked.lock().unwrap().push(path.to_path_buf());
        size == 12
    };
    let found = list(root.path(), false, &Selection::default(), &known).unwrap();
    assert_eq!(names(&found), paths(&["a.dat", "c.jpg"]));
    let mut asked = asked.into_inner().unwrap();
    asked.sort();
    assert_eq!(asked, [PathBuf::from("a.dat"), PathBuf::from("b.dat")]);
}

#[test]
fn a_root_that_is_no_folder_is_an_error() {
    let root = tree(&[("a.jpg", JPEG)]);
    for path in ["a.jpg", "nowhere"] {
        let listed = list(&root.path().join(path), false, &Selection::default(), &|_, _, _| false);
        assert!(listed.is_err(), "{path}");
    }
}

#[test]
fn folders_that_cannot_be_read_are_listed() {
    let root = tree(&[("shut/a.jpg", JPEG), ("secret.dat", PNG), ("open.jpg", JPEG)]);
    let forbid = |name: &str, mode| fs::set_permissions(root.path().join(name), fs::Permissions::from_mode(mode));
    forbid("shut", 0).unwrap();
    forbid("secret.dat", 0).unwrap();
    // Permissions do not bind root.
    let bound = fs::read_dir(root.path().join("shut")).is_err();
    let found = find(root.path(), &Selection::default());
    forbid("shut", 0o700).unwrap();
    if bound {
        assert_eq!(names(&found), paths(&["open.jpg"]));
        let unreadable: Vec<_> = found.ignored.unreadable().iter().map(|(path, _)| path.as_path()).collect();
        assert_eq!(unreadable, paths(&["secret.dat", "shut"]));
        assert_eq!(found.ignored.to_string(), "2 (2 unreadable)");
    } else {
        assert_eq!(found.sources.len(), 3);
    }
}

#[test]
fn folders_that_are_all_linked_to_each_other_come_to_an_end() {
    let root = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..10).map(|number| format!("e{number}")).collect();
    for name in &names {
        fs::create_dir(root.path().join(name)).unwrap();
        fs::write(root.path().join(name).join("a.png"), b"x").unwrap();
        for other in names.iter().filter(|other| *other != name) {
            symlink(root.path().join(other), root.path().join(name).join(format!("to-{other}"))).unwrap();
        }
    }
    let find = || find_through_links(root.path(), &Selection::default());
    let found = find();
    let paths: Vec<&Path> = found.sources.iter().map(|source| &*source.path).collect();
    // Each by itself, by one link, and up to a thousand times below more: ten million ways lead through.
    assert!((100 + 8 * 1000..=100 + 10 * 1000).contains(&paths.len()), "{}", paths.len());
    assert!(paths.contains(&Path::new("e0/a.png")) && paths.contains(&Path::new("e9/to-e0/a.png")));
    assert!(found.ignored.to_string().contains(" loop"), "{}", found.ignored);
    assert_eq!(find(), found, "the same tree gives the same result");
}
