//! Values with expressions: types, what is left out, what is refused.

use recanvas::providers::Variables;
use recanvas::providers::client::expressions::evaluate;
use recanvas::providers::client::expressions::names_in;
use serde_json::Value;
use serde_json::json;

fn variables() -> Variables {
    let value = json!({
        "left": 200, "share": 0.5, "on": true, "walk": ["backward", "backward"], "prompt": null,
        "name": "a \"b\" <c> & {{ left }}", "image": "data:x", "zero": 0, "map": {"a": [1, 2.5]},
    });
    value.as_object().unwrap().clone().into_iter().collect()
}

fn worked_out(value: Value) -> Value {
    evaluate(&value, &variables()).unwrap().unwrap_or(json!("left out"))
}

#[test]
fn an_expression_as_a_whole_keeps_its_type() {
    for (written, expected) in [
        ("{{ left }}", json!(200)),
        ("{{left}}", json!(200)),
        ("  {{ left + 1 }} ", json!(201)),
        ("{{ -left }}", json!(-200)),
        ("{{ left / 2 }}", json!(100.0)),
        ("{{ left // 3 }}", json!(66)),
        ("{{ share }}", json!(0.5)),
        ("{{ on }}", json!(true)),
        ("{{ walk }}", json!(["backward", "backward"])),
        ("{{ map }}", json!({"a": [1, 2.5]})),
        ("{{ zero }}", json!(0)),
        ("{{ prompt or 'high quality' }}", json!("high quality")),
        ("{{ prompt | default('x', true) }}", json!("x")),
        ("{{ left | string }}", json!("200")),
        ("{{ '}}' }}", json!("}}")),
        ("{{ left if on else 3 }}", json!(200)),
        ("{{ walk | length }}", json!(2)),
    ] {
        assert_eq!(worked_out(json!(written)), expected, "{written}");
    }
}

#[test]
fn anything_else_is_text() {
    for (written, expected) in [
        ("{{ left }} px", "200 px"),
        ("{{ left }}{{ left }}", "200200"),
        ("{{ left }} and {{ on }}", "200 and true"),
        ("plain", "plain"),
        ("<{{ name }}>", "<a \"b\" <c> & {{ left }}>"),
        ("x{{ nothing }}y", "xy"),
    ] {
        assert_eq!(worked_out(json!(written)), json!(expected), "{written}");
    }
}

#[test]
fn values_of_variables_are_never_expressions() {
    assert_eq!(worked_out(json!("{{ name }}")), json!("a \"b\" <c> & {{ left }}"));
}

#[test]
fn keys_without_a_value_are_left_out_of_their_map() {
    let written = json!({
        "a": "{{ prompt }}", "b": "{{ nothing }}", "c": "{{ zero }}", "d": null, "e": {"f": "{{ none }}"},
        "g": ["{{ left }}", "{{ prompt }}"], "h": false, "i": "{{ nothing.at.all }}",
    });
    let mut expected = json!({"c": 0, "d": null, "e": {}, "g": [200, null], "h": false});
    // Looking into nothing is a mistake of the descriptor and is said.
    let error = evaluate(&written, &variables()).unwrap_err().to_string();
    assert!(error.contains("undefined"), "{error}");
    let mut written = written;
    written.as_object_mut().unwrap().remove("i");
    assert_eq!(worked_out(written), expected.take());
}

#[test]
fn names_are_found_before_anything_runs() {
    assert_eq!(names_in("{{ left + right }}/{{ name }}").unwrap(), ["left", "name", "right"]);
    assert_eq!(names_in("{{ poll or 'x' ~ job }}").unwrap(), ["job", "poll"]);
    assert_eq!(names_in("no braces }} here").unwrap(), Vec::<String>::new());
    assert_eq!(names_in("{{ blank_png(width, height) }}").unwrap(), ["height", "width"]);
    assert!(names_in("{{ left +").is_err());
    assert!(names_in("{{ left + }}").is_err());
}

