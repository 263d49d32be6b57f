//! Receivers of users: how providers are told of them, and which messages are genuine. The
//! signatures were made by `fixtures/webhooks/make.py`, with other code than that under test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;
use std::time::SystemTime;

use recanvas::providers::ProviderTable;
use recanvas::providers::client::webhook::FalKeys;
use recanvas::providers::client::webhook::NoKeys;
use recanvas::providers::client::webhook::TOLERANCE;
use recanvas::providers::client::webhook::WebhookRefused;
use recanvas::providers::client::webhook::verify_runflow;
use ring::hmac;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use crate::protocol::world::cases;
use crate::protocol::world::provider;

#[derive(Deserialize, Clone)]
struct Vector {
    #[serde(default)]
    now: u64,
    headers: BTreeMap<String, String>,
    body: String,
    #[serde(default)]
    jwks: Value,
    #[serde(default)]
    secret: String,
}

fn vector(name: &str) -> Vector {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/webhooks").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn keys(jwks: &Value) -> FalKeys {
    FalKeys::from_jwks(jwks.to_string().as_bytes()).unwrap()
}

impl Vector {
    fn fal(&self) -> Result<(), WebhookRefused> {
        self.fal_at(i64::try_from(self.now).unwrap())
    }

    fn fal_at(&self, now: i64) -> Result<(), WebhookRefused> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now).unwrap());
        keys(&self.jwks).verify(|name| self.headers.get(name).map(String::as_str), self.body.as_bytes(), now)
    }

    fn runflow(&self, secrets: &[&str]) -> Result<(), WebhookRefused> {
        verify_runflow(secrets, |name| self.headers.get(name).map(String::as_str), self.body.as_bytes())
    }

    fn with(&self, header: &str, value: &str) -> Vector {
        let mut other = self.clone();
        assert!(other.headers.insert(header.into(), value.into()).is_some(), "{header}");
        other
    }
}

#[test]
fn providers_that_take_webhooks_check_and_pass_on_the_address() {
    for entry in ProviderTable::built_in().iter() {
        let descriptor = &entry.descriptor;
        let has_conversation = cases(&descriptor.provider).iter().any(|(title, _)| title == "webhook");
        assert_eq!(descriptor.takes_webhook(), has_conversation, "{}", descriptor.provider);
    }
    for name in ["fal", "pixeldojo", "runflow", "modelslab", "stablediffusionapi"] {
        assert_eq!(provider(name).check_webhook("https://hooks.example/r?token=1"), Ok(()), "{name}");
        for wrong in ["http://hooks.example/s3cr3t", "hooks.example/s3cr3t", "", "https://", "ftp://hooks.example"] {
            let problem = provider(name).check_webhook(wrong).unwrap_err();
            assert!(problem.message.contains("https://") && !problem.message.contains("s3cr3t"), "{problem:?}");
        }
    }
    let problem = provider("iopaint").check_webhook("https://hooks.example/").unwrap_err();
    assert!(problem.message.contains("`iopaint` takes no webhook"), "{problem:?}");
}

#[test]
fn fals_signature_is_genuine_with_any_of_its_keys_and_within_five_minutes() {
    let sound = vector("fal.json");
    assert_eq!(sound.fal(), Ok(()));
    let signed_at: i64 = sound.headers["X-Fal-Webhook-Timestamp"].parse().unwrap();
    let tolerance = i64::try_from(TOLERANCE).unwrap();
    for away in [-tolerance, 0, tolerance] {
        assert_eq!(sound.fal_at(signed_at + away), Ok(()), "{away}");
    }
    for away in [-tolerance - 1, tolerance + 1, 86_400, -signed_at] {
        assert_eq!(sound.fal_at(signed_at + away), Err(WebhookRefused::Stale(away.unsigned_abs())), "{away}");
    }
    // Keys of other kinds stand beside it, and it stands anywhere.
    let mut jwks = sound.jwks.clone();
    let list = jwks["keys"].as_array_mut().unwrap();
    list.reverse();
    list.insert(0, json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}));
    list.insert(0, json!({"kty": "OKP", "crv": "X25519", "x": list[1]["x"]}));
    list.insert(0, json!({"kty": "OKP", "crv": "Ed25519", "x": "AQAB"}));
    assert_eq!(Vector { jwks, ..sound }.fal(), Ok(()));
}

