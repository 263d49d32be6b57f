//! One request out, one reply back.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use bytes::Bytes;
use reqwest::Client;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use reqwest::multipart;

use crate::providers::Descriptor;
use crate::providers::Method;
use crate::providers::Secret;
use crate::providers::client::Addresses;
use crate::providers::client::Body;
use crate::providers::client::Ceilings;
use crate::providers::client::EncodedPicture;
use crate::providers::client::FormPart;
use crate::providers::client::HttpReply;
use crate::providers::client::HttpRequest;
use crate::providers::client::NoReply;
use crate::providers::client::RequestPurpose;
use crate::providers::client::Timing;
use crate::providers::client::address::Reach;
use crate::providers::client::service::CancelSignal;
use crate::providers::client::service::clients::Clients;
use crate::providers::client::service::clock::Clock;
use crate::providers::client::service::clock::before;
use crate::providers::client::service::reply_memory::ReplyReservation;
use crate::providers::client::service::setup_error::SetupError;
use crate::providers::client::service::unpack::Packed;
use crate::providers::client::service::unpack::unpacked;

/// Bytes that are read of a reply that is announced as too large.
const BEGINNING: u64 = 64 << 10;

/// Carries requests to one provider and its replies back.
pub(super) struct Transport {
    clients: Clients,
    addresses: Addresses,
    secret: Option<Secret>,
    timing: Timing,
    ceilings: Ceilings,
    clock: Arc<dyn Clock>,
}

/// Reason for there being no reply: for the machine, and for people.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) how: NoReply,
    pub(super) why: String,
    /// The part of the reply that came before it broke off, if any did.
    pub(super) part: Option<HttpReply>,
    /// Tells whether it was no longer waited for, because the run was stopped.
    pub(super) is_stopped: bool,
}

/// Reason for which no request can be made of the values of a descriptor and of a reply.
#[derive(Debug, thiserror::Error)]
enum UnsendableRequest {
    #[error("the header {0} cannot be sent")]
    Header(String),
    #[error("`{0}` is no type of file")]
    FileType(String),
    /// The client does not take it; the error names no address.
    #[error("the request cannot be made: {0}")]
    Refused(#[source] reqwest::Error),
}

impl Transport {
    pub(super) fn new(
        addresses: Addresses,
        secret: Option<Secret>,
        timing: Timing,
        ceilings: Ceilings,
        clock: Arc<dyn Clock>,
    ) -> Result<Transport, SetupError> {
        let clients = Clients::new(timing.connect, addresses.is_local())?;
        Ok(Transport { clients, addresses, secret, timing, ceilings, clock })
    }

    /// Tells whether the request goes to a host of the provider's own, whose patience is limited.
    pub(super) fn is_to_provider(&self, request: &HttpRequest) -> bool {
        let reach = self.addresses.reach(&request.url, request.carries_key);
        request.stage != RequestPurpose::Download && reach.is_ok_and(|reach| reach != Reach::Foreign)
    }

    /// Tells whether the request goes to a host that a reply named, through a proxy that decides where it leads.
    pub(super) fn is_decided_by_proxy(&self, request: &HttpRequest) -> bool {
        let reach = self.addresses.reach(&request.url, request.carries_key);
        reach.is_ok_and(|reach| reach == Reach::Foreign) && self.clients.is_proxied(&request.url)
    }

