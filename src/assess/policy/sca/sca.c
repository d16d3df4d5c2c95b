#include "assess/policy/sca/sca.h"

#include <string.h>

#define REF_MAX_LEN 128

static const enum level default_levels[SCA_LEVELS] = {LEVEL_MEDIUM, LEVEL_MEDIUM, LEVEL_HIGH};

static void end_sca(struct sca *sca)
{
	map_free(&sca->expressions);
	map_free(&sca->whens);
}

/* -------- keys -------- */

static void refuse_key(struct sca *sca, const struct doc *key, const char *const *known,
		       const char *what)
{
	scoped(buf_end) struct buf shown = {0};
	struct near near = near_begin(key->text);
	for (; *known; known++)
		near_try(&near, *known);
	buf_printable(&shown, key->text, 60);
	load_warn(sca->loader, key, "unknown key of %s \"%s\" is passed over%s%s%s", what,
		  shown.at ? shown.at : "", near.best ? "; did you mean \"" : "",
		  near.best ? near.best : "", near.best ? "\"?" : "");
}

static void check_keys(struct sca *sca, const struct doc *map, const char *const *known,
		       const char *what)
{
	for (size_t i = 0; i < map->count; i++) {
		size_t at = 0;
		while (known[at] && !text_is(map->keys[i]->text, known[at]))
			at++;
		if (!known[at])
			refuse_key(sca, map->keys[i], known, what);
	}
	if (map->again)
		load_warn(sca->loader, map->again,
			  "the key \"%.*s\" stands here twice; the last one counts",
			  (int)text_cut(map->again->text, 60), map->again->text.at);
}

/* Of several keys, whichever is there; at NULL: none is, or it is no text. */
static struct text text_under(const struct doc *map, const char *first, const char *second)
{
	const struct doc *doc = doc_get(map, first);
	if (!doc && second)
		doc = doc_get(map, second);
	if (!doc || doc->kind != DOC_SCALAR || text_trim(doc->text).len == 0)
		return (struct text){0};
	return doc->text;
}

/* Wazuh 5 asks all expressions as PCRE2, whatever is said here. */
static void check_engine(struct sca *sca, const struct doc *map)
{
	const struct doc *type = doc_get(map, "regex_type");
	if (type && !(type->kind == DOC_SCALAR && text_is(type->text, "pcre2")))
		load_warn(sca->loader, type,
			  "regex_type is passed over, as Wazuh 5 does: expressions are PCRE2");
}

/* -------- rules and their condition -------- */

static const struct {
	const char *name;
	enum test_kind kind;
} conditions[] = {{"all", TEST_ALL}, {"any", TEST_ANY}, {"none", TEST_NONE}};

static bool read_condition(const struct doc *map, enum test_kind *kind)
{
	struct text text = text_under(map, "condition", NULL);
	for (size_t i = 0; i < array_len(conditions); i++)
		if (text.at && text_is(text, conditions[i].name)) {
			*kind = conditions[i].kind;
			return true;
		}
	return false;
}

/* The tests of the rules; *broken: Wazuh leaves out all that they belong to. */
static struct test **read_rules(struct sca *sca, const struct doc *rules, size_t *count,
				bool *broken)
{
	struct test **tests = arena_get(sca->loader->arena, rules->count, sizeof(struct test *));
	*count = 0;
	*broken = false;
	for (size_t i = 0; i < rules->count; i++) {
		struct test *test = NULL;
		enum rule_answer answer = rule_read(sca, rules->items[i], &test);
		if (answer == RULE_TEST)
			tests[(*count)++] = test;
		*broken |= answer == RULE_BROKEN;
	}
	return tests;
}

/* A group of rules: what their condition makes of them. Always a test: what Wazuh would leave out
 * or not judge is not_applicable, and says why. */
static struct test *read_group(struct sca *sca, const struct doc *map)
{
	const struct doc *rules = doc_get(map, "rules");
	enum test_kind kind;
	size_t count;
	bool broken;
	if (!read_condition(map, &kind)) {
		load_warn(sca->loader, map, "the condition is none of all, any, none");
		return rule_fixed(sca, map, STATUS_NOT_APPLICABLE,
				  "its condition is none of all, any, none");
	}
	if (!rules || rules->kind != DOC_LIST || rules->count == 0) {
		load_warn(sca->loader, map, "it has no rules, so nothing is judged");
		return rule_fixed(sca, map, STATUS_NOT_APPLICABLE, "it has no rules");
	}
	struct test **tests = read_rules(sca, rules, &count, &broken);
	if (broken)
		return rule_fixed(sca, rules, STATUS_NOT_APPLICABLE,
				  "one of its rules can't be read; see muster lint");
	if (count == 0)
		return rule_fixed(sca, rules, STATUS_NOT_APPLICABLE,
				  "none of its rules can be judged here; see muster lint");
	if (count == 1 && kind != TEST_NONE)
		return tests[0];
	return rule_group(sca, map, kind, tests, count);
}

/* -------- a check -------- */

static const char *const check_names[] = {
	"id",        "name",        "title",      "description", "rationale",
	"impact",    "remediation", "references", "compliance",  "mitre",
	"condition", "rules",       "regex_type", "cis_level",   "level",
	"levels",    "profile",     "profiles",   NULL,
};

/* Items and waivers call a check by one word. */
static bool read_ref(struct sca *sca, const struct doc *doc, struct text *ref)
{
	struct text id = text_trim(text_under(doc, "id", NULL));
	if (!id.at || id.len > REF_MAX_LEN) {
		load_warn(sca->loader, doc,
			  id.at ? "the id has more than %d bytes; the check is left out"
				: "a check without an id is left out",
			  REF_MAX_LEN);
		return false;
	}
	char *word = arena_copy(sca->loader->arena, id.at, id.len);
	for (size_t i = 0; i < id.len; i++)
		if ((unsigned char)word[i] <= ' ' || word[i] == '/')
			word[i] = '-';
	*ref = (struct text){word, id.len};
	return true;
}

