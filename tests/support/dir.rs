//! A folder to tell a story in.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder with a pipeline `p.yaml` that reads `in` and writes `out`.
pub(crate) struct Dir {
    root: TempDir,
}

impl Dir {
    /// A folder whose pipeline has these targets, each like `{ name: a, size: 9x9 }`, and
    /// `more` beside them.
    pub(crate) fn new(more: &str, targets: &[&str]) -> Dir {
        let dir = Dir { root: tempfile::tempdir().expect("a temporary folder") };
        dir.pipeline(more, targets);
        dir.make("in");
        dir
    }

    /// Writes the pipeline anew.
    pub(crate) fn pipeline(&self, more: &str, targets: &[&str]) {
        let output = if more.contains("output:") { "" } else { "output: { dir: out }\n" };
        let targets: String = targets.iter().map(|target| format!("  - {target}\n")).collect();
        let text = format!("version: 1\ninput: {{ dir: in }}\n{output}{more}\ntargets:\n{targets}");
        self.write("p.yaml", text.as_bytes());
    }

    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.path().join(relative)
    }

    pub(crate) fn make(&self, folder: &str) {
        fs::create_dir_all(self.path(folder)).expect("a folder");
    }

    /// Writes a file; its folders are made.
    pub(crate) fn write(&self, relative: impl AsRef<Path>, bytes: &[u8]) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    pub(crate) fn read(&self, relative: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(relative);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}\n{:#?}", path.display(), self.tree("out")))
    }

    pub(crate) fn remove(&self, relative: &str) {
        fs::remove_file(self.path(relative)).expect("the file is there");
    }

    /// Copies a fixture, like `grid/rgb__plain.png`, to `in/name`.
    pub(crate) fn source(&self, name: impl AsRef<OsStr>, fixture: &str) {
        self.write(Path::new("in").join(name.as_ref()), &fixture_bytes(fixture));
    }

    /// Gives a file another time, a fixed one, which is surely not its own.
    pub(crate) fn touch(&self, relative: &str) {
        let file = fs::File::options().append(true).open(self.path(relative)).expect("the file is there");
        file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000)).expect("a time");
    }

    /// Every file below a folder with its bytes, without the state folder and without what a
    /// run says of itself.
    pub(crate) fn tree(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path(folder)];
        while let Some(next) = folders.pop() {
            let Ok(entries) = fs::read_dir(&next) else { continue };
            for entry in entries {
                let path = entry.expect("it can be read").path();
                if path.is_dir() && !path.is_symlink() {
                    if path.file_name() != Some(OsStr::new(".recanvas")) {
                        folders.push(path);
                    }
                    continue;
                }
                let below = path.strip_prefix(self.path(folder)).expect("below").as_os_str().as_bytes();
                files.insert(String::from_utf8_lossy(below).into_owned(), fs::read(&path).unwrap_or_default());
            }
        }
        files
    }

    /// The names of the files below `out`.
    pub(crate) fn outputs(&self) -> Vec<String> {
        self.tree("out").into_keys().collect()
    }

    /// Files below `out` with the time and the inode of each: what is the same afterwards was
    /// not written.
    pub(crate) fn stamps(&self) -> BTreeMap<String, (SystemTime, u64)> {
        use std::os::unix::fs::MetadataExt;
        let stamp = |name: String| {
            let metadata = fs::metadata(self.path("out").join(&name)).expect("the output is there");
            (name, (metadata.modified().expect("a time"), metadata.ino()))
        };
        self.outputs().into_iter().map(stamp).collect()
    }

    /// The program with an environment without any setting of its own, in this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recanvas"));
        for (name, _) in std::env::vars_os() {
            let is_key = name.as_bytes().windows(3).any(|word| word == b"KEY");
            if name.as_bytes().starts_with(b"RECANVAS_") || name == "NO_COLOR" || is_key {
                command.env_remove(name);
            }
        }
        command.args(arguments).current_dir(self.root.path());
        command
    }

    /// Runs the program.
    pub(crate) fn recanvas(&self, arguments: &[&str]) -> Done {
        Done::of(self.command(arguments))
    }

    /// `run p.yaml --json` with these flags; its last line must be the documented object.
    pub(crate) fn run(&self, flags: &[&str]) -> Done {
        self.recanvas(&[&["run", "p.yaml", "--json"], flags].concat())
    }
}

/// The bytes of a fixture.
pub(crate) fn fixture_bytes(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a command did.
#[derive(Clone)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    command: String,
}

impl Done {
    pub(crate) fn of(mut command: Command) -> Done {
        let output = command.output().expect("the program runs");
        Done {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            command: format!("{:?}", command.get_args().collect::<Vec<_>>()),
        }
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn code(&self, code: i32) -> &Done {
        assert_eq!(self.code, code, "exit code of {self}");
        self
    }

    /// Checks that standard output says all of these.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> &Done {
        assert_contains(&self.stdout, words, self);
        self
    }

    /// Checks that standard error says all of these.
    #[track_caller]
    pub(crate) fn warns(&self, words: &[&str]) -> &Done {
        assert_contains(&self.stderr, words, self);
        self
    }

    /// The object on the last line of standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {self}"));
        assert!(value.is_object() && self.stdout.ends_with('\n'), "{self}");
        value
    }

    /// Checks the counts of a run in one go: done, skipped, failed, known_failed, left.
    #[track_caller]
    pub(crate) fn counts(&self, expected: [u64; 5]) -> &Done {
        let tasks = &self.json()["tasks"];
        let names = ["done", "skipped", "failed", "known_failed", "left"];
        let line = |counts: &[u64]| -> Vec<String> {
            names.iter().zip(counts).map(|(name, count)| format!("{name} {count}")).collect()
        };
        let found: Vec<u64> = names.iter().map(|name| tasks[name].as_u64().expect("a count")).collect();
        assert!(found == expected, "{}{self}", difference(&line(&expected), &line(&found)));
        assert_eq!(tasks["total"].as_u64(), Some(found.iter().sum()), "the counts add up: {self}");
        self
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Done { code, stdout, stderr, command } = self;
        write!(f, "{command}: exit {code}\n-- stdout\n{stdout}-- stderr\n{stderr}")
    }
}

#[track_caller]
fn assert_contains(text: &str, words: &[&str], done: &Done) {
    for words in words {
        assert!(text.contains(words), "should say: {words}\n{done}");
    }
}

/// Checks that two trees have the same files with the same bytes.
#[track_caller]
pub(crate) fn assert_same(expected: &BTreeMap<String, Vec<u8>>, found: &BTreeMap<String, Vec<u8>>) {
    let lines = |tree: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
        tree.iter().map(|(name, bytes)| format!("{name} {}", recanvas::digest::Digest::of(bytes))).collect()
    };
    let (expected, found) = (lines(expected), lines(found));
    assert!(!expected.is_empty(), "an empty tree shows nothing");
    assert!(expected == found, "{}", difference(&expected, &found));
}

/// Lines that only one side has, as a diff shows them.
fn difference(expected: &[String], found: &[String]) -> String {
    let only = |sign: char, lines: &[String], others: &[String]| -> String {
        lines.iter().filter(|line| !others.contains(line)).map(|line| format!("{sign} {line}\n")).collect()
    };
    format!("- expected, + found\n{}{}", only('-', expected, found), only('+', found, expected))
}
