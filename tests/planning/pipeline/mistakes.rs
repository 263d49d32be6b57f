//! Every mistake at once, each at its place and with advice.

use crate::pipeline::assert_mistakes;
use crate::pipeline::mistakes;
use crate::pipeline::pipeline;
use crate::pipeline::with;

#[test]
fn all_mistakes_of_a_file_are_found_at_once() {
    let text = r##"version: ‹2
‹nmae: x
input: { ‹dirr: a, include: [ok, ‹"[a"], follow_links: ‹yes }
output: { path: ‹"{dir}/{stme}.{ext}", state: ‹3 }
targets:
  - { name: a, size: 10x10, ratio: ‹1:1 }
  - { name: b, size: 10x10, width: ‹3 }
  - { name: c, size: 10x10, height: ‹3 }
  - { name: d, ratio: ‹16:9, width: 3, height: 5 }
  - ‹{ name: e }
  - ‹{ size: 10x10 }
  - { name: ‹"x/y", size: 10x10 }
  - { name: g, size: ‹ten }
  - { name: h, size: ‹70000x1 }
  - { name: i, ratio: ‹0:1 }
  - { name: j, ratio: ‹5000:1 }
  - { name: k, width: ‹0 }
  - ‹just
  - { name: l, size: 10x10, ‹aspetc: { fit: crop } }
  - { name: m, size: 10x10, aspect: { fit: ‹corp } }
  - { name: ‹M, size: 10x10 }
stages:
  - resize: { ‹flter: nearest }
  - ‹resiz: {}
  - aspect: { anchor: ‹middle, max_crop: ‹200%, max_expand: ‹-1 }
  - ‹aspect: {}
  - outpaint: { engine: ‹blurr }
  - convert: { quality: ‹101, background: ‹, progressive: ‹"yes", format: ‹jpg }
  - load: ‹5
  - ‹{ a: 1, b: 2 }
run: { jobs: ‹0, memory: ‹lots }
budget: { per_run: ‹-1 }
"##;
    let expected = [
        ("version 2 is not known", ""),
        ("unknown key `nmae`", "`name`"),
        ("unknown option `dirr` in `input`", "`dir`"),
        ("unclosed character class", ""),
        ("not true or false", ""),
        ("unknown placeholder `{stme}`; did you mean `{stem}`?", ""),
        ("3 is not a path", ""),
        ("already says the ratio", "leave `ratio` out"),
        ("already says the width", "leave `width` out"),
        ("already says the height", "leave `height` out"),
        ("width and height already say the ratio", "leave one of the three out"),
        ("asks for nothing", "add a ratio, a size, a width or a height"),
        ("has no `name`", ""),
        ("`x/y` cannot be part of a file name", "letters, digits"),
        ("`ten` is not a size", ""),
        ("70000x1 is too large", ""),
        ("must be positive", ""),
        ("beyond 1000:1", ""),
        ("0 is not a whole number from 1 to 65535", ""),
        ("a target is a map", ""),
        ("unknown key `aspetc` in a target", "`aspect`"),
        ("not one of expand, crop, balance", "`crop`"),
        ("two targets called `M`", ""),
        ("unknown option `flter` in stage `resize`", "`filter`"),
        ("unknown stage `resiz`", "`resize`"),
        ("unknown anchor `middle`", "known: center, top"),
        ("not a share from 0 to 99%", ""),
        ("-1 is not a share", ""),
        ("stage `aspect` is written twice", ""),
        ("unknown engine `blurr`", "`blur`"),
        ("101 is not a whole number from 1 to 100", ""),
        ("no value; expected a colour", "quote it"),
        ("\"yes\" is not true or false", ""),
        ("unknown format `jpg`", "`jpeg`"),
        ("stage `load` takes a map", ""),
        ("a stage is one key", ""),
        ("0 is not auto or a whole number", ""),
        ("\"lots\" is not auto or a count", ""),
        ("-1 is not a number from 0", ""),
    ];
    assert_mistakes(text, &expected);
}

#[test]
fn an_unquoted_colour_is_told_from_a_missing_one() {
    let quote = ("expected a colour", "quote it");
    assert_mistakes(&with("stages:\n  - convert:\n      background:‹ #fff\n      quality: 80"), &[quote]);
    // Within braces the sign hides the closing one as well.
    assert_mistakes(&with("stages:\n  - convert: { background:‹ #fff }\n    }"), &[quote]);
    let engine = "stages:\n  - outpaint:\n      engine: { use: solid, color: ‹}";
    assert_mistakes(&with(engine), &[("expected border or a colour", "quote it")]);
    pipeline(&with(
        "stages:\n  - convert: { background: '#fff' }\n  - outpaint: { engine: { use: solid, color: '#fff' } }",
    ));
}

