-- Forms on paper that came back, to be held against what has been entered. Days are ISO text; times are UTC milliseconds.

CREATE TABLE paper_form (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    pupil BLOB NOT NULL REFERENCES pupil (id),
    came_on TEXT NOT NULL,
    noted_by BLOB NOT NULL,
    noted_at INTEGER NOT NULL,
    UNIQUE (pupil, came_on)
);
CREATE INDEX paper_form_by_pupil ON paper_form (school, pupil, id);
