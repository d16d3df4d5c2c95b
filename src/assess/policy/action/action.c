#include "assess/policy/action/action.h"

#include <string.h>

#include "assess/policy/action/target.h"

#define REF_MAX_LEN 128
#define OPERATIONS_MAX 100
#define SYNTAX_MAX 2

/* The modules that checks can have, and the version of the syntax that each belongs to. */
static const struct module {
	const char *name;
	int64_t syntax;
	bool (*read)(struct action *action, const struct doc *parameters);
} modules[] = {
	{"filechecker", 1, filechecker_read},
	{"file", 2, search_read},
};

/* What MIG has besides: it looks at something else than a requirement. */
static const struct {
	const char *name, *instead;
} other_modules[] = {
	{"netstat", "look at a host's network with \"muster run\""},
	{"agentdestroy", "revoke an agent with \"muster agent revoke\""},
};

struct frame {
	struct action action;
	struct policy policy;
	int64_t syntax;
	const struct doc *operations;
};

bool action_read_keys(struct action *action, const struct doc *doc, const struct action_key *keys,
		      const char *what, void *out)
{
	bool good = true;
	if (doc->kind != DOC_MAP)
		return load_wrong(action->loader, doc, "%s is an object: { \"%s\": … }", what,
				  keys[0].name);
	for (size_t i = 0; i < doc->count; i++) {
		struct near near = near_begin(doc->keys[i]->text);
		const struct action_key *key = keys;
		while (key->name && !text_is(near.word, key->name))
			near_try(&near, (key++)->name);
		if (!key->name)
			good = load_unknown(action->loader, doc->keys[i],
					    arena_print(action->loader->arena, "key of %s", what),
					    &near, "take it out");
		else if (key->read)
			good &= key->read(action, doc->items[i], out);
	}
	return good;
}

static bool read_optional(struct action *action, const struct doc *doc, const char *what,
			  struct text *text)
{
	*text = TEXT("");
	if (doc->kind != DOC_SCALAR)
		return load_wrong(action->loader, doc, "%s must be a text", what);
	if (!doc_is_null(doc))
		*text = text_trim(doc->text);
	return true;
}

/* -------- description and threat -------- */

static bool read_url(struct action *action, const struct doc *doc, void *out)
{
	struct frame *frame = out;
	return read_optional(action, doc, "description.url", &frame->policy.url);
}

static const struct action_key description_keys[] = {
	{"url", read_url}, {"author", NULL}, {"email", NULL}, {"revision", NULL}, {0},
};

static bool read_description(struct action *action, const struct doc *doc, void *out)
{
	return doc_is_null(doc) ||
	       action_read_keys(action, doc, description_keys, "description", out);
}

static bool read_level(struct action *action, const struct doc *doc, void *out)
{
	scoped(buf_end) struct buf shown = {0};
	(void)out;
	if (doc->kind == DOC_SCALAR && level_read(doc->text, &action->level))
		return true;
	buf_printable(&shown, doc->kind == DOC_SCALAR ? doc->text : TEXT("…"), 40);
	return load_wrong(
		action->loader, doc,
		"threat.level \"%s\" is none of low, medium, high, maximum: a search without a "
		"level is an investigation, not a check; give it one, or look once with "
		"\"muster run files\"",
		shown.at ? shown.at : "");
}

static bool read_type(struct action *action, const struct doc *doc, void *out)
{
	struct frame *frame = out;
	return load_text(action->loader, doc, "threat.type", &frame->policy.name);
}

static bool read_ref(struct action *action, const struct doc *doc, void *out)
{
	(void)out;
	if (!read_optional(action, doc, "threat.ref", &action->ref))
		return false;
	for (size_t i = 0; i < action->ref.len; i++)
		if ((unsigned char)action->ref.at[i] <= ' ' || action->ref.at[i] == '/')
			return load_wrong(
				action->loader, doc,
				"threat.ref is one word without a slash, such as sysmediumssh1");
	return action->ref.len <= REF_MAX_LEN ||
	       load_wrong(action->loader, doc, "threat.ref has %zu bytes; at most %d are taken",
			  action->ref.len, REF_MAX_LEN);
}

