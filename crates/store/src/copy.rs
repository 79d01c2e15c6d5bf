//! Moving everything from one place to another, between engines or not.
//!
//! Promises: what arrives is of one moment, complete, counted and verified against the source's ledger before it is
//! kept, all in one transaction; a place that holds anything is never written to. Does not: change the source, or
//! merge.

mod digest;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::db::{Db, within};
use crate::engine::{Engine, Wire, own_sql};
use crate::ledger::{self, Known, Verified};
use crate::schema::{self, Schema, Table};
use crate::value::{Args, Row, Value};
use crate::{Error, Result, SchoolId, args, migrate};

pub use digest::Digest;
pub(crate) use digest::digests;

/// Rows read and written at a time. A row may hold a picture, so not many.
const PAGE: usize = 64;

/// The source must stay open while the target is verified, however long that takes.
const BEGIN_POSTGRES: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0;";

/// How far a long work has come; `done` of `all` rows or bytes of the present step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, as "copying `person`".
    pub step: String,
    pub done: u64,
    pub all: u64,
}

/// Who is told.
pub type Tell<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// What arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub tables: usize,
    pub rows: u64,
    /// What the source held in each table.
    pub digests: BTreeMap<String, Digest>,
    /// Each school's ledger, verified in the new place and equal to the old one.
    pub schools: Vec<Verified>,
}

/// Copies everything in `from` into `to`, which is migrated first and must be empty.
///
/// Errors: [`Error::Conflict`] if `to` holds anything, [`Error::Invalid`] if the two are not at the same migration,
/// [`Error::Tampered`] if a ledger does not verify. Nothing is kept in `to` then.
pub async fn copy(from: &Db, to: &Db, tell: Tell<'_>) -> Result<Copied> {
    // The source first: an address with a slip in it must not leave an empty new place behind.
    let mut source = Source::open(from).await?;
    to.migrate().await?;
    let mut target = to.owner_wire(migrate::begin_owner(to.engine())).await?;
    same_migrations(&mut source.wire, &mut target).await?;
    let schema = schema::read_wire(&mut target, to.engine()).await?;
    open(&mut target, to.engine()).await?;
    refuse_unless_empty(&mut target, &schema).await?;
    let mut digests = BTreeMap::new();
    for name in schema::in_order(&schema)? {
        let digest = copy_table(&mut source, &mut target, (name, &schema[name]), tell).await?;
        digests.insert(name.to_owned(), digest);
    }
    let rows = digests.values().map(|digest| digest.rows).sum();
    let schools = verify(&mut source, &mut target, tell).await?;
    close(&mut target, to).await?;
    target.commit().await?;
    Ok(Copied { tables: schema.len(), rows, digests, schools })
}

/// The place copied from: one snapshot over all schools.
struct Source {
    wire: Wire,
    engine: Engine,
    schools: Vec<SchoolId>,
}

impl Source {
    async fn open(from: &Db) -> Result<Self> {
        let engine = from.engine();
        let begin = if engine == Engine::Sqlite { "BEGIN" } else { BEGIN_POSTGRES };
        let mut wire = from.reading_wire(begin.to_owned()).await?;
        migrate::refuse_unless_ours(&mut wire, engine).await?;
        let schools = ledger::roll(&mut wire).await?;
        Ok(Self { wire, engine, schools })
    }

    /// Lets a school's rows through the wall.
    async fn enter(&mut self, school: SchoolId) -> Result<()> {
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => self.wire.script("entering a school", within(school)).await,
        }
    }
}

/// Both places must have run the same migrations, or a column of one is missing in the other.
async fn same_migrations(source: &mut Wire, target: &mut Wire) -> Result<()> {
    let (old, new) = (migrate::known(source).await?, migrate::known(target).await?);
    if let Some((name, _)) = old.iter().find(|known| !new.contains(known)) {
        return Err(Error::Invalid(format!("the source has migration `{name}`, which this program does not have")));
    }
    if let Some((name, _)) = new.iter().find(|known| !old.contains(known)) {
        return Err(Error::Invalid(format!(
            "the source lacks migration `{name}`: start this program on it once, then copy"
        )));
    }
    Ok(())
}

async fn open(target: &mut Wire, engine: Engine) -> Result<()> {
    match engine {
        // A row may refer to one that comes later in the same table.
        Engine::Sqlite => target.script("deferring references", "PRAGMA defer_foreign_keys = ON".to_owned()).await,
        Engine::Postgres => {
            migrate::open_wall(target).await?;
            migrate::defer_references(target).await
        }
    }
}

async fn close(target: &mut Wire, to: &Db) -> Result<()> {
    match to.engine() {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => {
            migrate::check_references(target).await?;
            migrate::close_wall(target, to.app_role()?).await
        }
    }
}

async fn refuse_unless_empty(target: &mut Wire, schema: &Schema) -> Result<()> {
    for name in schema.keys() {
        if count(target, name, None).await? > 0 {
            return Err(Error::Conflict {
                doing: "copying",
                said: format!("the new place is not empty: `{name}` has rows"),
            });
        }
    }
    Ok(())
}

