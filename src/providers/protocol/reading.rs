//! What a reply means.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::error::printable;
use crate::providers::Descriptor;
use crate::providers::HttpReply;
use crate::providers::Stage;
use crate::providers::Trouble;
use crate::providers::address::origin_of;
use crate::providers::protocol::hints::hint;
use crate::providers::protocol::lenient;
use crate::providers::protocol::rules::Says;
use crate::providers::protocol::rules::meant;
use crate::providers::protocol::rules::meant_without_result;

/// Longest text that is kept of a reply for later requests.
pub(super) const LONGEST_CAPTURE: usize = 8192;

/// A reply, read.
pub(super) struct Reading {
    /// The body, if it is JSON.
    pub json: Option<Value>,
    /// What is wrong, if anything is.
    pub trouble: Option<Trouble>,
    /// Tells whether its code of HTTP and its status word say that nothing is.
    pub is_good: bool,
    /// Holds what its words mean if a job is done and has no result.
    pub without_result: Option<Trouble>,
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
    /// There is no such job, or not any more.
    Gone,
    /// Any other: it is running.
    Other,
}

/// Reads the reply to a request that may be answered with `ok` and carried the key or not.
pub(super) fn read(descriptor: &Descriptor, stage: Stage, ok: &[u16], carries_key: bool, reply: &HttpReply) -> Reading {
    // A job is paid whether its reply came as a whole or not.
    let so_far = || lenient::json_so_far(&reply.body).filter(|_| stage == Stage::Submit && descriptor.poll.is_some());
    let json = lenient::json(&reply.body).or_else(so_far);
    let (word, status) = word(descriptor, json.as_ref());
    let message = message(descriptor, stage, json.as_ref(), status.as_deref(), reply);
    let hint = hint(descriptor, json.as_ref(), reply);
    let mut reading = Reading { json, trouble: None, is_good: false, without_result: None, message, hint, word };
    reading.find(descriptor, stage, ok, carries_key, reply);
    if word == Word::Done {
        reading.without_result = meant_without_result(descriptor, &reading, reply);
    }
    reading
}

impl Reading {
    fn find(&mut self, descriptor: &Descriptor, stage: Stage, ok: &[u16], key: bool, reply: &HttpReply) {
        let status = reply.status;
        // Some gateways change a good code into another one.
        let is_done = ok.contains(&status) || (200..300).contains(&status);
        let presigned = !key && matches!(stage, Stage::Upload | Stage::Download);
        let asks = matches!(stage, Stage::Poll | Stage::Result);
        let of_job = match self.word {
            Word::Failed => Some(Trouble::JobFailed),
            Word::Rejected => Some(Trouble::Rejected),
            Word::Gone if asks => Some(Trouble::Gone),
            Word::None | Word::Done | Word::Gone | Word::Other => None,
        };
        // The status in the body counts before the HTTP code, unless the code says that the
        // request itself, and not the job, was in trouble.
        // That there is no such job is true with any code.
        let of_job = of_job.filter(|what| is_done || matches!(status, 400 | 422) || *what == Trouble::Gone);
        let says = match status {
            _ if of_job.is_some() => Says::Failed,
            _ if is_done => Says::Good,
            401 | 408 | 429 => Says::Wrong,
            400..=499 => Says::Refused,
            _ => Says::Wrong,
        };
        self.is_good = says == Says::Good;
        self.trouble = meant(descriptor, self, stage, says, reply).or(of_job);
        if self.is_good || self.trouble.is_some() {
            return;
        }
        self.trouble = Some(match status {
            // Who answers like this may have taken what was sent.
            302 | 303 if stage == Stage::Submit => Trouble::Unintelligible,
            300..=399 => Trouble::Redirect,
            429 => Trouble::RateLimited,
            408 | 500.. => Trouble::ServerError,
            400 | 401 | 403 | 404 | 410 if presigned && speaks_of_expiry(reply) => Trouble::Expired,
            401 | 403 | 404 | 410 if presigned => Trouble::Gone,
            // The page of a gateway, which knows nothing of the job.
            403 if asks && self.json.is_none() => Trouble::ServerError,
            401 | 403 => Trouble::Auth,
            402 => Trouble::Quota,
            404 | 410 => Trouble::Gone,
            405 if matches!(stage, Stage::Upload | Stage::Submit | Stage::Test) => Trouble::Gone,
            _ => Trouble::Refused,
        });
    }
}

