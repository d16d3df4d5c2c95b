#include "call.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"

/* What was made, so that it is still in reach when the program ends. */
static struct {
	void **at;
	size_t room, count;
} kept;

static void keep(void *made)
{
	kept.at = mem_grow(kept.at, &kept.room, kept.count + 1, sizeof(*kept.at));
	kept.at[kept.count++] = made;
}

struct gather *call_gather(const struct call_file *files, bool running)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	keep(fixture);
	for (; files && files->path; files++)
		must(fixture_add_text(fixture, files->path, text_of(files->text), &err));
	struct gather_config config = {.running = running, .now_us = CALL_NOW_US};
	return fixture_gather(fixture, &config);
}

static struct gather *gather_one(const struct fixture_file *file, bool running)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	keep(fixture);
	must(fixture_add(fixture, file, &err));
	struct gather_config config = {.running = running, .now_us = CALL_NOW_US};
	return fixture_gather(fixture, &config);
}

struct gather *call_gather_bytes(const char *path, const void *bytes, size_t len, bool running)
{
	struct fixture_file file = {
		.path = text_of(path), .kind = GATHER_FILE, .mode = 0644, .content = {bytes, len}};
	return gather_one(&file, running);
}

struct gather *call_gather_denied(const char *path, bool running)
{
	struct fixture_file file = {.path = text_of(path),
				    .kind = GATHER_FILE,
				    .mode = 0600,
				    .content = TEXT("unseen"),
				    .denied = true};
	return gather_one(&file, running);
}

struct probe_call call_of(const char *probe, const char *subject)
{
	struct probe_call call = {.probe = probe_find(text_of(probe)), .subject = text_of(subject)};
	must(call.probe != NULL);
	call.fields = UINT64_MAX;
	return call;
}

static struct probe_setting *add(struct probe_call *call, const char *name)
{
	const struct probe *probe = call->probe;
	size_t i = 0;
	while (i < probe->param_count && !text_is(text_of(name), probe->params[i].name))
		i++;
	must(i < probe->param_count && call->setting_count < PROBE_PARAMS_MAX);
	struct probe_setting *setting = &call->settings[call->setting_count++];
	*setting = (struct probe_setting){.param = &probe->params[i]};
	return setting;
}

void call_set(struct probe_call *call, const char *name, const char *text, int64_t number)
{
	struct probe_setting *setting = add(call, name);
	setting->text = text_of(text);
	setting->number = number;
}

void call_set_list(struct probe_call *call, const char *name, const char *first, const char *second)
{
	struct probe_setting *setting = add(call, name);
	struct text *list = mem_new(2, sizeof(*list));
	keep(list);
	list[0] = text_of(first);
	list[1] = text_of(second);
	setting->list = list;
	setting->count = second ? 2 : 1;
}

void call_set_map(struct probe_call *call, const char *name, const char *key, const char *text)
{
	struct probe_setting *setting = add(call, name);
	struct text *texts = mem_new(2, sizeof(*texts));
	keep(texts);
	texts[0] = text_of(key);
	texts[1] = text_of(text);
	setting->keys = &texts[0];
	setting->list = &texts[1];
	setting->count = 1;
}

const struct value *call_value(const struct probe_call *call, const struct probe_answer *answer,
			       size_t row, const char *field)
{
	must(row < answer->count);
	for (size_t i = 0; i < call->probe->field_count; i++)
		if (text_is(text_of(field), call->probe->fields[i].name))
			return &answer->rows[row].values[i];
	must(false);
}

static const char *keep_text(struct text text)
{
	char *copy = mem_copy(text.at, text.len);
	keep(copy);
	return copy;
}

const char *call_shown(const struct probe_call *call, const struct probe_answer *answer, size_t row,
		       const char *field)
{
	const struct value *value = call_value(call, answer, row, field);
	if (value->type == VALUE_NONE)
		return "";
	if (value->type == VALUE_TEXT || value->type == VALUE_VERSION)
		return keep_text(value->text);
	struct arena *arena = arena_new(1 << 20);
	keep(arena);
	return value_show(value, arena).at;
}

bool call_depends(const struct probe_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->depend_count; i++)
		if (text_is(answer->depends[i], name))
			return true;
	return false;
}
