#include <string.h>

#include "assess/command/split.h"
#include "assess/policy/load.h"

/* One test of a probe while it is read. */
struct draft {
	struct loader *loader;
	const struct doc *doc;
	struct test *test;
	const struct probe *probe;
	struct matcher_list matchers;
	struct content_list contents;
	struct rows_test *rows;
	size_t rows_room;
	unsigned depth;
};

static const struct {
	const char *name;
	enum test_kind kind;
} groups[] = {{"all", TEST_ALL}, {"any", TEST_ANY}, {"none", TEST_NONE}};

static const struct {
	const char *name;
	enum rows_kind kind;
} rows_words[] = {{"every", ROWS_EVERY}, {"some", ROWS_SOME}, {"no", ROWS_NO}, {"only", ROWS_ONLY}};

static const struct probe_param *find_param(const struct probe *probe, struct text name)
{
	for (size_t i = 0; i < probe->param_count; i++)
		if (text_is(name, probe->params[i].name) && !probe->params[i].internal)
			return &probe->params[i];
	return NULL;
}

static bool find_field(const struct probe *probe, struct text name, unsigned *field)
{
	for (size_t i = 0; i < probe->field_count; i++)
		if (text_is(name, probe->fields[i].name)) {
			*field = (unsigned)i;
			return true;
		}
	return false;
}

static unsigned subject_field(const struct probe *probe)
{
	for (size_t i = 0; i < probe->field_count; i++)
		if (probe->fields[i].subject)
			return (unsigned)i;
	return MATCH_ROW;
}

static void want_field(struct test *test, unsigned field)
{
	if (field != MATCH_ROW)
		test->call.fields |= UINT64_C(1) << field;
}

/* -------- what stands in a test -------- */

static bool refuse_field(struct draft *draft, const struct doc *key)
{
	struct near near = near_begin(key->text);
	for (size_t i = 0; i < draft->probe->field_count; i++)
		near_try(&near, draft->probe->fields[i].name);
	return load_unknown(draft->loader, key, "field", &near,
			    arena_print(draft->loader->arena, "\"muster probes %s\" lists them",
					draft->probe->name));
}

static bool read_rows(struct draft *draft, const struct doc *doc, enum rows_kind kind)
{
	struct loader *loader = draft->loader;
	struct matcher_list matchers = {0};
	if (doc->kind != DOC_MAP || doc->count == 0)
		return load_wrong(loader, doc, "write a map of fields and values: { name: root }");
	bool good = true;
	for (size_t i = 0; i < doc->count; i++) {
		unsigned field;
		if (!find_field(draft->probe, doc->keys[i]->text, &field)) {
			good = refuse_field(draft, doc->keys[i]);
			continue;
		}
		want_field(draft->test, field);
		good &= matcher_read(loader, draft->probe, field, doc->items[i], &matchers);
	}
	struct test *test = draft->test;
	draft->rows = arena_grow(loader->arena, draft->rows, &draft->rows_room,
				 test->rows_count + 1, sizeof(*draft->rows));
	draft->rows[test->rows_count++] = (struct rows_test){
		.kind = kind, .matchers = matchers.at, .count = matchers.count};
	return good;
}

static bool read_subject_word(struct draft *draft, const struct doc *key, const struct doc *value)
{
	unsigned subject = subject_field(draft->probe);
	if (subject == MATCH_ROW && !text_is(key->text, "exists"))
		return load_wrong(
			draft->loader, key,
			"%s has several values, so %.*s must stand under one of them: %s: "
			"{%.*s: …}",
			draft->probe->name, TEXT_ARG(key->text), draft->probe->fields[0].name,
			TEXT_ARG(key->text));
	want_field(draft->test, subject);
	return matcher_read_word(draft->loader, draft->probe, subject, key, value,
				 &draft->matchers);
}

