//! A provider as a pipeline uses it: its descriptor, what it is asked for, and on what terms.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::digest::Digest;
use crate::geometry::Orientation;
use crate::options::Color;
use crate::options::Field;
use crate::options::Kind;
use crate::providers::Call;
use crate::providers::Canvas;
use crate::providers::Descriptor;
use crate::providers::Quote;
use crate::providers::Usd;
use crate::providers::Variables;
use crate::providers::WEBHOOK;

/// Raised whenever the picture that is sent changes for the same call: everything would be paid
/// again.
const PREPARATION: u32 = 1;

/// The parameter that makes a result repeatable.
const SEED: &str = "seed";

/// Key under which a provider's parameters may also stand.
pub(crate) const PARAMS: &str = "params";

/// Options that may stand beside `use` and the provider's own parameters. None of it decides a pixel.
pub static TERMS: &[Field] = &[
    Field::new(
        "price",
        Kind::Optional(&Kind::Number(0.0, 1e6)),
        "null",
        "USD per call, instead of what the descriptor says",
    ),
    Field::new("endpoint", Kind::Optional(&Kind::Text), "null", "an origin that gets the requests instead"),
    Field::new("public_url", Kind::Optional(&Kind::Text), "null", "the address under which public_dir can be read"),
    Field::new("public_dir", Kind::Optional(&Kind::Path), "null", "a folder for pictures that the provider fetches"),
    Field::new("webhook", Kind::Optional(&Kind::Text), "null", "the address of a receiver, which is told as well"),
    Field::new("in_flight", Kind::Optional(&Kind::Integer(1, 10_000)), "null", "calls at the same time"),
    Field::new("per_minute", Kind::Optional(&Kind::Integer(1, 1_000_000)), "null", "requests per minute"),
];

/// The terms on which a provider is used.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// USD per call, if the pipeline says so.
    pub price: Option<f64>,
    /// The origin that gets all requests to the provider's hosts.
    pub endpoint: Option<String>,
    /// The address under which [`Terms::public_dir`] can be read from outside.
    pub public_url: Option<String>,
    /// The folder in which pictures are put for the provider to fetch.
    pub public_dir: Option<PathBuf>,
    /// The address of a receiver that the provider tells as well.
    pub webhook: Option<String>,
    /// Most calls at the same time, instead of the descriptor's.
    pub in_flight: Option<u32>,
    /// Most requests per minute, instead of the descriptor's.
    pub per_minute: Option<u32>,
}

/// A provider with its parameters and terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// Descriptor of the provider.
    pub descriptor: Arc<Descriptor>,
    /// A value for each of its parameters; null leaves one out.
    pub params: Variables,
    /// On what terms it is used.
    pub terms: Terms,
    /// Colour under the transparent pixels of what is sent, if it is not white.
    pub backdrop: Option<Color>,
    /// Canonical options of the stages that prepare the source before it is sent; none where it is sent as it is.
    pub preparation: Option<Arc<Value>>,
}

impl Provider {
    /// Returns the word in pipelines.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.descriptor.provider
    }

    /// Returns the call that a stage wants for this canvas of a source with this digest that is turned like this.
    #[must_use]
    pub fn call(&self, stage: &'static str, source: Digest, canvas: Canvas, orientation: Orientation) -> Call {
        let mut request = self.request();
        if let Some(color) = self.backdrop {
            // No parameter can have this name.
            request["(backdrop)"] = color.to_string().into();
        }
        if let Some(preparation) = &self.preparation {
            request["(preparation)"] = Value::clone(preparation);
        }
        Call {
            stage,
            source,
            canvas,
            provider: self.descriptor.provider.clone(),
            revision: self.descriptor.revision,
            request,
            preparation: PREPARATION,
            orientation: Some(orientation),
        }
    }

    /// Returns the same with something else than white under transparent pixels.
    #[must_use]
    pub fn with_backdrop(&self, color: Color) -> Provider {
        Provider { backdrop: (color != Color::WHITE).then_some(color), ..self.clone() }
    }

    /// Returns the same for a source that stages change like this before it is sent.
    #[must_use]
    pub fn with_preparation(&self, preparation: Option<Arc<Value>>) -> Provider {
        Provider { preparation, ..self.clone() }
    }

    /// Returns the parameters that are not null, by name: all that is asked for beside the canvas.
    #[must_use]
    pub fn request(&self) -> Value {
        let said = self.params.iter().filter(|(_, value)| !value.is_null());
        Value::Object(said.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// Returns the variables of the request that asks for this call.
    #[must_use]
    pub fn variables(&self, call: &Call) -> Variables {
        let mut variables = call.canvas.variables(&self.descriptor.geometry, &call.key(0).to_string());
        variables.extend(self.params.clone());
        variables.extend(self.terms.webhook.iter().map(|address| (WEBHOOK.to_owned(), address.as_str().into())));
        variables
    }

    /// Returns the cost of one call for this canvas.
    #[must_use]
    pub fn quote(&self, canvas: &Canvas) -> Quote {
        canvas.quote(&self.descriptor).or_price(self.terms.price.and_then(Usd::from_dollars))
    }

    /// Tells whether calls of the two can be shared.
    #[must_use]
    pub fn asks_the_same(&self, other: &Provider) -> bool {
        self.name() == other.name()
            && self.descriptor.revision == other.descriptor.revision
            && self.params == other.params
            && self.backdrop == other.backdrop
            && self.preparation == other.preparation
    }

    /// Returns the same with the next seed, for another picture of the same; none if it takes no seed.
    #[must_use]
    pub fn with_next_seed(&self) -> Option<Provider> {
        let most = self.descriptor.params.get(SEED)?.max.unwrap_or(f64::from(u32::MAX));
        let seed = self.params.get(SEED).and_then(Value::as_u64).unwrap_or(0);
        let next = if (seed as f64) < most { seed + 1 } else { 0 };
        let mut params = self.params.clone();
        params.insert(SEED.to_owned(), next.into());
        Some(Provider { params, ..self.clone() })
    }

    /// Returns the canonical form of what a pipeline says.
    ///
    /// # Panics
    /// Never: terms are plain values.
    #[must_use]
    pub fn canonical(&self) -> Map<String, Value> {
        let mut map = match serde_json::to_value(&self.terms) {
            Ok(Value::Object(map)) => map,
            other => panic!("terms are a map, not {other:?}"),
        };
        map.insert(PARAMS.to_owned(), self.request());
        map
    }
}
