-- What version 3 adds to version2.sql: what an undo needs, and what it did.

-- Column at less Clerk's own updated_at of the user as of the last write of the
-- row: small, so that it takes little room.
ALTER TABLE result ADD COLUMN updated_gap INTEGER;
ALTER TABLE past ADD COLUMN updated_gap INTEGER;

-- Fields that updates changed, before and after, in the order of the updates.
CREATE TABLE kept (
	id      INTEGER PRIMARY KEY,
	user_id TEXT NOT NULL,
	sealed  BLOB NOT NULL -- see kept.go: unreadable without the secret key
) STRICT;
CREATE INDEX kept_user ON kept (user_id);

-- What an undo does, a user each; filled in when the first one begins.
CREATE TABLE undo (
	id         INTEGER PRIMARY KEY, -- 1, 2, …
	user_id    TEXT    NOT NULL UNIQUE,
	row        INTEGER NOT NULL, -- result.row; below 0, past.row
	action     INTEGER NOT NULL, -- migrate.UndoAction
	state      INTEGER NOT NULL, -- migrate.UndoState
	updated_at INTEGER,          -- the newest of its rows
	at         INTEGER,
	status     INTEGER NOT NULL,
	code       TEXT    NOT NULL,
	trace_id   TEXT    NOT NULL,
	fields     TEXT    NOT NULL -- JSON: what became of which field, or ''
) STRICT;

-- Each time that undo ran, from BeginUndo to EndUndo; as in session.
CREATE TABLE undo_session (
	id         INTEGER PRIMARY KEY,
	version    TEXT    NOT NULL,
	args       TEXT    NOT NULL,
	key_print  TEXT    NOT NULL,
	pid        INTEGER NOT NULL,
	host       TEXT    NOT NULL,
	started_at INTEGER,
	state      TEXT    NOT NULL,
	reason     TEXT    NOT NULL,
	requests   TEXT    NOT NULL,
	ended_at   INTEGER
) STRICT;
