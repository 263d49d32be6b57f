//! Renders a file in memory: `cargo run --example render -- PIPELINE TARGET INPUT OUTPUT`.

#![expect(clippy::disallowed_methods, reason = "an example writes its output")]
#![expect(clippy::print_stderr, reason = "an example shows its warnings")]

use std::error::Error;
use std::fs;

use recanvas::pipeline::Pipeline;

/// Writes what the pipeline's target makes of a picture; nothing else is read or written.
pub(crate) fn render([pipeline, target, input, output]: [&str; 4]) -> Result<(), Box<dyn Error>> {
    let pipeline = Pipeline::from_path(pipeline)?;
    let rendered = pipeline.render(&fs::read(input)?, target, None)?;
    for warning in &rendered.warnings {
        eprintln!("{warning}");
    }
    fs::write(output, &rendered.bytes)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    render(arguments.try_into().map_err(|_| "four arguments: PIPELINE TARGET INPUT OUTPUT")?)
}
