/* inner.h: what the files of the fleet share: its parts, and the few rules about who may touch what.
 *
 * fleet->lock is over hosts, documents, requirements and what they point at; it is held for moments, never while the
 * store or the network is waited for. Items are written by fleet_put alone, one caller at a time, so that what is
 * counted here is what the store has. Threads: the hub has the connections; intake reads items; the writer writes, signs
 * and tells the hub what to send (letters); the clerk does what is due. */
#pragma once
#include "assess/policy/policy.h"
#include "base/map.h"
#include "base/queue.h"
#include "base/random.h"
#include "base/thread.h"
#include "model/host.h"
#include "net/link/message.h"
#include "server/fleet/fleet.h"

#define FLEET_POLICIES_MAX 64		  /* policies in one document: bits of a mask */
#define FLEET_ASSIGNED_MAX (12u << 20)	  /* bytes of the documents of one host: they are one message */
#define FLEET_CONNECTIONS_MAX 200000
#define FLEET_DEADLINE_MS 15000		  /* from connecting to an accepted hello */
#define FLEET_OUT_MAX (32u << 20)	  /* bytes that wait for a slow agent: then it is dropped */
#define FLEET_QUEUE_MAX 1024		  /* jobs between two threads */
#define FLEET_QUEUE_BYTES_MAX (64u << 20) /* of messages on their way to the store: then reading stops */
#define FLEET_BATCH_MAX 64		  /* jobs written in one transaction */
#define FLEET_CHANGES_KEPT 20
#define FLEET_SEEN_US (30 * TIME_SECOND_US) /* how exact last_seen is in the store */
#define FLEET_OVERDUE_US (26 * 3600 * TIME_SECOND_US)
#define FLEET_TOLD_MAX 8192 /* bytes of a reason */

/* A check of a document, found by policy and ref. */
struct place {
	const struct policy *policy;
	const struct check *check;
	unsigned index; /* of the policy in its document */
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
	struct tally tally; /* current items; nothing is pending here */
	enum level required;
	uint64_t serial; /* of its connection; 0: offline */
	bool sweep; /* something may have fallen away */
};

struct change {
	char *json; /* an entry of the summary's "changes" */
};

struct requirement {
	struct query *query;
	enum level level;
};

enum job_kind { JOB_ENROLL, JOB_HELLO, JOB_ITEMS, JOB_LEAVE };
struct job {
	enum job_kind kind;
	uint64_t serial; /* of the connection that it came by */
	char host[STORE_ID_SIZE]; /* whose certificate that is; "": none */
	char *peer;
	struct buf body;
	/* of JOB_ITEMS, once intake has read it */
	struct arena *arena;
	struct store_item *items;
	size_t item_count;
	int64_t seq;
	bool done; /* that run is complete */
	char action[STORE_ID_SIZE]; /* of done; "": the assigned */
};

/* What the hub is to do with a connection. */
struct letter {
	uint64_t serial;
	struct buf bytes; /* to send; message frames */
	bool close; /* once they are sent */
	bool admit; /* its hello was accepted */
	struct letter *next;
};

struct hub;

struct figures {
	_Atomic uint64_t accepted, refused, dropped, items, items_refused, batches, overdue;
};

struct fleet {
	struct fleet_config config;
	const struct store_port *port;
	struct store *store;
	struct stream *stream;
	struct lock *lock;
	struct map *by_id; /* id -> struct host */
	struct host **hosts; /* in order of id */
	size_t host_count, host_room, online;
	struct document **documents; /* the library, in order of name */
	size_t document_count, document_room;
	struct requirement *requirements;
	size_t requirement_count;
	struct change changes[FLEET_CHANGES_KEPT];
	size_t change_count; /* ever; the newest is at (change_count - 1) % KEPT */
	struct lock *putting; /* fleet_put */
	struct lock *pushing; /* changes of documents and requirements, one at a time */
	struct lock *summing; /* the two that follow */
	struct json *summary; /* the last one; NULL: none */
	int64_t summed_us;
	struct lock *due; /* the clerk waits here */
	bool stopping, look; /* of the clerk: under due */
	struct queue *read, *written; /* jobs: hub -> intake -> writer */
	_Atomic size_t job_bytes;
	struct thread *intake, *writer, *clerk;
	struct hub *hub;
	struct buf ca_key, ca_cert;
	char ca_fingerprint[STORE_HASH_SIZE], address[300];
	struct figures figures;
};

