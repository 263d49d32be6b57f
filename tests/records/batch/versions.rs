//! A stage and an engine of another crate, as they were, with an option more, and with a higher revision.

use std::sync::Arc;

use recanvas::engines::EngineDef;
use recanvas::engines::FillContext;
use recanvas::engines::Filled;
use recanvas::engines::LocalEngine;
use recanvas::engines::Unfilled;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::options::Field;
use recanvas::options::Kind;
use recanvas::options::Values;
use recanvas::pipeline::Registry;
use recanvas::raster::Raster;
use recanvas::stages::ActingInput;
use recanvas::stages::Stage;
use recanvas::stages::StageDef;

/// Does nothing to pixels, and says that it acts if its first option is not 1.
struct Still;

impl Stage for Still {
    fn acting(&self, values: &Values, _output: &ActingInput<'_>) -> Option<Values> {
        (values["old"] != 1).then(|| values.clone())
    }
}

/// Does nothing, and says nothing of that.
struct Nothing;

impl Stage for Nothing {}

impl LocalEngine for Nothing {
    fn fill(&self, _canvas: &mut Raster, _context: &FillContext) -> Result<Filled, Unfilled> {
        Ok(Filled::by("black"))
    }

    fn scratch_bytes(&self, _canvas: Size, _known: Rect, _pixel_bytes: u64) -> u64 {
        0
    }
}

const OLD: &[Field] = &[Field::new("old", Kind::Integer(0, 9), "1", "an option of the first version")];
const BOTH: &[Field] = &[OLD[0], Field::new("new", Kind::Integer(0, 9), "2", "an option of the second")];

const STAGE: StageDef = StageDef { fields: || OLD, ..StageDef::new("still", "does nothing", |_, _| Arc::new(Still)) };
static STAGES: [StageDef; 3] = [STAGE, StageDef { fields: || BOTH, ..STAGE }, StageDef { revision: 2, ..STAGE }];

const ENGINE: EngineDef =
    EngineDef { name: "black", doc: "black", revision: 1, fields: OLD, uses: &[], build: |_| Box::new(Nothing) };
static ENGINES: [EngineDef; 3] = [ENGINE, EngineDef { fields: BOTH, ..ENGINE }, EngineDef { revision: 2, ..ENGINE }];

/// A stage that is added to those that there are.
pub(super) static MORE: StageDef =
    StageDef { fields: || BOTH, ..StageDef::new("more", "does nothing", |_, _| Arc::new(Nothing)) };

const LOW: &[Field] = &[Field::new("level", Kind::Integer(0, 9), "1", "how much")];
const HIGH: &[Field] = &[Field::new("level", Kind::Integer(0, 9), "2", "how much")];
const ALWAYS: StageDef = StageDef::new("always", "does nothing", |_, _| Arc::new(Nothing));

/// A stage that always acts, and the same with another default and a higher revision.
pub(super) static DEFAULTS: [StageDef; 2] =
    [StageDef { fields: || LOW, ..ALWAYS }, StageDef { fields: || HIGH, revision: 2, ..ALWAYS }];

/// Returns what there is with the stage and the engine of these versions: 1 has an option more, 2 a higher revision.
pub(super) fn registry(stage: usize, engine: usize) -> Registry {
    Registry::built_in().with_stage(&STAGES[stage], "convert").with_engine(&ENGINES[engine])
}
