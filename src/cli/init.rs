//! `init`: writes a commented pipeline to begin with.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Write;
use std::path::Path;

use crate::batch::exit;
use crate::cli::args::InitArgs;
use crate::cli::print::error;
use crate::cli::print::note;
use crate::options::nearest;
use crate::report::clean;
use crate::storage::folder::temporary::close;

/// The pipelines that come with the program, by name.
const TEMPLATES: [(&str, &str); 4] = [
    ("social", include_str!("../../pipelines/social.yaml")),
    ("catalog", include_str!("../../pipelines/catalog.yaml")),
    ("minimal", include_str!("../../pipelines/minimal.yaml")),
    ("reference", include_str!("../../pipelines/reference.yaml")),
];

/// Returns a template as it works beside other pictures: it makes those in its own folder and below, and
/// its commands name the file that is written.
fn at_home(text: &str, name: &str, path: &Path) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (file, outputs) = (format!("pipelines/{name}.yaml"), format!("out/{name}"));
    let far_outputs = format!("../{outputs}");
    let in_command = |word: &str| match word {
        "fixtures/photos" => shell_word(folder),
        word if word == file => shell_word(path),
        word if word == outputs => shell_word(&folder.join(&outputs)),
        word => word.to_owned(),
    };
    let line = |line: &str| {
        if line.starts_with('#') {
            return line.split(' ').map(in_command).collect::<Vec<_>>().join(" ") + "\n";
        }
        let folders = [("../fixtures/photos", "."), (&*far_outputs, &*outputs)];
        // Comments behind them stay where they are.
        let replaced = |line: String, (far, near): &(&str, &str)| line.replace(far, &format!("{near:<0$}", far.len()));
        folders.iter().fold(line.to_owned(), replaced).trim_end().to_owned() + "\n"
    };
    text.lines().map(line).collect()
}

/// Returns a path as a shell reads it.
fn shell_word(path: &Path) -> String {
    let path = clean(path);
    let is_plain = path.chars().all(|c| c.is_alphanumeric() || "/._-+,@".contains(c));
    if is_plain { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Writes a pipeline file; never over another file.
pub(super) fn init(args: &InitArgs) -> u8 {
    let names = TEMPLATES.map(|(name, _)| name);
    let Some((_, text)) = TEMPLATES.iter().find(|(name, _)| *name == args.template) else {
        let hint = nearest(&args.template, &names)
            .map_or_else(|| format!("known: {}", names.join(", ")), |near| format!("did you mean {near}?"));
        error(&format!("there is no template `{}`\nhint: {hint}", args.template));
        return exit::REFUSED;
    };
    let created = OpenOptions::new().write(true).create_new(true).open(&args.path);
    let written = created.and_then(|mut file| {
        let text = at_home(text, &args.template, &args.path);
        let written = file.write_all(text.as_bytes()).and_then(|()| close(file));
        // Half a pipeline would be in the way of the next try.
        written.inspect_err(|_| drop(std::fs::remove_file(&args.path)))
    });
    match written {
        Ok(()) => {
            note(&format!("wrote {0}; next: recanvas plan {0}", clean(&args.path)));
            exit::DONE
        }
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {
            error(&format!("{} is there already\nhint: name another file", args.path.display()));
            exit::REFUSED
        }
        Err(why) => {
            error(&format!("could not write {}: {why}", args.path.display()));
            exit::UNEXPECTED
        }
    }
}
