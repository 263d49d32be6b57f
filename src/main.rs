//! The command-line program; see [`recanvas::cli`].

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Keeps the memory of one picture for the next.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    recanvas::cli::main()
}
