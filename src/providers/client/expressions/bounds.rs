//! Holds an expression to its bounds before anything reads it, and its value after.
//!
//! The library counts steps and not what they take: a deep expression overflows the stack while
//! it is compiled, and a short one may multiply a text to gigabytes. So there are no statements,
//! with which a text could be doubled again and again; multiplying is for numbers; and a text is
//! never longer than its parts together.

use serde_json::Value;

use crate::providers::Variables;
use crate::providers::client::expressions::error::ExpressionError;

/// Most bytes of a text with an expression in it.
const TEXT_MAX: usize = 8 << 10;

/// Most operators in a text: each may be a level for the compiler.
const OPERATORS_MAX: usize = 200;

/// Most bytes of a value that was worked out: more than any picture that is sent, as base64.
const VALUE_MAX: usize = 64 << 20;

/// The function that makes a picture, and most of these in a text: each takes its time.
pub(super) const BLANK_PNG: &str = "blank_png";
const PICTURES_MAX: usize = 2;

/// Words that are operators.
const WORDS: [&str; 7] = ["and", "else", "if", "in", "is", "not", "or"];

/// Filters that give a number for a number.
const NUMERIC: [&str; 8] = ["abs", "count", "d", "default", "float", "int", "length", "round"];

/// Words of a text inside `{{ … }}`, without the strings.
#[derive(Debug, Default)]
pub(super) struct Outline {
    operators: usize,
    pictures: usize,
    /// Tells whether anything is multiplied.
    pub(super) multiplies: bool,
    /// Tells whether anything in it is surely no number.
    has_text: bool,
}

impl Outline {
    /// Returns the outline of a text whose expressions are within the bounds.
    ///
    /// # Errors
    /// The bound that is exceeded, or what has no place in an expression.
    pub(super) fn of(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > TEXT_MAX {
            return Err(ExpressionError::LongText { most: TEXT_MAX });
        }
        if text.contains("{%") || text.contains("{#") {
            return Err(ExpressionError::Statement);
        }
        let mut outline = Outline::default();
        let mut rest = text;
        let mut open = Vec::new();
        while let Some((_, inner)) = rest.split_once("{{") {
            rest = outline.expression(inner, &mut open);
        }
        if outline.operators > OPERATORS_MAX {
            return Err(ExpressionError::Operators { most: OPERATORS_MAX });
        }
        if outline.pictures > PICTURES_MAX {
            return Err(ExpressionError::Pictures { most: PICTURES_MAX });
        }
        if outline.multiplies && outline.has_text {
            return Err(ExpressionError::Repeats);
        }
        Ok(outline)
    }

    /// Goes through one expression and returns what follows it. `open` holds the open brackets, as the
    /// library counts them through all expressions of a text, and whether they are those of a call.
    fn expression<'a>(&mut self, inner: &'a str, open: &mut Vec<bool>) -> &'a str {
        let bytes = inner.as_bytes();
        let mut at = 0;
        let (mut is_filter, mut may_be_called) = (false, false);
        while at < bytes.len() {
            if open.is_empty() && bytes[at..].starts_with(b"}}") {
                return &inner[at + 2..];
            }
            match bytes[at] {
                quote @ (b'\'' | b'"') => {
                    self.has_text = true;
                    at += 1;
                    while at < bytes.len() && bytes[at] != quote {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                }
                byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
                    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
                    let length = bytes[at..].iter().take_while(|byte| is_word(byte)).count();
                    let word = &inner[at..at + length];
                    self.operators += usize::from(WORDS.contains(&word));
                    self.has_text |= (is_filter && !NUMERIC.contains(&word)) || word == BLANK_PNG;
                    self.pictures += usize::from(word == BLANK_PNG);
                    is_filter = false;
                    may_be_called = !WORDS.contains(&word);
                    at += length - 1;
                }
                byte => {
                    is_filter = byte == b'|' || (is_filter && byte.is_ascii_whitespace());
                    self.operators += usize::from(b"+-*/%~|.=<>!([{".contains(&byte));
                    self.multiplies |= byte == b'*';
                    // A comma that parts no arguments makes a list.
                    let is_list = byte == b',' && open.last() != Some(&true);
                    self.has_text |= is_list || matches!(byte, b'~' | b'[');
                    match byte {
                        b'(' => open.push(may_be_called),
                        b'[' | b'{' => open.push(false),
                        b')' | b']' | b'}' => drop(open.pop()),
                        _ => {}
                    }
                    may_be_called = b")]".contains(&byte) || (may_be_called && byte.is_ascii_whitespace());
                }
            }
            at += 1;
        }
        ""
    }

    /// Makes sure that what these variables are put together to cannot be too long.
    ///
    /// # Errors
    /// If it can.
    pub(super) fn check_size(text: &str, variables: &Variables) -> Result<(), ExpressionError> {
        let sizes = variables.iter().map(|(name, value)| match size(value) {
            // Short ones a thousand times are short.
            size if size <= TEXT_MAX => 0,
            size => size.saturating_mul(text.matches(name.as_str()).count()),
        });
        let all = sizes.fold(0_usize, usize::saturating_add);
        if all > VALUE_MAX { Err(too_long()) } else { Ok(()) }
    }
}

/// Makes sure that a value that was worked out may be kept.
///
/// # Errors
/// If it is too long.
pub(super) fn check_value(length: usize) -> Result<(), ExpressionError> {
    if length > VALUE_MAX { Err(too_long()) } else { Ok(()) }
}

fn too_long() -> ExpressionError {
    ExpressionError::LongValue { most: VALUE_MAX }
}

/// Estimates the bytes of a value.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum::<usize>() + items.len(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + size(value) + 1).sum(),
        _ => 8,
    }
}
