#include <inttypes.h>
#include <string.h>

#include "assess/policy/action.h"
#include "base/buf.h"

#define CONDITIONS_MAX 1000 /* of one search */
#define MATCHES_MAX 1000    /* what matchlimit is when it isn't written */
#define ERRORS_MAX 30	    /* what maxerrors is then */

/* The lists of conditions in a search, in the order in which they are shown. */
static const struct kind {
	const char *key, *shown; /* "contents", content='…' */
	const char *param;	 /* of the probe `files` */
	enum { CHECK_REGEX, CHECK_TEXT, CHECK_DIGEST } check;
} kinds[] = {
	{"names", "name", "name", CHECK_REGEX},	     {"contents", "content", "content", CHECK_REGEX},
	{"sizes", "size", "size", CHECK_TEXT},	     {"modes", "mode", "mode", CHECK_REGEX},
	{"mtimes", "mtime", "mtime", CHECK_TEXT},    {"md5", "md5", "digest", CHECK_DIGEST},
	{"sha1", "sha1", "digest", CHECK_DIGEST},    {"sha2", "sha2", "digest", CHECK_DIGEST},
	{"sha3", "sha3", "digest", CHECK_DIGEST},
};

/* What people write instead, and what they mean. */
static const struct {
	const char *word, *meant;
} synonyms[] = {
	{"regexes", "contents"}, {"regex", "contents"}, {"content", "contents"}, {"path", "paths"},
	{"filename", "names"},	 {"filenames", "names"}, {"sha256", "sha2"},	 {"sha512", "sha2"},
};

struct condition {
	const struct kind *kind;
	const struct doc *doc;
	struct text value; /* as the probe takes it */
};

struct search {
	struct action *action;
	const struct doc *label, *doc;
	struct text *paths;
	size_t path_count;
	struct condition *conditions;
	size_t count, room;
	struct {
		bool matchall, macroal, returnsha256, decompress;
		int64_t maxdepth, matchlimit, maxerrors;
		const struct doc *mismatch;
	} options;
};

/* -------- reading -------- */

static bool read_condition(struct search *search, const struct kind *kind, const struct doc *doc,
			   struct text *value)
{
	struct loader *loader = search->action->loader;
	const char *digest;
	if (doc->kind != DOC_SCALAR || doc->text.len == 0)
		return load_wrong(loader, doc, "%s lists texts", kind->key);
	*value = doc->text;
	if (kind->check == CHECK_REGEX)
		return action_check_regex(search->action, doc);
	if (kind->check == CHECK_TEXT)
		return true;
	digest = action_digest(search->action, doc, kind->key);
	if (digest)
		*value = text_of(arena_print(loader->arena, "%s:%.*s", digest, TEXT_ARG(doc->text)));
	return digest != NULL;
}

static void read_conditions(struct search *search, const struct kind *kind, const struct doc *list)
{
	struct loader *loader = search->action->loader;
	if (list->kind != DOC_LIST) {
		load_wrong(loader, list, "%s is a list", kind->key);
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		struct condition condition = {.kind = kind, .doc = list->items[i]};
		if (!read_condition(search, kind, list->items[i], &condition.value))
			continue;
		if (search->count == CONDITIONS_MAX) {
			load_wrong(loader, list, "more than %d conditions in a search", CONDITIONS_MAX);
			return;
		}
		search->conditions = arena_grow(loader->arena, search->conditions, &search->room,
						search->count + 1, sizeof(*search->conditions));
		search->conditions[search->count++] = condition;
	}
}

static bool read_paths(struct search *search)
{
	struct loader *loader = search->action->loader;
	const struct doc *paths = doc_get(search->doc, "paths");
	if (!paths || paths->kind != DOC_LIST || paths->count == 0)
		return load_wrong(loader, paths ? paths : search->doc,
				  "a search has a list of \"paths\" to look in: [\"/etc\"]");
	search->paths = arena_get(loader->arena, paths->count, sizeof(*search->paths));
	search->path_count = paths->count;
	bool good = true;
	for (size_t i = 0; i < paths->count; i++)
		if (paths->items[i]->kind == DOC_SCALAR && text_starts(paths->items[i]->text, "/"))
			search->paths[i] = paths->items[i]->text;
		else
			good = load_wrong(loader, paths->items[i], "a path is a text that begins with /");
	return good;
}

static bool read_number(struct search *search, const struct doc *doc, const char *name, int64_t *number)
{
	return (doc_int(doc, number) && *number >= 0 && *number <= 1000000) ||
	       load_wrong(search->action->loader, doc, "%s is a number from 0 to 1000000", name);
}

