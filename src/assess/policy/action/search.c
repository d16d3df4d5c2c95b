#include <string.h>

#include "assess/policy/action/action.h"
#include "base/time.h"
#include "format/digest.h"
#include "format/quantity.h"

#define LABEL_MAX_LEN 256
#define KINDS_MAX 9
#define VALUES_MAX 10000 /* paths, or conditions of one kind, in a search */

struct kind;

struct condition { /* on one file */
	const struct kind *kind;
	const struct doc *at;
	struct text given; /* as the probe wants it */
	bool inverse;
};

struct search {
	const struct doc *label;
	struct text *paths; /* as the probe wants them */
	size_t path_count;
	struct text place; /* the paths for people */
	struct condition *conditions;
	size_t count, room;
	bool matchall, macroal, returnsha256;
	bool mismatch[KINDS_MAX]; /* by kind */
	int64_t maxdepth, matchlimit, maxerrors;
};

static bool read_expression(struct action *action, struct condition *condition);
static bool read_size(struct action *action, struct condition *condition);
static bool read_mtime(struct action *action, struct condition *condition);
static bool read_hash(struct action *action, struct condition *condition);

#define HASHES_MAX 5

/* In the order in which check.test.value shows them. */
static const struct kind {
	const char *key, *name;      /* in a search; in check.test.value and `mismatch` */
	const char *param, *inverse; /* of `files`; inverse NULL: `mismatch` turns it around */
	bool bang;                   /* "!expression" turns it around too */
	bool (*read)(struct action *action, struct condition *condition);
	const char *hashes[HASHES_MAX]; /* told apart by their length */
} kinds[KINDS_MAX] = {
	{"names", "name", "name", "no_name", true, read_expression, {NULL}},
	{"contents", "content", "content", "no_content", true, read_expression, {NULL}},
	{"sizes", "size", "size", NULL, false, read_size, {NULL}},
	{"modes", "mode", "mode", NULL, false, read_expression, {NULL}},
	{"mtimes", "mtime", "mtime", NULL, false, read_mtime, {NULL}},
	{"md5", "md5", "digest", "no_digest", false, read_hash, {"md5", NULL}},
	{"sha1", "sha1", "digest", "no_digest", false, read_hash, {"sha1", NULL}},
	{"sha2",
	 "sha2",
	 "digest",
	 "no_digest",
	 false,
	 read_hash,
	 {"sha256", "sha384", "sha512", NULL}},
	{"sha3",
	 "sha3",
	 "digest",
	 "no_digest",
	 false,
	 read_hash,
	 {"sha3_224", "sha3_256", "sha3_384", "sha3_512", NULL}},
};

static bool read_expression(struct action *action, struct condition *condition)
{
	struct text text = condition->at->text;
	condition->inverse = condition->kind->bang && text.len > 1 && text.at[0] == '!';
	if (condition->inverse)
		text = (struct text){text.at + 1, text.len - 1};
	condition->given = text;
	return build_expression(action, condition->at, text);
}

static struct text behind_sign(struct text text)
{
	bool sign = text.len > 0 && (text.at[0] == '<' || text.at[0] == '>');
	return sign ? (struct text){text.at + 1, text.len - 1} : text;
}

static bool read_size(struct action *action, struct condition *condition)
{
	uint64_t bytes;
	condition->given = condition->at->text;
	return (quantity_read_size(behind_sign(condition->given), &bytes) && bytes <= INT64_MAX) ||
	       load_wrong(
		       action->loader, condition->at,
		       "a size is bytes, with k, m, g or t behind: \">1g\", \"<10m\" or \"512\"");
}

static bool read_mtime(struct action *action, struct condition *condition)
{
	int64_t span_us;
	struct text text = condition->at->text, span = behind_sign(text);
	condition->given = text;
	return (span.len < text.len && time_read_span(span, &span_us)) ||
	       load_wrong(action->loader, condition->at,
			  "an mtime is \"<90d\" (changed within 90 days) or \">5h\" (not within 5 "
			  "hours)");
}

static bool read_hash(struct action *action, struct condition *condition)
{
	const char *const *hashes = condition->kind->hashes, *hash = hashes[0];
	struct text hex;
	scoped(buf_end) struct buf lengths = {0};
	for (size_t i = 0; hashes[i]; i++) {
		buf_print(&lengths, "%s%zu",
			  i == 0          ? ""
			  : hashes[i + 1] ? ", "
					  : " or ",
			  2 * digest_size(hashes[i]));
		if (2 * digest_size(hashes[i]) == condition->at->text.len)
			hash = hashes[i];
	}
	unsigned char bytes[DIGEST_SIZE_MAX];
	if (!text_to_bytes(condition->at->text, bytes, digest_size(hash)))
		return load_wrong(action->loader, condition->at, "a %s has %s hex digits",
				  condition->kind->name, lengths.at);
	if (!build_digest(action, condition->at, hash, condition->at->text, &hex))
		return false;
	condition->given = text_of(
		arena_print(action->loader->arena, "%s:%.*s", hash, TEXT_ARG(hex)));
	return true;
}