#[test]
fn an_altered_message_from_fal_is_forged() {
    let sound = vector("fal.json");
    let other = |body: &str| Vector { body: body.into(), ..sound.clone() };
    for body in ["", "{}", &sound.body.replace("OK", "KO"), &format!("{} ", sound.body)] {
        assert_eq!(other(body).fal(), Err(WebhookRefused::Forged), "{body}");
    }
    let later = (sound.now - 9).to_string();
    let signature = sound.headers["X-Fal-Webhook-Signature"].clone();
    let turned: String = signature.chars().rev().collect();
    for (header, value) in [
        ("X-Fal-Webhook-Request-Id", "764cabcf-b745-4b3e-ae38-1200304cf45c"),
        ("X-Fal-Webhook-User-Id", "github|1234568"),
        ("X-Fal-Webhook-Timestamp", &later),
        ("X-Fal-Webhook-Signature", &turned),
        ("X-Fal-Webhook-Signature", &"0".repeat(128)),
    ] {
        assert_eq!(sound.with(header, value).fal(), Err(WebhookRefused::Forged), "{header}: {value}");
    }
    let mut jwks = sound.jwks.clone();
    jwks["keys"].as_array_mut().unwrap().pop();
    assert_eq!(Vector { jwks, ..sound.clone() }.fal(), Err(WebhookRefused::Forged), "the key that signed is gone");
    // Another key's signature over the very same message.
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, sound.body.as_bytes());
    let header = |name: &str| sound.headers[&format!("X-Fal-Webhook-{name}")].clone();
    let message =
        format!("{}\n{}\n{}\n{}", header("Request-Id"), header("User-Id"), header("Timestamp"), hex(digest.as_ref()));
    let signed = sound.with("X-Fal-Webhook-Signature", &hex(pair.sign(message.as_bytes()).as_ref()));
    assert_eq!(signed.fal(), Err(WebhookRefused::Forged));
    let own = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, pair.public_key().as_ref());
    let jwks = json!({"keys": [{"kty": "OKP", "x": own}]});
    assert_eq!(Vector { jwks, ..signed }.fal(), Ok(()), "with padding, and without a curve");
}

#[test]
fn headers_that_cannot_be_read_are_refused() {
    let sound = vector("fal.json");
    for name in sound.headers.keys() {
        let mut without = sound.clone();
        without.headers.remove(name);
        let Err(WebhookRefused::Missing(missing)) = without.fal() else { panic!("{name} is missing") };
        assert_eq!(missing, name);
        for odd in ["", "two words", "line\nbreak"] {
            assert!(
                matches!(sound.with(name, odd).fal(), Err(WebhookRefused::Malformed(found)) if found == name),
                "{name}"
            );
        }
    }
    for time in ["now", "+1795262400", "-1", "1795262400.5", "99999999999999999999999", "0x1"] {
        let found = sound.with("X-Fal-Webhook-Timestamp", time).fal();
        assert_eq!(found, Err(WebhookRefused::Malformed("X-Fal-Webhook-Timestamp")), "{time}");
    }
    let signature = &sound.headers["X-Fal-Webhook-Signature"];
    for odd in [&signature[2..], &format!("{signature}00"), &signature.replace('0', "g"), &"ä".repeat(64)] {
        let found = sound.with("X-Fal-Webhook-Signature", odd).fal();
        assert_eq!(found, Err(WebhookRefused::Malformed("X-Fal-Webhook-Signature")), "{odd}");
    }
}

#[test]
fn documents_without_keys_are_refused() {
    for text in ["", "<html>", "[]", r#"{"keys": {}}"#, r#"{"key": []}"#, r#"{"keys": [{"x": "AQAB"}]}"#] {
        assert!(matches!(FalKeys::from_jwks(text.as_bytes()), Err(NoKeys::Unreadable(_))), "{text}");
    }
    for text in [r#"{"keys": []}"#, r#"{"keys": [{"kty": "OKP", "x": "AQAB"}]}"#, r#"{"keys": [{"kty": "OKP"}]}"#] {
        assert!(matches!(FalKeys::from_jwks(text.as_bytes()), Err(NoKeys::None)), "{text}");
    }
}

#[test]
fn runflows_signature_is_genuine_with_any_of_its_secrets() {
    let sound = vector("runflow.json");
    let secret = sound.secret.as_str();
    assert_eq!(sound.runflow(&[secret]), Ok(()));
    assert_eq!(sound.runflow(&["whsec_older", secret]), Ok(()), "one takes the other's place");
    for wrong in [&[][..], &[""], &["whsec_older"], &[&secret[6..]]] {
        assert_eq!(sound.runflow(wrong), Err(WebhookRefused::Forged), "{wrong:?}");
    }
    let altered = Vector { body: sound.body.replace("succeeded", "failed"), ..sound.clone() };
    assert_eq!(altered.runflow(&[secret]), Err(WebhookRefused::Forged));
    let unsigned = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b""), sound.body.as_bytes());
    let unsigned = sound.with("Runflow-Signature", &hex(unsigned.as_ref()));
    assert_eq!(unsigned.runflow(&["", secret]), Err(WebhookRefused::Forged), "an empty secret signs nothing");
    for odd in ["", "sha256=00", &"0".repeat(63), &"0".repeat(66), &"x".repeat(64)] {
        let found = sound.with("Runflow-Signature", odd).runflow(&[secret]);
        assert_eq!(found, Err(WebhookRefused::Malformed("Runflow-Signature")), "{odd}");
    }
    let none = Vector { headers: BTreeMap::new(), ..sound.clone() };
    assert_eq!(none.runflow(&[secret]), Err(WebhookRefused::Missing("Runflow-Signature")));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
