//! Looks for the runs of a pipeline, without reading what they did.

use std::fs::OpenOptions;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::path::Path;

use crate::manifest::OpenError;
use crate::manifest::Record;
use crate::manifest::blocks::LINE_MAX;
use crate::manifest::place;

/// Tells whether the manifest in `folder` records a run of the pipeline. Nothing is locked, and lines that
/// cannot be understood are passed over.
///
/// # Errors
/// [`OpenError::Foreign`] or [`OpenError::Io`]; a manifest that is not there has no runs.
pub fn has_runs(folder: &Path, pipeline: &str) -> Result<bool, OpenError> {
    let path = place::manifest_path(folder);
    let file = match place::open(&path, OpenOptions::new().read(true)) {
        Ok(file) => file,
        Err(OpenError::Io { error, .. }) if is_absent(&error) => return Ok(false),
        Err(error) => return Err(error),
    };
    let is_ours = |line: &[u8]| {
        let started = line.starts_with(place::FIRST).then(|| Record::parse(line));
        matches!(started, Some(Ok(Record::RunStarted(started))) if started.pipeline == pipeline)
    };
    let mut lines = BufReader::with_capacity(1 << 20, file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.by_ref().take(LINE_MAX as u64).read_until(b'\n', &mut line);
        match read {
            Ok(0) => return Ok(false),
            Ok(_) if is_ours(line.trim_ascii_end()) => return Ok(true),
            Ok(_) => {}
            Err(error) => return Err(OpenError::Io { what: "read", path, error }),
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
