/* The keys of an example that stand for what is across the network (machine.h): they become what
 * netprobe would answer. */
#include "assess/policy/machine/inner.h"
#include "base/time.h"
#include "format/json.h"

#define TLS_PORT ":443"

enum kind { KIND_TEXT, KIND_LIST, KIND_INT, KIND_BOOL, KIND_SECONDS, KIND_US, KIND_CERTIFICATE };

static const struct key {
	const char *name, *answer; /* in the example; in the answer */
	enum kind kind;
} tls_keys[] = {
	{"level", "level", KIND_TEXT},
	{"protocols", "protocols", KIND_LIST},
	{"ciphers", "ciphers", KIND_LIST},
	{"groups", "groups", KIND_LIST},
	{"dh_bits", "dh_bits", KIND_INT},
	{"hsts", "hsts", KIND_SECONDS},
	{"certificate", "certificates", KIND_CERTIFICATE},
	{NULL, NULL, KIND_TEXT},
};

static const struct key certificate_keys[] = {
	{"key", "key", KIND_TEXT},
	{"bits", "bits", KIND_INT},
	{"curve", "curve", KIND_TEXT},
	{"signature", "signature", KIND_TEXT},
	{"expires", "not_after", KIND_SECONDS},   /* from now */
	{"lifetime", "not_before", KIND_SECONDS}, /* before not_after */
	{"subject", "subject", KIND_TEXT},
	{"issuer", "issuer", KIND_TEXT},
	{"names", "names", KIND_LIST},
	{"matches", "matches", KIND_BOOL},
	{"self_signed", "self_signed", KIND_BOOL},
	{"trusted", "trusted", KIND_BOOL},
	{"problem", "problem", KIND_TEXT},
	{NULL, NULL, KIND_TEXT},
};

static const struct key clock_keys[] = {
	{"synchronised", "synchronised", KIND_BOOL},
	{"error", "error_us", KIND_US},
	{"drift", "drift_us", KIND_US},
	{"uncertainty", "uncertainty_us", KIND_US},
	{"stratum", "stratum", KIND_INT},
	{NULL, NULL, KIND_TEXT},
};

/* "90d"; below zero for what has passed: "-1d" */
static bool read_span(const struct doc *doc, int64_t *span_us)
{
	struct text text = doc->text;
	bool past = text_starts(text, "-");
	if (past)
		text = (struct text){text.at + 1, text.len - 1};
	if (doc->kind != DOC_SCALAR || !time_read_span(text, span_us))
		return false;
	*span_us = past ? -*span_us : *span_us;
	return true;
}

static bool put_certificate(struct machine *machine, const struct doc *doc, struct json *json);

static bool put_value(struct machine *machine, const struct key *key, const struct doc *doc,
		      struct json *json)
{
	static const char *const wants[] = {[KIND_TEXT] = "one text",
					    [KIND_LIST] = "a list of texts",
					    [KIND_INT] = "a number",
					    [KIND_BOOL] = "true or false",
					    [KIND_SECONDS] = "a duration (30d)",
					    [KIND_US] = "a duration (20ms)",
					    [KIND_CERTIFICATE] = "a map of its own"};
	int64_t number;
	bool truth;
	if (key->kind == KIND_CERTIFICATE)
		return put_certificate(machine, doc, json);
	if (key->kind == KIND_TEXT && doc->kind == DOC_SCALAR) {
		json_put_text(json, key->answer, doc->text);
		return true;
	}
	if (key->kind == KIND_LIST && doc->kind == DOC_LIST) {
		struct json *list = json_new_list();
		for (size_t i = 0; i < doc->count; i++)
			json_add_text(list, doc->items[i]->text);
		json_put(json, key->answer, list);
		return true;
	}
	if (key->kind == KIND_BOOL && doc_bool(doc, &truth)) {
		json_put_bool(json, key->answer, truth);
		return true;
	}
	bool span = key->kind == KIND_SECONDS || key->kind == KIND_US;
	bool read = span ? read_span(doc, &number) : key->kind == KIND_INT && doc_int(doc, &number);
	if (!read)
		return doc_err(doc, machine->err, "%s is %s", key->name, wants[key->kind]);
	json_put_int(json, key->answer,
		     key->kind == KIND_SECONDS ? number / TIME_SECOND_US : number);
	return true;
}

