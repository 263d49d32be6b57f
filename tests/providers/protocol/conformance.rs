//! What every provider must do, whatever its descriptor says: each one's own success, with
//! faults put into it.

use std::sync::Arc;
use std::time::Duration;

use recanvas::providers::Descriptor;
use recanvas::providers::ProviderTable;
use recanvas::providers::client::CallEnd;
use recanvas::providers::client::NoReply;
use recanvas::providers::client::PauseReason;
use recanvas::providers::client::RequestPurpose;
use recanvas::providers::client::Trouble;
use serde_json::Value;
use serde_json::json;

use crate::protocol::world::Case;
use crate::protocol::world::Life;
use crate::protocol::world::RESULT;
use crate::protocol::world::Scripted;
use crate::protocol::world::Turn;
use crate::protocol::world::Want;
use crate::protocol::world::case;
use crate::protocol::world::resume;
use crate::protocol::world::start;

fn each(test: impl Fn(&Arc<Descriptor>, &Case)) {
    let registry = ProviderTable::built_in();
    assert!(registry.iter().count() >= 9);
    for entry in registry.iter() {
        test(&entry.descriptor, &case(&entry.descriptor.provider, "success"));
    }
}

fn stage_of(turn: &Turn) -> &str {
    turn.send["stage"].as_str().unwrap()
}

fn first(case: &Case, stage: &str) -> Option<usize> {
    case.turns.iter().position(|turn| stage_of(turn) == stage)
}

fn life(descriptor: &Arc<Descriptor>, case: &Case) -> Life {
    Life::new(start(descriptor, case).unwrap())
}

/// Lives through the success with `extra` answers put in before turn `index` is answered.
fn with(descriptor: &Arc<Descriptor>, case: &Case, index: usize, extra: &[Scripted]) -> Life {
    let mut turns = case.turns.clone();
    for (offset, reply) in extra.iter().enumerate() {
        turns.insert(index + offset, Turn { send: case.turns[index].send.clone(), reply: reply.clone() });
    }
    let mut life = life(descriptor, case);
    life.talk(&descriptor.provider, &turns);
    life
}

fn is_done(life: &mut Life, what: &str) {
    match life.want() {
        Want::Done(bytes) => assert_eq!(bytes, RESULT, "{what}"),
        other => panic!("{what}: {other:?}"),
    }
    assert!(life.submits <= 1, "{what}: submitted {} times", life.submits);
}

#[test]
fn a_lost_reply_to_the_submit_is_unknown_and_never_sent_again() {
    each(|descriptor, case| {
        let at = first(case, "submit").unwrap();
        let lost = [
            Scripted::broke("timeout"),
            Scripted::broke("reset"),
            Scripted::broke("too_large"),
            Scripted::json(500, json!({})),
            Scripted::json(502, json!({})),
            Scripted::text(504, "<html>gateway</html>"),
            Scripted::text(200, "<html>hello</html>"),
            Scripted::json(200, json!({"ok": true})),
            Scripted::text(204, ""),
        ];
        for reply in lost {
            let mut life = life(descriptor, case);
            life.talk(&descriptor.provider, &case.turns[..at]);
            life.send(RequestPurpose::Submit);
            reply.play(&mut life.machine);
            for _ in 0..3 {
                let failed = life.failed();
                assert_eq!(
                    (failed.outcome, failed.open),
                    (CallEnd::Unknown, true),
                    "{}: {reply:?}",
                    descriptor.provider
                );
            }
            assert_eq!(life.submits, 1);
            assert!(life.jobs.is_empty());
        }
    });
}

#[test]
fn asking_again_while_the_submit_is_out_does_not_send_it_again() {
    each(|descriptor, case| {
        let mut life = life(descriptor, case);
        life.talk(&descriptor.provider, &case.turns[..first(case, "submit").unwrap()]);
        life.send(RequestPurpose::Submit);
        assert_eq!(life.failed().outcome, CallEnd::Unknown);
    });
}

#[test]
fn a_submit_that_surely_was_not_accepted_is_sent_again() {
    each(|descriptor, case| {
        let at = first(case, "submit").unwrap();
        let refused = [
            Scripted::broke("never_sent"),
            Scripted::text(429, ""),
            Scripted::text(429, "").header("Retry-After", "7"),
            Scripted::text(429, "").header("Retry-After", "Sat, 21 Nov 2026 12:00:30 GMT"),
        ];
        let mut life = life(descriptor, case);
        life.talk(&descriptor.provider, &case.turns[..at]);
        for reply in &refused {
            life.send(RequestPurpose::Submit);
            reply.play(&mut life.machine);
        }
        life.send(RequestPurpose::Submit);
        let waited: Vec<(Duration, PauseReason)> =
            life.pauses.iter().map(|pause| (pause.length, pause.reason)).collect();
        assert_eq!(waited.len(), 4);
        assert_eq!(waited[0].1, PauseReason::Trouble(Trouble::NeverSent));
        assert!(waited[0].0 <= Duration::from_secs(1) && waited[1].0 <= Duration::from_secs(2));
        assert_eq!(waited[2], (Duration::from_secs(7), PauseReason::Asked(Trouble::RateLimited)));
        assert_eq!(waited[3], (Duration::from_secs(30), PauseReason::Asked(Trouble::RateLimited)));
    });
}

