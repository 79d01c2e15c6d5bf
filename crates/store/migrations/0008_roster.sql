-- The roll: pupils, their classes, and the adults who are responsible for them.
-- Dates are ISO text; times are UTC milliseconds; a sealed value is bound to its row. `unknown` is an answer of its own.
-- `folded` is the name without capitals and accents, to sort and search by. `source` is the key in the school's own system;
-- a UPN never stands there, it is sealed.

CREATE TABLE pupil (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    forename TEXT NOT NULL,
    surname TEXT NOT NULL,
    known_as TEXT, -- absent: called by the forename
    folded TEXT NOT NULL,
    year_group TEXT, -- absent: not known
    on_roll_from TEXT, -- the first day on roll; absent: not known
    left_on TEXT, -- the first day that is not on roll any more; absent: goes on
    returned_at INTEGER, -- absent: never left and came back; what was permitted before it does not count
    looked_after TEXT NOT NULL CHECK (looked_after IN ('yes', 'no', 'unknown')),
    court_marker TEXT NOT NULL CHECK (court_marker IN ('yes', 'no', 'unknown')),
    source TEXT, -- absent: known by the UPN only, or not from a file
    born_on BLOB, -- sealed; absent: not known
    upn BLOB, -- sealed; absent: not known
    UNIQUE (school, source)
);
CREATE INDEX pupil_by_name ON pupil (school, folded, id);

CREATE TABLE class (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    year_group TEXT, -- absent: mixed, or not known
    ended_on TEXT, -- the first day without it; absent: goes on
    source TEXT, -- absent: not from a file
    UNIQUE (school, source)
);
CREATE INDEX class_by_name ON class (school, folded, id);

CREATE TABLE class_membership (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    class BLOB NOT NULL REFERENCES class (id),
    pupil BLOB NOT NULL REFERENCES pupil (id),
    since TEXT NOT NULL,
    until TEXT -- the first day without it; absent: goes on
);
CREATE INDEX class_membership_by_class ON class_membership (class, until, pupil);
CREATE INDEX class_membership_by_pupil ON class_membership (pupil, until, class);

CREATE TABLE responsible_adult (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    title TEXT, -- absent: not known
    forename TEXT NOT NULL, -- may be empty
    surname TEXT NOT NULL,
    folded TEXT NOT NULL,
    source TEXT, -- absent: the file gave the adult no key
    contact BLOB, -- sealed JSON: email, mobile, phone, address, postcode; absent: nothing is known
    UNIQUE (school, source)
);
CREATE INDEX responsible_adult_by_name ON responsible_adult (school, folded, id);

-- What an adult is to a pupil. None of it is guessed from who lives with whom.
CREATE TABLE responsibility (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    pupil BLOB NOT NULL REFERENCES pupil (id),
    adult BLOB NOT NULL REFERENCES responsible_adult (id),
    relation TEXT NOT NULL, -- the school's own word; may be empty
    priority INTEGER, -- whom to call first; absent: not said
    parental_responsibility TEXT NOT NULL CHECK (parental_responsibility IN ('yes', 'no', 'unknown')),
    contact_order TEXT NOT NULL CHECK (contact_order IN ('yes', 'no', 'unknown')),
    court_marker TEXT NOT NULL CHECK (court_marker IN ('yes', 'no', 'unknown')),
    since TEXT NOT NULL,
    ended_on TEXT -- the first day without it; absent: goes on
);
CREATE INDEX responsibility_by_pupil ON responsibility (pupil, ended_on, id);
CREATE INDEX responsibility_by_adult ON responsibility (adult, ended_on, id);

-- Each import that changed something, or was made to look whether it would.
CREATE TABLE roll_import (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    made_at INTEGER NOT NULL,
    person BLOB REFERENCES person (id), -- absent: the command line
    layout TEXT NOT NULL,
    file_hash BLOB NOT NULL, -- SHA-256 of what was read
    rows_read INTEGER NOT NULL,
    pupils_added INTEGER NOT NULL,
    pupils_changed INTEGER NOT NULL,
    pupils_left INTEGER NOT NULL,
    pupils_returned INTEGER NOT NULL,
    pupils_same INTEGER NOT NULL
);
CREATE INDEX roll_import_by_time ON roll_import (school, made_at, id);
CREATE INDEX roll_import_by_person ON roll_import (person);

-- A "no" that a file brought: a word from the school's own system, which can only lower.
CREATE TABLE imported_refusal (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    import BLOB NOT NULL REFERENCES roll_import (id),
    pupil BLOB NOT NULL REFERENCES pupil (id),
    purpose TEXT NOT NULL, -- a purpose's code in capitals, or ALL
    made_at INTEGER NOT NULL,
    UNIQUE (pupil, purpose)
);
CREATE INDEX imported_refusal_by_import ON imported_refusal (import);

-- A file between preview and import; gone within the hour.
CREATE TABLE roll_preview (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL REFERENCES person (id),
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    file BLOB NOT NULL -- sealed
);
CREATE INDEX roll_preview_by_expiry ON roll_preview (school, expires_at, id);
CREATE INDEX roll_preview_by_person ON roll_preview (person);