/// The steps in which a table is read; `None` is all of it.
fn schools_of(source: &Source, shape: &Table) -> Vec<Option<SchoolId>> {
    if shape.has_school() { source.schools.iter().copied().map(Some).collect() } else { vec![None] }
}

async fn copy_table(source: &mut Source, target: &mut Wire, table: (&str, &Table), tell: Tell<'_>) -> Result<Digest> {
    let (name, shape) = table;
    let schools = schools_of(source, shape);
    let mut counts = BTreeMap::new();
    for school in &schools {
        if let Some(school) = school {
            source.enter(*school).await?;
        }
        counts.insert(*school, count(&mut source.wire, name, *school).await?);
    }
    let all = counts.values().sum();
    if source.engine == Engine::Sqlite && count(&mut source.wire, name, None).await? != all {
        return Err(Error::Tampered(format!("`{name}` has rows of a school that has no ledger")));
    }
    let (mut done, mut digest) = (0, digest::Rows::of(name));
    tell(Progress { step: format!("copying `{name}`"), done, all });
    for school in schools {
        if let Some(school) = school {
            source.enter(school).await?;
        }
        let mut after = None;
        loop {
            let rows = page(&mut source.wire, table, school, after.as_ref()).await?;
            insert(target, table, &rows).await?;
            rows.iter().try_for_each(|row| digest.add(shape, row))?;
            done += rows.len() as u64;
            if !rows.is_empty() {
                tell(Progress { step: format!("copying `{name}`"), done, all });
            }
            if rows.len() < PAGE {
                break;
            }
            after = rows.into_iter().next_back();
        }
        let arrived = count(target, name, school).await?;
        if Some(&arrived) != counts.get(&school) {
            return Err(Error::engine(
                "copying",
                format!("`{name}` has {arrived} rows in the new place, not {:?}", counts.get(&school)),
            ));
        }
    }
    Ok(digest.done())
}

async fn count(wire: &mut Wire, name: &str, school: Option<SchoolId>) -> Result<u64> {
    let (filter, args) = match school {
        Some(school) => (" WHERE school = $1", args![school]),
        None => ("", args![]),
    };
    let rows = wire.rows("counting", own_sql(format!("SELECT COUNT(*) AS n FROM {name}{filter}")), args).await?;
    let n = rows.first().ok_or(Error::NotFound)?.int("n")?;
    u64::try_from(n).map_err(|_| Error::engine("counting", "a count below zero"))
}

/// The next rows of a table in the order of its key.
async fn page(
    wire: &mut Wire,
    table: (&str, &Table),
    school: Option<SchoolId>,
    after: Option<&Row>,
) -> Result<Vec<Row>> {
    let (name, shape) = table;
    let columns = shape.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
    let key = shape.key.join(", ");
    let mut args: Args = Vec::new();
    let mut filters = Vec::new();
    if let Some(school) = school {
        args.extend(args![school]);
        filters.push("school = $1".to_owned());
    }
    if let Some(row) = after {
        let first = args.len() + 1;
        for column in &shape.key {
            args.push(row.value(column)?.clone());
        }
        filters.push(format!("({key}) > ({})", places(first, shape.key.len())));
    }
    let filter = if filters.is_empty() { String::new() } else { format!(" WHERE {}", filters.join(" AND ")) };
    let sql = format!("SELECT {columns} FROM {name}{filter} ORDER BY {key} LIMIT {PAGE}");
    wire.rows("reading rows to copy", own_sql(sql), args).await
}

async fn insert(target: &mut Wire, table: (&str, &Table), rows: &[Row]) -> Result<()> {
    let (name, shape) = table;
    if rows.is_empty() {
        return Ok(());
    }
    let width = shape.columns.len();
    let columns = shape.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
    let tuples: Vec<String> = (0..rows.len()).map(|row| format!("({})", places(row * width + 1, width))).collect();
    let mut args: Args = Vec::with_capacity(rows.len() * width);
    for row in rows {
        for column in &shape.columns {
            // SQLite does not know of which kind an absent value is; PostgreSQL must be told.
            args.push(match row.value(&column.name)? {
                Value::Null(_) => Value::Null(column.kind),
                value => value.clone(),
            });
        }
    }
    let sql = format!("INSERT INTO {name} ({columns}) VALUES {}", tuples.join(", "));
    target.run("copying rows", own_sql(sql), args).await.map(|_| ())
}

/// `$first, $second, ..`
fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

async fn verify(source: &mut Source, target: &mut Wire, tell: Tell<'_>) -> Result<Vec<Verified>> {
    let mut schools = Vec::new();
    let all = source.schools.len() as u64;
    for school in source.schools.clone() {
        tell(Progress { step: "verifying the ledgers".to_owned(), done: schools.len() as u64, all });
        source.enter(school).await?;
        let old = ledger::verify_wire(&mut source.wire, school, &Known::default()).await?;
        let new = ledger::verify_wire(target, school, &Known::default()).await?;
        if old != new {
            return Err(Error::Tampered(format!("the ledger of school {} did not arrive as it was", school.get())));
        }
        schools.push(new);
    }
    tell(Progress { step: "verifying the ledgers".to_owned(), done: all, all });
    Ok(schools)
}