    /// Sends the request, with the key where it belongs, and waits for the whole reply, no longer than the grace after
    /// a stop. A picture in it has at most `most` bytes, and a large reply waits for room.
    pub(super) async fn send(
        &self,
        descriptor: &Descriptor,
        mut request: HttpRequest,
        most: u64,
        reservation: &mut ReplyReservation<'_>,
        (stop, grace): (&CancelSignal, Duration),
    ) -> Result<HttpReply, Lost> {
        // The machine has checked the address; a key that went to the wrong host cannot be called back.
        let reach =
            self.addresses.reach(&request.url, request.carries_key).map_err(|why| Lost::never_sent(why.to_string()))?;
        let stage = request.stage;
        let client = self.clients.pick(reach, stage, &request.url);
        let has_poll = descriptor.poll.is_some();
        if let (Some(secret), Some(key)) = (&self.secret, &descriptor.key) {
            if reach != Reach::Foreign {
                secret.restore(&mut request);
            }
            secret.place(key, &mut request);
        }
        let built = built(client, request).map_err(|why| Lost::never_sent(why.to_string()))?;
        let may_be_picture = descriptor.may_hold_picture(stage);
        let most = self.ceilings.with_picture_up_to(most).of(stage, may_be_picture);
        let mut total = self.timing.of(stage, has_poll);
        let mut deadline = self.clock.now() + total;
        let answered = stop.or(grace, before(self.clock.deadline(deadline), client.execute(built))).await;
        let response = answered.ok_or_else(Lost::stopped)?.ok_or_else(|| Lost::late(total))?;
        let response = response.map_err(|error| lost(&error))?;
        if may_be_picture && total < self.timing.download {
            // The answer came in time; a picture in it takes as long as one that is fetched.
            total = self.timing.download;
            deadline = self.clock.now() + total;
        }
        self.whole(response, most, (total, deadline), reservation, (stop, grace)).await
    }

    /// Receives the whole reply, if it has at most `most` bytes, is there by the deadline, and none of its bytes is longer
    /// in coming than `stall`. Time in which it waits for room does not count. What came of one that is not whole goes with
    /// the error: it may name a job that is paid.
    async fn whole(
        &self,
        mut response: Response,
        most: u64,
        (total, mut deadline): (Duration, Instant),
        reservation: &mut ReplyReservation<'_>,
        (stop, grace): (&CancelSignal, Duration),
    ) -> Result<HttpReply, Lost> {
        let too_large = || Lost::new(NoReply::TooLarge, format!("more than {most} bytes"));
        let announced = response.content_length().unwrap_or_default();
        let status = response.status().as_u16();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        // Of one that is announced as too large the beginning is enough.
        let read = if announced > most { most.min(BEGINNING) } else { most };
        let expected = if announced == 0 { most } else { announced.min(read) };
        let asked = self.clock.now();
        reservation.take_for_reply(announced.min(read), expected).await;
        deadline += self.clock.now().duration_since(asked);
        let stall = self.timing.stall;
        let mut body = Vec::with_capacity(usize::try_from(announced.min(read)).unwrap_or_default());
        let ended = loop {
            let stalled = self.clock.now() + stall;
            let late = || Lost::late(if deadline < stalled { total } else { stall });
            // A body that ends before its announced length is an error here.
            let chunk = match stop.or(grace, before(self.clock.deadline(stalled.min(deadline)), response.chunk())).await
            {
                Some(Some(Ok(Some(chunk)))) => chunk,
                Some(Some(Ok(None))) => break Ok(()),
                Some(Some(Err(error))) => break Err(lost(&error)),
                Some(None) => break Err(late()),
                None => break Err(Lost::stopped()),
            };
            let asked = self.clock.now();
            reservation.take_for_reply((body.len() + chunk.len()) as u64, expected).await;
            deadline += self.clock.now().duration_since(asked);
            let left = usize::try_from(read).unwrap_or(usize::MAX) - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(left)]);
            if chunk.len() > left {
                break Err(too_large());
            }
        };
        let mut reply = HttpReply { status, headers, body: Vec::new(), at: self.clock.time_of_day() };
        let (body, packed) = unpacked(body, reply.header("Content-Encoding"), most);
        reply.body = body;
        let ended = ended.and(match packed {
            None => Ok(()),
            Some(Packed::TooLarge) => Err(too_large()),
            Some(Packed::Cut) => Err(Lost::new(NoReply::Reset, "the packed reply ends early".to_owned())),
        });
        match ended {
            Ok(()) => Ok(reply),
            Err(lost) => Err(Lost { part: Some(reply), ..lost }),
        }
    }
}

