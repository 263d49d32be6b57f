//! The table of retries, cell by cell where money hangs on it.

use recanvas::providers::client::CallEnd;
use recanvas::providers::client::Fate;
use recanvas::providers::client::RequestPurpose;
use recanvas::providers::client::Trouble;

#[test]
fn a_submit_is_repeated_only_where_it_surely_was_not_accepted() {
    let again: Vec<Trouble> = Trouble::ALL
        .into_iter()
        .filter(|trouble| !matches!(RequestPurpose::Submit.fate(*trouble), Fate::End(_)))
        .collect();
    assert_eq!(again, [Trouble::NeverSent, Trouble::RateLimited, Trouble::Busy]);
    for trouble in [
        Trouble::Timeout,
        Trouble::Reset,
        Trouble::TooLarge,
        Trouble::ServerError,
        Trouble::Unintelligible,
        Trouble::Running,
        Trouble::Empty,
        Trouble::NotPicture,
    ] {
        assert_eq!(RequestPurpose::Submit.fate(trouble), Fate::End(CallEnd::Unknown), "{trouble:?}");
    }
}

#[test]
fn after_acceptance_a_fault_never_settles_the_job() {
    for stage in [RequestPurpose::Poll, RequestPurpose::Result, RequestPurpose::Download] {
        for trouble in
            [Trouble::NeverSent, Trouble::Timeout, Trouble::Reset, Trouble::ServerError, Trouble::RateLimited]
        {
            assert!(!matches!(stage.fate(trouble), Fate::End(_)), "{stage:?} {trouble:?}");
            assert!(!stage.exhausted(trouble).settles(), "{stage:?} {trouble:?}");
        }
    }
}

#[test]
fn refusals_are_never_repeated_at_any_stage() {
    for stage in RequestPurpose::ALL {
        for (trouble, outcome) in [
            (Trouble::Rejected, CallEnd::Rejected),
            (Trouble::BadInput, CallEnd::BadInput),
            (Trouble::Quota, CallEnd::Quota),
            (Trouble::Auth, CallEnd::Auth),
        ] {
            assert_eq!(stage.fate(trouble), Fate::End(outcome));
        }
    }
}

#[test]
fn an_address_that_takes_no_calls_stops_the_provider() {
    for stage in [RequestPurpose::Upload, RequestPurpose::Submit, RequestPurpose::Test] {
        let ends = |trouble| match stage.fate(trouble) {
            Fate::End(outcome) => outcome,
            _ => stage.exhausted(trouble),
        };
        for trouble in [Trouble::Gone, Trouble::Redirect] {
            assert_eq!(ends(trouble), CallEnd::WrongAddress, "{stage:?} {trouble:?}");
        }
        assert_eq!(ends(Trouble::Refused), CallEnd::Refused);
    }
    let stops: Vec<CallEnd> =
        [CallEnd::WrongAddress, CallEnd::Quota, CallEnd::Auth, CallEnd::Refused, CallEnd::BadInput, CallEnd::Failed]
            .into_iter()
            .filter(|outcome| outcome.stops_provider())
            .collect();
    assert_eq!(stops, [CallEnd::WrongAddress, CallEnd::Quota, CallEnd::Auth]);
}

#[test]
fn downloads_that_are_no_picture_have_the_fate_of_missing_ones() {
    for trouble in [Trouble::NotPicture, Trouble::Empty] {
        assert_eq!(RequestPurpose::Download.fate(trouble), RequestPurpose::Download.fate(Trouble::Gone));
        assert_eq!(RequestPurpose::Download.exhausted(trouble), CallEnd::BadOutput);
    }
}

#[test]
fn an_upload_begins_anew_when_its_address_has_expired() {
    assert_eq!(RequestPurpose::Upload.fate(Trouble::Expired), Fate::Restart);
    assert_eq!(RequestPurpose::Upload.fate(Trouble::Gone), Fate::Restart);
    assert_eq!(RequestPurpose::Upload.fate(Trouble::Refused), Fate::End(CallEnd::Refused));
    assert_eq!(RequestPurpose::Upload.fate(Trouble::Timeout), Fate::Again);
    assert_eq!(RequestPurpose::Download.fate(Trouble::Expired), Fate::FreshAddress);
}

#[test]
fn a_permanent_absence_is_distinguished_from_a_transient_fault() {
    for stage in [RequestPurpose::Poll, RequestPurpose::Result, RequestPurpose::Download] {
        for trouble in [Trouble::Gone, Trouble::Expired, Trouble::Refused, Trouble::Redirect] {
            assert_eq!(stage.exhausted(trouble), CallEnd::Gone, "{stage:?} {trouble:?}");
        }
        let passing = [Trouble::NeverSent, Trouble::Timeout, Trouble::Reset, Trouble::ServerError];
        for trouble in passing.into_iter().chain([Trouble::RateLimited, Trouble::Busy]) {
            assert_eq!(stage.exhausted(trouble), CallEnd::Unfinished, "{stage:?} {trouble:?}");
        }
    }
    assert!(!CallEnd::Gone.settles());
}