/* A list of texts, or null; false after a finding. */
static bool check_list(struct action *action, const struct doc *doc, const char *what)
{
	struct text text;
	bool good = true;
	if (doc->kind != DOC_LIST || doc->count > VALUES_MAX)
		return doc_is_null(doc) ||
		       load_wrong(action->loader, doc, "%s is a list of at most %d texts", what,
				  VALUES_MAX);
	for (size_t i = 0; i < doc->count; i++)
		good &= load_text(action->loader, doc->items[i], what, &text);
	return good;
}

/* -------- options -------- */

static bool read_truth(struct action *action, const struct doc *doc, const char *what, bool *truth)
{
	return doc_bool(doc, truth) || load_wrong(action->loader, doc, "%s is true or false", what);
}

static bool read_count(struct action *action, const struct doc *doc, const char *what, int64_t most,
		       int64_t *count)
{
	return (doc_int(doc, count) && *count >= 0 && *count <= most) ||
	       load_wrong(action->loader, doc, "%s is a number from 0 to %lld", what,
			  (long long)most);
}

static int64_t most_of(const char *name)
{
	const struct probe *probe = probe_find(TEXT("files"));
	for (size_t i = 0; i < probe->param_count; i++)
		if (strcmp(probe->params[i].name, name) == 0)
			return probe->params[i].max;
	never("a parameter that the probe does not have");
}

static bool read_matchall(struct action *action, const struct doc *doc, void *out)
{
	return read_truth(action, doc, "matchall", &((struct search *)out)->matchall);
}

static bool read_macroal(struct action *action, const struct doc *doc, void *out)
{
	return read_truth(action, doc, "macroal", &((struct search *)out)->macroal);
}

static bool read_sha256(struct action *action, const struct doc *doc, void *out)
{
	return read_truth(action, doc, "returnsha256", &((struct search *)out)->returnsha256);
}

static bool read_decompress(struct action *action, const struct doc *doc, void *out)
{
	bool wanted;
	(void)out;
	if (!read_truth(action, doc, "decompress", &wanted))
		return false;
	return !wanted ||
	       load_wrong(action->loader, doc,
			  "decompress: compressed files are not looked into; take it out to "
			  "search their bytes as they are");
}

static bool read_maxdepth(struct action *action, const struct doc *doc, void *out)
{
	return read_count(action, doc, "maxdepth", most_of("depth"),
			  &((struct search *)out)->maxdepth);
}

static bool read_matchlimit(struct action *action, const struct doc *doc, void *out)
{
	return read_count(action, doc, "matchlimit", most_of("limit"),
			  &((struct search *)out)->matchlimit);
}

static bool read_maxerrors(struct action *action, const struct doc *doc, void *out)
{
	return read_count(action, doc, "maxerrors", most_of("max_errors"),
			  &((struct search *)out)->maxerrors);
}

static bool read_mismatch(struct action *action, const struct doc *doc, void *out)
{
	struct search *search = out;
	bool good = check_list(action, doc, "mismatch");
	for (size_t i = 0; good && i < doc->count; i++) {
		struct near near = near_begin(doc->items[i]->text);
		size_t kind = 0;
		for (; kind < array_len(kinds) && !text_is(near.word, kinds[kind].name); kind++)
			near_try(&near, kinds[kind].name);
		if (kind == array_len(kinds))
			good = load_unknown(
				action->loader, doc->items[i], "kind of condition", &near,
				"write name, size, mode, mtime, content, md5, sha1, sha2 or sha3");
		else
			search->mismatch[kind] = true;
	}
	return good;
}

static const struct action_key option_keys[] = {
	{"matchall", read_matchall},
	{"macroal", read_macroal},
	{"maxdepth", read_maxdepth},
	{"matchlimit", read_matchlimit},
	{"maxerrors", read_maxerrors},
	{"mismatch", read_mismatch},
	{"returnsha256", read_sha256},
	{"decompress", read_decompress},
	{0},
};

/* -------- paths and conditions -------- */

