//! Keys: where they come from, where they go, and that nothing shows them.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use recanvas::providers::KeyPlacement;
use recanvas::providers::Method;
use recanvas::providers::Secret;
use recanvas::providers::Secrets;
use recanvas::providers::client::Body;
use recanvas::providers::client::HttpRequest;
use recanvas::providers::client::RequestPurpose;
use serde_json::json;

use crate::protocol::world::provider;

const KEY: &str = "pd_s3cr3t+/=";

fn request(carries_key: bool, body: Body) -> HttpRequest {
    HttpRequest {
        stage: RequestPurpose::Submit,
        method: Method::Post,
        url: "https://x.example/".into(),
        headers: Vec::new(),
        body,
        carries_key,
    }
}

fn find(variables: &[(&str, &str)]) -> Result<Secret, String> {
    find_for("pixeldojo", variables)
}

fn find_for(name: &str, variables: &[(&str, &str)]) -> Result<Secret, String> {
    let key = provider(name).key.clone().unwrap();
    let found = Secret::find(&key, |name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    });
    found.map_err(|error| error.to_string())
}

fn header(secret: &Secret) -> String {
    let key = provider("pixeldojo").key.clone().unwrap();
    let mut request = request(true, Body::Empty);
    secret.place(&key, &mut request);
    request.headers.remove(0).1
}

#[test]
fn a_key_comes_from_the_variable_or_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, "from-file\n").unwrap();
    let path = file.to_str().unwrap();
    assert_eq!(header(&find(&[("PIXELDOJO_API_KEY", KEY)]).unwrap()), format!("Bearer {KEY}"));
    assert_eq!(header(&find(&[("PIXELDOJO_API_KEY_FILE", path)]).unwrap()), "Bearer from-file");
    assert_eq!(header(&find(&[("PIXELDOJO_API_KEY", "a1"), ("PIXELDOJO_API_KEY_FILE", path)]).unwrap()), "Bearer a1");
    let missing = find(&[]).unwrap_err();
    assert!(missing.contains("PIXELDOJO_API_KEY") && missing.contains("PIXELDOJO_API_KEY_FILE"), "{missing}");
    let odd = find(&[("PIXELDOJO_API_KEY", "two words-s3cr3t")]).unwrap_err();
    assert!(!odd.contains("s3cr3t"), "{odd}");
    assert!(find(&[("PIXELDOJO_API_KEY", " ")]).is_err());
    assert!(find(&[("PIXELDOJO_API_KEY", "a\r\nX-Evil: 1")]).is_err());
}

#[test]
fn unusable_key_files_are_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    assert!(Command::new("mkfifo").arg(place("fifo")).status().unwrap().success());
    let _socket = UnixListener::bind(place("socket")).unwrap();
    fs::write(place("long"), vec![b'k'; (64 << 10) + 1]).unwrap();
    fs::write(place("bytes"), b"\xff\xfe-s3cr3t").unwrap();
    fs::write(place("blank"), b" \n").unwrap();
    symlink("/dev/zero", place("zeros")).unwrap();
    let cases = [
        (place("fifo"), "is no regular file"),
        (place("socket"), "is no regular file"),
        (place(""), "is no regular file"),
        (place("zeros"), "is no regular file"),
        ("/dev/zero".into(), "is no regular file"),
        ("/dev/tty".into(), "is no regular file"),
        (place("long"), "has more than 64 KiB; no key is so long"),
        (place("bytes"), "is not text"),
        (place("blank"), "is empty"),
        (place("none"), "cannot be read: No such file or directory (os error 2)"),
    ];
    for (path, why) in cases {
        let said = find(&[("PIXELDOJO_API_KEY_FILE", path.to_str().unwrap())]).unwrap_err();
        assert_eq!(said, format!("the file that PIXELDOJO_API_KEY_FILE names {why}"), "{path:?}");
    }
    // As mounted secrets are.
    fs::write(place("key"), "from-file\n").unwrap();
    symlink("key", place("link")).unwrap();
    let read = find(&[("PIXELDOJO_API_KEY_FILE", place("link").to_str().unwrap())]).unwrap();
    assert_eq!(header(&read), "Bearer from-file");
}

#[test]
fn a_key_may_be_joined_from_two_variables() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "half-of-a-key\n").unwrap();
    let path = file.to_str().unwrap();
    let (id, secret) = (("FAL_KEY_ID", "ab12"), ("FAL_KEY_SECRET", "half-of-a-key"));
    for name in ["fal", "bria"] {
        assert_eq!(header(&find_for(name, &[id, secret]).unwrap()), "Bearer ab12:half-of-a-key");
        let in_file = find_for(name, &[("FAL_KEY_SECRET_FILE", path), id]).unwrap();
        assert_eq!(header(&in_file), "Bearer ab12:half-of-a-key");
        assert_eq!(header(&find_for(name, &[id, secret, ("FAL_KEY", "whole")]).unwrap()), "Bearer whole");
        assert_eq!(header(&find_for(name, &[id, secret, ("FAL_KEY_FILE", path)]).unwrap()), "Bearer half-of-a-key");
        let half = find_for(name, &[secret]).unwrap_err();
        assert_eq!(half, "half a key: set FAL_KEY_ID, too, or FAL_KEY alone");
        let none = find_for(name, &[("FAL_KEY_ID", "")]).unwrap_err();
        assert!(["FAL_KEY,", "FAL_KEY_FILE", "FAL_KEY_ID and FAL_KEY_SECRET"].iter().all(|word| none.contains(word)));
        let odd = find_for(name, &[id, ("FAL_KEY_SECRET", "two words-s3cr3t")]).unwrap_err();
        assert!(odd.contains("FAL_KEY_SECRET") && !odd.contains("s3cr3t"), "{odd}");
    }
    let joined = find_for("fal", &[id, secret]).unwrap();
    let said = "ab12:half-of-a-key, half-of-a-key alone, order ab12";
    assert_eq!(Secrets::of([&joined]).scrub(said), "[key], [key] alone, order ab12");
}

