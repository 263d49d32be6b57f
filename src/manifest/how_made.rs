//! Reads the full records of how the outputs of one source were made: a state of all tasks has no room for them.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;

use memchr::memmem;

use crate::geometry::Because;
use crate::geometry::Finding;
use crate::manifest::Record;
use crate::manifest::RecordedPath;
use crate::manifest::Scope;
use crate::manifest::TaskFinished;
use crate::manifest::blocks::Blocks;
use crate::manifest::place;
use crate::pipeline::TaskKey;

/// Record of how an output was made, for display.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HowMade {
    /// Time at which the run began that made it, as RFC 3339.
    pub at: String,
    /// The program that made it.
    pub tool: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The engine that filled the margins, if there were any.
    pub engine: Option<String>,
    /// Confidence of that engine in its work, from 0 to 1, if it judges it; else that of the last one that left the
    /// margins to it.
    pub confidence: Option<f64>,
    /// Measures on which the confidence rests, by name.
    pub gates: BTreeMap<String, f64>,
    /// Keeps the warnings.
    pub warnings: Vec<String>,
    /// Findings that the user should look at.
    pub findings: Vec<Finding>,
    /// Names the measures that decided the layout, if some did.
    pub because: Vec<Because>,
    /// Length of each part; the names carry the unit, like `decode_ms`.
    pub timings: BTreeMap<String, u64>,
}

impl HowMade {
    /// Reads in the manifest in `folder` how the outputs of a source were made last, by task. What cannot be read
    /// says nothing.
    #[must_use]
    pub fn of_source(folder: &Path, scope: impl Into<Scope>, source: &Path) -> BTreeMap<TaskKey<'static>, HowMade> {
        let scope = scope.into().seen_from(folder);
        let mut found = BTreeMap::new();
        let (path, mut options) = (place::manifest_path(folder), OpenOptions::new());
        let Ok(file) = place::open(&path, options.read(true)) else { return found };
        let Ok(name) = serde_json::to_vec(&RecordedPath::from(source)) else { return found };
        let name = memmem::Finder::new(&name);
        let mut run = None;
        for block in Blocks::new(&file) {
            for line in block.lines() {
                let starts = line.starts_with(b"{\"kind\":\"run_started\"");
                if !starts && (run.is_none() || name.find(line).is_none()) {
                    continue;
                }
                match Record::parse(line) {
                    Ok(Record::RunStarted(started)) => {
                        let ours = scope.has_run(&started);
                        run = ours.then(|| (started.at.into_owned(), started.tool.into_owned()));
                    }
                    Ok(Record::TaskFinished(finished)) if *finished.source == *source => {
                        let (at, tool) = run.clone().unwrap_or_default();
                        let how = HowMade { at, tool, ..HowMade::from(&finished) };
                        found.insert(finished.key().into_owned(), how);
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

impl From<&TaskFinished<'_>> for HowMade {
    fn from(finished: &TaskFinished<'_>) -> Self {
        HowMade {
            bytes: finished.bytes,
            engine: finished.engine.as_deref().map(str::to_owned),
            confidence: finished.confidence,
            gates: finished.gates.iter().map(|(name, value)| (name.to_string(), *value)).collect(),
            warnings: finished.warnings.iter().map(ToString::to_string).collect(),
            findings: finished.findings.to_vec(),
            because: finished.because.to_vec(),
            timings: finished.timings.iter().map(|(name, value)| (name.to_string(), *value)).collect(),
            ..HowMade::default()
        }
    }
}