static bool read_check(struct sca *sca, struct map *seen, const struct doc *doc,
		       struct check *check)
{
	*check = (struct check){.line = doc->line, .column = doc->column, .error_skips = true};
	if (doc->kind != DOC_MAP) {
		load_warn(sca->loader, doc, "a check is a map; this one is left out");
		return false;
	}
	check_keys(sca, doc, check_names, "a check");
	check_engine(sca, doc);
	if (!read_ref(sca, doc, &check->ref))
		return false;
	const struct check *before = map_put(seen, check->ref, check);
	if (before) {
		load_warn(sca->loader, doc,
			  "id %.*s stands in line %u already; this check is left out",
			  TEXT_ARG(check->ref), before->line);
		map_put(seen, check->ref, (void *)(uintptr_t)before);
		return false;
	}
	check->name = text_under(doc, "name", "title");
	check->description = text_under(doc, "description", NULL);
	check->rationale = text_under(doc, "rationale", NULL);
	check->remediation = text_under(doc, "remediation", NULL);
	if (!check->name.at)
		check->name = check->ref;
	about_read_compliance(sca, doc, check);
	check->test = read_group(sca, doc);
	return true;
}

static void read_checks(struct sca *sca, const struct doc *doc, struct policy *policy)
{
	scoped(map_free) struct map *seen = map_new();
	size_t count = 0;
	if (doc->kind != DOC_LIST || doc->count == 0) {
		load_wrong(sca->loader, doc, "checks is a list with at least one check");
		return;
	}
	sca->loader->checks += doc->count;
	if (sca->loader->checks > POLICY_CHECKS_MAX) {
		load_wrong(sca->loader, doc, "more than %d checks in a file; split it",
			   POLICY_CHECKS_MAX);
		return;
	}
	struct check *list = arena_get(sca->loader->arena, doc->count, sizeof(*list));
	for (size_t i = 0; i < doc->count && !sca->full; i++)
		count += read_check(sca, seen, doc->items[i], &list[count]);
	if (count == 0 && !sca->full)
		load_wrong(sca->loader, doc, "none of the checks can be read");
	policy->checks = list;
	policy->check_count = count;
}

/* -------- the policy -------- */

static const char *const document_names[] = {"policy", "requirements", "variables",
					     "checks", "muster",       NULL};
static const char *const policy_names[] = {"id",         "file",       "name", "description",
					   "references", "regex_type", NULL};
static const char *const requirement_names[] = {"name",      "title", "description",
						"condition", "rules", NULL};

static void read_policy(struct sca *sca, const struct doc *doc, struct policy *policy)
{
	const struct doc *references = doc_get(doc, "references");
	if (doc->kind != DOC_MAP) {
		load_wrong(sca->loader, doc, "policy is a map: { id: …, name: … }");
		return;
	}
	check_keys(sca, doc, policy_names, "policy");
	check_engine(sca, doc);
	policy->name = text_under(doc, "id", "name");
	if (!policy->name.at)
		load_wrong(sca->loader, doc, "the policy has no id; items are told apart by it");
	if (references && references->kind == DOC_LIST && references->count > 0 &&
	    references->items[0]->kind == DOC_SCALAR)
		policy->url = references->items[0]->text;
}

static void read_requirements(struct sca *sca, const struct doc *doc, struct policy *policy)
{
	enum test_kind kind;
	if (doc_is_null(doc))
		return;
	if (doc->kind != DOC_MAP || !read_condition(doc, &kind)) {
		load_wrong(sca->loader, doc,
			   "requirements is a map with a condition (all, any or none) and rules");
		return;
	}
	check_keys(sca, doc, requirement_names, "requirements");
	policy->requirements_name = text_under(doc, "name", "title");
	policy->requirements = read_group(sca, doc);
}

static void read_document(struct sca *sca, const struct doc *doc)
{
	struct policy policy = {0};
	const struct doc *part = doc_get(doc, "muster");
	check_keys(sca, doc, document_names, "an SCA policy");
	if (part)
		about_read_options(sca, part);
	part = doc_get(doc, "variables");
	if (part && !variable_read(sca, part))
		return;
	part = doc_get(doc, "policy");
	if (!part) {
		load_wrong(sca->loader, doc, "policy is missing: { id: …, name: … }");
		return;
	}
	read_policy(sca, part, &policy);
	part = doc_get(doc, "requirements");
	if (part)
		read_requirements(sca, part, &policy);
	part = doc_get(doc, "checks");
	if (part)
		read_checks(sca, part, &policy);
	else
		load_wrong(sca->loader, doc, "checks is missing: a list of checks");
	*load_policy(sca->loader) = policy;
}

void sca_load(struct loader *loader, struct text text)
{
	struct err err = {0};
	struct doc **docs;
	size_t count;
	if (!doc_parse_loose(text, loader->arena, &docs, &count, &err)) {
		load_err(loader, &err);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (doc_is_null(docs[i]))
			continue;
		if (docs[i]->kind != DOC_MAP) {
			load_wrong(loader, docs[i], "an SCA policy is a map: policy, checks");
			continue;
		}
		scoped(end_sca) struct sca sca = {
			.loader = loader, .expressions = map_new(), .whens = map_new()};
		memcpy(sca.levels, default_levels, sizeof(sca.levels));
		read_document(&sca, docs[i]);
	}
}
