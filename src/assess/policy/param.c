#include <inttypes.h>

#include "assess/policy/load.h"
#include "base/time.h"
#include "format/quantity.h"

#define PARAM_LIST_MAX 1000

static bool is_within(const struct probe_param *param, int64_t number)
{
	return (param->min == 0 && param->max == 0) ||
	       (number >= param->min && number <= param->max);
}

static bool wrong_value(struct loader *loader, const struct probe_param *param,
			const struct doc *doc, const char *kind)
{
	if (param->kind == PARAM_SPAN && param->max != 0)
		return load_wrong(loader, doc, "%s is %s from %gs to %gs; write for example %s",
				  param->name, kind, (double)param->min / TIME_SECOND_US,
				  (double)param->max / TIME_SECOND_US, param->example);
	if (param->min != 0 || param->max != 0)
		return load_wrong(loader, doc,
				  "%s is %s from %" PRId64 " to %" PRId64 "; write for example %s",
				  param->name, kind, param->min, param->max, param->example);
	return load_wrong(loader, doc, "%s is %s; write for example %s", param->name, kind,
			  param->example);
}

static bool read_word(struct loader *loader, const struct probe_param *param, const struct doc *doc,
		      struct probe_setting *setting)
{
	struct near near = near_begin(setting->text);
	for (size_t i = 0; param->choices[i]; i++) {
		if (text_is(setting->text, param->choices[i]))
			return true;
		near_try(&near, param->choices[i]);
	}
	return load_unknown(loader, doc, param->name, &near, "see muster probes");
}

static bool read_number(struct loader *loader, const struct probe_param *param,
			const struct doc *doc, struct probe_setting *setting)
{
	static const struct {
		const char *what;
	} kinds[] = {[PARAM_BOOL] = {"true or false"},
		     [PARAM_INT] = {"a number"},
		     [PARAM_SIZE] = {"a size"},
		     [PARAM_SPAN] = {"a duration"}};
	uint64_t bytes = 0;
	bool truth = false, read = false;
	if (param->kind == PARAM_BOOL) {
		read = doc_bool(doc, &truth);
		setting->number = truth;
	} else if (param->kind == PARAM_INT) {
		read = doc_int(doc, &setting->number);
	} else if (param->kind == PARAM_SIZE) {
		read = quantity_read_size(setting->text, &bytes) && bytes <= INT64_MAX;
		setting->number = (int64_t)bytes;
	} else {
		read = time_read_span(setting->text, &setting->number);
	}
	if (!read || (param->kind != PARAM_BOOL && !is_within(param, setting->number)))
		return wrong_value(loader, param, doc, kinds[param->kind].what);
	return true;
}

static bool read_scalar(struct loader *loader, const struct probe_param *param,
			const struct doc *doc, struct probe_setting *setting)
{
	struct err err = {0};
	if (doc->kind != DOC_SCALAR)
		return load_wrong(loader, doc, "%s is one value; write for example %s", param->name,
				  param->example);
	setting->text = doc->text;
	if (param->kind == PARAM_TEXT)
		return true;
	if (param->kind == PARAM_WORD)
		return read_word(loader, param, doc, setting);
	if (param->kind != PARAM_REGEX)
		return read_number(loader, param, doc, setting);
	scoped(regex_free) struct regex *regex = regex_new(doc->text, REGEX_NO_JIT, &err);
	return regex || load_wrong(loader, doc, "%s: %s", param->name, err.text);
}

static bool read_texts(struct loader *loader, const struct doc *doc, const char *what,
		       const struct text **out)
{
	struct text *texts = arena_get(loader->arena, doc->count, sizeof(*texts));
	bool good = true;
	for (size_t i = 0; i < doc->count; i++)
		if (doc->items[i]->kind == DOC_SCALAR)
			texts[i] = doc->items[i]->text;
		else
			good = load_wrong(loader, doc->items[i], "%s holds texts only", what);
	*out = texts;
	return good;
}

static bool read_map(struct loader *loader, const struct probe_param *param, const struct doc *doc,
		     struct probe_setting *setting)
{
	if (doc->kind != DOC_MAP || doc->count == 0)
		return load_wrong(loader, doc, "%s is a map; write for example %s", param->name,
				  param->example);
	struct text *keys = arena_get(loader->arena, doc->count, sizeof(*keys));
	for (size_t i = 0; i < doc->count; i++)
		keys[i] = doc->keys[i]->text;
	setting->keys = keys;
	setting->count = doc->count;
	return read_texts(loader, doc, param->name, &setting->list);
}

static bool read_list(struct loader *loader, const struct probe_param *param, const struct doc *doc,
		      struct probe_setting *setting)
{
	if (doc->kind == DOC_MAP || (doc->kind == DOC_LIST && doc->count == 0))
		return load_wrong(loader, doc, "%s is a list; write for example %s", param->name,
				  param->example);
	if (doc->kind == DOC_LIST && doc->count > PARAM_LIST_MAX)
		return load_wrong(loader, doc, "%s lists %zu texts; at most %d are taken",
				  param->name, doc->count, PARAM_LIST_MAX);
	if (doc->kind == DOC_LIST) {
		setting->count = doc->count;
		return read_texts(loader, doc, param->name, &setting->list);
	}
	struct text *one = arena_get(loader->arena, 1, sizeof(*one));
	*one = doc->text;
	setting->list = one;
	setting->count = 1;
	return true;
}

bool param_read(struct loader *loader, const struct probe_param *param, const struct doc *doc,
		struct probe_call *call)
{
	struct probe_setting setting = {.param = param};
	if (call->setting_count == PROBE_PARAMS_MAX)
		return load_wrong(loader, doc, "more than %d parameters in a test",
				  PROBE_PARAMS_MAX);
	bool good;
	if (param->kind == PARAM_MAP)
		good = read_map(loader, param, doc, &setting);
	else if (param->kind == PARAM_LIST)
		good = read_list(loader, param, doc, &setting);
	else
		good = read_scalar(loader, param, doc, &setting);
	if (good)
		call->settings[call->setting_count++] = setting;
	return good;
}
