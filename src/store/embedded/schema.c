#include "store/embedded/schema.h"

/* items holds every item as it came, checks one row for each item id: what is current of it. */
static const char first[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE hosts (id TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE,"
	" facts TEXT NOT NULL, tags TEXT NOT NULL, trust TEXT NOT NULL,"
	" fingerprint TEXT NOT NULL UNIQUE, enrolled INTEGER NOT NULL, seen INTEGER NOT NULL,"
	" revoked INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE UNIQUE INDEX hosts_name ON hosts (name) WHERE revoked = 0;"
	"CREATE TABLE tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE,"
	" kind INTEGER NOT NULL,"
	" name TEXT NOT NULL, role TEXT NOT NULL, created INTEGER NOT NULL,"
	" expires INTEGER NOT NULL, used INTEGER NOT NULL, uses_left INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE TABLE documents (name TEXT NOT NULL, revision INTEGER NOT NULL, text TEXT NOT NULL,"
	" policy TEXT NOT NULL, target TEXT NOT NULL, by TEXT NOT NULL, sha256 TEXT NOT NULL,"
	" pushed INTEGER NOT NULL, current INTEGER NOT NULL, PRIMARY KEY (name, revision));"
	"CREATE UNIQUE INDEX documents_current ON documents (name) WHERE current = 1;"
	"CREATE TABLE requirements (query TEXT PRIMARY KEY, level INTEGER NOT NULL,"
	" by TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE items (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,"
	" at INTEGER NOT NULL, agent TEXT NOT NULL, target TEXT NOT NULL, policy TEXT NOT NULL,"
	" ref TEXT NOT NULL, name TEXT NOT NULL, action TEXT NOT NULL, level INTEGER NOT NULL,"
	" status INTEGER NOT NULL, json TEXT NOT NULL);"
	"CREATE UNIQUE INDEX items_id ON items (id, at);"
	"CREATE INDEX items_at ON items (at);"
	"CREATE INDEX items_action ON items (action, seq) WHERE action != '';"
	"CREATE TABLE checks (id TEXT PRIMARY KEY, agent TEXT NOT NULL,"
	" policy TEXT NOT NULL COLLATE NOCASE, ref TEXT NOT NULL COLLATE NOCASE,"
	" level INTEGER NOT NULL, status INTEGER NOT NULL, answered INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, current INTEGER NOT NULL, kept INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX checks_place ON checks (agent, policy, ref, id) WHERE current = 1;"
	"CREATE INDEX checks_answered ON checks (answered) WHERE current = 1 AND status != 5;"
	"CREATE TABLE feed (gone INTEGER NOT NULL);"
	"INSERT INTO feed VALUES (0);"
	"CREATE TABLE actions (id TEXT PRIMARY KEY, by TEXT NOT NULL, target TEXT NOT NULL,"
	" policies TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE INDEX actions_created ON actions (created);"
	"CREATE TABLE recipients (action TEXT NOT NULL REFERENCES actions, host TEXT NOT NULL"
	" REFERENCES hosts, status INTEGER NOT NULL, answered INTEGER NOT NULL,"
	" PRIMARY KEY (action, host)) WITHOUT ROWID;"
	"CREATE INDEX recipients_pending ON recipients (host, action) WHERE status = 0;"
	"PRAGMA user_version = 1;"
	"COMMIT;";

static const char second[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE waivers (id TEXT PRIMARY KEY, policy TEXT NOT NULL, ref TEXT NOT NULL,"
	" hosts TEXT NOT NULL, why TEXT NOT NULL, by TEXT NOT NULL, created INTEGER NOT NULL,"
	" until INTEGER NOT NULL, ended INTEGER NOT NULL, ended_by TEXT NOT NULL) WITHOUT ROWID;"
	"PRAGMA user_version = 2;"
	"COMMIT;";

/* was: the status that was current before this item became so; 6: none, or it did not. */
static const char third[] =
	"BEGIN IMMEDIATE;"
	"ALTER TABLE items ADD COLUMN was INTEGER NOT NULL DEFAULT 6;"
	"CREATE INDEX items_changes ON items (seq) WHERE was != 6 AND was != status;"
	"PRAGMA user_version = 3;"
	"COMMIT;";

const char *const schema_steps[] = {first, second, third};
const size_t schema_count = sizeof(schema_steps) / sizeof(schema_steps[0]);