fn word(descriptor: &Descriptor, json: Option<&Value>) -> (Word, Option<String>) {
    let Some(poll) = &descriptor.poll else { return (Word::None, None) };
    let Some(text) = json.and_then(|json| json.pointer(&poll.status)).and_then(Value::as_str) else {
        return (Word::None, None);
    };
    let plain = plain_word(text);
    let is_in = |words: &[String]| words.iter().any(|word| plain_word(word) == plain);
    let word = if is_in(&poll.done) {
        Word::Done
    } else if is_in(&poll.failed) {
        Word::Failed
    } else if is_in(&poll.rejected) {
        Word::Rejected
    } else if is_in(&poll.gone) || plain.contains("not found") || plain.contains("notfound") {
        Word::Gone
    } else {
        Word::Other
    };
    (word, (!plain.is_empty()).then(|| tidy(text.trim())))
}

/// Return a status word as words are compared: neither case nor what stands between two of them counts.
fn plain_word(word: &str) -> String {
    word.trim().to_lowercase().replace(['_', '-'], " ")
}

/// Tells whether the beginning of a reply to a submit names a job that can be asked for.
pub(super) fn named(descriptor: &Descriptor, beginning: &[u8]) -> bool {
    let json = lenient::json_so_far(beginning).filter(|_| descriptor.poll.is_some());
    json.is_some_and(|json| handle(descriptor, &json).is_some())
}

/// Returns what is kept of a reply that may be to a paid submit: its body, or where to it leads without one.
pub(super) fn kept(reply: &HttpReply) -> Arc<[u8]> {
    match reply.header("Location").filter(|_| reply.body.is_empty()) {
        Some(location) => format!("HTTP {}\nLocation: {location}\n", reply.status).into_bytes().into(),
        None => reply.body.as_slice().into(),
    }
}

/// The provider's name for the job, if the reply has one that can be one.
pub(super) fn handle(descriptor: &Descriptor, json: &Value) -> Option<String> {
    let pointers = descriptor.submit.capture.get("job")?;
    let text = pointers.iter().find_map(|pointer| match json.pointer(pointer)? {
        // Any text may be one; what of it cannot stand in an address is encoded there.
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })?;
    (text.len() <= LONGEST_CAPTURE).then_some(text)
}

fn message(
    descriptor: &Descriptor,
    stage: Stage,
    json: Option<&Value>,
    status: Option<&str>,
    reply: &HttpReply,
) -> String {
    let said = json.and_then(|json| {
        let texts = descriptor.messages.iter().filter_map(|pointer| json.pointer(pointer));
        texts.filter_map(Value::as_str).map(str::trim).find(|text| !text.is_empty())
    });
    let code = reply.status;
    let location = reply.header("Location").filter(|_| (300..400).contains(&code));
    let moved = location.and_then(origin_of).map(|origin| match stage {
        Stage::Upload | Stage::Submit | Stage::Test => {
            format!("HTTP {code}: moved to {origin}; set `endpoint` if that is right")
        }
        // Where something is fetched from is not for the user to say.
        _ => format!("HTTP {code}: moved to {origin}"),
    });
    match (said, moved, status) {
        (Some(text), Some(moved), _) => format!("{} ({moved})", tidy(text)),
        (Some(text), None, _) => tidy(text),
        (None, Some(moved), _) => moved,
        (None, None, Some(word)) if (200..300).contains(&code) => format!("the status is `{word}`"),
        (None, None, Some(word)) => format!("HTTP {code}, the status is `{word}`"),
        (None, None, None) => format!("HTTP {code}"),
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

/// A number, also one that is written as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Seconds as a length of time, if they are one.
pub(super) fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}
