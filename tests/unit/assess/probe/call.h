/* call.h: how the tests of probes ask one: a fixture from a list of files, and a call from texts. */
#pragma once
#include "assess/engine/fixture.h"
#include "assess/probe/probe.h"

#define CALL_NOW_US (INT64_C(1800000000) * TIME_SECOND_US)

struct call_file {
	const char *path, *text;
};

/* A running system that has these files alone; the list ends with a NULL path. Lives until the program ends. */
static inline struct gather *call_gather(const struct call_file *files)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	for (; files && files->path; files++)
		must(fixture_add_text(fixture, files->path, text_of(files->text), &err));
	struct gather_config config = {.running = true, .now_us = CALL_NOW_US};
	return fixture_gather(fixture, &config);
}

static inline const struct probe_param *call_param(const struct probe *probe, const char *name)
{
	for (size_t i = 0; i < probe->param_count; i++)
		if (text_is(text_of(name), probe->params[i].name))
			return &probe->params[i];
	must(false);
	return NULL;
}

static inline struct probe_call call_of(const char *probe, const char *subject)
{
	struct probe_call call = {.probe = probe_find(text_of(probe)), .subject = text_of(subject)};
	must(call.probe != NULL);
	call.fields = UINT64_MAX;
	return call;
}

static inline void call_set(struct probe_call *call, const char *name, const char *text,
			    int64_t number)
{
	call->settings[call->setting_count++] = (struct probe_setting){
		.param = call_param(call->probe, name), .text = text_of(text), .number = number};
}

/* Two texts at most; the second may be NULL. */
static inline void call_set_list(struct probe_call *call, const char *name, const char *first,
				 const char *second)
{
	struct text *list = mem_new(2, sizeof(*list));
	list[0] = text_of(first);
	list[1] = text_of(second);
	call->settings[call->setting_count++] = (struct probe_setting){
		.param = call_param(call->probe, name), .list = list, .count = second ? 2 : 1};
}

static inline const struct value *call_value(const struct probe_call *call,
					     const struct probe_answer *answer, size_t row,
					     const char *field)
{
	for (size_t i = 0; i < call->probe->field_count; i++)
		if (text_is(text_of(field), call->probe->fields[i].name))
			return &answer->rows[row].values[i];
	must(false);
	return NULL;
}

static inline bool call_depends(const struct probe_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->depend_count; i++)
		if (text_is(answer->depends[i], name))
			return true;
	return false;
}
