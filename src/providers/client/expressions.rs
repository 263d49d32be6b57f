//! Values with expressions in them.
//!
//! A value is JSON in which a text may hold `{{ … }}`. A text that is one expression as a whole
//! keeps the expression's type, so that a number stays a number; any other is a template and
//! gives text. What is undefined or none is left out of its map. Expressions know the variables
//! that they are given and the functions of `environment`, and nothing of the process, its
//! files or its keys. A descriptor may come from any source, so the stack and the memory that it can take
//! are bounded (`expressions/bounds.rs`).

mod bounds;
mod error;
mod words;

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use minijinja::AutoEscape;
use minijinja::Environment;
use minijinja::Value as Term;
use minijinja::value::Serde;
use minijinja::value::ValueKind;
use serde_json::Map;
use serde_json::Value;

use crate::providers::Variables;

use bounds::Outline;
use bounds::check_value;
pub use error::ExpressionError;

/// Steps that one expression may take; a slip like an endless loop ends as a mistake.
const FUEL: u64 = 50_000;

/// Longest side of a blank picture: more than any provider makes, and written in a moment.
const BLANK_SIDE: u32 = 8192;

/// Returns the environment of expressions, without variables: the filters and tests of [`words`], and `blank_png(width,
/// height)`, a black picture as base64 for providers that ask for a mask and ignore it.
fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    words::add(&mut environment);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // Text is for machines: `true` as in JSON, and nothing where there is nothing.
    environment.set_formatter(|out, state, value| match value.kind() {
        ValueKind::Bool => Ok(write!(out, "{}", value.is_true())?),
        ValueKind::None | ValueKind::Undefined => Ok(()),
        _ => minijinja::escape_formatter(out, state, value),
    });
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(50);
    environment.add_function(bounds::BLANK_PNG, blank_png);
    environment
}

/// Returns the text of an expression if `text` is one as a whole.
fn whole(text: &str) -> Option<&str> {
    text.trim().strip_prefix("{{")?.strip_suffix("}}")
}

/// Tells whether the text holds no expression at all.
fn is_plain(text: &str) -> bool {
    !["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}

/// Returns the variables that a text asks for, in their order.
///
/// # Errors
/// What keeps it from being an expression.
pub fn names_in(text: &str) -> Result<Vec<String>, ExpressionError> {
    if is_plain(text) {
        return Ok(Vec::new());
    }
    Outline::of(text)?;
    let environment = environment();
    let known: Vec<String> = environment.globals().map(|(name, _)| name.to_owned()).collect();
    let asked = match whole(text).map(|inner| environment.compile_expression(inner)) {
        Some(Ok(expression)) => expression.undeclared_variables(false),
        _ => environment.template_from_str(text).map_err(|error| wrong(&error))?.undeclared_variables(false),
    };
    let mut names: Vec<String> = asked.into_iter().filter(|name| !known.contains(name)).collect();
    names.sort();
    Ok(names)
}

/// Returns the value with every expression in it worked out; nothing if it is undefined as a whole.
///
/// # Errors
/// What went wrong in an expression; texts of variables are not part of it.
pub fn evaluate(value: &Value, variables: &Variables) -> Result<Option<Value>, ExpressionError> {
    match value {
        Value::String(text) => evaluate_text(text, variables),
        Value::Array(items) => {
            let items: Result<Vec<Value>, ExpressionError> =
                items.iter().map(|item| Ok(evaluate(item, variables)?.unwrap_or(Value::Null))).collect();
            Ok(Some(Value::Array(items?)))
        }
        Value::Object(map) => {
            let mut filled = Map::new();
            for (key, value) in map {
                if let Some(value) = evaluate(value, variables)? {
                    filled.insert(key.clone(), value);
                }
            }
            Ok(Some(Value::Object(filled)))
        }
        other => Ok(Some(other.clone())),
    }
}

/// Tells whether nothing but the length of a variable is used in a text.
fn is_only_counted(name: &str, text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut uses = text.match_indices(name).filter(|(at, _)| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        !before.ends_with(is_word) && !after.starts_with(is_word)
    });
    uses.all(|(at, _)| {
        let Some(filter) = text[at + name.len()..].trim_start().strip_prefix('|') else { return false };
        let filter = filter.trim_start();
        ["length", "count"].iter().any(|word| filter.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_word)))
    })
}

/// Returns the same for a text alone.
///
/// # Errors
/// What went wrong in the expression.
pub fn evaluate_text(text: &str, variables: &Variables) -> Result<Option<Value>, ExpressionError> {
    if is_plain(text) {
        return Ok(Some(Value::from(text)));
    }
    // The commonest expression is a variable alone; its value may be megabytes of picture.
    if let Some(value) = whole(text).and_then(|inner| variables.get(inner.trim())) {
        return Ok(Some(value.clone()).filter(|value| !value.is_null()));
    }
    let outline = Outline::of(text)?;
    Outline::check_size(text, variables)?;
    if outline.multiplies {
        // What is no number could be repeated, to any length.
        let is_number = |value: &Value| value.is_number() || value.is_boolean() || value.is_null();
        let is_other =
            |name: &String| variables.get(name).is_some_and(|value| !is_number(value)) && !is_only_counted(name, text);
        if let Some(name) = names_in(text)?.into_iter().find(is_other) {
            return Err(ExpressionError::RepeatsVariable(name));
        }
    }
    // What a descriptor finds in the library must not end the run.
    catch_unwind(AssertUnwindSafe(|| rendered(text, variables))).unwrap_or(Err(ExpressionError::Defect))
}

/// Has the library work out a text within the bounds.
fn rendered(text: &str, variables: &Variables) -> Result<Option<Value>, ExpressionError> {
    let environment = environment();
    let context = Term::from(Serde(variables));
    if let Some(Ok(expression)) = whole(text).map(|inner| environment.compile_expression(inner)) {
        let term = expression.eval(context).map_err(|error| wrong(&error))?;
        if term.is_undefined() || term.is_none() {
            return Ok(None);
        }
        if let Some(text) = term.as_str() {
            check_value(text.len())?;
        }
        let value = serde_json::to_value(&term).map_err(|_| ExpressionError::NoJson)?;
        check_value(bounds::size(&value))?;
        return Ok(Some(value));
    }
    let template = environment.template_from_str(text).map_err(|error| wrong(&error))?;
    let text = template.render(context).map_err(|error| wrong(&error))?;
    check_value(text.len())?;
    Ok(Some(Value::from(text)))
}

/// Returns the error without the source that the library adds.
fn wrong(error: &minijinja::Error) -> ExpressionError {
    ExpressionError::Wrong(match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    })
}

/// Returns a black grey-scale PNG as base64.
fn blank_png(width: u32, height: u32) -> Result<String, minijinja::Error> {
    let refuse = |what: &str| minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, what.to_owned());
    if width == 0 || height == 0 || width.max(height) > BLANK_SIDE {
        return Err(refuse("a blank picture has 1 to 8192 pixels a side"));
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let row = vec![0_u8; width as usize];
    let written = encoder.write_header().and_then(|mut writer| {
        let mut stream = writer.stream_writer()?;
        for _ in 0..height {
            std::io::Write::write_all(&mut stream, &row)?;
        }
        stream.finish()
    });
    written.map_err(|_| refuse("the blank picture cannot be written"))?;
    Ok(crate::providers::client::base64_of(&bytes))
}