static bool read_paths(struct action *action, struct search *search, const struct doc *paths)
{
	scoped(buf_end) struct buf place = {0};
	if (!paths || paths->kind != DOC_LIST || paths->count == 0)
		return load_wrong(action->loader, paths ? paths : search->label,
				  "a search has paths to look in: \"paths\": [\"/etc\"]");
	if (!check_list(action, paths, "paths"))
		return false;
	search->paths = arena_get(action->loader->arena, paths->count, sizeof(*search->paths));
	search->path_count = paths->count;
	bool good = true;
	for (size_t i = 0; i < paths->count; i++) {
		good &= build_path(action, paths->items[i]);
		search->paths[i] = build_folder(paths->items[i]->text);
		buf_cstr(&place, i > 0 ? ", " : "");
		buf_text(&place, paths->items[i]->text);
	}
	search->place = arena_text(action->loader->arena, buf_view(&place));
	return good;
}

static bool read_conditions(struct action *action, struct search *search, const struct kind *kind,
			    const struct doc *list)
{
	struct arena *arena = action->loader->arena;
	if (!check_list(action, list, kind->key))
		return false;
	bool good = true;
	for (size_t i = 0; i < list->count; i++) {
		search->conditions = arena_grow(arena, search->conditions, &search->room,
						search->count + 1, sizeof(*search->conditions));
		struct condition *condition = &search->conditions[search->count++];
		*condition = (struct condition){.kind = kind, .at = list->items[i]};
		good &= kind->read(action, condition);
	}
	return good;
}

/* What people write instead, and older versions of the format had. */
static const struct {
	const char *word, *meant;
} synonyms[] = {
	{"regexes", "contents"}, {"regex", "contents"}, {"content", "contents"},
	{"filenames", "names"},  {"filename", "names"}, {"sha224", "sha2"},
	{"sha256", "sha2"},      {"sha384", "sha2"},    {"sha512", "sha2"},
};

static bool check_key(struct action *action, const struct doc *key)
{
	static const char *const others[] = {"paths", "options", "description"};
	struct near near = near_begin(key->text);
	for (size_t i = 0; i < array_len(kinds); i++) {
		if (text_is(key->text, kinds[i].key))
			return true;
		near_try(&near, kinds[i].key);
	}
	for (size_t i = 0; i < array_len(others); i++) {
		if (text_is(key->text, others[i]))
			return true;
		near_try(&near, others[i]);
	}
	for (size_t i = 0; i < array_len(synonyms); i++)
		if (text_is(key->text, synonyms[i].word))
			near.best = synonyms[i].meant;
	return load_unknown(
		action->loader, key, "key of a search", &near,
		"write paths, names, contents, sizes, modes, mtimes, md5, sha1, sha2, sha3 "
		"or options");
}

/* -------- the checks of a search -------- */

static bool is_mismatch(const struct search *search, const struct condition *condition)
{
	return search->mismatch[condition->kind - kinds];
}

/* The list of the probe that the condition goes to. `macroal` and `!` want to know of each other
 * there, so what is said of all lines is turned around by the probe's own `mismatch`. */
static const char *param_of(const struct search *search, const struct condition *condition)
{
	const struct kind *kind = condition->kind;
	bool content = strcmp(kind->param, "content") == 0;
	bool inverse = condition->inverse != (!content && is_mismatch(search, condition));
	return inverse && kind->inverse ? kind->inverse : kind->param;
}

static void set_conditions(struct action *action, const struct search *search, struct test *test,
			   const struct condition *first, size_t count)
{
	static const char *const params[] = {"name", "no_name", "content", "no_content", "size",
					     "mode", "mtime",   "digest",  "no_digest"};
	for (size_t i = 0; i < array_len(params); i++) {
		struct text *list = arena_get(action->loader->arena, count, sizeof(*list));
		size_t found = 0;
		for (size_t j = 0; j < count; j++)
			if (strcmp(param_of(search, &first[j]), params[i]) == 0)
				list[found++] = first[j].given;
		if (found > 0)
			build_set_list(test, params[i], list, found);
	}
}

/* Only of the kinds that are asked for, and that have no list of their own for it. */
static void set_mismatch(struct action *action, const struct search *search, struct test *test,
			 const struct condition *first, size_t count)
{
	struct text *list = arena_get(action->loader->arena, KINDS_MAX, sizeof(*list));
	size_t found = 0;
	for (size_t i = 0; i < KINDS_MAX; i++) {
		bool own = kinds[i].inverse && strcmp(kinds[i].param, "content") != 0;
		bool asked = false;
		for (size_t j = 0; j < count; j++)
			asked |= first[j].kind == &kinds[i];
		if (search->mismatch[i] && asked && !own)
			list[found++] = text_of(kinds[i].param);
	}
	if (found > 0)
		build_set_list(test, "mismatch", list, found);
}

