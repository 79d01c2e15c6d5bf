-- Who can sign in to an official account on its network: what has to be changed when one of them leaves.
CREATE TABLE account_holder (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    account BLOB NOT NULL REFERENCES official_account (id),
    person BLOB NOT NULL REFERENCES person (id),
    since INTEGER NOT NULL,
    ended_at INTEGER -- the password was changed, or they were taken off; absent: they can sign in
);
CREATE INDEX account_holder_by_account ON account_holder (account, since, id);
CREATE INDEX account_holder_by_person ON account_holder (person, id);
