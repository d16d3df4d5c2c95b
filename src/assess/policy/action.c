#include "assess/policy/action.h"

#include <string.h>

#include "base/buf.h"

/* Keys that an action may have: what each means here, or that it is bookkeeping of the system that ran it. */
static const char *const action_keys[] = {
	"name", "target", "threat", "description", "operations", "syntaxversion",
	"counters", "expireafter", "finishtime", "id", "investigators", "lastupdatetime",
	"pgpsignaturedate", "pgpsignatures", "starttime", "status", "validfrom", NULL};
static const char *const threat_keys[] = {"level", "family", "type", "ref", NULL};
static const char *const description_keys[] = {"author", "email", "url", "revision", NULL};
static const char *const operation_keys[] = {"module", "parameters", "compressed", "want_compressed", NULL};

static const struct {
	const char *name;
	int64_t version;
	void (*load)(struct action *action, const struct doc *parameters);
} modules[] = {
	{"filechecker", 1, filechecker_load},
	{"file", 2, search_load},
};

static bool check_keys(struct loader *loader, const struct doc *doc, const char *const *known,
		       const char *what)
{
	bool good = true;
	for (size_t i = 0; i < doc->count; i++) {
		struct near near = near_begin(doc->keys[i]->text);
		bool found = false;
		for (size_t j = 0; known[j]; j++) {
			found |= text_is(near.word, known[j]);
			near_try(&near, known[j]);
		}
		if (!found)
			good = load_unknown(loader, doc->keys[i], what, &near, "leave it out");
	}
	return good;
}

/* A map of the document, its keys checked; NULL: absent or, after a finding, no map. */
static const struct doc *get_map(struct loader *loader, const struct doc *doc, const char *key,
				 const char *const *known, bool required)
{
	const struct doc *map = doc_get(doc, key);
	if (!map) {
		if (required)
			load_wrong(loader, doc, "\"%s\" is missing", key);
		return NULL;
	}
	if (map->kind != DOC_MAP) {
		load_wrong(loader, map, "\"%s\" is an object", key);
		return NULL;
	}
	const char *what = arena_print(loader->arena, "key of %s", key);
	return check_keys(loader, map, known, what) ? map : NULL;
}

static void read_level(struct action *action, const struct doc *threat)
{
	const struct doc *level = doc_get(threat, "level");
	struct loader *loader = action->loader;
	if (!level)
		load_wrong(loader, threat,
			   "threat.level is missing; write low, medium, high or maximum");
	else if (level->kind != DOC_SCALAR || !level_read(level->text, &action->level))
		load_wrong(loader, level,
			   "threat.level \"%.*s\" is none of low, medium, high and maximum: this looks "
			   "for something and states no requirement; write a level to check it",
			   (int)text_cut(level->text, 40), level->text.at);
}

static void read_threat(struct action *action, const struct doc *doc, struct policy *policy)
{
	struct loader *loader = action->loader;
	const struct doc *threat = get_map(loader, doc, "threat", threat_keys, true);
	if (!threat)
		return;
	const struct doc *type = doc_get(threat, "type"), *ref = doc_get(threat, "ref");
	read_level(action, threat);
	if (!type)
		load_wrong(loader, threat,
			   "threat.type is missing: it names the policy; write system, network, service "
			   "or your own");
	else
		(void)!load_text(loader, type, "threat.type", &policy->name);
	if (ref)
		(void)!load_text(loader, ref, "threat.ref", &action->ref);
	else
		load_warn(loader, threat, "threat.ref is missing; each check's label stands in for it");
}

static void read_head(struct action *action, const struct doc *doc, struct policy *policy)
{
	struct loader *loader = action->loader;
	const struct doc *name = doc_get(doc, "name"), *target = doc_get(doc, "target");
	const struct doc *description = get_map(loader, doc, "description", description_keys, false);
	const struct doc *url = doc_get(description, "url");
	if (!name)
		load_wrong(loader, doc, "\"name\" is missing: it says what the action is for");
	else
		(void)!load_text(loader, name, "name", &action->name);
	if (url && !doc_is_null(url) && url->text.len > 0)
		(void)!load_text(loader, url, "description.url", &policy->url);
	read_threat(action, doc, policy);
	if (!target)
		load_wrong(loader, doc, "\"target\" is missing; write for example \"linux\"");
	else if (target_translate(loader, target, &policy->target_text))
		policy->target = load_query(loader, target, policy->target_text, &query_hosts);
}

static void read_operation(struct action *action, const struct doc *operation, const struct doc *version)
{
	struct loader *loader = action->loader;
	if (operation->kind != DOC_MAP) {
		load_wrong(loader, operation, "an operation is an object with module and parameters");
		return;
	}
	const struct doc *module = doc_get(operation, "module");
	const struct doc *parameters = doc_get(operation, "parameters");
	if (!check_keys(loader, operation, operation_keys, "key of an operation"))
		return;
	if (!module || module->kind != DOC_SCALAR || !parameters || parameters->kind != DOC_MAP) {
		load_wrong(loader, operation, "an operation wants a \"module\" and an object of "
					      "\"parameters\"");
		return;
	}
	struct near near = near_begin(module->text);
	for (size_t i = 0; i < array_len(modules); i++) {
		int64_t number;
		near_try(&near, modules[i].name);
		if (!text_is(module->text, modules[i].name))
			continue;
		if (version && (!doc_int(version, &number) || number != modules[i].version))
			load_wrong(loader, version, "module \"%s\" belongs to syntaxversion %d",
				   modules[i].name, (int)modules[i].version);
		else
			modules[i].load(action, parameters);
		return;
	}
	load_unknown(loader, module, "module", &near,
		     "filechecker and file are read; leave this operation out");
}

