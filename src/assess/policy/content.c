#include <inttypes.h>

#include "assess/policy/load.h"
#include "base/buf.h"

#define CONDITIONS_MAX 100 /* on one line */
#define SHOWN_MAX 1000     /* bytes of conditions in words */

static const char *const words[] = {
	[CONTENT_REGEX] = "regex", [CONTENT_NO_REGEX] = "no_regex", [CONTENT_LINES] = "lines",
	[CONTENT_LINE] = "line",   [CONTENT_NO_LINE] = "no_line",   [CONTENT_EMPTY] = "empty",
	[CONTENT_WHOLE] = "whole",
};

const char *content_word(enum content_kind kind)
{
	return words[kind];
}

static bool find_word(struct text text, enum content_kind *kind)
{
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is(text, words[i])) {
			*kind = (enum content_kind)i;
			return true;
		}
	return false;
}

bool content_is_word(struct text word)
{
	enum content_kind kind;
	return find_word(word, &kind);
}

void content_try_words(struct near *near)
{
	for (size_t i = 0; i < array_len(words); i++)
		near_try(near, words[i]);
}

void content_add(struct loader *loader, struct content_list *list, struct content_test content)
{
	list->at = arena_grow(loader->arena, list->at, &list->room, list->count + 1,
			      sizeof(*list->at));
	list->at[list->count++] = content;
}

struct regex *content_regex(struct loader *loader, const struct doc *at, struct text pattern)
{
	return load_regex(loader, at, pattern, REGEX_NO_JIT);
}

/* -------- line and no_line -------- */

static const struct line_word {
	const char *name;
	enum line_kind kind;
	bool negated;
} line_words[] = {
	{"matches", LINE_MATCHES, false}, {"not_matches", LINE_MATCHES, true},
	{"equals", LINE_EQUALS, false},   {"not_equals", LINE_EQUALS, true},
	{"number", LINE_NUMBER, false},   {"no_number", LINE_NUMBER, true},
};

static const char line_usage[] =
	"write [ { matches: '^x' }, { number: 'x = (\\d+)', at_most: 3 } ]";

static void show_number(struct buf *out, const struct line_test *line)
{
	if (line->differs)
		buf_print(out, ", not %" PRId64, line->least);
	else if (line->least == line->most)
		buf_print(out, ", equals %" PRId64, line->least);
	if (line->differs || line->least == line->most)
		return;
	if (line->least > INT64_MIN)
		buf_print(out, ", at_least %" PRId64, line->least);
	if (line->most < INT64_MAX)
		buf_print(out, ", at_most %" PRId64, line->most);
}

void content_show_line(struct loader *loader, struct content_test *content)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < content->condition_count && out.len < SHOWN_MAX; i++) {
		const struct line_test *line = &content->conditions[i];
		size_t word = 0;
		while (line_words[word].kind != line->kind ||
		       line_words[word].negated != line->negated)
			word++;
		buf_print(&out, "%s%s ", i > 0 ? " and " : "", line_words[word].name);
		buf_text(&out, line->pattern);
		if (line->kind == LINE_NUMBER)
			show_number(&out, line);
	}
	content->pattern = arena_text(loader->arena, buf_view(&out));
}

static bool read_number(struct loader *loader, const struct doc *doc, const char *word,
			int64_t *number)
{
	if (doc->kind == DOC_SCALAR && text_to_i64(doc->text, INT64_MIN / 2, INT64_MAX / 2, number))
		return true;
	return load_wrong(loader, doc, "%s is a whole number here", word);
}

/* The bounds that stand beside a number. */
static bool read_bound(struct loader *loader, const struct doc *key, const struct doc *value,
		       struct line_test *line)
{
	int64_t number;
	struct near near = near_begin(key->text);
	static const char *const bounds[] = {"at_least", "at_most", "equals", "not_equals"};
	size_t i = 0;
	for (; i < array_len(bounds) && !text_is(key->text, bounds[i]); i++)
		near_try(&near, bounds[i]);
	if (i == array_len(bounds))
		return load_unknown(loader, key, "bound of a number", &near,
				    "write at_least, at_most, equals or not_equals");
	if (!read_number(loader, value, bounds[i], &number))
		return false;
	if (i != 1)
		line->least = number;
	if (i == 1 || i == 2)
		line->most = number;
	line->differs = i == 3;
	return true;
}

static bool read_numeric(struct loader *loader, const struct doc *doc, const struct doc *word,
			 struct line_test *line)
{
	bool good = true;
	line->least = INT64_MIN;
	line->most = INT64_MAX;
	for (size_t i = 0; i < doc->count; i++)
		if (doc->keys[i] != word)
			good &= read_bound(loader, doc->keys[i], doc->items[i], line);
	if (good && line->least == INT64_MIN && line->most == INT64_MAX)
		return load_wrong(loader, doc,
				  "the number is compared with nothing; write at_most: 3");
	if (good &&
	    (doc->count > 3 || (doc->count == 3 && (line->differs || line->least > line->most))))
		return load_wrong(loader, doc, "no number is within these bounds");
	return good;
}

