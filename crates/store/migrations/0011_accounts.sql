-- Official accounts, the school's own news page, what an audit of the accounts has found, and declared links.
-- A school's own news page is no row of `official_account`: every school has it, under the school's own id.

CREATE TABLE official_account (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('bluesky', 'mastodon', 'by-hand', 'feed')),
    name TEXT NOT NULL, -- what the school calls it
    address TEXT NOT NULL, -- where people see it
    service TEXT NOT NULL, -- the server that is called; for a feed its address; empty: none is
    handle TEXT NOT NULL, -- the name to sign in with; empty: none
    purpose TEXT NOT NULL,
    responsible BLOB NOT NULL REFERENCES person (id),
    recovery TEXT NOT NULL, -- who gets back in if the password is lost; empty: not written down
    second_factor TEXT NOT NULL CHECK (second_factor IN ('yes', 'no', 'unknown')),
    credentials BLOB, -- sealed; absent: none given
    credentials_at INTEGER, -- when they were given
    limits TEXT, -- JSON, what the server said fits; absent: the usual
    finding TEXT CHECK (finding IN ('works', 'refused', 'unreachable')), -- of the last check; absent: never checked
    checked_at INTEGER,
    made_at INTEGER NOT NULL,
    retired_at INTEGER -- absent: in use
);
CREATE INDEX official_account_by_name ON official_account (school, name, id);
CREATE INDEX official_account_by_responsible ON official_account (responsible, id);

CREATE TABLE news_item (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY, -- the post's key, so that it cannot stand there twice
    title TEXT, -- absent: the words begin at once
    words TEXT NOT NULL,
    published_at INTEGER NOT NULL
);
CREATE INDEX news_item_by_time ON news_item (school, published_at, id);

CREATE TABLE news_picture (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    item BLOB NOT NULL REFERENCES news_item (id),
    number INTEGER NOT NULL,
    format TEXT NOT NULL,
    alt TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
CREATE INDEX news_picture_by_item ON news_picture (item, number, id);

-- What an account shows that somebody should look at.
CREATE TABLE audit_item (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    account BLOB NOT NULL, -- the school's own id for its news page
    remote TEXT NOT NULL,
    address TEXT NOT NULL,
    published_at INTEGER, -- absent: the account does not say
    sealed BLOB NOT NULL, -- its words and what was found
    pictures INTEGER NOT NULL,
    advice TEXT NOT NULL CHECK (advice IN ('keep', 'ask', 'remove')),
    decision TEXT CHECK (decision IN ('keep', 'remove')), -- absent: nobody has looked yet
    decided_by BLOB REFERENCES person (id),
    decided_at INTEGER,
    gone_at INTEGER, -- when it was seen gone; absent: not yet
    found_at INTEGER NOT NULL,
    UNIQUE (school, account, remote)
);
CREATE INDEX audit_item_by_decision ON audit_item (school, decision, id);
CREATE INDEX audit_item_by_decider ON audit_item (decided_by, id);

-- A family or other tie between a member of staff and a pupil or a parent, as declared by the member of staff.
CREATE TABLE declared_link (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    person BLOB NOT NULL REFERENCES person (id),
    whom TEXT NOT NULL CHECK (whom IN ('pupil', 'former-pupil', 'parent')),
    sealed BLOB NOT NULL, -- who it is and how they are tied
    kind TEXT NOT NULL CHECK (kind IN ('family', 'friend', 'other')),
    declared_at INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL, -- last time that the person said it still holds
    seen_by BLOB REFERENCES person (id), -- who in charge has read it; absent: nobody yet
    seen_at INTEGER,
    ended_at INTEGER -- absent: it holds
);
CREATE INDEX declared_link_by_person ON declared_link (person, declared_at, id);
CREATE INDEX declared_link_by_time ON declared_link (school, declared_at, id);
CREATE INDEX declared_link_by_seer ON declared_link (seen_by, id);