static const struct action_key threat_keys[] = {
	{"level", read_level}, {"family", NULL}, {"type", read_type}, {"ref", read_ref}, {0},
};

static bool read_threat(struct action *action, const struct doc *doc, void *out)
{
	bool good = action_read_keys(action, doc, threat_keys, "threat", out);
	if (doc->kind != DOC_MAP)
		return false;
	if (!doc_get(doc, "level"))
		good = load_wrong(action->loader, doc,
				  "threat.level is missing: write low, medium, high or maximum");
	if (!doc_get(doc, "type"))
		good = load_wrong(
			action->loader, doc,
			"threat.type is missing, which names the policy: write system, network "
			"or service");
	return good;
}

/* -------- the action itself -------- */

static bool read_name(struct action *action, const struct doc *doc, void *out)
{
	(void)out;
	return load_text(action->loader, doc, "name", &action->name);
}

static bool read_target(struct action *action, const struct doc *doc, void *out)
{
	struct policy *policy = &((struct frame *)out)->policy;
	struct err err = {0};
	struct text target;
	if (!load_text(action->loader, doc, "target", &target))
		return false;
	if (!target_read(target, action->loader->arena, &policy->target_text, &err))
		return load_wrong(action->loader, doc, "target: %s", err.text);
	if (text_is(policy->target_text, "*"))
		return true;
	policy->target = load_query(action->loader, doc, policy->target_text, &query_hosts);
	return policy->target != NULL;
}

static bool read_syntax(struct action *action, const struct doc *doc, void *out)
{
	struct frame *frame = out;
	if (doc_int(doc, &frame->syntax) && frame->syntax >= 1 && frame->syntax <= SYNTAX_MAX)
		return true;
	frame->syntax = 0;
	return load_wrong(action->loader, doc,
			  "syntaxversion is 1 (module filechecker) or 2 (module file)");
}

static bool read_operations(struct action *action, const struct doc *doc, void *out)
{
	struct frame *frame = out;
	if (doc->kind == DOC_LIST && doc->count > 0 && doc->count <= OPERATIONS_MAX) {
		frame->operations = doc;
		return true;
	}
	return load_wrong(
		action->loader, doc,
		"operations is a list of 1 to %d: [ { \"module\": \"file\", \"parameters\": … } ]",
		OPERATIONS_MAX);
}

static bool read_signatures(struct action *action, const struct doc *doc, void *out)
{
	(void)out;
	if (doc->kind == DOC_LIST && doc->count > 0)
		load_warn(action->loader, doc, "pgpsignatures are not looked at");
	return true;
}

static const struct action_key action_keys[] = {
	{"name", read_name},
	{"target", read_target},
	{"description", read_description},
	{"threat", read_threat},
	{"operations", read_operations},
	{"syntaxversion", read_syntax},
	{"pgpsignatures", read_signatures},
	/* The state of an action that MIG ran, in files that were saved from it. */
	{"id", NULL},
	{"status", NULL},
	{"counters", NULL},
	{"investigators", NULL},
	{"validfrom", NULL},
	{"expireafter", NULL},
	{"starttime", NULL},
	{"finishtime", NULL},
	{"lastupdatetime", NULL},
	{0},
};

/* -------- operations -------- */

struct operation {
	const struct doc *module, *parameters;
};

static bool read_module(struct action *action, const struct doc *doc, void *out)
{
	(void)action;
	((struct operation *)out)->module = doc;
	return true;
}

static bool read_parameters(struct action *action, const struct doc *doc, void *out)
{
	((struct operation *)out)->parameters = doc;
	return doc->kind == DOC_MAP ||
	       load_wrong(action->loader, doc, "parameters is an object: { … }");
}

static const struct action_key operation_keys[] = {
	{"module", read_module},
	{"parameters", read_parameters},
	{0},
};