struct check *action_add(struct action *action, const struct doc *at, struct text name)
{
	struct loader *loader = action->loader;
	if (++loader->checks > POLICY_CHECKS_MAX) {
		load_wrong(loader, at, "more than %d checks in a file; split it", POLICY_CHECKS_MAX);
		return NULL;
	}
	action->checks = arena_grow(loader->arena, action->checks, &action->room, action->count + 1,
				    sizeof(*action->checks));
	struct check *check = &action->checks[action->count++];
	*check = (struct check){
		.ref = action->ref.at ? action->ref : name,
		.name = name,
		.description = action->name,
		.level = action->level,
		.line = at->line,
		.column = at->column,
	};
	return check;
}

void action_load(struct loader *loader, struct text text)
{
	struct err err = {0};
	struct action action = {.loader = loader};
	struct policy policy = {0};
	struct doc *doc = doc_parse_json(text, loader->arena, &err);
	if (!doc) {
		load_err(loader, &err);
		return;
	}
	if (!doc_get(doc, "operations")) {
		load_wrong(loader, doc, "this is no action: \"operations\" is missing");
		return;
	}
	const struct doc *operations = doc_get(doc, "operations");
	check_keys(loader, doc, action_keys, "key of an action");
	read_head(&action, doc, &policy);
	if (operations->kind != DOC_LIST || operations->count == 0)
		load_wrong(loader, operations, "\"operations\" is a list with at least one operation");
	for (size_t i = 0; operations->kind == DOC_LIST && i < operations->count; i++)
		read_operation(&action, operations->items[i], doc_get(doc, "syntaxversion"));
	policy.checks = action.checks;
	policy.check_count = action.count;
	*load_policy(loader) = policy;
}

/* -------- tests by hand -------- */

struct test *action_test(struct action *action, const struct doc *at, const char *probe,
			 struct text subject)
{
	struct test *test = arena_get(action->loader->arena, 1, sizeof(*test));
	*test = (struct test){.kind = TEST_PROBE, .line = at->line, .column = at->column, .any_row = true};
	test->call.probe = probe_find(text_of(probe));
	must(test->call.probe);
	test->call.subject = subject;
	return test;
}

static struct probe_setting *add_setting(struct test *test, const char *param)
{
	const struct probe *probe = test->call.probe;
	size_t index = 0;
	while (index < probe->param_count && strcmp(probe->params[index].name, param) != 0)
		index++;
	must(index < probe->param_count && test->call.setting_count < PROBE_PARAMS_MAX);
	struct probe_setting *setting = &test->call.settings[test->call.setting_count++];
	*setting = (struct probe_setting){.param = &probe->params[index]};
	return setting;
}

void action_set_texts(struct action *action, struct test *test, const char *param,
		      const struct text *texts, size_t count)
{
	struct probe_setting *setting = add_setting(test, param);
	struct text *list = arena_get(action->loader->arena, count, sizeof(*list));
	memcpy(list, texts, count * sizeof(*list));
	setting->list = list;
	setting->count = count;
}

void action_set_text(struct action *action, struct test *test, const char *param, struct text text)
{
	action_set_texts(action, test, param, &text, 1);
}

void action_set_number(struct test *test, const char *param, int64_t number)
{
	add_setting(test, param)->number = number;
}

bool action_check_regex(struct action *action, const struct doc *at)
{
	struct err err = {0};
	if (at->kind != DOC_SCALAR)
		return load_wrong(action->loader, at, "an expression is a text");
	scoped(regex_free) struct regex *regex = regex_new(at->text, REGEX_RE2 | REGEX_NO_JIT, &err);
	return regex || load_wrong(action->loader, at, "regular expression: %s", err.text);
}

const char *action_digest(struct action *action, const struct doc *at, const char *family)
{
	static const struct {
		const char *family, *name;
		size_t digits;
	} digests[] = {
		{"md5", "md5", 32},	   {"sha1", "sha1", 40},
		{"sha2", "sha224", 56},	   {"sha2", "sha256", 64},
		{"sha2", "sha384", 96},	   {"sha2", "sha512", 128},
		{"sha3", "sha3_224", 56}, {"sha3", "sha3_256", 64},
		{"sha3", "sha3_384", 96}, {"sha3", "sha3_512", 128},
	};
	unsigned char bytes[64];
	size_t len = at->kind == DOC_SCALAR ? at->text.len : 0;
	bool hex = len % 2 == 0 && len <= 2 * sizeof(bytes) && text_to_bytes(at->text, bytes, len / 2);
	bool known = false;
	for (size_t i = 0; i < array_len(digests); i++) {
		bool exact = strcmp(digests[i].name, family) == 0;
		if (!exact && strcmp(digests[i].family, family) != 0)
			continue;
		known = true;
		if (hex && digests[i].digits == len)
			return digests[i].name;
	}
	must(known);
	load_wrong(action->loader, at, "this is no %s digest: it has %zu characters; write it in hex", family, len);
	return NULL;
}