#[test]
fn nothing_of_the_process_can_be_reached_and_loops_end() {
    for written in
        ["{{ env.HOME }}", "{{ environ('HOME') }}", "{{ include('Cargo.toml') }}", "{% include 'Cargo.toml' %}"]
    {
        let result = evaluate(&json!(written), &variables());
        assert!(!matches!(&result, Ok(Some(Value::String(text))) if !text.is_empty()), "{written}: {result:?}");
    }
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}";
    assert!(evaluate(&json!(endless), &variables()).is_err());
}

#[test]
fn blank_png_is_a_black_picture_of_the_given_size() {
    use image::GenericImageView;
    let Value::String(text) = worked_out(json!("{{ blank_png(30, 20) }}")) else { panic!("text") };
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap();
    let picture = image::load_from_memory(&bytes).unwrap();
    assert_eq!(picture.dimensions(), (30, 20));
    assert!(picture.to_luma8().pixels().all(|pixel| pixel.0 == [0]));
    assert!(evaluate(&json!("{{ blank_png(0, 20) }}"), &variables()).is_err());
}

/// A text on which each of these is repeated.
fn nested(before: &str, level: &str, levels: usize, after: &str) -> String {
    format!("{before}{}{after}", level.repeat(levels))
}

#[test]
fn expressions_that_nest_too_deeply_are_a_mistake_and_no_overflow() {
    for (before, level, after) in [
        ("{{ ", "- ", "left }}"),
        ("{{ ", "not ", "left }}"),
        ("{{ left", " + left", " }}"),
        ("{{ left", " ~ 'a'", " }}"),
        ("{{ left", " ** 1", " }}"),
        ("{{ left", "|abs", " }}"),
        ("{{ left", ".a", " }}"),
        ("{{ left", "[0]", " }}"),
        ("{{ left", " if on else left", " }}"),
        ("{{ left", " and left", " }}"),
        ("{{ left", " < left", " }}"),
        ("{{ left", " is defined", " }}"),
        ("{{ ", "(", "left }}"),
        ("{{ ", "[", "left }}"),
        ("{{ ", "{'a': ", "left }}"),
        ("a {{ left }} b {{ ", "- ", "left }}"),
        ("", "{% if on %}", ""),
        ("", "{{ left }}", ""),
    ] {
        for levels in [201, 26_000] {
            let written = nested(before, level, levels, after);
            let error = names_in(&written).err().or_else(|| evaluate(&json!(written), &variables()).err());
            // A sequence of expressions nests nothing and is bounded by its length alone.
            let is_fine = level == "{{ left }}" && levels == 201;
            assert_eq!(error.is_none(), is_fine, "{before}{level}… × {levels}: {error:?}");
        }
    }
}

