//! Where a result's picture is.

use serde_json::Value;

use crate::engines::remote::ResultRule;
use crate::engines::remote::from_base64;

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

/// Every place of the picture that a reply names, the best first.
pub(super) fn sources(rule: &ResultRule, reply: &Value) -> Vec<Source> {
    let read = |pointer: &String| reply.pointer(pointer).and_then(source);
    let mut found: Vec<Source> = rule.at.iter().find_map(read).into_iter().collect();
    for other in rule.alternates.iter().filter_map(read) {
        if !found.contains(&other) {
            found.push(other);
        }
    }
    found
}

fn source(value: &Value) -> Option<Source> {
    let text = value.as_str()?.trim();
    if text.starts_with("https://") || text.starts_with("http://") {
        return Some(Source::Address(text.to_owned()));
    }
    let encoded = match text.strip_prefix("data:") {
        Some(rest) => rest.split_once(";base64,")?.1,
        None => text,
    };
    from_base64(encoded).filter(|bytes| !bytes.is_empty()).map(Source::Inline)
}

/// Whether bytes that claim to be a picture are a page or a message instead.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_none_or(|first| matches!(first, b'<' | b'{' | b'['))
}
