#include "assess/probe/network/network.h"

#include <inttypes.h>
#include <string.h>

#define HOST_SIZE_MAX 255
#define TIMEOUT_US (10 * TIME_SECOND_US)

struct place {
	struct text host;
	uint64_t port;
	bool six; /* an address of IPv6: needs brackets before a port */
};

/* Cuts ":PORT" off the end; false: there is none. */
static bool cut_port(struct text *host, struct text *port)
{
	size_t at = host->len;
	while (at > 0 && host->at[at - 1] >= '0' && host->at[at - 1] <= '9')
		at--;
	if (at == 0 || host->at[at - 1] != ':')
		return false;
	*port = (struct text){host->at + at, host->len - at};
	host->len = at - 1;
	return true;
}

bool network_is_host(struct text host)
{
	static const char marks[] = ".:-_";
	for (size_t i = 0; i < host.len; i++) {
		char c = host.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			      (c >= '0' && c <= '9');
		if (!letter && (c == '\0' || !strchr(marks, c)))
			return false;
	}
	return host.len > 0 && host.len <= HOST_SIZE_MAX;
}

/* HOST:PORT, [ADDRESS]:PORT; with a default port also HOST and [ADDRESS]. */
static bool read_place(struct text text, uint16_t default_port, struct place *place)
{
	struct text port;
	*place = (struct place){.host = text, .port = default_port};
	bool given = cut_port(&place->host, &port);
	bool bracketed = text_starts(place->host, "[") && text_ends(place->host, "]");
	if (bracketed)
		place->host = (struct text){place->host.at + 1, place->host.len - 2};
	place->six = memchr(place->host.at, ':', place->host.len) != NULL;
	return network_is_host(place->host) && place->six == bracketed &&
	       (given ? text_to_u64(port, 1, UINT16_MAX, &place->port) : place->port > 0);
}

bool network_is_place(struct text text, uint16_t default_port)
{
	struct place place;
	return read_place(text, default_port, &place);
}

bool network_check(const struct probe_call *call, uint16_t default_port, struct err *err)
{
	if (network_is_place(call->subject, default_port))
		return true;
	return err_set(err, ERR_INPUT, "give %s, as in %s; an IPv6 address stands in brackets: %s",
		       default_port > 0 ? "HOST or HOST:PORT" : "HOST:PORT, a port of 1 to 65535",
		       call->probe->subject_example, "[2001:db8::1]:443");
}

bool network_question(const struct probe_call *call, const char *word, struct text at,
		      uint16_t default_port, struct json *how, struct buf *question)
{
	struct place place;
	bool good = read_place(at, default_port, &place);
	json_put_int(how, "timeout", call_number(call, "timeout", TIMEOUT_US) / 1000);
	if (good) {
		buf_print(question, "%s %s%.*s%s:%" PRIu64 " ", word, place.six ? "[" : "",
			  TEXT_ARG(place.host), place.six ? "]" : "", place.port);
		json_write(how, question);
	}
	json_free(&how);
	return good && question->len <= ASK_QUESTION_MAX;
}

bool network_refuse(struct gather *gather, struct text at, struct probe_answer *answer)
{
	return answer_fail(gather, answer,
			   print_text(gather, "\"%.*s\" is no host, or asks for too much",
				      (int)text_cut(at, 200), at.at));
}

struct json *network_ask(struct gather *gather, const struct buf *question,
			 struct probe_answer *answer)
{
	struct text text, why;
	struct err err = {0};
	switch (gather_ask(gather, buf_view(question), &text, &why)) {
	case GATHER_MISSING:
		answer_skip(gather, answer, why);
		return NULL;
	case GATHER_FAILED:
		answer_fail(gather, answer, why);
		return NULL;
	case GATHER_OK:
		break;
	}
	struct json *json = json_parse(text, &err);
	if (json_kind(json) == JSON_OBJECT)
		return json;
	json_free(&json);
	answer_fail(gather, answer, TEXT("netprobe's answer is not what it should be"));
	return NULL;
}
