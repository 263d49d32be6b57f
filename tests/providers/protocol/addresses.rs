//! Where requests may go.

use recanvas::providers::client::Addresses;
use recanvas::providers::client::private_v4;
use recanvas::providers::client::private_v6;

fn fal(endpoint: Option<&str>) -> Addresses {
    Addresses::new(&["queue.fal.run".to_owned(), "*.bfl.ai".to_owned()], endpoint).unwrap()
}

#[test]
fn the_key_goes_to_listed_hosts_over_https_only() {
    let rules = fal(None);
    for good in ["https://queue.fal.run/a?b=1", "https://api.eu1.bfl.ai/x"] {
        assert_eq!(rules.api(good).unwrap(), good);
    }
    // One of its own that a reply names in clear is asked by https.
    assert_eq!(rules.api("http://queue.fal.run/a?b=1").unwrap(), "https://queue.fal.run/a?b=1");
    assert_eq!(rules.download("http://api.bfl.ai/x.png").unwrap(), "https://api.bfl.ai/x.png");
    for bad in [
        "http://queue.fal.run:8080/a",
        "https://queue.fal.run.evil.example/a",
        "https://evil.example/queue.fal.run",
        "https://queue.fal.run@evil.example/",
        "https://user:pass@queue.fal.run/",
        "https://queue.fal.run:8443/a",
        "https://bfl.ai/",
        "https://xbfl.ai/",
        "http://127.0.0.1:9/",
        "ftp://queue.fal.run/",
        "nonsense",
        "",
    ] {
        assert!(rules.api(bad).is_err(), "{bad}");
    }
}

#[test]
fn pictures_come_from_anywhere_public() {
    let rules = fal(None);
    assert!(rules.download("https://cdn.example/x.png?sig=1").is_ok());
    for bad in [
        "http://cdn.example/x.png",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[fd00::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "file:///etc/passwd",
    ] {
        assert!(rules.download(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_provider_on_this_machine_gives_pictures_from_there() {
    for host in ["127.0.0.1", "127.0.0.1:8123", "localhost:8123", "[::1]", "[::1]:8123"] {
        let rules = Addresses::new(&[host.to_owned()], None).unwrap();
        assert!(rules.is_local(), "{host}");
        assert!(rules.download("http://127.0.0.1:8123/x.png").is_ok(), "{host}");
    }
    assert!(!Addresses::new(&["queue.fal.run:8443".to_owned()], None).unwrap().is_local());
}

#[test]
fn an_endpoint_takes_the_place_of_every_listed_host() {
    let rules = fal(Some("http://127.0.0.1:8123"));
    assert_eq!(rules.api("https://queue.fal.run/a/b?c=1").unwrap(), "http://127.0.0.1:8123/a/b?c=1");
    assert_eq!(rules.api("http://127.0.0.1:8123/requests/1").unwrap(), "http://127.0.0.1:8123/requests/1");
    assert_eq!(rules.foreign("http://127.0.0.1:9000/put").unwrap(), "http://127.0.0.1:9000/put");
    assert_eq!(rules.download("http://127.0.0.1:9000/x.png").unwrap(), "http://127.0.0.1:9000/x.png");
    assert!(rules.download("http://10.0.0.1/x.png").is_err());
    assert!(rules.api("https://evil.example/").is_err());
    let gateway = fal(Some("https://gateway.example"));
    assert_eq!(gateway.api("https://queue.fal.run/a").unwrap(), "https://gateway.example/a");
    assert!(gateway.api("http://127.0.0.1/a").is_err());
    assert!(gateway.download("http://127.0.0.1/a").is_err());
    for bad in ["http://gateway.example", "https://gateway.example/path", "ftp://127.0.0.1", "x"] {
        assert!(Addresses::new(&[], Some(bad)).is_err(), "{bad}");
    }
}

#[test]
fn redirects_with_the_key_stay_among_the_listed_hosts() {
    let rules = fal(None);
    let from = "https://queue.fal.run/a/b";
    assert_eq!(rules.redirect(from, "../c", true).unwrap(), "https://queue.fal.run/c");
    assert!(rules.redirect(from, "https://evil.example/", true).is_err());
    assert!(rules.redirect(from, "https://cdn.example/", false).is_ok());
    assert!(rules.redirect(from, "http://cdn.example/", false).is_err());
    assert!(rules.redirect(from, "https://192.168.0.1/", false).is_err());
    let moved = fal(Some("http://127.0.0.1:8123"));
    let from = "http://127.0.0.1:8123/a";
    assert_eq!(moved.redirect(from, "/b", true).unwrap(), "http://127.0.0.1:8123/b");
    assert_eq!(moved.redirect(from, "https://queue.fal.run/b", true).unwrap(), "http://127.0.0.1:8123/b");
    assert!(moved.redirect(from, "http://127.0.0.1:9000/b", true).is_err());
    assert!(moved.redirect(from, "http://127.0.0.1:9000/b", false).is_ok());
    // Another port of this machine is another server, unless its port is listed, too.
    let local = |hosts: &[&str]| {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        Addresses::new(&hosts, None).unwrap().redirect(from, "http://127.0.0.1:9000/b", true)
    };
    assert!(local(&["127.0.0.1"]).is_err());
    assert!(local(&["127.0.0.1:8123"]).is_err());
    assert_eq!(local(&["127.0.0.1", "127.0.0.1:9000"]).unwrap(), "http://127.0.0.1:9000/b");
}

#[test]
fn refusals_name_no_path_and_no_query() {
    let error = fal(None).api("https://evil.example/secret/path?token=abc").unwrap_err().to_string();
    assert!(error.contains("evil.example") && !error.contains("secret") && !error.contains("abc"), "{error}");
}

#[test]
fn addresses_of_private_networks_are_known() {
    for text in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
    ] {
        assert!(private_v4(text.parse().unwrap()), "{text}");
    }
    for text in ["1.1.1.1", "172.32.0.1", "192.0.1.1", "192.88.98.1", "192.88.100.1", "198.17.255.255"] {
        assert!(!private_v4(text.parse().unwrap()), "{text}");
    }
    for text in [
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
        "2001:0:4136:e378::",
        "2001:2::1",
        "2001:20::1",
        "2001:1ff:ffff::",
        "2001:db8::1",
        "3fff::1",
        "3fff:fff::1",
    ] {
        assert!(private_v6(text.parse().unwrap()), "{text}");
    }
    for text in ["2606:4700::1111", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2001:db9::1", "3fff:1000::1"] {
        assert!(!private_v6(text.parse().unwrap()), "{text}");
    }
}
