-- What was to be handed over, was not, and was raised to the headteacher's list: so that it is raised once.
CREATE TABLE hand_over_raised (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    account BLOB NOT NULL REFERENCES official_account (id),
    person BLOB NOT NULL REFERENCES person (id),
    hold TEXT NOT NULL CHECK (hold IN ('answers', 'signs-in')),
    raised_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX hand_over_raised_by_account ON hand_over_raised (account, person, hold);
CREATE INDEX hand_over_raised_by_person ON hand_over_raised (person, id);
