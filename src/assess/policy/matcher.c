#include <string.h>

#include "assess/policy/load.h"

#define LIST_MAX 1000 /* members of one_of and its kin */

enum takes { TAKES_VALUE, TAKES_ORDERED, TAKES_VALUES, TAKES_REGEX, TAKES_TEXTS, TAKES_BOOL };

static const struct word {
	const char *name;
	enum takes takes;
} words[] = {
	[MATCH_EQUALS] = {"equals", TAKES_VALUE},
	[MATCH_NOT_EQUALS] = {"not_equals", TAKES_VALUE},
	[MATCH_ONE_OF] = {"one_of", TAKES_VALUES},
	[MATCH_NONE_OF] = {"none_of", TAKES_VALUES},
	[MATCH_AT_LEAST] = {"at_least", TAKES_ORDERED},
	[MATCH_AT_MOST] = {"at_most", TAKES_ORDERED},
	[MATCH_MATCHES] = {"matches", TAKES_REGEX},
	[MATCH_NOT_MATCHES] = {"not_matches", TAKES_REGEX},
	[MATCH_CONTAINS] = {"contains", TAKES_TEXTS},
	[MATCH_EXCLUDES] = {"excludes", TAKES_TEXTS},
	[MATCH_ONLY] = {"only", TAKES_TEXTS},
	[MATCH_EXISTS] = {"exists", TAKES_BOOL},
};

static const char *const type_examples[] = {
	[VALUE_NONE] = "",
	[VALUE_BOOL] = "true",
	[VALUE_INT] = "3",
	[VALUE_SIZE] = "10M",
	[VALUE_SPAN] = "90d",
	[VALUE_TIME] = "2026-11-24",
	[VALUE_MODE] = "\"0640\"",
	[VALUE_TEXT] = "\"no\"",
	[VALUE_VERSION] = "\"1:9.2\"",
	[VALUE_ADDRESS] = "10.0.0.1",
	[VALUE_LEVEL] = "medium",
	[VALUE_TLS] = "intermediate",
	[VALUE_LIST] = "[a, b]",
};

static bool find_word(struct text text, enum matcher_kind *kind)
{
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is(text, words[i].name)) {
			*kind = (enum matcher_kind)i;
			return true;
		}
	return false;
}

bool matcher_is_word(struct text word)
{
	enum matcher_kind kind;
	return find_word(word, &kind);
}

const char *matcher_word(enum matcher_kind kind)
{
	return words[kind].name;
}

void matcher_try_words(struct near *near)
{
	for (size_t i = 0; i < array_len(words); i++)
		near_try(near, words[i].name);
}

/* One scalar as a value of the field's type. */
static bool read_value(struct loader *loader, const struct probe_field *field,
		       const struct doc *doc, struct value *value)
{
	if (doc->kind != DOC_SCALAR)
		return load_wrong(loader, doc, "%s is compared with one value here, for example %s",
				  field->name, type_examples[field->type]);
	if (!value_read(field->type, doc->text, value))
		return load_wrong(loader, doc, "\"%.*s\" is no %s for %s; write for example %s",
				  (int)text_cut(doc->text, 60), doc->text.at,
				  value_type_name(field->type), field->name,
				  type_examples[field->type]);
	return true;
}

/* The members of a list, or one scalar as a list of one. */
static bool members(struct loader *loader, const struct doc *doc, const char *word,
		    const struct doc *const **items, size_t *count)
{
	if (doc->kind == DOC_MAP || (doc->kind == DOC_LIST && doc->count == 0))
		return load_wrong(loader, doc, "%s wants a list of values: [a, b]", word);
	if (doc->kind == DOC_LIST && doc->count > LIST_MAX)
		return load_wrong(loader, doc, "%s lists %zu values; at most %d are taken", word,
				  doc->count, LIST_MAX);
	const struct doc **list = arena_get(loader->arena, doc->kind == DOC_LIST ? doc->count : 1,
					    sizeof(*list));
	*count = doc->kind == DOC_LIST ? doc->count : 1;
	for (size_t i = 0; i < *count; i++)
		list[i] = doc->kind == DOC_LIST ? doc->items[i] : doc;
	*items = list;
	return true;
}