#[test]
fn a_key_goes_into_header_or_body_and_only_where_it_may() {
    let secret = Secret::new(KEY).unwrap();
    let in_header = provider("fal").key.clone().unwrap();
    let in_body = provider("modelslab").key.clone().unwrap();
    let mut sent = request(true, Body::Json(json!({"a": 1})));
    secret.place(&in_header, &mut sent);
    assert_eq!(sent.headers, [("Authorization".to_owned(), format!("Key {KEY}"))]);
    assert_eq!(sent.body, Body::Json(json!({"a": 1})));
    let mut sent = request(true, Body::Json(json!({})));
    secret.place(&in_body, &mut sent);
    assert_eq!(sent.body, Body::Json(json!({"key": KEY})));
    assert!(sent.headers.is_empty());
    for key in [&in_header, &in_body] {
        let mut sent = request(false, Body::Json(json!({})));
        secret.place(key, &mut sent);
        assert_eq!(sent, request(false, Body::Json(json!({}))));
    }
}

#[test]
fn nothing_shows_a_key() {
    let secret = Secret::new(KEY).unwrap();
    assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "[key] [key] Some([key])");
    let key = KeyPlacement {
        env: "X".into(),
        header: Some("A".into()),
        body: None,
        prefix: String::new(),
        or_joined: Vec::new(),
    };
    let mut sent = request(true, Body::Empty);
    secret.place(&key, &mut sent);
    assert!(!format!("{sent:?}").contains("s3cr3t"));
}

#[test]
fn a_key_is_scrubbed_from_whatever_repeats_it() {
    let secret = Secret::new(KEY).unwrap();
    let said = format!("{KEY} {{\"key\":\"{KEY}\"}} ?key=pd_s3cr3t%2B%2F%3D cGRfczNjcjN0Ky89 end");
    assert_eq!(Secrets::of([&secret]).scrub(&said), "[key] {\"key\":\"[key]\"} ?key=[key] [key] end");
}

/// Ways of writing a text in which no sign of it stands as it is.
fn spellings(key: &str) -> Vec<(&'static str, String)> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let each = |write: &dyn Fn(u8) -> String| key.bytes().map(write).collect::<String>();
    let split = |key: &str| -> String {
        let flip =
            |(at, sign): (usize, char)| if at % 2 == 0 { sign.to_ascii_uppercase() } else { sign.to_ascii_lowercase() };
        key.chars().enumerate().map(flip).collect()
    };
    let hex = |key: &str| key.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
    let in_lines = |end: &str| {
        let coded = STANDARD.encode(key);
        coded.as_bytes().chunks(7).map(String::from_utf8_lossy).collect::<Vec<_>>().join(end)
    };
    let json = each(&|byte| format!("\\u{byte:04x}"));
    let percent = each(&|byte| format!("%{byte:02X}"));
    vec![
        ("as it is", key.to_owned()),
        ("upper case", key.to_ascii_uppercase()),
        ("lower case", key.to_ascii_lowercase()),
        ("split case", split(key)),
        ("percent", percent.clone()),
        ("percent in lower case", percent.to_ascii_lowercase()),
        ("percent, coded once more", percent.replace('%', "%25")),
        ("percent, coded twice more", percent.replace('%', "%2525")),
        ("percent in split case", each(&|byte| format!("%{:02x}", byte.to_ascii_uppercase()))),
        ("JSON", json.clone()),
        ("JSON in JSON", json.replace('\\', "\\\\")),
        ("JSON in upper case", each(&|byte| format!("\\u{byte:04X}"))),
        ("JSON with every sign behind a backslash", each(&|byte| format!("\\{}", byte as char))),
        ("bytes of C", each(&|byte| format!("\\x{byte:02x}"))),
        ("HTML in decimals", each(&|byte| format!("&#{byte};"))),
        ("HTML with zeros", each(&|byte| format!("&#{byte:05};"))),
        ("HTML in hexadecimal", each(&|byte| format!("&#x{byte:X};"))),
        ("HTML, coded once more", each(&|byte| format!("&amp;#{byte};"))),
        ("hexadecimal", hex(key).concat()),
        ("hexadecimal in upper case", hex(key).concat().to_ascii_uppercase()),
        ("hexadecimal of upper case", hex(&key.to_ascii_uppercase()).concat()),
        ("hexadecimal with colons", hex(key).join(":")),
        ("hexadecimal with blanks", hex(key).join(" ")),
        ("hexadecimal of C", format!("0x{}", hex(key).join(", 0x"))),
        ("base64", STANDARD.encode(key)),
        ("base64 for addresses", URL_SAFE_NO_PAD.encode(key)),
        ("base64 one byte later", STANDARD.encode(format!(":{key}"))),
        ("base64 two bytes later", STANDARD.encode(format!("u:{key}."))),
        ("base64 of upper case", STANDARD.encode(key.to_ascii_uppercase())),
        ("base64 in percent", STANDARD.encode(key).replace('/', "%2F").replace('+', "%2b")),
        ("base64 in lines", in_lines("\r\n")),
        ("lines in JSON", in_lines("\\n")),
        ("base64 with blanks", in_lines(" ")),
        ("quoted-printable", each(&|byte| format!("={byte:02X}"))),
        ("quoted-printable in lines", format!("{}=\r\n{}", &key[..3], &key[3..])),
    ]
}

