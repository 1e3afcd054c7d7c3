-- What version 2 adds to schema.sql: what runs did over time, for reports.

-- Stretches of time, in their order; at most migrate.MaxIntervals of them.
CREATE TABLE stretch (
	id        INTEGER PRIMARY KEY, -- 1, 2, …
	session   INTEGER NOT NULL,    -- session.id
	begun_at  INTEGER NOT NULL,
	ended_at  INTEGER NOT NULL,
	outcomes  TEXT    NOT NULL, -- JSON array by state
	requests  INTEGER NOT NULL,
	limited   INTEGER NOT NULL, -- of them, with 429
	failed    INTEGER NOT NULL, -- of them, without an answer or with a 5xx
	gates     INTEGER NOT NULL,
	latency   BLOB    NOT NULL, -- migrate.Latencies, packed
	in_flight INTEGER NOT NULL,
	wanted    INTEGER NOT NULL,
	rate      REAL    NOT NULL, -- limit of the instance, requests a second; 0 for none
	pace      REAL    NOT NULL
) STRICT;

-- Why requests waited; the newest ones.
CREATE TABLE event (
	id       INTEGER PRIMARY KEY,
	session  INTEGER NOT NULL,
	begun_at INTEGER NOT NULL,
	ended_at INTEGER NOT NULL,
	text     TEXT    NOT NULL
) STRICT;

-- What else the program keeps, by name; it knows how to read it.
CREATE TABLE note (
	name TEXT PRIMARY KEY,
	text TEXT NOT NULL
) STRICT;
