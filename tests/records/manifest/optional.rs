//! Kinds of records that this version does not know and may do without, and manifests of version 1.

use std::fs;
use std::path::Path;

use recanvas::manifest::HowMade;
use recanvas::manifest::Journal;
use recanvas::manifest::OpenError;
use recanvas::manifest::Record;
use recanvas::manifest::RecordError;
use recanvas::manifest::State;
use recanvas::manifest::has_runs;
use recanvas::pipeline::TaskKey;

use crate::manifest::done;
use crate::manifest::ended;
use crate::manifest::finished;
use crate::manifest::folder_with;
use crate::manifest::lines;
use crate::manifest::load;
use crate::manifest::proven;
use crate::manifest::source;
use crate::manifest::started;
use crate::manifest::told;
use crate::manifest::writing;

/// A line of a later program, of which this one knows nothing.
const LATER: &str = r#"{"kind":"verdict","source":"a.jpg","of":{"optional":false,"kind":"x"},"optional":true}"#;

/// What a state tells, but for where in the file it stands.
fn told_of(state: &State) -> Vec<String> {
    let without_place = |line: String| match line.split_once("end: Position(") {
        Some((before, after)) => format!("{before}{}", after.split_once(')').expect("an end").1),
        None => line,
    };
    told(state).into_iter().map(without_place).collect()
}

fn text(records: &[Record<'_>]) -> String {
    String::from_utf8(lines(records)).expect("text")
}

#[test]
fn an_optional_line_is_passed_over_by_every_reader_and_kept() {
    let records =
        [started("p"), source("a.jpg", b"bytes"), writing("a.jpg", "a.wide.jpg"), finished("a.jpg", "a.wide.jpg")];
    let plain = text(&records);
    let mut with: String = plain.lines().map(|line| format!("{line}\n{LATER}\n")).collect();
    let (folder, expected) = (folder_with(with.as_bytes()), told_of(&load(&folder_with(plain.as_bytes()))));
    assert_eq!(told_of(&load(&folder)), expected);
    assert!(has_runs(folder.path(), "p").expect("it can be read"));
    assert_eq!(HowMade::of_source(folder.path(), "p", Path::new("a.jpg")).len(), 1);
    let (journal, state) = Journal::open(folder.path(), "p").expect("it opens");
    assert_eq!(told_of(&state), expected);
    for record in [started("p"), finished("b.jpg", "b.wide.jpg")] {
        journal.append(&record).expect("it is written");
    }
    journal.close(ended()).expect("it is closed");
    with.push_str(&text(&[started("p"), finished("b.jpg", "b.wide.jpg")]));
    let after = fs::read_to_string(folder.path().join("manifest.jsonl")).expect("text");
    assert!(after.starts_with(&with), "what was there stays");
    assert_eq!((load(&folder).runs(), proven(&load(&folder))), (2, 1), "the first run was never ended");
    assert_eq!(after.matches(LATER).count(), records.len());
}

#[test]
fn a_line_is_damage_unless_it_says_that_it_is_optional() {
    let good = text(&[started("p"), finished("a.jpg", "a.wide.jpg")]);
    let begun = good.lines().next().expect("a line");
    let old = begun.replace("\"version\":2", "\"version\":1");
    assert_ne!(old, begun);
    let not_marked = LATER.replace("\"optional\":true", "\"optional\":false");
    let torn = &LATER[..LATER.len() - 1];
    for (text, line) in [
        (format!("{good}{not_marked}\n"), 3),
        (format!("{good}{}\n", LATER.replace(",\"optional\":true", "")), 3),
        (format!("{good}{}\n", LATER.replace("\"optional\":true", "\"optional\":1")), 3),
        (format!("{good}{torn}\n"), 3),
        // Before version 2 nothing was optional.
        (format!("{old}\n{LATER}\n"), 2),
        (format!("{good}{old}\n{LATER}\n"), 4),
    ] {
        let folder = folder_with(text.as_bytes());
        match State::load(folder.path(), "p") {
            Err(OpenError::Damaged { line: at, why }) => {
                assert_eq!((at, why.as_str()), (line, "unknown kind of record `verdict`"), "{text}");
            }
            other => panic!("{:?}: {text}", other.map(|_| ())),
        }
    }
    // Nothing comes before the first run.
    assert!(matches!(State::load(folder_with(LATER.as_bytes()).path(), "p"), Err(OpenError::Foreign { .. })));
    assert_eq!(Record::parse(LATER.as_bytes()), Err(RecordError::Optional("verdict".to_owned())));
}

#[test]
fn a_manifest_of_version_1_is_read_and_appended_to_in_version_2() {
    // As version 1 wrote it.
    let old = text(&[started("p"), writing("a.jpg", "a.wide.jpg"), finished("a.jpg", "a.wide.jpg")]);
    let old = old.replace("\"version\":2", "\"version\":1").replace("\"resolved\":", "\"fingerprint\":");
    let asked = old.split("\"asked\":").nth(1).expect("a digest").split(',').next().expect("a digest");
    let old = old.replace(&format!("\"asked\":{asked},"), "");
    let folder = folder_with(old.as_bytes());
    let first = done(&load(&folder), "a.jpg");
    assert_eq!((first.asked, load(&folder).source(Path::new("a.jpg"))), (None, None));
    let (journal, _) = Journal::open(folder.path(), "p").expect("it opens");
    for record in [started("p"), source("b.jpg", b"bytes"), finished("b.jpg", "b.wide.jpg")] {
        journal.append(&record).expect("it is written");
    }
    journal.close(ended()).expect("it is closed");
    let after = fs::read_to_string(folder.path().join("manifest.jsonl")).expect("text");
    assert!(after.starts_with(&old), "not a byte of what was there is changed");
    let state = load(&folder);
    assert_eq!(done(&state, "a.jpg"), first);
    assert!(done(&state, "b.jpg").asked.is_some());
    assert!(state.source(Path::new("b.jpg")).is_some_and(|known| known.header.is_some()));
    assert!(state.task(&TaskKey::new(Path::new("b.jpg"), "wide")).is_some());
}
