//! What a provider is, as data: the tables of a descriptor file and the types they fill.
//!
//! A descriptor says where requests go, what they hold, what replies mean, what the provider
//! can do and what it asks for. It holds no code and no key. Values are JSON in which a text
//! with `{{ … }}` is an expression ([`Expressions`](crate::engines::remote::Expressions)).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::options::Field;
use crate::options::Kind;

/// How a provider is told what to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Pixels to add on each side.
    Pixels,
    /// Percent of the source's side to add on each side, whole numbers.
    Percent,
    /// The canvas's size and where the source lies on it.
    CanvasOffset,
    /// The canvas's size alone; the provider places the source.
    Canvas,
    /// Steps of a camera that moves back; the frame keeps its size.
    Walk,
}

/// What a provider can make.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Geometry {
    /// How it is told.
    pub unit: Unit,
    /// Most that can be added on one side, in the unit of [`Geometry::unit`].
    pub max_per_side: Option<u64>,
    /// Most pixels of a side of the canvas.
    pub max_side: Option<u32>,
    /// Fewest pixels of a side of the canvas.
    pub min_side: u32,
    /// Most pixels of the canvas.
    pub max_pixels: Option<u64>,
    /// Sides of the canvas are multiples of this.
    pub multiple_of: u32,
    /// Whether the source's place on the result is known, or must be searched.
    pub placement: Placement,
    /// Walk: pixels by which one step widens the view on each side.
    pub step: u32,
}

/// Whether the source's place on the result is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Where it was asked to be, but for a few pixels.
    Exact,
    /// Somewhere, at some scale.
    Unknown,
}

const GEOMETRY: &[Field] = &[
    Field::required(
        "unit",
        Kind::Word(&["pixels", "percent", "canvas_offset", "canvas", "walk"]),
        "how the provider is told what to make",
    ),
    Field::new(
        "max_per_side",
        Kind::Optional(&Kind::Integer(1, 1_000_000)),
        "null",
        "most that can be added on one side, in the unit",
    ),
    Field::new("max_side", Kind::Optional(&Kind::Integer(1, 65535)), "null", "most pixels of a side of the canvas"),
    Field::new("min_side", Kind::Integer(1, 65535), "1", "fewest pixels of a side of the canvas"),
    Field::new("max_pixels", Kind::Optional(&Kind::Count), "null", "most pixels of the canvas"),
    Field::new("multiple_of", Kind::Integer(1, 256), "1", "sides of the canvas are multiples of this"),
    Field::new(
        "placement",
        Kind::Word(&["exact", "unknown"]),
        "exact",
        "whether the source lies where it was asked to",
    ),
    Field::new("step", Kind::Integer(1, 1024), "64", "walk: pixels that one step adds on each side"),
];

/// One request, its values still expressions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Where it goes.
    pub url: String,
    /// Headers beside those of the key and of the body.
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    pub json: Option<Value>,
    /// A multipart body: form fields; the value `{{ file }}` is the picture.
    pub form: Option<BTreeMap<String, Value>>,
    /// Whether the body is the picture's bytes.
    pub raw: bool,
    /// Whether the request carries the key. Never on presigned addresses.
    pub key: bool,
    /// HTTP codes that mean it was done.
    pub ok: Vec<u16>,
    /// Values of the reply that later requests need, by name: JSON pointers, the first that
    /// is there counts.
    pub capture: BTreeMap<String, Vec<String>>,
}

/// The methods that providers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
}

const POINTERS: Kind = Kind::List(&Kind::Text);

const REQUEST: &[Field] = &[
    Field::new("method", Kind::Word(&["get", "post", "put"]), "post", "the HTTP method"),
    Field::required("url", Kind::Text, "where it goes"),
    Field::new("headers", Kind::MapOf(&Kind::Text), "{}", "headers beside those of key and body"),
    Field::new("json", Kind::Any, "null", "a JSON body"),
    Field::new(
        "form",
        Kind::Optional(&Kind::MapOf(&Kind::Any)),
        "null",
        "a multipart body; the value {{ file }} is the picture",
    ),
    Field::new("raw", Kind::Bool, "false", "whether the body is the picture's bytes"),
    Field::new("key", Kind::Bool, "true", "whether the request carries the key"),
    Field::new("ok", Kind::List(&Kind::Integer(100, 599)), "[200, 201, 202]", "HTTP codes that mean it was done"),
    Field::new("capture", Kind::MapOf(&POINTERS), "{}", "values of the reply that later requests need: JSON pointers"),
];

