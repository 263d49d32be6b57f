//! Reads the whole manifest.

use std::fs::File;
use std::path::Path;

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

impl State {
    /// The state, and the offset after the last complete line. Blocks are parsed in the threads
    /// of the pool in which this is called, their records are applied one after the other.
    pub(crate) fn replay(file: &File, path: &Path, scope: Scope) -> Result<(Self, u64), OpenError> {
        let mut state = State::of(scope);
        let mut number = 0;
        let mut blocks = Blocks::new(file);
        let width = rayon::current_num_threads();
        let read = |blocks: &mut Blocks<_>| blocks.take(width).collect::<Vec<Block>>();
        let mut now = read(&mut blocks);
        while !now.is_empty() {
            let records: Vec<_> = now.par_iter().map(Block::records).collect();
            let mut records = records.into_iter().flatten();
            let apply = || records.try_for_each(|(record, end)| state.apply_line(&mut number, record, end));
            let (applied, next) = rayon::join(apply, || read(&mut blocks));
            applied?;
            now = next;
        }
        match blocks.rest() {
            Rest::End(end) => {
                state.settle();
                Ok((state, end))
            }
            Rest::TooLong => Err(OpenError::Damaged { line: number + 1, why: "longer than any record".to_owned() }),
            Rest::Unreadable(error) => Err(OpenError::Io { what: "read", path: path.to_owned(), error }),
        }
    }

    /// Applies what the line after line `number` says.
    fn apply_line(
        &mut self,
        number: &mut u64,
        record: Result<Record<'_>, RecordError>,
        end: u64,
    ) -> Result<(), OpenError> {
        *number += 1;
        let damaged = |why| OpenError::Damaged { line: *number, why };
        match record {
            Ok(record) => self.apply(record, end).map_err(damaged),
            Err(RecordError::Newer(found)) => Err(OpenError::Newer { line: *number, found }),
            Err(RecordError::Damaged(why)) => Err(damaged(why)),
        }
    }
}
