//! Pipeline files with mistakes without number, and those that are made to take time or memory.

use std::time::Duration;
use std::time::Instant;

use crate::cli::Dir;
use crate::cli::Done;

const HEAD: &str = "version: 1\ninput: {dir: in}\noutput: {dir: out}\n";

/// What a linear pass needs is seconds at most, on the slowest machine; what a pass for each
/// mistake needs is many minutes.
const PATIENCE: Duration = Duration::from_secs(100);

fn check(text: &str) -> Done {
    let dir = Dir::new("", &["{ name: a, size: 9x9 }"]);
    dir.write("p.yaml", text.as_bytes());
    let begun = Instant::now();
    let done = dir.recanvas(&["check", "p.yaml"]);
    assert!(begun.elapsed() < PATIENCE, "{:?} for {} bytes", begun.elapsed(), text.len());
    done
}

fn targets(count: usize, written: impl Fn(usize) -> String) -> String {
    let targets: String = (0..count).map(|number| format!("- {}\n", written(number))).collect();
    format!("{HEAD}targets:\n{targets}")
}

#[test]
fn a_hundred_mistakes_are_shown_and_the_rest_is_counted() {
    let done = check(&targets(1000, |number| format!("{{name: t{number}, sizes: 10x10}}")));
    // Each target has an unknown key and asks for nothing.
    done.code(2).warns(&["and 1900 more errors", "p.yaml:5:", "p.yaml:54:"]);
    assert_eq!(done.stderr.matches("error: ").count(), 100, "{done}");
    assert_eq!(done.stderr.matches("did you mean `size`?").count(), 50);
    let few = check(&targets(50, |number| format!("{{name: t{number}, sizes: 10x10}}")));
    assert_eq!(few.code(2).stderr.matches("error: ").count(), 100);
    assert!(!few.stderr.contains("more errors"), "{few}");
    let warnings =
        check(&targets(150, |number| format!("{{name: t{number}, size: 10x10, outpaint: {{engine: [blur, edge]}}}}")));
    warnings.code(0).warns(&["and 50 more warnings"]);
}

#[test]
fn many_mistakes_take_the_time_of_reading() {
    check(&targets(20_000, |number| format!("{{name: t{number}, sizes: 10x10}}"))).code(2).warns(&["more errors"]);
    let keys: String = (0..60_000).map(|number| format!("k{number}: 1\n")).collect();
    check(&format!("{HEAD}{keys}")).code(2).warns(&["and 59901 more errors", "p.yaml:102:1"]);
    let one_line: String = (0..30_000).map(|number| format!("k{number}: 1, ")).collect();
    check(&format!("{HEAD}targets: [{{{one_line}}}]\n")).code(2).warns(&["more errors", "…"]);
    check(&format!("{HEAD}targets: [{{name: a, size: 9x9}}]\nstages:\n{}", "- nonsense: 1\n".repeat(30_000)))
        .code(2)
        .warns(&["unknown stage `nonsense`", "and 29900 more errors"]);
    // Valid ones, too, know the line of each option.
    let options = |number| format!("{{name: t{number}, size: 9x9, convert: {{quality: 80}}, resize: {{filter: box}}}}");
    check(&targets(5_000, options)).code(0);
}

