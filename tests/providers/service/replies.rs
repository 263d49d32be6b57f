//! Replies as providers write them: what was paid for is read however it is written.

use std::io::Write;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use recanvas::providers::Descriptor;
use recanvas::providers::Ledger;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Service;

use crate::service::server::Answer;
use crate::service::server::Server;
use crate::service::world::PNG;
use crate::service::world::buy;
use crate::service::world::ledger;
use crate::service::world::provider;
use crate::service::world::run;
use crate::service::world::setup;

fn ok(body: impl Into<Vec<u8>>) -> Answer {
    Answer::Reply(200, Vec::new(), body.into())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// A shop whose replies to submit, poll and download are these; `BASE` is its origin.
struct Replies {
    submit: Vec<u8>,
    poll: Vec<u8>,
    picture: Vec<u8>,
}

impl Default for Replies {
    fn default() -> Replies {
        Replies {
            submit: br#"{"id": "j1"}"#.to_vec(),
            poll: br#"{"status": "done", "url": "BASE/pictures/1"}"#.to_vec(),
            picture: PNG.to_vec(),
        }
    }
}

impl Replies {
    /// Buys there once, and returns what was asked for after the submit.
    fn bought(self, descriptor: &Arc<Descriptor>) -> Vec<String> {
        let server = Server::start(move |asked| {
            let origin = format!("http://{}", asked.header("host").unwrap());
            let filled = |body: &[u8]| match body.windows(4).position(|at| at == b"BASE") {
                Some(at) => [&body[..at], origin.as_bytes(), &body[at + 4..]].concat(),
                None => body.to_vec(),
            };
            assert_eq!(asked.header("accept-encoding"), Some("identity"), "{}", asked.path);
            match asked.path.as_str() {
                "/submit" => ok(filled(&self.submit)),
                path if path.starts_with("/jobs/") => ok(filled(&self.poll)),
                path if path.starts_with("/pictures/") => ok(self.picture.clone()),
                _ => Answer::Reply(404, Vec::new(), Vec::new()),
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let (service, ledger) = (Service::new(setup(descriptor, &server)).unwrap(), ledger(folder.path(), "r1"));
        let made = run(buy(&service, ledger.clone(), "a", &CancelSignal::default())).unwrap();
        assert_eq!(ledger.read(&made.cached).unwrap(), PNG);
        assert_eq!((server.count("/submit"), ledger.totals().cost), (1, "0.03".parse().unwrap()));
        server.asked().into_iter().map(|asked| asked.path).filter(|path| path != "/submit").collect()
    }
}

fn wide(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn a_handle_is_read_however_the_reply_is_written() {
    let plain = r#"{"id": "j1"}"#;
    let deep = format!(r#"{{"trace": {}{}, "id": "j1"}}"#, "[".repeat(5000), "]".repeat(5000));
    let replies: [Vec<u8>; 13] = [
        format!("\u{feff}{plain}").into(),
        wide(plain),
        br#"{"eta": NaN, "cost": -Infinity, "id": "j1"}"#.to_vec(),
        br#"{"said": "\ud83d and \udc00", "id": "j1"}"#.to_vec(),
        b"{\"said\": \"caf\xe9\", \"id\": \"j1\"}".to_vec(),
        b"{\"said\": \"one\ntwo\", \"id\": \"j1\"}".to_vec(),
        gzip(plain.as_bytes()),
        [gzip(b"{\"id\":"), gzip(b"\"j1\"}")].concat(),
        format!("{plain}\n<!-- served in 3 ms -->").into(),
        format!("{plain}\0\0").into(),
        br#"{"cost": 1e999, "n": 007, "id": "j1"}"#.to_vec(),
        br#"{"id": "j1", "more": [1, {"a": [null, true]},],}"#.to_vec(),
        deep.into(),
    ];
    for submit in replies {
        let said = String::from_utf8_lossy(&submit).chars().take(60).collect::<String>();
        let poll = submit.strip_suffix(b"}").filter(|_| submit.starts_with(b"{")).map(|start| {
            let done: &[u8] = br#", "status": "done", "url": "BASE/pictures/1"}"#;
            [start.strip_suffix(b",").unwrap_or(start), done].concat()
        });
        let poll = poll.unwrap_or_else(|| Replies::default().poll);
        let asked = Replies { submit, poll, ..Replies::default() }.bought(&provider(&[]));
        assert_eq!(asked[..2], ["/jobs/j1", "/pictures/1"], "{said}");
    }
}

#[test]
fn names_of_jobs_are_kept_as_written_and_encoded_where_they_become_part_of_an_address() {
    let cases = [
        (r#""operations/1""#, "/jobs/operations%2F1"),
        (r#""a?b#c%2Fd""#, "/jobs/a%3Fb%23c%252Fd"),
        (r#""ä b""#, "/jobs/%C3%A4%20b"),
        (r#""v1:2@x""#, "/jobs/v1:2@x"),
        ("123456789012345678901234567890", "/jobs/123456789012345678901234567890"),
        ("1.50", "/jobs/1.50"),
        ("7", "/jobs/7"),
        (r#""https://elsewhere.example/x""#, "/jobs/https:%2F%2Felsewhere.example%2Fx"),
    ];
    for (id, path) in cases {
        let submit = format!(r#"{{"id": {id}}}"#).into();
        let asked = Replies { submit, ..Replies::default() }.bought(&provider(&[]));
        assert_eq!(asked[0], path, "{id}");
    }
}

#[test]
fn an_address_that_was_captured_is_asked_as_it_was_given() {
    let descriptor = provider(&[
        ("capture: { job: /id }", "capture: { job: /id, poll: /poll }"),
        (r#"url: "https://shop.example/jobs/{{ job }}""#, r#"url: "{{ poll or 'https://shop.example/jobs/' ~ job }}""#),
    ]);
    let asked = |submit: &str| {
        let submit = submit.as_bytes().to_vec();
        Replies { submit, ..Replies::default() }.bought(&descriptor)[0].clone()
    };
    assert_eq!(asked(r#"{"id": "operations/1", "poll": "BASE/jobs/a%2Fb?sig=%2B&x=1"}"#), "/jobs/a%2Fb?sig=%2B&x=1");
    assert_eq!(asked(r#"{"id": "operations/1"}"#), "/jobs/operations%2F1");
    // A host of its own that is named in clear is not asked in clear, here by way of the endpoint.
    assert_eq!(asked(r#"{"id": "1", "poll": "http://shop.example/jobs/clear"}"#), "/jobs/clear");
}

#[test]
fn a_name_that_leads_to_another_folder_is_kept_and_asked_for_nowhere() {
    for id in ["..", "."] {
        let submit = format!(r#"{{"id": "{id}"}}"#).into_bytes();
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/submit" => ok(submit.clone()),
            path => panic!("{path} was asked for"),
        });
        let folder = tempfile::tempdir().unwrap();
        let (service, ledger) = (Service::new(setup(&provider(&[]), &server)).unwrap(), ledger(folder.path(), "r1"));
        let unmade = run(buy(&service, ledger.clone(), "a", &CancelSignal::default())).unwrap_err();
        let why =
            "shop: poll: a name that the provider gave cannot stand in an address; --retry-unknown submits it again";
        assert!(unmade.to_string().starts_with(why), "{unmade}");
        assert!(!unmade.may_fall_through());
        assert_eq!((server.count("/submit"), ledger.totals().unknown), (1, 1), "no run could ask for it");
    }
}

#[test]
fn a_picture_is_read_wherever_it_stands() {
    let jpeg_like = STANDARD.encode([&b"\xff\xd8\xff\xe0"[..], b"no matter"].concat());
    assert!(jpeg_like.starts_with('/'), "base64 that looks like a path");
    let inside = |text: String| format!(r#"{{"status": "done", "url": "{text}"}}"#).into_bytes();
    let polls = [
        (inside(format!("data:image/png;base64,{}", STANDARD.encode(PNG))), 0),
        (inside(format!("DATA:image/png;charset=x;base64,{}", STANDARD.encode(PNG).replace('/', "\\/"))), 0),
        (inside(STANDARD.encode(PNG)), 0),
        (inside(URL_SAFE_NO_PAD.encode(PNG)), 0),
        (gzip(&inside(STANDARD.encode(PNG))), 0),
        (inside("/pictures/1".into()), 1),
        (inside("../pictures/1.png".into()), 1),
        (inside("HTTP://BASEHOST/pictures/1".into()), 1),
    ];
    for (poll, fetched) in polls {
        let text = String::from_utf8_lossy(&poll).into_owned();
        let poll = if text.contains("BASEHOST") { text.replace("HTTP://BASEHOST", "BASE").into_bytes() } else { poll };
        let asked = Replies { poll, ..Replies::default() }.bought(&provider(&[]));
        assert_eq!(asked.iter().filter(|path| path.starts_with("/pictures")).count(), fetched, "{text}");
    }
    let packed = Replies { picture: gzip(PNG), ..Replies::default() };
    assert_eq!(packed.bought(&provider(&[])).len(), 2);
}

#[test]
fn a_large_picture_inside_a_reply_is_no_reply_that_is_too_large() {
    // More than any other reply may have, as white space, which base64 passes over.
    let poll = format!(r#"{{"status": "done", "url": "{}{}"}}"#, STANDARD.encode(PNG), " ".repeat(9 << 20));
    let asked = Replies { poll: poll.into(), ..Replies::default() }.bought(&provider(&[]));
    assert_eq!(asked, ["/jobs/j1"]);
}

#[test]
fn a_packed_reply_that_would_unpack_to_more_than_is_read_is_too_large() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/submit" => ok(bomb.clone()),
        path => panic!("{path} was asked for"),
    });
    let folder = tempfile::tempdir().unwrap();
    let (service, ledger) = (Service::new(setup(&provider(&[]), &server)).unwrap(), ledger(folder.path(), "r1"));
    let unmade = run(buy(&service, ledger.clone(), "a", &CancelSignal::default())).unwrap_err();
    assert!(unmade.to_string().contains("too large"), "{unmade}");
    assert_eq!((server.count("/submit"), ledger.totals().unknown), (1, 1));
}
