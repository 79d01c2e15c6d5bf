-- Words and phrases of a school's own: what it does not want in its posts, and what only looks like a pupil's name.
CREATE TABLE school_phrase (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    phrase TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('allow', 'ask', 'stop')),
    made_by BLOB NOT NULL REFERENCES person (id),
    made_at INTEGER NOT NULL
);
CREATE INDEX school_phrase_by_school ON school_phrase (school, kind, id);
CREATE INDEX school_phrase_by_person ON school_phrase (made_by, id);
