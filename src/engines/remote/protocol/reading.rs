//! What a reply means.

use std::time::Duration;
use std::time::SystemTime;

use serde_json::Value;

use crate::engines::remote::Descriptor;
use crate::engines::remote::ErrorRule;
use crate::engines::remote::HttpReply;
use crate::engines::remote::Meaning;
use crate::engines::remote::Stage;
use crate::engines::remote::Trouble;
use crate::engines::remote::address::origin_of;
use crate::engines::remote::protocol::lenient;
use crate::error::printable;

/// Longest text that is kept of a reply for later requests.
pub(super) const LONGEST_CAPTURE: usize = 8192;

/// The least number of seconds that is a Unix time: it was in 2001. Less is a length of time.
const EARLIEST_TIME: f64 = 1e9;

/// A reply, read.
pub(super) struct Reading {
    /// The body, if it is JSON.
    pub json: Option<Value>,
    /// What is wrong, if anything is.
    pub trouble: Option<Trouble>,
    /// What the provider says about it.
    pub message: String,
    /// When to come back, if the provider says so.
    pub hint: Option<Duration>,
    /// What the status word means.
    pub word: Word,
}

/// What a status word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// There is none.
    None,
    Done,
    Failed,
    Rejected,
    /// Any other: it is running.
    Other,
}

/// Reads the reply to a request that may be answered with `ok` and carried the key or not.
pub(super) fn read(descriptor: &Descriptor, stage: Stage, ok: &[u16], carries_key: bool, reply: &HttpReply) -> Reading {
    let json = lenient::json(&reply.body);
    let word = word(descriptor, json.as_ref());
    let message = message(descriptor, json.as_ref(), reply);
    let hint = hint(descriptor, json.as_ref(), reply);
    let mut reading = Reading { json, trouble: None, message, hint, word };
    reading.trouble = reading.find(descriptor, stage, ok, carries_key, reply);
    reading
}

impl Reading {
    fn find(&self, descriptor: &Descriptor, stage: Stage, ok: &[u16], key: bool, reply: &HttpReply) -> Option<Trouble> {
        let is_done = ok.contains(&reply.status);
        let presigned = !key && matches!(stage, Stage::Upload | Stage::Download);
        // The status in the body counts before the HTTP code, unless the code says that the
        // request itself, and not the job, was in trouble.
        let says_failed =
            matches!(self.word, Word::Failed | Word::Rejected) && (is_done || matches!(reply.status, 400 | 422));
        let mut rules = descriptor.errors.iter().filter(|rule| self.matches(rule, reply));
        if is_done && !says_failed {
            // On a good reply only flags count, like that of moderation; words of a message
            // must never make an accepted submit look refused.
            let flag = rules.find(|rule| match rule.class {
                Meaning::Rejected => true,
                Meaning::Running => matches!(stage, Stage::Poll | Stage::Result),
                _ => false,
            });
            return flag.map(|rule| if rule.class == Meaning::Rejected { Trouble::Rejected } else { Trouble::Running });
        }
        if let Some(rule) = rules.next() {
            return Some(self.meant(rule, descriptor, stage, reply));
        }
        Some(match (self.word, reply.status) {
            (Word::Rejected, _) if says_failed => Trouble::Rejected,
            (Word::Failed, _) if says_failed => Trouble::JobFailed,
            (_, 200..=299) => Trouble::Unintelligible,
            // Who answers like this may have taken what was sent.
            (_, 302 | 303) if stage == Stage::Submit => Trouble::Unintelligible,
            (_, 300..=399) => Trouble::Redirect,
            (_, 429) => Trouble::RateLimited,
            (_, 408 | 500..=599) => Trouble::ServerError,
            (_, 400 | 401 | 403 | 404 | 410) if presigned && speaks_of_expiry(reply) => Trouble::Expired,
            (_, 401 | 403 | 404 | 410) if presigned => Trouble::Gone,
            // The page of a gateway, which knows nothing of the job.
            (_, 403) if matches!(stage, Stage::Poll | Stage::Result) && self.json.is_none() => Trouble::ServerError,
            (_, 401 | 403) => Trouble::Auth,
            (_, 402) => Trouble::Quota,
            (_, 404 | 410) => Trouble::Gone,
            (_, 405) if matches!(stage, Stage::Upload | Stage::Submit | Stage::Test) => Trouble::Gone,
            _ => Trouble::Refused,
        })
    }

    fn meant(&self, rule: &ErrorRule, descriptor: &Descriptor, stage: Stage, reply: &HttpReply) -> Trouble {
        // A submit that gave a handle was accepted, whatever else its reply says.
        let handled = self.json.as_ref().is_some_and(|json| handle(descriptor, json).is_some());
        let accepted = (200..300).contains(&reply.status) && handled;
        // Nor is one that leads elsewhere ever surely not accepted.
        let leads_on = (300..400).contains(&reply.status);
        let not_accepted = (rule.not_accepted || reply.status == 429) && !accepted && !leads_on;
        let surely = stage != Stage::Submit || not_accepted;
        match rule.class {
            Meaning::Rejected => Trouble::Rejected,
            Meaning::BadInput => Trouble::BadInput,
            Meaning::Quota => Trouble::Quota,
            Meaning::Auth => Trouble::Auth,
            Meaning::Running => Trouble::Running,
            Meaning::Failed => Trouble::JobFailed,
            Meaning::RateLimited if surely => Trouble::RateLimited,
            Meaning::Transient if surely => Trouble::Busy,
            Meaning::RateLimited | Meaning::Transient => Trouble::ServerError,
        }
    }

