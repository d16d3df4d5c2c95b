#include "assess/probe/network/mozilla.h"
#include "assess/probe/network/network.h"
#include "assess/probe/table.h"

#define PORT 443
#define LIST_MAX 500                      /* members of a list in the answer */
#define SECONDS_MAX INT64_C(300000000000) /* of a moment: beyond the year 9999 */
#define WHOLE_DAYS_US (3 * TIME_DAY_US)   /* from here on what is left is told in whole days */

static const char *const protocols[] = {"smtp", "imap",     "pop3",  "ftp", "xmpp",
					"ldap", "postgres", "mysql", NULL};

static const struct probe_param params[] = {
	{.name = "starttls",
	 .help = "the protocol in which the service is asked to begin TLS",
	 .example = "smtp",
	 .kind = PARAM_WORD,
	 .choices = protocols},
	{.name = "server_name",
	 .help = "the name to ask for and to look for in the certificate, where the host is "
		 "another",
	 .example = "www.example.net",
	 .kind = PARAM_TEXT},
	{.name = "ca",
	 .help = "a file of certificates (PEM) to trust, instead of the system's",
	 .example = "/etc/ssl/our-ca.pem",
	 .kind = PARAM_TEXT},
	{.name = "timeout",
	 .help = "how long all handshakes may take",
	 .example = "20s",
	 .fallback = "10s",
	 .kind = PARAM_SPAN,
	 .min = NETWORK_TIMEOUT_MIN_US,
	 .max = NETWORK_TIMEOUT_MAX_US},
};

enum field {
	FIELD_LEVEL,
	FIELD_PROTOCOLS,
	FIELD_CIPHERS,
	FIELD_GROUPS,
	FIELD_DH_BITS,
	FIELD_KEY,
	FIELD_BITS,
	FIELD_CURVE,
	FIELD_SIGNATURE,
	FIELD_EXPIRES,
	FIELD_LIFETIME,
	FIELD_SUBJECT,
	FIELD_ISSUER,
	FIELD_NAMES,
	FIELD_MATCHES,
	FIELD_SELF_SIGNED,
	FIELD_TRUSTED,
	FIELD_PROBLEM,
	FIELD_SHA256,
	FIELD_HSTS,
	FIELD_ADDRESS,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"level",
	 "of Mozilla's Server Side TLS 5.7: modern, intermediate or old, the strictest that is met "
	 "by protocols, ciphers, groups and the certificate's key and signature; absent below old",
	 "intermediate", .type = VALUE_TLS, .subject = true},
	{"protocols", "versions that are offered: SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", "TLSv1.2",
	 .type = VALUE_LIST},
	{"ciphers", "ciphers that are agreed to, by OpenSSL's names, over all versions",
	 "TLS_AES_256_GCM_SHA384", .type = VALUE_LIST},
	{"groups", "groups of the key exchange that are agreed to, by OpenSSL's names", "X25519",
	 .type = VALUE_LIST},
	{"dh_bits", "the smallest finite field of DHE up to TLSv1.2; absent without DHE", "2048",
	 .type = VALUE_INT},
	{"certificate.key", "the kind of its key: rsa ecdsa ed25519 …", "ecdsa",
	 .type = VALUE_TEXT},
	{"certificate.bits", "the size of its key", "2048", .type = VALUE_INT},
	{"certificate.curve", "the curve of a key of ecdsa", "prime256v1", .type = VALUE_TEXT},
	{"certificate.signature", "how it is signed", "sha256WithRSAEncryption",
	 .type = VALUE_TEXT},
	{"certificate.expires", "for how long it still holds; below 0 when it has expired", "30d",
	 .type = VALUE_SPAN},
	{"certificate.lifetime", "for how long it holds in all", "90d", .type = VALUE_SPAN},
	{"certificate.subject", "whose it is", "CN=web1.example", .type = VALUE_TEXT},
	{"certificate.issuer", "who signed it", "CN=Example CA,O=Example", .type = VALUE_TEXT},
	{"certificate.names", "the names and addresses that it is for", "web1.example",
	 .type = VALUE_LIST},
	{"certificate.matches", "whether one of them is the service's", "true", .type = VALUE_BOOL},
	{"certificate.self_signed", "whether it is its own issuer", "false", .type = VALUE_BOOL},
	{"certificate.trusted",
	 "whether it leads to an authority that the system (or ca) trusts, and holds now", "true",
	 .type = VALUE_BOOL},
	{"certificate.problem", "why it is not trusted; absent when it is",
	 "certificate has expired", .type = VALUE_TEXT},
	{"certificate.sha256", "its fingerprint", "3f1c…", .type = VALUE_TEXT},
	{"hsts",
	 "for how long browsers must come by TLS (Strict-Transport-Security: max-age); absent "
	 "where HTTP/1.1 does not say so",
	 "365d", .type = VALUE_SPAN},
	{"address", "the address that answered", "192.0.2.7", .type = VALUE_ADDRESS},
};