static bool refuse_key(struct draft *draft, const struct doc *key)
{
	const struct probe *probe = draft->probe;
	struct near near = near_begin(key->text);
	for (size_t i = 0; i < probe->param_count; i++)
		if (!probe->params[i].internal)
			near_try(&near, probe->params[i].name);
	for (size_t i = 0; i < probe->field_count && !probe->table; i++)
		near_try(&near, probe->fields[i].name);
	if (probe->content)
		content_try_words(&near);
	for (size_t i = 0; i < array_len(rows_words) && probe->table; i++)
		near_try(&near, rows_words[i].name);
	if (probe->table)
		near_try(&near, "count");
	else
		matcher_try_words(&near);
	return load_unknown(
		draft->loader, key,
		arena_print(draft->loader->arena, "key of a %s test", probe->name), &near,
		arena_print(draft->loader->arena, "\"muster probes %s\" lists them", probe->name));
}

/* Words that only table probes or only content have; *known tells whether it was one. */
static bool read_word(struct draft *draft, const struct doc *key, const struct doc *value,
		      bool *known)
{
	struct test *test = draft->test;
	*known = true;
	if (draft->probe->content && content_is_word(key->text))
		return content_read(draft->loader, key, value, &draft->contents);
	for (size_t i = 0; i < array_len(rows_words) && draft->probe->table; i++)
		if (text_is(key->text, rows_words[i].name))
			return read_rows(draft, value, rows_words[i].kind);
	if (draft->probe->table && text_is(key->text, "count")) {
		test->has_count = true;
		return matcher_read_count(draft->loader, value, &test->count_at_least,
					  &test->count_at_most);
	}
	*known = false;
	return true;
}

/* Values whose names share what stands before a dot, as a map: certificate: {expires: …}. */
static bool is_family(const struct probe *probe, const struct doc *key, const struct doc *value)
{
	bool any = false;
	for (size_t i = 0; i < probe->field_count; i++)
		any |= text_starts(text_of(probe->fields[i].name), key->text.at) &&
		       probe->fields[i].name[key->text.len] == '.';
	return any && value->kind == DOC_MAP && value->count > 0;
}

static bool read_family(struct draft *draft, const struct doc *key, const struct doc *value)
{
	bool good = true;
	for (size_t i = 0; i < value->count; i++) {
		struct doc name = *value->keys[i];
		unsigned field;
		name.text = text_of(arena_print(draft->loader->arena, "%.*s.%.*s",
						TEXT_ARG(key->text), TEXT_ARG(name.text)));
		if (!find_field(draft->probe, name.text, &field)) {
			good = refuse_field(draft, &name);
			continue;
		}
		want_field(draft->test, field);
		good &= matcher_read(draft->loader, draft->probe, field, value->items[i],
				     &draft->matchers);
	}
	return good;
}

static bool read_key(struct draft *draft, const struct doc *key, const struct doc *value)
{
	const struct probe_param *param = find_param(draft->probe, key->text);
	bool known;
	unsigned field;
	if (param)
		return param_read(draft->loader, param, value, &draft->test->call);
	bool good = read_word(draft, key, value, &known);
	if (known)
		return good;
	if (draft->probe->table)
		return refuse_key(draft, key);
	if (text_is(key->text, "exists"))
		return read_subject_word(draft, key, value);
	if (find_field(draft->probe, key->text, &field)) {
		want_field(draft->test, field);
		return matcher_read(draft->loader, draft->probe, field, value, &draft->matchers);
	}
	if (matcher_is_word(key->text))
		return read_subject_word(draft, key, value);
	if (is_family(draft->probe, key, value))
		return read_family(draft, key, value);
	return refuse_key(draft, key);
}

/* -------- the probe and its subject -------- */

/* What must hold for a test to apply stands beside what must hold. */
static bool is_when(const struct doc *key)
{
	return text_is(key->text, "when");
}

/* The key that names the probe: the first one that does and whose probe knows the other candidates.
 */
static const struct probe *choose_probe(const struct doc *doc, size_t *at)
{
	const struct probe *first = NULL;
	for (size_t i = 0; i < doc->count; i++) {
		const struct probe *probe = probe_find(doc->keys[i]->text);
		if (!probe)
			continue;
		bool all_known = true;
		for (size_t j = 0; j < doc->count; j++) {
			struct text name = doc->keys[j]->text;
			all_known &= j == i || !probe_find(name) || find_param(probe, name) ||
				     find_field(probe, name, &(unsigned){0});
		}
		if (!first || all_known) {
			first = probe;
			*at = i;
		}
		if (all_known)
			break;
	}
	return first;
}

