//! The value of `outpaint.engine`: which engine, and which one if it fails.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::engines::EngineDef;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::all;
use crate::engines::find;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::options::Kind;
use crate::options::Problem;
use crate::options::Values;
use crate::options::defaults;
use crate::options::map_schema;
use crate::options::parse as parse_options;
use crate::raster::Raster;

/// The key of an engine's name beside its options.
const USE: &str = "use";

/// The kind of `outpaint.engine`: a name, `{use: name, option: …}`, or a list of those, of
/// which the next is the fallback. Canonical is the list of objects with every option of each
/// engine, so that two ways of writing the same give the same fingerprint.
pub const ENGINE: Kind =
    Kind::Custom { parse, schema, expected: || "an engine, {use: engine, option: …}, or a list of those".into() };

/// Engines in the order in which they are tried; by default none.
#[derive(Default)]
pub struct Chain {
    links: Vec<Link>,
}

struct Link {
    def: &'static EngineDef,
    engine: Box<dyn LocalEngine>,
}

/// An engine that is listed and can never have its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable {
    /// Its place in the list, counted from 0.
    pub index: usize,
    /// The engine.
    pub engine: &'static str,
    /// The engine before it that always succeeds.
    pub behind: &'static str,
}

impl Chain {
    /// The engines of a canonical value of kind [`ENGINE`].
    ///
    /// # Panics
    /// If the value is not canonical.
    #[must_use]
    pub fn build(engines: &Value) -> Chain {
        let read = |entry: &Value| {
            let entry = entry.as_object()?;
            let def = find(entry.get(USE)?.as_str()?)?;
            let option = |name: &'static str| entry.get(name).map(|value| (name, value.clone()));
            let values = def.fields.iter().map(|field| option(field.name)).collect::<Option<Values>>()?;
            Some(Link { def, engine: (def.build)(&values) })
        };
        let links = engines.as_array().and_then(|entries| entries.iter().map(read).collect());
        let Some(links) = links else { panic!("a canonical list of engines, not {engines}") };
        Chain { links }
    }

    /// Fills the margins with the first engine that succeeds; see [`LocalEngine::fill`].
    ///
    /// # Errors
    /// The last engine's failure, after what those before it said; [`Class::Interrupted`] at
    /// once, because then nobody wants the next one.
    pub fn fill(&self, canvas: &mut Raster, known: Rect) -> Result<Filled, Failure> {
        let mut said: Vec<String> = Vec::new();
        let mut class = Class::Internal;
        for Link { def, engine } in &self.links {
            match engine.fill(canvas, known) {
                Ok(filled) => return Ok(filled),
                Err(failure) if failure.class == Class::Interrupted => return Err(failure),
                Err(failure) => {
                    said.push(format!("{}: {failure}", def.name));
                    class = failure.class;
                }
            }
        }
        Err(Failure::new(class, said.join("; ")))
    }

    /// Name and revision of every engine that may make pixels, each once, in the order in
    /// which they are first met.
    #[must_use]
    pub fn revisions(&self) -> Vec<(&'static str, u32)> {
        let mut revisions = Vec::new();
        let mut waiting: Vec<&'static EngineDef> = self.links.iter().rev().map(|link| link.def).collect();
        while let Some(def) = waiting.pop() {
            if !revisions.contains(&(def.name, def.revision)) {
                revisions.push((def.name, def.revision));
                waiting.extend(def.uses.iter().rev());
            }
        }
        revisions
    }

    /// Bytes that filling needs besides the canvas; see [`LocalEngine::scratch_bytes`]. The
    /// engines work one after the other, so the neediest counts.
    #[must_use]
    pub fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64 {
        self.reachable().map(|link| link.engine.scratch_bytes(canvas, known, pixel_bytes)).max().unwrap_or(0)
    }

    /// Whether a grey canvas must be given colour first; see [`LocalEngine::needs_color`].
    #[must_use]
    pub fn needs_color(&self) -> bool {
        self.reachable().any(|link| link.engine.needs_color())
    }

    /// Whether a canvas without alpha must be given it first; see [`LocalEngine::needs_alpha`].
    #[must_use]
    pub fn needs_alpha(&self) -> bool {
        self.reachable().any(|link| link.engine.needs_alpha())
    }

    /// The engines that are listed behind one that always succeeds.
    #[must_use]
    pub fn unreachable(&self) -> Vec<Unreachable> {
        let Some(last) = self.links.iter().position(|link| !link.def.can_fail) else { return Vec::new() };
        let behind = self.links[last].def.name;
        let rest = self.links.iter().enumerate().skip(last + 1);
        rest.map(|(index, link)| Unreachable { index, engine: link.def.name, behind }).collect()
    }

    fn reachable(&self) -> impl Iterator<Item = &Link> {
        let end = self.links.iter().position(|link| !link.def.can_fail).map_or(self.links.len(), |last| last + 1);
        self.links[..end].iter()
    }
}

fn parse(written: &Value) -> Result<Value, Vec<Problem>> {
    let Value::Array(items) = written else {
        return parse_one(written).map(|entry| Value::Array(vec![entry]));
    };
    if items.is_empty() {
        return Err(vec![Problem::new("the list of engines is empty").hint("name one, like `auto`")]);
    }
    let mut entries: Vec<Value> = Vec::new();
    let mut problems = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match parse_one(item) {
            Ok(entry) if entries.contains(&entry) => {
                let name = entry[USE].as_str().unwrap_or_default();
                problems.push(Problem::new(format!("`{name}` is listed twice with the same options")).under(index));
            }
            Ok(entry) => entries.push(entry),
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.under(index))),
        }
    }
    if problems.is_empty() { Ok(Value::Array(entries)) } else { Err(problems) }
}

