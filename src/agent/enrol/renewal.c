#include "agent/enrol/renewal.h"

#include <string.h>

#include "base/mem.h"

struct renewal {
	const struct identity *identity;
	int64_t from_us, until_us; /* of the certificate in use, or of its successor */
	int64_t asked_us;          /* 0: never */
	struct buf key;            /* of the request that waits for its answer; empty: none */
};

static void forget_key(struct renewal *renewal)
{
	if (renewal->key.at)
		explicit_bzero(renewal->key.at, renewal->key.len);
	buf_end(&renewal->key);
}

struct renewal *renewal_new(const struct identity *identity, struct err *err)
{
	int64_t from_us, until_us;
	if (!tls_span(buf_view(&identity->pair), &from_us, &until_us, err))
		return NULL;
	struct renewal *renewal = mem_new(1, sizeof(*renewal));
	*renewal = (struct renewal){.identity = identity, .from_us = from_us, .until_us = until_us};
	return renewal;
}

/* A clock that was set back since the last request counts as enough time. */
static bool is_time(const struct renewal *renewal, int64_t now_us)
{
	if (!tls_is_ending(renewal->from_us, renewal->until_us, now_us))
		return false;
	return renewal->asked_us == 0 || now_us < renewal->asked_us ||
	       now_us - renewal->asked_us >= RENEWAL_APART_US;
}

bool renewal_ask(struct renewal *renewal, int64_t now_us, struct buf *body, bool *asks,
		 struct err *err)
{
	scoped(buf_end) struct buf request = {0};
	*asks = is_time(renewal, now_us);
	if (!*asks)
		return true;
	forget_key(renewal);
	renewal->asked_us = now_us;
	if (!tls_make_key(&renewal->key, err) ||
	    !tls_make_request(buf_view(&renewal->key), "muster-agent", &request, err)) {
		forget_key(renewal);
		return false;
	}
	scoped(json_free) struct json *json = json_new_object();
	json_put_text(json, "csr", buf_view(&request));
	json_write(json, body);
	return true;
}

/* Everything that would make it useless is found out now, while the old one is at hand. */
static struct tls_context *try_pair(const struct renewal *renewal, struct text pair, int64_t now_us,
				    int64_t *from_us, int64_t *until_us, struct err *err)
{
	struct text ca = buf_view(&renewal->identity->ca);
	if (pair.len > IDENTITY_FILE_MAX) {
		err_set(err, ERR_LIMIT, "a certificate of %zu bytes", pair.len);
		return NULL;
	}
	if (!tls_check(pair, ca, renewal->identity->id, err) ||
	    !tls_span(pair, from_us, until_us, err))
		return NULL;
	if (*until_us <= now_us) {
		err_set(err, ERR_REFUSED, "the certificate has ended already");
		return NULL;
	}
	const struct tls_setup setup = {
		.key_pem = pair, .cert_pem = pair, .ca_pem = ca, .alpn = TLS_ALPN_FLEET};
	return tls_context_new(&setup, err);
}

bool renewal_take(struct renewal *renewal, const struct json *answer, int64_t now_us,
		  struct buf *pair, struct tls_context **context, struct err *err)
{
	struct buf both = {0};
	int64_t from_us, until_us;
	if (renewal->key.len == 0)
		return err_set(err, ERR_REFUSED, "no certificate was asked for");
	buf_text(&both, buf_view(&renewal->key));
	buf_text(&both, json_text(answer, "certificate"));
	forget_key(renewal);
	struct tls_context *made = try_pair(renewal, buf_view(&both), now_us, &from_us, &until_us,
					    err);
	if (!made) {
		explicit_bzero(both.at, both.len);
		buf_end(&both);
		return false;
	}
	renewal->from_us = from_us;
	renewal->until_us = until_us;
	*pair = both;
	*context = made;
	return true;
}

void renewal_free(struct renewal **renewal)
{
	if (!*renewal)
		return;
	forget_key(*renewal);
	mem_free(renewal);
}
