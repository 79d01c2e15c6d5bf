//! The finished tables as the engine sees them, in one shape for both.
//!
//! Promises: two places with equal shapes hold the same data with the same keys, references and unique rules. Does not:
//! compare check clauses or defaults, which each engine rewrites in its own words (both come from one text).

use std::collections::{BTreeMap, BTreeSet};

use sqlx::SqlSafeStr;

use crate::db::Db;
use crate::engine::{Engine, Wire};
use crate::value::{Kind, Row};
use crate::{Error, Result, args};

/// All tables by name, without the bookkeeping of migrations and of backups.
pub type Schema = BTreeMap<String, Table>;

/// One table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// In the order of their definition.
    pub columns: Vec<Column>,
    /// The primary key's columns in order.
    pub key: Vec<String>,
    /// Unique rules other than the key, as lists of columns.
    pub unique: BTreeSet<Vec<String>>,
    /// Further indexes, as lists of columns; an expression is `(expression)`.
    pub indexes: BTreeSet<Vec<String>>,
    pub references: BTreeSet<Reference>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    pub may_be_absent: bool,
}

/// One foreign key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub columns: Vec<String>,
    pub table: String,
    pub to: Vec<String>,
    /// `NO ACTION`, `RESTRICT`, `CASCADE` or `SET NULL`.
    pub on_delete: String,
}

impl Table {
    pub fn has_school(&self) -> bool {
        self.columns.iter().any(|column| column.name == "school")
    }
}

/// Reads the finished tables.
pub async fn read(db: &Db) -> Result<Schema> {
    let begin = match db.engine() {
        Engine::Sqlite => "BEGIN",
        Engine::Postgres => "BEGIN READ ONLY",
    };
    read_wire(&mut db.reading_wire(begin.to_owned()).await?, db.engine()).await
}

pub(crate) async fn read_wire(wire: &mut Wire, engine: Engine) -> Result<Schema> {
    let [columns, indexes, references] = match engine {
        Engine::Sqlite => [SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_REFERENCES],
        Engine::Postgres => [POSTGRES_COLUMNS, POSTGRES_INDEXES, POSTGRES_REFERENCES],
    };
    let mut schema = Schema::new();
    for row in wire.rows("reading the columns", columns.into_sql_str(), args![]).await? {
        let table = schema.entry(row.text("tab")?).or_default();
        let (name, may_be_absent) = (row.text("name")?, !row.flag("is_needed")?);
        table.columns.push(Column { kind: kind(&name, &row.text("kind")?)?, name, may_be_absent });
    }
    for row in wire.rows("reading the indexes", indexes.into_sql_str(), args![]).await? {
        let Some(table) = schema.get_mut(&row.text("tab")?) else { continue };
        let columns: Vec<String> = row.text("columns")?.split(',').map(str::to_owned).collect();
        match row.text("sort")?.as_str() {
            "key" => table.key = columns,
            "unique" => drop(table.unique.insert(columns)),
            _ => drop(table.indexes.insert(columns)),
        }
    }
    for row in wire.rows("reading the references", references.into_sql_str(), args![]).await? {
        let Some(table) = schema.get_mut(&row.text("tab")?) else { continue };
        table.references.insert(reference(&row)?);
    }
    Ok(schema)
}

fn reference(row: &Row) -> Result<Reference> {
    let list = |text: String| text.split(',').map(str::to_owned).collect();
    Ok(Reference {
        columns: list(row.text("columns")?),
        table: row.text("target")?,
        to: list(row.text("target_columns")?),
        on_delete: row.text("on_delete")?,
    })
}

fn kind(column: &str, said: &str) -> Result<Kind> {
    match said.to_ascii_lowercase().as_str() {
        "integer" | "bigint" => Ok(Kind::Int),
        "text" => Ok(Kind::Text),
        "blob" | "bytea" => Ok(Kind::Blob),
        other => Err(Error::engine(
            "reading the columns",
            format!("column `{column}` is {other}; use INTEGER, TEXT or BLOB"),
        )),
    }
}

/// The tables so ordered that every one comes after those it refers to; a table may refer to itself.
///
/// Errors: [`Error::Engine`] if two tables refer to each other.
pub fn in_order(schema: &Schema) -> Result<Vec<&str>> {
    let mut done: Vec<&str> = Vec::new();
    while done.len() < schema.len() {
        let is_ready = |name: &str, table: &Table| {
            let met = |to: &Reference| to.table == name || done.contains(&to.table.as_str());
            !done.contains(&name) && table.references.iter().all(met)
        };
        let next = schema.iter().find(|(name, table)| is_ready(name, table));
        let Some((name, _)) = next else {
            return Err(Error::engine("ordering the tables", "some tables refer to each other in a circle"));
        };
        done.push(name);
    }
    Ok(done)
}

const SQLITE_COLUMNS: &str =
    "SELECT t.name AS tab, c.name, c.type AS kind, (c.\"notnull\" = 1 OR c.pk > 0) AS is_needed
    FROM pragma_table_list t JOIN pragma_table_info(t.name) c
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT IN ('migration', 'backup_digest')
    ORDER BY t.name, c.cid";

const SQLITE_INDEXES: &str = "SELECT tab, sort, group_concat(col, ',') AS columns FROM (
        SELECT t.name AS tab, i.name AS idx, COALESCE(c.name, '(expression)') AS col,
            CASE WHEN i.origin = 'pk' THEN 'key' WHEN i.\"unique\" = 1 THEN 'unique' ELSE 'index' END AS sort
        FROM pragma_table_list t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
        WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite%'
        ORDER BY t.name, i.name, c.seqno)
    GROUP BY tab, idx, sort ORDER BY tab, idx";

