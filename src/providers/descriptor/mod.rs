//! Providers as data: the tables of a descriptor file and the types they fill.
//!
//! A descriptor says where requests go, what they hold, what replies mean, what the provider
//! can do and what it asks for. It holds no code and no key. Values are JSON in which a text
//! with `{{ … }}` is an expression.

mod geometry;
mod params;
mod parse;
mod provider_table;
mod replies;
mod request;
mod terms;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::options::Field;
use crate::options::Kind;

pub use geometry::Geometry;
pub use geometry::Placement;
pub use geometry::Unit;
pub use params::BACK;
pub use params::VARIABLES;
pub use params::WEBHOOK;
pub(in crate::providers) use parse::CANCEL;
pub(in crate::providers) use parse::parse;
pub use provider_table::HOW_TO_ASK;
pub use provider_table::ProviderEntry;
pub use provider_table::ProviderTable;
pub use provider_table::provider_schema;
pub use replies::ErrorRule;
pub use replies::Meaning;
pub use replies::Poll;
pub use replies::ResultRule;
pub use request::KeyPlacement;
pub use request::Method;
pub use request::PictureTransport;
pub use request::RequestTemplate;
pub use request::Way;
pub use terms::Param;
pub use terms::ParamKind;
pub use terms::Price;
pub use terms::RateLimits;

use geometry::GEOMETRY;
use replies::ERROR;
use replies::POLL;
use replies::RESULT;
use request::KEY;
use request::REQUEST;
use request::TRANSPORT;
use terms::LIMITS;
use terms::PARAM;
use terms::PRICE;

const TEXTS: Kind = Kind::List(&Kind::Text);
const POINTERS: Kind = TEXTS;

/// A provider.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Descriptor {
    /// Its name in pipelines.
    pub provider: String,
    /// One line: what it is.
    pub title: String,
    /// Raised whenever what is sent changes so that the same call gives another picture.
    pub revision: u32,
    /// The day on which its facts were last checked.
    pub checked: String,
    /// Addresses of the pages that the facts come from.
    pub sources: Vec<String>,
    /// Notes on what is uncertain, or surprising.
    pub notes: Vec<String>,
    /// Hosts that may get the key.
    pub hosts: Vec<String>,
    /// Place of the key, if one is needed.
    pub key: Option<KeyPlacement>,
    /// Sizes that it can make.
    pub geometry: Geometry,
    /// Ways in which pictures reach it; the first that fits is taken.
    pub image: Vec<PictureTransport>,
    /// Parameters that a pipeline may set beside `use`.
    pub params: BTreeMap<String, Param>,
    /// The paid request. It captures `job`, and what the other requests need.
    pub submit: RequestTemplate,
    /// Question whether it is done; `None` if the reply to the submit is the end.
    pub poll: Option<Poll>,
    /// Place of the picture.
    pub result: ResultRule,
    /// Meanings of unusual replies.
    pub errors: Vec<ErrorRule>,
    /// Pointers to texts that say what was wrong; the first that is there counts.
    pub messages: Vec<String>,
    /// Pointers to seconds after which to try again, beside the header Retry-After.
    pub retry_after: Vec<String>,
    /// Limits on what may be asked at once.
    pub limits: RateLimits,
    /// Price of a call; unknown if left out.
    pub price: Option<Price>,
    /// The cheapest request that shows that key and address are right.
    pub test: Option<RequestTemplate>,
}

/// Options of a descriptor file.
pub static DESCRIPTOR: &[Field] = &[
    Field::required("provider", Kind::Text, "the name in pipelines"),
    Field::required("title", Kind::Text, "one line: what it is"),
    Field::required("revision", Kind::Integer(1, 1_000_000), "raised whenever the same call gives another picture"),
    Field::required("checked", Kind::Text, "the day on which its facts were last checked"),
    Field::required("sources", Kind::List(&Kind::Text), "where the facts come from"),
    Field::new("notes", Kind::List(&Kind::Text), "[]", "what is uncertain or surprising"),
    Field::required("hosts", Kind::List(&Kind::Text), "hosts that may get the key"),
    Field::new("key", Kind::Optional(&Kind::Map(KEY)), "null", "where the key is and how it is sent"),
    Field::required("geometry", Kind::Map(GEOMETRY), "what it can make"),
    Field::required("image", Kind::List(&Kind::Map(TRANSPORT)), "how pictures reach it"),
    Field::new("params", Kind::MapOf(&Kind::Map(PARAM)), "{}", "what a pipeline may set beside `use`"),
    Field::required("submit", Kind::Map(REQUEST), "the paid request"),
    Field::new("poll", Kind::Optional(&Kind::Map(POLL)), "null", "how it is asked whether it is done"),
    Field::required("result", Kind::Map(RESULT), "where the picture is"),
    Field::new("errors", Kind::List(&Kind::Map(ERROR)), "[]", "what unusual replies mean"),
    Field::new("messages", POINTERS, "[]", "pointers to texts that say what was wrong"),
    Field::new("retry_after", POINTERS, "[]", "pointers to seconds after which to try again"),
    Field::new("limits", Kind::Map(LIMITS), "{}", "how much may be asked at once"),
    Field::new("price", Kind::Optional(&Kind::Map(PRICE)), "null", "what a call costs; unknown if left out"),
    Field::new(
        "test",
        Kind::Optional(&Kind::Map(REQUEST)),
        "null",
        "the cheapest request that shows that all is right",
    ),
];

impl Descriptor {
    /// Returns the variable in the environment that moves all of the provider's requests to another origin: a proxy, a
    /// gateway or a test.
    #[must_use]
    pub fn endpoint_variable(&self) -> String {
        format!("RECANVAS_ENDPOINT_{}", self.provider.to_uppercase().replace('-', "_"))
    }
}
