//! Every record comes back from its line as it was, whatever the names are.

use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;

use proptest::collection::btree_map;
use proptest::collection::vec;
use proptest::prelude::*;
use recanvas::digest::Digest;
use recanvas::geometry::Anchor;
use recanvas::geometry::Finding;
use recanvas::geometry::Layout;
use recanvas::geometry::Orientation;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::manifest::MadeBy;
use recanvas::manifest::MeasuresRecord;
use recanvas::manifest::Record;
use recanvas::manifest::RecordedHeader;
use recanvas::manifest::RecordedLayout;
use recanvas::manifest::SourceRecord;
use recanvas::manifest::TaskFailed;
use recanvas::manifest::TaskFinished;
use recanvas::manifest::TaskOutcome;
use recanvas::manifest::TaskRefreshed;
use recanvas::manifest::TaskStamp;
use recanvas::manifest::TaskWriting;
use recanvas::pipeline::TaskKey;
use recanvas::storage::Mtime;
use serde_json::json;

use crate::manifest::finished;
use crate::manifest::folder_with;
use crate::manifest::lines;
use crate::manifest::load;
use crate::manifest::made_by;
use crate::manifest::started;

fn path() -> impl Strategy<Value = PathBuf> {
    let bytes = vec(any::<u8>(), 1..40).prop_map(|bytes| PathBuf::from(OsString::from_vec(bytes)));
    prop_oneof![bytes, ".{1,40}".prop_map(PathBuf::from)]
}

fn mtime() -> impl Strategy<Value = Mtime> {
    (any::<i64>(), 0..1_000_000_000u32).prop_map(|(seconds, nanos)| Mtime { seconds, nanos })
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 16]>().prop_map(Digest)
}

fn text() -> impl Strategy<Value = Cow<'static, str>> {
    any::<String>().prop_map(Cow::Owned)
}

fn layout() -> impl Strategy<Value = Layout> {
    let finite = || prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL;
    let rect = || any::<[u32; 4]>().prop_map(|[x, y, width, height]| Rect::new(x, y, width, height));
    let size = || any::<[u32; 2]>().prop_map(|[width, height]| Size::new(width, height));
    let window = [finite(), finite(), finite(), finite()];
    let window = window.prop_map(|[x, y, width, height]| Window { x, y, width, height });
    let anchor = [finite(), finite()].prop_map(|[x, y]| Anchor { x, y });
    (size(), rect(), window, size(), rect(), anchor).prop_map(
        |(oriented, content, window, output, placement, anchor)| Layout {
            oriented,
            content,
            window,
            output,
            placement,
            anchor,
        },
    )
}

/// As records hold it; none in those of the first programs.
fn recorded_makers() -> impl Strategy<Value = Option<MadeBy<'static>>> {
    const TEXTS: &[&str] = &[r#"{"decoder.jpeg":4,"encoder.webp":1,"stage.resize":2}"#, r#"{"engine.blur":3}"#, "{}"];
    prop::option::of(prop::sample::select(TEXTS).prop_map(made_by))
}

