//! What is told of the measurements.

use std::fs;
use std::path::Path;

use crate::cases::Case;
use crate::child::Measured;

const BEGIN: &str = "<!-- memory: written by cargo bench --bench memory -- --write-docs -->";
const END: &str = "<!-- end of memory -->";

/// One case in one line.
pub(crate) fn line(case: &Case, measured: &Measured) -> String {
    let Measured { planned, peak } = *measured;
    let each = |bytes: u64| bytes as f64 / case.pixels() as f64;
    let verdict = if measured.is_right() { "ok" } else { "FAIL" };
    format!(
        "{verdict:4} planned {:6.1} MiB, peak {:6.1} MiB ({:.2}); {:5.2} and {:5.2} bytes a pixel: {}",
        mib(planned),
        mib(peak),
        ratio(measured),
        each(planned),
        each(peak),
        case.name
    )
}

/// Writes the table of the page.
///
/// # Panics
/// If the page has no place for it.
pub(crate) fn write(rows: &[(Case, Measured)]) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md");
    let text = fs::read_to_string(&page).expect("the page");
    let (head, rest) = text.split_once(BEGIN).expect("the beginning of the table");
    let (_, tail) = rest.split_once(END).expect("the end of the table");
    let mut table = String::from("| task | planned MiB | peak MiB | planned / peak |\n| --- | --- | --- | --- |\n");
    for (case, measured) in rows {
        let (planned, peak) = (mib(measured.planned), mib(measured.peak));
        table += &format!("| {} | {planned:.0} | {peak:.0} | {:.2} |\n", case.name, ratio(measured));
    }
    fs::write(&page, format!("{head}{BEGIN}\n\n{table}\n{END}{tail}")).expect("the page");
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn ratio(measured: &Measured) -> f64 {
    measured.planned as f64 / measured.peak as f64
}
