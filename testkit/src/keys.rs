//! Whether a request carries the key where it must, and nowhere else.

use serde_json::Value;

use crate::handler::Host;
use crate::handler::Purpose;
use crate::handler::RequestHandler;
use crate::http::Request;
use crate::provider::KeyPlace;

/// Whether the request may be served, noting every credential that should not be in it.
pub(super) fn check(handler: &RequestHandler, purpose: &Purpose, request: &Request) -> bool {
    let key = handler.key.as_bytes();
    let (in_head, in_body) = (count(&request.head, key), count(&request.body, key));
    let credentials = ["authorization", "x-api-key", "cookie", "proxy-authorization"];
    let header = credentials.iter().find(|name| request.header(name).is_some());
    let what = format!("{} at {:?}", request.method, purpose.point);
    if purpose.host == Host::Api && purpose.route.is_none() {
        return true;
    }
    if purpose.host != Host::Api {
        if in_head + in_body > 0 || header.is_some() {
            handler.violation(format!("{what}: a credential reached a place that must not see any"));
        }
        return header.is_none();
    }
    let (expected, is_right) = match handler.shop.key() {
        KeyPlace::Header(prefix) => {
            let is_right =
                request.header("authorization").is_some_and(|value| value == format!("{prefix}{}", handler.key));
            ((1, 0), is_right)
        }
        KeyPlace::Body => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            if header.is_some() {
                handler.violation(format!("{what}: a credential in a header"));
            }
            ((0, 1), body["key"] == handler.key.as_str())
        }
    };
    if !is_right {
        handler.violation(format!("{what}: the key is not where it must be, or not the right one"));
    }
    if (in_head > expected.0) || (in_body > expected.1) {
        handler.violation(format!("{what}: the key is where it must not be"));
    }
    is_right
}

fn count(text: &[u8], part: &[u8]) -> usize {
    let Some(first) = part.first() else { return 0 };
    let starts = text.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts.filter(|(at, _)| text[*at..].starts_with(part)).count()
}
