//! Torn, damaged and newer manifests.

use std::fs;
use std::path::Path;

use recanvas::manifest::Journal;
use recanvas::manifest::OpenError;
use recanvas::manifest::Record;
use recanvas::manifest::State;
use recanvas::manifest::Synced;
use recanvas::manifest::TaskOutcome;
use recanvas::pipeline::TaskKey;

use crate::manifest::ended;
use crate::manifest::failed;
use crate::manifest::finished;
use crate::manifest::folder_with;
use crate::manifest::lines;
use crate::manifest::load;
use crate::manifest::started;
use crate::manifest::told;
use crate::manifest::writing;

#[test]
fn a_last_line_torn_at_any_byte_is_as_if_it_were_not_there() {
    let records = [
        started("p"),
        writing("a.jpg", "a.wide.jpg"),
        finished("a.jpg", "a.wide.jpg"),
        Record::Synced(Synced { through: 200, removed: vec![Path::new("out/a.jpg").into()] }),
        failed("b.jpg"),
        Record::RunEnded(ended()),
    ];
    let whole = lines(&records);
    let ends: Vec<usize> = (1..=whole.len()).filter(|&end| whole[end - 1] == b'\n').collect();
    for cut in ends[1]..=whole.len() {
        let complete = ends.iter().copied().filter(|&end| end <= cut).max().unwrap();
        let expected = told(&load(&folder_with(&whole[..complete])));
        let folder = folder_with(&whole[..cut]);
        assert_eq!(told(&load(&folder)), expected, "cut at {cut}");
        let manifest = folder.path().join("manifest.jsonl");
        assert_eq!(fs::metadata(&manifest).unwrap().len(), cut as u64, "reading changes nothing");
        let (journal, state) = Journal::open(folder.path(), "p").unwrap();
        assert_eq!(told(&state), expected, "opened after a cut at {cut}");
        assert_eq!(fs::metadata(&manifest).unwrap().len(), complete as u64);
        journal.append(&started("p")).unwrap();
        drop(journal);
        assert_eq!(load(&folder).runs(), 2, "what is appended after a cut can be read");
    }
}

#[test]
fn damage_names_its_line() {
    let good = String::from_utf8(lines(&[started("p"), failed("b.jpg"), Record::RunEnded(ended())])).unwrap();
    let (first, rest) = good.split_once('\n').unwrap();
    let cases = [
        (good.replace("\"size\":12", "\"size\":-12"), 2, "invalid value: integer `-12`"),
        (good.replace("\"decoder.jpeg\":4", "\"decoder.jpeg\":-4"), 2, "invalid value: integer `-4`"),
        (good.replace("{\"decoder.jpeg\":4}", "[4]"), 2, "`made_by`: invalid type: sequence, expected a map"),
        (good.replace("\"size\":12,", ""), 2, "no record before it says what its source was"),
        (good.replace("\"resolved\"", "\"solved\""), 2, "missing field `resolved`"),
        (good.replace("task_failed", "task_exploded"), 2, "unknown kind of record `task_exploded`"),
        (good.replace("3 rows\"", "3 rows"), 2, "EOF while parsing a string"),
        // The last line, which is whole for its line end, is damaged and not torn.
        (good.replace("\"totals\":{", "\"totals\":"), 3, "expected"),
        (format!("{first}\n{{\"kind\":\"task_fai\n"), 2, "unknown kind of record"),
        (format!("{first}\n{{\n"), 2, "does not begin"),
        (format!("{}\n", &first[..first.len() / 2]), 1, "EOF while parsing"),
        (good.replace("{\"kind\":\"task_failed\"", "{ \"kind\":\"task_failed\""), 2, "does not begin"),
        (format!("{first}\n\0\0\0\0\n{rest}"), 2, "does not begin"),
        (format!("{first}\n\n{rest}"), 2, "does not begin"),
        (rest.to_owned(), 1, "does not begin with a run"),
        (good.replace("\"version\":2", "\"version\":0"), 1, "no format version 0"),
        (good.replace("\"version\":2", "\"version\":-1"), 1, "invalid value"),
        (format!("{first}\n{}\n", "x".repeat(17 << 20)), 2, "longer than any record"),
    ];
    for (text, line, expected) in cases {
        let folder = folder_with(text.as_bytes());
        for result in [State::load(folder.path(), "p").map(|_| ()), Journal::open(folder.path(), "p").map(|_| ())] {
            match result {
                Err(OpenError::Damaged { line: at, why }) if why.contains(expected) => assert_eq!(at, line),
                other => panic!("{other:?} instead of {expected}"),
            }
        }
        assert_eq!(fs::read(folder.path().join("manifest.jsonl")).unwrap(), text.as_bytes(), "nothing is changed");
    }
}

