-- Policies: who decided on a version, and drafts of the next one. Advice: answers that somebody keeps, and keys of programs that ask.
-- The school's hours: when people work, and when school is on.
CREATE TABLE policy_adoption (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    in_force BLOB NOT NULL REFERENCES policy_in_force (id),
    label TEXT NOT NULL, -- what people call the version: `2026`, `3.1`
    body TEXT NOT NULL, -- governing-body, committee, one-governor
    met_on TEXT NOT NULL,
    minute TEXT NOT NULL, -- where the decision is minuted; may be empty
    review_on TEXT NOT NULL,
    is_material INTEGER NOT NULL, -- 1: people must read it again
    reason TEXT NOT NULL, -- what changed and why, in the approver's words
    proposed_by BLOB NOT NULL REFERENCES person (id),
    approved_by BLOB NOT NULL REFERENCES person (id),
    adopted_at INTEGER NOT NULL,
    UNIQUE (in_force)
);
CREATE INDEX policy_adoption_by_proposer ON policy_adoption (proposed_by);
CREATE INDEX policy_adoption_by_approver ON policy_adoption (approved_by);

CREATE TABLE policy_draft (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    name TEXT NOT NULL, -- what the people who work on it call it
    origin TEXT NOT NULL, -- hash of the version or pack that it was copied from
    state TEXT NOT NULL, -- open, proposed, adopted, dropped
    files TEXT NOT NULL, -- JSON: a list of objects with `name` and `text`
    proposed_hash TEXT, -- hash of what was proposed
    proposed_by BLOB REFERENCES person (id),
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
);
CREATE INDEX policy_draft_by_school ON policy_draft (school, state, changed_at, id);
CREATE INDEX policy_draft_by_proposer ON policy_draft (proposed_by);

-- Whoever had a hand in a draft may not approve it.
CREATE TABLE policy_draft_hand (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    draft BLOB NOT NULL REFERENCES policy_draft (id),
    person BLOB NOT NULL REFERENCES person (id),
    UNIQUE (draft, person)
);
CREATE INDEX policy_draft_hand_by_person ON policy_draft_hand (person);

CREATE TABLE kept_answer (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL REFERENCES person (id),
    sealed BLOB NOT NULL, -- question and ruling; only this program opens it
    policy_hash TEXT NOT NULL,
    kept_at INTEGER NOT NULL
);
CREATE INDEX kept_answer_by_person ON kept_answer (person, kept_at, id);

CREATE TABLE api_token (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL, -- which program it is for
    token_hash BLOB NOT NULL,
    made_by BLOB REFERENCES person (id), -- absent: made at the server's command line
    made_at INTEGER NOT NULL,
    ended_at INTEGER,
    UNIQUE (token_hash)
);
CREATE INDEX api_token_by_school ON api_token (school, made_at, id);
CREATE INDEX api_token_by_maker ON api_token (made_by);

CREATE TABLE school_hours (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    days TEXT NOT NULL, -- JSON: one entry a weekday, Monday first; null or a list of two times
    terms TEXT NOT NULL, -- JSON: a list of objects with `name`, `starts_on`, `ends_on`
    UNIQUE (school)
);
