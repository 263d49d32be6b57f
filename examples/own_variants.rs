//! Says in a file of its own what is asked for of single pictures:
//! `cargo run --example own_variants -- PIPELINE PICTURES INPUT OUTPUT`.
//!
//! The file names each picture with a list of its variants, which stand for its usual results:
//!
//! ```yaml
//! shoes/red.jpg:
//!   - { options: { aspect: { anchor: top } } }            # for all targets
//!   - { targets: [card], encoding: webp }                 # the same once more, in another format
//!   - { targets: [card], row: A17, path: "{stem}.A17.{ext}" }
//! ```

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use recanvas::batch::{self, Observer, Places, Request, Silent, Stop, Summary};
use recanvas::codecs::Format;
use recanvas::pipeline::{Document, Pipeline, Registry, RowKey, Variant, Variants, WrittenOptions};
use serde_json::{Map, Value};

/// Holds what the file says, by picture.
#[derive(Debug)]
pub(crate) struct Pictures {
    document: Arc<Document>,
    pictures: Map<String, Value>,
}

impl Pictures {
    /// Reads what a document says.
    pub(crate) fn of(document: Document) -> Result<Pictures, Box<dyn Error>> {
        let values = document.values().map_err(|mistakes| mistakes[0].to_string())?;
        let Value::Object(pictures) = values else { return Err("it is no map of pictures".into()) };
        let pictures = Pictures { document: Arc::new(document), pictures };
        for name in pictures.pictures.keys() {
            pictures.variants(name)?;
        }
        Ok(pictures)
    }

    fn variants(&self, name: &str) -> Result<Vec<Variant>, Box<dyn Error>> {
        let Some(written) = self.pictures.get(name) else { return Ok(Vec::new()) };
        let written = written.as_array().ok_or("a picture has a list of variants")?;
        written.iter().enumerate().map(|(index, written)| self.variant((name, index), written)).collect()
    }

    fn variant(&self, (name, index): (&str, usize), written: &Value) -> Result<Variant, Box<dyn Error>> {
        let text = |key: &str| written.get(key).and_then(Value::as_str);
        let encoding = text("encoding").map(|name| Format::named(name).ok_or("an unknown format")).transpose()?;
        let path = text("path").map(str::parse).transpose().map_err(|_| "a path that is no template")?;
        let options = written.get("options").and_then(Value::as_object).map(|options| {
            let place = vec![name.into(), index.into(), "options".into()];
            Arc::new(WrittenOptions::in_document(Arc::clone(&self.document), place, options.clone()))
        });
        let targets = written.get("targets").and_then(Value::as_array);
        let names = |targets: &Vec<Value>| targets.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let mut variant = Variant::default();
        variant.targets = targets.map(names);
        variant.row = text("row").map(RowKey::new);
        variant.encoding = encoding;
        variant.path = path.map(Arc::new);
        variant.layers.extend(options);
        Ok(variant)
    }
}

impl Variants for Pictures {
    fn of(&self, source: &Path) -> Vec<Variant> {
        // The names were checked when the file was read.
        source.to_str().and_then(|name| self.variants(name).ok()).unwrap_or_default()
    }
}

/// Returns what a pipeline can name, with what the file at `pictures` says.
pub(crate) fn registry(pictures: &Path) -> Result<Registry, Box<dyn Error>> {
    let pictures = Pictures::of(Document::read(pictures)?)?;
    Ok(Registry::built_in().with_variants(Arc::new(pictures)))
}

/// Runs the pipeline at `pipeline` with what the file at `pictures` says.
pub(crate) fn run(
    [pipeline, pictures]: [&Path; 2],
    places: Places,
    observer: &dyn Observer,
) -> Result<Summary, Box<dyn Error>> {
    let pipeline = Pipeline::open(pipeline, registry(pictures)?).map_err(|invalid| format!("{invalid:?}"))?;
    Ok(batch::run(&pipeline, &Request::new(&pipeline, places)?, observer, &Stop::new())?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [pipeline, pictures, input, output] = arguments.try_into().map_err(|_| "four arguments")?;
    let places = Places::new(input, output);
    run([Path::new(&pipeline), Path::new(&pictures)], places, &Silent).map(drop)
}
