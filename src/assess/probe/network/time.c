#include "assess/probe/network/network.h"
#include "assess/probe/table.h"

#define PORT 123
#define MILLISECOND_US 1000

static const struct probe_param params[] = {
	{.name = "server",
	 .help = "a server of time (SNTP) to compare the clock with: HOST or HOST:PORT",
	 .example = "ntp1.example",
	 .kind = PARAM_TEXT},
	{.name = "timeout",
	 .help = "how long the server may take to answer",
	 .example = "3s",
	 .fallback = "10s",
	 .kind = PARAM_SPAN,
	 .min = NETWORK_TIMEOUT_MIN_US,
	 .max = NETWORK_TIMEOUT_MAX_US},
};

enum field {
	FIELD_SYNCHRONISED,
	FIELD_ERROR,
	FIELD_DRIFT,
	FIELD_UNCERTAINTY,
	FIELD_STRATUM,
	FIELD_ADDRESS,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"synchronised",
	 "whether something keeps the kernel's clock right; what {time: clock} alone asks", "true",
	 .type = VALUE_BOOL},
	{"error", "by how much the kernel thinks that its clock may be wrong", "500ms",
	 .type = VALUE_SPAN},
	{"drift", "how far the clock is from the server's, ahead or behind; wants server", "1s",
	 .type = VALUE_SPAN},
	{"uncertainty", "by how much drift may be wrong: half of what both ways took; wants server",
	 "20ms", .type = VALUE_SPAN},
	{"stratum", "how far the server is from a clock of its own; wants server", "2",
	 .type = VALUE_INT},
	{"address", "the address that answered; wants server", "192.0.2.7", .type = VALUE_ADDRESS},
};

static bool wants_server(const struct probe_call *call)
{
	return call_wants(call, FIELD_DRIFT) || call_wants(call, FIELD_UNCERTAINTY) ||
	       call_wants(call, FIELD_STRATUM) || call_wants(call, FIELD_ADDRESS);
}

static bool check(const struct probe_call *call, struct err *err)
{
	struct text server = call_text(call, "server");
	if (!text_is(call->subject, "clock"))
		return err_set(err, ERR_INPUT,
			       "time knows one thing: clock; write {time: clock, synchronised: "
			       "true}");
	if (!server.at && wants_server(call))
		return err_set(err, ERR_INPUT, "drift wants a server to compare the clock with");
	if (server.at && !network_is_place(server, PORT))
		return err_set(err, ERR_INPUT,
			       "server is HOST or HOST:PORT, as in ntp1.example or [2001:db8::1]");
	return true;
}

static bool put_question(const struct probe_call *call, struct buf *question)
{
	return network_question(call, "time", call_text(call, "server"), PORT, json_new_object(),
				question);
}

static bool foresee(struct gather *gather unused, const struct probe_call *call,
		    struct buf *question)
{
	return call_text(call, "server").at && put_question(call, question);
}

static int64_t span_at(const struct json *json, const char *key)
{
	int64_t us = json_int(json, key, 0);
	if (us == INT64_MIN)
		return INT64_MAX;
	return us < 0 ? -us : us;
}

/* False: that was the answer. */
static bool ask_kernel(struct rows *rows, struct value *values)
{
	scoped(buf_end) struct buf question = {0};
	buf_cstr(&question, "clock");
	scoped(json_free) struct json *json = network_ask(rows->gather, &question, rows->answer);
	if (!json)
		return false;
	const struct json *truth = json_get(json, "synchronised");
	if (truth)
		values[FIELD_SYNCHRONISED] = value_bool(json_as_bool(truth, false));
	if (json_get(json, "error_us"))
		values[FIELD_ERROR] = value_number(
			VALUE_SPAN, span_at(json, "error_us") / MILLISECOND_US * MILLISECOND_US);
	return true;
}

static bool ask_server(struct rows *rows, struct value *values)
{
	struct gather *gather = rows->gather;
	struct text server = call_text(rows->call, "server");
	scoped(buf_end) struct buf question = {0};
	if (!put_question(rows->call, &question))
		return network_refuse(gather, server, rows->answer);
	scoped(json_free) struct json *json = network_ask(gather, &question, rows->answer);
	if (!json)
		return false;
	if (!text_is(json_text(json, "state"), "open"))
		return answer_fail(gather, rows->answer,
				   print_text(gather, "%.*s does not tell the time: %s",
					      TEXT_ARG(server),
					      text_is(json_text(json, "state"), "closed")
						      ? "nothing listens there"
						      : "no answer within the time limit"));
	struct text address = json_text(json, "address");
	values[FIELD_DRIFT] = value_number(VALUE_SPAN, span_at(json, "drift_us") / MILLISECOND_US *
							       MILLISECOND_US);
	values[FIELD_UNCERTAINTY] = value_number(
		VALUE_SPAN, span_at(json, "uncertainty_us") / MILLISECOND_US * MILLISECOND_US);
	if (json_get(json, "stratum"))
		values[FIELD_STRATUM] = value_number(VALUE_INT, json_int(json, "stratum", 0));
	if (address.len > 0)
		values[FIELD_ADDRESS] = value_text(VALUE_ADDRESS,
						   arena_text(gather_arena(gather), address));
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	if (!text_is(call->subject, "clock")) {
		answer_fail(gather, answer, TEXT("time knows one thing: clock"));
		return;
	}
	struct value *values = rows_add(&rows, (struct evidence){0});
	bool bare = call->fields == 0; /* {time: clock} alone: that it is kept right */
	bool kernel = bare || call_wants(call, FIELD_SYNCHRONISED) || call_wants(call, FIELD_ERROR);
	bool server = call_text(call, "server").at && wants_server(call);
	if (!values || (kernel && !ask_kernel(&rows, values)) ||
	    (server && !ask_server(&rows, values)))
		return;
	if (bare && values[FIELD_SYNCHRONISED].number == 0)
		answer_miss(gather, answer, TEXT("nothing keeps the kernel's clock right"));
	else
		rows_give(&rows);
}

const struct probe probe_time = {
	.name = "time",
	.help = "the clock: whether it is kept right, and how far it is from a server's",
	.subject_help = "the word clock",
	.subject_example = "clock",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.live = true,
	.asks = "time clock",
	.reads = "what the kernel says of its clock; with server one question by SNTP, by netprobe",
	.privilege = "none",
	.cost = "little; with server one answer's way",
	.check = check,
	.foresee = foresee,
	.run = run,
};