static bool refuse_probe(struct loader *loader, const struct doc *doc)
{
	struct near best = {.far = 100};
	const struct doc *at = doc->keys[0];
	for (size_t i = 0; i < doc->count; i++) {
		struct near near = near_begin(doc->keys[i]->text);
		if (matcher_is_word(near.word))
			continue;
		for (size_t j = 0; probes[j]; j++)
			near_try(&near, probes[j]->name);
		for (size_t j = 0; j < array_len(groups); j++)
			near_try(&near, groups[j].name);
		if (near.best && near.far < best.far) {
			best = near;
			at = doc->keys[i];
		}
	}
	if (!best.best)
		best.word = at->text;
	return load_unknown(loader, at, "probe", &best,
			    "\"muster probes\" lists what can be tested");
}

static struct query_schema schema_of(struct loader *loader, const struct probe *probe)
{
	struct query_field *fields = arena_get(loader->arena, probe->field_count, sizeof(*fields));
	for (size_t i = 0; i < probe->field_count; i++)
		fields[i] = (struct query_field){.name = probe->fields[i].name,
						 .type = probe->fields[i].type,
						 .words = probe->fields[i].words};
	return (struct query_schema){.fields = fields, .count = probe->field_count};
}

/* Costly fields are read when the query names them. */
static void want_named(struct test *test, struct text query)
{
	const struct probe *probe = test->call.probe;
	for (size_t i = 0; i < probe->field_count; i++)
		if (text_find(query, text_of(probe->fields[i].name), &(size_t){0}))
			want_field(test, (unsigned)i);
}

/* A list of words, as the line that splits into them. */
static bool read_words(struct draft *draft, const struct doc *doc)
{
	struct loader *loader = draft->loader;
	struct text *words = arena_get(loader->arena, doc->count, sizeof(*words));
	for (size_t i = 0; i < doc->count; i++) {
		if (doc->items[i]->kind != DOC_SCALAR)
			return load_wrong(loader, doc->items[i], "%s is a list of words; write %s",
					  draft->probe->name, draft->probe->subject_example);
		words[i] = doc->items[i]->text;
	}
	draft->test->call.subject = command_join(words, doc->count, loader->arena);
	return doc->count > 0 || load_wrong(loader, doc, "the list is empty; write %s",
					    draft->probe->subject_example);
}

static bool read_subject(struct draft *draft, const struct doc *doc)
{
	struct test *test = draft->test;
	if (doc->kind == DOC_LIST && draft->probe->words)
		return read_words(draft, doc);
	if (doc->kind != DOC_SCALAR || (text_trim(doc->text).len == 0 && !draft->probe->table))
		return load_wrong(draft->loader, doc, "%s wants %s; write for example %s",
				  draft->probe->name, draft->probe->subject_help,
				  draft->probe->subject_example);
	test->call.subject = doc->text;
	if (!draft->probe->table)
		return true;
	struct query_schema schema = schema_of(draft->loader, draft->probe);
	struct text query = doc_is_null(doc) ? TEXT("*") : doc->text;
	want_named(test, query);
	test->query = load_query(draft->loader, doc, query, &schema);
	return test->query != NULL;
}

bool compile_finish(struct loader *loader, const struct doc *at, struct test *test)
{
	struct err err = {0};
	if (!test->call.probe->table && test->matcher_count == 0 && test->content_count == 0) {
		struct matcher *exists = arena_get(loader->arena, 1, sizeof(*exists));
		*exists = (struct matcher){.kind = MATCH_EXISTS,
					   .field = subject_field(test->call.probe),
					   .truth = true};
		want_field(test, exists->field);
		test->matchers = exists;
		test->matcher_count = 1;
	}
	unsigned field;
	if (test->evidence_field &&
	    find_field(test->call.probe, text_of(test->evidence_field), &field))
		want_field(test, field);
	if (test->call.probe->check && !test->call.probe->check(&test->call, &err))
		return load_wrong(loader, at, "%s", err.text);
	show_test(loader, test);
	return true;
}

