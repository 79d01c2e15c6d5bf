-- Permissions: for what a person may be shown or named, who decided it, and everything that was ever decided.
-- `person` is a pupil, a contact or a member of the school; `decider` the one who answered, the nil id for the school.
-- Days are ISO text; times are UTC milliseconds; a hash is SHA-256 of a random secret; a sealed value is bound to its row.

CREATE TABLE purpose (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    place INTEGER NOT NULL, -- the order on forms
    basis TEXT NOT NULL CHECK (basis IN ('consent', 'public-task', 'legitimate-interests')),
    basis_note TEXT NOT NULL, -- of the data protection officer; may be empty
    months INTEGER, -- how long a yes lasts; absent: while on roll
    recall TEXT NOT NULL CHECK (recall IN ('yes', 'no')), -- whether what went out can be taken back
    wording INTEGER NOT NULL, -- the number of the wording in use
    retired_at INTEGER, -- absent: in use
    made_at INTEGER NOT NULL,
    UNIQUE (school, code)
);

CREATE TABLE purpose_wording (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    purpose BLOB NOT NULL REFERENCES purpose (id),
    number INTEGER NOT NULL,
    label TEXT NOT NULL,
    about TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    UNIQUE (purpose, number)
);

-- The version of everything that is decided about one person: what a form must have seen to raise anything.
CREATE TABLE permission_subject (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY, -- the person's
    version INTEGER NOT NULL
);

CREATE TABLE permission_evidence (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('scan', 'call')),
    media TEXT NOT NULL,
    sealed BLOB NOT NULL,
    made_at INTEGER NOT NULL
);
CREATE INDEX permission_evidence_by_person ON permission_evidence (school, person, id);

-- Rows are never changed, save that the one before ends when another takes its place.
CREATE TABLE permission (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    purpose BLOB NOT NULL REFERENCES purpose (id),
    decider BLOB NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('yes', 'no', 'not-asked', 'withdrawn')),
    authority TEXT NOT NULL,
    basis TEXT NOT NULL,
    route TEXT NOT NULL,
    wording INTEGER NOT NULL,
    evidence BLOB REFERENCES permission_evidence (id), -- absent: the decider's own form is the evidence
    until TEXT, -- the last day that counts; absent: while on roll
    decided_on TEXT NOT NULL,
    at INTEGER NOT NULL,
    entered_by BLOB, -- absent: by the decider
    ended_at INTEGER -- absent: what counts now
);
CREATE INDEX permission_by_person ON permission (school, person, purpose, ended_at, id);
CREATE INDEX permission_by_purpose ON permission (purpose, id);
CREATE INDEX permission_by_evidence ON permission (evidence);

-- Every no and every withdrawal. They are kept outside the database too, so that a restored backup is told of those it lacks.
CREATE TABLE permission_lowered (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    decider BLOB NOT NULL,
    authority TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('no', 'withdrawn')),
    purposes TEXT NOT NULL, -- codes with a space between them
    at INTEGER NOT NULL,
    replayed_at INTEGER -- absent: taken when it was given
);
CREATE INDEX permission_lowered_by_person ON permission_lowered (school, person, id);

-- The school's own no: to everything about one person, whatever the family says. Why is nobody's business but the safeguarding lead's.
CREATE TABLE school_no (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    person BLOB NOT NULL,
    reason BLOB NOT NULL, -- sealed, padded to one length, whatever it is
    set_at INTEGER NOT NULL,
    clearing_by BLOB, -- absent: nobody has begun to clear it
    ended_at INTEGER -- absent: it holds
);
CREATE INDEX school_no_by_person ON school_no (school, person, ended_at, id);

-- A marker of the roll (looked after, court order) that the safeguarding lead has looked at, as it was then.
CREATE TABLE marker_review (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    marker TEXT NOT NULL,
    reviewed_by BLOB NOT NULL,
    reviewed_at INTEGER NOT NULL,
    UNIQUE (school, person, marker)
);

-- A no that a file brought and that the office has settled with the family since.
CREATE TABLE refusal_settled (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY, -- the imported refusal's
    settled_by BLOB NOT NULL,
    evidence BLOB NOT NULL REFERENCES permission_evidence (id),
    settled_at INTEGER NOT NULL
);
CREATE INDEX refusal_settled_by_evidence ON refusal_settled (evidence);

-- What is public and whom it shows or names. Kept by the desk, in its own transactions.
CREATE TABLE appearance (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    item BLOB NOT NULL,
    person BLOB NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('shown', 'named')),
    purpose TEXT NOT NULL, -- the code of the purpose it went out for
    place TEXT NOT NULL, -- where it can be seen
    recall TEXT NOT NULL CHECK (recall IN ('yes', 'no')),
    since INTEGER NOT NULL,
    ended_at INTEGER, -- absent: it is public
    UNIQUE (school, item, person, how)
);
CREATE INDEX appearance_by_person ON appearance (school, person, ended_at, id);

-- Things about permissions that a person has to settle.
CREATE TABLE permission_task (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('disagreement', 'unknown-authority', 'unproven')),
    person BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    done_at INTEGER -- absent: still to be done
);
CREATE INDEX permission_task_by_time ON permission_task (school, done_at, id);

-- A family's way to the form: bound to one adult and one child, for a few days, until it is used.
CREATE TABLE permission_link (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    person BLOB NOT NULL,
    adult BLOB NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    way TEXT NOT NULL CHECK (way IN ('mail', 'letter')),
    code_hash BLOB, -- of the code in a letter; absent: the child's date of birth is asked
    ticket_hash BLOB, -- of the form that was shown after the second check; absent: none yet
    tries INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    reminded_at INTEGER, -- absent: never
    closed_at INTEGER, -- absent: still good
    closed_how TEXT -- used, revoked, tries; absent: still good
);
CREATE INDEX permission_link_by_person ON permission_link (school, person, id);
CREATE INDEX permission_link_by_time ON permission_link (school, closed_at, expires_at, id);

-- Codes of letters, under HOUSE: whoever types one has not said which school.
CREATE TABLE permission_letter (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    at_school BLOB NOT NULL,
    code_hash BLOB NOT NULL UNIQUE,
    link BLOB NOT NULL -- sealed
);

CREATE TABLE permission_receipt (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    adult BLOB NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    language TEXT NOT NULL,
    answers TEXT NOT NULL, -- JSON, without a name
    hash TEXT NOT NULL, -- SHA-256 of `answers`, in hexadecimal, as the ledger binds it
    tries INTEGER NOT NULL, -- wrong second checks
    made_at INTEGER NOT NULL
);
CREATE INDEX permission_receipt_by_person ON permission_receipt (school, person, id);

-- What the headteacher allows in writing: the school's name, its logo, what it has published, a reference.
CREATE TABLE head_permission (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    asked_by BLOB NOT NULL,
    matter TEXT NOT NULL,
    use_for TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    answer TEXT CHECK (answer IN ('yes', 'no', 'withdrawn')), -- absent: not answered yet
    answered_by BLOB,
    answered_at INTEGER,
    note TEXT NOT NULL,
    until TEXT -- the last day that counts; absent: until it is withdrawn
);
CREATE INDEX head_permission_by_asker ON head_permission (school, asked_by, id);
CREATE INDEX head_permission_by_answer ON head_permission (school, answer, id);
