/* inner.h: what the files of the fleet share: its parts, and the few rules about who may touch
 * what.
 *
 * fleet->lock is over hosts, documents, requirements, waivers and what they point at; it is held
 * for moments, never while the store or the network is waited for. Items are written by fleet_put
 * alone, one caller at a time, so that what is counted here is what the store has. Threads: the hub
 * has the connections; intake reads items; the writer writes, signs and tells the hub what to send
 * (letters); the clerk does what is due. */
#pragma once
#include "assess/policy/policy.h"
#include "base/map.h"
#include "base/queue.h"
#include "base/random.h"
#include "base/thread.h"
#include "model/host.h"
#include "net/link/message.h"
#include "server/fleet/fleet.h"

#define FLEET_POLICIES_MAX 64 /* policies in one document: bits of a mask */
#define FLEET_ASSIGNED_MAX \
	(12u << 20) /* bytes of the documents of one host: they are one message */
#define FLEET_CONNECTIONS_MAX 200000
#define FLEET_DEADLINE_MS 15000   /* from connecting to an accepted hello */
#define FLEET_OUT_MAX (32u << 20) /* bytes that wait for a slow agent: then it is dropped */
#define FLEET_QUEUE_MAX 1024      /* jobs between two threads */
#define FLEET_QUEUE_BYTES_MAX \
	(64u << 20)        /* of messages on their way to the store: then reading stops */
#define FLEET_BATCH_MAX 64 /* jobs written in one transaction */
#define FLEET_CHANGES_KEPT 20
#define FLEET_SEEN_US (30 * TIME_SECOND_US) /* how exact last_seen is in the store */
#define FLEET_OVERDUE_US (26 * 3600 * TIME_SECOND_US)
#define FLEET_RENEW_US (600 * TIME_SECOND_US) /* between two new certificates of a connection */
#define FLEET_TOLD_MAX 8192                   /* bytes of a reason */

/* A check of a document, found by policy and ref. */
struct place {
	const struct policy *policy;
	const struct check *check;
	unsigned index;     /* of the policy in its document */
	struct place *next; /* the same ref with another part */
};

/* A document, compiled; never changed once it is in the library. */
struct document {
	size_t holders; /* library, hosts, and whoever works with it; fleet->lock */
	struct text name, text, by;
	char sha256[STORE_HASH_SIZE];
	int64_t revision, pushed_us;
	struct arena *arena;
	struct policies policies;
	struct map *places; /* "policy\nref" -> struct place */
	size_t check_count;
	struct json *shown; /* DOCUMENT of the API but for "hosts" */
};

struct assigned {
	struct document *document;
	uint64_t matched; /* bit i: its policy i has this host as a target */
};

struct host {
	char id[STORE_ID_SIZE], fingerprint[STORE_HASH_SIZE];
	char *name, *facts, *tags, *trust;
	int64_t enrolled_us, last_seen_us, noted_us, revoked_us;
	struct assigned *assigned; /* in order of name */
	size_t assigned_count;
	unsigned expected[LEVEL_COUNT]; /* assigned checks */
	struct tally tally;             /* current items; nothing is pending here */
	enum level required;
	int64_t watch_defects; /* of its facts */
	uint64_t serial;       /* of its connection; 0: offline */
	bool sweep;            /* something may have fallen away */
};

struct change {
	char *json; /* an entry of the summary's "changes" */
};

struct requirement {
	struct query *query;
	enum level level;
};

enum job_kind { JOB_ENROLL, JOB_HELLO, JOB_FACTS, JOB_ITEMS, JOB_LEAVE, JOB_RENEW, JOB_DECLINED };
struct job {
	enum job_kind kind;
	uint64_t serial;          /* of the connection that it came by */
	char host[STORE_ID_SIZE]; /* whose certificate that is; "": none */
	char *peer;
	struct buf body;
	/* of JOB_ITEMS, once intake has read it */
	struct arena *arena;
	struct store_item *items;
	size_t item_count;
	int64_t seq;
	bool done;                  /* that run is complete */
	char action[STORE_ID_SIZE]; /* of done; "": the assigned */
};

/* What the hub is to do with a connection. */
struct letter {
	uint64_t serial;
	struct buf bytes; /* to send; message frames */
	bool close;       /* once they are sent */
	bool admit;       /* its hello was accepted */
	struct letter *next;
};

struct hub;
struct waivers;

struct figures {
	_Atomic uint64_t accepted, refused, dropped, items, items_refused, batches, overdue;
};

struct fleet {
	struct fleet_config config;
	const struct store_port *port;
	struct store *store;
	struct stream *stream;
	struct lock *lock;
	struct map *by_id;   /* id -> struct host */
	struct host **hosts; /* in order of id */
	size_t host_count, host_room, online;
	struct document **documents; /* the library, in order of name */
	size_t document_count, document_room;
	struct requirement *requirements;
	size_t requirement_count;
	struct waivers *waivers;  /* that go on */
	_Atomic bool waivers_due; /* whether all items stand under them as they should */
	struct change changes[FLEET_CHANGES_KEPT];
	size_t change_count;  /* ever; the newest is at (change_count - 1) % KEPT */
	struct lock *putting; /* fleet_put */
	struct lock *pushing; /* changes of documents, requirements and waivers, one at a time */
	struct lock *summing; /* the two that follow */
	struct json *summary; /* the last one; NULL: none */
	int64_t summed_us;
	struct lock *due;             /* the clerk waits here */
	bool stopping, look;          /* of the clerk: under due */
	struct queue *read, *written; /* jobs: hub -> intake -> writer */
	_Atomic size_t job_bytes;
	struct thread *intake, *writer, *clerk;
	struct hub *hub;
	_Atomic int agent_days; /* of the certificates that agents get */
	struct buf ca_key, ca_cert;
	char ca_fingerprint[STORE_HASH_SIZE], address[300];
	struct figures figures;
};

#include "server/fleet/parts.h"