#[test]
fn texts_made_to_take_time_or_memory_are_mistakes_with_a_line() {
    let anchors = |first: &str, inner: &str, levels: usize| {
        let letter = |level: usize| char::from(b'a' + u8::try_from(level).expect("few levels"));
        let level = |level| {
            let repeated = vec![inner.replace('@', &format!("*{}", letter(level - 1))); 10];
            format!("{0}: &{0} [{1}]\n", letter(level), repeated.join(", "))
        };
        format!("a: &a {first}\n{}{HEAD}", (1..levels).map(level).collect::<String>())
    };
    let nested = |open: &str, close: &str, levels: usize| {
        format!("{HEAD}targets: {}{}\n", open.repeat(levels), close.repeat(levels))
    };
    let glob =
        |pattern: &str| format!("version: 1\ninput: {{dir: in, exclude: ['{pattern}']}}\noutput: {{dir: out}}\n");
    let letters = "x".repeat(1 << 20);
    let cases = [
        (nested("[", "]", 100_000), "nested more than 100 levels deep", "4:"),
        (nested("[\n", "]", 100_000), "", "5:"),
        (nested("{a: ", "}", 100_000), "nested more than 100 levels deep", "4:"),
        (nested("['[', ", "]", 100_000), "nested more than 100 levels deep", "4:"),
        (format!("{HEAD}x: {}a\n", "- ".repeat(100_000)), "", "4:"),
        (format!("{}\n", "? ".repeat(100_000)), "nested more than 100 levels deep", "1:"),
        (format!("{}a: 1{}", "{".repeat(50_000), "}: 1".repeat(50_000)), "nested more than 100 levels deep", "1:"),
        (format!("{HEAD}---\n{}", "[".repeat(100_000)), "nested more than 100 levels deep", "5:"),
        // What one parser does not read, the other does not either.
        (format!("{HEAD}x: @\n---\ny: {}", "[".repeat(100_000)), "", "4:"),
        (anchors("[x, x]", "@", 9), "more than 200000 values", "6:"),
        (anchors("{k: 1}", "{<<: @}", 9), "more than 200000 values", "6:"),
        (format!("a: &a [{}]\nb: [{}]\n{HEAD}", "x, ".repeat(9000), "*a, ".repeat(9000)), "200000 values", "2:"),
        (format!("a: &a {letters}\nb: [{}]\n{HEAD}", "*a, ".repeat(1000)), "or 16 MiB", "2:"),
        (format!("a: &a [*a]\n{HEAD}"), "an alias to what it stands in", "1:"),
        (format!("{HEAD}x: [{}]\n", "a, ".repeat(250_000)), "more than 200000 values", "4:"),
        (format!("{HEAD}{}", "k: 1\n".repeat(1_000_000)), "more than 4 MiB", "8"),
        (format!("{HEAD}# {}\nx: 1\n", letters.repeat(5)), "more than 4 MiB", "4:"),
        (format!("{HEAD}\"{letters}\": 1\n"), "", ""),
        (format!("{HEAD}targets: [{{name: a, size: {letters}}}]\n"), "is not a size", "4:"),
        (format!("{HEAD}targets: [{{name: a, size: 9x9}}]\n? {letters}\n: 1\n"), "unknown key `xxx", "5:"),
        (format!("{}{HEAD}", "\t".repeat(1 << 20)), "", "1:"),
        (format!("{HEAD}x: {}b\n", "!a ".repeat(100_000)), "", "4:"),
        (format!("{HEAD}x: &{letters} 1\n"), "unknown key `x`", "4:"),
        (glob(&format!("{}{}", "{a,".repeat(900_000), "}".repeat(900_000))), "a pattern has 3600000 bytes", "2:"),
        // Each by itself is fine.
        (glob(&vec!["?".repeat(4000); 60].join("', '")), "the patterns are nested too deeply, or are too many", "2:"),
        (glob(&vec!["*a".repeat(2000); 66].join("', '")), "the patterns have more than 256 KiB together", "2:"),
        (glob(&"?".repeat(1 << 20)), "a pattern has 1048576 bytes", "2:"),
        (glob(&format!("{}{}", "{a,".repeat(1000), "}".repeat(1000))), "nested too deeply", "2:"),
        (
            format!("{HEAD}targets: [{{name: a, size: 9x9, outpaint: {{engine: [{}]}}}}]\n", "blur, ".repeat(50_000)),
            "listed twice",
            "4:",
        ),
    ];
    for (text, message, line) in &cases {
        let done = check(text);
        let shown: String = text.chars().take(90).collect();
        assert_eq!(done.code, 2, "{shown}\n{}", done.stderr.chars().take(3000).collect::<String>());
        assert!(done.stderr.contains(message), "{shown}: {}", done.stderr.chars().take(900).collect::<String>());
        assert!(
            done.stderr.contains(&format!("p.yaml:{line}")),
            "{shown}: {}",
            done.stderr.chars().take(900).collect::<String>()
        );
        assert!(done.stderr.len() < 60_000, "{shown}: {} bytes of messages", done.stderr.len());
    }
}

#[test]
fn descriptors_are_held_to_the_same_bounds() {
    let dir = Dir::new("", &["{ name: a, size: 9x9 }"]);
    let deep = format!("provider: x\ntitle: {}\n", "[".repeat(100_000));
    let many: String = (0..10_000).map(|number| format!("k{number}: 1\n")).collect();
    let cases = [(deep, "nested more than 100 levels deep"), (many, "more errors")];
    for (text, message) in cases {
        dir.write("e.yaml", text.as_bytes());
        dir.recanvas(&["engines", "show", "x", "--engine-file", "e.yaml"]).code(2).warns(&[message, "e.yaml:"]);
    }
    let good = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/providers/bfl.yaml")).expect("a provider");
    let operators = "- ".repeat(26_000);
    let written = "{{ poll or 'https://api.bfl.ai/v1/get_result?id=' ~ job }}";
    let line = good.lines().position(|line| line.contains(written)).expect("an expression") + 1;
    for expression in [format!("{{{{ {operators}job }}}}"), format!("{{{{ job{} }}}}", " ~ job".repeat(1000))] {
        dir.write("e.yaml", good.replace(written, &expression).as_bytes());
        let done = dir.recanvas(&["engines", "show", "bfl", "--engine-file", "e.yaml"]);
        done.code(2).warns(&[&format!("e.yaml:{line}:")]);
        assert!(done.stderr.contains("operators") || done.stderr.contains("8192 bytes"), "{done}");
    }
}