/* -------- the question -------- */

static bool check(const struct probe_call *call, struct err *err)
{
	struct text name = call_text(call, "server_name"), ca = call_text(call, "ca");
	if (name.at && !network_is_host(name))
		return err_set(err, ERR_INPUT, "server_name is a host's name, as in web1.example");
	if (ca.at && !text_starts(ca, "/"))
		return err_set(err, ERR_INPUT, "ca is a path that begins with /");
	return network_check(call, PORT, err);
}

static bool wants_between(const struct probe_call *call, enum field from, enum field to)
{
	for (size_t i = from; i <= to; i++)
		if (call_wants(call, i))
			return true;
	return false;
}

static struct json *list_parts(const struct probe_call *call)
{
	struct json *parts = json_new_list();
	bool level = call_wants(call, FIELD_LEVEL);
	if (level || wants_between(call, FIELD_KEY, FIELD_SHA256))
		json_add_text(parts, TEXT("certificate"));
	if (level || wants_between(call, FIELD_PROTOCOLS, FIELD_DH_BITS))
		json_add_text(parts, TEXT("offer"));
	if (call_wants(call, FIELD_HSTS))
		json_add_text(parts, TEXT("hsts"));
	return parts;
}

/* False: *why says what is wrong with the file of authorities. */
static bool put_question(struct gather *gather, const struct probe_call *call, struct buf *question,
			 struct text *why)
{
	struct text name = call_text(call, "server_name"), ca = call_text(call, "ca"), pem;
	struct text starttls = call_text(call, "starttls");
	enum gather_answer read = GATHER_OK;
	if (ca.at)
		read = gather_read(gather, ca, &pem, why);
	if (read == GATHER_MISSING)
		*why = print_text(gather, "%.*s is missing", TEXT_ARG(ca));
	if (read != GATHER_OK)
		return false;
	struct json *how = json_new_object();
	json_put(how, "parts", list_parts(call));
	if (name.at)
		json_put_text(how, "name", name);
	if (starttls.at)
		json_put_text(how, "starttls", starttls);
	if (ca.at)
		json_put_text(how, "ca", pem);
	if (network_question(call, "tls", call->subject, PORT, how, question))
		return true;
	*why = ca.at ? print_text(gather, "%.*s is larger than what fits into a question (64 KiB)",
				  TEXT_ARG(ca))
		     : print_text(gather, "%.*s is no host", TEXT_ARG(call->subject));
	return false;
}

static bool foresee(struct gather *gather, const struct probe_call *call, struct buf *question)
{
	struct text why;
	return put_question(gather, call, question, &why);
}

/* -------- the answer -------- */

static struct value text_at(struct arena *arena, const struct json *json, const char *key)
{
	struct text text = json_text(json, key);
	return text.len > 0 ? value_text(VALUE_TEXT, arena_text(arena, text)) : (struct value){0};
}

static struct value int_at(const struct json *json, const char *key)
{
	const struct json *number = json_get(json, key);
	return number ? value_number(VALUE_INT, json_as_int(number, 0)) : (struct value){0};
}

static struct value bool_at(const struct json *json, const char *key)
{
	const struct json *truth = json_get(json, key);
	return truth ? value_bool(json_as_bool(truth, false)) : (struct value){0};
}