#[test]
fn submits_that_are_never_sent_are_repeated_a_limited_number_of_times() {
    each(|descriptor, case| {
        let mut life = life(descriptor, case);
        life.talk(&descriptor.provider, &case.turns[..first(case, "submit").unwrap()]);
        let failed = loop {
            match life.want() {
                Want::Send(request) => {
                    assert_eq!(request.stage, RequestPurpose::Submit);
                    life.machine.broke(NoReply::NeverSent);
                }
                Want::Failed(failed) => break failed,
                Want::Done(_) => panic!("done with nothing"),
            }
        };
        assert_eq!((failed.outcome, failed.open), (CallEnd::Transient, false));
        assert!((3..20).contains(&life.submits), "{} tries", life.submits);
    });
}

#[test]
fn keys_and_credit_end_the_submit_at_once() {
    each(|descriptor, case| {
        for (status, outcome) in [(401, CallEnd::Auth), (402, CallEnd::Quota), (404, CallEnd::WrongAddress)] {
            let mut life = life(descriptor, case);
            life.talk(&descriptor.provider, &case.turns[..first(case, "submit").unwrap()]);
            life.send(RequestPurpose::Submit);
            Scripted::text(status, "").play(&mut life.machine);
            let failed = life.failed();
            assert_eq!((failed.outcome, failed.open), (outcome, false), "{} {status}", descriptor.provider);
        }
    });
}

#[test]
fn a_running_job_outlives_every_fault_of_its_polls() {
    each(|descriptor, case| {
        let (Some(at), Some(poll)) = (first(case, "poll"), &descriptor.poll) else { return };
        let mut unknown = json!({});
        set(&mut unknown, &poll.status, "flabbergasted".into());
        let faults = [
            Scripted::json(200, unknown),
            Scripted::json(500, json!({"detail": "x"})),
            Scripted::text(502, "<html>"),
            Scripted::text(200, "<html>hello</html>"),
            Scripted::broke("timeout"),
            Scripted::broke("never_sent"),
            Scripted::text(429, "").header("Retry-After", "9"),
            Scripted::text(429, ""),
            Scripted::json(404, json!({})),
            Scripted::json(200, json!({})),
        ];
        let mut life = with(descriptor, case, at, &faults);
        is_done(&mut life, &descriptor.provider);
        let every = Duration::from_secs_f64(poll.every);
        assert!(life.pauses.iter().all(|pause| pause.length >= every || pause.length.is_zero()), "{:?}", life.pauses);
    });
}

#[test]
fn a_job_without_end_is_left_for_the_next_run() {
    each(|descriptor, case| {
        let Some(poll) = &descriptor.poll else { return };
        let at = first(case, "submit").unwrap();
        let mut life = life(descriptor, case);
        let mut turns = case.turns[..=at].to_vec();
        if first(case, "poll").is_none() {
            turns[at].reply = Scripted::json(200, json!({"status": "processing", "id": 663, "eta": 1e300}));
        }
        life.talk(&descriptor.provider, &turns);
        let failed = loop {
            match life.want() {
                Want::Send(request) => {
                    assert_eq!(request.stage, RequestPurpose::Poll);
                    Scripted::json(200, json!({"eta": 10})).play(&mut life.machine);
                }
                Want::Failed(failed) => break failed,
                Want::Done(_) => panic!("done with nothing"),
            }
            assert!(life.pauses.len() < 5000);
        };
        assert_eq!((failed.outcome, failed.open), (CallEnd::Unfinished, true));
        assert!(life.now.as_secs_f64() >= poll.timeout);
        assert!(life.pauses.iter().all(|pause| pause.length.as_secs_f64() <= poll.max_eta.max(poll.every)));
    });
}

#[test]
fn an_accepted_job_is_found_again_after_a_stop() {
    each(|descriptor, case| {
        let (Some(submit), Some(poll)) = (first(case, "submit"), first(case, "poll")) else { return };
        let mut life = life(descriptor, case);
        life.talk(&descriptor.provider, &case.turns[..=submit]);
        let Want::Send(_) = life.want() else { panic!("it goes on") };
        let job = life.jobs.remove(0);
        let mut again = Life::new(resume(descriptor, job));
        // The caller's clock began long before.
        again.now = Duration::from_secs(1_000_000);
        again.talk(&descriptor.provider, &case.turns[poll..]);
        is_done(&mut again, &descriptor.provider);
        assert_eq!(again.submits, 0);
    });
}

