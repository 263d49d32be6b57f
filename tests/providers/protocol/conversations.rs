//! Every conversation of `fixtures/providers`, request by request.

use recanvas::providers::ProviderTable;
use serde_json::Value;

use crate::protocol::world::Life;
use crate::protocol::world::RESULT;
use crate::protocol::world::Want;
use crate::protocol::world::cases;
use crate::protocol::world::folder;
use crate::protocol::world::start;

#[test]
fn conversations_go_as_they_are_written() {
    for entry in ProviderTable::built_in().iter() {
        let name = &entry.descriptor.provider;
        for (title, case) in cases(name) {
            let title = format!("{name}/{title}");
            let mut life =
                Life::new(start(&entry.descriptor, &case).unwrap_or_else(|failed| panic!("{title}: {failed:?}")));
            life.talk(&title, &case.turns);
            match (life.want(), &case.ends) {
                (Want::Done(bytes), Value::String(word)) if word == "done" => assert_eq!(bytes, RESULT, "{title}"),
                (Want::Failed(failed), Value::Object(ends)) => {
                    assert_eq!(failed.outcome.word(), ends["outcome"], "{title}: {}", failed.message);
                    assert_eq!(Value::from(failed.open), ends["open"], "{title}");
                    let says = ends["says"].as_str().unwrap_or_default();
                    assert!(failed.message.contains(says), "{title}: {}", failed.message);
                }
                (want, ends) => panic!("{title}: ends as {want:?}, not as {ends}"),
            }
        }
    }
}

#[test]
fn every_provider_has_its_conversations_and_none_is_left_over() {
    let registry = ProviderTable::built_in();
    for entry in registry.iter() {
        let descriptor = &entry.descriptor;
        let titles: Vec<String> = cases(&descriptor.provider).into_iter().map(|(title, _)| title).collect();
        for needed in ["success", "rejected", "quota"] {
            let is_free = descriptor.key.is_none() && needed != "success";
            let has_it = titles.iter().any(|title| title == needed);
            assert!(has_it || is_free, "{} has no conversation `{needed}`", descriptor.provider);
        }
    }
    let root = folder("x").parent().unwrap().to_owned();
    for entry in std::fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(registry.get(&name).is_some(), "there are conversations with an unknown {name}");
    }
}
