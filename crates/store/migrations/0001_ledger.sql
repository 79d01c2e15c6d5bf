-- What was done, school by school: the leaves of a Merkle tree (RFC 9162) and the nodes each leaf completed.
CREATE TABLE ledger (
    school BLOB NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 0),
    at INTEGER NOT NULL,
    actor BLOB, -- absent: the program itself, not a person
    verb TEXT NOT NULL,
    subject BLOB, -- absent: the school as a whole
    content BLOB, -- absent: the deed has no content of its own
    nodes BLOB NOT NULL, -- the leaf's hash, then the hash of each larger subtree that ends at this leaf
    PRIMARY KEY (school, seq)
);

-- Which schools have a ledger. No `school` column on purpose: copying and checking must find them all.
CREATE TABLE ledger_school (
    id BLOB NOT NULL PRIMARY KEY
);

-- Signed tree heads: a promise about the first `size` deeds that cannot be taken back unseen.
CREATE TABLE ledger_head (
    school BLOB NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    at INTEGER NOT NULL,
    root BLOB NOT NULL,
    signer BLOB NOT NULL, -- the public key (Ed25519, 32 bytes)
    signature BLOB NOT NULL,
    PRIMARY KEY (school, size, at)
);
