//! Engines that ask a remote service, described as data.
//!
//! A provider is a YAML file ([`Descriptor`]); adding one needs no code. A [`Registry`] holds
//! those that are compiled in and those that users bring. [`Protocol`] is the conversation
//! with one for one call, as a machine that says what to send and is told what came back; it
//! opens no connection and does not sleep. [`Stage::fate`] is the table of what may be repeated.
//! What is returned is checked by [`verify`], which finds the source on it, and
//! [`Verified::fill`] makes of it the margins of an output. What may be paid, and in which
//! order it is recorded, is the [`Ledger`]'s business. A [`Service`] puts them together: it
//! opens the connections, minds the provider's limits, and brings a call to its end.
//! For receivers of users, [`webhook`] checks that a message comes from whom it seems to come from.

mod address;
mod canvas;
mod descriptor;
pub mod expressions;
mod http;
mod job;
mod ledger;
mod protocol;
mod provider;
mod returned;
mod secret;
mod service;
mod spelled;
pub mod webhook;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;
use base64::engine::general_purpose::STANDARD;

pub use address::Addresses;
pub use address::private_v4;
pub use address::private_v6;
pub use canvas::Before;
pub use canvas::Canvas;
pub use canvas::walk;
pub use descriptor::*;
pub use http::Body;
pub use http::Broken;
pub use http::HttpReply;
pub use http::HttpRequest;
pub use http::Part;
pub use http::Picture;
pub use http::Stage;
pub use job::Job;
pub use ledger::*;
pub use protocol::*;
pub(crate) use provider::PARAMS;
pub use provider::Provider;
pub use provider::TERMS;
pub use provider::Terms;
use returned::SCALES;
pub use returned::*;
pub use secret::SCRUBBED;
pub use secret::Secret;
pub use secret::Secrets;
pub use service::*;

/// Base64 without padding, whatever the bits are that stand for no byte.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Bytes as base64 (RFC 4648, section 4).
fn base64_of(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What base64 stands for, in either alphabet (RFC 4648, sections 4 and 5), padded or not; white space
/// in it is passed over.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let standard = |byte: u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    };
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(standard).collect();
    UNPADDED.decode(&dense[..dense.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1)]).ok()
}
