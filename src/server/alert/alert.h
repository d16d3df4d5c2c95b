/* alert.h: somebody is told when a host stops to comply, or complies again.
 *
 * The writer notes each change of a current item and never waits; a thread gathers what changed on
 * one host within ALERT_GATHER_MS into one alert and hands it to the courier. Changes that flap
 * (flap.h) are told once when that begins and once when it is over. What can't be sent is tried
 * again by the courier, then logged and counted: alerts are news, the items are the record. */
#pragma once
#include "base/buf.h"
#include "model/item.h"
#include "server/alert/courier.h"

#define ALERT_GATHER_MS 500
#define ALERT_WAITING_MAX 10000 /* changes; above it the oldest goes, counted */
#define ALERT_CHANGES_MAX 20    /* shown in one alert; the others are counted in it */

enum alert_on {
	ALERT_ON_LEVEL,  /* a host stops or starts to meet its required level; without one: any */
	ALERT_ON_CHANGE, /* any check stops or starts to comply */
};
must_use bool alert_on_read(struct text text, enum alert_on *on); /* "level", "change" */

/* What changed. Texts are copied. */
struct alert_change {
	struct text agent, target, item, policy, ref, name, reason;
	enum level level;    /* of the check */
	enum level required; /* of the host */
	bool met, meets;     /* its required level, before and after; false where none is */
	enum status from, to;
	int64_t at_us;
	const struct actor *by; /* who made the change; NULL: not known, or nobody did */
};

/* Whether anybody wants to know. */
must_use bool alert_wants(const struct alert_change *change, enum alert_on on);

/* say.c: the words of an alert over the changes of one host (1 or more), texts in the buffers. */
struct alert_words {
	struct buf subject, body, json;
	bool bad;
};
struct alert_told {
	const struct alert_change *change;
	bool flaps;   /* with this change it begins to flap */
	bool settled; /* it flaps no more; `change` is the last one */
};
void alert_say(const struct alert_told *told, size_t count, int64_t now_us,
	       struct alert_words *words);
void alert_words_end(struct alert_words *words);

struct alerts; /* a handle */

/* courier: lent, NULL where there is no way to go; then changes are only watched for flapping. */
must_use struct alerts *alerts_start(struct courier *courier, enum alert_on on, struct err *err);
void alerts_note(struct alerts *alerts, const struct alert_change *change); /* any thread */
void alerts_metrics(struct alerts *alerts, struct buf *out);                /* Prometheus text */
must_use size_t alerts_flapping(struct alerts *alerts);
void alerts_stop(struct alerts **stopped); /* what waits is sent, within 2 s */
