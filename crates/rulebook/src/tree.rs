//! JSON and TOML as one tree in which every key and value knows its place.
//!
//! For: readers that must name the place of every fault. Promises: limits on size and depth, no guess about a broken text,
//! duplicate keys kept so that both places can be named. Does not: know what the keys mean.

use crate::{Fault, Places};

/// A situation file larger than this is refused: 32 MiB holds some 100,000 situations.
pub(crate) const BYTES_MAX: usize = 32 * 1024 * 1024;
/// Deeper nesting than this has no meaning in any of our formats.
const DEPTH_MAX: usize = 16;

/// A value and where it starts (byte offset).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) at: usize,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// Keys in written order, duplicates kept.
    Map(Vec<(usize, String, Node)>),
}

impl Value {
    /// What the value is, in words for a fault.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
        }
    }
}

/// Reads JSON (RFC 8259, nothing looser).
pub(crate) fn json(file: &str, text: &str) -> Result<Node, Fault> {
    let places = Places::new(file, text);
    check_size(&places, text)?;
    let strict = jsonc_parser::ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = jsonc_parser::parse_to_ast(text, &Default::default(), &strict);
    let parsed = parsed.map_err(|error| not_json(&places, text, &error))?;
    let value = parsed
        .value
        .ok_or_else(|| places.fault(0, "the text is empty; a JSON object or a list of them was expected"))?;
    from_json(&places, &value, 0)
}

/// What is not closed is missed where the text ends, so that is the place; where it begins is said.
fn not_json(places: &Places<'_>, text: &str, error: &jsonc_parser::errors::ParseError) -> Fault {
    use jsonc_parser::errors::ParseErrorKind;
    let start = error.range().start;
    let unclosed = match error.kind() {
        ParseErrorKind::UnterminatedObject => "object",
        ParseErrorKind::UnterminatedArray => "list",
        ParseErrorKind::NestingDepthExceeded => return too_deep(places, start),
        other => return places.fault(start, format!("this is not JSON: {}", lower_first(&other.to_string()))),
    };
    let (line, column) = places.at(start);
    let said = format!("this is not JSON: the {unclosed} that begins at line {line}, column {column} is not closed");
    places.fault(text.trim_end().len(), said)
}

fn check_size(places: &Places<'_>, text: &str) -> Result<(), Fault> {
    if text.len() > BYTES_MAX {
        return Err(places.fault(0, format!("the text has {} bytes; at most {BYTES_MAX} are read", text.len())));
    }
    Ok(())
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn from_json(places: &Places<'_>, value: &jsonc_parser::ast::Value<'_>, depth: usize) -> Result<Node, Fault> {
    use jsonc_parser::ast::Value as Json;
    use jsonc_parser::common::Ranged;
    let at = value.range().start;
    if depth > DEPTH_MAX {
        return Err(too_deep(places, at));
    }
    let value = match value {
        Json::NullKeyword(_) => Value::Null,
        Json::BooleanLit(b) => Value::Bool(b.value),
        Json::NumberLit(n) => Value::Number(n.value.to_owned()),
        Json::StringLit(s) => Value::Text(s.value.clone().into_owned()),
        Json::Array(a) => {
            Value::List(a.elements.iter().map(|item| from_json(places, item, depth + 1)).collect::<Result<_, _>>()?)
        }
        Json::Object(o) => Value::Map(
            o.properties
                .iter()
                .map(|p| Ok((p.range.start, p.name.as_str().to_owned(), from_json(places, &p.value, depth + 1)?)))
                .collect::<Result<_, Fault>>()?,
        ),
    };
    Ok(Node { at, value })
}

/// Keys in written order with their places.
pub(crate) type Keys = Vec<(usize, String, Node)>;

/// Reads TOML 1.0.
pub(crate) fn toml(file: &str, text: &str) -> Result<Node, Vec<Fault>> {
    let (keys, faults) = toml_as_far(file, text);
    if faults.is_empty() { Ok(Node { at: 0, value: Value::Map(keys) }) } else { Err(faults) }
}

/// What can be read of a TOML text, and every fault in it.
pub(crate) fn toml_as_far(file: &str, text: &str) -> (Keys, Vec<Fault>) {
    let places = Places::new(file, text);
    if let Err(fault) = check_size(&places, text) {
        return (vec![], vec![fault]);
    }
    let (table, errors) = toml::de::DeTable::parse_recoverable(text);
    let mut faults = vec![];
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        // What the parser says after that is a consequence, and there may be thousands.
        if error.message().contains(TOO_DEEP) {
            faults.push(too_deep(&places, at));
            break;
        }
        faults.push(places.fault(at, format!("this is not TOML: {}", in_plain_words(error.message()))));
    }
    // Whatever follows on the same line comes of the first.
    faults.sort();
    faults.dedup_by_key(|fault| fault.line);
    match from_table(&places, table.get_ref(), 0) {
        Ok(Value::Map(keys)) => (keys, faults),
        Ok(_) => (vec![], faults),
        Err(fault) => {
            if faults.is_empty() {
                faults.push(fault);
            }
            (vec![], faults)
        }
    }
}

/// The slips that people who are no programmers make, in their words.
fn in_plain_words(said: &str) -> &str {
    match said {
        _ if said.starts_with("string values must be quoted") => "a text stands in quotation marks",
        _ if said.starts_with("invalid basic string") => "the quotation mark that closes this text is missing",
        _ if said.starts_with("missing comma between array elements") => {
            "a comma is missing before this, or the `]` that closes a list"
        }
        _ => said,
    }
}

/// How the parser of TOML says that it goes no deeper.
const TOO_DEEP: &str = "recurs";

fn too_deep(places: &Places<'_>, at: usize) -> Fault {
    places.fault(at, format!("nested deeper than {DEPTH_MAX} levels"))
}

fn from_table(places: &Places<'_>, table: &toml::de::DeTable<'_>, depth: usize) -> Result<Value, Fault> {
    let mut keys = table
        .iter()
        .map(|(key, value)| {
            let node = Node { at: value.span().start, value: from_toml(places, value, depth + 1)? };
            Ok((key.span().start, key.get_ref().to_string(), node))
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    keys.sort_by_key(|(at, ..)| *at);
    Ok(Value::Map(keys))
}

fn from_toml(places: &Places<'_>, value: &toml::Spanned<toml::de::DeValue<'_>>, depth: usize) -> Result<Value, Fault> {
    use toml::de::DeValue as Toml;
    if depth > DEPTH_MAX {
        return Err(too_deep(places, value.span().start));
    }
    Ok(match value.get_ref() {
        Toml::String(s) => Value::Text(s.to_string()),
        Toml::Integer(n) => Value::Number(n.to_string()),
        Toml::Float(n) => Value::Number(n.to_string()),
        Toml::Boolean(b) => Value::Bool(*b),
        Toml::Datetime(d) => Value::Text(d.to_string()),
        Toml::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Ok(Node { at: item.span().start, value: from_toml(places, item, depth + 1)? }))
                .collect::<Result<_, Fault>>()?,
        ),
        Toml::Table(table) => from_table(places, table, depth + 1)?,
    })
}
