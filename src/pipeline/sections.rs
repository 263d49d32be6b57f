//! The tables of what stands beside the stages: input, output, run, budget and targets.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::geometry::Ratio;
use crate::geometry::Size;
use crate::geometry::SizeError;
use crate::options::Field;
use crate::options::Globs;
use crate::options::Kind;
use crate::options::Problem;
use crate::options::Values;
use crate::pipeline::Template;

/// A part of the pipeline file with options of its own.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Its key in the file.
    pub name: &'static str,
    /// One line that says what it is.
    pub doc: &'static str,
    /// Its options.
    pub fields: &'static [Field],
}

/// Section of the options about sources.
pub(super) static INPUT: Section = Section {
    name: "input",
    doc: "where sources come from",
    fields: &[
        Field::new("dir", OPTIONAL_PATH, "null", "the folder, relative to the pipeline's file; --input overrides"),
        Field::new(
            "include",
            GLOBS,
            "[]",
            "globs, without case and in any form of Unicode; empty means every file that is a known picture by its bytes or its name",
        ),
        Field::new("exclude", GLOBS, "[]", "globs of what to leave out"),
        Field::new("follow_links", Kind::Bool, "false", "whether symbolic links are followed"),
    ],
};

/// Section of the options about outputs.
pub(super) static OUTPUT: Section = Section {
    name: "output",
    doc: "where outputs go",
    fields: &[
        Field::new("dir", OPTIONAL_PATH, "null", "the folder, relative to the pipeline's file; --output overrides"),
        Field::new(
            "path",
            TEMPLATE,
            "{dir}/{stem}.{target}.{ext}",
            "each output's path: {dir} {stem} {ext} {target} {source_ext} {width} {height} {hash}",
        ),
        Field::new(
            "state",
            OPTIONAL_PATH,
            "null",
            "the folder of manifest and lock, relative to the pipeline's file; by default .recanvas inside the output folder",
        ),
    ],
};

/// Section of the options about the machine.
pub(super) static RUN: Section = Section {
    name: "run",
    doc: "how a run uses the machine; changes no pixel",
    fields: &[
        Field::new(
            "jobs",
            Kind::Or("auto", &Kind::Integer(1, 1024)),
            "auto",
            "sources worked on at the same time; auto is the number of processors",
        ),
        Field::new(
            "memory",
            Kind::Or("auto", &Kind::Count),
            "auto",
            "memory for pictures; auto is half of what the machine or its control group allows",
        ),
    ],
};

/// Section of the limits on what may be spent.
pub(super) static BUDGET: Section = Section {
    name: "budget",
    doc: "most that providers may cost, in USD",
    fields: &[
        Field::new("per_run", Kind::Optional(&Kind::Number(0.0, 1e9)), "null", "in one run"),
        Field::new("per_month", Kind::Optional(&Kind::Number(0.0, 1e9)), "null", "in one calendar month"),
    ],
};

/// Options of a target itself; beside them stand options of stages.
pub static TARGET: Section = Section {
    name: "targets",
    doc: "what is made of every source",
    fields: &[
        Field::required("name", NAME, "the target's name, used in file names: letters, digits, . _ -"),
        Field::new("ratio", Kind::Optional(&RATIO), "null", "width to height: 16:9, 1.91 or 1200x628"),
        Field::new("size", Kind::Optional(&SIZE), "null", "exact size in pixels: 1080x1350"),
        Field::new("width", SIDE, "null", "width in pixels; the height follows from the ratio"),
        Field::new("height", SIDE, "null", "height in pixels; the width follows from the ratio"),
    ],
};

/// The sections with a key of their own, in the order of the reference.
pub static SECTIONS: [&Section; 4] = [&INPUT, &OUTPUT, &RUN, &BUDGET];

