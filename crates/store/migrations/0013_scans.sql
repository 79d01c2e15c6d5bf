-- Scans of answers that came on paper, each sealed by a key of its own.

CREATE TABLE permission_scan (
    school BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    evidence BLOB NOT NULL REFERENCES permission_evidence (id),
    media TEXT NOT NULL CHECK (media IN ('application/pdf', 'image/jpeg', 'image/png')),
    bytes_hash BLOB NOT NULL, -- SHA-256 of what is kept
    size_bytes INTEGER NOT NULL,
    own_key BLOB NOT NULL, -- wrapped
    content BLOB NOT NULL, -- sealed by its own key
    added_by BLOB NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE (evidence, bytes_hash)
);
CREATE INDEX permission_scan_by_person ON permission_scan (school, person, id);
