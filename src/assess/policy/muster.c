#include <string.h>

#include "assess/policy/example.h"
#include "assess/policy/keys.h"
#include "assess/policy/load.h"
#include "base/map.h"

#define REF_MAX_LEN 128
#define FRAMEWORK_IDS_MAX 100

static bool read_level(struct loader *loader, const struct doc *doc, void *out)
{
	struct check *check = out;
	if (doc->kind == DOC_SCALAR && level_read(doc->text, &check->level))
		return true;
	return load_wrong(loader, doc, "level is low, medium, high or maximum");
}

static bool read_ref(struct loader *loader, const struct doc *doc, void *out)
{
	struct check *check = out;
	if (!load_text(loader, doc, "ref", &check->ref))
		return false;
	if (check->ref.len > REF_MAX_LEN)
		return load_wrong(loader, doc, "ref has %zu bytes; at most %d are taken",
				  check->ref.len, REF_MAX_LEN);
	for (size_t i = 0; i < check->ref.len; i++)
		if ((unsigned char)check->ref.at[i] <= ' ' || check->ref.at[i] == '/')
			return load_wrong(loader, doc,
					  "ref is one word without a slash, such as sysmediumssh1");
	return true;
}

static bool read_frameworks(struct loader *loader, const struct doc *doc, void *out)
{
	struct check *check = out;
	if (doc->kind != DOC_MAP)
		return load_wrong(loader, doc, "frameworks is a map: { nist-800-53: [AC-6] }");
	check->frameworks = arena_get(loader->arena, doc->count, sizeof(*check->frameworks));
	check->framework_count = doc->count;
	for (size_t i = 0; i < doc->count; i++) {
		const struct doc *ids = doc->items[i];
		size_t count = ids->kind == DOC_LIST ? ids->count : 1;
		if (ids->kind == DOC_MAP || count > FRAMEWORK_IDS_MAX)
			return load_wrong(loader, ids, "a framework has a list of at most %d texts",
					  FRAMEWORK_IDS_MAX);
		struct text *texts = arena_get(loader->arena, count, sizeof(*texts));
		for (size_t j = 0; j < count; j++)
			if (!load_text(loader, ids->kind == DOC_LIST ? ids->items[j] : ids,
				       "a framework's number", &texts[j]))
				return false;
		check->frameworks[i].key = doc->keys[i]->text;
		check->frameworks[i].ids = texts;
		check->frameworks[i].count = count;
	}
	return true;
}

static bool read_when(struct loader *loader, const struct doc *doc, void *out)
{
	struct check *check = out;
	check->when = compile_test(loader, doc);
	return check->when != NULL;
}

static bool read_test(struct loader *loader, const struct doc *doc, void *out)
{
	struct check *check = out;
	check->test = compile_test(loader, doc);
	return check->test != NULL;
}

static bool read_examples(struct loader *loader, const struct doc *doc, void *out)
{
	struct check *check = out;
	if (doc->kind != DOC_MAP)
		return load_wrong(loader, doc, "examples is a map: { pass: [ … ], fail: [ … ] }");
	struct doc *pass = doc_get(doc, "pass"), *fail = doc_get(doc, "fail");
	bool unproven = loader->policies->unproven, good = true;
	for (size_t i = 0; i < doc->count; i++) {
		if (doc->items[i] == pass || doc->items[i] == fail) {
			good &= unproven || example_check(loader, doc->items[i]);
			continue;
		}
		struct near near = near_begin(doc->keys[i]->text);
		near_try(&near, "pass");
		near_try(&near, "fail");
		good = load_unknown(loader, doc->keys[i], "key of examples", &near,
				    "write pass and fail");
	}
	check->pass = unproven ? NULL : pass;
	check->fail = unproven ? NULL : fail;
	return good;
}

static bool read_statements(struct loader *loader, const struct doc *doc, void *out)
{
	struct policy *policy = out;
	if (doc->kind != DOC_MAP)
		return load_wrong(loader, doc, "statements is a map: { root-access: Root must … }");
	struct statement *list = arena_get(loader->arena, doc->count, sizeof(*list));
	bool good = true;
	for (size_t i = 0; i < doc->count; i++) {
		list[i] = (struct statement){.key = doc->keys[i]->text,
					     .line = doc->keys[i]->line,
					     .column = doc->keys[i]->column};
		good &= load_text(loader, doc->items[i], "a statement", &list[i].text);
	}
	policy->statements = list;
	policy->statement_count = doc->count;
	return good;
}