static const struct line_word *find_line_word(const struct doc *key, struct near *near)
{
	const struct line_word *found = NULL;
	for (size_t i = 0; i < array_len(line_words); i++) {
		if (text_is(key->text, line_words[i].name))
			found = &line_words[i];
		near_try(near, line_words[i].name);
	}
	return found;
}

/* Which key of the condition says what it is: beside a number stand its bounds. */
static size_t condition_key(const struct doc *doc)
{
	for (size_t i = 0; i < doc->count; i++)
		if (text_is(doc->keys[i]->text, "number") ||
		    text_is(doc->keys[i]->text, "no_number"))
			return i;
	return 0;
}

static bool read_condition(struct loader *loader, const struct doc *doc, struct line_test *line)
{
	if (doc->kind != DOC_MAP || doc->count == 0)
		return load_wrong(loader, doc, "a condition on a line is a map; %s", line_usage);
	const struct doc *key = doc->keys[condition_key(doc)];
	const struct doc *value = doc->items[condition_key(doc)];
	struct near near = near_begin(key->text);
	const struct line_word *word = find_line_word(key, &near);
	if (!word)
		return load_unknown(loader, key, "condition on a line", &near, line_usage);
	if (word->kind != LINE_NUMBER && doc->count > 1)
		return load_wrong(loader, doc, "one condition a map; %s", line_usage);
	*line = (struct line_test){.kind = word->kind, .negated = word->negated};
	if (word->kind == LINE_EQUALS && value->kind == DOC_SCALAR)
		line->pattern = value->text; /* may be empty */
	else if (!load_text(loader, value, word->name, &line->pattern))
		return false;
	if (word->kind == LINE_EQUALS)
		return true;
	line->regex = content_regex(loader, value, line->pattern);
	return line->regex && (word->kind != LINE_NUMBER || read_numeric(loader, doc, key, line));
}

static bool read_line(struct loader *loader, const struct doc *doc, struct content_test *content)
{
	size_t count = doc->kind == DOC_LIST ? doc->count : 1;
	if (count == 0 || count > CONDITIONS_MAX)
		return load_wrong(loader, doc, "a line has from 1 to %d conditions; %s",
				  CONDITIONS_MAX, line_usage);
	struct line_test *list = arena_get(loader->arena, count, sizeof(*list));
	bool good = true;
	for (size_t i = 0; i < count; i++)
		good &= read_condition(loader, doc->kind == DOC_LIST ? doc->items[i] : doc,
				       &list[i]);
	content->conditions = list;
	content->condition_count = count;
	if (good)
		content_show_line(loader, content);
	return good;
}

/* -------- the others -------- */

static bool read_lines(struct loader *loader, const struct doc *doc, struct content_test *content)
{
	const struct doc *pattern = doc_get(doc, "matches"), *count = doc_get(doc, "count");
	content->at_least = 1;
	content->at_most = UINT64_MAX;
	if (!pattern)
		return load_wrong(
			loader, doc,
			"lines wants an expression; write {matches: '^nameserver', count: 1}");
	for (size_t i = 0; i < doc->count; i++) {
		struct near near = near_begin(doc->keys[i]->text);
		near_try(&near, "matches");
		near_try(&near, "count");
		if (doc->items[i] != pattern && doc->items[i] != count)
			return load_unknown(loader, doc->keys[i], "key of lines", &near,
					    "write matches and count");
	}
	if (!load_text(loader, pattern, "the expression", &content->pattern) ||
	    (count && !matcher_read_count(loader, count, &content->at_least, &content->at_most)))
		return false;
	content->regex = content_regex(loader, pattern, content->pattern);
	return content->regex != NULL;
}

static bool read_one(struct loader *loader, const struct doc *doc, struct content_test *content)
{
	switch (content->kind) {
	case CONTENT_REGEX:
	case CONTENT_NO_REGEX:
		if (!load_text(loader, doc, "the expression", &content->pattern))
			return false;
		content->regex = content_regex(loader, doc, content->pattern);
		return content->regex != NULL;
	case CONTENT_LINES:
		return read_lines(loader, doc, content);
	case CONTENT_LINE:
	case CONTENT_NO_LINE:
		return read_line(loader, doc, content);
	case CONTENT_EMPTY:
		return doc_bool(doc, &content->truth) ||
		       load_wrong(loader, doc, "empty is true or false");
	case CONTENT_WHOLE:
		return load_text(loader, doc, "the whole content", &content->pattern);
	}
	never("a word on content of no kind");
}

bool content_read(struct loader *loader, const struct doc *key, const struct doc *value,
		  struct content_list *list)
{
	struct content_test content = {0};
	must(find_word(key->text, &content.kind));
	bool many = value->kind == DOC_LIST &&
		    (content.kind == CONTENT_REGEX || content.kind == CONTENT_NO_REGEX);
	bool good = !many || value->count > 0 ||
		    load_wrong(loader, value, "the list is empty; write an expression");
	for (size_t i = 0; i < (many ? value->count : 1); i++) {
		struct content_test one = {.kind = content.kind};
		good &= read_one(loader, many ? value->items[i] : value, &one);
		content_add(loader, list, one);
	}
	return good;
}