const OPTIONAL_PATH: Kind = Kind::Optional(&Kind::Path);
const SIDE: Kind = Kind::Optional(&Kind::Integer(1, 65535));
const GLOB_LIST: Kind = Kind::List(&custom(parse_glob, || json!({"type": "string"}), || "a glob".into()));
const GLOBS: Kind = custom(parse_globs, || GLOB_LIST.schema(), || GLOB_LIST.expected());
const TEMPLATE: Kind = custom(parse_template, || json!({"type": "string"}), || "a path with placeholders".into());
const NAME: Kind =
    custom(parse_name, || json!({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"}), || "a name".into());
const RATIO: Kind = custom(parse_ratio, || json!({"type": ["string", "number"]}), || "a ratio like 4:5".into());
const SIZE: Kind = custom(
    parse_size,
    || json!({"type": "string", "pattern": "^[0-9]+[xX×][0-9]+$"}),
    || "a size like 1080x1350".into(),
);

const fn custom(
    parse: fn(&Value) -> Result<Value, Vec<Problem>>,
    schema: fn() -> Value,
    expected: fn() -> String,
) -> Kind {
    Kind::Custom { parse, schema, expected }
}

/// Longest side that can be asked for, the most that any format here can hold but PNG.
const MAX_SIDE: u32 = 65535;

fn text_of(written: &Value, expected: &str) -> Result<String, Vec<Problem>> {
    match written {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(vec![Problem::new(format!("{written} is not {expected}"))]),
    }
}

fn parse_glob(written: &Value) -> Result<Value, Vec<Problem>> {
    let text = text_of(written, "a glob")?;
    match Globs::new([&text]) {
        Ok(_) => Ok(Value::from(text)),
        Err(error) => Err(vec![Problem::new(error.to_string())]),
    }
}

/// Reads a list of globs, which must also be usable together.
fn parse_globs(written: &Value) -> Result<Value, Vec<Problem>> {
    let read = GLOB_LIST.parse(written)?;
    let globs = read.as_array().into_iter().flatten().filter_map(Value::as_str);
    match Globs::new(globs) {
        Ok(_) => Ok(read),
        Err(error) => Err(vec![Problem::new(error.to_string())]),
    }
}

fn parse_template(written: &Value) -> Result<Value, Vec<Problem>> {
    let text = text_of(written, "a path")?;
    match Template::parse(&text) {
        Ok(_) => Ok(Value::from(text)),
        Err(error) => Err(vec![Problem::new(error.to_string())]),
    }
}

fn parse_name(written: &Value) -> Result<Value, Vec<Problem>> {
    let name = text_of(written, "a name")?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(harmless) {
        Ok(Value::from(name))
    } else {
        let message = format!("`{name}` cannot be part of a file name everywhere");
        Err(vec![Problem::new(message).hint("use letters, digits, . _ and -, beginning with a letter or digit")])
    }
}

fn parse_ratio(written: &Value) -> Result<Value, Vec<Problem>> {
    let text = text_of(written, "a ratio like 4:5")?;
    match text.parse::<Ratio>() {
        Ok(ratio) => Ok(Value::from(ratio.to_string())),
        Err(error) => Err(vec![Problem::new(error.to_string())]),
    }
}

fn parse_size(written: &Value) -> Result<Value, Vec<Problem>> {
    let size: Result<Size, SizeError> = text_of(written, "a size like 1080x1350")?.parse();
    let size = size.map_err(|error| vec![Problem::new(error.to_string())])?;
    if size.width.max(size.height) > MAX_SIDE {
        return Err(vec![Problem::new(format!("{size} is too large; a side has at most {MAX_SIDE} pixels"))]);
    }
    Ok(Value::from(size.to_string()))
}

impl Section {
    /// Reads the section's values as written in `root`, completed with its defaults.
    ///
    /// # Errors
    /// Every mistake in the section.
    pub fn read(&self, root: &Map<String, Value>) -> Result<Values, Vec<Problem>> {
        let mut values = crate::options::defaults(self.fields);
        match root.get(self.name) {
            None | Some(Value::Null) => {}
            Some(Value::Object(map)) => {
                let what = format!("`{}`", self.name);
                let written = crate::options::parse(self.fields, &what, map);
                values.extend(
                    written.map_err(|found| {
                        found.into_iter().map(|problem| problem.under(self.name)).collect::<Vec<_>>()
                    })?,
                );
            }
            Some(_) => {
                let known: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
                let problem = Problem::new(format!("`{}` is a map of options: {}", self.name, known.join(", ")));
                return Err(vec![problem.under(self.name)]);
            }
        }
        Ok(values)
    }

    /// Reads the same as a typed value.
    ///
    /// # Errors
    /// Every mistake in the section.
    pub fn read_as<T: DeserializeOwned>(&self, root: &Map<String, Value>) -> Result<T, Vec<Problem>> {
        self.read(root).map(|values| crate::options::typed(&values))
    }
}

/// Options about sources.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct InputOptions {
    /// The folder, if the file names one; relative to the working directory.
    pub dir: Option<PathBuf>,
    /// Globs of what to take; empty means all.
    pub include: Vec<String>,
    /// Globs of what to leave out.
    pub exclude: Vec<String>,
    /// Set where symbolic links are followed.
    pub follow_links: bool,
}

/// Options about outputs.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct OutputOptions {
    /// The folder, if the file names one; relative to the working directory.
    pub dir: Option<PathBuf>,
    /// Each output's path below the folder.
    pub path: Template,
    /// The folder of manifest and lock, if it is not the usual one; relative to the working directory.
    pub state: Option<PathBuf>,
}

/// A number, or whatever fits the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "Value")]
pub enum AutoNumber {
    /// As much as fits the machine.
    Auto,
    /// This many.
    Fixed(u64),
}

impl From<Value> for AutoNumber {
    fn from(value: Value) -> Self {
        value.as_u64().map_or(AutoNumber::Auto, AutoNumber::Fixed)
    }
}

/// Options about the machine.
#[derive(Debug, Clone, Copy, Deserialize)]
#[non_exhaustive]
pub struct RunOptions {
    /// Sources worked on at the same time.
    pub jobs: AutoNumber,
    /// Bytes for pictures.
    pub memory: AutoNumber,
}

/// Limits on what may be spent, in USD.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[non_exhaustive]
pub struct BudgetOptions {
    /// In one run.
    pub per_run: Option<f64>,
    /// In one calendar month.
    pub per_month: Option<f64>,
}
