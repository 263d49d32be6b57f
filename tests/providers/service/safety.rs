//! Where requests go and what they carry.

use std::fs;

use recanvas::error::Class;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::Service;
use recanvas::providers::client::Setup;
use recanvas::providers::client::Tested;
use serde_json::json;

use crate::service::server::Answer;
use crate::service::server::Server;
use crate::service::world::KEY;
use crate::service::world::buy;
use crate::service::world::buy_with;
use crate::service::world::ledger;
use crate::service::world::provider;
use crate::service::world::run;
use crate::service::world::service;
use crate::service::world::usual;

#[test]
fn the_key_is_on_requests_to_the_provider_and_nowhere_else() {
    let server = Server::start(usual(2));
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path(), "r1");
    run(buy_with(&service(&server), ledger, "a", &CancelSignal::default(), 150_000)).unwrap();
    let asked = server.asked();
    let seen: Vec<(&str, &str, bool)> = asked
        .iter()
        .map(|asked| {
            (asked.method.as_str(), asked.path.as_str(), asked.header("x-key") == Some("Key sk-live-Hemlock51"))
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("POST", "/uploads", true),
            ("PUT", "/put?sig=1", false),
            ("POST", "/submit", true),
            ("GET", "/jobs/0", true),
            ("GET", "/jobs/0", true),
            ("GET", "/pictures/1.png", false),
        ]
    );
    let put = &asked[1];
    assert_eq!((put.body.len(), put.header("content-type")), (150_000, Some("image/png")));
    for asked in &asked {
        assert_eq!(asked.header("user-agent"), Some(concat!("recanvas/", env!("CARGO_PKG_VERSION"))));
        assert_eq!(format!("{asked:?}").matches(KEY).count(), usize::from(asked.header("x-key").is_some()));
    }
    let manifest = fs::read_to_string(folder.path().join("manifest.jsonl")).unwrap();
    assert!(!manifest.contains(KEY));
}

#[test]
fn a_redirect_of_a_submit_is_not_followed() {
    let elsewhere = Server::start(|_| Answer::json(200, &json!({ "id": 1 })));
    let to = format!("{}/submit", elsewhere.origin());
    // Who answers with 302 may have taken it.
    for (status, class) in [(302, Class::UnknownCall), (307, Class::Provider)] {
        let to = to.clone();
        let server = Server::start(move |_| Answer::Reply(status, vec![("Location", to.clone())], Vec::new()));
        let folder = tempfile::tempdir().unwrap();
        let unmade =
            run(buy(&service(&server), ledger(folder.path(), "r1"), "a", &CancelSignal::default())).unwrap_err();
        assert_eq!(unmade.failure().class, class, "{unmade:?}");
        assert_eq!((server.count("/"), elsewhere.count("/")), (1, 0));
    }
}

#[test]
fn a_result_in_a_private_network_is_not_fetched() {
    for url in ["http://10.0.0.5/x.png", "https://192.168.1.1/x.png", "https://metadata.localhost/x.png"] {
        let usual = usual(1);
        let server = Server::start(move |asked| match asked.path.starts_with("/jobs") {
            true => Answer::json(200, &json!({ "status": "done", "url": url })),
            false => usual(asked),
        });
        let folder = tempfile::tempdir().unwrap();
        let unmade =
            run(buy(&service(&server), ledger(folder.path(), "r1"), "a", &CancelSignal::default())).unwrap_err();
        assert!(unmade.to_string().contains("private") || unmade.to_string().contains("https"), "{unmade}");
        assert!(!unmade.may_fall_through(), "it is paid for, and the next run asks again");
    }
}

#[test]
fn a_test_says_whether_the_key_is_taken() {
    let asking = |status: u16| {
        let server = Server::start(move |_| Answer::json(status, &json!({ "error": "so it is" })));
        let tested = run(service(&server).test());
        assert_eq!((server.count("/balance"), server.count("/")), (1, 1));
        tested
    };
    assert_eq!(asking(200), Tested::Accepted);
    assert_eq!(asking(401), Tested::KeyRefused("shop: test: so it is".into()));
    assert_eq!(asking(402), Tested::NoCredit("shop: test: so it is".into()));
    assert_eq!(asking(500), Tested::Unclear("shop: test: so it is".into()));
    let gone = service(&Server::start(|_| Answer::Reset));
    assert!(matches!(run(gone.test()), Tested::NotReached(why) if why.contains("refused")));
}

#[test]
fn a_service_without_its_key_is_refused() {
    let none = Service::new(Setup::new(provider(&[]), None)).unwrap_err();
    assert_eq!(none.to_string(), "shop wants a key: set SHOP_KEY");
}
