//! Limiters, slots and empty accounts.

use std::time::Duration;

use crate::contract_server::client::get;
use crate::contract_server::client::json;
use crate::contract_server::talk::talk;
use crate::contract_server::talk::talk_by;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::VirtualClock;
use testkit::faults::Fate;
use testkit::faults::Fault;
use testkit::faults::Point;
use testkit::faults::When;

#[test]
fn polls_count_against_the_rate() {
    let clock = VirtualClock::default();
    let script = Script::default().clock(clock.clone()).rate(4, Duration::from_secs(30));
    let script = script.fault(Fault::Job(Fate::AfterPolls(9)), When::Always);
    let server = Contract::start(Provider::Pixeldojo, script);
    let ended = talk_by(&server, &clock);
    assert!(ended.result.is_ok(), "{ended:?}");
    assert!(server.limited() > 0);
    let refused = server.requests().into_iter().filter(|request| request.status == 429).count();
    assert_eq!(refused, server.limited());
    assert!(ended.waited.iter().all(|pause| *pause <= Duration::from_secs(60)));
    assert_eq!(server.paid().len(), 1);
}

#[test]
fn slots_are_taken_until_a_job_is_over() {
    let script = Script::default().slots(1).fault(Fault::Job(Fate::Never), When::Nth(1));
    let server = Contract::start(Provider::Modelslab, script);
    assert_eq!(talk(&server, None).result.unwrap_err().outcome.word(), "unfinished");
    let ended = talk(&server, None);
    assert_eq!(ended.result.unwrap_err().outcome.word(), "rate_limited");
    // What is named is the least.
    let pauses = Duration::from_secs(1)..=Duration::from_secs(60);
    assert!(ended.waited.iter().all(|pause| pauses.contains(pause)), "{:?}", ended.waited);
    assert_eq!((server.paid().len(), server.most_in_flight()), (1, 1));
}

#[test]
fn submits_without_credits_are_refused() {
    for provider in Provider::ALL {
        let server = Contract::start(provider, Script::default().credits(1));
        assert!(talk(&server, None).result.is_ok());
        assert_eq!(talk(&server, None).result.unwrap_err().outcome.word(), "quota");
        assert_eq!(server.paid().len(), 1);
    }
}

#[test]
fn a_job_takes_its_latency_and_little_more() {
    let (clock, latency) = (VirtualClock::default(), Duration::from_secs(45));
    let server = Contract::start(Provider::Runflow, Script::default().clock(clock.clone()).latency(latency));
    let ended = talk_by(&server, &clock);
    assert!(ended.result.is_ok(), "{ended:?}");
    let requests = server.requests();
    let last_poll = requests.iter().rfind(|request| request.point == Point::Poll).unwrap();
    let took = last_poll.at - server.paid()[0].at;
    assert!((latency..latency + Duration::from_secs(15)).contains(&took), "{took:?}");
}

#[test]
fn a_key_s_test_is_free() {
    for (provider, path) in
        [(Provider::Runflow, "v1/billing/balance"), (Provider::Pixeldojo, "api/v1/models/outpaint/schema")]
    {
        let server = Contract::start(provider, Script::default().key("another-key"));
        let url = format!("{}/{path}", server.endpoint());
        let good = get(&url, &[("Authorization", "Bearer another-key")]);
        assert!(good.status == 200 && json(&good).is_object());
        assert_eq!(get(&url, &[("Authorization", "Bearer wrong")]).status, 401);
        assert!(server.paid().is_empty());
    }
}