/// Signs of the original and its codings that may be left of a key in base64: the halves of bytes at its ends.
const RAGGED: usize = 6;

#[test]
fn a_key_is_scrubbed_in_every_spelling() {
    // Every sign that a key may have, and keys as providers give them.
    let all: String = (b'!'..=b'~').map(char::from).collect();
    for key in [KEY, "sk-live-Hemlock51", "0123456789abcdef:fedcba9876543210", "%25%2B&amp;&#65;\\u0041", &all] {
        let secrets = Secrets::new([key]);
        let mut looked_at = 0;
        for (name, spelled) in spellings(key) {
            for (before, behind) in [("", ""), ("says \"", "\" and more"), ("%&;", "%&\\"), ("…é", "é…")] {
                let said = format!("{before}{spelled}{behind}");
                let left = secrets.scrub(&said);
                assert!(secrets.are_in(&said), "{name} of {key}: {said}");
                let rest = left.replacen("[key]", "", 1).replace([':', '=', '.'], "");
                let most = before.len() + behind.len() + RAGGED;
                assert!(left.contains("[key]") && rest.len() <= most, "{name} of {key}: {left}");
                assert!(left.starts_with(before) && left.ends_with(behind), "{name} of {key}: {left}");
                looked_at += 1;
            }
        }
        assert_eq!(looked_at, 4 * 35);
    }
    // Named signs, and every other one in another way.
    let secrets = Secrets::new(["a+/=b:c_d&e"]);
    for said in
        ["a&plus;&sol;&equals;b&colon;c&lowbar;d&amp;e", "A&#43;%2f\\u003db:C_d&amp;amp;e", "a%2B/=B%3ac&#x5f;d%26E"]
    {
        assert_eq!(secrets.scrub(said), "[key]", "{said}");
    }
}

#[test]
fn parts_of_keys_and_keys_encoded_twice_are_scrubbed() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let key = "sk-live-Hemlock51";
    let secrets = Secrets::new([key]);
    for (said, left) in [
        ("sk-live-Hemlock5", "[key]"),
        ("the key sk-live-Heml… is not valid", "the key [key]… is not valid"),
        ("a key that ends in -Hemlock51", "a key that ends in -[key]"),
        ("***Hemlock51", "***[key]"),
        ("SK%2Dlive-Heml***", "[key]***"),
    ] {
        assert_eq!(secrets.scrub(said), left, "{said}");
    }
    for inner in [key.to_owned(), format!("u:{key}"), format!("{key}\n")] {
        for before in ["", "a", "bc"] {
            let twice = STANDARD.encode(format!("{before}{}", STANDARD.encode(&inner)));
            let left = secrets.scrub(&twice);
            assert!(left.contains("[key]") && left.len() < 24, "{inner:?} behind {before:?}: {left}");
        }
    }
}

#[test]
fn only_whole_keys_are_scrubbed_also_in_bytes_that_are_no_text() {
    let secrets = Secrets::new([KEY, "sk-live-Hemlock51"]);
    for said in
        ["", "sk-live-", "pd_s3cr", "lock51", "%%%%", "\\\\\\", "&amp;&amp", "key: sk live Hem lock 51", "c2stbGl2ZQ=="]
    {
        assert_eq!(secrets.scrub(said), said);
        assert!(!secrets.are_in(said), "{said}");
    }
    assert_eq!(Secrets::default().scrub(KEY), KEY);
    // As Latin-1 and as UTF-16.
    assert_eq!(*secrets.scrub_bytes(b"\xe9 sk-LIVE-Hemlock51\xff"), *b"\xe9 [key]\xff");
    let wide: Vec<u8> = "sk-live-Hemlock51!".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(*secrets.scrub_bytes(&wide), *b"[key]\0!\0");
    // A long text of beginnings takes no long time.
    let text = "sk-live-%73%25%25\\\\\\&amp;".repeat(20_000);
    assert_eq!(secrets.scrub(&text), text);
}
