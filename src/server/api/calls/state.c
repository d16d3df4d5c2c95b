#include "server/api/calls/calls.h"

void call_summary(struct call *call)
{
	struct err err = {0};
	struct json *summary = fleet_summary(call->web->fleet, &err);
	if (summary)
		call_json(call, 200, summary);
	else
		call_err(call, &err);
}

static void answer_word(struct call *call, const char *word)
{
	struct buf body = {0};
	buf_cstr(&body, word);
	call_bytes(call, 200, "text/plain; charset=utf-8", &body);
}

void call_health(struct call *call)
{
	answer_word(call, "ok\n");
}

void call_ready(struct call *call)
{
	struct err err = {0};
	struct store_hosts hosts;
	if (call->web->port->host_list(call->web->store, "", 1, call->arena, &hosts, &err))
		answer_word(call, "ready\n");
	else
		call_problem(call, 503, "%s", err.text);
}

static void put_figure(struct buf *out, const char *name, const char *type, const char *help,
		       uint64_t value)
{
	buf_print(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name,
		  (unsigned long long)value);
}

void call_metrics(struct call *call)
{
	struct buf out = {0};
	buf_cstr(&out,
		 "# HELP muster_build_info The version that runs.\n"
		 "# TYPE muster_build_info gauge\n"
		 "muster_build_info{version=\"" MUSTER_VERSION "\"} 1\n"
		 "# HELP muster_http_answers_total Answers of the API, by their status' class.\n"
		 "# TYPE muster_http_answers_total counter\n");
	for (unsigned class = 2; class <= 5; class ++)
		buf_print(&out, "muster_http_answers_total{class=\"%uxx\"} %llu\n", class,
			  (unsigned long long)atomic_load(&call->web->answers[class]));
	put_figure(&out, "muster_http_connections", "gauge", "Open connections to the API.",
		   http_connections(call->request->http));
	put_figure(&out, "muster_stream_listeners", "gauge", "Open streams of changes.",
		   (uint64_t)atomic_load(&call->web->listeners));
	put_figure(&out, "muster_stream_messages_total", "counter", "Changes that were published.",
		   (uint64_t)stream_newest(call->web->stream));
	fleet_metrics(call->web->fleet, &out);
	call_bytes(call, 200, "text/plain; version=0.0.4; charset=utf-8", &out);
}