static bool put_map(struct machine *machine, const struct key *keys, const struct doc *doc,
		    struct json *json)
{
	for (size_t i = 0; i < doc->count; i++) {
		size_t at = 0;
		struct near near = near_begin(doc->keys[i]->text);
		for (; keys[at].name && !text_is(near.word, keys[at].name); at++)
			near_try(&near, keys[at].name);
		if (!keys[at].name)
			return doc_err(doc->keys[i], machine->err, "unknown key \"%.*s\"%s%s%s",
				       (int)text_cut(near.word, 60), near.word.at,
				       near.best ? "; did you mean \"" : "",
				       near.best ? near.best : "", near.best ? "\"?" : "");
		if (!put_value(machine, &keys[at], doc->items[i], json))
			return false;
	}
	return true;
}

/* Its times count from the example's now. */
static bool put_certificate(struct machine *machine, const struct doc *doc, struct json *json)
{
	if (doc->kind != DOC_MAP)
		return doc_err(doc, machine->err,
			       "certificate is a map: { expires: 60d, key: ecdsa }");
	scoped(json_free) struct json *one = json_new_object();
	if (!put_map(machine, certificate_keys, doc, one))
		return false;
	int64_t now_s = (machine->now_us + TIME_SECOND_US - 1) / TIME_SECOND_US;
	int64_t until_s = now_s + json_int(one, "not_after", 0);
	if (json_get(one, "not_after"))
		json_put_int(one, "not_after", until_s);
	if (json_get(one, "not_before"))
		json_put_int(one, "not_before", until_s - json_int(one, "not_before", 0));
	struct json *list = json_new_list();
	json_add(list, take(&one));
	json_put(json, "certificates", list);
	return true;
}

static bool is_state(const struct doc *doc)
{
	return doc->kind == DOC_SCALAR &&
	       (text_is(doc->text, "open") || text_is(doc->text, "closed") ||
		text_is(doc->text, "filtered") || text_is(doc->text, "unreachable"));
}

static void answer(struct machine *machine, const char *word, struct text place, const char *port,
		   const struct json *json)
{
	scoped(buf_end) struct buf question = {0}, text = {0};
	buf_print(&question, "%s%s%.*s%s", word, place.len > 0 ? " " : "", TEXT_ARG(place), port);
	json_write(json, &text);
	fixture_add_answer(machine->fixture, buf_view(&question), buf_view(&text));
}

static bool add_service(struct machine *machine, const struct doc *key, const struct doc *doc)
{
	scoped(json_free) struct json *json = json_new_object();
	bool state = is_state(doc) && !text_is(doc->text, "open");
	json_put_text(json, "state", state ? doc->text : TEXT("open"));
	json_put_bool(json, "tls", true);
	if (!state && doc->kind != DOC_MAP)
		return doc_err(doc, machine->err,
			       "a service is closed, filtered, or a map: { protocols: [TLSv1.3] }");
	if (!state && !put_map(machine, tls_keys, doc, json))
		return false;
	bool port = text_find(key->text, TEXT(":"), &(size_t){0});
	answer(machine, "tls", key->text, port ? "" : TLS_PORT, json);
	return true;
}

bool machine_add_tls(struct machine *machine, const struct doc *doc)
{
	if (doc && (doc->kind != DOC_MAP || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err,
			       "tls is a map: { \"localhost:443\": { protocols: [TLSv1.3] } }");
	for (size_t i = 0; doc && i < doc->count; i++)
		if (!add_service(machine, doc->keys[i], doc->items[i]))
			return false;
	return true;
}

bool machine_add_reach(struct machine *machine, const struct doc *doc)
{
	if (doc && (doc->kind != DOC_MAP || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err, "reach is a map: { \"db1.example:5432\": open }");
	for (size_t i = 0; doc && i < doc->count; i++) {
		if (!is_state(doc->items[i]))
			return doc_err(doc->items[i], machine->err,
				       "a port is open, closed, filtered or unreachable");
		scoped(json_free) struct json *json = json_new_object();
		json_put_text(json, "state", doc->items[i]->text);
		if (text_is(doc->items[i]->text, "open"))
			json_put_cstr(json, "address", "192.0.2.1");
		answer(machine, "reach", doc->keys[i]->text, "", json);
	}
	return true;
}

bool machine_add_time(struct machine *machine, const struct doc *doc)
{
	scoped(json_free) struct json *json = json_new_object();
	if (!doc)
		return true;
	if (doc->kind != DOC_MAP)
		return doc_err(doc, machine->err, "time is a map: { synchronised: true }");
	if (!put_map(machine, clock_keys, doc, json))
		return false;
	if (json_get(json, "synchronised") || json_get(json, "error_us"))
		answer(machine, "clock", (struct text){0}, "", json);
	json_put_cstr(json, "state", "open");
	if (json_get(json, "drift_us"))
		answer(machine, "time", (struct text){0}, "", json);
	return true;
}
