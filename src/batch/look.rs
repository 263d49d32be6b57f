//! Finds what a run would do; outputs stay as they are.

use crate::batch::Plan;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::Silent;
use crate::batch::measured::Measured;
use crate::batch::measuring;
use crate::batch::measuring::Measuring;
use crate::batch::run::pool;
use crate::error::Error;
use crate::manifest::Journal;
use crate::manifest::State;
use crate::pipeline::Pipeline;

/// Plans a run and makes no output. Reads the manifest without its lock and writes nothing, unless the request is to
/// [analyze](Request::analyze): the measures found by that are recorded as in a run, or else kept in the plan alone.
///
/// # Errors
/// Says why the run would refuse to start, as far as that can be known without decoding; a [`Refusal`] has the details.
pub fn plan(pipeline: &Pipeline, request: &Request) -> Result<Plan, Error> {
    look(pipeline, request).map(|(plan, _)| plan)
}

/// Returns the same with what the manifest says.
///
/// # Errors
/// As [`plan`].
pub fn look(pipeline: &Pipeline, request: &Request) -> Result<(Plan, State), Error> {
    request.check(pipeline)?;
    let output_store = request.outbox_as_it_is();
    let pool = pool(request)?;
    let scope = || request.scope(pipeline);
    let planned = |state: &State, measured: &Measured| {
        pool.install(|| Plan::new(pipeline, request, state, &*output_store, measured, &|| false))
    };
    let state = pool.install(|| State::load(&request.state, scope())).map_err(Refusal::Manifest)?;
    let plan = planned(&state, &Measured::default())?;
    if !request.analyze || !plan.is_undecided() {
        return Ok((plan, state));
    }
    let (journal, state, unrecorded) = match pool.install(|| Journal::open(&request.state, scope())) {
        Ok((journal, state)) => (Some(journal), state, None),
        Err(why) => (None, state, Some(why.to_string())),
    };
    let begun =
        journal.as_ref().map_or(Ok(()), |journal| measuring::begin(journal, (pipeline, request), &plan, &state));
    let looked = Measuring {
        measures: &pipeline.measures,
        observer: &Silent,
        is_over: &|| false,
        record: &|hash, found| journal.as_ref().map_or(Ok(()), |journal| measuring::record(journal, hash, found)),
    }
    .look(&plan, &pool, &measuring::admission(request, &plan, &state, &pool));
    let broken = begun.err().or(looked.unrecorded).map(|error| error.to_string());
    let plan = Plan { unrecorded: unrecorded.or(broken), ..planned(&state, &looked.measured)? };
    Ok((plan, state))
}
