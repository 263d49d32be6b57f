//! One output to be made.

use std::path::Path;
use std::sync::Arc;

use crate::batch::why::Why;
use crate::geometry::Finding;
use crate::pipeline::Route;
use crate::storage::OutputPlace;

/// Counts the bytes that an allocation takes beside what is asked of it, about.
pub(super) const ALLOCATION: usize = 16;

/// An output to be made. Millions may wait for their turn, so what few of them have lies apart.
#[derive(Debug)]
pub struct Make {
    /// Names the output, relative to the output folder.
    pub output: Box<Path>,
    /// The parts that differ from `Unusual::NOTHING`; none if no part does, as for most outputs that were never made.
    unusual: Option<Box<Unusual>>,
}

/// Holds the parts of a plan that few outputs have.
#[derive(Debug, PartialEq)]
pub(super) struct Unusual {
    pub(super) why: Why,
    pub(super) warnings: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) seen: OutputPlace,
    /// Tells whether a file stands at its path that this pipeline never wrote.
    pub(super) is_foreign: bool,
    pub(super) kept: Option<Arc<str>>,
    /// The engine or the call that fills its margins; none if that is the first engine, free of charge.
    pub(super) route: Option<Box<Route>>,
}

impl Unusual {
    const NOTHING: Unusual = Unusual {
        why: Why::New,
        warnings: Vec::new(),
        findings: Vec::new(),
        seen: OutputPlace::Empty,
        is_foreign: false,
        kept: None,
        route: None,
    };
}

impl Make {
    pub(super) fn new(output: Box<Path>, unusual: Unusual) -> Make {
        let unusual = (unusual != Unusual::NOTHING).then(|| Box::new(unusual));
        Make { output, unusual }
    }

    fn unusual(&self) -> &Unusual {
        static NOTHING: Unusual = Unusual::NOTHING;
        self.unusual.as_deref().unwrap_or(&NOTHING)
    }

    /// Sets the engine or the call that fills its margins, and adds warnings for the user.
    pub(super) fn set_route(&mut self, route: Route, warnings: Vec<String>) {
        if route != Route::FIRST || !warnings.is_empty() {
            let unusual = self.unusual.get_or_insert_with(|| Box::new(Unusual::NOTHING));
            unusual.warnings.extend(warnings);
            unusual.route = (route != Route::FIRST).then(|| Box::new(route));
        }
    }

    /// Returns the reason for which it is made.
    #[must_use]
    pub fn why(&self) -> &Why {
        &self.unusual().why
    }

    /// Returns the warnings that the user should have before it is made.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.unusual().warnings
    }

    /// Returns the findings that follow from the layout alone.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.unusual().findings
    }

    /// Returns what was seen at its path when it was planned; a run replaces only that.
    #[must_use]
    pub fn seen(&self) -> OutputPlace {
        self.unusual().seen
    }

    /// Tells whether a file stands at its path that this pipeline never wrote.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.unusual().is_foreign
    }

    /// Names the engine that filled the margins of the output that [stays done](Why::keeps_output) if this one
    /// cannot be made.
    #[must_use]
    pub fn kept(&self) -> Option<&str> {
        self.unusual().kept.as_deref()
    }

    /// Returns the engine or the call that fills its margins; the first engine if nothing else was decided.
    #[must_use]
    pub fn route(&self) -> &Route {
        static FIRST: Route = Route::FIRST;
        self.unusual().route.as_deref().unwrap_or(&FIRST)
    }

    /// Tells whether a provider may have its turn: at once, or where the local engines before it fail.
    #[must_use]
    pub fn may_ask(&self) -> bool {
        let Route { call, takeover, .. } = self.route();
        call.is_some() || takeover.is_some()
    }

    /// Estimates how many bytes it takes beside its own size.
    pub(super) fn memory(&self) -> usize {
        let unusual = self.unusual.as_ref().map_or(0, |unusual| {
            let warnings: usize =
                unusual.warnings.iter().map(|line| size_of::<String>() + line.len() + ALLOCATION).sum();
            let finding = |finding: &Finding| size_of::<Finding>() + finding.memory();
            let findings: usize = unusual.findings.iter().map(finding).sum();
            let route = unusual.route.as_ref().map_or(0, |_| size_of::<Route>() + ALLOCATION);
            size_of::<Unusual>() + warnings + findings + route + ALLOCATION
        });
        self.output.as_os_str().len() + unusual + ALLOCATION
    }
}