static bool refuse_option(struct search *search, const struct doc *key)
{
	static const char *const known[] = {"matchall",  "macroal",  "maxdepth",     "matchlimit",
					    "maxerrors", "mismatch", "returnsha256", "decompress"};
	struct near near = near_begin(key->text);
	for (size_t i = 0; i < array_len(known); i++)
		near_try(&near, known[i]);
	return load_unknown(search->action->loader, key, "option", &near,
			    "write matchall, macroal, maxdepth, matchlimit, maxerrors, mismatch or "
			    "returnsha256");
}

static bool read_option(struct search *search, const struct doc *key, const struct doc *value)
{
	struct loader *loader = search->action->loader;
	const struct {
		const char *name;
		bool *flag;
		int64_t *number;
	} options[] = {
		{"matchall", &search->options.matchall, NULL},
		{"macroal", &search->options.macroal, NULL},
		{"returnsha256", &search->options.returnsha256, NULL},
		{"decompress", &search->options.decompress, NULL},
		{"maxdepth", NULL, &search->options.maxdepth},
		{"matchlimit", NULL, &search->options.matchlimit},
		{"maxerrors", NULL, &search->options.maxerrors},
	};
	for (size_t i = 0; i < array_len(options); i++) {
		if (!text_is(key->text, options[i].name))
			continue;
		if (options[i].number)
			return read_number(search, value, options[i].name, options[i].number);
		return doc_bool(value, options[i].flag) ||
		       load_wrong(loader, value, "%s is true or false", options[i].name);
	}
	if (!text_is(key->text, "mismatch"))
		return refuse_option(search, key);
	search->options.mismatch = value;
	return value->kind == DOC_LIST ||
	       load_wrong(loader, value, "mismatch is a list of kinds: [\"content\"]");
}

static bool read_options(struct search *search)
{
	struct loader *loader = search->action->loader;
	const struct doc *options = doc_get(search->doc, "options");
	search->options.matchlimit = MATCHES_MAX;
	search->options.maxerrors = ERRORS_MAX;
	if (!options)
		return true;
	if (options->kind != DOC_MAP)
		return load_wrong(loader, options, "options is an object: { \"matchall\": true }");
	bool good = true;
	for (size_t i = 0; i < options->count; i++)
		good &= read_option(search, options->keys[i], options->items[i]);
	if (search->options.matchlimit == 0)
		search->options.matchlimit = MATCHES_MAX;
	if (search->options.decompress)
		return load_wrong(loader, doc_key(options, "decompress"),
				  "decompress is not supported: files are searched as they are; leave it out");
	return good;
}

/* Whether it is a key of a search; conditions are read away. */
static bool read_key(struct search *search, const struct doc *key, const struct doc *value)
{
	struct loader *loader = search->action->loader;
	struct near near = near_begin(key->text);
	for (size_t i = 0; i < array_len(kinds); i++) {
		if (text_is(key->text, kinds[i].key))
			return true;
		near_try(&near, kinds[i].key);
	}
	if (text_is(key->text, "paths") || text_is(key->text, "options"))
		return true;
	if (text_is(key->text, "description"))
		return value->kind == DOC_SCALAR || value->kind == DOC_MAP;
	for (size_t i = 0; i < array_len(synonyms); i++)
		if (text_is(key->text, synonyms[i].word))
			near.best = synonyms[i].meant;
	return load_unknown(loader, key, "key of a search", &near,
			    "write paths, names, contents, sizes, modes, mtimes, md5, sha1, sha2, sha3 or "
			    "options");
}

/* -------- the checks of a search -------- */

static void put_condition(struct buf *out, const struct condition *condition)
{
	buf_cstr(out, out->len > 0 ? " and " : "");
	buf_print(out, "%s='%.*s'", condition->kind->shown, TEXT_ARG(condition->doc->text));
}

static void set_conditions(struct search *search, struct test *test, const struct condition *first,
			   size_t count)
{
	static const char *const params[] = {"name", "content", "size", "mode", "mtime", "digest"};
	struct arena *arena = search->action->loader->arena;
	for (size_t i = 0; i < array_len(params); i++) {
		struct text *values = arena_get(arena, count, sizeof(*values));
		size_t found = 0;
		for (size_t j = 0; j < count; j++)
			if (strcmp(first[j].kind->param, params[i]) == 0)
				values[found++] = first[j].value;
		if (found > 0)
			action_set_texts(search->action, test, params[i], values, found);
	}
}

/* MIG names the kinds as we do, but for digests, each of which has its own name there. */
static bool set_mismatch(struct search *search, struct test *test)
{
	const struct doc *mismatch = search->options.mismatch;
	struct loader *loader = search->action->loader;
	if (!mismatch || mismatch->count == 0)
		return true;
	struct text *names = arena_get(loader->arena, mismatch->count, sizeof(*names));
	for (size_t i = 0; i < mismatch->count; i++) {
		struct near near = near_begin(mismatch->items[i]->text);
		const char *param = NULL;
		for (size_t j = 0; j < array_len(kinds); j++) {
			near_try(&near, kinds[j].shown);
			if (text_is(near.word, kinds[j].shown))
				param = kinds[j].param;
		}
		if (!param)
			return load_unknown(loader, mismatch->items[i], "kind of condition", &near,
					    "write name, content, size, mode, mtime, md5, sha1, sha2 or sha3");
		names[i] = text_of(param);
	}
	action_set_texts(search->action, test, "mismatch", names, mismatch->count);
	return true;
}

