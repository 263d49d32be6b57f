//! Finds out where the environment moves the requests of providers.

use std::env;

use crate::batch::Refusal;
use crate::batch::remote::unasked::Unasked;
use crate::pipeline::Pipeline;
use crate::providers::Descriptor;
use crate::providers::client::Addresses;

/// Checks where the environment moves the requests of the providers that a pipeline names.
///
/// # Errors
/// If it is no place to which they could go.
pub(in crate::batch) fn check_endpoints(pipeline: &Pipeline) -> Result<(), Refusal> {
    for provider in pipeline.usual_tasks.iter().flat_map(|task| task.recipe.outpaint.engines.providers()) {
        moved(&provider.descriptor).map_err(|why| Refusal::Usage {
            message: format!("{} cannot be asked: {why}", provider.name()),
            hint: "it is an origin like https://gateway.example.com; unset it to ask the provider itself".into(),
        })?;
    }
    Ok(())
}

/// Returns the origin to which the environment moves a provider's requests; `None` if it does not.
pub(super) fn moved(descriptor: &Descriptor) -> Result<Option<String>, Unasked> {
    let variable = descriptor.endpoint_variable();
    let Some(origin) = env::var_os(&variable).filter(|origin| !origin.is_empty()) else { return Ok(None) };
    let origin = origin.into_string().map_err(|_| Unasked::NoText(variable.clone()))?;
    Addresses::new(&descriptor.hosts, Some(&origin)).map_err(|why| Unasked::Moved { variable, why })?;
    Ok(Some(origin))
}