static bool read_target(struct loader *loader, const struct doc *doc, void *out)
{
	struct policy *policy = out;
	if (!load_text(loader, doc, "target", &policy->target_text))
		return false;
	policy->target = load_query(loader, doc, policy->target_text, &query_hosts);
	return policy->target != NULL;
}

static bool read_checks(struct loader *loader, const struct doc *doc, void *out);

const struct key policy_keys[] = {
	{"policy", "the policy's name: system, network, service, or your own", KEY_TEXT, true,
	 offsetof(struct policy, name), NULL},
	{"url", "where the general policy can be read", KEY_TEXT, false,
	 offsetof(struct policy, url), NULL},
	{"target", "a query that selects hosts, such as os:linux; absent: every host", KEY_TEXT,
	 false, 0, read_target},
	{"statements", "the general policy in words: a key and a sentence each", KEY_TEXTS, false,
	 0, read_statements},
	{"checks", "the specific requirements", KEY_CHECKS, true, 0, read_checks},
	{0},
};

const struct key check_keys[] = {
	{"ref", "unique within the policy", KEY_TEXT, true, 0, read_ref},
	{"statement", "the key of the statement that this is derived from", KEY_TEXT, false,
	 offsetof(struct check, statement), NULL},
	{"level", "low, medium, high or maximum", KEY_LEVEL, true, 0, read_level},
	{"name", "what is checked, in a few words", KEY_TEXT, true, offsetof(struct check, name),
	 NULL},
	{"description", "what it is, in a sentence", KEY_TEXT, false,
	 offsetof(struct check, description), NULL},
	{"rationale", "why it matters", KEY_TEXT, false, offsetof(struct check, rationale), NULL},
	{"remediation", "how it is mended", KEY_TEXT, false, offsetof(struct check, remediation),
	 NULL},
	{"frameworks", "numbers of the same requirement in other catalogues", KEY_LISTS, false, 0,
	 read_frameworks},
	{"when", "a test that must hold for this to apply", KEY_TEST, false, 0, read_when},
	{"test", "what must hold", KEY_TEST, true, 0, read_test},
	{"examples", "hosts that pass and fail, for muster test", KEY_EXAMPLES, false, 0,
	 read_examples},
	{0},
};

static const struct key *find_key(const struct key *keys, struct text name)
{
	for (; keys->name; keys++)
		if (text_is(name, keys->name))
			return keys;
	return NULL;
}

static bool refuse_key(struct loader *loader, const struct key *keys, const struct doc *key,
		       const char *what)
{
	struct near near = near_begin(key->text);
	for (; keys->name; keys++)
		near_try(&near, keys->name);
	return load_unknown(loader, key, what, &near, "see \"muster probes --schema\"");
}

static bool read_key(struct loader *loader, const struct key *key, const struct doc *doc, void *out)
{
	if (key->read)
		return key->read(loader, doc, out);
	struct text text;
	if (!load_text(loader, doc, key->name, &text))
		return false;
	memcpy((char *)out + key->offset, &text, sizeof(text));
	return true;
}

/* Reads the keys of a map into a struct by their table. what: "key of a policy". */
static bool read_keys(struct loader *loader, const struct key *keys, const struct doc *doc,
		      const char *what, void *out)
{
	if (doc->kind != DOC_MAP)
		return load_wrong(loader, doc, "%s is a map with the keys %s, …",
				  text_is(text_of(what), "key of a check") ? "a check" : "a policy",
				  keys[0].name);
	bool good = true;
	for (size_t i = 0; i < doc->count; i++) {
		const struct key *key = find_key(keys, doc->keys[i]->text);
		if (!key)
			good = refuse_key(loader, keys, doc->keys[i], what);
		else
			good &= read_key(loader, key, doc->items[i], out);
	}
	for (const struct key *key = keys; key->name; key++)
		if (key->required && !doc_key(doc, key->name))
			good = load_wrong(loader, doc, "%s is missing: %s", key->name, key->help);
	return good;
}

