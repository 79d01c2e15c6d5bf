//! Values going into a statement and rows coming out of it.
//!
//! Promises: three kinds only (integer, text, bytes), each of which may be absent; a column that is missing or of another
//! kind is an error with the column's name. Does not: guess or convert between kinds, save that a truth value is 0 or 1.

use std::sync::Arc;

use uuid::Uuid;

use crate::{Error, Result};

/// The largest text or bytes one value may hold: pictures are scaled down well below it before they get here.
pub const VALUE_BYTES_MAX: usize = 32 << 20;

/// The three column types of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `INTEGER`, 64 bits on both engines.
    Int,
    /// `TEXT`, UTF-8 without NUL, compared byte by byte.
    Text,
    /// `BLOB`, also ids (16 bytes).
    Blob,
}

/// One value on its way in or out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Absent; the kind is what PostgreSQL needs to be told.
    Null(Kind),
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    /// The kind this value has, or would have.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null(kind) => *kind,
            Self::Int(_) => Kind::Int,
            Self::Text(_) => Kind::Text,
            Self::Blob(_) => Kind::Blob,
        }
    }

    /// Refuses what one of the engines would refuse or cut: NUL in text, or more than [`VALUE_BYTES_MAX`].
    pub(crate) fn check(&self, place: usize) -> Result<()> {
        let length = match self {
            Self::Text(text) if text.contains('\0') => {
                return Err(Error::Invalid(format!("argument {place} holds a NUL character")));
            }
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
            _ => 0,
        };
        if length > VALUE_BYTES_MAX {
            return Err(Error::Invalid(format!("argument {place} is {length} bytes, more than {VALUE_BYTES_MAX}")));
        }
        Ok(())
    }
}

/// The arguments of one statement, in the order of `$1`, `$2`, ..; made by [`args!`](crate::args).
pub type Args = Vec<Value>;

/// Builds the arguments of a statement: `args![school, id, "draft", Some(7)]`.
///
/// Takes `i64` and smaller integers, `&str`, `String`, `&[u8]`, `Vec<u8>`, `[u8; N]`, `Uuid`, `SchoolId`, `bool`, an
/// `Option` of those, a reference to those, and any type of the caller that implements [`Argument`].
#[macro_export]
macro_rules! args {
    ($($argument:expr),* $(,)?) => { vec![$($crate::Argument::into_value($argument)),*] };
}

/// Ids for a list of fixed length, as in `IN ($2, $3, $4)`, filled up with the nil id, which nothing has.
///
/// More than `count` are left out: whoever has more asks in several steps.
pub fn filled_up(ids: &[Uuid], count: usize) -> Args {
    let nobody = std::iter::repeat(Uuid::nil());
    ids.iter().copied().chain(nobody).take(count).map(Argument::into_value).collect()
}

/// A type that can be an argument. The caller's ids implement it by handing on their `Uuid`.
pub trait Argument {
    /// Which column type it goes into; needed when it is absent.
    const KIND: Kind;
    fn into_value(self) -> Value;
}

macro_rules! argument {
    ($($type:ty => $kind:ident, $this:ident, $make:expr;)*) => {$(
        impl Argument for $type {
            const KIND: Kind = Kind::$kind;
            fn into_value(self) -> Value { let $this = self; Value::$kind($make) }
        }
    )*};
}

argument! {
    i64 => Int, it, it;
    i32 => Int, it, i64::from(it);
    u32 => Int, it, i64::from(it);
    u16 => Int, it, i64::from(it);
    u8 => Int, it, i64::from(it);
    bool => Int, it, i64::from(it);
    &str => Text, it, it.to_owned();
    String => Text, it, it;
    &[u8] => Blob, it, it.to_vec();
    Vec<u8> => Blob, it, it;
    Uuid => Blob, it, it.as_bytes().to_vec();
}

impl<const N: usize> Argument for [u8; N] {
    const KIND: Kind = Kind::Blob;
    fn into_value(self) -> Value {
        Value::Blob(self.to_vec())
    }
}

impl<T: Argument> Argument for Option<T> {
    const KIND: Kind = T::KIND;
    fn into_value(self) -> Value {
        self.map_or(Value::Null(T::KIND), T::into_value)
    }
}

impl<T: Argument + Clone> Argument for &T {
    const KIND: Kind = T::KIND;
    fn into_value(self) -> Value {
        self.clone().into_value()
    }
}

/// One row, wholly read: it borrows nothing and may be kept.
#[derive(Clone, Debug)]
pub struct Row {
    pub(crate) columns: Arc<[Box<str>]>,
    pub(crate) values: Vec<Value>,
}

impl Row {
    /// A whole number. Comparisons and `EXISTS` come as 0 or 1 on both engines.
    pub fn int(&self, column: &str) -> Result<i64> {
        self.maybe_int(column)?.ok_or_else(|| absent(column))
    }

