//! Fingerprints, which decide whether a finished task is still up to date.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::codecs::Header;
use crate::digest::Digest;
use crate::error::Class;
use crate::geometry::Layout;
use crate::options::Values;
use crate::pipeline::Acting;
use crate::pipeline::Registry;
use crate::pipeline::Revisions;
use crate::pipeline::Settings;
use crate::pipeline::unrecorded::Unrecorded;
use crate::stages::Recipe;
use crate::stages::Shape;

/// Holds the resolved options of a target, by which its outputs are compared with recorded ones. Speed settings are no
/// part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fingerprint {
    /// Names all options, whatever they do, and the revisions of the whole program: where it is the same, nothing
    /// is to be compared.
    pub resolved: Digest,
    /// The options that may make a difference to an output, with its path; canonical, because keys are sorted.
    pub options: Value,
    /// Names those of them that differ from their defaults.
    attempted: Digest,
    /// Names the same with the limits.
    limited: Digest,
    /// The limits, as canonical text.
    limits: String,
    /// The options of each stage, in the order of the stages, without limits.
    decisive: Vec<(&'static str, Values)>,
    /// Holds the defaults of options that records may lack.
    unrecorded: Unrecorded,
}

impl Fingerprint {
    /// Returns the fingerprint of a target whose stages and engines are from this registry.
    #[must_use]
    pub fn new(shape: &Shape, path: &str, (settings, recipe): (&Settings, &Recipe), registry: &Registry) -> Self {
        let mut decisive = Vec::new();
        let mut limits: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for (def, stage) in recipe.stages() {
            let mut values = stage.decisive(settings.of(def.word));
            for field in (def.fields)().iter().filter(|field| field.is_limit) {
                let limit = values.remove(field.name).map(|value| (field.name.to_owned(), value));
                limits.entry(def.word).or_default().extend(limit);
            }
            decisive.push((def.word, values));
        }
        limits.retain(|_, values| !values.is_empty());
        let stages = decisive.iter().map(|(word, values)| (*word, values));
        let stages = stages.filter(|(word, values)| !values.is_empty() && recipe.idle(word, shape).is_none());
        let mut options = json!({
            "path": path,
            "target": {
                "ratio": shape.ratio.map(|ratio| ratio.to_string()),
                "width": shape.width,
                "height": shape.height,
            },
            "stages": stages.collect::<BTreeMap<&str, &Values>>(),
        });
        options.sort_all_objects();
        let limits = json!(limits).to_string();
        let unrecorded = Unrecorded::new(settings, &recipe.outpaint.engines);
        let revisions = json!([Revisions::of_program(registry), recipe.outpaint.engines.revisions()]);
        let attempted = unrecorded.without_defaults(&options).to_string();
        Fingerprint {
            resolved: Digest::of(format!("{options}{limits}{}{revisions}", settings.canonical()).as_bytes()),
            attempted: Digest::of(attempted.as_bytes()),
            limited: Fingerprint::with_limits(&attempted, &limits),
            options,
            limits,
            decisive,
            unrecorded,
        }
    }

    /// Returns the digest of options and limits, both as canonical text.
    fn with_limits(options: &str, limits: &str) -> Digest {
        Digest::of(format!("{options}{limits}").as_bytes())
    }

    /// Tells whether `digest` names other options, as canonical text, with the limits of this target; failures in
    /// manifests of version 1 are named like that.
    #[must_use]
    pub fn has_limits_of(&self, digest: Digest, options: &str) -> bool {
        Fingerprint::with_limits(options, &self.limits) == digest
    }

    /// Returns the template of the output's path, as records have it.
    #[must_use]
    pub fn path(&self) -> &Value {
        &self.options["path"]
    }

    /// Returns the options that differ from recorded ones, one line each, like `convert.quality 85 → 80`; the path is
    /// compared where it is rendered. An option that was not recorded counts with its default: a program that has more
    /// options makes nothing stale by that.
    #[must_use]
    pub fn differences(&self, recorded: &Value) -> Vec<String> {
        let mut recorded = recorded.clone();
        if let Some(map) = recorded.as_object_mut() {
            map.insert("path".to_owned(), self.path().clone());
        }
        self.unrecorded.differences(&recorded, &self.options)
    }

    /// Returns the options that act on an output and differ from recorded ones, in the same form.
    #[must_use]
    pub fn acting_differences(&self, recorded: &Value, acting: &Acting) -> Vec<String> {
        let today = acting.options(&self.options["target"]);
        self.unrecorded.differences(&acting.of_recorded(recorded), &today)
    }

    /// Returns the target's options that act on an output. `recipe` is the one of this fingerprint.
    #[must_use]
    pub fn acting(&self, (recipe, shape): (&Recipe, &Shape), header: &Header, layout: &Layout) -> Acting {
        Acting::new((recipe, shape), &self.decisive, (header, layout))
    }

    /// Returns the digest of the request for an output: of what the target asks for, and of the options that act and
    /// differ from their defaults.
    #[must_use]
    pub fn asked(&self, acting: &Acting) -> Digest {
        self.named(&acting.options(&self.options["target"]))
    }

    /// Returns the digest that [`Fingerprint::asked`] would have had for recorded options.
    #[must_use]
    pub fn recorded_asked(&self, recorded: &Value, acting: &Acting) -> Digest {
        self.named(&acting.of_recorded(recorded))
    }

    /// Returns the digest of everything that a failure of `class` depends on: only one by a limit goes away with the
    /// limit.
    #[must_use]
    pub fn of_failure(&self, class: Class) -> Digest {
        if class == Class::Limit { self.limited } else { self.attempted }
    }

    fn named(&self, options: &Value) -> Digest {
        Digest::of(self.unrecorded.without_defaults(options).to_string().as_bytes())
    }
}