static struct value list_at(struct arena *arena, const struct json *json, const char *key)
{
	const struct json *list = json_get(json, key);
	size_t count = json_count(list) < LIST_MAX ? json_count(list) : LIST_MAX;
	if (json_kind(list) != JSON_LIST)
		return (struct value){0};
	struct text *texts = arena_get(arena, count, sizeof(*texts));
	for (size_t i = 0; i < count; i++)
		texts[i] = arena_text(arena, json_as_text(json_at(list, i)));
	return (struct value){.type = VALUE_LIST, .list = texts, .count = count};
}

static bool second_at(const struct json *json, const char *key, int64_t *at_us)
{
	int64_t at_s = json_int(json, key, INT64_MAX);
	if (at_s < -SECONDS_MAX || at_s > SECONDS_MAX)
		return false;
	*at_us = at_s * TIME_SECOND_US;
	return true;
}

static void fill_certificate(struct gather *gather, const struct json *json, struct value *values)
{
	struct arena *arena = gather_arena(gather);
	int64_t from_us, until_us, left_us;
	values[FIELD_KEY] = text_at(arena, json, "key");
	values[FIELD_BITS] = int_at(json, "bits");
	values[FIELD_CURVE] = text_at(arena, json, "curve");
	values[FIELD_SIGNATURE] = text_at(arena, json, "signature");
	values[FIELD_SUBJECT] = text_at(arena, json, "subject");
	values[FIELD_ISSUER] = text_at(arena, json, "issuer");
	values[FIELD_NAMES] = list_at(arena, json, "names");
	values[FIELD_MATCHES] = bool_at(json, "matches");
	values[FIELD_SELF_SIGNED] = bool_at(json, "self_signed");
	values[FIELD_TRUSTED] = bool_at(json, "trusted");
	values[FIELD_PROBLEM] = text_at(arena, json, "problem");
	values[FIELD_SHA256] = text_at(arena, json, "sha256");
	if (!second_at(json, "not_after", &until_us))
		return;
	left_us = (until_us - gather_now_us(gather)) / TIME_SECOND_US * TIME_SECOND_US;
	if (left_us > WHOLE_DAYS_US)
		left_us -= left_us % TIME_DAY_US;
	values[FIELD_EXPIRES] = value_number(VALUE_SPAN, left_us);
	if (second_at(json, "not_before", &from_us))
		values[FIELD_LIFETIME] = value_number(VALUE_SPAN, until_us - from_us);
}

/* An example may say the level itself. */
static void fill_level(struct rows *rows, const struct json *json, struct value *values)
{
	scoped(buf_end) struct buf why = {0};
	struct value said;
	if (value_read(VALUE_TLS, json_text(json, "level"), &said)) {
		values[FIELD_LEVEL] = said;
		return;
	}
	int level = mozilla_level(json, &why);
	if (level > 0)
		values[FIELD_LEVEL] = value_number(VALUE_TLS, level);
	else
		answer_miss(rows->gather, rows->answer,
			    print_text(rows->gather, "%.*s: %s", TEXT_ARG(rows->call->subject),
				       why.at ? why.at : "no TLS"));
}

static void fill_hsts(struct rows *rows, const struct json *json, struct value *values)
{
	int64_t age_s = json_int(json, "hsts", -1);
	if (age_s >= 0 && age_s <= INT64_MAX / TIME_SECOND_US)
		values[FIELD_HSTS] = value_number(VALUE_SPAN, age_s * TIME_SECOND_US);
	else
		answer_miss(rows->gather, rows->answer,
			    print_text(rows->gather,
				       json_truth(json, "http", true)
					       ? "%.*s answers HTTP without a "
						 "Strict-Transport-Security that holds"
					       : "%.*s does not speak HTTP/1.1",
				       TEXT_ARG(rows->call->subject)));
}