static bool read_values(struct loader *loader, const struct probe_field *field,
			const struct doc *doc, const char *word, struct matcher *matcher)
{
	const struct doc *const *items;
	if (!members(loader, doc, word, &items, &matcher->count))
		return false;
	struct value *values = arena_get(loader->arena, matcher->count, sizeof(*values));
	bool good = true;
	for (size_t i = 0; i < matcher->count; i++)
		good &= read_value(loader, field, items[i], &values[i]);
	matcher->values = values;
	return good;
}

/* A list of texts as one value of type VALUE_LIST. */
static bool read_list(struct loader *loader, const struct doc *doc, const char *word,
		      struct matcher *matcher)
{
	const struct doc *const *items;
	size_t count;
	if (!members(loader, doc, word, &items, &count))
		return false;
	struct text *texts = arena_get(loader->arena, count, sizeof(*texts));
	bool good = true;
	for (size_t i = 0; i < count; i++)
		good &= load_text(loader, items[i], "a member of the list", &texts[i]);
	struct value *value = arena_get(loader->arena, 1, sizeof(*value));
	*value = (struct value){.type = VALUE_LIST, .list = texts, .count = count};
	matcher->values = value;
	matcher->count = 1;
	return good;
}

static bool is_ordered(enum value_type type)
{
	return type != VALUE_BOOL && type != VALUE_ADDRESS && type != VALUE_LIST;
}

static bool is_text(enum value_type type)
{
	return type == VALUE_TEXT || type == VALUE_VERSION || type == VALUE_ADDRESS ||
	       type == VALUE_LIST;
}

/* Whether this matcher can be asked of this type; says what to write instead. */
static bool check_type(struct loader *loader, const struct probe_field *field,
		       const struct word *word, const struct doc *key)
{
	bool list = field->type == VALUE_LIST;
	if (word->takes == TAKES_TEXTS && !list && field->type != VALUE_TEXT)
		return load_wrong(loader, key,
				  "%s is for lists, and %s is a %s; write one_of or none_of",
				  word->name, field->name, value_type_name(field->type));
	if (word->takes == TAKES_VALUES && list)
		return load_wrong(loader, key, "%s is a list; write contains, excludes or only",
				  field->name);
	if (word->takes == TAKES_ORDERED && !is_ordered(field->type))
		return load_wrong(loader, key, "%s has no order, so %s says nothing of it",
				  field->name, word->name);
	if (word->takes == TAKES_REGEX && !is_text(field->type))
		return load_wrong(loader, key,
				  "%s is a %s, not a text; write equals, at_least or at_most",
				  field->name, value_type_name(field->type));
	return true;
}

static bool read_operand(struct loader *loader, const struct probe_field *field,
			 const struct word *word, const struct doc *value, struct matcher *matcher)
{
	struct value *one = arena_get(loader->arena, 1, sizeof(*one));
	struct text pattern;
	if (word->takes == TAKES_VALUE && field->type == VALUE_LIST)
		return read_list(loader, value, word->name, matcher);
	switch (word->takes) {
	case TAKES_VALUE:
	case TAKES_ORDERED:
		matcher->values = one;
		matcher->count = 1;
		return read_value(loader, field, value, one);
	case TAKES_VALUES:
		return read_values(loader, field, value, word->name, matcher);
	case TAKES_TEXTS:
		return read_list(loader, value, word->name, matcher);
	case TAKES_REGEX:
		if (!load_text(loader, value, word->name, &pattern))
			return false;
		*one = value_text(VALUE_TEXT, pattern);
		matcher->values = one;
		matcher->count = 1;
		matcher->regex = load_regex(loader, value, pattern, REGEX_NO_JIT);
		return matcher->regex != NULL;
	case TAKES_BOOL:
		if (!doc_bool(value, &matcher->truth))
			return load_wrong(loader, value, "%s is true or false", word->name);
		return true;
	}
	must(false);
}

