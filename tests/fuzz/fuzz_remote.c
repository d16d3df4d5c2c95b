/* Answers of netprobe: whatever it says, tls, reach and time answer with what can be. */
#include "assess/engine/ask.h"
#include "assess/engine/fixture.h"
#include "assess/probe/probe.h"

#include "fuzz.h"

static void ask(const char *probe, const char *subject, const char *const *questions,
		struct text answer)
{
	struct probe_answer out;
	struct probe_call call = {.probe = probe_find(text_of(probe)),
				  .subject = text_of(subject),
				  .fields = UINT64_MAX};
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	for (size_t i = 0; questions[i]; i++)
		fixture_add_answer(fixture, text_of(questions[i]), answer);
	struct gather_config config = {.running = true,
				       .now_us = INT64_C(1800000000) * TIME_SECOND_US};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	for (size_t i = 0; i < call.probe->param_count; i++)
		if (text_is(text_of(call.probe->params[i].name), "server"))
			call.settings[call.setting_count++] = (struct probe_setting){
				.param = &call.probe->params[i], .text = TEXT("ntp.example")};
	probe_run(gather, &call, &out);
	must(out.outcome == PROBE_ROWS || (out.reason.len > 0 && out.count == 0));
	for (size_t i = 0; i < out.count; i++)
		for (size_t j = 0; j < call.probe->field_count; j++) {
			const struct value *value = &out.rows[i].values[j];
			must(value->type == VALUE_NONE ||
			     value->type == call.probe->fields[j].type);
			must(value_show(value, gather_arena(gather)).len > 0);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	ask("tls", "a.example", (const char *const[]){"tls", NULL}, text);
	ask("reach", "a.example:1", (const char *const[]){"reach", NULL}, text);
	ask("time", "clock", (const char *const[]){"clock", "time", NULL}, text);
	return 0;
}
