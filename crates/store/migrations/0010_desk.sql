-- The publishing desk: requests, who wrote and who approved them, their pictures and who is in them, remarks, deputies, tasks.
-- Once something is taken down, `words`, alt texts and pictures are emptied; hashes, times and reasons stay.

CREATE TABLE request (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    edition INTEGER NOT NULL, -- rises with every change of what would be published, and each time it is handed in
    author BLOB NOT NULL REFERENCES person (id),
    made_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    state_at INTEGER NOT NULL,
    doubt_until INTEGER, -- absent: nobody was in doubt
    urgent_by BLOB REFERENCES person (id), -- absent: went the usual way
    urgent_because TEXT,
    words TEXT NOT NULL,
    purpose TEXT NOT NULL,
    news TEXT NOT NULL,
    event_at INTEGER, -- absent: speaks of no event
    release_at INTEGER, -- absent: as soon as approved
    remove_on TEXT, -- absent: not planned
    safety TEXT NOT NULL, -- JSON: answered yes, answered no, the reason
    content_hash BLOB, -- of what was published; absent: nothing was yet
    down_because TEXT -- absent: nobody has asked for it to be taken down
);
CREATE INDEX request_by_state ON request (school, state, state_at, id);
CREATE INDEX request_by_author ON request (author, made_at, id);
CREATE INDEX request_by_urgent ON request (urgent_by);

CREATE TABLE request_account (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    request BLOB NOT NULL REFERENCES request (id),
    account BLOB NOT NULL, -- one of the school's official accounts
    UNIQUE (request, account)
);

CREATE TABLE request_writer (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    request BLOB NOT NULL REFERENCES request (id),
    person BLOB NOT NULL REFERENCES person (id),
    since INTEGER NOT NULL,
    UNIQUE (request, person)
);
CREATE INDEX request_writer_by_person ON request_writer (person, request);

CREATE TABLE request_approval (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    request BLOB NOT NULL REFERENCES request (id),
    edition INTEGER NOT NULL, -- counts for this edition only
    person BLOB NOT NULL REFERENCES person (id),
    headteachers TEXT NOT NULL CHECK (headteachers IN ('yes', 'no')),
    at INTEGER NOT NULL
);
CREATE INDEX request_approval_by_request ON request_approval (request, edition, at, id);
CREATE INDEX request_approval_by_person ON request_approval (person);

CREATE TABLE request_remark (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    request BLOB NOT NULL REFERENCES request (id),
    person BLOB REFERENCES person (id), -- absent: the program itself
    at INTEGER NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX request_remark_by_request ON request_remark (request, at, id);
CREATE INDEX request_remark_by_person ON request_remark (person);

-- What a writer said about something that screening asked about.
CREATE TABLE request_answer (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    request BLOB NOT NULL REFERENCES request (id),
    asked BLOB NOT NULL, -- hash of the place, the kind and the words that were asked about
    person BLOB NOT NULL REFERENCES person (id),
    at INTEGER NOT NULL,
    UNIQUE (request, asked)
);
CREATE INDEX request_answer_by_person ON request_answer (person);

CREATE TABLE picture (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY, -- random: also the name under which it is seen
    version INTEGER NOT NULL,
    request BLOB NOT NULL REFERENCES request (id),
    place INTEGER NOT NULL,
    alt TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('jpeg', 'png')),
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes_hash BLOB NOT NULL, -- SHA-256 of the clean copy
    nobody TEXT NOT NULL CHECK (nobody IN ('yes', 'no', 'unknown')), -- can nobody be recognised?
    own_key BLOB, -- wrapped; absent: destroyed
    content BLOB -- sealed by its own key; absent: destroyed
);
CREATE INDEX picture_by_request ON picture (request, place, id);

CREATE TABLE picture_person (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    picture BLOB NOT NULL REFERENCES picture (id),
    kind TEXT NOT NULL CHECK (kind IN ('pupil', 'staff', 'adult-agreed', 'adult-unasked', 'stranger')),
    person BLOB, -- a pupil or a person of the school; absent: somebody without a name here
    across INTEGER, -- where in the picture, in thousandths; absent: not marked
    down INTEGER
);
CREATE INDEX picture_person_by_picture ON picture_person (picture, id);
CREATE INDEX picture_person_by_person ON picture_person (person, picture);

-- Whom the headteacher has named to approve beside them.
CREATE TABLE desk_deputy (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    person BLOB NOT NULL REFERENCES person (id),
    since INTEGER NOT NULL,
    ended_at INTEGER -- absent: goes on
);
CREATE INDEX desk_deputy_by_person ON desk_deputy (person, since, id);

-- What a person has to do, and by when; escalates to the headteacher when nobody does.
CREATE TABLE desk_task (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('review', 'remove-by-hand', 'recall-print')),
    request BLOB NOT NULL REFERENCES request (id),
    copy BLOB, -- which copy; absent: the request as a whole
    made_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    raised_at INTEGER, -- absent: not overdue so far
    done_at INTEGER,
    done_by BLOB REFERENCES person (id),
    said TEXT -- what was found or done
);
CREATE INDEX desk_task_by_due ON desk_task (school, done_at, due_at, id);
CREATE INDEX desk_task_by_request ON desk_task (request, id);
CREATE INDEX desk_task_by_person ON desk_task (done_by);

-- Each place in which a request is, is to be, or was. The id is the key that keeps a channel from publishing it twice.
CREATE TABLE request_copy (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    request BLOB NOT NULL REFERENCES request (id),
    account BLOB NOT NULL,
    called TEXT NOT NULL, -- the account, as it was called then
    state TEXT NOT NULL CHECK (state IN ('due', 'sending', 'unsure', 'out', 'failed', 'removing', 'gone', 'stuck')),
    made_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL, -- not to be touched before; while somebody works on it: when their time is over
    address TEXT, -- absent: nobody knows one so far
    remote TEXT,
    out_at INTEGER,
    down_at INTEGER, -- when it was to come down; absent: it is to stay
    gone_at INTEGER, -- when it was seen gone
    said TEXT, -- what the channel said last
    UNIQUE (request, account)
);
CREATE INDEX request_copy_by_state ON request_copy (school, state, out_at, id);
