//! Decisions of a stage, or of all of them together, on one task.

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;

use crate::error::Failure;
use crate::geometry::Finding;
use crate::geometry::Layout;

/// Decision of a stage, or of all of them together, on one task.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Do it like this.
    Do(Edited),
    /// It hangs on what the picture shows: on these measures, by name, which are not known yet.
    NeedsMeasures(Vec<&'static str>),
    /// By the pipeline's own rules there is nothing to make; the line says which rule.
    Skip(String),
    /// It cannot be done.
    Fail(Failure),
}

/// Holds a layout with what there is to say of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// The layout.
    pub layout: Layout,
    /// Lowercase lines that the user should see.
    pub warnings: Vec<String>,
    /// Says what a person should look at.
    pub findings: Vec<Finding>,
    /// Names the measures by which it was decided; none where numbers alone did.
    pub because: Vec<Because>,
}

/// Names a measure by which a layout was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Because {
    /// The measure's name.
    pub measure: Cow<'static, str>,
    /// Says how sure the stage is that what was measured is so, from 0 to 1, if it says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

impl From<Layout> for Edited {
    fn from(layout: Layout) -> Self {
        Edited { layout, warnings: Vec::new(), findings: Vec::new(), because: Vec::new() }
    }
}

impl From<Layout> for Decision {
    fn from(layout: Layout) -> Self {
        Decision::Do(layout.into())
    }
}

impl Edited {
    /// Adds a line that the user should see.
    #[must_use]
    pub fn warning(mut self, line: impl Into<String>) -> Self {
        self.warnings.push(line.into());
        self
    }

    /// Adds what a person should look at.
    #[must_use]
    pub fn finding(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    /// Says that what this measure has found decided it.
    #[must_use]
    pub fn because(mut self, measure: &'static str, confidence: Option<f64>) -> Self {
        self.because.push(Because { measure: measure.into(), confidence });
        self
    }

    /// Returns what a later edit has made of it: with the later layout, and all that was said.
    #[must_use]
    pub fn then(mut self, later: Edited) -> Self {
        self.layout = later.layout;
        self.warnings.extend(later.warnings);
        self.findings.extend(later.findings);
        self.because.extend(later.because);
        self
    }
}
