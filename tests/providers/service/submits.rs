//! Replies to submits: what names a job is an acceptance, whole or not, and what may be one is kept.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use recanvas::error::Class;
use recanvas::manifest::PayAgain;
use recanvas::providers::ResultOrigin;
use serde_json::Value;
use serde_json::json;

use crate::service::jobs::bought;
use crate::service::server::Answer;
use crate::service::server::Server;
use crate::service::world::call;
use crate::service::world::usual;

#[test]
fn a_reply_to_a_submit_that_names_a_job_is_an_acceptance_whatever_else_it_says() {
    let replies: [(u16, Value); 16] = [
        (200, json!({ "error": "checked against our content policy" })),
        (200, json!({ "error": "NSFW filter is on" })),
        (200, json!({ "status": "blocked" })),
        (200, json!({ "status": "failed", "error": "the queue is full" })),
        (200, json!({ "status": "lost" })),
        (200, json!({ "flagged": true })),
        (203, json!({})),
        (206, json!({})),
        (226, json!({})),
        (299, json!({})),
        (302, json!({})),
        (400, json!({ "status": "failed" })),
        (402, json!({ "error": "no credit" })),
        (429, json!({ "error": "later" })),
        (500, json!({})),
        (503, json!({ "error": "the queue is full" })),
    ];
    for (status, said) in replies {
        let usual = usual(1);
        let mut named = said.clone();
        named["id"] = "7".into();
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/submit" => Answer::json(status, &named),
            _ => usual(asked),
        });
        let folder = tempfile::tempdir().unwrap();
        let end = bought(&server, folder.path(), "r1", PayAgain::default());
        assert_eq!((end, server.count("/submit")), (Ok(ResultOrigin::Made), 1), "{status} {said}");
    }
}

#[test]
fn a_reply_to_a_submit_that_may_have_been_taken_and_names_no_job_is_kept() {
    for status in [200, 203, 206, 226, 299, 302, 303, 500, 504] {
        let server = Server::start(move |_| Answer::Reply(status, Vec::new(), b"<html>job 17</html>".to_vec()));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(bought(&server, folder.path(), "r1", PayAgain::default()), Err(Class::UnknownCall), "{status}");
        let kept = folder.path().join(format!("cache/{}.reply", call("a").key(0)));
        assert_eq!(std::fs::read(kept).expect("it is kept"), b"<html>job 17</html>", "{status}");
    }
}

#[test]
fn a_reply_to_a_submit_that_breaks_off_after_the_job_names_it() {
    let gzip = |text: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text).unwrap();
        packed.flush().unwrap();
        packed.get_ref().clone()
    };
    let named = br#"{"id": "7", "queue": {"position": 4, "eta": "#;
    let replies: [(u16, &str, Vec<u8>); 6] = [
        (200, "", named.to_vec()),
        (200, "Content-Encoding: gzip\r\n", gzip(named)),
        (202, "", br#"{"a": [1, {"b": "c"}], "id": "7"#.to_vec().into_iter().chain(*b"\"").collect()),
        (200, "", br#"{"id": 7, "status": "q\u00"#.to_vec()),
        (500, "", br#"{"id": "7", "list": ["x", nu"#.to_vec()),
        (
            200,
            "Transfer-Encoding: chunked\r\n",
            [&format!("{:x}\r\n", named.len()).into_bytes()[..], named, b"\r\n"].concat(),
        ),
    ];
    for (status, packing, beginning) in replies {
        let (usual, cut) = (usual(1), beginning.clone());
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/submit" => Answer::CutOff(status, packing, cut.clone()),
            _ => usual(asked),
        });
        let folder = tempfile::tempdir().unwrap();
        let end = bought(&server, folder.path(), "r1", PayAgain::default());
        let said = String::from_utf8_lossy(&beginning);
        assert_eq!(
            (end, server.count("/submit"), server.count("/jobs/7")),
            (Ok(ResultOrigin::Made), 1, 1),
            "{status} {said}"
        );
    }
}

#[test]
fn a_reply_to_a_submit_that_breaks_off_within_the_name_of_its_job_is_kept() {
    for beginning in [&br#"{"id": "7"#[..], br#"{"id": 7"#, br#"{"status": "queued", "id"#, b"<html>"] {
        let server = Server::start(move |_| Answer::CutOff(200, "", beginning.to_vec()));
        let folder = tempfile::tempdir().unwrap();
        let end = bought(&server, folder.path(), "r1", PayAgain::default());
        assert_eq!((end, server.count("/submit")), (Err(Class::UnknownCall), 1));
        let kept = folder.path().join(format!("cache/{}.reply", call("a").key(0)));
        assert_eq!(std::fs::read(kept).expect("it is kept"), beginning);
    }
}

#[test]
fn the_location_of_a_reply_without_a_job_is_kept() {
    for status in [201, 202, 303] {
        let to = vec![("Location", "/jobs/17".to_owned())];
        let server = Server::start(move |_| Answer::Reply(status, to.clone(), Vec::new()));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(bought(&server, folder.path(), "r1", PayAgain::default()), Err(Class::UnknownCall), "{status}");
        let kept = folder.path().join(format!("cache/{}.reply", call("a").key(0)));
        let kept = std::fs::read_to_string(kept).expect("it is kept");
        assert_eq!(kept, format!("HTTP {status}\nLocation: /jobs/17\n"));
    }
    // Beside whatever stands in the body.
    let to = vec![("Location", "/jobs/17".to_owned())];
    let server = Server::start(move |_| Answer::Reply(303, to.clone(), b"<html>See other</html>".to_vec()));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(bought(&server, folder.path(), "r1", PayAgain::default()), Err(Class::UnknownCall));
    let kept = std::fs::read_to_string(folder.path().join(format!("cache/{}.reply", call("a").key(0))));
    assert_eq!(kept.expect("it is kept"), "HTTP 303\nLocation: /jobs/17\n\n<html>See other</html>");
}
