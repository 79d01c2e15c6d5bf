-- Data keys, one line of versions for each purpose and school, each wrapped by the master key.
CREATE TABLE sealed_key (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    master BLOB NOT NULL, -- which master key wraps it: the first 16 bytes of its fingerprint
    wrapped BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    UNIQUE (school, purpose, version)
);
