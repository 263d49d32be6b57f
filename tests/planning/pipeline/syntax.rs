//! Texts that are no YAML, and YAML in its stranger forms.

use crate::pipeline::assert_mistakes;
use crate::pipeline::mistakes;
use crate::pipeline::pipeline;
use crate::pipeline::shown;
use crate::pipeline::with;

#[test]
fn text_that_is_no_yaml_is_one_mistake_where_the_parser_stops() {
    let table = [
        ("version: 1\ntargets:\n‹\t- a\n", "cannot start any token"),
        ("version: 1\ntargets: [{ name: a, size: 9x9 }]\nname: ‹*nope\n", "unknown anchor"),
        ("version: 1\ntargets: ]\n", "did not find"),
        ("version: 1\ntargets: [\n", "did not find"),
        ("version: 1\nname: \"open\n", "unexpected end"),
    ];
    for (text, message) in table {
        if text.contains('‹') {
            assert_mistakes(text, &[(message, "")]);
        } else {
            let found = mistakes(text);
            assert!(found.len() == 1 && found[0].message.contains(message), "{}", shown(&found));
            assert!(!found[0].message.contains(" at line "), "the place is said once: {}", found[0].message);
        }
    }
}

#[test]
fn a_key_that_stands_twice_is_found_where_it_stands_again() {
    let advice = "leave one of them out";
    let table = [
        ("version: 1\n‹version: 1\ntargets: []\n", "`version`"),
        ("version: 1\ntargets:\n  - { name: a, size: 9x9, ‹name: b }\n", "`name`"),
        (
            "version: 1\ntargets: []\nstages:\n  - load:\n  - resize:\n      filter: box\n      ‹filter: box\n",
            "`filter`",
        ),
    ];
    for (text, key) in table {
        assert_mistakes(text, &[(&format!("{key} is written twice"), advice)]);
    }
}

#[test]
fn a_text_without_a_map_says_what_a_pipeline_is() {
    for text in ["", "# nothing\n", "[1, 2]", "just text", "null", "5"] {
        let found = mistakes(text);
        assert!(found.len() == 1 && found[0].message.contains("a pipeline is a map"), "{text}: {}", shown(&found));
    }
}

#[test]
fn tags_and_strange_keys_are_refused_in_their_place() {
    let tagged = "version: 1\ntargets:\n  - { name: a, size: ‹!big 9x9 }\n";
    assert_mistakes(tagged, &[("tags like !big have no meaning", "")]);
    let found = mistakes(&with("? [a]\n: 3"));
    assert!(found[0].message.contains("a key must be a word"), "{}", shown(&found));
    assert_mistakes(&with("‹1: 2\n‹null: 2\n‹true: 2"), &[("`1`", "known"), ("`null`", "known"), ("`true`", "known")]);
    assert_mistakes(
        "version: 1\ntargets:\n  - { name: a, ratio: ‹.nan }\nstages: [{ convert: { quality: ‹.inf } }]\n",
        &[("is not a ratio", ""), ("is not a whole number from 1 to 100", "")],
    );
    let two = mistakes("version: 1\ntargets: [{ name: a, size: 9x9 }]\n---\nversion: 1\n");
    assert!(two.len() == 1 && two[0].message.contains("more than one document"), "{}", shown(&two));
}

#[test]
fn marks_and_line_ends_of_other_systems_are_no_mistakes() {
    let right = with("name: x");
    assert_eq!(pipeline(&format!("\u{feff}{right}")).name, "x");
    assert_eq!(pipeline(&right.replace('\n', "\r\n")).usual_tasks.len(), 1);
    let found = mistakes("\u{feff}version: 1\r\ntargets:\r\n  - { name: a, size: ten }\r\n");
    assert_eq!((found[0].line, found[0].column), (3, 22));
    assert_eq!(found[0].excerpt, "  - { name: a, size: ten }");
}

#[test]
fn flow_collections_may_be_closed_and_continued_at_any_indent() {
    let texts = [
        "version: 1\ntargets: [\n{ name: a, size: 9x9 },\n{ name: b,\nsize: ‹ten }\n]\n",
        "version: 1\ntargets:\n  - { name: a, size: 9x9, outpaint: { engine: [\n    edge,\n  ] } }\n  - { name: b, size: ‹ten }\n",
        "version: 1\ntargets:\n  - { name: b, size:\t‹ten }\n",
        "version: 1\nname: \"a\nb\"\ntargets:\n  - { name: b, size: ‹ten }\n",
    ];
    for text in texts {
        assert_mistakes(text, &[("`ten` is not a size", "")]);
        pipeline(&text.replace("‹ten", "9x9"));
    }
    // They are held to the same bounds.
    let bomb: String = ('b'..'k')
        .map(|c| {
            let before = char::from(c as u8 - 1);
            format!("{c}: &{c} [{}]\n", vec![format!("*{before}"); 10].join(", "))
        })
        .collect();
    let found = mistakes(&format!("a: &a [x, x]\nversion: [\n1\n]\n{bomb}"));
    assert!(found.len() == 1 && found[0].message.contains("limit exceeded"), "{}", shown(&found));
    let long = format!("a: &a [{}]\nversion: [\n1\n]\nb: [{}]\n", "x, ".repeat(9000), "*a, ".repeat(9000));
    let found = mistakes(&long);
    assert!(found[0].message.contains("more than 200000 values"), "{}", shown(&found));
    let deep = format!("version: [\n1\n]\nx: {}\n", "[".repeat(100_000));
    assert_eq!(mistakes(&deep).len(), 1);
}

#[test]
fn aliases_and_merges_are_followed() {
    let text = "version: 1\ntargets:\n  - &first { name: a, size: 9x9, resize: { filter: box } }\n  \
                - { <<: *first, name: b, size: 8x8 }\n";
    let pipeline = pipeline(text);
    assert_eq!(pipeline.usual_tasks[1].settings.of("resize")["filter"], "box");
    assert_eq!(pipeline.usual_tasks[1].shape.width, Some(8));

    // What came by a merge is not in the text of its target; the target is the nearest place.
    let wrong = "version: 1\ntargets:\n  - &first { name: a, size: 9x9, resize: { filter: ‹bxo } }\n  \
                 - ‹{ <<: *first, name: b }\n";
    let message = ("\"bxo\" is not one of", "`box`");
    assert_mistakes(wrong, &[message, message]);
    // An alias is wrong where it was written.
    let alias = "version: 1\ntargets:\n  - { name: a, size: 9x9, resize: &r { ‹flter: box } }\n  \
                 - { name: b, size: 9x9, resize: *r }\n";
    let found = mistakes(&alias.replace('‹', ""));
    assert_eq!(found.len(), 2, "{}", shown(&found));
    assert_eq!((found[0].line, found[0].column), (3, 40), "{}", shown(&found));
}
