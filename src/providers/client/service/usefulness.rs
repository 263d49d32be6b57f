//! Keeps of what use a provider's results are, and says how many calls may be begun before that is known.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::providers::CallKey;

/// Counts the results in a row that cannot be used before a provider is not paid any more.
const USELESS: usize = 3;

/// Says that so many came.
const IN_A_ROW: &str = "3 results in a row could not be used";

/// Outcome of a call, as far as it tells of what use further ones would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Its result can be used.
    Good,
    /// Its result cannot be used.
    Bad,
    /// It is not known whether its submit was accepted, and it counts as paid.
    Lost,
    /// It was accepted, and its job failed, is not known any more, or says nothing of itself.
    Failed,
}

/// Counts the outcomes of the calls of a run.
#[derive(Debug, Default)]
pub(super) struct Usefulness {
    /// Counts the calls that were begun; each has its number.
    begun: u64,
    /// Calls that were begun and whose results are not judged yet.
    unjudged: HashMap<CallKey, u64>,
    /// Those whose results came while no task waited for them; they hold no other call back.
    aside: HashMap<CallKey, u64>,
    /// Tells whether the first call goes alone.
    pub(super) is_alone: bool,
    /// Tells whether the last results were of no use, in this run or the one before.
    pub(super) is_suspect: bool,
    /// Tells whether a result of this run could be used.
    is_proven: bool,
    /// Counts answers in a row that could not be used.
    useless: usize,
    /// Numbers the last call that could be used.
    useful: u64,
    /// Numbers the later ones that could not.
    useless_since: BTreeSet<u64>,
}

impl Usefulness {
    /// Begins a call if not more would be paid for nothing than may be; tells whether it did. One that goes on from
    /// the first of two passes takes its place.
    pub(super) fn begin(&mut self, call: CallKey, first: Option<CallKey>) -> bool {
        let place = first.and_then(|first| self.unjudged.remove(&first));
        let number = place.unwrap_or(self.begun + 1);
        let may = place.is_some() || self.may_begin();
        if may {
            self.begun = self.begun.max(number);
            self.unjudged.insert(call, number);
        }
        may
    }

    fn may_begin(&self) -> bool {
        let begun = self.unjudged.len();
        match self.is_good() {
            true => true,
            false if self.is_alone || self.is_suspect => begun == 0,
            // At most `USELESS` calls are at risk: those that are out, and those in a row that were of no use. Of the
            // latter fewer count than end the run's submits, so that one call may always be out.
            false => begun + self.useless.min(USELESS - 1) < USELESS,
        }
    }

    /// Tells whether the last result could be used: calls need not wait for what comes of others.
    fn is_good(&self) -> bool {
        self.is_proven && self.useless == 0
    }

    /// Notes that the result of a call is there; tells whether other calls wait for the judgement on it.
    pub(super) fn returned(&mut self, call: CallKey) -> bool {
        let is_awaited = self.unjudged.contains_key(&call) && !self.is_good();
        if !is_awaited && let Some(number) = self.unjudged.remove(&call) {
            self.aside.insert(call, number);
        }
        is_awaited
    }

    /// Forgets a call of which nothing comes that could be judged. Returns why nothing more is to be submitted, if
    /// that follows: it may have stood between those that came to nothing.
    pub(super) fn forget(&mut self, call: CallKey) -> Option<&'static str> {
        self.unjudged.remove(&call).or_else(|| self.aside.remove(&call))?;
        let is_over = self.are_in_a_row();
        self.is_suspect |= is_over;
        is_over.then_some(IN_A_ROW)
    }

    /// Notes of what use a call was. Returns why nothing more is to be submitted, if that
    /// follows; nothing also of a call that was not begun here.
    pub(super) fn judge(&mut self, call: CallKey, came: Use) -> Option<&'static str> {
        let number = self.unjudged.remove(&call).or_else(|| self.aside.remove(&call))?;
        let is_useful = came == Use::Good;
        self.is_alone = false;
        self.is_proven |= is_useful;
        self.useless = if is_useful { 0 } else { self.useless + 1 };
        if is_useful {
            self.useful = self.useful.max(number);
            self.useless_since.retain(|&useless| useless > number);
        } else if number > self.useful {
            self.useless_since.insert(number);
        }
        let in_a_row = self.are_in_a_row();
        self.is_suspect = in_a_row || (self.is_suspect && !is_useful);
        self.is_suspect.then_some(match (in_a_row, came) {
            (true, Use::Lost) => {
                "3 calls in a row came to nothing, and the last was answered without naming a job or not at all"
            }
            (true, Use::Failed) => {
                "3 calls in a row came to nothing, and the job of the last one failed or is not known"
            }
            (true, _) => IN_A_ROW,
            (false, Use::Lost) => {
                "its last results could not be used, and the call that was tried now was not taken for sure"
            }
            (false, Use::Failed) => {
                "its last results could not be used, and the job that was tried now failed or is not known"
            }
            (false, _) => "its last results, and the one that was tried now, could not be used",
        })
    }

    /// Tells whether so many calls came to nothing that were begun one after the other. What fails is answered sooner
    /// than what is made, so the order of the answers says nothing; and of those that are still out none counts.
    fn are_in_a_row(&self) -> bool {
        let out = self.unjudged.values().chain(self.aside.values()).map(|&number| (number, false));
        let numbers: BTreeMap<u64, bool> = out.chain(self.useless_since.iter().map(|&number| (number, true))).collect();
        let row = numbers.values().scan(0, |row, &is_useless| {
            *row = if is_useless { *row + 1 } else { 0 };
            Some(*row)
        });
        row.max().unwrap_or(0) >= USELESS
    }
}
