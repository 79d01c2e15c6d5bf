-- How a passphrase becomes a master key. With the passphrase and a backup, nothing else is needed to open what is sealed.
CREATE TABLE passphrase (
    school BLOB NOT NULL, -- always the house
    id BLOB NOT NULL PRIMARY KEY,
    salt BLOB NOT NULL,
    memory_kib INTEGER NOT NULL CHECK (memory_kib > 0),
    passes INTEGER NOT NULL CHECK (passes > 0),
    master BLOB NOT NULL, -- the fingerprint of the key it gives, to tell a wrong passphrase at once
    made_at INTEGER NOT NULL
);
