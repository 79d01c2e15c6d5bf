-- Policies: each version whole, as it was read, and which one is in force since when.
CREATE TABLE policy_version (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    pack TEXT NOT NULL, -- the short name, first part of every clause id
    title TEXT NOT NULL,
    hash TEXT NOT NULL, -- SHA-256 of all files, in hexadecimal
    files TEXT NOT NULL, -- JSON: a list of objects with `name` and `text`
    made_at INTEGER NOT NULL,
    UNIQUE (school, hash)
);

CREATE TABLE policy_in_force (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version BLOB NOT NULL REFERENCES policy_version (id),
    since INTEGER NOT NULL
);
CREATE INDEX policy_in_force_by_time ON policy_in_force (school, since, id);
CREATE INDEX policy_in_force_by_version ON policy_in_force (version);