#[test]
fn expressions_just_within_the_bound_fit_a_small_stack() {
    let deep = || {
        for (before, level, after) in [
            ("{{ ", "- ", "left }}"),
            ("{{ left", " + left", " }}"),
            ("{{ left", "|abs", " }}"),
            ("{{ ", "not ", "left }}"),
            ("{{ left", " and left", " }}"),
            ("{{ left", " ~ left", " }}"),
            ("{{ walk", " == walk", " }}"),
            ("{{ ", "(", "left }}"),
        ] {
            let written = nested(before, level, 195, after);
            let _ = (names_in(&written), evaluate(&json!(written), &variables()));
        }
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(deep).unwrap();
    thread.join().unwrap();
}

#[test]
fn no_expression_makes_a_text_that_is_longer_than_its_parts() {
    let mut variables = variables();
    variables.insert("base64".into(), Value::from("x".repeat(9 << 20)));
    for (written, why) in [
        ("{{ 'a' * 100000000 }}", "`*` is for numbers"),
        ("{{ name * left }}", "`*` is for numbers, and `name` is none"),
        ("{{ walk * left }}", "`*` is for numbers, and `walk` is none"),
        ("{{ (walk | length) * walk }}", "`*` is for numbers, and `walk` is none"),
        ("{{ [0] * 100000000 }}", "`*` is for numbers"),
        ("{{ (left ~ left) * 100000000 }}", "`*` is for numbers"),
        ("{{ (left | string) * 100000000 }}", "`*` is for numbers"),
        ("{{ (1, 2) * 40000 }}", "`*` is for numbers"),
        ("{{ (((1,2)*40000,)*40000) }}", "`*` is for numbers"),
        ("{{ abs((1,)) * 40000 }}", "`*` is for numbers"),
        ("{{ blank_png(1, 1) * 40000 }}", "`*` is for numbers"),
        ("{{ blank_png(1, 1) }}{{ blank_png(1, 1) }}{{ blank_png(1, 1) if on }}", "more than 2 blank pictures"),
        ("{% set a = name ~ name %}{% set b = a ~ a %}{{ b }}", "statements"),
        ("{%- for a in walk %}{{ base64 }}{% endfor %}", "statements"),
        ("{# no #}{{ left }}", "statements"),
        ("{{ 'a\nb' | indent(100000000000) }}", "unknown filter"),
        ("{{ '%099999999d' | format(1) }}", "unknown filter"),
        ("{{ walk | batch(1000000000) }}", "unknown filter"),
        ("{{ range(100000) }}", "unknown function"),
        ("{{ base64 | replace('x', base64) }}", "more than 1 MiB"),
        ("{{ base64 | urlencode }}", "more than 1 MiB"),
        ("{{ [base64, base64] | join(base64) }}", "more than 1 MiB"),
        ("{{ base64 ~ base64 ~ base64 ~ base64 ~ base64 ~ base64 ~ base64 ~ base64 }}", "more than 64 MiB"),
        ("{{ base64 }}{{ base64 }}{{ base64 }}{{ base64 }}{{ base64 }}{{ base64 }}{{ base64 }}{{base64}}", "64 MiB"),
    ] {
        let error = names_in(written).err().or_else(|| evaluate(&json!(written), &variables).err());
        assert!(error.as_ref().is_some_and(|error| error.to_string().contains(why)), "{written}: {error:?}");
    }
    let grown = nested("{{ '\\\\'", "|tojson", 60, " }}");
    assert!(evaluate(&json!(grown), &variables).unwrap_err().to_string().contains("more than 1 MiB"));
    // What providers need goes on.
    for (written, expected) in [
        ("{{ (left * 2) | round }}", json!(400)),
        ("{{ left * share }}", json!(100.0)),
        ("{{ (left * share) | round(1) | default(0, true) }}", json!(100.0)),
        ("{{ left in (100, 200) }}", json!(true)),
        (
            "{{ left is divisibleby(8) }} {{ left is divisibleby 3 }} {{ share is divisibleby 0.25 }}",
            json!("true false true"),
        ),
        ("{{ left is divisibleby 0 }} {{ name is divisibleby 2 }}", json!("false false")),
        ("{{ (-170141183460469231731687303715884105727 - 1) is divisibleby(-1) }}", json!(false)),
        ("{{ left }} * {{ name | length }}", json!("200 * 22")),
        ("{{ walk | join('-') }}", json!("backward-backward")),
        ("{{ 'a b' | replace(' ', '+') | urlencode }}", json!("a%2Bb")),
        ("{{ map | tojson }}", json!("{\"a\":[1,2.5]}")),
    ] {
        assert_eq!(evaluate(&json!(written), &variables).unwrap(), Some(expected), "{written}");
    }
    let picture = evaluate(&json!("data:{{ base64 }}"), &variables).unwrap().unwrap();
    assert_eq!(picture.as_str().unwrap().len(), (9 << 20) + 5);
}

#[test]
fn the_length_of_a_list_is_a_number() {
    for written in ["{{ (walk|length) * 64 }}", "{{ walk | length * 64 }}", "{{ 64 * (walk | count) }}"] {
        assert_eq!(worked_out(json!(written)), json!(128), "{written}");
    }
}
