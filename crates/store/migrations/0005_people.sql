-- People: the schools of this installation, their persons and roles, and how those sign in.
-- Rows of `school`, `directory` and `throttle`, and a ceremony begun before anybody is known, live under HOUSE.
-- Dates are ISO text; times are UTC milliseconds; a hash is SHA-256 of a random secret; a sealed value is bound to its row.

CREATE TABLE school (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    made_at INTEGER NOT NULL
);

CREATE TABLE person (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    known_as TEXT, -- absent: called by the name
    employed TEXT NOT NULL CHECK (employed IN ('yes', 'no', 'unknown')),
    made_at INTEGER NOT NULL
);
CREATE INDEX person_by_name ON person (school, name, id);

CREATE TABLE held_role (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    person BLOB NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT -- the last day that counts; absent: goes on
);
CREATE INDEX held_role_by_person ON held_role (person, starts_on, id);

CREATE TABLE account (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    person BLOB NOT NULL UNIQUE REFERENCES person (id),
    address TEXT NOT NULL,
    password TEXT, -- Argon2id; absent: none set yet
    authenticator BLOB, -- sealed; absent: no app
    authenticator_step INTEGER, -- of the last code accepted
    authenticator_offered BLOB, -- sealed; shown to the person, not yet confirmed
    made_at INTEGER NOT NULL
);

CREATE TABLE passkey (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    account BLOB NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    credential_hash BLOB NOT NULL UNIQUE,
    credential BLOB NOT NULL, -- sealed
    made_at INTEGER NOT NULL,
    used_at INTEGER -- absent: never
);
CREATE INDEX passkey_by_account ON passkey (account, made_at, id);

CREATE TABLE recovery_code (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    account BLOB NOT NULL REFERENCES account (id),
    code_hash BLOB NOT NULL,
    used_at INTEGER -- absent: still good
);
CREATE INDEX recovery_code_by_account ON recovery_code (account, code_hash);

CREATE TABLE session (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    account BLOB NOT NULL REFERENCES account (id),
    person BLOB NOT NULL REFERENCES person (id),
    stage TEXT NOT NULL CHECK (stage IN ('halfway', 'whole')),
    began_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    proved_at INTEGER, -- absent: a password and nothing more
    device TEXT NOT NULL
);
CREATE INDEX session_by_account ON session (account, began_at, id);
CREATE INDEX session_by_person ON session (person, id);

CREATE TABLE setup_link (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    account BLOB NOT NULL REFERENCES account (id),
    token_hash BLOB NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX setup_link_by_account ON setup_link (account, id);

CREATE TABLE ceremony (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    account BLOB, -- absent: nobody is known yet
    state BLOB NOT NULL, -- sealed
    expires_at INTEGER NOT NULL
);
CREATE INDEX ceremony_by_expiry ON ceremony (school, expires_at, id);

-- Whose address it is: only a keyed hash of it, so that this is no list of everybody in every school.
CREATE TABLE directory (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY, -- the account's
    at_school BLOB NOT NULL,
    address_hash BLOB NOT NULL UNIQUE
);

CREATE TABLE throttle (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    key_hash BLOB NOT NULL UNIQUE,
    tries INTEGER NOT NULL,
    since INTEGER NOT NULL, -- from when on forgetting is reckoned
    open_at INTEGER NOT NULL
);
CREATE INDEX throttle_by_since ON throttle (school, since, id);

-- The key of the hashes in `directory` and `throttle`: one row, under HOUSE.
CREATE TABLE lookup_key (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
);