#[test]
fn engines_are_checked_to_their_options() {
    let table = [
        ("engine: [blur, ‹blurr]", "unknown engine `blurr`", "`blur`"),
        ("engine: { use: ‹blurr }", "unknown engine `blurr`", "`blur`"),
        ("engine: { use: solid, ‹colour: red }", "unknown option `colour` in engine `solid`", "`color`"),
        ("engine: [{ use: solid, color: ‹reddish }]", "\"reddish\" is not border or a colour", ""),
        ("engine: ‹{ solid: {} }", "no `use`", "{use: solid"),
        ("engine: ‹[]", "list of engines is empty", "`auto`"),
        ("engine: [edge, ‹{ use: edge }]", "`edge` is listed twice", ""),
        ("engine: ‹5", "5 is not an engine", "known: auto"),
        ("‹engin: blur", "unknown option `engin` in stage `outpaint`", "`engine`"),
    ];
    for (written, message, hint) in table {
        let stage = with(&format!("stages:\n  - outpaint: {{ {written} }}"));
        assert_mistakes(&stage, &[(message, hint)]);
        let target = format!("version: 1\ntargets:\n  - name: a\n    size: 9x9\n    outpaint: {{ {written} }}\n");
        assert_mistakes(&target, &[(message, hint)]);
    }
}

#[test]
fn templates_that_leave_the_folder_or_name_no_file_are_refused() {
    let table = [
        ("../{stem}.{ext}", "contains `..`"),
        ("a/../../{stem}.{ext}", "contains `..`"),
        ("/tmp/{stem}.{ext}", "is absolute"),
        ("{stem}/", "names a folder"),
        ("{stem", "has no partner"),
        ("stem}", "has no partner"),
        ("{}", "unknown placeholder"),
        ("a\\\\b", "separated by `/`"),
        ("", "is empty"),
    ];
    for (path, message) in table {
        assert_mistakes(&with(&format!("output: {{ path: ‹\"{path}\" }}")), &[(message, "")]);
    }
}

#[test]
fn an_extension_must_not_contradict_the_format() {
    let text = "version: 1\noutput: { path: \"{stem}.{target}.jpg\" }\ntargets:\n  - { name: a, size: 9x9 }\n  \
                - ‹{ name: b, size: 9x9, convert: { format: webp } }\n";
    assert_mistakes(text, &[("`b` is webp, but output.path ends in .jpg", "end output.path in .{ext}")]);
    // Every extension of a format is right for it, and others are of no concern.
    pipeline(&with("output: { path: \"{stem}.JPEG\" }"));
    pipeline(&with("output: { path: \"{stem}.out\" }"));
    pipeline(&with("output: { path: \"{stem}\" }"));
}

#[test]
fn missing_keys_are_told_at_their_parent() {
    assert_mistakes("‹targets:\n  - { name: a, size: 9x9 }\n", &[("`version` is missing", "begin the file with")]);
    assert_mistakes("‹version: 1\n", &[("`targets` is missing", "add a list")]);
    assert_mistakes("version: 1\ntargets: ‹[]\n", &[("at least one item", "")]);
    assert_mistakes("version: 1\ntargets: ‹{}\nstages: ‹5\n", &[("is a list", ""), ("is a list", "")]);
    assert_mistakes(&with("input: ‹[]\nname: ‹''"), &[("`input` is a map", ""), ("is not a name", "")]);
}

#[test]
fn targets_that_are_wrong_otherwise_still_count_as_names() {
    let text = "version: 1\ntargets:\n  - { name: a, size: ‹ten }\n  - { name: ‹a, size: 9x9 }\n  \
                - { name: 5, size: 9x9 }\n  - { name: ‹\"5\", size: 9x9 }\n";
    let twice = ("there are two targets called", "");
    assert_mistakes(text, &[("not a size", ""), twice, twice]);
}

#[test]
fn a_mistake_is_shown_with_its_line_and_a_mark() {
    let found = mistakes("version: 1\ntargets:\n  - { name: a, size: ten, resize: { filter: lanzcos3 } }\n");
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    let second: Vec<&str> = lines[1].lines().collect();
    let expected = [
        "\"lanzcos3\" is not one of nearest, box, bilinear, hamming, catmull_rom, mitchell, lanczos3",
        " --> test.yaml:3:45",
        "  |",
        "3 |   - { name: a, size: ten, resize: { filter: lanzcos3 } }",
        "  |                                             ^ did you mean `lanczos3`?",
    ];
    assert_eq!(second, expected);
}

#[test]
fn nothing_in_a_mistake_can_change_a_terminal() {
    let text = "version: \"\\e[31m\"\n\"\\e[2J\": 5\ntargets: [{ name: \"a\\e\\n\", size: 9x9 }]\n";
    let control =
        |text: &str| text.chars().any(|c| (c.is_control() && c != '\n') || "\u{202e}\u{200f}\u{2028}".contains(c));
    let (with_tab, with_escape) = ("version: 2\t# tab\n", "version: 1 # \u{1b}[31m\n");
    let with_marks = "version: 1 # \u{202e}\u{200f}\ntargets: [{ name: \"a\\u2028\", size: 9x9 }] # \u{202e}\n";
    for text in [text, with_tab, with_escape, with_marks] {
        for mistake in mistakes(text).iter() {
            assert!(!control(&mistake.to_string()), "{mistake:?}");
            assert_eq!(mistake.to_string().lines().count(), 5, "{mistake}");
        }
    }
}
