//! Tells whether a message to a user's receiver is genuine.
//!
//! The program polls and needs none of this. A user with a receiver of their own passes its address as
//! `webhook` and checks here what arrives there. Nothing is opened or kept: the caller brings
//! headers and body as they came, the keys and the time.
//!
//! A genuine message may come twice, or late; it is a reason to ask the provider, and no more.

use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use data_encoding::HEXLOWER_PERMISSIVE;
use ring::digest;
use ring::hmac;
use ring::signature::ED25519;
use ring::signature::ED25519_PUBLIC_KEY_LEN;
use ring::signature::UnparsedPublicKey;
use serde::Deserialize;

/// Most seconds between the time that a message from fal names and now.
pub const TOLERANCE: u64 = 300;

const REQUEST_ID: &str = "X-Fal-Webhook-Request-Id";
const USER_ID: &str = "X-Fal-Webhook-User-Id";
const TIMESTAMP: &str = "X-Fal-Webhook-Timestamp";
const FAL_SIGNATURE: &str = "X-Fal-Webhook-Signature";
const RUNFLOW_SIGNATURE: &str = "Runflow-Signature";

/// Reason for which a message is not taken for genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefused {
    /// A header is missing.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header is there and cannot be read.
    #[error("the header {0} is malformed")]
    Malformed(&'static str),
    /// It is too old, or from the future: it may be sent again by a third party.
    #[error("the message was signed {0} seconds away from now; at most {TOLERANCE} are allowed")]
    Stale(u64),
    /// No key made this signature for this message.
    #[error("the signature fits none of the keys")]
    Forged,
}

/// Reason for which a document holds no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoKeys {
    /// It is no JWKS.
    #[error("this is no JWKS document: {0}")]
    Unreadable(String),
    /// It holds no Ed25519 key.
    #[error("the JWKS document holds no Ed25519 key")]
    None,
}

/// The public keys with which fal signs.
#[derive(Debug, Clone)]
pub struct FalKeys(Vec<UnparsedPublicKey<Vec<u8>>>);

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
}

impl Jwk {
    /// Returns the key, if it is one of Ed25519 (RFC 8037).
    fn ed25519(&self) -> Option<UnparsedPublicKey<Vec<u8>>> {
        let is_ed25519 = self.kty == "OKP" && self.crv.as_deref().is_none_or(|curve| curve == "Ed25519");
        let bytes = URL_SAFE_NO_PAD.decode(self.x.as_ref().filter(|_| is_ed25519)?.trim_end_matches('=')).ok()?;
        (bytes.len() == ED25519_PUBLIC_KEY_LEN).then(|| UnparsedPublicKey::new(&ED25519, bytes))
    }
}

impl FalKeys {
    /// Reads the keys of a JWKS document (RFC 7517), which the caller has fetched over https and keeps for a day at
    /// most. Keys of other kinds are passed over.
    ///
    /// # Errors
    /// If it is no such document or holds no key that can be used.
    pub fn from_jwks(document: &[u8]) -> Result<Self, NoKeys> {
        let jwks: Jwks = serde_json::from_slice(document).map_err(|error| NoKeys::Unreadable(error.to_string()))?;
        let keys: Vec<_> = jwks.keys.iter().filter_map(Jwk::ed25519).collect();
        if keys.is_empty() { Err(NoKeys::None) } else { Ok(FalKeys(keys)) }
    }

    /// Checks a message from fal: signed by one of the keys, and not long ago. `header` gives a
    /// header's value by its name, whose case does not matter; `body` is what came, byte by byte.
    ///
    /// # Errors
    /// Why it is not taken for genuine.
    pub fn verify<'a>(
        &self,
        header: impl Fn(&'static str) -> Option<&'a str>,
        body: &[u8],
        now: SystemTime,
    ) -> Result<(), WebhookRefused> {
        let text = |name: &'static str| {
            let value = header(name).ok_or(WebhookRefused::Missing(name))?;
            // A line break in a value would make two messages look the same.
            let is_plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic());
            if is_plain { Ok(value) } else { Err(WebhookRefused::Malformed(name)) }
        };
        let (request, user, time) = (text(REQUEST_ID)?, text(USER_ID)?, text(TIMESTAMP)?);
        let signature: [u8; 64] = from_hex(text(FAL_SIGNATURE)?).ok_or(WebhookRefused::Malformed(FAL_SIGNATURE))?;
        let is_digits = time.bytes().all(|byte| byte.is_ascii_digit());
        let signed_at: u64 = time.parse().ok().filter(|_| is_digits).ok_or(WebhookRefused::Malformed(TIMESTAMP))?;
        let away = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().abs_diff(signed_at);
        if away > TOLERANCE {
            return Err(WebhookRefused::Stale(away));
        }
        let body = HEXLOWER.encode(digest::digest(&digest::SHA256, body).as_ref());
        let message = format!("{request}\n{user}\n{time}\n{body}");
        let is_genuine = self.0.iter().any(|key| key.verify(message.as_bytes(), &signature).is_ok());
        if is_genuine { Ok(()) } else { Err(WebhookRefused::Forged) }
    }
}

/// Checks a message from Runflow: signed with one of the callback secrets, of which two may be
/// valid while one takes the other's place. There is no time in the signature, so that a third party
/// that saw a message can send it again: take each `run_id` once.
///
/// # Errors
/// Why it is not taken for genuine.
pub fn verify_runflow<'a>(
    secrets: &[&str],
    header: impl Fn(&'static str) -> Option<&'a str>,
    body: &[u8],
) -> Result<(), WebhookRefused> {
    let value = header(RUNFLOW_SIGNATURE).ok_or(WebhookRefused::Missing(RUNFLOW_SIGNATURE))?;
    let signature: [u8; 32] = from_hex(value).ok_or(WebhookRefused::Malformed(RUNFLOW_SIGNATURE))?;
    // With an empty secret, as from a variable that is not set, any sender could sign.
    let mut keys = secrets.iter().filter(|secret| !secret.is_empty());
    // `ring` compares in constant time.
    let is_genuine = keys.any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hmac::verify(&key, body, &signature).is_ok()
    });
    if is_genuine { Ok(()) } else { Err(WebhookRefused::Forged) }
}

/// Reads exactly so many bytes in hexadecimal digits of either case.
fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}