static void add(struct loader *loader, struct matcher_list *list, struct matcher matcher)
{
	list->at = arena_grow(loader->arena, list->at, &list->room, list->count + 1,
			      sizeof(*list->at));
	list->at[list->count++] = matcher;
}

bool matcher_read_word(struct loader *loader, const struct probe *probe, unsigned field,
		       const struct doc *key, const struct doc *value, struct matcher_list *list)
{
	static const struct probe_field row = {.name = "it", .type = VALUE_TEXT};
	struct matcher matcher = {.field = field};
	if (!find_word(key->text, &matcher.kind)) {
		struct near near = near_begin(key->text);
		matcher_try_words(&near);
		return load_unknown(loader, key, "matcher", &near,
				    "write equals, one_of, at_least, at_most, matches or exists");
	}
	const struct probe_field *about = field == MATCH_ROW ? &row : &probe->fields[field];
	const struct word *word = &words[matcher.kind];
	must(field != MATCH_ROW || matcher.kind == MATCH_EXISTS);
	if (!check_type(loader, about, word, key) ||
	    !read_operand(loader, about, word, value, &matcher))
		return false;
	add(loader, list, matcher);
	return true;
}

bool matcher_read(struct loader *loader, const struct probe *probe, unsigned field,
		  const struct doc *doc, struct matcher_list *list)
{
	const struct probe_field *about = &probe->fields[field];
	struct matcher matcher = {.kind = MATCH_EQUALS, .field = field};
	if (doc->kind == DOC_MAP) {
		bool good = doc->count > 0 ||
			    load_wrong(loader, doc,
				       "%s has no matcher; write for example {equals: %s}",
				       about->name, type_examples[about->type]);
		for (size_t i = 0; i < doc->count; i++)
			good &= matcher_read_word(loader, probe, field, doc->keys[i], doc->items[i],
						  list);
		return good;
	}
	if (doc->kind == DOC_LIST && about->type != VALUE_LIST)
		return load_wrong(loader, doc, "%s is one value; write {one_of: […]}", about->name);
	if (doc->kind == DOC_SCALAR && about->type == VALUE_LIST)
		return load_wrong(loader, doc,
				  "%s is a list; write {contains: %.*s} or {only: [%.*s]}",
				  about->name, (int)text_cut(doc->text, 40), doc->text.at,
				  (int)text_cut(doc->text, 40), doc->text.at);
	if (!read_operand(loader, about, &words[MATCH_EQUALS], doc, &matcher))
		return false;
	add(loader, list, matcher);
	return true;
}

static bool read_bound(struct loader *loader, const struct doc *doc, uint64_t *bound)
{
	if (doc->kind == DOC_SCALAR && text_to_u64(doc->text, 0, UINT32_MAX, bound))
		return true;
	return load_wrong(loader, doc, "count is a number, or {at_least: 1, at_most: 3}");
}

bool matcher_read_count(struct loader *loader, const struct doc *doc, uint64_t *at_least,
			uint64_t *at_most)
{
	*at_least = 0;
	*at_most = UINT64_MAX;
	if (doc->kind == DOC_SCALAR) {
		bool good = read_bound(loader, doc, at_least);
		*at_most = *at_least;
		return good;
	}
	if (doc->kind == DOC_LIST || doc->count == 0)
		return load_wrong(loader, doc, "count is a number, or {at_least: 1, at_most: 3}");
	bool good = true;
	for (size_t i = 0; i < doc->count; i++) {
		struct text key = doc->keys[i]->text;
		struct near near = near_begin(key);
		near_try(&near, "at_least");
		near_try(&near, "at_most");
		if (text_is(key, "at_least"))
			good &= read_bound(loader, doc->items[i], at_least);
		else if (text_is(key, "at_most"))
			good &= read_bound(loader, doc->items[i], at_most);
		else
			good &= load_unknown(loader, doc->keys[i], "matcher of count", &near,
					     "write at_least or at_most");
	}
	return good;
}