    fn matches(&self, rule: &ErrorRule, reply: &HttpReply) -> bool {
        if rule.http.is_some_and(|code| code != reply.status) {
            return false;
        }
        let found: Option<Value> = match (&rule.at, &rule.header) {
            (Some(at), _) => self.json.as_ref().and_then(|json| json.pointer(at)).cloned(),
            (None, Some(header)) => reply.header(header).map(Value::from),
            (None, None) if rule.contains.is_some() => Some(Value::from(self.message.as_str())),
            (None, None) => return true,
        };
        let Some(found) = found else { return false };
        let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned).to_lowercase();
        let equal = rule.equals.as_ref().is_none_or(|equals| *equals == found || is_same_number(equals, &found));
        equal && rule.contains.as_ref().is_none_or(|part| text.contains(&part.to_lowercase()))
    }
}

fn word(descriptor: &Descriptor, json: Option<&Value>) -> Word {
    let Some(poll) = &descriptor.poll else { return Word::None };
    let Some(text) = json.and_then(|json| json.pointer(&poll.status)).and_then(Value::as_str) else {
        return Word::None;
    };
    let is_in = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(text.trim()));
    if is_in(&poll.done) {
        Word::Done
    } else if is_in(&poll.failed) {
        Word::Failed
    } else if is_in(&poll.rejected) {
        Word::Rejected
    } else {
        Word::Other
    }
}

/// The provider's name for the job, if the reply has one that can be one.
pub(super) fn handle(descriptor: &Descriptor, json: &Value) -> Option<String> {
    let pointers = descriptor.submit.capture.get("job")?;
    let text = pointers.iter().find_map(|pointer| match json.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })?;
    // Any text may be one; what of it cannot stand in an address is encoded there.
    (!text.is_empty() && text.len() <= LONGEST_CAPTURE).then_some(text)
}

fn message(descriptor: &Descriptor, json: Option<&Value>, reply: &HttpReply) -> String {
    let said = json.and_then(|json| {
        let texts = descriptor.messages.iter().filter_map(|pointer| json.pointer(pointer));
        texts.filter_map(Value::as_str).map(str::trim).find(|text| !text.is_empty())
    });
    match said {
        Some(text) => tidy(text),
        None => match reply.header("Location").filter(|_| (300..400).contains(&reply.status)).and_then(origin_of) {
            Some(origin) => format!("HTTP {}: moved to {origin}; set `endpoint` if that is right", reply.status),
            None => format!("HTTP {}", reply.status),
        },
    }
}

/// What a provider says, on one line, without the pictures that some repeat.
fn tidy(text: &str) -> String {
    let mut kept = String::new();
    for (index, part) in text.split(";base64,").enumerate() {
        let shown = if index == 0 {
            part
        } else {
            kept.push_str(";base64,…");
            part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "+/=-_".contains(c))
        };
        kept.push_str(shown);
    }
    printable(&kept)
}

/// S3-like stores say why a presigned address is refused.
fn speaks_of_expiry(reply: &HttpReply) -> bool {
    let start = &reply.body[..reply.body.len().min(4096)];
    String::from_utf8_lossy(start).to_lowercase().contains("expired")
}

/// When the provider wants to be asked again: `Retry-After` in seconds or as a date (RFC 9110,
/// section 10.2.3), the body's own field, or, when it refuses, `X-RateLimit-Reset`, which some give in
/// Unix time and others in seconds from now.
fn hint(descriptor: &Descriptor, json: Option<&Value>, reply: &HttpReply) -> Option<Duration> {
    let until = |time: SystemTime| time.duration_since(reply.at).unwrap_or_default();
    let header = reply.header("Retry-After").and_then(|text| {
        let seconds = text.parse::<f64>().ok().and_then(seconds);
        seconds.or_else(|| httpdate::parse_http_date(text).ok().map(until))
    });
    let body = || descriptor.retry_after.iter().find_map(|pointer| number(json?.pointer(pointer)?).and_then(seconds));
    let reset = || {
        let time = reply.header("X-RateLimit-Reset").filter(|_| reply.status == 429)?.parse::<f64>().ok()?;
        let length = seconds(time)?;
        Some(if time < EARLIEST_TIME { length } else { until(SystemTime::UNIX_EPOCH.checked_add(length)?) })
    };
    header.or_else(body).or_else(reset)
}

/// Tell whether a number is this one, however it was written.
fn is_same_number(equals: &Value, found: &Value) -> bool {
    equals.as_f64().is_some_and(|equals| number(found) == Some(equals))
}

/// A number, also one that is written as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Seconds as a length of time, if they are one.
pub(super) fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}
