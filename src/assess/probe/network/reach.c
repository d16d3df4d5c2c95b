#include "assess/probe/network/network.h"
#include "assess/probe/table.h"

static const char *const protos[] = {"tcp", "udp", NULL};

enum field { FIELD_OPEN, FIELD_STATE, FIELD_ADDRESS, FIELD_COUNT };

static const struct probe_field fields[] = {
	{"open", "whether a connection is made (tcp), or something answers (udp)", "false",
	 .type = VALUE_BOOL},
	{"state",
	 "open; closed: it is refused; filtered: nothing comes back; unreachable: the network has "
	 "no way there",
	 "filtered", .type = VALUE_TEXT},
	{"address", "the address that answered; only where it is open", "192.0.2.7",
	 .type = VALUE_ADDRESS, .subject = true},
};

static bool check(const struct probe_call *call, struct err *err)
{
	return network_check(call, 0, err);
}

static bool put_question(const struct probe_call *call, struct buf *question)
{
	struct json *how = json_new_object();
	struct text proto = call_text(call, "proto");
	json_put_text(how, "proto", proto.at ? proto : TEXT("tcp"));
	return network_question(call, "reach", call->subject, 0, how, question);
}

static bool foresee(struct gather *gather unused, const struct probe_call *call,
		    struct buf *question)
{
	return put_question(call, question);
}

static const char *words_of(struct text state)
{
	static const char *const words[][2] = {
		{"open", "is open"},
		{"closed", "is closed: it refuses"},
		{"filtered", "is filtered: nothing comes back"},
		{"unreachable", "can't be reached: there is no way"}};
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is(state, words[i][0]))
			return words[i][1];
	return NULL;
}

static void fill(struct rows *rows, const struct json *json)
{
	struct gather *gather = rows->gather;
	struct arena *arena = gather_arena(gather);
	struct text state = arena_text(arena, json_text(json, "state"));
	struct text address = json_text(json, "address"), subject = rows->call->subject;
	const char *words = words_of(state);
	if (text_is(state, "silent")) {
		answer_fail(
			gather, rows->answer,
			print_text(gather,
				   "%.*s over udp does not answer: open and filtered look alike",
				   TEXT_ARG(subject)));
		return;
	}
	if (!words) {
		answer_fail(gather, rows->answer,
			    TEXT("netprobe's answer is not what it should be"));
		return;
	}
	struct evidence where = {.text = print_text(gather, "%.*s %s", TEXT_ARG(subject), words)};
	struct value *values = rows_add(rows, where);
	if (!values)
		return;
	bool open = text_is(state, "open");
	values[FIELD_OPEN] = value_bool(open);
	values[FIELD_STATE] = value_text(VALUE_TEXT, state);
	if (open && address.len > 0)
		values[FIELD_ADDRESS] = value_text(VALUE_ADDRESS, arena_text(arena, address));
	else
		answer_miss(gather, rows->answer, where.text);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	scoped(buf_end) struct buf question = {0};
	if (!put_question(call, &question)) {
		network_refuse(gather, call->subject, answer);
		return;
	}
	scoped(json_free) struct json *json = network_ask(gather, &question, answer);
	if (!json)
		return;
	fill(&rows, json);
	rows_give(&rows);
}

static const struct probe_param params[] = {
	{.name = "proto",
	 .help = "tcp, or udp: there silence is an error, since open and filtered look alike",
	 .example = "udp",
	 .fallback = "tcp",
	 .kind = PARAM_WORD,
	 .choices = protos},
	{.name = "timeout",
	 .help = "how long it may take",
	 .example = "3s",
	 .fallback = "10s",
	 .kind = PARAM_SPAN,
	 .min = NETWORK_TIMEOUT_MIN_US,
	 .max = NETWORK_TIMEOUT_MAX_US},
};

const struct probe probe_reach = {
	.name = "reach",
	.help = "whether a port of a host can be reached from here; link-local addresses never are",
	.subject_help = "HOST:PORT",
	.subject_example = "db1.example:5432",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.live = true,
	.asks = "reach",
	.reads = "the network, by netprobe: a connection, or a datagram",
	.privilege = "none",
	.cost = "one connection; where nothing answers, the timeout",
	.check = check,
	.foresee = foresee,
	.run = run,
};