static struct test *make_test(struct action *action, const struct search *search,
			      const struct doc *at, const struct condition *first, size_t count)
{
	struct test *test = build_search(action, at);
	if (!test)
		return NULL;
	build_set_list(test, "path", search->paths, search->path_count);
	set_conditions(action, search, test, first, count);
	set_mismatch(action, search, test, first, count);
	if (search->macroal)
		build_set_number(action, test, "every_line", true);
	if (search->maxdepth > 0)
		build_set_number(action, test, "depth", search->maxdepth);
	if (search->matchlimit > 0)
		build_set_number(action, test, "limit", search->matchlimit);
	if (search->maxerrors > 0)
		build_set_number(action, test, "max_errors", search->maxerrors);
	if (search->returnsha256) {
		test->evidence_field = "sha256";
		test->call.fields |= UINT64_C(1) << build_field(test->call.probe, "sha256");
	}
	return test;
}

static bool make_check(struct action *action, const struct search *search, const struct doc *at,
		       const struct condition *first, size_t count)
{
	scoped(buf_end) struct buf value = {0}, part = {0};
	for (size_t i = 0; i < count; i++)
		buf_print(&value, "%s%s='%.*s'", i > 0 ? " and " : "", first[i].kind->name,
			  TEXT_ARG(first[i].at->text));
	build_put_part(&part, search->label->text);
	build_put_part(&part, buf_view(&value));
	if (!build_is_new(action, at, &part))
		return true;
	struct text shown = arena_text(action->loader->arena, buf_view(&value));
	struct test *test = make_test(action, search, at, first, count);
	if (!test || !build_finish(action, at, test, "file", shown))
		return false;
	struct check *check = build_check(action, at, search->label->text, &part, test);
	check->location = search->place;
	check->location_found = true;
	return true;
}

static bool make_checks(struct action *action, const struct search *search)
{
	bool good = true;
	if (search->count == 0)
		return load_wrong(
			action->loader, search->label,
			"the search has no condition; write names, contents, sizes, modes, "
			"mtimes or a digest");
	if (search->matchall)
		return make_check(action, search, search->label, search->conditions, search->count);
	for (size_t i = 0; i < search->count && good; i++)
		good = make_check(action, search, search->conditions[i].at, &search->conditions[i],
				  1);
	return good;
}

/* Two searches of one label would be one to whoever reads the items. */
static bool check_label(struct action *action, const struct doc *label)
{
	struct text text;
	if (!load_text(action->loader, label, "the label of a search", &text))
		return false;
	if (text.len > LABEL_MAX_LEN)
		return load_wrong(action->loader, label,
				  "a label of %zu bytes; at most %d are taken", text.len,
				  LABEL_MAX_LEN);
	return !map_put(action->seen, text, action) ||
	       load_wrong(action->loader, label,
			  "another operation has this label too; write another one");
}

static bool read_search(struct action *action, const struct doc *label, const struct doc *doc)
{
	struct search search = {.label = label};
	if (doc->kind != DOC_MAP)
		return load_wrong(action->loader, doc,
				  "a search is an object with paths and conditions");
	bool good = check_label(action, label);
	for (size_t i = 0; i < doc->count; i++)
		good &= check_key(action, doc->keys[i]);
	const struct doc *options = doc_get(doc, "options");
	if (options && !doc_is_null(options))
		good &= action_read_keys(action, options, option_keys, "options", &search);
	good &= read_paths(action, &search, doc_get(doc, "paths"));
	for (size_t i = 0; i < KINDS_MAX; i++) {
		const struct doc *list = doc_get(doc, kinds[i].key);
		good &= !list || read_conditions(action, &search, &kinds[i], list);
	}
	return good && make_checks(action, &search);
}

static bool read_searches(struct action *action, const struct doc *doc, void *out)
{
	(void)out;
	if (doc->kind != DOC_MAP || doc->count == 0)
		return load_wrong(action->loader, doc,
				  "searches is an object: { \"label\": { \"paths\": [ … ] } }");
	bool good = true;
	for (size_t i = 0; i < doc->count; i++)
		good &= read_search(action, doc->keys[i], doc->items[i]);
	return good;
}

bool search_read(struct action *action, const struct doc *parameters)
{
	static const struct action_key keys[] = {{"searches", read_searches}, {0}};
	if (!doc_get(parameters, "searches"))
		return load_wrong(action->loader, parameters,
				  "the module file has \"searches\": { \"label\": { … } }");
	return action_read_keys(action, parameters, keys, "the parameters of file", NULL);
}