static bool read_checks(struct loader *loader, const struct doc *doc, void *out)
{
	struct policy *policy = out;
	if (doc->kind != DOC_LIST || doc->count == 0)
		return load_wrong(loader, doc, "checks is a list with at least one check");
	loader->checks += doc->count;
	if (loader->checks > POLICY_CHECKS_MAX)
		return load_wrong(loader, doc, "more than %d checks in a file; split it",
				  POLICY_CHECKS_MAX);
	struct check *list = arena_get(loader->arena, doc->count, sizeof(*list));
	bool good = true;
	for (size_t i = 0; i < doc->count; i++) {
		list[i] = (struct check){.line = doc->items[i]->line,
					 .column = doc->items[i]->column};
		good &= read_keys(loader, check_keys, doc->items[i], "key of a check", &list[i]);
	}
	policy->checks = list;
	policy->check_count = doc->count;
	return good;
}

/* -------- what holds between the parts -------- */

/* refs are unique within a policy, which may be spread over the documents of a file. */
static void check_refs(struct loader *loader, struct map *seen, const struct policy *policy)
{
	for (size_t i = 0; i < policy->check_count; i++) {
		const struct check *check = &policy->checks[i];
		struct doc at = {.line = check->line, .column = check->column};
		struct text key = text_of(arena_print(
			loader->arena, "%.*s/%.*s", TEXT_ARG(policy->name), TEXT_ARG(check->ref)));
		if (!check->ref.at)
			continue;
		const struct check *before = map_get(seen, key);
		if (before)
			load_wrong(loader, &at, "duplicate ref \"%.*s\"; line %u has it already",
				   TEXT_ARG(check->ref), before->line);
		else
			map_put(seen, key, (void *)(uintptr_t)check);
	}
}

static void refuse_statement(struct loader *loader, const struct policy *policy,
			     const struct check *check)
{
	struct doc at = {.line = check->line, .column = check->column};
	struct near near = near_begin(check->statement);
	for (size_t i = 0; i < policy->statement_count; i++)
		near_try(&near, arena_copy(loader->arena, policy->statements[i].key.at,
					   policy->statements[i].key.len));
	load_unknown(loader, &at, "statement", &near, "write it under statements");
}

static void check_statements(struct loader *loader, const struct policy *policy)
{
	bool *used = arena_get(loader->arena, policy->statement_count, sizeof(*used));
	for (size_t i = 0; i < policy->check_count; i++) {
		const struct check *check = &policy->checks[i];
		size_t at = 0;
		while (at < policy->statement_count &&
		       !text_is_equal(check->statement, policy->statements[at].key))
			at++;
		if (check->statement.at && at == policy->statement_count)
			refuse_statement(loader, policy, check);
		else if (check->statement.at)
			used[at] = true;
	}
	for (size_t j = 0; j < policy->statement_count; j++) {
		const struct statement *statement = &policy->statements[j];
		if (!used[j])
			findings_add(loader->findings, true, statement->line, statement->column,
				     "statement \"%.*s\" has no checks; derive one from it",
				     TEXT_ARG(statement->key));
	}
}

/* For whoever writes it. */
static void check_advice(struct loader *loader, const struct policy *policy)
{
	for (size_t i = 0; i < policy->check_count; i++) {
		const struct check *check = &policy->checks[i];
		struct doc at = {.line = check->line, .column = check->column};
		if (!check->pass || !check->fail || check->pass->count == 0 ||
		    check->fail->count == 0)
			load_warn(loader, &at,
				  "check \"%.*s\" has no examples that pass and fail; write them, "
				  "so that muster test can show that it works",
				  TEXT_ARG(check->ref));
		if (!check->rationale.at || !check->remediation.at)
			load_warn(loader, &at,
				  "check \"%.*s\" has no %s; write it for whoever has to mend it",
				  TEXT_ARG(check->ref),
				  check->rationale.at ? "remediation" : "rationale");
	}
}

void muster_load(struct loader *loader, struct text text)
{
	static const struct doc_spared examples = {"examples", 2}; /* of a check, in the list */
	struct err err = {0};
	struct doc **docs;
	size_t count;
	scoped(map_free) struct map *seen = map_new();
	const struct doc_spared *spared = loader->policies->unproven ? &examples : NULL;
	if (!doc_parse_sparing(text, spared, loader->arena, &docs, &count, &err)) {
		load_err(loader, &err);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (doc_is_null(docs[i])) /* a file may begin or end with --- */
			continue;
		struct policy policy = {0};
		bool good = read_keys(loader, policy_keys, docs[i], "key of a policy", &policy);
		check_refs(loader, seen, &policy);
		check_statements(loader, &policy);
		if (!good)
			continue;
		if (!loader->policies->unproven)
			check_advice(loader, &policy);
		*load_policy(loader) = policy;
	}
}
