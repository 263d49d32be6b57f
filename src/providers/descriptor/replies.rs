//! Meanings of replies.

use serde::Deserialize;
use serde_json::Value;

use crate::options::Field;
use crate::options::Kind;
use crate::providers::descriptor::POINTERS;
use crate::providers::descriptor::RequestTemplate;
use crate::providers::descriptor::TEXTS;
use crate::providers::descriptor::request::REQUEST;

/// Question to the provider whether a job is done.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Poll {
    /// The request.
    pub request: RequestTemplate,
    /// Seconds between two.
    pub every: f64,
    /// Pointer to the seconds after which the first makes sense.
    pub eta: Option<String>,
    /// Most seconds that an eta is believed.
    pub max_eta: f64,
    /// HTTP codes that mean it is not done yet.
    pub running_http: Vec<u16>,
    /// Pointer to the status word.
    pub status: String,
    /// Words for done. Words that are in no list mean that it is still running.
    pub done: Vec<String>,
    /// Words for failed.
    pub failed: Vec<String>,
    /// Words for refused by moderation.
    pub rejected: Vec<String>,
    /// Words for a job that the provider does not know, or not any more.
    pub gone: Vec<String>,
    /// Seconds after which polling ends; the job stays known and the next run asks again.
    pub timeout: f64,
}

pub(super) const POLL: &[Field] = &[
    Field::required("request", Kind::Map(REQUEST), "the request"),
    Field::new("every", Kind::Seconds, "2s", "time between two"),
    Field::new("eta", Kind::Optional(&Kind::Text), "null", "pointer to the seconds after which the first makes sense"),
    Field::new("max_eta", Kind::Seconds, "60s", "longest eta that is believed"),
    Field::new("running_http", Kind::List(&Kind::Integer(100, 599)), "[]", "HTTP codes that mean it is not done yet"),
    Field::required("status", Kind::Text, "pointer to the status word"),
    Field::required("done", Kind::List(&Kind::Text), "words for done; words in no list mean still running"),
    Field::new("failed", Kind::List(&Kind::Text), "[]", "words for failed"),
    Field::new("rejected", Kind::List(&Kind::Text), "[]", "words for refused by moderation"),
    Field::new("gone", Kind::List(&Kind::Text), "[]", "words for a job that is not known, or not any more"),
    Field::new("timeout", Kind::Seconds, "600s", "when polling ends; the next run asks again"),
];

/// Place of the picture in the reply.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ResultRule {
    /// A request of its own, if the poll's reply does not hold it.
    pub request: Option<RequestTemplate>,
    /// Set where the reply's body is the picture.
    pub body: bool,
    /// Pointers to an address, a data URI or base64; the first that is there counts.
    pub at: Vec<String>,
    /// Pointers to other addresses of the same picture.
    pub alternates: Vec<String>,
}

pub(super) const RESULT: &[Field] = &[
    Field::new(
        "request",
        Kind::Optional(&Kind::Map(REQUEST)),
        "null",
        "a request of its own, if the poll's reply does not hold it",
    ),
    Field::new("body", Kind::Bool, "false", "whether the reply's body is the picture"),
    Field::new("at", POINTERS, "[]", "pointers to an address, a data URI or base64"),
    Field::new("alternates", POINTERS, "[]", "pointers to other addresses of the same picture"),
];

/// Meaning of an unusual reply. Rules are tried in order; every condition given must hold.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ErrorRule {
    /// The HTTP code.
    pub http: Option<u16>,
    /// A pointer into the body.
    pub at: Option<String>,
    /// Value that stands there, exactly.
    pub equals: Option<Value>,
    /// Holds parts of which its text contains one, without case; without a pointer or header, the message's text.
    pub contains: Vec<String>,
    /// Holds beginnings of which its text has one, in the same way.
    pub begins: Vec<String>,
    /// The name of a header.
    pub header: Option<String>,
    /// Meaning of the reply.
    pub class: Meaning,
    /// Set where the provider surely did not accept the request, so that it may be repeated.
    pub not_accepted: bool,
    /// Tells whether the provider answers a poll so, too, in the form in which it tells of a failed job, and says
    /// nothing of the job by it.
    pub polls: bool,
}

/// Meaning of a reply for the call and for the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Refused by moderation; never tried again.
    Rejected,
    /// The request is wrong.
    BadInput,
    /// No credit: the provider is stopped.
    Quota,
    /// No valid key: the provider is stopped.
    Auth,
    /// Too many requests; later.
    RateLimited,
    /// A passing fault.
    Transient,
    /// Not done yet.
    Running,
    /// The job ended in failure.
    Failed,
    /// The job is not known, or not any more.
    Gone,
}

pub(super) const ERROR: &[Field] = &[
    Field::new("http", Kind::Optional(&Kind::Integer(100, 599)), "null", "the HTTP code"),
    Field::new("at", Kind::Optional(&Kind::Text), "null", "a pointer into the body"),
    Field::new("equals", Kind::Any, "null", "what stands there, exactly"),
    Field::new(
        "contains",
        TEXTS,
        "[]",
        "what its text contains, one of these without case; without at or header, the message's",
    ),
    Field::new("begins", TEXTS, "[]", "what its text begins with, in the same way"),
    Field::new("header", Kind::Optional(&Kind::Text), "null", "a header; `equals` and `contains` then speak of it"),
    Field::required(
        "class",
        Kind::Word(&[
            "rejected",
            "bad_input",
            "quota",
            "auth",
            "rate_limited",
            "transient",
            "running",
            "failed",
            "gone",
        ]),
        "what it means",
    ),
    Field::new("not_accepted", Kind::Bool, "false", "whether a submit was surely not accepted and may be repeated"),
    Field::new("polls", Kind::Bool, "false", "whether a poll is answered so, too, which then says nothing of its job"),
];