static bool has_kind(const struct condition *first, size_t count, const char *param)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(first[i].kind->param, param) == 0)
			return true;
	return false;
}

static struct test *build_test(struct search *search, const struct condition *first, size_t count)
{
	struct action *action = search->action;
	bool rest = has_kind(first, count, "name") && count > 1;
	struct text query = rest ? TEXT("matched:true") : TEXT("*");
	struct test *test = action_test(action, search->doc, "files", query);
	action_set_texts(action, test, "path", search->paths, search->path_count);
	set_conditions(search, test, first, count);
	if (!set_mismatch(search, test))
		return NULL;
	if (search->options.maxdepth > 0)
		action_set_number(test, "depth",
				  search->options.maxdepth < GATHER_WALK_DEPTH_MAX
					  ? search->options.maxdepth
					  : GATHER_WALK_DEPTH_MAX);
	action_set_number(test, "limit", search->options.matchlimit);
	action_set_number(test, "max_errors", search->options.maxerrors);
	if (search->options.macroal)
		action_set_number(test, "every_line", true);
	if (rest)
		action_set_number(test, "rest", true);
	test->any_row_shown = rest;
	test->evidence_field = search->options.returnsha256 ? "sha256" : NULL;
	test->query = load_query(action->loader, search->doc, query, NULL);
	return test;
}

static struct text join_paths(struct search *search)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < search->path_count; i++) {
		buf_cstr(&out, i > 0 ? ", " : "");
		buf_text(&out, search->paths[i]);
	}
	return arena_text(search->action->loader->arena, buf_view(&out));
}

static void add_check(struct search *search, const struct condition *first, size_t count)
{
	struct loader *loader = search->action->loader;
	scoped(buf_end) struct buf shown = {0};
	const struct doc *at = count == 1 ? first->doc : search->doc;
	for (size_t i = 0; i < count; i++)
		put_condition(&shown, &first[i]);
	if (count == 0)
		buf_cstr(&shown, "exists");
	struct test *test = build_test(search, first, count);
	if (!test || !compile_finish(loader, at, test))
		return;
	test->shown_type = TEXT("file");
	test->shown = arena_text(loader->arena, buf_view(&shown));
	struct check *check = action_add(search->action, at, search->label->text);
	if (!check)
		return;
	check->test = test;
	check->location = join_paths(search);
	check->location_found = true;
	check->part = text_of(arena_print(loader->arena, "%.*s\n%.*s", TEXT_ARG(search->label->text),
					  TEXT_ARG(test->shown)));
}

static void load_search(struct action *action, const struct doc *label, const struct doc *doc)
{
	struct search search = {.action = action, .label = label, .doc = doc};
	size_t errors = action->loader->findings->errors;
	if (doc->kind != DOC_MAP) {
		load_wrong(action->loader, doc, "a search is an object with paths and conditions");
		return;
	}
	for (size_t i = 0; i < doc->count; i++)
		(void)!read_key(&search, doc->keys[i], doc->items[i]);
	bool good = read_paths(&search);
	good &= read_options(&search);
	for (size_t i = 0; i < array_len(kinds); i++) {
		const struct doc *list = doc_get(doc, kinds[i].key);
		if (list)
			read_conditions(&search, &kinds[i], list);
	}
	if (!good || action->loader->findings->errors > errors)
		return;
	if (search.options.matchall || search.count <= 1) {
		add_check(&search, search.conditions, search.count);
		return;
	}
	for (size_t i = 0; i < search.count; i++)
		add_check(&search, &search.conditions[i], 1);
}

void search_load(struct action *action, const struct doc *parameters)
{
	struct loader *loader = action->loader;
	const struct doc *searches = doc_get(parameters, "searches");
	for (size_t i = 0; i < parameters->count; i++) {
		struct near near = near_begin(parameters->keys[i]->text);
		near_try(&near, "searches");
		if (parameters->items[i] != searches)
			load_unknown(loader, parameters->keys[i], "parameter of file", &near,
				     "write searches");
	}
	if (!searches || searches->kind != DOC_MAP || searches->count == 0) {
		load_wrong(loader, searches ? searches : parameters,
			   "file has \"searches\": { \"label\": { \"paths\": [\"/etc\"] } }");
		return;
	}
	for (size_t i = 0; i < searches->count; i++)
		load_search(action, searches->keys[i], searches->items[i]);
}
