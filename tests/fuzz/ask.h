/* ask.h: one probe asked about one file that holds the bytes; what every answer must be, it is. */
#pragma once
#include "assess/engine/fixture.h"
#include "assess/probe/probe.h"

#include "fuzz.h"

/* The number of rows. */
static inline size_t ask(const struct probe_call *call, const char *path, struct text text)
{
	struct err err = {0};
	struct probe_answer answer;
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	if (!fixture_add_text(fixture, path, text, &err))
		return 0;
	struct gather_config config = {.running = !text_is(text_of(call->probe->name), "sysctl")};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	probe_run(gather, call, &answer);
	must(answer.outcome == PROBE_ROWS || (answer.reason.len > 0 && answer.count == 0));
	must(answer.count > 0 || answer.reason.len > 0 || call->probe->table);
	for (size_t i = 0; i < answer.count; i++)
		must(answer.rows[i].where.path.len > 0);
	return answer.count;
}

static inline struct probe_call ask_config(const char *path, const char *key)
{
	struct probe_call call = {.probe = probe_find(TEXT("config")),
				  .subject = text_of(path),
				  .fields = UINT64_MAX,
				  .setting_count = 1};
	call.settings[0] = (struct probe_setting){.param = &call.probe->params[0],
						  .text = text_of(key)};
	return call;
}
