#include "vantage/tls/offer.h"

#include <string.h>

#include "base/buf.h"
#include "vantage/tls/hello.h"

#define LEVEL_0 "@SECLEVEL=0"
#define NAMES_MAX 256

static const struct {
	int version;
	const char *name;
} versions[] = {
	{TLS1_VERSION, "TLSv1"},
	{TLS1_1_VERSION, "TLSv1.1"},
	{TLS1_2_VERSION, "TLSv1.2"},
	{TLS1_3_VERSION, "TLSv1.3"},
};

static const char *const suites[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
				     "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256",
				     "TLS_AES_128_CCM_8_SHA256"};

/* OpenSSL's names; those that it does not know are left out. */
static const char *const groups_13[] = {"X25519MLKEM768", "X25519",    "prime256v1", "secp384r1",
					"secp521r1",      "X448",      "ffdhe2048",  "ffdhe3072",
					"ffdhe4096",      "ffdhe6144", "ffdhe8192"};
static const char *const groups_12[] = {
	"X25519",          "prime256v1",      "secp384r1",       "secp521r1", "X448",
	"brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1", "secp256k1", "secp224r1",
	"prime192v1",      "secp160r1",       "sect571r1",       "sect409r1", "sect283r1",
	"sect233r1",       "sect163r2"};

struct offering {
	struct handshakes *handshakes;
	int64_t timeout_ms;
	struct json *protocols, *ciphers, *groups;
	bool offered[array_len(versions)];
	int dh_bits; /* the smallest; 0: none */
	char last_group[64];
};

bool offer_explain(enum handshake_answer answer, const struct handshakes *handshakes,
		   int64_t timeout_ms, struct err *err)
{
	switch (answer) {
	case HANDSHAKE_LATE:
		if (handshakes->count == HANDSHAKE_COUNT_MAX)
			return err_set(err, ERR_LIMIT, "it agrees to more than %d handshakes show",
				       HANDSHAKE_COUNT_MAX);
		return err_set(err, ERR_BUSY,
			       "no answer within the time limit of %g s, in handshake %u; a larger "
			       "timeout may help",
			       (double)timeout_ms / 1000, handshakes->count);
	case HANDSHAKE_ENDED:
	case HANDSHAKE_REFUSED:
	case HANDSHAKE_AGREED:
		return err_set(err, ERR_SYSTEM, "a later handshake fails where the first did not");
	case HANDSHAKE_NO_TLS:
	case HANDSHAKE_AWAY:
		break;
	}
	return false;
}

/* -------- names that are left -------- */

struct names {
	const char *at[NAMES_MAX];
	size_t count;
};

static void join(const struct names *names, const char *end, struct buf *out)
{
	for (size_t i = 0; i < names->count; i++)
		buf_print(out, "%s%s", i > 0 ? ":" : "", names->at[i]);
	buf_cstr(out, end);
}

/* False: it was not among them. */
static bool drop(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->at[i], name) == 0) {
			memmove(&names->at[i], &names->at[i + 1],
				(--names->count - i) * sizeof(names->at[0]));
			return true;
		}
	return false;
}

static void add_once(struct json *list, const char *name)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (text_is(json_as_text(json_at(list, i)), name))
			return;
	json_add_text(list, text_of(name));
}

/* -------- one handshake -------- */

/* What it chose, into cipher and group; `going`: it agreed. False: it can't be known. */
static bool try(struct offering *offering, const struct offer *offer, bool *going,
		const char **cipher, struct err *err)
{
	struct handshake handshake;
	enum handshake_answer answer = handshake_make(offering->handshakes, offer, &handshake, err);
	*going = answer == HANDSHAKE_AGREED;
	if (*going) {
		int bits = handshake.dh_bits;
		*cipher = handshake.cipher; /* OpenSSL's own constant */
		memcpy(offering->last_group, handshake.group, sizeof(offering->last_group));
		if (bits > 0 && (offering->dh_bits == 0 || bits < offering->dh_bits))
			offering->dh_bits = bits;
	}
	handshake_end(&handshake);
	return (answer != HANDSHAKE_LATE && answer != HANDSHAKE_AWAY) ||
	       offer_explain(answer, offering->handshakes, offering->timeout_ms, err);
}

/* -------- ciphers -------- */

static void list_ciphers(const struct handshakes *handshakes, struct names *names)
{
	const struct openssl *lib = openssl_get();
	const STACK_OF(SSL_CIPHER) *all = lib->SSL_CTX_get_ciphers(handshakes->context);
	const OPENSSL_STACK *stack = (const OPENSSL_STACK *)all;
	int count = lib->OPENSSL_sk_num(stack);
	for (int i = 0; i < count && names->count < NAMES_MAX; i++) {
		const char *name = lib->SSL_CIPHER_get_name(lib->OPENSSL_sk_value(stack, i));
		if (strncmp(name, "TLS_", 4) != 0)
			names->at[names->count++] = name;
	}
}

/* Of one version, up to TLS 1.2: offers what is left until nothing of it is wanted. */
static bool look_for_ciphers(struct offering *offering, int version, struct names *left,
			     struct err *err)
{
	for (bool going = true; going && left->count > 0;) {
		scoped(buf_end) struct buf list = {0};
		const char *cipher = NULL;
		join(left, ":" LEVEL_0, &list);
		const struct offer offer = {
			.version_min = version, .version_max = version, .ciphers = list.at};
		if (!try(offering, &offer, &going, &cipher, err))
			return false;
		going = going && cipher && drop(left, cipher);
		if (going)
			add_once(offering->ciphers, cipher);
	}
	return true;
}

