//! Reads the whole manifest.

use std::io;

use rayon::iter::IntoParallelRefIterator;
use rayon::iter::ParallelIterator;

use crate::manifest::OpenError;
use crate::manifest::Record;
use crate::manifest::RecordError;
use crate::manifest::Scope;
use crate::manifest::State;
use crate::manifest::blocks::Block;
use crate::manifest::blocks::Blocks;
use crate::manifest::blocks::Rest;
use crate::manifest::position::Position;
use crate::manifest::record::OPTIONAL_SINCE;
use crate::manifest::record::unknown;
use crate::manifest::segment::Segment;

impl State {
    /// Returns the state after all records of the segments, in their order, and the offset after the last complete line
    /// of the last. Blocks are parsed in the threads of the pool in which this is called, their records are applied one
    /// after the other.
    pub(super) fn replay(segments: &[Segment<'_>], scope: Scope) -> Result<(Self, u64), OpenError> {
        let mut state = State::of(scope);
        let mut end = 0;
        for (number, segment) in segments.iter().enumerate() {
            let start = u16::try_from(number).map(|number| Position::new(number, 0));
            let start = start.map_err(|_| failed(segment, io::Error::other("the manifest has too many segments")))?;
            end = state.fold(start, segment)?;
        }
        state.settle();
        Ok((state, end))
    }

    /// Applies what a segment says, which begins at this place; returns the offset after its last complete line.
    fn fold(&mut self, start: Position, segment: &Segment<'_>) -> Result<u64, OpenError> {
        self.is_begun = false;
        let mut number = 0;
        let mut blocks = Blocks::new(segment.file);
        let width = rayon::current_num_threads();
        let read = |blocks: &mut Blocks<_>| blocks.take(width).collect::<Vec<Block>>();
        let mut now = read(&mut blocks);
        while !now.is_empty() {
            let records: Vec<_> = now.par_iter().map(Block::records).collect();
            let mut records = records.into_iter().flatten();
            let apply = || records.try_for_each(|(record, end)| self.apply_line(&mut number, record, start.at(end)));
            let (applied, next) = rayon::join(apply, || read(&mut blocks));
            applied?;
            now = next;
        }
        match blocks.rest() {
            Rest::End(end) => Ok(end),
            Rest::TooLong => Err(OpenError::Damaged { line: number + 1, why: "longer than any record".to_owned() }),
            Rest::Unreadable(error) => Err(failed(segment, error)),
        }
    }

    /// Applies what the line after line `number` says.
    fn apply_line(
        &mut self,
        number: &mut u64,
        record: Result<Record<'_>, RecordError>,
        end: Position,
    ) -> Result<(), OpenError> {
        *number += 1;
        let damaged = |why| OpenError::Damaged { line: *number, why };
        match record {
            Ok(record) => self.apply(record, end).map_err(|misfit| damaged(misfit.to_string())),
            Err(RecordError::Newer(found)) => Err(OpenError::Newer { line: *number, found }),
            Err(RecordError::Optional(_)) if self.is_begun && self.version >= OPTIONAL_SINCE => Ok(()),
            Err(RecordError::Optional(kind)) => Err(damaged(unknown(&kind).to_string())),
            Err(RecordError::Damaged(why)) => Err(damaged(why)),
        }
    }
}

fn failed(segment: &Segment<'_>, error: io::Error) -> OpenError {
    OpenError::Io { what: "read", path: segment.path.to_owned(), error }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files and wait")]
mod tests {
    use std::fs;
    use std::fs::File;
    use std::path::Path;

    use crate::manifest::TaskOutcome;

    use super::*;
    use crate::pipeline::TaskKey;

    fn run(name: &str) -> String {
        format!(
            r#"{{"kind":"run_started","version":1,"run":"{name}","at":"2026-01-01T00:00:00Z","pipeline":"p","tool":"t"}}"#
        )
    }

    fn finished(source: &str) -> String {
        let hash = "0f343b0931126a20f133d67c2b018a3b";
        let layout = r#"{"oriented":[9,9],"content":[0,0,9,9],"window":[0.0,0.0,9.0,9.0],"output":[9,9],"placement":[0,0,9,9],"anchor":[0.5,0.5]}"#;
        format!(
            r#"{{"kind":"task_finished","source":"{source}","size":1,"mtime":"1.000000000","hash":"{hash}","target":"a","fingerprint":"{hash}","layout":{layout},"output":"{source}.out","bytes":1,"output_hash":"{hash}","output_mtime":"1.000000000"}}"#
        )
    }

    fn replayed(segments: &[&[String]]) -> Result<(State, u64), OpenError> {
        let folder = tempfile::tempdir().expect("a folder");
        replayed_in(folder.path(), segments, "p".into())
    }

    fn replayed_in(folder: &Path, segments: &[&[String]], scope: Scope) -> Result<(State, u64), OpenError> {
        let path = |number: usize| folder.join(number.to_string());
        let write = |(number, lines): (usize, &&[String])| {
            fs::write(path(number), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).expect("a file");
            (File::open(path(number)).expect("it opens"), path(number))
        };
        let files: Vec<_> = segments.iter().enumerate().map(write).collect();
        let segments: Vec<_> = files.iter().map(|(file, path)| Segment { file, path }).collect();
        State::replay(&segments, scope)
    }

    #[test]
    fn segments_are_read_one_after_the_other_and_each_proves_its_own() {
        let synced = format!(r#"{{"kind":"synced","through":{}}}"#, u64::MAX);
        let first = [run("r1"), finished("a"), finished("b")];
        let second = [run("r2"), finished("b"), synced];
        let (state, end) = replayed(&[&first, &second]).expect("they are sound");
        let length = |lines: &[String]| lines.iter().map(|line| line.len() as u64 + 1).sum::<u64>();
        assert_eq!((end, state.runs()), (length(&second), 2));
        let is_proven = |source: &str| match state.task(&TaskKey::new(Path::new(source), "a")) {
            Some(TaskOutcome::Done(done)) => state.is_proven(&done),
            other => panic!("{source}: {other:?}"),
        };
        assert!(!is_proven("a"), "the second segment says nothing of it");
        assert!(is_proven("b"));
        // Read the other way round the last word is another.
        let (state, _) = replayed(&[&second, &first]).expect("they are sound");
        assert!(
            matches!(state.task(&TaskKey::new(Path::new("b"), "a")), Some(TaskOutcome::Done(done)) if !state.is_proven(&done))
        );
    }

    #[test]
    fn one_output_folder_by_a_link_may_become_two() {
        let run =
            |name: &str, output: &str| run(name).replace("\"tool\"", &format!("\"output\":\"{output}\",\"tool\""));
        let stamp = r#""size":1,"mtime":"1.000000000","hash":"0f343b0931126a20f133d67c2b018a3b""#;
        let source = format!(r#"{{"kind":"source","path":"x",{stamp}}}"#);
        let task = finished("x").replacen(&format!("{stamp},"), "", 1);
        let lines = [run("r1", "a"), source, task.clone(), run("r2", "b"), task];
        let folder = tempfile::tempdir().expect("a folder");
        for output in ["a", "b"] {
            let scope = Scope::new("p", None, Path::new("in"), &folder.path().join(output)).seen_from(folder.path());
            let (state, _) = replayed_in(folder.path(), &[&lines], scope).expect("they are sound");
            let task = state.task(&TaskKey::new(Path::new("x"), "a"));
            assert!(matches!(task, Some(TaskOutcome::Done(done)) if done.source.size == 1), "{output}");
        }
    }

    #[test]
    fn a_segment_without_a_run_at_its_beginning_is_damaged() {
        let damaged = replayed(&[&[run("r1"), finished("a")], &[finished("b")]]);
        assert!(matches!(damaged, Err(OpenError::Damaged { line: 1, .. })), "{damaged:?}");
    }
}
