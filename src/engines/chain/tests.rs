//! Chains of engines that are not in any table.

use std::collections::BTreeMap;

use super::*;
use crate::options::defaults;
use crate::providers::Terms;
use crate::providers::Variables;

/// An engine that fails with this class, and was as sure as this of what it would have made.
struct Broken(Class, Option<f64>);

impl LocalEngine for Broken {
    fn fill(&self, _canvas: &mut Raster, _context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        let judgement = self.1.map(|confidence| Judgement { confidence, gates: [("busy", 0.5)].into() });
        Err(Unfilled { failure: Failure::new(self.0, "no idea"), judgement })
    }

    fn scratch_bytes(&self, _canvas: Size, _known: Rect, _pixel_bytes: u64) -> u64 {
        7
    }

    fn can_fail(&self) -> bool {
        true
    }
}

static BROKEN: EngineDef = EngineDef {
    name: "broken",
    doc: "fails",
    revision: 3,
    fields: &[],
    uses: &[],
    build: |_| Box::new(Broken(Class::Limit, None)),
};

static STOPPED: EngineDef =
    EngineDef { name: "stopped", build: |_| Box::new(Broken(Class::Interrupted, None)), ..BROKEN };

static UNSURE: EngineDef =
    EngineDef { name: "unsure", build: |_| Box::new(Broken(Class::BadOutput, Some(0.4))), ..BROKEN };

static SURER: EngineDef =
    EngineDef { name: "surer", build: |_| Box::new(Broken(Class::BadOutput, Some(0.6))), ..BROKEN };

fn chain(defs: &[&'static EngineDef]) -> Chain {
    let link = |def: &&'static EngineDef| Link::Local(LocalLink { def, engine: (def.build)(&defaults(def.fields)) });
    Chain { links: defs.iter().map(link).collect() }
}

fn filled(defs: &[&'static EngineDef]) -> Result<Filled, Failure> {
    let size = Size::new(4, 1);
    let pixels = crate::raster::Pixels::from_samples(size, crate::raster::Channels::Gray, vec![9, 5, 9, 9]);
    let mut canvas = Raster::U8(pixels);
    let filled = chain(defs).fill(0, &mut canvas, Rect::new(1, 0, 1, 1)).map_err(|unfilled| unfilled.failure())?;
    assert_eq!(canvas.into_u8().samples(), [5; 4]);
    Ok(filled)
}

#[test]
fn the_next_engine_has_its_turn_only_when_one_fails() {
    let edge = EngineTable::built_in().find("edge").unwrap();
    assert_eq!(filled(&[edge, &BROKEN]).unwrap().engine, "edge");
    assert_eq!(filled(&[&BROKEN, edge]).unwrap().engine, "edge");
    let failure = filled(&[&BROKEN, &BROKEN]).unwrap_err();
    assert_eq!(failure, Failure::new(Class::Limit, "broken: no idea; broken: no idea"));
    assert_eq!(filled(&[&STOPPED, edge]).unwrap_err().class, Class::Interrupted);
}

#[test]
fn the_judgement_of_the_last_engine_that_gave_up_is_kept() {
    let edge = EngineTable::built_in().find("edge").unwrap();
    let confidence = |defs: &[&'static EngineDef]| filled(defs).unwrap().judgement.map(|said| said.confidence);
    assert_eq!(confidence(&[&BROKEN, edge]), None);
    assert_eq!(confidence(&[&UNSURE, &BROKEN, edge]), Some(0.4));
    assert_eq!(confidence(&[&UNSURE, &SURER, edge]), Some(0.6));
    let own = Judgement { confidence: 1.0, gates: BTreeMap::new() };
    let judged = Filled { judgement: Some(own.clone()), ..Filled::by("edge") };
    assert_eq!(judged.after(filled(&[&UNSURE, edge]).unwrap().judgement).judgement, Some(own));
}

#[test]
fn engines_behind_one_that_is_always_sure_are_never_reached() {
    let (edge, solid) = (EngineTable::built_in().find("edge").unwrap(), EngineTable::built_in().find("solid").unwrap());
    assert_eq!(chain(&[&BROKEN, edge]).unreachable(), []);
    let unreachable = Unreachable { index: 2, engine: "solid".to_owned(), behind: "edge" };
    assert_eq!(chain(&[&BROKEN, edge, solid]).unreachable(), [unreachable]);
    assert_eq!(chain(&[&BROKEN]).scratch_bytes(Size::new(2, 2), Rect::new(0, 0, 1, 1), 3), 7);
}

#[test]
fn a_provider_has_its_turn_behind_local_engines_that_can_fail() {
    let descriptor = EngineTable::built_in().providers().get("fal").expect("a provider").descriptor.clone();
    let asked = Arc::new(Provider {
        descriptor,
        params: Variables::new(),
        terms: Terms::default(),
        backdrop: None,
        preparation: None,
    });
    let with_provider_last = |defs: &[&'static EngineDef]| {
        let mut chain = chain(defs);
        chain.links.push(Link::Remote(Arc::clone(&asked)));
        chain
    };
    let handing_on = with_provider_last(&[&BROKEN, &STOPPED]);
    assert_eq!([0, 1, 2, 3, 9].map(|first| handing_on.next_provider(first)), [Some(2), Some(2), Some(2), None, None]);
    let sure = with_provider_last(&[&BROKEN, EngineTable::built_in().find("edge").unwrap()]);
    assert_eq!([0, 1, 2].map(|first| sure.next_provider(first)), [None, None, Some(2)]);
    assert_eq!(chain(&[&BROKEN]).next_provider(0), None);
}
