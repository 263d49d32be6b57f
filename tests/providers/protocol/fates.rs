//! The table of retries, cell by cell where money hangs on it.

use recanvas::providers::client::Fate;
use recanvas::providers::client::Outcome;
use recanvas::providers::client::Stage;
use recanvas::providers::client::Trouble;

#[test]
fn a_submit_is_repeated_only_where_it_surely_was_not_accepted() {
    let again: Vec<Trouble> =
        Trouble::ALL.into_iter().filter(|trouble| !matches!(Stage::Submit.fate(*trouble), Fate::End(_))).collect();
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
        assert_eq!(Stage::Submit.fate(trouble), Fate::End(Outcome::Unknown), "{trouble:?}");
    }
}

#[test]
fn after_acceptance_a_fault_never_settles_the_job() {
    for stage in [Stage::Poll, Stage::Result, Stage::Download] {
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
    for stage in Stage::ALL {
        for (trouble, outcome) in [
            (Trouble::Rejected, Outcome::Rejected),
            (Trouble::BadInput, Outcome::BadInput),
            (Trouble::Quota, Outcome::Quota),
            (Trouble::Auth, Outcome::Auth),
        ] {
            assert_eq!(stage.fate(trouble), Fate::End(outcome));
        }
    }
}

#[test]
fn an_address_at_which_nobody_takes_calls_stops_the_provider() {
    for stage in [Stage::Upload, Stage::Submit, Stage::Test] {
        let ends = |trouble| match stage.fate(trouble) {
            Fate::End(outcome) => outcome,
            _ => stage.exhausted(trouble),
        };
        for trouble in [Trouble::Gone, Trouble::Redirect] {
            assert_eq!(ends(trouble), Outcome::WrongAddress, "{stage:?} {trouble:?}");
        }
        assert_eq!(ends(Trouble::Refused), Outcome::Refused);
    }
    let stops: Vec<Outcome> =
        [Outcome::WrongAddress, Outcome::Quota, Outcome::Auth, Outcome::Refused, Outcome::BadInput, Outcome::Failed]
            .into_iter()
            .filter(|outcome| outcome.stops_provider())
            .collect();
    assert_eq!(stops, [Outcome::WrongAddress, Outcome::Quota, Outcome::Auth]);
}

#[test]
fn what_is_no_picture_yet_is_waited_for_like_what_is_not_there_yet() {
    for trouble in [Trouble::NotPicture, Trouble::Empty] {
        assert_eq!(Stage::Download.fate(trouble), Stage::Download.fate(Trouble::Gone));
        assert_eq!(Stage::Download.exhausted(trouble), Outcome::BadOutput);
    }
}

#[test]
fn an_upload_begins_anew_when_its_address_is_over() {
    assert_eq!(Stage::Upload.fate(Trouble::Expired), Fate::Restart);
    assert_eq!(Stage::Upload.fate(Trouble::Gone), Fate::Restart);
    assert_eq!(Stage::Upload.fate(Trouble::Refused), Fate::End(Outcome::Refused));
    assert_eq!(Stage::Upload.fate(Trouble::Timeout), Fate::Again);
    assert_eq!(Stage::Download.fate(Trouble::Expired), Fate::FreshAddress);
}

#[test]
fn a_plain_answer_that_nothing_is_there_is_told_from_a_fault_that_passes() {
    for stage in [Stage::Poll, Stage::Result, Stage::Download] {
        for trouble in [Trouble::Gone, Trouble::Expired, Trouble::Refused, Trouble::Redirect] {
            assert_eq!(stage.exhausted(trouble), Outcome::Gone, "{stage:?} {trouble:?}");
        }
        let passing = [Trouble::NeverSent, Trouble::Timeout, Trouble::Reset, Trouble::ServerError];
        for trouble in passing.into_iter().chain([Trouble::RateLimited, Trouble::Busy]) {
            assert_eq!(stage.exhausted(trouble), Outcome::Unfinished, "{stage:?} {trouble:?}");
        }
    }
    assert!(!Outcome::Gone.settles());
}