#[test]
fn an_expired_link_is_asked_for_anew() {
    each(|descriptor, case| {
        let (Some(poll), Some(download)) = (first(case, "poll"), first(case, "download")) else { return };
        let last_poll = case.turns.iter().rposition(|turn| stage_of(turn) == "poll").unwrap();
        assert!(poll <= last_poll && last_poll < download);
        let mut turns = case.turns.clone();
        turns[download].reply = Scripted::text(403, "<Code>AccessDenied</Code><Message>Request has expired</Message>");
        turns.extend(case.turns[last_poll..].iter().cloned());
        let mut life = life(descriptor, case);
        life.talk(&descriptor.provider, &turns);
        is_done(&mut life, &descriptor.provider);
        // A second one is left for the next run, if no other address is known.
        let mut life = self::life(descriptor, case);
        let end = turns.len() - 1;
        turns[end].reply = turns[download].reply.clone();
        life.talk(&descriptor.provider, &turns);
        if !matches!(descriptor.result.alternates.as_slice(), [_, ..]) {
            let failed = life.failed();
            assert_eq!((failed.outcome, failed.open), (CallEnd::Gone, true), "{}", descriptor.provider);
        }
    });
}

#[test]
fn downloads_survive_lags_breaks_and_redirects() {
    each(|descriptor, case| {
        let Some(at) = first(case, "download") else { return };
        let faults = [
            Scripted::text(404, "not yet"),
            Scripted::broke("reset"),
            Scripted::text(503, ""),
            Scripted::broke("timeout"),
        ];
        is_done(&mut with(descriptor, case, at, &faults), &descriptor.provider);

        let mut turns = case.turns.clone();
        turns[at].reply = Scripted::text(302, "").header("Location", "https://other.example/x.png");
        let moved = json!({"stage": "download", "method": "get", "url": "https://other.example/x.png", "key": false});
        turns.insert(at + 1, Turn { send: moved, reply: case.turns[at].reply.clone() });
        let mut life = life(descriptor, case);
        life.talk(&descriptor.provider, &turns);
        is_done(&mut life, &descriptor.provider);
    });
}

#[test]
fn a_download_that_is_no_picture_is_asked_for_anew_once() {
    each(|descriptor, case| {
        let mut life = life(descriptor, case);
        life.talk(&descriptor.provider, &case.turns);
        is_done(&mut life, &descriptor.provider);
        life.machine.spoiled("it is black");
        let failed = loop {
            match life.want() {
                Want::Failed(failed) => break failed,
                Want::Done(_) => life.machine.spoiled("it is black"),
                Want::Send(request) => {
                    assert_ne!(request.stage, RequestPurpose::Submit);
                    let word = request.stage.word();
                    let turn = case.turns.iter().rfind(|turn| stage_of(turn) == word);
                    let submit = || case.turns[first(case, "submit").unwrap()].clone();
                    turn.cloned().unwrap_or_else(submit).reply.play(&mut life.machine);
                }
            }
        };
        assert_eq!((failed.outcome, failed.open), (CallEnd::BadOutput, false), "{}", descriptor.provider);
        assert!(failed.message.contains("it is black"));
        assert_eq!(life.submits, 1);
    });
}

#[test]
fn a_page_in_place_of_the_picture_is_a_bad_output() {
    each(|descriptor, case| {
        let Some(at) = first(case, "download") else { return };
        let mut life = life(descriptor, case);
        life.talk(&descriptor.provider, &case.turns[..at]);
        let failed = loop {
            match life.want() {
                Want::Failed(failed) => break failed,
                Want::Done(_) => panic!("a page is no picture"),
                Want::Send(request) if request.stage == RequestPurpose::Download => {
                    Scripted::text(200, " <!doctype html>").play(&mut life.machine);
                }
                Want::Send(request) => {
                    let turn = case.turns.iter().rfind(|turn| stage_of(turn) == request.stage.word());
                    let submit = || case.turns[first(case, "submit").unwrap()].clone();
                    turn.cloned().unwrap_or_else(submit).reply.play(&mut life.machine);
                }
            }
        };
        assert_eq!(failed.outcome, CallEnd::BadOutput, "{}", descriptor.provider);
    });
}

#[test]
fn the_key_goes_only_to_listed_hosts_and_never_with_a_download() {
    each(|descriptor, case| {
        for turn in &case.turns {
            let url = turn.send["url"].as_str().unwrap();
            let listed = descriptor.hosts.iter().any(|host| {
                url.split('/').nth(2).is_some_and(|name| {
                    name.split(':').next() == Some(host)
                        || host.strip_prefix('*').is_some_and(|end| name.ends_with(end))
                })
            });
            let key = turn.send["key"] == true;
            assert!(!key || listed, "{}: {url}", descriptor.provider);
            assert!(!(key && stage_of(turn) == "download"));
            assert!(stage_of(turn) != "submit" || key == descriptor.key.is_some());
        }
    });
}

/// Sets what a pointer points at.
fn set(value: &mut Value, pointer: &str, to: Value) {
    let mut at = value;
    for step in pointer.split('/').skip(1) {
        at = &mut at[step];
    }
    *at = to;
}
