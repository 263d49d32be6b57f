//! Pipelines that were written when their relative paths counted from the working directory.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use crate::batch::Refusal;
use crate::batch::Request;
use crate::error::printable;
use crate::manifest::has_runs;
use crate::pipeline::Location;
use crate::pipeline::Pipeline;
use crate::storage::absolute;
use crate::storage::way;

/// Makes sure that no run begins anew, and pays anew, because the manifest is where the pipeline's words lead
/// from the working directory.
///
/// # Errors
/// If a manifest of this pipeline is there, and the state folder has none.
pub(super) fn check_state(request: &Request, pipeline: &Pipeline) -> Result<(), Refusal> {
    let state = &request.state;
    let Some(earlier) = request.earlier_state.as_ref().filter(|earlier| absolute(earlier) != absolute(state)) else {
        return Ok(());
    };
    // A folder that cannot be read is reported when it is opened; one elsewhere may be of another pipeline.
    let is_kept = has_runs(state, &pipeline.name).unwrap_or(true);
    if is_kept || !has_runs(earlier, &pipeline.name).unwrap_or(false) {
        return Ok(());
    }
    Err(Refusal::Usage {
        message: format!(
            "the manifest of this pipeline is in {}, and none is in {}: paths in a pipeline are relative to its file, no longer to the working directory",
            earlier.display(),
            state.display()
        ),
        hint: format!(
            "{}; if it is of another pipeline of this name, start this one in its own folder once",
            change(&pipeline.location, |_| true)
        ),
    })
}

/// Refuses a run whose input folder is not there, with advice on the options that name it.
pub(super) fn no_input(request: &Request, pipeline: &Pipeline) -> Refusal {
    const KEY: &str = "input.dir";
    let location = &pipeline.location;
    let is_named = pipeline.input.dir.as_ref() == Some(&request.input);
    let is_here = is_named && location.named(KEY).is_some_and(Path::is_dir);
    Refusal::Usage {
        message: format!("the input folder {} is not there", request.input.display()),
        hint: if is_here {
            format!("it is relative to the pipeline's file; {}", change(location, |key| key == KEY))
        } else if !location.file.is_file() {
            "`input.dir` of a pipeline that is no file, and --input, are relative to the working directory".into()
        } else {
            "`input.dir` is relative to the pipeline's file, --input to the working directory".into()
        },
    }
}

/// Advises on how to write paths of these options so that they lead where they led from the working directory.
fn change(location: &Location, is_asked: impl Fn(&str) -> bool) -> String {
    let way = std::env::current_dir().ok().map(|working| way(&absolute(&location.folder), &absolute(&working)));
    let asked = location.relative.iter().filter(|named| is_asked(named.key));
    let lines = asked.map(|named| {
        let named_below = named.path.components().filter(|part| *part != Component::CurDir);
        let path: PathBuf = way.iter().flat_map(|way| way.components()).chain(named_below).collect();
        format!("`{}: {}` (line {})", named.key, in_yaml(&path), named.line)
    });
    format!("in {} write {}", printable(&location.file.to_string_lossy()), lines.collect::<Vec<_>>().join(", "))
}

/// Returns a path as YAML has it, in quotes where it is more than a plain word.
fn in_yaml(path: &Path) -> String {
    let path = path.to_string_lossy();
    let is_plain = path.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c)) && !path.starts_with('-');
    if is_plain { path.into_owned() } else { serde_json::Value::from(path).to_string() }
}
