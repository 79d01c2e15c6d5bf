-- Work to be done later, pushed in the transaction that makes it necessary.
CREATE TABLE job (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL, -- what it is about; the nil id where the kind says everything
    run_at INTEGER NOT NULL, -- not before; while somebody runs it: when their time is over
    attempts INTEGER NOT NULL CHECK (attempts >= 0), -- also tells the present claim from an earlier one
    gave_up_at INTEGER -- absent: still to be done
);
CREATE INDEX job_by_time ON job (school, run_at, id);