fn parse_one(written: &Value) -> Result<Value, Vec<Problem>> {
    match written {
        Value::String(name) => entry(known(name).map_err(|problem| vec![problem])?, &Map::new()),
        Value::Object(map) => parse_map(map),
        Value::Null => Err(vec![Problem::new("no value; expected an engine").hint(listed())]),
        _ => Err(vec![Problem::new(format!("{written} is not an engine")).hint(listed())]),
    }
}

fn parse_map(map: &Map<String, Value>) -> Result<Value, Vec<Problem>> {
    match map.get(USE) {
        Some(Value::String(name)) => {
            let def = known(name).map_err(|problem| vec![problem.under(USE)])?;
            let options = map.iter().filter(|(key, _)| *key != USE);
            entry(def, &options.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        Some(other) => {
            Err(vec![Problem::new(format!("{other} is not the name of an engine")).hint(listed()).under(USE)])
        }
        None => {
            // The likely slip is the form that stages have, `blur: {…}`.
            let named = map.keys().find(|key| find(key).is_some());
            let hint = format!("write {{{USE}: {}, option: …}}", named.map_or("name", String::as_str));
            Err(vec![Problem::new(format!("no `{USE}`: which engine?")).hint(hint)])
        }
    }
}

fn known(name: &str) -> Result<&'static EngineDef, Problem> {
    find(name).ok_or_else(|| Problem::unknown("engine", name, "", all().map(|def| def.name)).at_value())
}

fn listed() -> String {
    format!("known: {}", all().map(|def| def.name).collect::<Vec<_>>().join(", "))
}

/// The canonical entry: the name and every option.
fn entry(def: &'static EngineDef, options: &Map<String, Value>) -> Result<Value, Vec<Problem>> {
    let mut values = defaults(def.fields);
    values.extend(parse_options(def.fields, &format!("engine `{}`", def.name), options)?);
    let mut entry = Map::from_iter([(USE.to_owned(), Value::from(def.name))]);
    entry.extend(values.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Ok(Value::Object(entry))
}

fn schema() -> Value {
    let names: Vec<&str> = all().map(|def| def.name).collect();
    let with_options = all().map(|def| {
        let mut schema = map_schema(def.fields, def.doc);
        schema["properties"][USE] = json!({"const": def.name});
        schema["required"] = json!([USE]);
        schema
    });
    let one: Vec<Value> = std::iter::once(json!({"enum": names})).chain(with_options).collect();
    let mut any = one.clone();
    any.push(json!({"type": "array", "minItems": 1, "items": {"anyOf": one}}));
    json!({"anyOf": any})
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine that fails with this class.
    struct Broken(Class);

    impl LocalEngine for Broken {
        fn fill(&self, _canvas: &mut Raster, _known: Rect) -> Result<Filled, Failure> {
            Err(Failure::new(self.0, "no idea"))
        }

        fn scratch_bytes(&self, _canvas: Size, _known: Rect, _pixel_bytes: u64) -> u64 {
            7
        }
    }

    static BROKEN: EngineDef = EngineDef {
        name: "broken",
        doc: "fails",
        revision: 3,
        fields: &[],
        uses: &[],
        can_fail: true,
        build: |_| Box::new(Broken(Class::Limit)),
    };

    static STOPPED: EngineDef =
        EngineDef { name: "stopped", build: |_| Box::new(Broken(Class::Interrupted)), ..BROKEN };

    fn chain(defs: &[&'static EngineDef]) -> Chain {
        let link = |def: &&'static EngineDef| Link { def, engine: (def.build)(&defaults(def.fields)) };
        Chain { links: defs.iter().map(link).collect() }
    }

    fn filled(defs: &[&'static EngineDef]) -> Result<Filled, Failure> {
        let size = Size::new(4, 1);
        let pixels = crate::raster::Pixels::from_samples(size, crate::raster::Channels::Gray, vec![9, 5, 9, 9]);
        let mut canvas = Raster::U8(pixels);
        let filled = chain(defs).fill(&mut canvas, Rect::new(1, 0, 1, 1))?;
        assert_eq!(canvas.into_u8().samples(), [5; 4]);
        Ok(filled)
    }

    #[test]
    fn the_next_engine_has_its_turn_only_when_one_fails() {
        let edge = find("edge").unwrap();
        assert_eq!(filled(&[edge, &BROKEN]).unwrap().engine, "edge");
        assert_eq!(filled(&[&BROKEN, edge]).unwrap().engine, "edge");
        let failure = filled(&[&BROKEN, &BROKEN]).unwrap_err();
        assert_eq!(failure, Failure::new(Class::Limit, "broken: no idea; broken: no idea"));
        assert_eq!(filled(&[&STOPPED, edge]).unwrap_err().class, Class::Interrupted);
    }

    #[test]
    fn what_stands_behind_a_sure_engine_is_never_reached() {
        let (edge, solid) = (find("edge").unwrap(), find("solid").unwrap());
        assert_eq!(chain(&[&BROKEN, edge]).unreachable(), []);
        let unreachable = Unreachable { index: 2, engine: "solid", behind: "edge" };
        assert_eq!(chain(&[&BROKEN, edge, solid]).unreachable(), [unreachable]);
        assert_eq!(chain(&[&BROKEN]).scratch_bytes(Size::new(2, 2), Rect::new(0, 0, 1, 1), 3), 7);
    }
}
