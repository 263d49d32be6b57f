//! Room on the disk is asked for before anything is bought.

use std::fs;
use std::path::Path;

use recanvas::error::Class;
use recanvas::geometry::Margins;
use recanvas::geometry::Size;
use recanvas::providers::Call;
use recanvas::providers::CallState;
use recanvas::providers::Canvas;
use recanvas::providers::Ledger;
use recanvas::providers::SubmitRefusal;
use recanvas::providers::client::CancelSignal;
use recanvas::providers::client::UnmadeCall;
use rustix::fs::statvfs;

use crate::service::server::Server;
use crate::service::world::call;
use crate::service::world::ledger;
use crate::service::world::order;
use crate::service::world::quote;
use crate::service::world::run;
use crate::service::world::service;
use crate::service::world::submission;
use crate::service::world::usual;

/// Shares of the free room that a call needs, none so near to all of it that other programs could change what
/// follows.
const SHARES: [f64; 14] = [0.01, 0.02, 0.1, 0.2, 0.4, 0.6, 0.8, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 50.0];

fn free(folder: &Path) -> f64 {
    let found = statvfs(folder).unwrap();
    (found.f_bavail * found.f_frsize) as f64
}

/// A call whose result may take so many bytes.
fn call_for(source: &str, bytes: f64) -> Call {
    let side = 1000;
    // Nine bytes a pixel, and some MiB of all else.
    let height = ((bytes / 9.0 / f64::from(side)) as u32).max(1);
    let margins = Margins { left: 0, top: 0, right: 0, bottom: height };
    let canvas = Canvas { sent: Size::new(side, 1), margins, needed: margins, ..call("a").canvas };
    Call { canvas, ..call(source) }
}

#[test]
fn nothing_is_submitted_whose_result_would_not_fit_on_the_disk() {
    let server = Server::start(usual(1));
    let service = service(&server);
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path(), "r1");
    let (mut made, mut refused) = (0, 0);
    for (index, share) in SHARES.into_iter().enumerate() {
        let call = call_for(&index.to_string(), free(folder.path()) * share);
        let stop = CancelSignal::default();
        let order = order(ledger.clone(), &call, &stop);
        let end = run(service.make(&order, || async { Ok(submission(3)) }));
        if share < 1.0 {
            let end = end.unwrap_or_else(|unmade| panic!("{share}: {unmade}"));
            service.judged(end.cached.key, true);
            made += 1;
        } else {
            let unmade = end.expect_err("there is no room");
            let UnmadeCall::Refused(SubmitRefusal::NoRoom { free, needed }) = unmade else {
                panic!("{share}: {unmade:?}")
            };
            assert!(free < needed, "{share}: {free} {needed}");
            assert_eq!(unmade.failure().class, Class::DiskFull);
            refused += 1;
        }
        assert_eq!(server.count("/submit"), made, "{share}");
    }
    assert_eq!((made, refused), (7, 7));
    // Nothing is recorded of those, and each job that was taken is.
    let manifest = fs::read_to_string(folder.path().join("manifest.jsonl")).unwrap();
    let records = |kind: &str| manifest.matches(&format!("\"{kind}\"")).count();
    assert_eq!((records("call_intent"), records("call_submitted"), records("call_finished")), (7, 7, 7));
}

#[test]
fn calls_in_flight_keep_the_room_that_they_may_need() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path(), "r1");
    let half = free(folder.path()) * 0.6;
    let begin = |source: &str| {
        let CallState::New(turn) = ledger.state_of(&call_for(source, half)).unwrap() else { panic!("it is new") };
        ledger.intend(turn, &quote())
    };
    let first = begin("a").unwrap();
    assert!(matches!(begin("b"), Err(SubmitRefusal::NoRoom { .. })), "the other half is not there");
    // Ended, it needs none.
    ledger.failed(first, &recanvas::error::Failure::new(Class::Rejected, "no"), None).unwrap();
    drop(begin("b").unwrap());
}
