/* parts.h: what each file of the fleet does for the others; inner.h has the structs. */
#pragma once
#include "server/fleet/inner.h"

/* --- roster.c: hosts; the lock is taken --- */
must_use bool roster_load(struct fleet *fleet, struct err *err);
void roster_end(struct fleet *fleet);
must_use struct host *roster_find(struct fleet *fleet, const char *id);
must_use struct host *roster_next(struct fleet *fleet,
				  const char *after); /* by id; NULL: the end */
struct host *roster_add(struct fleet *fleet, const struct store_host *kept);
void roster_drop_document(struct document **document);
must_use struct json *host_json(const struct fleet *fleet, const struct host *host); /* HOST */
/* Looks anew at its facts, at what is assigned to it and required of it. True: the assignment
 * changed; *news then receives the message for the agent, with the texts that `before` did not
 * have. */
bool host_assign(struct fleet *fleet, struct host *host, struct buf *news);
void host_put_assign(const struct host *host, const struct assigned *before, size_t before_count,
		     struct buf *out);
/* The check that an item answers, when it is assigned and the id is right; NULL. */
must_use const struct place *host_place(const struct host *host, const struct store_item *item);
void host_count(struct host *host, const struct store_item *item); /* a new current item */
void host_uncount(struct host *host, enum level level, enum status status);
must_use unsigned host_pending(const struct host *host, enum level level);
must_use enum level host_achieved(const struct host *host);

/* --- document.c, library.c: documents and requirements --- */
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
/* Puts it into the library, in place of one with its name; NULL: takes that out. The lock is taken.
 */
void library_exchange(struct fleet *fleet, struct text name, struct document *document);
/* Looks at every host anew; what changed is told to agents and to listeners. */
void library_assign(struct fleet *fleet);
must_use bool requirements_load(struct fleet *fleet, struct err *err);

/* --- writer.c: items into the store, and what follows from them --- */
must_use bool fleet_put(struct fleet *fleet, struct store_item *items, size_t count,
			struct err *err);
must_use bool changes_load(struct fleet *fleet, struct err *err); /* the newest, at the start */
/* An item of ours (unknown, fallen away) as the store keeps it; texts in arena. */
void item_keep(const struct item *item, bool current, struct arena *arena, struct store_item *kept);
void fleet_tell_host(struct fleet *fleet, const char *id); /* HOST to the stream */

/* --- waiver/waivers.c --- */
must_use bool waivers_load(struct fleet *fleet, struct err *err); /* those that go on */
void waivers_end(struct fleet *fleet);
/* Those of the items that fail or err and have a waiver are waived from here on; texts in arena. */
must_use bool waivers_apply(struct fleet *fleet, struct store_item *items, size_t count,
			    struct arena *arena, struct err *err);
/* Ends those whose time is over; after waivers_look (hosts are others now) also looks whether
 * current items stand as they should. The clerk's. */
must_use bool waivers_do_due(struct fleet *fleet, struct err *err);
void waivers_look(struct fleet *fleet);
/* The same for the clerk's next turn, where there are any; the lock is taken. */
void waivers_host_changed(struct fleet *fleet);

/* --- intake.c, writer.c, clerk.c: the threads --- */
void intake_run(void *data); /* data: the fleet, of all three */
void writer_run(void *data);
void clerk_run(void *data);
void clerk_look(struct fleet *fleet); /* something is due now */
void job_free(struct job **job);

/* --- actions.c --- */
/* Puts the CHECK message of an action. */
void action_put_check(const struct store_action *action, struct buf *out);
/* What a host did not answer of an action becomes items. */
must_use bool action_expire(struct fleet *fleet, const struct store_action *action,
			    struct err *err);
/* A host says that it will not answer, and why: the same at once, with its reason. */
void action_decline(struct fleet *fleet, const struct job *job);

/* --- hub.c --- */
must_use struct hub *hub_open(struct fleet *fleet, struct err *err);
must_use const char *hub_address(const struct hub *hub);
must_use bool hub_start(struct hub *hub, struct err *err);
must_use bool hub_reload(struct hub *hub, struct text key_pem, struct text cert_pem,
			 struct err *err);
void hub_stop(struct hub *hub); /* ends its thread and all connections; letters are nobody's then */
void hub_close(struct hub **hub);
/* Any thread, in order. Takes the bytes of the letter; without a serial it is nobody's. */
void hub_post(struct hub *hub, struct letter *letter);
void hub_drained(struct hub *hub); /* there is room again for what agents send */
void hub_refuse(struct letter *letter, const char *reason,
		bool final); /* fills it: says so, then closes */
