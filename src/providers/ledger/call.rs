//! Paid calls, and their names.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::digest::Digest;
use crate::digest::DigestError;
use crate::geometry::Orientation;
use crate::providers::Canvas;

/// The word of the stage that fills margins, for which calls were made before others could want some.
pub const OUTPAINT: &str = "outpaint";

/// Everything that decides which picture a provider makes. Encoded bytes are no part of it: a
/// new version of a codec must not pay again.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The word of the stage that wants it; [`OUTPAINT`] leaves no trace in family, key and records.
    pub stage: &'static str,
    /// The digest of the source's bytes.
    pub source: Digest,
    /// Canvas that is sent and asked for.
    pub canvas: Canvas,
    /// The provider's name.
    pub provider: String,
    /// The revision of its descriptor, as far as it changes what is asked for.
    pub revision: u32,
    /// Prompt, parameters and seed, with all defaults filled in; no addresses and no keys.
    pub request: Value,
    /// The revision of the code that prepares the picture to be sent.
    pub preparation: u32,
    /// Turn of the stored picture before it is sent, as far as that is known. It follows from the
    /// source's bytes, but not every version of a decoder sees the same in them; it is no part of family
    /// and key.
    pub orientation: Option<Orientation>,
}

impl Call {
    /// Returns the digest of what calls whose results can stand for each other have in common: all but the canvas.
    #[must_use]
    pub fn family(&self) -> Digest {
        let mut parts = json!({
            "source": self.source,
            "provider": self.provider,
            "revision": self.revision,
            "request": self.request,
            "preparation": self.preparation,
        });
        if let Some(stage) = self.recorded_stage() {
            parts["stage"] = stage.into();
        }
        Digest::of(canonical(&parts).to_string().as_bytes())
    }

    /// Returns the word of the stage as it is recorded: none for [`OUTPAINT`], of which records and keys never spoke.
    #[must_use]
    pub fn recorded_stage(&self) -> Option<&'static str> {
        (self.stage != OUTPAINT).then_some(self.stage)
    }

    /// Returns the same as it is asked for by another revision of the descriptor.
    #[must_use]
    pub fn at_revision(&self, revision: u32) -> Call {
        Call { revision, ..self.clone() }
    }

    /// Returns the lower revisions of the descriptor by which it may have been asked for, the highest first.
    pub fn earlier_revisions(&self) -> impl Iterator<Item = u32> + use<> {
        (self.revision.saturating_sub(EARLIER).max(1)..self.revision).rev()
    }

    /// Returns this call as asked for by the revision of the descriptor by which a call of `family` was, if its result
    /// can stand for this one's. A raised revision pays for nothing again: it is the same call. `revisions` are those
    /// by which it may have been asked for, besides today's.
    #[must_use]
    pub fn in_family(&self, family: Digest, revisions: impl IntoIterator<Item = u32>) -> Option<Call> {
        let earlier = revisions.into_iter().map(|revision| self.at_revision(revision));
        std::iter::once(self.clone()).chain(earlier).find(|call| call.family() == family)
    }

    /// Returns the name of the `attempt`-th try of this call, counted from 0.
    #[must_use]
    pub fn key(&self, attempt: u32) -> CallKey {
        CallKey::new(self, attempt)
    }
}

/// The name of one paid request. Two calls with one key are the same call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallKey(Digest);

/// Number of lower revisions that are tried where the manifest does not say which one it was.
const EARLIER: u32 = 100;

/// Raised if the way in which keys are made changes. Everything would be paid again: don't.
const VERSION: u32 = 1;

/// The visible part counts in steps of this part of a source pixel, so that arithmetic that differs
/// in the last bits does not pay again.
const STEPS: f64 = 1024.0;

impl CallKey {
    /// Returns the key: the digest of the call in canonical JSON, with the attempt's number.
    ///
    /// Canonical means: keys are sorted, a float without a fraction is written as the integer
    /// that it is (`8.0` as `8`), and what is visible is rounded to 1/1024 of a source pixel.
    /// Every field of [`Call`] is part of it, but for the orientation and what of the canvas is needed,
    /// and nothing else is.
    #[must_use]
    pub fn new(call: &Call, attempt: u32) -> Self {
        // A number that is not finite becomes null: no canvas that can be sent has one.
        let steps = |value: f64| json!((value * STEPS).round() + 0.0);
        let Canvas { visible, sent, margins, needed: _, steps: back, before: _ } = call.canvas;
        let first = call.canvas.first().map(|first| CallKey::new(&Call { canvas: first, ..call.clone() }, 0));
        let mut parts = json!({
            "version": VERSION,
            "source": call.source,
            "visible": [steps(visible.x), steps(visible.y), steps(visible.width), steps(visible.height)],
            "sent": [sent.width, sent.height],
            "margins": [margins.left, margins.top, margins.right, margins.bottom],
            "back": back,
            "provider": call.provider,
            "revision": call.revision,
            "request": call.request,
            "preparation": call.preparation,
            "attempt": attempt,
        });
        if let Some(first) = first {
            parts["first"] = json!(first);
        }
        if let Some(stage) = call.recorded_stage() {
            parts["stage"] = stage.into();
        }
        CallKey(Digest::of(canonical(&parts).to_string().as_bytes()))
    }

    /// Returns the key as a digest.
    #[must_use]
    pub fn digest(self) -> Digest {
        self.0
    }
}

/// Returns the value sorted by key, whatever order the map that serde_json was built with keeps.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(
                entries.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        Value::Number(number) => whole(number).unwrap_or_else(|| value.clone()),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

/// Returns the integer that a float stands for, as far as floats are exact.
fn whole(number: &serde_json::Number) -> Option<Value> {
    if !number.is_f64() {
        return None;
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15)?;
    format!("{:.0}", float + 0.0).parse::<i64>().ok().map(Value::from)
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CallKey {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        text.parse().map(CallKey)
    }
}