#[test]
fn of_a_long_manifest_every_line_counts_and_the_first_damage_is_told() {
    let names: Vec<String> = (2..=3000).map(|line| format!("{line}.jpg")).collect();
    let mut records = vec![started("p")];
    records.extend(names.iter().map(|name| failed(name)));
    let good = lines(&records);
    let load_of = |text: &[u8]| State::load(folder_with(text).path(), "p");
    assert_eq!(load_of(&good).unwrap().tasks().count(), names.len());
    assert_eq!(load_of(&good[..good.len() - 1]).unwrap().tasks().count(), names.len() - 1, "torn");
    let mut text: Vec<&[u8]> = good.split_inclusive(|&byte| byte == b'\n').collect();
    for damaged in [2900, 1700, 900] {
        text[damaged - 1] = b"damage\n";
        match load_of(&text.concat()) {
            Err(OpenError::Damaged { line, .. }) => assert_eq!(line, damaged as u64),
            other => panic!("{other:?} instead of damage in line {damaged}"),
        }
    }
    // What does not even begin as ours may be anyone's.
    text[0] = b"damage\n";
    assert!(matches!(load_of(&text.concat()), Err(OpenError::Foreign { .. })));
}

#[test]
fn a_newer_version_is_refused_whatever_else_its_lines_say() {
    let good = String::from_utf8(lines(&[started("p"), failed("b.jpg"), Record::RunEnded(ended())])).unwrap();
    let newer = r#"{"kind":"run_started","shape":[],"version":3}"#;
    let text = format!("{good}{newer}\nwhat a newer version says\n torn");
    let folder = folder_with(text.as_bytes());
    for result in [State::load(folder.path(), "p").map(|_| ()), Journal::open(folder.path(), "p").map(|_| ())] {
        match result {
            Err(error @ OpenError::Newer { line: 4, found: 3 }) => assert!(error.to_string().ends_with("update it")),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fs::read_to_string(folder.path().join("manifest.jsonl")).unwrap(), text, "not a byte is changed");
}

#[test]
fn keys_and_classes_of_later_writers_are_passed_over() {
    let good = String::from_utf8(lines(&[started("p"), failed("b.jpg")])).unwrap();
    let later = good.replace("\"class\":\"corrupt\"", "\"later\":{\"a\":[1]},\"class\":\"melted\"");
    let state = load(&folder_with(later.as_bytes()));
    let Some(TaskOutcome::Failed(failed)) = state.task(&TaskKey::new(Path::new("b.jpg"), "wide")) else {
        panic!("b failed")
    };
    assert_eq!(failed.class, None);
}

#[test]
fn no_manifest_is_an_empty_state() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(State::load(&folder.path().join("nowhere"), "p").unwrap().tasks().count(), 0);
    assert!(!folder.path().join("nowhere").exists(), "reading makes no folder");
}

#[test]
fn a_first_record_torn_at_any_byte_is_as_if_nothing_were_there() {
    let whole = lines(&[started("p\u{e9}\u{1f980}\"\\")]);
    for cut in 0..whole.len() {
        let folder = folder_with(&whole[..cut]);
        assert_eq!(load(&folder).runs(), 0, "cut at {cut}");
        let (journal, _) = Journal::open(folder.path(), "p").unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        assert_eq!(fs::metadata(folder.path().join("manifest.jsonl")).unwrap().len(), 0);
        drop(journal);
    }
}
