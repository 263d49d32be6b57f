//! Where bytes come from and go to, through the public API.

mod discovery;
mod inbox;
mod outbox;
mod swapped;
mod template;

use std::ops::ControlFlow;
use std::path::Path;

use recanvas::digest::Digest;
use recanvas::error::Failure;
use recanvas::storage::Ignored;
use recanvas::storage::Inbox;
use recanvas::storage::IsKnown;
use recanvas::storage::Mtime;
use recanvas::storage::Selection;
use recanvas::storage::SourceFile;
use recanvas::storage::SourceStore;

/// Says what is in a folder: its sources in the order of their paths, and everything else.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    sources: Vec<SourceFile>,
    ignored: Ignored,
}

fn list(root: &Path, follow_links: bool, selection: &Selection, known: &IsKnown<'_>) -> Result<Found, Failure> {
    let mut sources = Vec::new();
    let ignored = Inbox::open(root, follow_links)?.list(selection, known, &mut |part| {
        sources.extend(part);
        ControlFlow::Continue(())
    })?;
    Ok(Found { sources, ignored })
}

#[test]
fn a_digest_is_the_start_of_a_blake3_hash() {
    // The first half of the test vector for no input.
    assert_eq!(Digest::of(b"").to_string(), "af1349b9f5f9a1a6a0404dea36dcc949");
    assert_eq!(Digest::of_reader(&b"abc"[..]).unwrap(), Digest::of(b"abc"));
    let digest = Digest::of(b"abc");
    assert_eq!(digest.to_string().parse(), Ok(digest));
    assert_eq!(serde_json::to_string(&digest).unwrap(), format!("\"{digest}\""));
    let tails = [
        "",
        "af1349b9f5f9a1a6a0404dea36dcc94",
        "af1349b9f5f9a1a6a0404dea36dcc949a",
        "gf1349b9f5f9a1a6a0404dea36dcc949",
    ];
    assert!(tails.iter().all(|text| text.parse::<Digest>().is_err()));
}

#[test]
fn a_time_keeps_its_nanoseconds() {
    for (time, text) in [
        (Mtime { seconds: 1_700_000_000, nanos: 5 }, "1700000000.000000005"),
        (Mtime { seconds: -1, nanos: 999_999_999 }, "-1.999999999"),
        (Mtime { seconds: i64::MIN, nanos: 0 }, "-9223372036854775808.000000000"),
    ] {
        assert_eq!(time.to_string(), text);
        assert_eq!(text.parse(), Ok(time));
    }
    assert!(
        ["1", "1.5", "1.+00000001", ".000000000", "1.0000000000"].iter().all(|text| text.parse::<Mtime>().is_err())
    );
}
