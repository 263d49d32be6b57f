//! An output that was made in memory.

use crate::codecs::Format;
use crate::engines::Filled;
use crate::geometry::Finding;
use crate::geometry::Layout;
use crate::pipeline::Decided;
use crate::pipeline::render::encoded::Encoded;

/// An output that was made in memory.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rendered {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// The part of the source that it shows, and its place.
    pub layout: Layout,
    /// The engine that filled the margins, and its judgement; none without margins.
    pub filled: Option<Filled>,
    /// Warnings, one line each: of the layout, and of decoding.
    pub warnings: Vec<String>,
    /// Findings that a person should look at.
    pub findings: Vec<Finding>,
}

impl Rendered {
    pub(super) fn new(
        encoded: Encoded,
        Decided { layout, format, .. }: &Decided,
        (warnings, mut findings): (Vec<String>, Vec<Finding>),
    ) -> Self {
        let Encoded { bytes, filled, findings: of_file, .. } = encoded;
        findings.extend(of_file);
        Rendered { bytes, format: *format, layout: *layout, filled, warnings, findings }
    }
}