static bool compile_probe(struct loader *loader, const struct doc *doc, struct test *test)
{
	struct draft draft = {.loader = loader, .doc = doc, .test = test};
	size_t at = 0;
	draft.probe = choose_probe(doc, &at);
	if (!draft.probe)
		return refuse_probe(loader, doc);
	test->kind = TEST_PROBE;
	test->call.probe = draft.probe;
	bool good = read_subject(&draft, doc->items[at]);
	for (size_t i = 0; i < doc->count; i++)
		if (i != at && !is_when(doc->keys[i]))
			good &= read_key(&draft, doc->keys[i], doc->items[i]);
	test->matchers = draft.matchers.at;
	test->matcher_count = draft.matchers.count;
	test->contents = draft.contents.at;
	test->content_count = draft.contents.count;
	test->rows = draft.rows;
	return good && compile_finish(loader, doc, test);
}

/* -------- the tree -------- */

static struct test *compile(struct loader *loader, const struct doc *doc, unsigned depth);

static bool compile_group(struct loader *loader, const struct doc *doc, struct test *test,
			  unsigned depth)
{
	size_t at = is_when(doc->keys[0]);
	const struct doc *list = doc->items[at];
	for (size_t i = 0; i < doc->count; i++)
		if (i != at && !is_when(doc->keys[i]))
			return load_wrong(loader, doc->keys[i],
					  "\"%.*s\" stands beside \"%.*s\"; put it into a test of "
					  "the list",
					  TEXT_ARG(doc->keys[i]->text),
					  TEXT_ARG(doc->keys[at]->text));
	if (list->kind != DOC_LIST || list->count == 0)
		return load_wrong(loader, list, "%.*s wants a list of tests",
				  TEXT_ARG(doc->keys[at]->text));
	test->tests = arena_get(loader->arena, list->count, sizeof(struct test *));
	test->test_count = list->count;
	bool good = true;
	for (size_t i = 0; i < list->count; i++) {
		test->tests[i] = compile(loader, list->items[i], depth + 1);
		good &= test->tests[i] != NULL;
	}
	if (good)
		show_test(loader, test);
	return good;
}

static bool check_place(struct loader *loader, const struct doc *doc, unsigned depth)
{
	if (doc->kind != DOC_MAP || doc->count == 0)
		return load_wrong(loader, doc,
				  "a test is a map: a probe with its matchers, or all, any, none");
	if (depth > POLICY_TEST_DEPTH_MAX)
		return load_wrong(loader, doc, "tests are nested too deeply; at most %d levels",
				  POLICY_TEST_DEPTH_MAX);
	if (++loader->tests > POLICY_TESTS_MAX)
		return load_wrong(loader, doc, "too many tests; at most %d in a file",
				  POLICY_TESTS_MAX);
	if (doc->count == 1 && is_when(doc->keys[0]))
		return load_wrong(loader, doc,
				  "the test has a \"when\" alone; write what must hold beside it");
	return true;
}

static struct test *compile(struct loader *loader, const struct doc *doc, unsigned depth)
{
	if (!check_place(loader, doc, depth))
		return NULL;
	struct test *test = arena_get(loader->arena, 1, sizeof(*test));
	const struct doc *when = doc_get(doc, "when");
	const struct doc *first = doc->keys[is_when(doc->keys[0])];
	test->line = doc->line;
	test->column = doc->column;
	test->when = when ? compile(loader, when, depth + 1) : NULL;
	bool good = !when || test->when;
	for (size_t i = 0; i < array_len(groups); i++)
		if (text_is(first->text, groups[i].name)) {
			test->kind = groups[i].kind;
			return compile_group(loader, doc, test, depth) && good ? test : NULL;
		}
	return compile_probe(loader, doc, test) && good ? test : NULL;
}

struct test *compile_test(struct loader *loader, const struct doc *doc)
{
	return compile(loader, doc, 0);
}
