//! `init`: writes a commented pipeline to begin with.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Write;

use crate::batch::exit;
use crate::cli::args::InitArgs;
use crate::cli::print::error;
use crate::cli::print::note;
use crate::options::nearest;
use crate::report::clean;
use crate::storage::close;

/// The pipelines that come with the program, by name.
const TEMPLATES: [(&str, &str); 4] = [
    ("social", include_str!("../../pipelines/social.yaml")),
    ("catalog", include_str!("../../pipelines/catalog.yaml")),
    ("minimal", include_str!("../../pipelines/minimal.yaml")),
    ("reference", include_str!("../../pipelines/reference.yaml")),
];

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
