//! Holds the parts of a run that come from its caller.

use crate::batch::Observer;
use crate::batch::Request;
use crate::batch::Stop;
use crate::batch::stop::StopConditions;
use crate::pipeline::Pipeline;

/// Holds the parts of a run that come from its caller: the request, the observer, and the conditions under which it
/// ends.
#[derive(Clone, Copy)]
pub(super) struct RunContext<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) request: &'a Request,
    pub(super) observer: &'a dyn Observer,
    /// Holds the switch that ends the run, and the clock of its longest duration.
    pub(super) conditions: StopConditions<'a>,
}

impl<'a> RunContext<'a> {
    /// Returns the switch that ends the run.
    pub(super) fn stop(&self) -> &'a Stop {
        self.conditions.stop
    }

    /// Tells whether no further work is to be admitted; asks the run to stop if its time is over.
    pub(super) fn should_stop(&self) -> bool {
        self.conditions.is_over()
    }
}
