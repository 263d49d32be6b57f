//! What an option is if nothing is said of it, held to `defaults.txt`.
//!
//! A default that changes makes another picture of pipelines that do not write the option, as another program
//! does: so it changes with the revision of its part, and finished work is outdated, not changed.

use std::collections::BTreeMap;
use std::fmt::Write;

use recanvas::codecs::CODECS;
use recanvas::options::Field;
use recanvas::pipeline::Registry;

/// One line for each default that an option ever had.
const PINNED: &str = include_str!("defaults.txt");

/// A default with the revision from which on its part has it.
type Pin = (u32, String);

/// Holds the defaults of each option by its name.
type Pins = BTreeMap<String, Vec<Pin>>;

fn pinned(text: &str) -> Pins {
    let mut pins = Pins::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_else(|| panic!("`{line}` is not: option, revision, default"));
        let (option, revision, default) = (word().to_owned(), word().parse().expect("a revision"), word().to_owned());
        pins.entry(option).or_default().push((revision, default));
    }
    pins
}

/// Returns the options of every stage, local engine and encoder, with their defaults of today.
fn today() -> BTreeMap<String, Pin> {
    let registry = Registry::built_in();
    let encoders = CODECS.iter().filter_map(|codec| Some((codec.format.name(), codec.encoder?)));
    let of_encoders: Vec<&str> = encoders.clone().flat_map(|(_, it)| it.fields).map(|field| field.name).collect();
    let mut all = BTreeMap::new();
    let mut add = |part: String, revision: u32, fields: &[Field]| {
        for field in fields {
            let default = field.default.unwrap_or("required").to_owned();
            all.insert(format!("{part}.{}", field.name), (revision, default));
        }
    };
    for def in registry.stages() {
        let fields = (def.fields)().iter().copied();
        let own: Vec<Field> =
            fields.filter(|field| def.word != "convert" || !of_encoders.contains(&field.name)).collect();
        add(format!("stage.{}", def.word), def.revision, &own);
    }
    registry.engines().local().for_each(|def| add(format!("engine.{}", def.name), def.revision, def.fields));
    encoders.for_each(|(name, it)| add(format!("encoder.{name}"), it.revision, it.fields));
    all
}

/// Says what is wrong with the pins, if something is.
fn compare(pins: &Pins, today: &BTreeMap<String, Pin>) -> Option<String> {
    for (option, pins) in pins {
        for pair in pins.windows(2) {
            let ((before, _), (after, default)) = (&pair[0], &pair[1]);
            if before >= after {
                return Some(format!(
                    "{option} has got the default {default} at revision {after}, as it had another at {before}"
                ));
            }
        }
    }
    let mut missing = String::new();
    for (option, (revision, default)) in today {
        let part = option.rsplit_once('.').map_or("", |(part, _)| part);
        match pins.get(option).and_then(|pins| pins.last()) {
            None => {
                let _ = writeln!(missing, "{option} {revision} {default}");
            }
            Some((since, _)) if since > revision => {
                return Some(format!("{part} has the revision {revision}, and had {since} when {option} was pinned"));
            }
            Some((_, pinned)) if pinned == default => {}
            Some((since, pinned)) if since == revision => {
                return Some(format!(
                    "the default of {option} was {pinned} and is {default}, but {part} has the revision {revision} as \
                     before: raise it, so that finished work is outdated, then add the line `{option} {} {default}`",
                    revision + 1
                ));
            }
            Some(_) => {
                let _ = writeln!(missing, "{option} {revision} {default}");
            }
        }
    }
    // Engines with a model are not in every build.
    let is_built = |part: &str| today.keys().any(|option| option.starts_with(&format!("{part}.")));
    let gone = pins
        .keys()
        .find(|option| !today.contains_key(*option) && option.rsplit_once('.').is_some_and(|(part, _)| is_built(part)));
    match gone {
        _ if !missing.is_empty() => Some(format!("add to tests/planning/defaults.txt:\n{missing}")),
        Some(gone) => Some(format!("{gone} is no option any more: mark its lines with `#`")),
        None => None,
    }
}

#[test]
fn a_default_changes_only_with_a_revision() {
    if let Some(wrong) = compare(&pinned(PINNED), &today()) {
        panic!("{wrong}");
    }
}

#[test]
fn a_change_is_told_with_what_to_do() {
    let pins = pinned("stage.a.x 1 3\nstage.a.y 2 4\n");
    let today = |x: (u32, &str), y: (u32, &str)| {
        let pin =
            |(option, (revision, default)): (&str, (u32, &str))| (option.to_owned(), (revision, default.to_owned()));
        [("stage.a.x", x), ("stage.a.y", y)].map(pin).into_iter().collect::<BTreeMap<_, _>>()
    };
    let said = |pins: &Pins, today: &BTreeMap<String, Pin>| compare(pins, today).unwrap_or_default();
    assert_eq!(said(&pins, &today((2, "3"), (2, "4"))), "");
    assert!(said(&pins, &today((2, "3"), (2, "5"))).contains("raise it"));
    let raised = today((3, "3"), (3, "5"));
    assert_eq!(said(&pins, &raised), "add to tests/planning/defaults.txt:\nstage.a.y 3 5\n");
    assert_eq!(said(&pinned("stage.a.x 1 3\nstage.a.y 2 4\nstage.a.y 3 5\n"), &raised), "");
    // Written over what was pinned, it says when it changed all the same.
    assert!(
        said(&pinned("stage.a.x 1 3\nstage.a.y 2 4\nstage.a.y 2 5\n"), &today((2, "3"), (2, "5")))
            .contains("as it had")
    );
    let mut more = today((2, "3"), (2, "4"));
    more.insert("stage.a.z".to_owned(), (2, "0".to_owned()));
    assert_eq!(said(&pins, &more), "add to tests/planning/defaults.txt:\nstage.a.z 2 0\n");
    more.retain(|option, _| option != "stage.a.x" && option != "stage.a.z");
    assert!(said(&pins, &more).contains("stage.a.x is no option any more"));
}
