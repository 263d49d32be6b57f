//! What decides whether a finished task is still up to date.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::digest::Digest;
use crate::error::Class;
use crate::pipeline::Settings;
use crate::pipeline::unrecorded::Unrecorded;
use crate::stages::Recipe;
use crate::stages::Shape;

/// The resolved options of a target that affect its pixels or its file. Neither the program's
/// [`Revisions`](crate::pipeline::Revisions) nor speed settings are part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fingerprint {
    /// Names the options of a finished task.
    pub finished: Digest,
    /// Names those and the limits.
    attempted: Digest,
    /// What `finished` is the digest of; canonical, because keys are sorted.
    pub options: Value,
    /// The limits, as canonical text.
    limits: String,
    /// Holds the defaults of options that records may lack.
    unrecorded: Unrecorded,
}

impl Fingerprint {
    /// The fingerprint of a target.
    #[must_use]
    pub fn new(shape: &Shape, path: &str, settings: &Settings, recipe: &Recipe) -> Self {
        let mut stages: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        let mut limits: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for (def, stage) in recipe.stages() {
            for (name, value) in stage.acting(settings.of(def.word), recipe.effects) {
                let is_limit = (def.fields)().iter().any(|field| field.name == name && field.is_limit);
                let kept = if is_limit { &mut limits } else { &mut stages };
                kept.entry(def.word).or_default().insert(name.to_owned(), value);
            }
        }
        let mut options = json!({
            "path": path,
            "target": {
                "ratio": shape.ratio.map(|ratio| ratio.to_string()),
                "width": shape.width,
                "height": shape.height,
            },
            "stages": stages,
        });
        options.sort_all_objects();
        let finished = options.to_string();
        let limits = json!(limits).to_string();
        let attempted = Fingerprint::with_limits(&finished, &limits);
        let unrecorded = Unrecorded::new(settings, &recipe.outpaint.engines);
        Fingerprint { finished: Digest::of(finished.as_bytes()), attempted, options, limits, unrecorded }
    }

    /// The digest of options and limits, both as canonical text.
    fn with_limits(options: &str, limits: &str) -> Digest {
        Digest::of(format!("{options}{limits}").as_bytes())
    }

    /// Tells whether `digest` names other options, as canonical text, with the limits of this target.
    #[must_use]
    pub fn has_limits_of(&self, digest: Digest, options: &str) -> bool {
        Fingerprint::with_limits(options, &self.limits) == digest
    }

    /// Returns which options differ from recorded ones, one line each, like `convert.quality 85 → 80`. One that
    /// was not recorded counts with its default: a program that has more options makes nothing stale by that.
    #[must_use]
    pub fn differences(&self, recorded: &Value) -> Vec<String> {
        self.unrecorded.differences(recorded, &self.options)
    }

    /// Returns what a failure of `class` depends on: only one by a limit goes away with the limit.
    #[must_use]
    pub fn of_failure(&self, class: Class) -> Digest {
        if class == Class::Limit { self.attempted } else { self.finished }
    }
}
