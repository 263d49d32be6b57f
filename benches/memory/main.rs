//! What each kind of task takes of memory, beside what is planned for it: see `docs/performance.md`.
//! `cargo bench --bench memory` measures, `-- --write-docs` writes the table of that page,
//! `-- --only WORD` measures the cases with that word in their name, `-- --codecs` measures
//! decoders and encoders alone, in bytes a pixel: what the constants in `src/codecs` are taken from.
//!
//! Each case is a process of its own, with the program's allocator. Its peak is the most that it
//! ever held, as the kernel counts it (`VmHWM`), without what it held before the work began.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a bench makes its sources and shows its result")]

mod cases;
mod child;
mod pictures;
mod sources;
mod table;

use std::env;
use std::process::Command;
use std::process::ExitCode;

use mimalloc::MiMalloc;

use crate::cases::Case;
use crate::child::Measured;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The words before the name of a case and a folder: this process writes its source there, or does it.
const PREPARE: &str = "--prepare";
const CHILD: &str = "--child";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let value = |word: &str| args.iter().position(|arg| arg == word).and_then(|at| args.get(at + 1));
    if let [word @ ("--prepare" | "--child"), name, folder] = &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        let case = cases::all().into_iter().find(|case| case.name == *name).expect("a case");
        match *word {
            PREPARE => case.prepare(folder.as_ref()),
            _ => child::print(&case.measure(folder.as_ref())),
        }
        return ExitCode::SUCCESS;
    }
    let is_alone = args.iter().any(|arg| arg == "--codecs");
    let only = value("--only").map_or("", String::as_str);
    let cases = cases::all().into_iter().filter(|case| case.is_alone() == is_alone && case.name.contains(only));
    let mut rows = Vec::new();
    for case in cases {
        let measured = in_child(&case);
        println!("{}", table::line(&case, &measured));
        rows.push((case, measured));
    }
    let wrong = rows.iter().filter(|(_, measured)| !measured.is_right()).count();
    println!("{} cases, {wrong} of them out of bounds", rows.len());
    if args.iter().any(|arg| arg == "--write-docs") {
        table::write(&rows);
    }
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn in_child(case: &Case) -> Measured {
    // What made the source is no part of what is measured: the allocator keeps it for a while.
    let folder = tempfile::tempdir().expect("a folder");
    let program = env::current_exe().expect("a program");
    let child = |word: &str| {
        Command::new(&program).args([word, case.name.as_str()]).arg(folder.path()).output().expect("a process")
    };
    child(PREPARE);
    let output = child(CHILD);
    child::parse(&output.stdout).unwrap_or_else(|| {
        panic!("{}: {}{}", case.name, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}