    /// A stored truth value: 0 or 1, anything else is an error.
    pub fn flag(&self, column: &str) -> Result<bool> {
        self.maybe_flag(column)?.ok_or_else(|| absent(column))
    }

    pub fn text(&self, column: &str) -> Result<String> {
        self.maybe_text(column)?.ok_or_else(|| absent(column))
    }

    pub fn blob(&self, column: &str) -> Result<Vec<u8>> {
        self.maybe_blob(column)?.ok_or_else(|| absent(column))
    }

    /// An id: exactly 16 bytes.
    pub fn id(&self, column: &str) -> Result<Uuid> {
        self.maybe_id(column)?.ok_or_else(|| absent(column))
    }

    pub fn maybe_int(&self, column: &str) -> Result<Option<i64>> {
        match self.value(column)? {
            Value::Int(int) => Ok(Some(*int)),
            Value::Null(_) => Ok(None),
            other => Err(unlike(column, Kind::Int, other)),
        }
    }

    pub fn maybe_flag(&self, column: &str) -> Result<Option<bool>> {
        match self.maybe_int(column)? {
            None => Ok(None),
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            Some(_) => Err(Error::engine("reading a row", format!("column `{column}` is neither 0 nor 1"))),
        }
    }

    pub fn maybe_text(&self, column: &str) -> Result<Option<String>> {
        match self.value(column)? {
            Value::Text(text) => Ok(Some(text.clone())),
            Value::Null(_) => Ok(None),
            other => Err(unlike(column, Kind::Text, other)),
        }
    }

    pub fn maybe_blob(&self, column: &str) -> Result<Option<Vec<u8>>> {
        match self.value(column)? {
            Value::Blob(bytes) => Ok(Some(bytes.clone())),
            Value::Null(_) => Ok(None),
            other => Err(unlike(column, Kind::Blob, other)),
        }
    }

    pub fn maybe_id(&self, column: &str) -> Result<Option<Uuid>> {
        let Some(bytes) = self.maybe_blob(column)? else { return Ok(None) };
        Uuid::from_slice(&bytes)
            .map(Some)
            .map_err(|_| Error::engine("reading a row", format!("column `{column}` is not an id of 16 bytes")))
    }

    /// The value as it came, whatever its kind.
    pub fn value(&self, column: &str) -> Result<&Value> {
        let place = self.columns.iter().position(|name| **name == *column);
        place
            .and_then(|place| self.values.get(place))
            .ok_or_else(|| Error::engine("reading a row", format!("the statement gives no column `{column}`")))
    }
}

fn absent(column: &str) -> Error {
    Error::engine("reading a row", format!("column `{column}` is absent"))
}

fn unlike(column: &str, wanted: Kind, got: &Value) -> Error {
    Error::engine("reading a row", format!("column `{column}` is {:?}, not {wanted:?}", got.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_arguments_keep_their_kind() {
        let made =
            args![7, true, "a", None::<&str>, Some(3_i64), Uuid::nil(), None::<Uuid>, &String::from("b"), [1_u8; 2]];
        assert_eq!(
            made,
            vec![
                Value::Int(7),
                Value::Int(1),
                Value::Text("a".into()),
                Value::Null(Kind::Text),
                Value::Int(3),
                Value::Blob(vec![0; 16]),
                Value::Null(Kind::Blob),
                Value::Text("b".into()),
                Value::Blob(vec![1, 1]),
            ]
        );
    }

    #[test]
    fn a_row_refuses_the_wrong_kind_and_the_missing_column() {
        let row = Row {
            columns: ["a".into(), "b".into(), "c".into()].into(),
            values: vec![Value::Int(2), Value::Null(Kind::Int), Value::Blob(vec![1, 2])],
        };
        assert_eq!(row.int("a").unwrap(), 2);
        assert!(row.flag("a").unwrap_err().to_string().contains("neither 0 nor 1"));
        assert_eq!(row.maybe_text("b").unwrap(), None);
        assert!(row.int("b").unwrap_err().to_string().contains("`b` is absent"));
        assert!(row.text("a").unwrap_err().to_string().contains("not Text"));
        assert!(row.id("c").unwrap_err().to_string().contains("16 bytes"));
        assert!(row.int("d").unwrap_err().to_string().contains("no column `d`"));
    }

    #[test]
    fn text_with_a_nul_and_oversized_bytes_are_refused() {
        assert!(Value::Text("a\0b".into()).check(1).is_err());
        assert!(Value::Blob(vec![0; VALUE_BYTES_MAX + 1]).check(2).is_err());
        assert!(Value::Blob(vec![0; 8]).check(2).is_ok());
    }
}