/* --- roster.c: hosts; the lock is taken --- */
must_use bool roster_load(struct fleet *fleet, struct err *err);
void roster_end(struct fleet *fleet);
must_use struct host *roster_find(struct fleet *fleet, const char *id);
must_use struct host *roster_next(struct fleet *fleet, const char *after); /* by id; NULL: the end */
struct host *roster_add(struct fleet *fleet, const struct store_host *host);
void roster_drop_document(struct document **document);
must_use struct json *host_json(const struct fleet *fleet, const struct host *host); /* HOST */
/* Looks anew at what is assigned to it and required of it. True: the assignment changed; *news then receives the
 * message for the agent, with the texts that `before` did not have. */
bool host_assign(struct fleet *fleet, struct host *host, struct buf *news);
void host_put_assign(const struct host *host, const struct assigned *before, size_t before_count,
		     struct buf *out);
/* The check that an item answers, when it is assigned and the id is right; NULL. */
must_use const struct place *host_place(const struct host *host, const struct store_item *item);
void host_count(struct host *host, const struct store_item *item); /* a new current item */
void host_uncount(struct host *host, enum level level, enum status status);
must_use unsigned host_pending(const struct host *host, enum level level);
must_use enum level host_achieved(const struct host *host);

/* --- document.c, library.c, push.c: documents and requirements --- */
must_use bool library_load(struct fleet *fleet, struct err *err);
void library_end(struct fleet *fleet);
must_use struct document *document_new(const struct store_document *kept, struct json **errors,
				       struct err *err);
void document_free(struct document **document);
must_use const struct place *document_place(const struct document *document, struct text policy,
					    struct text ref);
/* Bits of the policies that have the host of this record as a target. */
must_use uint64_t document_matched(const struct document *document,
				   const struct query_record *record);
/* The first check that both have with the same part, in policies of these masks; NULL: none. */
must_use const struct place *assigned_overlap(const struct assigned *a, const struct assigned *b);
/* Puts it into the library, in place of one with its name; NULL: takes that out. The lock is taken. */
void library_exchange(struct fleet *fleet, struct text name, struct document *document);
/* Looks at every host anew; what changed is told to agents and to listeners. */
void library_assign(struct fleet *fleet);
must_use bool requirements_load(struct fleet *fleet, struct err *err);

/* --- put.c: items into the store, and what follows from them --- */
must_use bool fleet_put(struct fleet *fleet, struct store_item *items, size_t count, struct err *err);
/* An item of ours (unknown, fallen away) as the store keeps it; texts in arena. */
void item_keep(const struct item *item, bool current, struct arena *arena, struct store_item *kept);
void fleet_tell_host(struct fleet *fleet, const char *id); /* HOST to the stream */

/* --- intake.c, writer.c, clerk.c: the threads --- */
void intake_run(void *fleet);
void writer_run(void *fleet);
void clerk_run(void *fleet);
void clerk_look(struct fleet *fleet); /* something is due now */
void job_free(struct job **job);

/* --- actions.c --- */
/* Puts the CHECK message of an action. */
void action_put_check(const struct store_action *action, struct buf *out);
/* What a host did not answer of an action becomes items. */
must_use bool action_expire(struct fleet *fleet, const struct store_action *action, int64_t now_us,
			    struct err *err);

/* --- hub.c --- */
must_use struct hub *hub_open(struct fleet *fleet, struct err *err);
must_use const char *hub_address(const struct hub *hub);
must_use bool hub_start(struct hub *hub, struct err *err);
must_use bool hub_reload(struct hub *hub, struct text key_pem, struct text cert_pem, struct err *err);
void hub_stop(struct hub *hub); /* ends its thread and all connections; letters are nobody's then */
void hub_close(struct hub **hub);
/* Any thread, in order. Takes the bytes of the letter; without a serial it is nobody's. */
void hub_post(struct hub *hub, struct letter *letter);
void hub_drained(struct hub *hub); /* there is room again for what agents send */
void hub_refuse(struct letter *letter, const char *reason, bool final); /* fills it: says so, then closes */