static bool look_for_suites(struct offering *offering, struct err *err)
{
	struct names left = {.count = array_len(suites)};
	memcpy(left.at, suites, sizeof(suites));
	for (bool going = true; going && left.count > 0;) {
		scoped(buf_end) struct buf list = {0};
		const char *cipher = NULL;
		join(&left, "", &list);
		const struct offer offer = {.version_min = TLS1_3_VERSION,
					    .version_max = TLS1_3_VERSION,
					    .suites = list.at};
		if (!try(offering, &offer, &going, &cipher, err))
			return false;
		going = going && cipher && drop(&left, cipher);
		if (going)
			add_once(offering->ciphers, cipher);
	}
	return true;
}

/* -------- groups -------- */

static void list_groups(const struct offering *offering, const char *const *all, size_t count,
			struct names *names)
{
	const struct openssl *lib = openssl_get();
	SSL *ssl = lib->SSL_new(offering->handshakes->context);
	for (size_t i = 0; i < count && ssl; i++)
		if (lib->SSL_ctrl(ssl, SSL_CTRL_SET_GROUPS_LIST, 0, (void *)(uintptr_t)all[i]) == 1)
			names->at[names->count++] = all[i];
	lib->SSL_free(ssl);
	lib->ERR_clear_error();
}

/* Up to TLS 1.2 the groups also say which certificates of ECDSA the client can check: one that was
 * chosen is offered on, last, until it is chosen once more. */
static bool look_for_groups(struct offering *offering, int version, struct names *left,
			    struct err *err)
{
	char kept[64] = "";
	for (bool going = true; going && left->count > 0;) {
		scoped(buf_end) struct buf list = {0}, end = {0};
		const char *cipher = NULL;
		if (kept[0] != '\0' && version != TLS1_3_VERSION)
			buf_print(&end, ":%s", kept);
		join(left, end.at ? end.at : "", &list);
		const struct offer offer = {
			.version_min = version,
			.version_max = version,
			.ciphers = version == TLS1_3_VERSION ? NULL : "kEECDH:" LEVEL_0,
			.groups = list.at};
		if (!try(offering, &offer, &going, &cipher, err))
			return false;
		going = going && offering->last_group[0] && drop(left, offering->last_group);
		if (!going)
			break;
		add_once(offering->groups, offering->last_group);
		if (strcmp(offering->last_group, "prime256v1") == 0 || kept[0] == '\0')
			memcpy(kept, offering->last_group, sizeof(kept));
	}
	return true;
}

/* -------- by hand -------- */

/* What OpenSSL can't offer: SSL 3.0, and the broken ciphers up to TLS 1.2. */
static bool look_for_broken(struct offering *offering, struct err *err)
{
	uint16_t left[NAMES_MAX];
	const char *names[NAMES_MAX];
	size_t count = 0, broken = 0;
	for (; hello_ciphers[count].name; count++) {
		left[count] = hello_ciphers[count].id;
		names[count] = hello_ciphers[count].name;
		if (strcmp(names[count], "AES128-SHA") == 0)
			broken = count;
	}
	unsigned chosen = 0;
	enum hello_answer answer = hello_make(offering->handshakes, HELLO_SSL3, left, count,
					      &chosen);
	if (answer == HELLO_AGREED)
		json_add_text(offering->protocols, TEXT("SSLv3"));
	for (bool going = answer != HELLO_MORE; going && broken > 0;) {
		answer = hello_make(offering->handshakes, HELLO_TLS1_2, left, broken, &chosen);
		going = false;
		for (size_t i = 0; answer == HELLO_AGREED && i < broken; i++)
			if (left[i] == chosen) {
				add_once(offering->protocols, "TLSv1.2");
				add_once(offering->ciphers, names[i]);
				left[i] = left[--broken];
				names[i] = names[broken];
				going = true;
				break;
			}
	}
	return answer != HELLO_MORE ||
	       offer_explain(HANDSHAKE_LATE, offering->handshakes, offering->timeout_ms, err);
}

/* -------- all -------- */

static bool look_for_versions(struct offering *offering, struct err *err)
{
	for (size_t i = 0; i < array_len(versions); i++) {
		const struct offer offer = {.version_min = versions[i].version,
					    .version_max = versions[i].version};
		const char *cipher = NULL;
		if (!try(offering, &offer, &offering->offered[i], &cipher, err))
			return false;
		if (offering->offered[i])
			json_add_text(offering->protocols, text_of(versions[i].name));
	}
	return true;
}

static bool look_at_version(struct offering *offering, int version, struct names *left,
			    struct err *err)
{
	struct names groups = {0};
	if (version == TLS1_3_VERSION) {
		list_groups(offering, groups_13, array_len(groups_13), &groups);
		return look_for_suites(offering, err) &&
		       look_for_groups(offering, version, &groups, err);
	}
	list_groups(offering, groups_12, array_len(groups_12), &groups);
	return look_for_ciphers(offering, version, left, err) &&
	       look_for_groups(offering, version, &groups, err);
}

bool offer_look(struct handshakes *handshakes, int64_t timeout_ms, struct json *json,
		struct err *err)
{
	struct offering offering = {.handshakes = handshakes,
				    .timeout_ms = timeout_ms,
				    .protocols = json_new_list(),
				    .ciphers = json_new_list(),
				    .groups = json_new_list()};
	struct names left = {0};
	list_ciphers(handshakes, &left);
	bool done = look_for_versions(&offering, err);
	for (size_t i = array_len(versions); i > 0 && done; i--)
		if (offering.offered[i - 1])
			done = look_at_version(&offering, versions[i - 1].version, &left, err);
	done = done && look_for_broken(&offering, err);
	if (done && offering.dh_bits > 0)
		json_put_int(json, "dh_bits", offering.dh_bits);
	json_put(json, "protocols", offering.protocols);
	json_put(json, "ciphers", offering.ciphers);
	json_put(json, "groups", offering.groups);
	return done;
}
