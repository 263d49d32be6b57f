//! Many at once.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::contract_server::client::read_reply;
use crate::contract_server::talk::talk_by;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::VirtualClock;

#[test]
fn three_hundred_connections_are_open_at_once() {
    let server = Contract::start(Provider::Runflow, Script::default());
    let address = server.endpoint().trim_start_matches("http://");
    let streams: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(address).unwrap()).collect();
    for round in 0..2 {
        for mut stream in &streams {
            let head = format!(
                "GET /v1/billing/balance HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
                server.key()
            );
            stream.write_all(head.as_bytes()).unwrap();
        }
        for stream in &streams {
            assert_eq!(read_reply(stream).unwrap().status, 200, "round {round}");
        }
    }
    assert_eq!(server.requests().len(), 600);
    let dropped = Instant::now();
    drop(server);
    assert!(dropped.elapsed() < Duration::from_secs(2), "it stops at once");
    assert!(streams.iter().all(|stream| read_reply(stream).is_err()));
}

#[test]
fn jobs_in_flight_complete_after_their_latency() {
    let (clock, latency) = (VirtualClock::default(), Duration::from_secs(120));
    let script = Script::default().clock(clock.clone()).latency(latency).lean();
    let server = Contract::start(Provider::Fal, script);
    let count = 256;
    thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| {
                let ended = talk_by(&server, &clock);
                assert!(ended.result.is_ok(), "{ended:?}");
            });
        }
    });
    let paid = server.paid();
    assert_eq!((paid.len(), server.paid_twice()), (count, count - 1));
    assert!(paid.iter().all(|paid| paid.is_delivered));
    assert!(server.most_in_flight() > count / 2, "{}", server.most_in_flight());
    assert!(server.requests().iter().all(|request| request.body.len() <= 4096));
    assert_eq!(server.violations(), [""; 0]);
}