/// One way in which a picture reaches the provider.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Transport {
    /// Which way.
    #[serde(rename = "as")]
    pub way: Way,
    /// Most bytes of the encoded picture.
    pub max_bytes: Option<u64>,
    /// Requests that upload it; the last captures `image`.
    pub steps: Vec<Request>,
}

/// The ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Inside the request, as `data:image/…;base64,…`.
    DataUri,
    /// Inside the request, as bare base64.
    Base64,
    /// Inside the request, as a part of a form.
    Form,
    /// Uploaded beforehand.
    Upload,
    /// At an address of the user's, who has put it there.
    PublicUrl,
}

const TRANSPORT: &[Field] = &[
    Field::required("as", Kind::Word(&["data_uri", "base64", "form", "upload", "public_url"]), "the way"),
    Field::new("max_bytes", Kind::Optional(&Kind::Count), "null", "most bytes of the encoded picture"),
    Field::new("steps", Kind::List(&Kind::Map(REQUEST)), "[]", "upload: its requests; the last captures `image`"),
];

/// Where the key is and how it is sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Key {
    /// The variable in the environment; with `_FILE` behind it, of a file that holds the key.
    pub env: String,
    /// A header with the key in it.
    pub header: Option<String>,
    /// A member of every JSON body with the key in it.
    pub body: Option<String>,
    /// Text before the key in the header, like `Bearer `.
    pub prefix: String,
}

const KEY: &[Field] = &[
    Field::required("env", Kind::Text, "the variable in the environment; NAME_FILE names a file instead"),
    Field::new("header", Kind::Optional(&Kind::Text), "null", "the header that carries the key"),
    Field::new("body", Kind::Optional(&Kind::Text), "null", "the member of JSON bodies that carries the key"),
    Field::new("prefix", Kind::Or("", &Kind::Text), "", "text before the key in the header"),
];

/// How the provider is asked whether it is done.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Poll {
    /// The request.
    pub request: Request,
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
    /// Seconds after which polling ends; the job stays known and the next run asks again.
    pub timeout: f64,
}

const POLL: &[Field] = &[
    Field::required("request", Kind::Map(REQUEST), "the request"),
    Field::new("every", Kind::Seconds, "2s", "time between two"),
    Field::new("eta", Kind::Optional(&Kind::Text), "null", "pointer to the seconds after which the first makes sense"),
    Field::new("max_eta", Kind::Seconds, "60s", "longest eta that is believed"),
    Field::new("running_http", Kind::List(&Kind::Integer(100, 599)), "[]", "HTTP codes that mean it is not done yet"),
    Field::required("status", Kind::Text, "pointer to the status word"),
    Field::required("done", Kind::List(&Kind::Text), "words for done; words in no list mean still running"),
    Field::new("failed", Kind::List(&Kind::Text), "[]", "words for failed"),
    Field::new("rejected", Kind::List(&Kind::Text), "[]", "words for refused by moderation"),
    Field::new("timeout", Kind::Seconds, "600s", "when polling ends; the next run asks again"),
];

/// Where the picture is in the reply.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ResultRule {
    /// A request of its own, if the poll's reply does not hold it.
    pub request: Option<Request>,
    /// Whether the reply's body is the picture.
    pub body: bool,
    /// Pointers to an address, a data URI or base64; the first that is there counts.
    pub at: Vec<String>,
    /// Pointers to other addresses of the same picture.
    pub alternates: Vec<String>,
}

const RESULT: &[Field] = &[
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

/// What an unusual reply means. Rules are tried in order; every condition given must hold.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ErrorRule {
    /// The HTTP code.
    pub http: Option<u16>,
    /// A pointer into the body.
    pub at: Option<String>,
    /// What stands there, exactly.
    pub equals: Option<Value>,
    /// What its text contains, without case.
    pub contains: Option<String>,
    /// The name of a header.
    pub header: Option<String>,
    /// What it means.
    pub class: Meaning,
    /// Whether the provider surely did not accept the request, so that it may be repeated.
    pub not_accepted: bool,
}

/// What a reply means for the call and for the provider.
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
}

const ERROR: &[Field] = &[
    Field::new("http", Kind::Optional(&Kind::Integer(100, 599)), "null", "the HTTP code"),
    Field::new("at", Kind::Optional(&Kind::Text), "null", "a pointer into the body"),
    Field::new("equals", Kind::Any, "null", "what stands there, exactly"),
    Field::new("contains", Kind::Optional(&Kind::Text), "null", "what its text contains, without case"),
    Field::new("header", Kind::Optional(&Kind::Text), "null", "a header; `equals` and `contains` then speak of it"),
    Field::required(
        "class",
        Kind::Word(&["rejected", "bad_input", "quota", "auth", "rate_limited", "transient", "running"]),
        "what it means",
    ),
    Field::new("not_accepted", Kind::Bool, "false", "whether a submit was surely not accepted and may be repeated"),
];

