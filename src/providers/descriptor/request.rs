//! Requests, and how key and picture get into them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::options::Field;
use crate::options::Kind;
use crate::providers::descriptor::POINTERS;

/// One request, its values still expressions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RequestTemplate {
    /// The HTTP method.
    pub method: Method,
    /// Address to which it goes.
    pub url: String,
    /// Headers beside those of the key and of the body.
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    pub json: Option<Value>,
    /// A multipart body: form fields; the value `{{ file }}` is the picture.
    pub form: Option<BTreeMap<String, Value>>,
    /// Set where the body is the picture's bytes.
    pub raw: bool,
    /// Set where the request carries the key. Never on presigned addresses.
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

pub(super) const REQUEST: &[Field] = &[
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

impl RequestTemplate {
    /// Tells whether a text of the request has this word in it.
    #[must_use]
    pub fn mentions(&self, word: &str) -> bool {
        let mut headers = self.headers.values();
        self.url.contains(word) || headers.any(|text| text.contains(word)) || self.body_mentions(word)
    }

    /// Tells whether a name or a text in the body has this word in it.
    #[must_use]
    pub fn body_mentions(&self, word: &str) -> bool {
        let is_in = |(name, value): (&String, &Value)| name.contains(word) || value_mentions(value, word);
        self.json.as_ref().is_some_and(|json| value_mentions(json, word)) || self.form.iter().flatten().any(is_in)
    }
}

fn value_mentions(value: &Value, word: &str) -> bool {
    match value {
        Value::String(text) => text.contains(word),
        Value::Array(items) => items.iter().any(|item| value_mentions(item, word)),
        Value::Object(map) => map.iter().any(|(name, item)| name.contains(word) || value_mentions(item, word)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// One way in which a picture reaches the provider.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PictureTransport {
    /// Way in which pictures are sent.
    #[serde(rename = "as")]
    pub way: Way,
    /// Most bytes of the encoded picture.
    pub max_bytes: Option<u64>,
    /// Requests that upload it; the last captures `image`.
    pub steps: Vec<RequestTemplate>,
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
    /// At an address at which the user has put it.
    PublicUrl,
}

pub(super) const TRANSPORT: &[Field] = &[
    Field::required("as", Kind::Word(&["data_uri", "base64", "form", "upload", "public_url"]), "the way"),
    Field::new("max_bytes", Kind::Optional(&Kind::Count), "null", "most bytes of the encoded picture"),
    Field::new("steps", Kind::List(&Kind::Map(REQUEST)), "[]", "upload: its requests; the last captures `image`"),
];

/// Place of the key, and the form in which it is sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct KeyPlacement {
    /// The variable in the environment; with `_FILE` behind it, of a file that holds the key.
    pub env: String,
    /// Variables that do in its place: their values, joined by `:`, are the key. Each may have
    /// `_FILE` behind it, too.
    pub or_joined: Vec<String>,
    /// A header with the key in it.
    pub header: Option<String>,
    /// A member of every JSON body with the key in it.
    pub body: Option<String>,
    /// Text before the key in the header, like `Bearer `.
    pub prefix: String,
}

impl KeyPlacement {
    /// Returns the variables that are looked at, in words.
    #[must_use]
    pub fn variables(&self) -> String {
        if self.or_joined.is_empty() {
            self.env.clone()
        } else {
            format!("{} or {}", self.env, self.or_joined.join(":"))
        }
    }
}

pub(super) const KEY: &[Field] = &[
    Field::required("env", Kind::Text, "the variable in the environment; NAME_FILE names a file instead"),
    Field::new("or_joined", Kind::List(&Kind::Text), "[]", "variables whose values, joined by `:`, do in its place"),
    Field::new("header", Kind::Optional(&Kind::Text), "null", "the header that carries the key"),
    Field::new("body", Kind::Optional(&Kind::Text), "null", "the member of JSON bodies that carries the key"),
    Field::new("prefix", Kind::Or("", &Kind::Text), "", "text before the key in the header"),
];
