//! Paths among options: relative to the file in which they stand.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Map;
use serde_json::Value;

use crate::options::Field;
use crate::options::Kind;
use crate::options::Problem;

/// Makes the relative paths among the canonical `values` of `fields` paths from the working directory, where they stand
/// in a file in `folder`. An empty folder is the working directory.
///
/// # Errors
/// A path that cannot be told as text, because the folder's name is none.
pub fn stand_in(folder: &Path, fields: &[Field], values: &mut Map<String, Value>) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    for field in fields {
        let Some(value) = values.get_mut(field.name) else { continue };
        if let Err(problem) = place(folder, &field.kind, value) {
            problems.push(problem.under(field.name));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn place(folder: &Path, kind: &Kind, value: &mut Value) -> Result<(), Problem> {
    let Value::String(text) = value else { return Ok(()) };
    let placed = match kind {
        Kind::Or(word, _) if *text == *word => return Ok(()),
        Kind::Or(_, inner) | Kind::Optional(inner) => return place(folder, inner, value),
        Kind::Path => folder.join(&*text),
        Kind::Library => library(folder, Path::new(&*text)),
        _ => return Ok(()),
    };
    *text = placed.into_os_string().into_string().map_err(|_| {
        Problem::new(format!("`{text}` is relative to a folder whose name is not UTF-8"))
            .hint("write an absolute path, or start in that folder")
    })?;
    Ok(())
}

/// Resolves the name of a library: a bare name is that of a file in the folder if there is one, and else one for the
/// system to find.
fn library(folder: &Path, named: &Path) -> PathBuf {
    let is_bare = matches!(named.components().collect::<Vec<_>>()[..], [Component::Normal(_)]);
    if !is_bare {
        return folder.join(named);
    }
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.join(named);
    if here.is_file() { here } else { named.to_owned() }
}
