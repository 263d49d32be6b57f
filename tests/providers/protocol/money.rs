//! Whatever a provider says, an ambiguous submit is the last one.

use proptest::prelude::*;
use recanvas::providers::ProviderTable;
use recanvas::providers::Secrets;
use recanvas::providers::client::CallEnd;
use recanvas::providers::client::RequestPurpose;
use serde_json::Value;
use serde_json::json;

use crate::protocol::world::Life;
use crate::protocol::world::Scripted;
use crate::protocol::world::Want;
use crate::protocol::world::case;
use crate::protocol::world::provider;
use crate::protocol::world::start;

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just("success"),
        Just("processing"),
        Just("error"),
        Just("failed"),
        Just("COMPLETED"),
        Just("completed"),
        Just("succeeded"),
        Just("Ready"),
        Just("https://pixeldojo.ai/api/v1/jobs/1"),
        Just("https://evil.example/x"),
        Just("data:image/png;base64,AAAA"),
        Just("rate limit"),
        Just("queue"),
        Just("credit"),
        Just("../x"),
        Just(""),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let keys = prop_oneof![
        Just("status"),
        Just("status_code"),
        Just("id"),
        Just("jobId"),
        Just("request_id"),
        Just("output"),
        Just("images"),
        Just("url"),
        Just("detail"),
        Just("message"),
        Just("eta"),
        Just("fetch_result"),
        Just("status_url"),
        Just("statusUrl"),
        Just("response_url"),
        Just("error"),
        Just("retry_after"),
        Just("polling_url"),
        Just("result"),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(keys.clone(), inner, 0..6)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

fn any_reply() -> impl Strategy<Value = Scripted> {
    let status = prop_oneof![
        Just(200_u16),
        Just(200),
        Just(201),
        Just(202),
        Just(302),
        Just(400),
        Just(429),
        Just(503),
        100..600_u16
    ];
    let header = prop_oneof![Just("Retry-After"), Just("Location"), Just("X-RateLimit-Reset"), Just("X-Fal-Retryable")];
    let reply = (status, any_json(), prop::collection::btree_map(header, ".{0,30}", 0..2)).prop_map(
        |(status, json, headers)| {
            let headers = headers.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect();
            Scripted { status, json: Some(json), headers, ..Scripted::default() }
        },
    );
    let text = (100..600_u16, ".{0,60}").prop_map(|(status, text)| Scripted::text(status, &text));
    let broke =
        prop_oneof![Just("never_sent"), Just("timeout"), Just("reset"), Just("too_large")].prop_map(Scripted::broke);
    prop_oneof![6 => reply, 1 => text, 1 => broke]
}

/// Whether a submit that got this may be sent again.
fn surely_not_accepted(name: &str, reply: &Scripted) -> bool {
    let listed = provider(name).errors.iter().any(|rule| rule.not_accepted);
    match reply.broke.as_deref() {
        Some(how) => how == "never_sent",
        None => reply.status == 429 || (listed && (reply.status >= 400 || !has_handle(name, reply))),
    }
}

fn has_handle(name: &str, reply: &Scripted) -> bool {
    let pointers = &provider(name).submit.capture["job"];
    let json = reply.json.clone().unwrap_or_default();
    pointers.iter().any(|pointer| match json.pointer(pointer) {
        Some(Value::String(text)) => text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !text.is_empty(),
        Some(Value::Number(_)) => true,
        _ => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_reply_makes_it_panic_or_pay_twice(
        which in 0..9_usize,
        replies in prop::collection::vec(any_reply(), 1..25),
    ) {
        let registry = ProviderTable::built_in();
        let descriptor = registry.iter().nth(which).unwrap().descriptor.clone();
        let name = descriptor.provider.as_str();
        let mut life = Life::new(start(&descriptor, &case(name, "success")).unwrap());
        let mut may_submit = true;
        for reply in &replies {
            let Want::Send(request) = life.want() else { return Ok(()) };
            if request.carries_key {
                let host = request.url.split('/').nth(2).unwrap().to_owned();
                let listed = descriptor.hosts.iter().any(|known| {
                    host == *known || known.strip_prefix('*').is_some_and(|end| host.ends_with(end))
                });
                prop_assert!(listed, "the key goes to {host}");
            }
            if request.stage == RequestPurpose::Submit {
                prop_assert!(may_submit, "{name}: submitted after an ambiguous reply");
                may_submit = surely_not_accepted(name, reply);

            }
            reply.play(&mut life.machine);
        }
    }
}

#[test]
fn a_handle_leads_nowhere_but_to_its_own_address() {
    for (id, path) in [
        ("../balance", "..%2Fbalance"),
        ("a/b", "a%2Fb"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("a b", "a%20b"),
        ("a%2fb", "a%252fb"),
    ] {
        let descriptor = provider("runflow");
        let script = case("runflow", "success");
        let mut life = Life::new(start(&descriptor, &script).unwrap());
        life.talk("runflow", &script.turns[..3]);
        life.send(RequestPurpose::Submit);
        Scripted::json(201, json!({"id": id})).play(&mut life.machine);
        let request = life.send(RequestPurpose::Poll);
        assert_eq!(request.url, format!("https://api.runflow.io/v1/runs/{path}"), "{id}");
        assert_eq!(life.jobs[0].id, id, "kept as it was given");
    }
}

#[test]
fn an_address_of_another_host_gets_no_key_and_what_came_of_the_job_is_unknown() {
    let descriptor = provider("pixeldojo");
    let script = case("pixeldojo", "success");
    let mut life = Life::new(start(&descriptor, &script).unwrap());
    life.send(RequestPurpose::Submit);
    Scripted::json(202, json!({"jobId": "j", "statusUrl": "https://pixeldojo.ai.evil.example/j?token=s3"}))
        .play(&mut life.machine);
    let failed = life.failed();
    assert_eq!((failed.outcome, failed.open), (CallEnd::Unknown, true));
    assert!(failed.message.contains("add `pixeldojo.ai.evil.example` to `hosts`"), "{}", failed.message);
    assert!(!failed.message.contains("token"), "{}", failed.message);
    assert_eq!(life.jobs.len(), 1);
}

#[test]
fn messages_repeat_no_pictures_and_stay_short() {
    let descriptor = provider("fal");
    let mut life = Life::new(start(&descriptor, &case("fal", "success")).unwrap());
    life.send(RequestPurpose::Submit);
    let said = format!("bad data:image/png;base64,{} here\n{}", "QUJD".repeat(5000), "x".repeat(5000));
    Scripted::json(422, json!({"detail": said})).play(&mut life.machine);
    let message = life.failed().message;
    assert!(!message.contains("QUJD") && message.contains("base64,… here"), "{message}");
    // A key that the cut goes through would not be found any more.
    let key = "key-of-the-provider";
    let secrets = Secrets::new([key]);
    for before in 350..450 {
        let told = secrets.message(&format!("{}{key}{message}", "x".repeat(before)));
        assert!(told.chars().count() <= 401 && told.ends_with('…') && !told.contains("key-"), "{told}");
    }
}