/// How much may be asked at once.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Limits {
    /// Requests per minute, of every sort.
    pub per_minute: Option<u32>,
    /// Calls in flight, from submit to the last poll.
    pub in_flight: u32,
}

const LIMITS: &[Field] = &[
    Field::new(
        "per_minute",
        Kind::Optional(&Kind::Integer(1, 1_000_000)),
        "null",
        "requests per minute, of every sort",
    ),
    Field::new("in_flight", Kind::Integer(1, 10_000), "8", "calls in flight, from submit to the last poll"),
];

/// What a call costs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Price {
    /// USD per call.
    pub per_call: f64,
    /// Megapixels of the canvas that `per_call` includes.
    pub included_megapixels: f64,
    /// USD per further megapixel, begun ones counted whole.
    pub per_megapixel: f64,
    /// Most that the same call may cost, as a factor: for wordings that can be read in two ways.
    pub highest_factor: f64,
    /// The provider's credits per call, if it counts in credits.
    pub credits: Option<f64>,
}

const PRICE: &[Field] = &[
    Field::new("per_call", Kind::Number(0.0, 1e6), "0", "USD per call"),
    Field::new("included_megapixels", Kind::Number(0.0, 1e6), "0", "megapixels of the canvas that per_call includes"),
    Field::new("per_megapixel", Kind::Number(0.0, 1e6), "0", "USD per further megapixel, begun ones counted whole"),
    Field::new("highest_factor", Kind::Number(1.0, 100.0), "1", "most that the same call may cost, as a factor"),
    Field::new("credits", Kind::Optional(&Kind::Number(0.0, 1e9)), "null", "the provider's credits per call"),
];

/// An option of the provider that a pipeline may set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Param {
    /// What kind of value it takes.
    #[serde(rename = "type")]
    pub kind: ParamKind,
    /// The value if nobody says otherwise; null leaves it out of the request.
    pub default: Value,
    /// The smallest number.
    pub min: Option<f64>,
    /// The largest number.
    pub max: Option<f64>,
    /// One line for `engines show`.
    pub doc: String,
}

/// Kinds of values of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Bool,
}

const PARAM: &[Field] = &[
    Field::required("type", Kind::Word(&["text", "integer", "number", "bool"]), "what kind of value it takes"),
    Field::new("default", Kind::Any, "null", "the value if nobody says otherwise; null leaves it out"),
    Field::new("min", Kind::Optional(&Kind::Number(-1e18, 1e18)), "null", "the smallest number"),
    Field::new("max", Kind::Optional(&Kind::Number(-1e18, 1e18)), "null", "the largest number"),
    Field::required("doc", Kind::Text, "one line for `engines show`"),
];

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
    /// Where the facts come from.
    pub sources: Vec<String>,
    /// What is known to be uncertain, or surprising.
    pub notes: Vec<String>,
    /// Hosts that may get the key.
    pub hosts: Vec<String>,
    /// Where the key is, if one is needed.
    pub key: Option<Key>,
    /// What it can make.
    pub geometry: Geometry,
    /// How pictures reach it; the first way that fits is taken.
    pub image: Vec<Transport>,
    /// What a pipeline may set beside `use`.
    pub params: BTreeMap<String, Param>,
    /// The paid request. It captures `job`, and what the other requests need.
    pub submit: Request,
    /// How it is asked whether it is done; none if the reply to the submit is the end.
    pub poll: Option<Poll>,
    /// Where the picture is.
    pub result: ResultRule,
    /// How a call is given up.
    pub cancel: Option<Request>,
    /// What unusual replies mean.
    pub errors: Vec<ErrorRule>,
    /// Pointers to texts that say what was wrong; the first that is there counts.
    pub messages: Vec<String>,
    /// Pointers to seconds after which to try again, beside the header Retry-After.
    pub retry_after: Vec<String>,
    /// How much may be asked at once.
    pub limits: Limits,
    /// What a call costs; unknown if left out.
    pub price: Option<Price>,
    /// The cheapest request that shows that key and address are right.
    pub test: Option<Request>,
}

/// What a descriptor file may say.
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
    Field::new("cancel", Kind::Optional(&Kind::Map(REQUEST)), "null", "how a call is given up"),
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
