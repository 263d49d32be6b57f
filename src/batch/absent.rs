//! Stands in for the paid side of a run in a build without the feature `providers`: its types are empty, since no
//! checked pipeline names a provider there.

use std::sync::Arc;

use crate::batch::Plan;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::SourcePlan;
use crate::batch::Stop;
use crate::batch::ToMake;
use crate::batch::run::ActiveRun;
use crate::batch::work_queue::WorkQueue;
use crate::manifest::CallTotals;
use crate::manifest::Calls;
use crate::manifest::Journal;
use crate::pipeline::Pipeline;

pub(super) enum Services {}

pub(super) enum RemoteSide {}

impl Services {
    pub(super) fn open(_: &Pipeline, _: &Request, _: &Plan, _: &[String]) -> Result<Option<Services>, Refusal> {
        Ok(None)
    }

    pub(super) fn begin(self, _: &ActiveRun<'_>, _: Calls, _: Arc<Journal>) -> Option<RemoteSide> {
        match self {}
    }
}

impl RemoteSide {
    pub(super) fn serve<'a>(
        &self,
        _: &'a ActiveRun<'a>,
        _: Vec<(&'a SourcePlan, Vec<ToMake<'a>>)>,
        _: impl FnOnce(&dyn WorkQueue<'a>),
    ) {
        match *self {}
    }

    pub(super) fn end(self, _: &Stop, _: Vec<String>) -> (CallTotals, Vec<String>) {
        match self {}
    }
}

pub(super) fn check_endpoints(_: &Pipeline) -> Result<(), Refusal> {
    Ok(())
}
