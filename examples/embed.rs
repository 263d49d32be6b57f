//! Runs a pipeline from another program: `cargo run --example embed -- PIPELINE INPUT OUTPUT`.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::error::Error;

use recanvas::batch::{self, Event, Observer, Places, Request, Stop};
use recanvas::pipeline::Pipeline;

struct Print;

impl Observer for Print {
    fn notice(&self, event: &Event<'_>) {
        if let Event::TaskDone { output, .. } = event {
            println!("{}", output.display());
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let [pipeline, input, output] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "three arguments")?;
    let pipeline = Pipeline::from_path(pipeline)?;
    let places = Places::new(input, output);
    let summary = batch::run(&pipeline, &Request::new(&pipeline, places)?, &Print, &Stop::new())?;
    println!("{} done, {} skipped, {} failed", summary.done, summary.skipped, summary.failures());
    Ok(())
}
