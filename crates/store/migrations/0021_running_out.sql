-- What runs out soon is asked for on a page that the office opens daily; most answers never do.
CREATE INDEX permission_by_until ON permission (school, until, ended_at, person);
