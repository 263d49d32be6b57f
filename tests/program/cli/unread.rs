//! Pictures of kinds that are not read: they fail by name, and nothing else suffers.

use serde_json::json;

use crate::cli::Dir;

const TARGET: &str = "{ name: a, size: 20x20 }";
const TIFF: &[u8] = b"II*\0\x08\0\0\0\0\0\0\0";
const MANIFEST: &str = "out/.recanvas/manifest.jsonl";

/// A folder with one picture that is read, and five that are not.
fn mixed() -> Dir {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.write("in/scan.TIF", TIFF);
    dir.write("in/sub/scan.tif", TIFF);
    dir.write("in/phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    dir.write("in/[1].dat", b"8BPS\0\x01");
    dir.write("in/anim.gif", b"GIF89a");
    dir.write("in/raw.nef", TIFF);
    dir.write("in/logo.ai", b"%PDF-1.5");
    dir
}

#[test]
fn pictures_of_unread_formats_fail_by_name_with_one_warning() {
    let dir = mixed();
    let exclude = "exclude: [\"*.gif\", \"*.tif\", \"/[[]1[]].dat\", \"/phone.jpg\"]";
    let warning = format!(
        "5 pictures of kinds that recanvas does not read (1 gif, 1 heic, 1 psd, 2 tiff), which fail as unsupported; to leave them out: input: {{ {exclude} }}\n"
    );
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&[
        "create x.png [a]",
        "fail   scan.TIF [a] unsupported: the bytes are TIFF, which recanvas does not read",
        "ignored: 2 (1 nef, 1 pdf)",
        &format!("warning: {warning}"),
    ]);
    let first = dir.run(&[]);
    first.code(3).counts([1, 0, 5, 0, 0]).warns(&[
        &format!("warning {warning}"),
        "failed phone.jpg [a] unsupported: the bytes are HEIC, which recanvas does not read",
        "failed [1].dat [a] unsupported: the bytes are PSD",
    ]);
    assert_eq!((&first.json()["unread_pictures"], &first.json()["ignored_files"]), (&5.into(), &2.into()));
    let second = dir.run(&[]);
    second.code(0).counts([0, 1, 0, 5, 0]);
    assert_eq!(second.json()["unread_pictures"], 5);
    assert!(!second.stderr.contains("does not read"), "once is enough: {second}");
    let plan = dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).json();
    assert_eq!(plan["unread_pictures"], json!({"gif": 1, "heic": 1, "psd": 1, "tiff": 2}));
    // The line that was shown leaves them out, and them alone.
    let text = format!("version: 1\ninput: {{ dir: in, {exclude} }}\noutput: {{ dir: out }}\ntargets:\n  - {TARGET}\n");
    dir.write("p.yaml", text.as_bytes());
    let third = dir.run(&[]);
    third.code(0).counts([0, 1, 0, 0, 0]);
    assert_eq!((&third.json()["unread_pictures"], &third.json()["ignored_files"]), (&0.into(), &7.into()));
}

#[test]
fn a_name_with_a_backslash_is_left_out_by_the_line_that_is_shown() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.write("in/pho\\ne.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    let exclude = r#"exclude: ["/pho[\\]ne.jpg"]"#;
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&[&format!("input: {{ {exclude} }}")]);
    let text = format!("version: 1\ninput: {{ dir: in, {exclude} }}\noutput: {{ dir: out }}\ntargets:\n  - {TARGET}\n");
    dir.write("p.yaml", text.as_bytes());
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
}

#[test]
fn pictures_of_unread_formats_do_not_count_for_max_failures() {
    let dir = mixed();
    dir.run(&["--max-failures", "1", "-j", "1"]).code(3).counts([1, 0, 5, 0, 0]);
    let dir = mixed();
    dir.source("bad.png", "broken/corrupt__bad_crc.png");
    dir.source("worse.png", "broken/corrupt__truncated.png");
    let done = dir.run(&["--max-failures", "2", "-j", "1"]);
    done.code(6);
    assert_eq!(done.json()["failed_by_class"]["corrupt"], 2, "{done}");
}

#[test]
fn a_picture_of_an_unread_format_is_unsupported_also_above_max_bytes() {
    let dir = Dir::new("stages: [{ load: { max_bytes: 100 } }]", &[TARGET]);
    dir.write("in/long.dat", &[TIFF, &[0; 200]].concat());
    dir.run(&[]).code(3).warns(&["failed long.dat [a] unsupported: the bytes are TIFF"]);
}

#[test]
fn pictures_of_unread_formats_are_tried_again_by_a_program_that_reads_them() {
    let dir = Dir::new("", &[TARGET]);
    dir.source("x.png", "grid/rgb__plain.png");
    let picture = dir.read("in/x.png");
    dir.write("in/later.gif", &vec![b'?'; picture.len()]);
    dir.touch("in/later.gif");
    dir.run(&[]).code(3).counts([1, 0, 1, 0, 0]);
    dir.run(&[]).code(0).counts([0, 1, 0, 1, 0]);
    // Of the same length and time, and what this program reads: all that it knows is its own word, where
    // neither ctime nor inode was recorded.
    dir.write("in/later.gif", &picture);
    dir.touch("in/later.gif");
    let manifest = String::from_utf8(dir.read(MANIFEST)).unwrap();
    let without = |line: &str, key: &str| match line.split_once(&format!("\"{key}\":")) {
        Some((before, after)) => match after.split_once(',') {
            Some((_, rest)) => format!("{before}{rest}"),
            None => format!("{}}}", before.trim_end_matches(',')),
        },
        None => line.to_owned(),
    };
    let lines = manifest.lines().map(|line| without(&without(line, "ctime"), "inode") + "\n");
    dir.write(MANIFEST, lines.collect::<String>().as_bytes());
    dir.run(&[]).code(0).counts([0, 1, 0, 1, 0]);
    // As a program would have recorded it that had no decoder of this format.
    let manifest = String::from_utf8(dir.read(MANIFEST)).unwrap();
    let mut changed = 0;
    let lines = manifest.lines().map(|line| match line.split_once("\"decoder.png\":") {
        Some((before, after)) if line.contains("\"kind\":\"task_failed\"") => {
            changed += 1;
            format!("{before}{}", after.split_once(',').unwrap().1)
        }
        _ => line.to_owned(),
    });
    let lines: Vec<String> = lines.collect();
    assert_eq!(changed, 2, "once more with its times\n{manifest}");
    dir.write(MANIFEST, format!("{}\n", lines.join("\n")).as_bytes());
    dir.run(&[]).code(0).counts([1, 1, 0, 0, 0]);
}

#[test]
fn ignored_files_are_listed_on_request() {
    let dir = mixed();
    dir.write("in/.hidden", b"");
    let plan = dir.recanvas(&["plan", "p.yaml", "--ignored"]);
    plan.code(0).says(&["ignored .hidden: hidden\nignored logo.ai: pdf\nignored raw.nef: nef\n", "ignored: 3 ("]);
    assert!(!dir.recanvas(&["plan", "p.yaml"]).stdout.contains("raw.nef"));
    let plan = dir.recanvas(&["plan", "p.yaml", "--json", "--ignored"]).code(0).json();
    let list = json!([
        {"path": ".hidden", "kind": "hidden"}, {"path": "logo.ai", "kind": "pdf"}, {"path": "raw.nef", "kind": "nef"},
    ]);
    assert_eq!(plan["ignored_list"], list);
    assert!(dir.recanvas(&["plan", "p.yaml", "--json"]).code(0).json().get("ignored_list").is_none());
}
