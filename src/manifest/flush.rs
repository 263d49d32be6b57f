//! Brings a group of outputs to the disk.

use std::io;
use std::time::Duration;
use std::time::Instant;

use crate::storage::Durable;

/// Bounds on the finished tasks that are brought to the disk together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// At this many finished tasks a sync begins, if the one before is not too recent.
    pub tasks: usize,
    /// And at the latest this long after the first record that is not synced.
    pub wait: Duration,
}

/// Factor between the time of a sync and the rest that follows it: while a sync goes on, threads that make files in
/// the same folders are held up.
const REST: u32 = 4;

impl Group {
    /// Returns the time at which a group with so many finished tasks is to be synced, whose first record is from
    /// `since`; the sync before took from `last.0` to `last.1`.
    pub(crate) fn due(&self, finished: usize, since: Instant, last: Option<(Instant, Instant)>) -> Instant {
        let latest = since + self.wait;
        match last {
            _ if finished < self.tasks => latest,
            Some((begun, ended)) => latest.min(ended + (ended - begun) * REST),
            None => since,
        }
    }
}

impl Default for Group {
    /// Returns 64 tasks or one second: about what a power cut can take.
    fn default() -> Self {
        Group { tasks: 64, wait: Duration::from_secs(1) }
    }
}

/// Outputs that are written and not yet synced, of each group that their store syncs together one.
#[derive(Debug, Default)]
pub(crate) struct Unsynced {
    outputs: Vec<(Option<u64>, Box<dyn Durable>)>,
}

impl Unsynced {
    pub(crate) fn add(&mut self, output: Box<dyn Durable>) {
        let group = output.group();
        if group.is_none() || !self.outputs.iter().any(|(known, _)| *known == group) {
            self.outputs.push((group, output));
        }
    }

    pub(crate) fn sync(self) -> io::Result<()> {
        self.outputs.iter().try_for_each(|(_, output)| output.sync())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_group_is_synced_after_a_pause_and_not_later_than_a_partial_one() {
        let group = Group { tasks: 8, wait: Duration::from_millis(1000) };
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        assert_eq!(group.due(7, at(5), None), at(1005));
        assert_eq!(group.due(8, at(5), None), at(5), "at once");
        assert_eq!(group.due(8, at(11), Some((at(0), at(10)))), at(50), "four times as long as it took");
        assert_eq!(group.due(8, at(301), Some((at(0), at(300)))), at(1301), "a slow disk");
        assert_eq!(group.due(8, at(90), Some((at(0), at(10)))), at(50), "long ago");
    }
}