/* What a person would look at: the level with what keeps it from the next, the certificate. */
static struct text describe(struct rows *rows, const struct json *json,
			    const struct json *certificate)
{
	scoped(buf_end) struct buf out = {0}, why = {0};
	struct text subject = json_text(certificate, "subject");
	buf_print(&out, "%.*s", TEXT_ARG(rows->call->subject));
	if (call_wants(rows->call, FIELD_LEVEL) && json_get(json, "protocols")) {
		int level = mozilla_level(json, &why);
		buf_print(&out, ": %s%s%s",
			  level > 0 ? value_tls_name((enum tls_level)level) : "no level",
			  why.len > 0 ? "; " : "", why.at ? why.at : "");
	} else if (subject.at) {
		struct text problem = json_text(certificate, "problem");
		buf_print(&out, ": certificate of %.*s%s%.*s", TEXT_ARG(subject),
			  problem.len > 0 ? "; " : "", TEXT_ARG(problem));
	}
	return arena_text(gather_arena(rows->gather), buf_view(&out));
}

static void fill(struct rows *rows, const struct json *json, const struct json *certificate)
{
	struct arena *arena = gather_arena(rows->gather);
	struct evidence where = {.text = describe(rows, json, certificate)};
	struct value *values = rows_add(rows, where);
	if (!values)
		return;
	struct text address = json_text(json, "address");
	if (address.len > 0)
		values[FIELD_ADDRESS] = value_text(VALUE_ADDRESS, arena_text(arena, address));
	if (certificate)
		fill_certificate(rows->gather, certificate, values);
	if (json_count(json_get(json, "protocols")) > 0) {
		values[FIELD_PROTOCOLS] = list_at(arena, json, "protocols");
		values[FIELD_CIPHERS] = list_at(arena, json, "ciphers");
		values[FIELD_GROUPS] = list_at(arena, json, "groups");
	}
	values[FIELD_DH_BITS] = int_at(json, "dh_bits");
	if (call_wants(rows->call, FIELD_LEVEL))
		fill_level(rows, json, values);
	if (call_wants(rows->call, FIELD_HSTS))
		fill_hsts(rows, json, values);
}

/* A service has one row for each certificate that it presents. */
static void fill_all(struct rows *rows, const struct json *json)
{
	const struct json *certificates = json_get(json, "certificates");
	size_t count = json_count(certificates);
	if (!json_truth(json, "tls", true))
		answer_miss(rows->gather, rows->answer,
			    print_text(rows->gather, "%.*s speaks no TLS: %.*s",
				       TEXT_ARG(rows->call->subject),
				       TEXT_ARG(json_text(json, "problem"))));
	for (size_t i = 0; i < count || i == 0; i++)
		fill(rows, json, i < count ? json_at(certificates, i) : NULL);
}

/* Whether there is a service to look at; else that was the answer. */
static bool is_there(struct rows *rows, const struct json *json)
{
	struct gather *gather = rows->gather;
	struct text state = json_text(json, "state"), subject = rows->call->subject;
	if (text_is(state, "closed"))
		return answer_skip(
			gather, rows->answer,
			print_text(gather, "no service listens at %.*s", TEXT_ARG(subject)));
	if (json_truth(json, "ended", false))
		return answer_fail(gather, rows->answer,
				   print_text(gather, "%.*s: %.*s", TEXT_ARG(subject),
					      TEXT_ARG(json_text(json, "problem"))));
	return text_is(state, "open") ||
	       answer_fail(gather, rows->answer,
			   print_text(gather,
				      text_is(state, "filtered")
					      ? "%.*s does not answer within the time limit"
					      : "%.*s can't be reached: there is no way",
				      TEXT_ARG(subject)));
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	scoped(buf_end) struct buf question = {0};
	struct text why;
	if (!put_question(gather, call, &question, &why)) {
		answer_fail(gather, answer, why);
		return;
	}
	scoped(json_free) struct json *json = network_ask(gather, &question, answer);
	if (!json || !is_there(&rows, json))
		return;
	fill_all(&rows, json);
	rows_give(&rows);
}

const struct probe probe_tls = {
	.name = "tls",
	.help = "what a service offers by TLS, by handshakes that are really made; where nothing "
		"listens it does not apply",
	.subject_help = "HOST:PORT; 443 where the port is left out",
	.subject_example = "localhost:443",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.live = true,
	.asks = "tls",
	.reads = "the network, by netprobe: up to 150 connections to the service",
	.privilege = "none",
	.cost = "certificate and hsts a handshake each; protocols, ciphers, groups and level about "
		"thirty",
	.check = check,
	.foresee = foresee,
	.run = run,
};
