#include "vantage/vantage.h"

#include "base/time.h"
#include "vantage/clock.h"
#include "vantage/reach.h"
#include "vantage/tls/openssl.h"
#include "vantage/tls/tls.h"

static const struct {
	const char *word;
	bool (*look)(const struct vantage_question *question, struct json *answer, struct err *err);
} looks[] = {
	{"reach", reach_look},
	{"tls", tls_look},
	{"time", time_look},
};

void vantage_prepare(void)
{
	struct err none = {0};
	(void)!openssl_load(&none);
}

bool vantage_can(struct text question, const char **why)
{
	*why = "this host has no OpenSSL library to make handshakes with; install libssl3";
	return !text_starts(question, "tls ") || openssl_get();
}

const char *vantage_state(enum visit_answer answer)
{
	static const char *const states[] = {
		[VISIT_OPEN] = "open",       [VISIT_CLOSED] = "closed",
		[VISIT_SILENT] = "filtered", [VISIT_UNREACHABLE] = "unreachable",
		[VISIT_UNKNOWN] = "unknown",
	};
	return states[answer];
}

bool vantage_is_name(struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			      (c >= '0' && c <= '9');
		if (!letter && c != '.' && c != ':' && c != '-' && c != '_')
			return false;
	}
	return name.len > 0;
}

static bool answer_clock(struct buf *answer, struct err *err)
{
	scoped(json_free) struct json *json = json_new_object();
	if (!clock_look(json, err))
		return false;
	json_write(json, answer);
	return true;
}

bool vantage_answer(struct text question, struct buf *answer, struct err *err)
{
	if (text_is(question, "clock"))
		return answer_clock(answer, err);
	struct text rest = question, word, address;
	struct vantage_question asked = {0};
	if (!text_word(&rest, &word) || !text_word(&rest, &address))
		return err_set(err, ERR_INPUT, "a question has a word, HOST:PORT and an object");
	if (!dial_read(address, &asked.address, err))
		return false;
	if (!vantage_is_name(text_of(asked.address.host)))
		return err_set(err, ERR_INPUT, "that is no name or address of a host");
	scoped(json_free) struct json *how = json_parse(rest, err);
	if (!how)
		return false;
	int64_t timeout_ms = json_int(how, "timeout", 0);
	if (timeout_ms < VANTAGE_TIMEOUT_MIN_MS || timeout_ms > VANTAGE_TIMEOUT_MAX_MS)
		return err_set(err, ERR_INPUT, "timeout is %d to %d ms", VANTAGE_TIMEOUT_MIN_MS,
			       VANTAGE_TIMEOUT_MAX_MS);
	asked.how = how;
	asked.until_us = time_span_us() + timeout_ms * 1000;
	for (size_t i = 0; i < array_len(looks); i++) {
		if (!text_is(word, looks[i].word))
			continue;
		scoped(json_free) struct json *json = json_new_object();
		if (!looks[i].look(&asked, json, err))
			return false;
		json_write(json, answer);
		return true;
	}
	return err_set(err, ERR_INPUT, "nobody here looks at such a thing");
}
