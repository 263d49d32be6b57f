//! The filters and tests that expressions may use: those of the template library from which no
//! text grows, and a few that may make one longer, within a bound.

use minijinja::Environment;
use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::Value;
use minijinja::filters;
use minijinja::tests;
use minijinja::value::ValueKind;

/// Most bytes of what a filter gives that can make a text longer.
const LONGER_MAX: usize = 1 << 20;

/// Adds them.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("abs", filters::abs);
    environment.add_filter("bool", filters::bool);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("count", filters::length);
    environment.add_filter("d", filters::default);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("float", filters::float);
    environment.add_filter("int", filters::int);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("max", filters::max);
    environment.add_filter("min", filters::min);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("round", filters::round);
    environment.add_filter("string", filters::string);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("join", join);
    environment.add_filter("replace", replace);
    environment.add_filter("tojson", tojson);
    environment.add_filter("urlencode", urlencode);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("none", tests::is_none);
    environment.add_test("number", tests::is_number);
    environment.add_test("integer", tests::is_integer);
    environment.add_test("float", tests::is_float);
    environment.add_test("string", tests::is_string);
    environment.add_test("boolean", tests::is_boolean);
    environment.add_test("sequence", tests::is_sequence);
    environment.add_test("mapping", tests::is_mapping);
    environment.add_test("true", tests::is_true);
    environment.add_test("false", tests::is_false);
    environment.add_test("odd", tests::is_odd);
    environment.add_test("even", tests::is_even);
    environment.add_test("divisibleby", is_divisible);
    environment.add_test("startingwith", tests::is_startingwith);
    environment.add_test("endingwith", tests::is_endingwith);
    environment.add_test("in", tests::is_in);
}

/// Tells whether a number is a multiple of another. That of the library panics where there is no rest.
fn is_divisible(number: &Value, by: &Value) -> bool {
    match (i128::try_from(number.clone()), i128::try_from(by.clone())) {
        (Ok(number), Ok(by)) => number.checked_rem(by) == Some(0),
        _ => match (f64::try_from(number.clone()), f64::try_from(by.clone())) {
            (Ok(number), Ok(by)) => number % by == 0.0,
            _ => false,
        },
    }
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("a filter gives more than {} MiB", LONGER_MAX >> 20))
}

fn within(length: Option<usize>) -> Result<(), Error> {
    if length.is_some_and(|length| length <= LONGER_MAX) { Ok(()) } else { Err(too_long()) }
}

/// Returns the items of a list as one text.
fn join(list: &Value, between: Option<String>) -> Result<String, Error> {
    if !matches!(list.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Err(Error::new(ErrorKind::InvalidOperation, "only a list can be joined"));
    }
    let between = between.unwrap_or_default();
    let mut joined = String::new();
    for (index, item) in list.try_iter()?.enumerate() {
        if index > 0 {
            joined.push_str(&between);
        }
        joined.push_str(&item.to_string());
        within(joined.len().checked_add(between.len()))?;
    }
    Ok(joined)
}

/// Returns a text with something else in the place of each `from`.
fn replace(text: String, from: String, to: String) -> Result<String, Error> {
    let added = text.matches(&from).count().checked_mul(to.len());
    within(added.and_then(|added| added.checked_add(text.len())))?;
    Ok(text.replace(&from, &to))
}

/// Returns a value as JSON.
fn tojson(value: &Value) -> Result<String, Error> {
    let refuse = |_| Error::new(ErrorKind::InvalidOperation, "the value is none of JSON");
    let json = serde_json::to_string(value).map_err(refuse)?;
    within(Some(json.len()))?;
    Ok(json)
}

/// Returns a text as a part of an address.
fn urlencode(value: &Value) -> Result<String, Error> {
    // A byte becomes three.
    within(value.as_str().map_or(Some(0), |text| text.len().checked_mul(3)))?;
    let encoded = filters::urlencode(value)?;
    within(Some(encoded.len()))?;
    Ok(encoded)
}