static bool refuse_module(struct action *action, const struct doc *doc)
{
	struct near near = near_begin(doc->kind == DOC_SCALAR ? doc->text : TEXT(""));
	for (size_t i = 0; i < array_len(other_modules); i++)
		if (text_is(near.word, other_modules[i].name))
			return load_wrong(action->loader, doc,
					  "module \"%s\" is no check; take the operation out: %s",
					  other_modules[i].name, other_modules[i].instead);
	for (size_t i = 0; i < array_len(modules); i++)
		near_try(&near, modules[i].name);
	return load_unknown(action->loader, doc, "module", &near, "write file or filechecker");
}

static bool read_operation(struct frame *frame, const struct doc *doc)
{
	struct action *action = &frame->action;
	struct operation operation = {0};
	const struct module *module = NULL;
	bool good = action_read_keys(action, doc, operation_keys, "an operation", &operation);
	if (!good)
		return false;
	if (!operation.module || !operation.parameters)
		return load_wrong(action->loader, doc, "an operation has a module and parameters");
	for (size_t i = 0; i < array_len(modules); i++)
		if (operation.module->kind == DOC_SCALAR &&
		    text_is(operation.module->text, modules[i].name))
			module = &modules[i];
	if (!module)
		return refuse_module(action, operation.module);
	if (frame->syntax > 0 && frame->syntax != module->syntax)
		return load_wrong(action->loader, operation.module,
				  "module \"%s\" goes with \"syntaxversion\": %d, not %d",
				  module->name, (int)module->syntax, (int)frame->syntax);
	return module->read(action, operation.parameters);
}

/* A ref of the name, where the action has none: "Suspicious files, …" is suspicious-files. */
static struct text make_ref(struct action *action)
{
	char *out = arena_get(action->loader->arena, REF_MAX_LEN + 1, 1);
	size_t len = 0;
	bool gap = false;
	for (size_t i = 0; i < action->name.len && len + 2 <= REF_MAX_LEN; i++) {
		char c = action->name.at[i];
		c = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
		bool taken = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
		if (taken && gap && len > 0)
			out[len++] = '-';
		if (taken)
			out[len++] = c;
		gap = !taken;
	}
	return len > 0 ? (struct text){out, len} : TEXT("action");
}

static bool settle_ref(struct action *action, const struct doc *doc)
{
	if (action->ref.len > 0 || !action->name.at)
		return true;
	action->ref = make_ref(action);
	load_warn(action->loader, doc_get(doc, "threat"),
		  "threat.ref is missing; its checks are called \"%.*s\": write a ref of your own",
		  TEXT_ARG(action->ref));
	return true;
}

static bool need_keys(struct loader *loader, const struct doc *doc)
{
	static const char *const needed[] = {"name", "threat", "operations", "syntaxversion"};
	bool good = true;
	for (size_t i = 0; i < array_len(needed); i++)
		if (!doc_get(doc, needed[i]))
			good = load_wrong(loader, doc, "an action has a \"%s\"; write it",
					  needed[i]);
	return good;
}

static bool read_action(struct frame *frame, const struct doc *doc)
{
	struct loader *loader = frame->action.loader;
	bool good = action_read_keys(&frame->action, doc, action_keys, "an action", frame);
	if (doc->kind != DOC_MAP)
		return false;
	good &= need_keys(loader, doc) && settle_ref(&frame->action, doc);
	for (size_t i = 0; frame->operations && i < frame->operations->count; i++)
		good &= read_operation(frame, frame->operations->items[i]);
	return good;
}

void action_load(struct loader *loader, struct text text)
{
	struct err err = {0};
	scoped(map_free) struct map *seen = map_new();
	struct frame frame = {.action = {.loader = loader, .seen = seen}, .policy.url = TEXT("")};
	if (text_starts(text, "\xef\xbb\xbf")) /* some editors begin a file with it */
		text = (struct text){text.at + 3, text.len - 3};
	const struct doc *doc = doc_parse_json(text, loader->arena, &err);
	if (!doc) {
		load_err(loader, &err);
		return;
	}
	if (!read_action(&frame, doc))
		return;
	frame.policy.checks = frame.action.checks;
	frame.policy.check_count = frame.action.count;
	*load_policy(loader) = frame.policy;
}
