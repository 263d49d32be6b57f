//! Every fault with every provider: the right end, and never a second payment.

use std::time::Duration;

use crate::contract_server::talk::talk;
use crate::contract_server::talk::verdict;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Point;
use testkit::faults::named;

/// How a conversation with this fault ends, and how much of it is paid.
fn expected(name: &str, provider: Provider) -> (&'static str, usize) {
    use Provider as P;
    let is_latent = matches!(provider, P::Modelslab | P::Stablediffusionapi);
    match name {
        "submit-401" => ("auth", 0),
        "submit-no-credit" => ("quota", 0),
        "submit-moderated" => ("rejected", 0),
        // Without HTTP codes a wrong request is told from a failed one by known words alone.
        "submit-bad-input" if is_latent => ("failed", 0),
        "submit-unfetched" if provider == P::Stablediffusionapi => ("failed", 0),
        // A status alone may be the address's; three different pictures tell.
        "submit-bad-input" | "submit-unfetched" if matches!(provider, P::Pixeldojo | P::Runflow) => ("refused", 0),
        "submit-bad-input" | "submit-unfetched" => ("bad_input", 0),
        // A client that follows a 302 asks elsewhere by GET, so the first place may have accepted.
        "submit-redirect" => ("unknown", 0),
        "submit-redirect-307" => ("wrong_address", 0),
        "submit-500" | "submit-html" | "submit-unread" => ("unknown", 0),
        "submit-lost" | "submit-silent" | "submit-truncated" => ("unknown", 1),
        "submit-502-accepted" | "submit-html-accepted" => ("unknown", 1),
        "poll-404-always" => ("gone", 1),
        "never" => ("unfinished", 1),
        "poll-401" => ("auth", 1),
        "refused" => ("rejected", 1),
        // The queue shows every failure as a refused result.
        "failed" | "failed-object" | "canceled" | "cancelled" if provider == P::Fal => ("bad_input", 1),
        "failed" | "failed-object" | "canceled" | "cancelled" => ("failed", 1),
        // It documents no flag.
        "nsfw" if provider == P::Pixeldojo => ("done", 1),
        "nsfw" => ("rejected", 1),
        "no-picture" | "black" | "smaller-20" | "unrelated" | "video" => ("bad_output", 1),
        _ => ("done", 1),
    }
}

fn all_faults(provider: Provider) {
    for (name, fault, when) in named() {
        let server = Contract::start(provider, Script::default().fault(fault, when));
        let ended = talk(&server, None);
        let what = format!("{} {name}: {ended:?}", provider.name());
        let what = what.chars().take(600).collect::<String>();
        assert_eq!((verdict(&server, &ended), server.paid().len()), expected(name, provider), "{what}");
        assert_eq!(server.violations(), [""; 0], "{what}");
        // Whatever was or may have been accepted stays on record until its end is known.
        if let Err(failed) = &ended.result {
            let is_open =
                ["unknown", "unfinished", "gone", "auth"].contains(&failed.outcome.word()) && name != "submit-401";
            assert_eq!(failed.open, is_open, "{what}");
        }
        let refused = ["submit-429", "submit-503"].iter().any(|start| name.starts_with(start));
        assert_eq!(ended.submits, if refused { 2 } else { 1 }, "{what}");
        let is_told = match name {
            "submit-429-seconds" | "submit-429-date" => true,
            "submit-429-body" => matches!(provider, Provider::Modelslab | Provider::Stablediffusionapi),
            _ => false,
        };
        if is_told {
            // A date has whole seconds.
            let told = Duration::from_secs(1)..=Duration::from_secs(3);
            assert!(ended.waited.len() == 1 && told.contains(&ended.waited[0]), "{what}");
        }
    }
}

#[test]
fn fal_with_every_fault() {
    all_faults(Provider::Fal);
}

#[test]
fn pixeldojo_with_every_fault() {
    all_faults(Provider::Pixeldojo);
}

#[test]
fn runflow_with_every_fault() {
    all_faults(Provider::Runflow);
}

#[test]
fn modelslab_with_every_fault() {
    all_faults(Provider::Modelslab);
}

#[test]
fn stablediffusionapi_with_every_fault() {
    all_faults(Provider::Stablediffusionapi);
}

#[test]
fn every_point_of_a_fault_is_reached() {
    for (name, point) in [("put-403", Point::Put), ("upload-503", Point::Upload)] {
        let (fault, when) = testkit::faults::fault(name).expect("it is named");
        let server = Contract::start(Provider::Runflow, Script::default().fault(fault, when));
        assert!(talk(&server, None).result.is_ok());
        assert!(server.count(point) > 1, "{name}");
    }
}
