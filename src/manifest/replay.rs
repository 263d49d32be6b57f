//! Reads the whole manifest.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::manifest::OpenError;
use crate::manifest::Record;
use crate::manifest::RecordError;
use crate::manifest::State;
use crate::manifest::lines::Line;
use crate::manifest::lines::Lines;

impl State {
    /// The state, and the offset after the last complete line.
    pub(crate) fn replay(file: &File, path: &Path, pipeline: &str) -> Result<(Self, u64), OpenError> {
        let mut state = State::of(pipeline);
        let mut lines = Lines::new(BufReader::with_capacity(1 << 18, file));
        let mut number = 0;
        loop {
            number += 1;
            let damaged = |why: &str| OpenError::Damaged { line: number, why: why.to_owned() };
            let next = lines.next().map_err(|error| OpenError::Io { what: "read", path: path.to_owned(), error })?;
            match next {
                Line::Whole(line, end) => match Record::parse(line) {
                    Ok(record) => state.apply(record, end).map_err(|why| damaged(&why))?,
                    Err(RecordError::Newer(found)) => return Err(OpenError::Newer { line: number, found }),
                    Err(RecordError::Damaged(why)) => return Err(damaged(&why)),
                },
                Line::TooLong => return Err(damaged("longer than any record")),
                Line::End(end) => return Ok((state, end)),
            }
        }
    }
}
