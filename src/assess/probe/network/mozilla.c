#include "assess/probe/network/mozilla.h"

#include <string.h>

/* The guideline's lists, in OpenSSL's names; each level's go on where the stricter one's end. */
static const char *const ciphers_modern[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
					     "TLS_CHACHA20_POLY1305_SHA256", NULL};
static const char *const ciphers_intermediate[] = {
	"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
	"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
	"ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
	"DHE-RSA-AES128-GCM-SHA256",     "DHE-RSA-AES256-GCM-SHA384",
	"DHE-RSA-CHACHA20-POLY1305",     NULL,
};
static const char *const ciphers_old[] = {
	"ECDHE-ECDSA-AES128-SHA256",
	"ECDHE-RSA-AES128-SHA256",
	"ECDHE-ECDSA-AES128-SHA",
	"ECDHE-RSA-AES128-SHA",
	"ECDHE-ECDSA-AES256-SHA384",
	"ECDHE-RSA-AES256-SHA384",
	"ECDHE-ECDSA-AES256-SHA",
	"ECDHE-RSA-AES256-SHA",
	"DHE-RSA-AES128-SHA256",
	"DHE-RSA-AES256-SHA256",
	"AES128-GCM-SHA256",
	"AES256-GCM-SHA384",
	"AES128-SHA256",
	"AES256-SHA256",
	"AES128-SHA",
	"AES256-SHA",
	"DES-CBC3-SHA",
	NULL,
};
static const char *const versions_modern[] = {"TLSv1.3", NULL};
static const char *const versions_intermediate[] = {"TLSv1.2", NULL};
static const char *const versions_old[] = {"TLSv1", "TLSv1.1", NULL};

/* Of at least 128 bits, as X25519 is; and for finite fields what the level says of their size. */
static const char *const groups_strong[] = {
	"X25519",         "prime256v1",      "secp384r1",       "secp521r1",       "X448",
	"X25519MLKEM768", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1", "ffdhe3072",
	"ffdhe4096",      "ffdhe6144",       "ffdhe8192",       "ffdhe2048",       NULL};
static const char *const signatures_ecdsa[] = {
	"ecdsa-with-SHA256", "ecdsa-with-SHA384", "ecdsa-with-SHA512", "ED25519", "ED448", NULL};
static const char *const signatures_rsa[] = {"sha256WithRSAEncryption", "sha384WithRSAEncryption",
					     "sha512WithRSAEncryption", "rsassaPss", NULL};
static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1", NULL};

static const struct level {
	enum tls_level level;
	const char *const *versions, *const *ciphers;
	bool rsa;     /* certificates may be of RSA */
	int rsa_bits; /* then of so many bits */
	int dh_bits;  /* of a finite field */
} levels[] = {
	{TLS_OLD, versions_old, ciphers_old, true, 2048, 1024},
	{TLS_INTERMEDIATE, versions_intermediate, ciphers_intermediate, true, 2048, 2048},
	{TLS_MODERN, versions_modern, ciphers_modern, false, 0, 2048},
};

static bool is_in(struct text name, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (text_is(name, list[i]))
			return true;
	return false;
}

/* What goes below a level. */
struct faults {
	struct buf *why;
	size_t count;
};

static void fault(struct faults *faults, struct text what, const char *words)
{
	if (faults->count < MOZILLA_FAULTS_MAX)
		buf_print(faults->why, "%s%.*s%s", faults->count > 0 ? ", " : "", TEXT_ARG(what),
			  words);
	faults->count++;
}

static bool is_allowed_version(struct text version, size_t from)
{
	for (size_t i = from; i < array_len(levels); i++)
		if (is_in(version, levels[i].versions))
			return true;
	return false;
}

static bool is_allowed_cipher(struct text cipher, size_t from)
{
	for (size_t i = from; i < array_len(levels); i++)
		if (is_in(cipher, levels[i].ciphers))
			return true;
	return false;
}

static void judge_offer(const struct json *answer, size_t from, struct faults *faults)
{
	const struct json *versions = json_get(answer, "protocols");
	const struct json *ciphers = json_get(answer, "ciphers");
	const struct json *groups = json_get(answer, "groups");
	int64_t dh_bits = json_int(answer, "dh_bits", 0);
	for (size_t i = 0; i < json_count(versions); i++)
		if (!is_allowed_version(json_as_text(json_at(versions, i)), from))
			fault(faults, json_as_text(json_at(versions, i)), "");
	for (size_t i = 0; i < json_count(ciphers); i++)
		if (!is_allowed_cipher(json_as_text(json_at(ciphers, i)), from))
			fault(faults, json_as_text(json_at(ciphers, i)), "");
	for (size_t i = 0; i < json_count(groups); i++)
		if (!is_in(json_as_text(json_at(groups, i)), groups_strong))
			fault(faults, json_as_text(json_at(groups, i)), "");
	if (dh_bits > 0 && dh_bits < levels[from].dh_bits)
		fault(faults, TEXT("a finite field that is too small"), "");
}

static void judge_certificate(const struct json *certificate, const struct level *level,
			      struct faults *faults)
{
	struct text key = json_text(certificate, "key"),
		    signature = json_text(certificate, "signature");
	bool rsa = text_is(key, "rsa"), ecdsa = text_is(key, "ecdsa");
	bool edwards = text_is(key, "ed25519") || text_is(key, "ed448");
	if (!(rsa && level->rsa) && !ecdsa && !edwards)
		fault(faults, key, rsa ? " certificate where ECDSA is wanted" : " certificate");
	if (rsa && level->rsa && json_int(certificate, "bits", 0) < level->rsa_bits)
		fault(faults, TEXT("an RSA key below 2048 bits"), "");
	if (ecdsa && !is_in(json_text(certificate, "curve"), curves))
		fault(faults, json_text(certificate, "curve"), " key");
	if (!is_in(signature, signatures_ecdsa) &&
	    !(level->rsa && is_in(signature, signatures_rsa)))
		fault(faults, signature, " signature");
}

int mozilla_level(const struct json *answer, struct buf *why)
{
	static const char *const below[] = {"below old", "below intermediate", "below modern"};
	const struct json *certificates = json_get(answer, "certificates");
	if (json_count(json_get(answer, "protocols")) == 0) {
		buf_cstr(why, "no version of TLS that is known here is offered");
		return 0;
	}
	for (size_t i = 0; i < array_len(levels); i++) {
		scoped(buf_end) struct buf list = {0};
		struct faults faults = {.why = &list};
		judge_offer(answer, i, &faults);
		for (size_t j = 0; j < json_count(certificates); j++)
			judge_certificate(json_at(certificates, j), &levels[i], &faults);
		if (faults.count == 0)
			continue;
		buf_print(why, "%s: %s", below[i], list.at);
		if (faults.count > MOZILLA_FAULTS_MAX)
			buf_print(why, " and %zu more", faults.count - MOZILLA_FAULTS_MAX);
		return (int)i;
	}
	return TLS_MODERN;
}
