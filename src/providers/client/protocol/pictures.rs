//! Finds a result's picture in a reply.

use serde_json::Value;

use url::Url;

use crate::codecs::Sniffed;
use crate::codecs::sniff;
use crate::providers::ResultRule;
use crate::providers::client::from_base64;
use crate::providers::client::protocol::reading::LONGEST_CAPTURE;

/// One place of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// An address.
    Address(String),
    /// The reply held it.
    Inline(Vec<u8>),
}

impl Source {
    pub(super) fn inline(&self) -> Option<&[u8]> {
        match self {
            Source::Inline(bytes) => Some(bytes),
            Source::Address(_) => None,
        }
    }

    pub(super) fn address(&self) -> Option<&str> {
        match self {
            Source::Address(url) => Some(url),
            Source::Inline(_) => None,
        }
    }
}

/// Returns every place of the picture that a reply names, the best first. Addresses without a host are of `base`,
/// whence the reply came.
pub(super) fn sources(rule: &ResultRule, reply: &Value, base: &str) -> Vec<Source> {
    let read = |pointer: &String| reply.pointer(pointer).and_then(|value| source(value, base));
    let mut found: Vec<Source> = rule.at.iter().find_map(read).into_iter().collect();
    for other in rule.alternates.iter().filter_map(read) {
        if !found.contains(&other) {
            found.push(other);
        }
    }
    found
}

fn source(value: &Value, base: &str) -> Option<Source> {
    let text = value.as_str()?.trim();
    let begins = |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    if begins("https://") || begins("http://") {
        return Some(Source::Address(text.to_owned()));
    }
    if begins("data:") {
        let encoded = text.split_once(";base64,")?.1;
        let encoded = encoded.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        return from_base64(&encoded).filter(|bytes| !bytes.is_empty()).map(Source::Inline);
    }
    // Base64 may look like a path: that of every JPEG begins with a slash.
    let bytes = from_base64(text).filter(|bytes| !bytes.is_empty());
    let is_picture = bytes.as_ref().is_some_and(|bytes| !matches!(sniff(bytes), Sniffed::Unknown | Sniffed::Empty));
    let relative = || {
        let is_path = text.starts_with('/') || text.contains('.');
        let may_be = is_path && text.len() <= LONGEST_CAPTURE && !text.contains(char::is_whitespace);
        Url::parse(base).ok().filter(|_| may_be)?.join(text).ok().map(|url| Source::Address(url.into()))
    };
    let inline = |bytes: Option<Vec<u8>>| bytes.map(Source::Inline);
    if is_picture { inline(bytes) } else { relative().or_else(|| inline(bytes)) }
}

/// Tells whether bytes that claim to be a picture are a page or a message instead.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_none_or(|first| matches!(first, b'<' | b'{' | b'['))
}