const SQLITE_REFERENCES: &str = "SELECT tab, target, group_concat(col, ',') AS columns,
        group_concat(target_col, ',') AS target_columns, on_delete FROM (
        SELECT t.name AS tab, f.id, f.\"table\" AS target, f.\"from\" AS col, f.on_delete,
            COALESCE(f.\"to\", (SELECT k.name FROM pragma_table_info(f.\"table\") k WHERE k.pk = f.seq + 1)) AS target_col
        FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name) f
        WHERE t.schema = 'main' AND t.type = 'table'
        ORDER BY t.name, f.id, f.seq)
    GROUP BY tab, id, target, on_delete ORDER BY tab, id";

const POSTGRES_COLUMNS: &str =
    "SELECT t.relname AS tab, a.attname AS name, format_type(a.atttypid, NULL) AS kind, a.attnotnull AS is_needed
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
    WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace AND t.relname <> 'migration'
        AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY t.relname, a.attnum";

const POSTGRES_INDEXES: &str = "SELECT t.relname AS tab,
        CASE WHEN x.indisprimary THEN 'key' WHEN x.indisunique THEN 'unique' ELSE 'index' END AS sort,
        (SELECT string_agg(COALESCE(a.attname, '(expression)'), ',' ORDER BY k.place)
            FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, place)
            LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number AND k.number > 0) AS columns
    FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid
    WHERE t.relnamespace = current_schema()::regnamespace ORDER BY t.relname, x.indexrelid";

const POSTGRES_REFERENCES: &str = "SELECT t.relname AS tab, g.relname AS target,
        (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY AS k(number, place)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS columns,
        (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY AS k(number, place)
            JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number) AS target_columns,
        CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END AS on_delete
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class g ON g.oid = c.confrelid
    WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace ORDER BY t.relname, c.conname";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate;
    use crate::testing::{empty_postgres, empty_sqlite, fresh_postgres, fresh_sqlite};

    #[tokio::test]
    async fn both_engines_finish_with_the_same_schema() {
        let sqlite = read(&fresh_sqlite().await.db).await.unwrap();
        let postgres = read(&fresh_postgres().await.db).await.unwrap();
        assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
        for (name, table) in &sqlite {
            assert_eq!(Some(table), postgres.get(name), "table `{name}`, SQLite first");
        }
    }

    #[tokio::test]
    async fn every_table_follows_the_house() {
        for (name, table) in read(&fresh_sqlite().await.db).await.unwrap() {
            assert!(!table.key.is_empty(), "`{name}` needs a primary key");
            // The roll of ledgers is how all schools are found, so it lies outside them.
            assert!(table.has_school() || name == "ledger_school", "`{name}` needs a column `school BLOB NOT NULL`");
            for column in &table.columns {
                let is_loose = column.may_be_absent && (column.name == "school" || table.key.contains(&column.name));
                assert!(!is_loose, "`{name}.{}` must be NOT NULL", column.name);
            }
            for reference in &table.references {
                let leads = |columns: &Vec<String>| columns.starts_with(&reference.columns);
                let is_indexed = leads(&table.key) || table.unique.iter().chain(&table.indexes).any(leads);
                assert!(
                    is_indexed,
                    "`{name}` needs an index that begins with {:?}, which it refers by",
                    reference.columns
                );
            }
        }
    }

    /// A schema in which every part that is compared occurs.
    const EVERYTHING: &str = "
        CREATE TABLE a (school BLOB NOT NULL, id BLOB NOT NULL, name TEXT NOT NULL, PRIMARY KEY (school, id));
        CREATE UNIQUE INDEX a_by_name ON a (school, lower(name));
        CREATE TABLE b (school BLOB NOT NULL, id BLOB NOT NULL PRIMARY KEY, a BLOB, n INTEGER, up BLOB REFERENCES b (id),
            UNIQUE (school, n), FOREIGN KEY (school, a) REFERENCES a (school, id) ON DELETE CASCADE);
        CREATE INDEX b_by_a ON b (school, a);
        CREATE INDEX b_by_up ON b (up);";

    #[tokio::test]
    async fn every_part_of_a_schema_is_seen_alike() {
        let (sqlite, postgres) = (empty_sqlite(), empty_postgres().await);
        for place in [&sqlite, &postgres] {
            migrate::run_list(&place.db, &[("0001_everything", EVERYTHING)]).await.unwrap();
        }
        let seen = read(&sqlite.db).await.unwrap();
        assert_eq!(seen, read(&postgres.db).await.unwrap());
        let b = &seen["b"];
        assert_eq!(b.key, ["id"]);
        assert_eq!(b.unique, BTreeSet::from([vec!["school".to_owned(), "n".to_owned()]]));
        assert_eq!(b.indexes.len(), 2);
        assert_eq!(b.references.len(), 2);
        assert!(seen["a"].unique.contains(&vec!["school".to_owned(), "(expression)".to_owned()]));
        assert_eq!(in_order(&seen).unwrap(), ["a", "b"]);
    }

    #[test]
    fn tables_that_refer_to_each_other_are_refused() {
        let to = |table: &str| Table {
            references: BTreeSet::from([Reference {
                columns: vec!["x".into()],
                table: table.into(),
                to: vec!["id".into()],
                on_delete: "NO ACTION".into(),
            }]),
            ..Table::default()
        };
        let circle = Schema::from([("a".to_owned(), to("b")), ("b".to_owned(), to("a"))]);
        assert!(in_order(&circle).is_err());
        let chain = Schema::from([("a".to_owned(), to("b")), ("b".to_owned(), to("b"))]);
        assert_eq!(in_order(&chain).unwrap(), ["b", "a"]);
    }
}
