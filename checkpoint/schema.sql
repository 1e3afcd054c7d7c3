-- A checkpoint, version 1; version2.sql and version3.sql add to it. Times are milliseconds since 1970 (UTC), durations
-- are microseconds. No payload, no digest, no secret is kept.

-- What the checkpoint belongs to. One row.
CREATE TABLE meta (
	one          INTEGER PRIMARY KEY CHECK (one = 1),
	id           TEXT    NOT NULL, -- random; binds the lock file to this checkpoint
	run_key      BLOB    NOT NULL CHECK (length(run_key) = 32),
	input_name   TEXT    NOT NULL,
	input_sha256 TEXT    NOT NULL,
	input_size   INTEGER NOT NULL,
	rows         INTEGER NOT NULL,
	mode         TEXT    NOT NULL,
	mapping      TEXT    NOT NULL,
	options      TEXT    NOT NULL,
	api_version  TEXT    NOT NULL,
	instance_id  TEXT    NOT NULL,
	key_kind     TEXT    NOT NULL
) STRICT;

-- What every commit writes. One row, apart from meta to keep commits small.
CREATE TABLE head (
	one        INTEGER PRIMARY KEY CHECK (one = 1),
	id         TEXT    NOT NULL, -- meta.id again: the -wal of another checkpoint shows
	epoch      INTEGER NOT NULL, -- raised by each process that opens it to write
	commit_seq INTEGER NOT NULL, -- raised by each commit
	clean      INTEGER NOT NULL, -- 1: the last writer ended as it should
	last_send  INTEGER           -- wall clock of the newest request
) STRICT;

-- What is known of each row of the input that has been claimed.
CREATE TABLE result (
	row       INTEGER PRIMARY KEY CHECK (row > 0),
	state     INTEGER NOT NULL CHECK (state BETWEEN 1 AND 9),
	action    INTEGER NOT NULL,
	line_gap  INTEGER NOT NULL, -- line less row: small, so that it takes little room
	key       ANY     NOT NULL, -- text; a lower-case UUID is kept as its 16 bytes
	user_id   TEXT    NOT NULL,
	hash      BLOB,
	flags     INTEGER NOT NULL, -- 1 pre_absent, 2 reconciled, 4 generated, 8 made
	attempts  INTEGER NOT NULL,
	sent_at   INTEGER,
	at        INTEGER,
	took      INTEGER NOT NULL,
	status    INTEGER NOT NULL,
	problem   INTEGER,          -- problem.id
	trace_id  TEXT    NOT NULL
) STRICT;

-- What was known of rows of earlier inputs that no row of this one goes on
-- with, where Clerk has a user of it or may have one. The columns of result; row
-- is a number of its own.
CREATE TABLE past (
	row       INTEGER PRIMARY KEY CHECK (row > 0),
	state     INTEGER NOT NULL CHECK (state BETWEEN 1 AND 9),
	action    INTEGER NOT NULL,
	line_gap  INTEGER NOT NULL,
	key       ANY     NOT NULL,
	user_id   TEXT    NOT NULL,
	hash      BLOB,
	flags     INTEGER NOT NULL,
	attempts  INTEGER NOT NULL,
	sent_at   INTEGER,
	at        INTEGER,
	took      INTEGER NOT NULL,
	status    INTEGER NOT NULL,
	problem   INTEGER,
	trace_id  TEXT    NOT NULL,
	vanished  INTEGER NOT NULL -- 1: no row of the input has its key
) STRICT;

-- Problem texts, each kept once however many rows have it.
CREATE TABLE problem (
	id      INTEGER PRIMARY KEY,
	code    TEXT NOT NULL,
	field   TEXT NOT NULL,
	message TEXT NOT NULL,
	UNIQUE (code, field, message)
) STRICT;

-- Each run, from BeginRun to EndRun.
CREATE TABLE session (
	id         INTEGER PRIMARY KEY,
	version    TEXT    NOT NULL,
	args       TEXT    NOT NULL,
	key_print  TEXT    NOT NULL, -- a keyed hash of the secret key, or ''
	pid        INTEGER NOT NULL,
	host       TEXT    NOT NULL,
	started_at INTEGER,
	state      TEXT    NOT NULL,
	reason     TEXT    NOT NULL,
	counts     TEXT    NOT NULL, -- JSON array by state
	requests   TEXT    NOT NULL, -- JSON object, status to number
	p50        INTEGER NOT NULL,
	p95        INTEGER NOT NULL,
	p99        INTEGER NOT NULL,
	max        INTEGER NOT NULL,
	ended_at   INTEGER
) STRICT;
