//! Reads replies: their status word, their message, and the part of them that is kept.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::providers::Descriptor;
use crate::providers::client::HttpReply;
use crate::providers::client::Trouble;
use crate::providers::client::protocol::lenient;

/// Longest text that is kept of a reply for later requests.
pub(super) const LONGEST_CAPTURE: usize = 8192;

/// A reply, read.
pub(super) struct Reading {
    /// The body, if it is JSON.
    pub json: Option<Value>,
    /// Trouble that the reply tells of, if any.
    pub trouble: Option<Trouble>,
    /// Tells whether its code of HTTP and its status word say that nothing is.
    pub is_good: bool,
    /// Meaning of its words if a job is done and has no result.
    pub without_result: Option<Trouble>,
    /// Message of the provider.
    pub message: String,
    /// Time after which to come back, if the provider says it.
    pub hint: Option<Duration>,
    /// Meaning of the status word.
    pub word: Word,
}

/// Meaning of a status word.
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

/// Tells whether the beginning of a reply to a submit names a job that can be asked for.
pub(super) fn named(descriptor: &Descriptor, beginning: &[u8]) -> bool {
    let json = lenient::json_so_far(beginning).filter(|_| descriptor.poll.is_some());
    json.is_some_and(|json| handle(descriptor, &json).is_some())
}

/// Returns the bytes that are kept of a reply that may be to a paid submit: its body, after its status and `Location`
/// if it leads to another address.
pub(super) fn kept(reply: &HttpReply) -> Arc<[u8]> {
    let head = reply.header("Location").map(|location| format!("HTTP {}\nLocation: {location}\n", reply.status));
    match head {
        Some(head) if reply.body.is_empty() => head.into_bytes().into(),
        Some(head) => [head.as_bytes(), b"\n", &reply.body].concat().into(),
        None => reply.body.as_slice().into(),
    }
}

/// Returns the provider's name for the job, if the reply has one that can be one.
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
