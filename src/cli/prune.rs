//! `prune`: removes outputs that no task makes any more.

use crate::batch;
use crate::batch::Places;
use crate::batch::Pruned;
use crate::batch::Request;
use crate::cli::args::PruneArgs;
use crate::cli::open::open;
use crate::cli::print::data;
use crate::cli::run::refused;
use crate::error::ErrorKind;
use crate::report;

/// Prints the outputs that would be removed, or removes them; returns the exit code.
pub(super) fn prune(args: &PruneArgs) -> u8 {
    let pipeline = match open(&args.place.pipeline) {
        Ok(pipeline) => pipeline,
        Err(code) => return code,
    };
    let places = Places { input: args.input.clone(), output: args.place.output.clone() };
    let is_dry = !args.yes;
    let pruned = Request::new(&pipeline, places).and_then(|request| batch::prune(&pipeline, &request, is_dry));
    let (pruned, code) = match pruned {
        Ok(pruned) => {
            let code = pruned.exit();
            (pruned, code)
        }
        Err(refusal) => {
            let code = refused(&refusal);
            // Programs that read the last line find one whenever the command was understood.
            match refusal.kind() {
                ErrorKind::Locked if args.place.json => (Pruned::default(), code),
                _ => return code,
            }
        }
    };
    if args.place.json {
        return data(&report::pruned_json(&pruned, is_dry, code).to_string(), code);
    }
    data(&report::pruned_text(&pruned, is_dry), code)
}
