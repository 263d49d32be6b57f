//! Requests and replies as values: nothing here opens a connection.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;

use crate::providers::Method;

/// Purpose of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestPurpose {
    /// Brings the picture to the provider. Costs nothing.
    Upload,
    /// The paid request. It must go out on a fresh connection, so that a failure to connect is
    /// known to be one.
    Submit,
    /// Asks whether it is done.
    Poll,
    /// Fetches the description of the result.
    Result,
    /// Fetches the picture.
    Download,
    /// Tries key and address.
    Test,
}

impl RequestPurpose {
    /// Every stage.
    pub const ALL: [RequestPurpose; 6] = [
        RequestPurpose::Upload,
        RequestPurpose::Submit,
        RequestPurpose::Poll,
        RequestPurpose::Result,
        RequestPurpose::Download,
        RequestPurpose::Test,
    ];

    /// Returns the word in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RequestPurpose::Upload => "upload",
            RequestPurpose::Submit => "submit",
            RequestPurpose::Poll => "poll",
            RequestPurpose::Result => "result",
            RequestPurpose::Download => "download",
            RequestPurpose::Test => "test",
        }
    }
}

/// A request, ready but for the key.
#[derive(Clone, PartialEq)]
pub struct HttpRequest {
    /// Purpose of the request.
    pub stage: RequestPurpose,
    /// The method.
    pub method: Method,
    /// The address, already checked. Redirects are not to be followed: they are replies.
    pub url: String,
    /// Headers beside the key's and those that follow from the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// Set where [`Secret::place`](crate::providers::Secret::place) puts the key in.
    pub carries_key: bool,
}

impl fmt::Debug for HttpRequest {
    /// Writes stage and method alone: addresses may be presigned, bodies are megabytes of picture.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.stage.word(), self.method)
    }
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON, with its content type.
    Json(Value),
    /// A multipart form.
    Form(Vec<(String, FormPart)>),
    /// Bytes of this type.
    Raw(EncodedPicture),
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq)]
pub enum FormPart {
    /// Text.
    Text(String),
    /// A file.
    File(EncodedPicture),
}

/// An encoded picture on its way to the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedPicture {
    /// The file.
    pub bytes: Arc<[u8]>,
    /// Its type, like `image/png`.
    pub mime: String,
    /// Its name, which says nothing of the user's folders.
    pub name: String,
}

impl fmt::Debug for EncodedPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {} bytes)", self.name, self.mime, self.bytes.len())
    }
}

/// A reply.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// The HTTP code.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The whole body, below the caller's ceiling.
    pub body: Vec<u8>,
    /// Time at which it came, for headers that name a time.
    pub at: SystemTime,
}

impl HttpReply {
    /// Returns the value of a header, whatever case its name has.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

impl fmt::Debug for HttpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}, {} bytes", self.status, self.body.len())
    }
}

/// Reason for there being no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReply {
    /// Nothing of the request was sent: no address, no connection, no TLS.
    NeverSent,
    /// No answer in time; the request went out.
    Timeout,
    /// The connection broke after the request, or a part of it, went out; or the body of the
    /// reply ended early.
    Reset,
    /// The reply is larger than the ceiling.
    TooLarge,
}
