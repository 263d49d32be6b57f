//! Output path templates as a table.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::geometry::Size;
use recanvas::pipeline::Names;
use recanvas::pipeline::Placeholder;
use recanvas::pipeline::Template;

fn names(source: &str) -> Names<'_> {
    Names { source: Path::new(source), target: "wide", ext: "jpg", size: None, hash: None }
}

fn render(template: &str, names: &Names<'_>) -> Result<String, String> {
    let path = Template::parse(template)
        .map_err(|error| error.to_string())?
        .render(names)
        .map_err(|failure| failure.message)?;
    Ok(path.to_str().expect("UTF-8").to_owned())
}

#[test]
fn templates_render() {
    let full = Names { size: Some(Size::new(1600, 900)), hash: Some(Digest::of(b"")), ..names("a/b/Photo.v2.JPEG") };
    let cases = [
        ("{dir}/{stem}.{target}.{ext}", "a/b/Photo.v2.wide.jpg"),
        ("{target}/{dir}/{stem}.{source_ext}", "wide/a/b/Photo.v2.JPEG"),
        ("{stem}_{width}x{height}.{ext}", "Photo.v2_1600x900.jpg"),
        ("{hash}.{ext}", "af1349b9f5f9a1a6a0404dea36dcc949.jpg"),
        ("{{{stem}}}.{ext}", "{Photo.v2}.jpg"),
        ("./x//{dir}/./{stem}.{ext}", "x/a/b/Photo.v2.jpg"),
        ("fixed", "fixed"),
    ];
    for (template, expected) in cases {
        assert_eq!(render(template, &full).as_deref(), Ok(expected), "{template}");
        assert_eq!(Template::parse(template).unwrap().to_string(), template);
    }
}

#[test]
fn an_empty_folder_leaves_no_slash_behind() {
    for template in ["{dir}/{stem}.{target}.{ext}", "{dir}//{stem}.{target}.{ext}", "{dir}{stem}.{target}.{ext}"] {
        assert_eq!(render(template, &names("photo.png")).as_deref(), Ok("photo.wide.jpg"));
    }
    assert_eq!(render("x/{dir}/{stem}", &names("photo")).as_deref(), Ok("x/photo"));
}

#[test]
fn names_that_are_not_utf8_survive() {
    let source = Path::new(OsStr::from_bytes(b"caf\xe9/\xff.\xfe"));
    let path = Template::parse("{dir}/{stem}.{source_ext}.{ext}").unwrap().render(&Names { source, ..names("") });
    assert_eq!(path.unwrap().as_os_str().as_bytes(), b"caf\xe9/\xff.\xfe.jpg");
}

#[test]
fn mistakes_are_found_before_anything_runs() {
    let cases = [
        ("", "the path is empty"),
        ("/out/{stem}", "the path is absolute; it counts from the output folder"),
        ("{stem}/", "the path ends in `/`: it names a folder, not a file"),
        ("../{stem}", "the path contains `..`: outputs stay in the output folder"),
        ("a/../{stem}", "the path contains `..`: outputs stay in the output folder"),
        ("a\\{stem}", "the path contains `\\`; folders are separated by `/`"),
        ("a\0{stem}", "the path contains a NUL character"),
        ("{stm}.jpg", "unknown placeholder `{stm}`; did you mean `{stem}`?"),
        ("{}", "unknown placeholder `{}`; known: dir, stem, target, ext, source_ext, width, height, hash"),
        ("{stem", "a `{` has no partner; write `{{` for the character itself"),
        ("stem}", "a `}` has no partner; write `}}` for the character itself"),
    ];
    for (template, expected) in cases {
        assert_eq!(Template::parse(template).unwrap_err().to_string(), expected, "{template:?}");
    }
    assert!(Template::parse("..{stem}/...").is_ok(), "only whole segments count");
}

#[test]
fn rendered_outputs_are_checked_again() {
    let long = format!("{}.jpg", "x".repeat(250));
    let cases = [
        ("{target}/{stem}", Names { target: "..", ..names("a.jpg") }, "`../a` leaves the output folder"),
        ("{stem}.{target}", Names { target: "a\0", ..names("a.jpg") }, "`a.a\\u{0}` contains a NUL character"),
        ("{dir}", names("a.jpg"), "`` names no file"),
        ("{dir}/x/{target}", Names { target: "", ..names("a.jpg") }, "`/x/` names no file"),
        ("{width}", names("a.jpg"), "the output's size is not known"),
        ("{hash}", names("a.jpg"), "the source's digest is not known"),
    ];
    for (template, names, expected) in cases {
        assert_eq!(render(template, &names).unwrap_err(), expected);
    }
    let too_long = |template: &str, source: &str| {
        let failure = Template::parse(template).unwrap().render(&names(source)).unwrap_err();
        assert_eq!(failure.class, Class::Limit);
        failure.message
    };
    assert!(too_long("{stem}.{target}.{ext}", &long).ends_with("is longer than 255 bytes: it has 259"));
    let deep = format!("{}a.jpg", "folder/".repeat(600));
    assert_eq!(too_long("{dir}/{stem}", &deep), "the output's path is longer than 4095 bytes: it has 4201");
    let longest = format!("{}a.jpg", "folder/".repeat(584));
    assert!(render("{dir}/{stem}", &names(&longest)).is_ok(), "4089 bytes");
    assert!(render("{dir}/{stem}", &names("../a.jpg")).is_err());
    assert_eq!(render("{dir}/{stem}", &names("/a/b.jpg")).as_deref(), Ok("a/b"));
}

#[test]
fn a_template_tells_what_it_needs() {
    let needs = |text| Template::parse(text).map(|template| (template.needs_header(), template.needs_hash())).unwrap();
    assert_eq!(needs("{dir}/{stem}.{target}.{ext}"), (false, false));
    assert_eq!(needs("{width}"), (true, false));
    assert_eq!(needs("{height}.{hash}"), (true, true));
    assert!(Template::parse("{stem}.{ext}").unwrap().uses(Placeholder::Ext));
    assert!(!Template::parse("{stem}.{source_ext}").unwrap().uses(Placeholder::Ext));
}
