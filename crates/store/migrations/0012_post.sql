-- Letters by electronic mail. A row says to whom, why and what became of it. Address, words and link are made at the moment of
-- sending and stand nowhere; of a link only the hash is kept.

CREATE TABLE mail (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('set-up', 'link', 'round', 'reminder', 'receipt', 'digest')),
    recipient BLOB NOT NULL, -- an adult or a person of the school; the nil id: the office
    about BLOB NOT NULL, -- a pupil or a receipt; the nil id: nothing more
    asked_by BLOB, -- absent: the program itself
    made_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dropped', 'failed', 'settled')),
    state_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    said TEXT -- why it was dropped or failed, without a name or an address; absent: nothing to say
);
CREATE INDEX mail_by_state ON mail (school, state, state_at, id);
CREATE INDEX mail_by_time ON mail (school, made_at, id);
CREATE INDEX mail_by_whom ON mail (school, recipient, about, id);

-- How a school wants its mail; no row: as it comes.
CREATE TABLE post_settings (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    office TEXT, -- where answers and the weekly digest go; absent: nowhere
    reminders_max INTEGER NOT NULL CHECK (reminders_max >= 0),
    remind_after_days INTEGER NOT NULL CHECK (remind_after_days >= 1),
    UNIQUE (school)
);

-- A further key to a receipt: the one that was mailed.
CREATE TABLE permission_receipt_key (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    receipt BLOB NOT NULL REFERENCES permission_receipt (id),
    token_hash BLOB NOT NULL UNIQUE, -- SHA-256 of a random secret
    made_at INTEGER NOT NULL
);
CREATE INDEX permission_receipt_key_by_receipt ON permission_receipt_key (receipt, id);
