//! Opens the pipeline that a command names.

use crate::batch::exit;
use crate::cli::args::PipelineArgs;
use crate::cli::print::error;
use crate::cli::print::mistakes;
use crate::cli::providers::registry;
use crate::pipeline::Mistakes;
use crate::pipeline::Pipeline;

/// Returns the pipeline, or the exit code after its mistakes were printed.
pub(super) fn open(args: &PipelineArgs) -> Result<Pipeline, u8> {
    let path = &args.pipeline;
    match Pipeline::open(path, registry(&args.engines)?) {
        Ok(pipeline) => {
            mistakes("warning", &pipeline.warnings);
            Ok(pipeline)
        }
        Err(why) => {
            match why.details::<Mistakes>() {
                Some(found) => mistakes("error", found),
                None => error(&why.to_string()),
            }
            Err(exit::REFUSED)
        }
    }
}
