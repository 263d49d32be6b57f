//! Reads the time until a provider may be asked again.

use std::time::Duration;
use std::time::SystemTime;

use serde_json::Value;

use crate::providers::Descriptor;
use crate::providers::client::HttpReply;
use crate::providers::client::protocol::numbers::number;

/// The least number of seconds that is a Unix time: it was in 2001. Less is a length of time.
const EARLIEST_TIME: f64 = 1e9;

/// The least number that is a Unix time in milliseconds: in seconds it would be in the year 5138.
const EARLIEST_MILLISECONDS: f64 = 1e11;

/// Stands for any longer time: no run goes on for ten years, and no clock overflows by them.
const FAR: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Returns the time until the provider may be asked again, at most [`FAR`]; `None` if it asks for no pause. Read from
/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), from the body's own field, and, when it refuses,
/// from `X-RateLimit-Reset`, which some give in Unix time and others in seconds from now. Of several the longest
/// counts.
pub(super) fn hint(descriptor: &Descriptor, json: Option<&Value>, reply: &HttpReply) -> Option<Duration> {
    // A date is one of the server's clock, which need not go as ours does.
    let date = reply.header("Date").and_then(|text| httpdate::parse_http_date(text.trim()).ok());
    let now = date.unwrap_or(reply.at);
    let until = |time: SystemTime| time.duration_since(now).unwrap_or_default().min(FAR);
    let named = |name: &'static str| {
        let all = reply.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        all.map(|(_, text)| text.trim())
    };
    let after = named("Retry-After").filter_map(|text| {
        let seconds = text.parse::<f64>().ok().and_then(at_most_far);
        seconds.or_else(|| httpdate::parse_http_date(text).ok().map(until))
    });
    let body = || descriptor.retry_after.iter().find_map(|pointer| at_most_far(number(json?.pointer(pointer)?)?));
    let reset = || {
        let time = named("X-RateLimit-Reset").next().filter(|_| reply.status == 429)?.parse::<f64>().ok()?;
        let time = if time < EARLIEST_MILLISECONDS { time } else { time / 1000.0 };
        let length = at_most_far(time)?;
        let of_unix = || {
            SystemTime::UNIX_EPOCH
                .checked_add(Duration::try_from_secs_f64(time).ok()?)
                .map_or(Some(FAR), |time| Some(until(time)))
        };
        if time < EARLIEST_TIME { Some(length) } else { of_unix().or(Some(FAR)) }
    };
    after.max().or_else(body).or_else(reset)
}

/// Returns seconds as a length of time, if they are one; what is longer than any run is as good as for ever.
fn at_most_far(seconds: f64) -> Option<Duration> {
    match seconds {
        seconds if seconds >= FAR.as_secs_f64() => Some(FAR),
        seconds => Duration::try_from_secs_f64(seconds).ok(),
    }
}