fn record() -> impl Strategy<Value = Record<'static>> {
    let writing = (path(), text(), path(), prop::option::of(path()), digest()).prop_map(
        |(source, target, output, temp, hash)| {
            let (source, output, temp) = (source.into(), output.into(), temp.map(Into::into));
            Record::TaskWriting(TaskWriting { source, target, row: None, encoding: None, output, temp, hash })
        },
    );
    let source = (path(), any::<u64>(), mtime(), digest(), text(), digest());
    let output = (path(), any::<u64>(), digest(), mtime());
    let judgement = (prop::option::of(0.0..1.0), btree_map(text(), -9.0..9.0, 0..3));
    let judgement = (judgement, recorded_makers());
    let more = (prop::option::of(text()), judgement, vec(text(), 0..3), btree_map(text(), any::<u64>(), 0..3));
    let finished = (source, layout(), output, more).prop_map(|(source, layout, output, more)| {
        let (source, size, mtime, hash, target, fingerprint) = source;
        let (output, bytes, output_hash, output_mtime) = output;
        let (engine, ((confidence, gates), made_by), warnings, timings) = more;
        Record::TaskFinished(TaskFinished {
            source: source.into(),
            seen: TaskStamp {
                size: Some(size),
                mtime: Some(mtime),
                ctime: Some(output_mtime),
                inode: Some(bytes),
                etag: None,
                hash: Some(hash),
            },
            target,
            row: None,
            encoding: None,
            fingerprint: None,
            asked: (bytes % 3 == 0).then_some(fingerprint),
            resolved: Some(fingerprint),
            made_by,
            layout: RecordedLayout::from(&layout),
            output: output.into(),
            bytes,
            output_hash,
            output_mtime,
            adopted: bytes % 2 == 1,
            engine,
            confidence,
            gates,
            findings: warnings.iter().map(|line| Finding::new(line.to_string()).fix("mend it")).collect(),
            because: Vec::new().into(),
            warnings,
            timings,
        })
    });
    let source = (path(), any::<u64>(), mtime(), prop::option::of(digest()), text());
    let failed = (source, digest(), recorded_makers(), text(), text()).prop_map(
        |(source, fingerprint, made_by, class, message)| {
            let (source, size, mtime, hash, target) = source;
            let source = source.into();
            // With a digest as earlier programs wrote it, without one as it is where the source has its record.
            let seen = hash.map(|hash| TaskStamp {
                size: Some(size),
                mtime: Some(mtime),
                ctime: Some(mtime),
                inode: Some(size),
                etag: Some(hash),
                hash: Some(hash),
            });
            Record::TaskFailed(TaskFailed {
                source,
                seen: seen.unwrap_or_default(),
                target,
                row: None,
                encoding: None,
                fingerprint: Some(fingerprint),
                asked: None,
                resolved: None,
                made_by,
                class,
                message,
            })
        },
    );
    let refreshed = (path(), text(), mtime(), mtime()).prop_map(|(source, target, mtime, output_mtime)| {
        Record::TaskRefreshed(TaskRefreshed {
            source: source.into(),
            target,
            row: None,
            encoding: None,
            seen: TaskStamp { mtime: Some(mtime), ctime: Some(output_mtime), ..TaskStamp::default() },
            output_mtime,
            asked: None,
            resolved: None,
        })
    });
    let flags = (any::<[bool; 4]>(), prop::option::of(any::<[bool; 2]>()));
    let header = (any::<[u32; 2]>(), 1..=8u32, 1..=4u8, prop::sample::select(&[8u8, 16][..]), flags);
    let source = (path(), any::<u64>(), mtime(), digest(), header).prop_map(|(path, size, mtime, hash, header)| {
        let ([width, height], orientation, channels, depth, (flags, halved)) = header;
        let [animated, several_scans, in_parts, described] = flags;
        Record::Source(SourceRecord {
            path: path.into(),
            size,
            mtime,
            ctime: in_parts.then_some(mtime),
            inode: in_parts.then_some(size),
            etag: (!in_parts).then_some(hash),
            hash: in_parts.then_some(hash),
            header: (!several_scans || halved.is_some()).then(|| RecordedHeader {
                format: ["jpeg", "png", "webp"][usize::from(channels % 3)].into(),
                width,
                height,
                orientation: Orientation::from_exif(orientation),
                channels,
                depth,
                animated,
                several_scans,
                in_parts,
                described,
                halved,
            }),
        })
    });

    let measured = (digest(), vec((text(), any::<u32>(), -1e9..1e9), 0..3)).prop_map(|(hash, found)| {
        let one = |(name, revision, value)| (name, json!({"revision": revision, "value": {"depth": value}}));
        let values = serde_json::from_value(found.into_iter().map(one).collect()).expect("measures");
        Record::Measures(MeasuresRecord { optional: true, hash, values: Cow::Owned(values) })
    });
    prop_oneof![writing, finished, failed, refreshed, source, measured]
}

proptest! {
    #[test]
    fn a_record_comes_back_from_its_line(record in record()) {
        let line = record.to_line().unwrap();
        let (newline, line) = line.split_last().unwrap();
        prop_assert_eq!(*newline, b'\n');
        prop_assert!(!line.contains(&b'\n'));
        prop_assert_eq!(Record::parse(line), Ok(record));
    }

    #[test]
    fn a_layout_comes_back_as_it_was(layout in layout()) {
        prop_assert_eq!(Layout::from(&RecordedLayout::from(&layout)), layout);
    }

    #[test]
    fn a_header_comes_back_from_a_state(record in record()) {
        if let Record::Source(source) = &record {
            let state = load(&folder_with(&lines(&[started("p"), record.clone()])));
            let known = state.source(&source.path).expect("it is known");
            let header = source.header.as_ref().map(|header| header.header().expect("a known format"));
            prop_assert_eq!((known.hash, known.header), (source.hash, header));
            prop_assert_eq!(&header.as_ref().map(RecordedHeader::from), &source.header);
        }
    }

    #[test]
    fn reading_never_panics(line in vec(any::<u8>(), 0..60), kind in 0..6usize) {
        let kind = ["task_finished", "run_started", "options", "synced", "source", "later"][kind];
        let _ = Record::parse(&[format!("{{\"kind\":\"{kind}\",").as_bytes(), &line].concat());
        let _ = Record::parse(&line);
    }
}

#[test]
fn a_name_that_is_not_utf8_is_kept_as_bytes() {
    let name = PathBuf::from(OsString::from_vec(b"caf\xe9/\xff\n\".jpg".to_vec()));
    let Record::TaskFinished(record) = finished("a.jpg", "x") else { unreachable!() };
    let record = Record::TaskFinished(TaskFinished { source: name.as_path().into(), ..record });
    let manifest = lines(&[started("p"), record]);
    assert!(String::from_utf8_lossy(&manifest).contains(r#""source":{"bytes":"636166e92fff0a222e6a7067"}"#));
    let state = load(&folder_with(&manifest));
    assert!(matches!(state.task(&TaskKey::new(&name, "wide")), Some(TaskOutcome::Done(_))));
    assert!(state.task(&TaskKey::new(Path::new("a.jpg"), "wide")).is_none());
}

#[test]
fn the_examples_in_the_documentation_are_lines_as_we_write_them() {
    let page = include_str!("../../../docs/manifest.md");
    let examples: Vec<&str> = page.lines().filter(|line| line.starts_with('{')).collect();
    for example in &examples {
        let record = Record::parse(example.as_bytes()).expect(example);
        assert_eq!(String::from_utf8(record.to_line().unwrap()).unwrap().trim_end(), *example);
    }
    assert_eq!(examples.len(), 14, "one of each kind");
}
