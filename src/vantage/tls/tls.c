#include "vantage/tls/tls.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "vantage/tls/certificate.h"
#include "vantage/tls/handshake.h"
#include "vantage/tls/hello.h"
#include "vantage/tls/hsts.h"
#include "vantage/tls/offer.h"
#include "vantage/tls/starttls.h"

struct looking {
	struct handshakes handshakes;
	X509_STORE *store;
	struct x509_reader *reader;
	char name[DIAL_HOST_SIZE], starttls[16];
	const char *host; /* whose name the certificate should have */
	int64_t timeout_ms;
	struct json *answer, *certificates;
	char first_key[16]; /* the kind of the first certificate's */
};

static void end_looking(struct looking *looking)
{
	if (looking->store)
		openssl_get()->X509_STORE_free(looking->store);
	x509_reader_free(&looking->reader);
	handshakes_end(&looking->handshakes);
	json_free(&looking->certificates);
}

static bool wants(const struct vantage_question *question, const char *part)
{
	const struct json *parts = json_get(question->how, "parts");
	for (size_t i = 0; i < json_count(parts); i++)
		if (text_is(json_as_text(json_at(parts, i)), part))
			return true;
	return false;
}

static bool is_address(const char *host)
{
	unsigned char bytes[16];
	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static bool begin(struct looking *looking, const struct vantage_question *question, struct err *err)
{
	struct text name = json_text(question->how, "name");
	struct text starttls = json_text(question->how, "starttls");
	if (!name.at)
		name = text_of(question->address.host);
	if (!vantage_is_name(name) || name.len >= sizeof(looking->name))
		return err_set(err, ERR_INPUT, "name is no name of a host");
	memcpy(looking->name, name.at, name.len);
	if (starttls.at && !starttls_is_known(starttls))
		return err_set(err, ERR_INPUT, "starttls is no protocol that is known here");
	memcpy(looking->starttls, starttls.at ? starttls.at : "", starttls.len);
	looking->handshakes = (struct handshakes){
		.address = &question->address,
		.name = is_address(looking->name) ? NULL : looking->name,
		.until_us = question->until_us,
		.starttls = starttls.at ? looking->starttls : NULL,
	};
	looking->certificates = json_new_list();
	looking->store = certificate_store(json_text(question->how, "ca"), err);
	looking->reader = looking->store ? x509_reader_new(err) : NULL;
	return looking->reader && handshakes_begin(&looking->handshakes, err);
}

/* -------- certificates -------- */

/* Adds the one that was presented, unless it is of the kind that is there already. */
static void add_certificate(struct looking *looking, struct handshake *handshake)
{
	const struct openssl *lib = openssl_get();
	X509 *certificate = lib->SSL_get1_peer_certificate(handshake->ssl);
	if (!certificate)
		return;
	struct json *json = json_new_object();
	certificate_put(looking->reader, certificate, lib->SSL_get_peer_cert_chain(handshake->ssl),
			looking->store, looking->name, json);
	lib->X509_free(certificate);
	struct text key = json_text(json, "key");
	if (text_is(key, looking->first_key) || key.len >= sizeof(looking->first_key)) {
		json_free(&json);
		return;
	}
	if (looking->first_key[0] == '\0')
		memcpy(looking->first_key, key.at, key.len);
	json_add(looking->certificates, json);
}

/* A service may have one of RSA and one of ECDSA, and present what the client can check. */
static void look_for_second(struct looking *looking)
{
	static const char rsa[] = "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:"
				  "RSA+SHA384:RSA+SHA512:RSA+SHA1";
	static const char others[] = "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ECDSA+SHA1";
	const struct offer offer = {
		.version_min = TLS1_2_VERSION,
		.version_max = TLS1_3_VERSION,
		.signatures = strcmp(looking->first_key, "rsa") == 0 ? others : rsa,
	};
	struct handshake handshake;
	struct err none = {0};
	if (handshake_make(&looking->handshakes, &offer, &handshake, &none) == HANDSHAKE_AGREED)
		add_certificate(looking, &handshake);
	handshake_end(&handshake);
}

/* -------- hsts -------- */

static bool look_for_hsts(struct looking *looking, struct err *err)
{
	const struct offer offer = {.version_min = TLS1_VERSION, .version_max = TLS1_3_VERSION};
	struct handshake handshake;
	enum hsts_answer hsts = HSTS_NO_HTTP;
	int64_t max_age_s = 0;
	enum handshake_answer answer = handshake_make(&looking->handshakes, &offer, &handshake,
						      err);
	bool done = answer == HANDSHAKE_AGREED &&
		    hsts_ask(&handshake, looking->name, &hsts, &max_age_s, err);
	if (answer != HANDSHAKE_AGREED)
		offer_explain(answer, &looking->handshakes, looking->timeout_ms, err);
	handshake_end(&handshake);
	if (!done)
		return false;
	json_put_bool(looking->answer, "http", hsts != HSTS_NO_HTTP);
	if (hsts == HSTS_SET)
		json_put_int(looking->answer, "hsts", max_age_s);
	return true;
}

/* -------- all -------- */

/* What the first handshake says of the service. False: that is all there is to know. */
static bool is_tls(struct looking *looking, enum handshake_answer answer, struct err *err)
{
	struct json *json = looking->answer;
	json_put_cstr(json, "state", vantage_state(looking->handshakes.state));
	if (looking->handshakes.state != VISIT_OPEN)
		return false;
	json_put_cstr(json, "address", looking->handshakes.shown);
	bool tls = answer == HANDSHAKE_AGREED || answer == HANDSHAKE_REFUSED;
	json_put_bool(json, "tls", tls);
	if (answer == HANDSHAKE_ENDED) {
		json_put_bool(json, "ended", true);
		json_put_cstr(json, "problem", "it ends the connection as soon as TLS begins");
	}
	if (answer == HANDSHAKE_NO_TLS || answer == HANDSHAKE_AWAY)
		json_put_cstr(json, "problem", err->text);
	return tls;
}

/* Old services drop what they don't know: then less is offered. */
static enum handshake_answer make_first(struct looking *looking, struct handshake *handshake,
					struct err *err)
{
	static const int newest[] = {TLS1_3_VERSION, TLS1_2_VERSION, TLS1_VERSION};
	enum handshake_answer answer = HANDSHAKE_ENDED;
	for (size_t i = 0; i < array_len(newest) && answer == HANDSHAKE_ENDED; i++) {
		const struct offer offer = {.version_min = TLS1_VERSION, .version_max = newest[i]};
		if (i > 0)
			handshake_end(handshake);
		answer = handshake_make(&looking->handshakes, &offer, handshake, err);
	}
	return answer;
}

static bool look(struct looking *looking, const struct vantage_question *question, struct err *err)
{
	struct handshake first;
	enum handshake_answer answer = make_first(looking, &first, err);
	if (answer == HANDSHAKE_AGREED)
		add_certificate(looking, &first);
	handshake_end(&first);
	bool late = answer == HANDSHAKE_LATE && looking->handshakes.state == VISIT_OPEN;
	if (late)
		return offer_explain(answer, &looking->handshakes, looking->timeout_ms, err);
	if (looking->handshakes.state == VISIT_UNKNOWN)
		return false;
	if (!is_tls(looking, answer, err))
		return true;
	if (wants(question, "certificate") && looking->first_key[0] != '\0')
		look_for_second(looking);
	if (wants(question, "certificate"))
		json_put(looking->answer, "certificates", take(&looking->certificates));
	return (!wants(question, "offer") ||
		offer_look(&looking->handshakes, looking->timeout_ms, looking->answer, err)) &&
	       (!wants(question, "hsts") || answer != HANDSHAKE_AGREED ||
		look_for_hsts(looking, err));
}

bool tls_look(const struct vantage_question *question, struct json *answer, struct err *err)
{
	scoped(end_looking) struct looking looking = {
		.answer = answer, .timeout_ms = json_int(question->how, "timeout", 0)};
	return begin(&looking, question, err) && look(&looking, question, err);
}
