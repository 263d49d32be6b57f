//! Limits on what may be spent, and the sums that count towards them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;

use crate::locks::lock;
use crate::manifest::Month;
use crate::providers::SubmitRefusal;
use crate::providers::Usd;

/// Limits that the user sets on spending, in USD; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caps {
    /// `budget.per_run`
    pub per_run: Option<Usd>,
    /// `budget.per_month`: a calendar month in UTC.
    pub per_month: Option<Usd>,
    /// `--max-cost`, which counts for the run as well.
    pub max_cost: Option<Usd>,
    /// Says that none is set and the user does not watch: then nothing is spent.
    pub is_unwatched: bool,
}

/// Guards the caps. What a call may cost at most is reserved before it is submitted, and
/// becomes what it did cost when that is known. For any number of threads.
///
/// As long as no call costs more than its highest price, neither sum ever exceeds its cap.
#[derive(Debug)]
pub struct Budget {
    caps: Caps,
    sums: Mutex<Sums>,
}

#[derive(Debug, Default)]
struct Sums {
    run: Usd,
    months: BTreeMap<Month, Usd>,
}

/// An amount that is spent until it is settled. Dropped, it stays spent.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "what is not settled stays reserved"]
pub struct Reservation {
    month: Month,
    highest: Usd,
    in_run: bool,
}

impl Budget {
    /// Makes a budget of which nothing is spent.
    #[must_use]
    pub fn new(caps: Caps) -> Self {
        Budget { caps, sums: Mutex::default() }
    }

    /// Adds what an earlier run spent in a month, or may have spent, to the sum of the month alone. It is never
    /// refused, also beyond a cap: it is spent already.
    pub fn spent_before(&self, month: Month, highest: Usd) -> Reservation {
        self.lock().add(month, highest, false);
        Reservation { month, highest, in_run: false }
    }

    /// Reserves the highest cost of a call.
    ///
    /// # Errors
    /// [`SubmitRefusal::OverBudget`] with the first cap that it could exceed; nothing is reserved
    /// then, and a cheaper call may still fit.
    pub fn reserve(&self, month: Month, highest: Usd) -> Result<Reservation, SubmitRefusal> {
        let mut sums = self.lock();
        self.check(&sums, month, highest)?;
        sums.add(month, highest, true);
        Ok(Reservation { month, highest, in_run: true })
    }

    /// Checks whether a call of this highest cost could be reserved now.
    ///
    /// # Errors
    /// As [`Budget::reserve`].
    pub fn would_reserve(&self, month: Month, highest: Usd) -> Result<(), SubmitRefusal> {
        self.check(&self.lock(), month, highest)
    }

    fn check(&self, sums: &Sums, month: Month, highest: Usd) -> Result<(), SubmitRefusal> {
        let in_month = sums.months.get(&month).copied().unwrap_or_default();
        let nothing = self.caps.is_unwatched.then_some(Usd::ZERO);
        let caps = [
            ("an unattended run, without budget.per_run or --max-cost,", nothing, sums.run),
            ("--max-cost", self.caps.max_cost, sums.run),
            ("budget.per_run", self.caps.per_run, sums.run),
            ("budget.per_month", self.caps.per_month, in_month),
        ];
        for (name, cap, spent) in caps {
            if let Some(cap) = cap.filter(|cap| spent + highest > *cap) {
                return Err(SubmitRefusal::OverBudget { name, cap, spent, highest });
            }
        }
        Ok(())
    }

    /// Replaces what was reserved by what it cost; a provider may have taken more than its
    /// highest price, and that counts too.
    pub fn settle(&self, reservation: Reservation, cost: Usd) {
        let Reservation { month, highest, in_run } = reservation;
        let mut sums = self.lock();
        let spent = sums.months.entry(month).or_default();
        *spent = spent.minus(highest) + cost;
        if in_run {
            sums.run = sums.run.minus(highest) + cost;
        }
    }

    /// Returns the sum in USD that this run has spent or reserved; what was spent before the run is not in it.
    #[must_use]
    pub fn in_run(&self) -> Usd {
        self.lock().run
    }

    /// Returns the sum in USD that is spent or reserved in a month, by this run and those before it; zero for a month
    /// without calls.
    #[must_use]
    pub fn in_month(&self, month: Month) -> Usd {
        self.lock().months.get(&month).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Sums> {
        lock(&self.sums)
    }
}

impl Sums {
    fn add(&mut self, month: Month, amount: Usd, in_run: bool) {
        let spent = self.months.entry(month).or_default();
        *spent = *spent + amount;
        if in_run {
            self.run = self.run + amount;
        }
    }
}
