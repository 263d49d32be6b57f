//! The command-line program; see [`recanvas::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    recanvas::cli::main()
}
