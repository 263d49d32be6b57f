//! Of what use a provider's results are, and how many calls may be begun before that is known.

use std::collections::HashSet;

use crate::providers::CallKey;

/// Results in a row that cannot be used before a provider is not paid any more.
const USELESS: usize = 3;

/// Says what came of a call, as far as it shows of what use further ones would be.
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

/// Says what came of the calls of a run.
#[derive(Debug, Default)]
pub(super) struct Usefulness {
    /// Calls that were begun and whose results are not judged yet.
    unjudged: HashSet<CallKey>,
    /// Those whose results came while nobody waited for them; they hold no other call back.
    aside: HashSet<CallKey>,
    /// Tells whether the first call goes alone.
    pub(super) is_alone: bool,
    /// Tells whether the last results were of no use, in this run or the one before.
    pub(super) is_suspect: bool,
    /// Tells whether a result of this run could be used.
    is_proven: bool,
    /// Calls in a row of which nothing came that could be used.
    useless: usize,
}

impl Usefulness {
    /// Begins a call if not more would be paid for nothing than may be; tells whether it did. One that goes on from
    /// the first of two passes takes its place.
    pub(super) fn begin(&mut self, call: CallKey, first: Option<CallKey>) -> bool {
        let has_place = first.is_some_and(|first| self.unjudged.remove(&first));
        let may = has_place || self.may_begin();
        if may {
            self.unjudged.insert(call);
        }
        may
    }

    fn may_begin(&self) -> bool {
        let begun = self.unjudged.len();
        match self.is_good() {
            true => true,
            false if self.is_alone || self.is_suspect => begun == 0,
            false => begun + self.useless < USELESS,
        }
    }

    /// Tells whether the last result could be used: calls need not wait for what comes of others.
    fn is_good(&self) -> bool {
        self.is_proven && self.useless == 0
    }

    /// Notes that the result of a call is there; tells whether others wait for what comes of it.
    pub(super) fn returned(&mut self, call: CallKey) -> bool {
        let is_awaited = self.unjudged.contains(&call) && !self.is_good();
        if !is_awaited && self.unjudged.remove(&call) {
            self.aside.insert(call);
        }
        is_awaited
    }

    /// Forgets a call of which nothing comes that could be judged; tells whether others may have waited for it.
    pub(super) fn forget(&mut self, call: CallKey) -> bool {
        self.aside.remove(&call);
        self.unjudged.remove(&call)
    }

    /// Notes of what use a call was. Returns why nothing more is to be submitted, if that
    /// follows; nothing also of a call that was not begun here.
    pub(super) fn judge(&mut self, call: CallKey, came: Use) -> Option<&'static str> {
        if !self.unjudged.remove(&call) && !self.aside.remove(&call) {
            return None;
        }
        let is_useful = came == Use::Good;
        self.is_alone = false;
        self.is_proven |= is_useful;
        self.useless = if is_useful { 0 } else { self.useless + 1 };
        let in_a_row = self.useless >= USELESS;
        self.is_suspect = in_a_row || (self.is_suspect && !is_useful);
        self.is_suspect.then_some(match (in_a_row, came) {
            (true, Use::Lost) => {
                "3 calls in a row came to nothing, and the last was answered without naming a job or not at all"
            }
            (true, Use::Failed) => {
                "3 calls in a row came to nothing, and the job of the last one failed or is not known"
            }
            (true, _) => "3 results in a row could not be used",
            (false, Use::Lost) => {
                "its last results could not be used, and the call that was tried now was not taken for sure"
            }
            (false, Use::Failed) => {
                "its last results could not be used, and the job that was tried now failed or is not known"
            }
            (false, _) => "its last results, and the one that was tried now, could not be used",
        })
    }
}
