/* fleet.h: the fleet as the API sees it: hosts, what is assigned to them, what they answered, what
 * they must meet.
 *
 * One struct fleet holds store, hub, writer, stream and the compiled documents. The API calls these
 * functions from its own threads; all are thread-safe. JSON that they return is the caller's; its
 * shapes are docs/api.md's. */
#pragma once
#include "format/json.h"
#include "query/query.h"
#include "server/stream.h"
#include "store/port.h"

struct alerts;
struct fleet;

#define FLEET_AGENT_DAYS 365
#define FLEET_AGENT_DAYS_MAX 3650

struct fleet_config {
	struct text ca_key_pem, ca_cert_pem, key_pem, cert_pem; /* the server's own; copied */
	const char *agents_address; /* "127.0.0.1:8444": where the hub listens; port 0 picks one */
	const char
		*shown_host; /* the name or address by which agents reach it; NULL: as it listens */
	int agent_days;      /* how long an agent's certificate lives; 0: FLEET_AGENT_DAYS */
	int64_t keep_us;     /* items older than this, and not current, are forgotten; 0: never */
	size_t connections;  /* at most; 0: FLEET_CONNECTIONS_MAX. More are closed at once */
	const struct store_port *port;
	struct store *store;   /* lent */
	struct stream *stream; /* lent */
	struct alerts *alerts; /* lent; told of what changes */
};

/* Opens the hub's port and starts its threads: hub, writer, clerk (what is due: overdue answers,
 * expiry). */
must_use struct fleet *fleet_start(const struct fleet_config *config, struct err *err);
void fleet_stop(struct fleet **stopped); /* within 5 s; everything acknowledged is durable */
/* New connections get this certificate; open ones stay. When it fails, the old one is in use. */
must_use bool fleet_renew(struct fleet *fleet, struct text key_pem, struct text cert_pem,
			  struct err *err);
/* From now on: how long items are kept, and how long agents' certificates live (as fleet_config).
 */
void fleet_set(struct fleet *fleet, int64_t keep_us, int agent_days);
must_use const char *fleet_address(const struct fleet *fleet); /* where agents connect: ADDR:PORT */

must_use bool fleet_is_online(struct fleet *fleet, const char *host);
/* HOST of the API for one record, and for all that match query (NULL: all), in order of id after
 * `after`. */
must_use struct json *fleet_host(struct fleet *fleet, const char *id,
				 struct err *err); /* ERR_NONE: not there */
must_use struct json *fleet_hosts(struct fleet *fleet, const struct query *query, const char *after,
				  size_t limit, char next[static STORE_ID_SIZE], struct err *err);
must_use bool fleet_tag(struct fleet *fleet, const char *id, const struct json *change,
			struct err *err);
must_use bool fleet_revoke(struct fleet *fleet, const char *id, bool *found,
			   struct err *err); /* and closes it */
must_use struct json *fleet_summary(struct fleet *fleet, struct err *err);

/* Documents. push parses the text first: findings go to *errors (a JSON list, NULL when there are
 * none) with ERR_INPUT. conflict: ERR_REFUSED, the text names both documents. Online hosts get what
 * changed within 5 s. */
#define FLEET_NAME_MAX 100
#define FLEET_DOCUMENT_MAX (4u << 20) /* bytes of its text */
struct fleet_text {
	struct text name, text;
	const char *by;
};
must_use struct json *fleet_push(struct fleet *fleet, const struct fleet_text *pushed, bool dry_run,
				 struct json **errors, struct err *err);
must_use struct json *fleet_documents(struct fleet *fleet,
				      struct err *err); /* a list of DOCUMENT */
must_use bool fleet_document_remove(struct fleet *fleet, struct text name, bool *found,
				    struct err *err);

must_use bool fleet_require(struct fleet *fleet, struct text query, enum level level,
			    const char *by, struct err *err);
must_use bool fleet_unrequire(struct fleet *fleet, struct text query, bool *found, struct err *err);

/* Accepts until then that a check fails or errs on the hosts of a query. Sets id and created_us.
 * ERR_INPUT: a bad query or time, or no assigned document has this check. It has taken effect when
 * this returns, or (the log says so) soon. */
#define FLEET_WAIVER_US (3653 * 86400 * TIME_SECOND_US) /* at most from now on */
must_use bool fleet_waive(struct fleet *fleet, struct store_waiver *waiver, struct err *err);
must_use bool fleet_unwaive(struct fleet *fleet, const char *id, const char *by, bool *found,
			    struct err *err);

/* Runs checks now on the hosts that the query selects: stores the action, tells the hub. Answers
 * the API's POST /actions body. policies: JSON [{"name","text"}], empty: what is assigned to each
 * host. */
must_use struct json *fleet_check(struct fleet *fleet, struct text target,
				  const struct json *policies, const char *by, int64_t wait_us,
				  struct err *err);
must_use struct json *fleet_action(struct fleet *fleet, const char *id,
				   struct err *err); /* ERR_NONE: not there */

/* An enrolment token: one word that holds the agents' address and pins the CA; only its hash is
 * stored. */
must_use bool fleet_enrolment(struct fleet *fleet, int64_t uses, int64_t ttl_us, struct buf *token,
			      int64_t *expires_us, struct err *err);

/* Prometheus text of the fleet's own figures. */
void fleet_metrics(struct fleet *fleet, struct buf *out);