impl Lost {
    fn new(how: NoReply, why: String) -> Lost {
        Lost { how, why, part: None, is_stopped: false }
    }

    fn never_sent(why: String) -> Lost {
        Lost::new(NoReply::NeverSent, why)
    }

    fn stopped() -> Lost {
        Lost { is_stopped: true, ..Lost::new(NoReply::Timeout, String::new()) }
    }

    pub(super) fn late(length: Duration) -> Lost {
        Lost::new(NoReply::Timeout, format!("nothing for {}", humantime::format_duration(length)))
    }
}

fn built(client: &Client, request: HttpRequest) -> Result<reqwest::Request, UnsendableRequest> {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
    };
    let mut headers = HeaderMap::new();
    for (name, text) in &request.headers {
        let header = HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::from_str(text).ok());
        let (name, mut value) = header.ok_or_else(|| UnsendableRequest::Header(name.clone()))?;
        // Any of them may be the key.
        value.set_sensitive(true);
        headers.append(name, value);
    }
    let has_type = headers.contains_key(CONTENT_TYPE);
    let builder = client.request(method, &request.url).headers(headers);
    let typed = |builder: reqwest::RequestBuilder, mime: &str| {
        if has_type { builder } else { builder.header(CONTENT_TYPE, mime) }
    };
    let builder = match request.body {
        Body::Empty => builder,
        Body::Json(json) => typed(builder, "application/json").body(json.to_string()),
        Body::Raw(picture) => typed(builder, &picture.mime).body(bytes_of(&picture)),
        Body::Form(parts) => builder.multipart(form(parts)?),
    };
    builder.build().map_err(|error| UnsendableRequest::Refused(error.without_url()))
}

fn form(parts: Vec<(String, FormPart)>) -> Result<multipart::Form, UnsendableRequest> {
    parts.into_iter().try_fold(multipart::Form::new(), |form, (name, part)| match part {
        FormPart::Text(text) => Ok(form.text(name, text)),
        FormPart::File(picture) => {
            let length = picture.bytes.len() as u64;
            let file = multipart::Part::stream_with_length(bytes_of(&picture), length).file_name(picture.name);
            let file = file.mime_str(&picture.mime).map_err(|_| UnsendableRequest::FileType(picture.mime.clone()))?;
            Ok(form.part(name, file))
        }
    })
}

/// Returns the picture's bytes, not copied.
fn bytes_of(picture: &EncodedPicture) -> Bytes {
    Bytes::from_owner(picture.bytes.clone())
}

/// Returns the meaning of a failure: only one to connect is sure to have sent nothing.
fn lost(error: &reqwest::Error) -> Lost {
    let how = if error.is_connect() || error.is_builder() {
        NoReply::NeverSent
    } else if error.is_timeout() {
        NoReply::Timeout
    } else {
        NoReply::Reset
    };
    // The innermost error says it best, and names no address.
    let mut inner: &dyn Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let is_outermost = error.source().is_none();
    if let Some(said) = of_tunnel(error) {
        return Lost::new(how, format!("the proxy of the environment opens no way there: {said}"));
    }
    Lost::new(how, if is_outermost { String::new() } else { inner.to_string() })
}

/// Returns words for the failure between a proxy and this program before a request could go through it; `None` if the
/// failure is another one.
fn of_tunnel(error: &reqwest::Error) -> Option<&'static str> {
    let mut at: Option<&dyn Error> = Some(error);
    while let Some(error) = at {
        // Its type is not public, and its text is all that it says.
        if let Some(what) = error.to_string().strip_prefix("tunnel error: ") {
            return Some(match what {
                "proxy authorization required" => "it wants a name and a password (HTTP 407)",
                "unsuccessful" => "it refused, or cannot reach the host either",
                "unexpected end of file" => "it closed the connection",
                "failed to create underlying connection" => "it cannot be reached",
                _ => "its answer is not understood",
            });
        }
        at = error.source();
    }
    None
}
