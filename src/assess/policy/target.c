#include <string.h>

#include "assess/policy/action.h"
#include "base/buf.h"

#define SQL_MAX 4096 /* bytes */
#define SQL_DEPTH_MAX 32

/* A reader of the few forms of SQL that MIG's targets are written in:
 *
 *	or:  and (OR and)…      and: not (AND not)…      not: NOT not | ( or ) | column OPERATOR value
 *
 * What has no meaning here is noted and left out of the query, so that the error can show the rest. */
struct sql {
	struct arena *arena;
	struct text rest;
	unsigned depth;
	const char *wrong;	/* a mistake of syntax: reading ends */
	const char *meaningless; /* the first part that no query says */
};

struct column {
	struct text name, key; /* environment->>'os': both; name: one */
};

/* -------- words -------- */

static struct text skip(struct text text)
{
	while (text.len > 0 && strchr(" \t\r\n", text.at[0])) {
		text.at++;
		text.len--;
	}
	return text;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static bool take_word(struct sql *sql, struct text *word)
{
	struct text rest = skip(sql->rest);
	size_t len = 0;
	while (len < rest.len && is_name_char(rest.at[len]) &&
	       !(rest.at[len] == '-' && len + 1 < rest.len && rest.at[len + 1] == '>'))
		len++;
	*word = (struct text){rest.at, len};
	sql->rest = (struct text){rest.at + len, rest.len - len};
	return len > 0;
}

static bool take_keyword(struct sql *sql, const char *keyword)
{
	struct sql ahead = *sql;
	struct text word;
	if (!take_word(&ahead, &word) || !text_is_alike(word, text_of(keyword)))
		return false;
	sql->rest = ahead.rest;
	return true;
}

static bool take_mark(struct sql *sql, const char *mark)
{
	struct text rest = skip(sql->rest);
	if (!text_starts(rest, mark))
		return false;
	size_t len = strlen(mark);
	sql->rest = (struct text){rest.at + len, rest.len - len};
	return true;
}

static bool fail(struct sql *sql, const char *wrong)
{
	if (!sql->wrong)
		sql->wrong = wrong;
	return false;
}

/* 'text', with '' for a quote inside. */
static bool take_quoted(struct sql *sql, struct text *value)
{
	if (!take_mark(sql, "'"))
		return fail(sql, "a value in single quotes is expected");
	scoped(buf_end) struct buf out = {0};
	struct text rest = sql->rest;
	for (size_t i = 0; i < rest.len; i++) {
		bool quote = rest.at[i] == '\'';
		if (quote && (i + 1 == rest.len || rest.at[i + 1] != '\'')) {
			sql->rest = (struct text){rest.at + i + 1, rest.len - i - 1};
			*value = arena_text(sql->arena, buf_view(&out));
			return true;
		}
		buf_char(&out, rest.at[i]);
		i += quote;
	}
	return fail(sql, "a value lacks its closing quote");
}

/* -------- terms of a query -------- */

static bool is_bare(struct text value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!is_name_char(value.at[i]) && value.at[i] != '.' && value.at[i] != '*')
			return false;
	return value.len > 0;
}

/* field:value, quoted where the language wants it. */
static const char *term(struct sql *sql, const char *field, struct text value)
{
	static const char *const words[] = {"and", "or", "not"};
	scoped(buf_end) struct buf out = {0};
	bool bare = is_bare(value);
	for (size_t i = 0; i < array_len(words); i++)
		bare &= !text_is_alike(value, text_of(words[i]));
	buf_print(&out, "%s:", field);
	if (!bare)
		buf_char(&out, '"');
	for (size_t i = 0; i < value.len; i++) {
		if (!bare && (value.at[i] == '"' || value.at[i] == '\\'))
			buf_char(&out, '\\');
		buf_char(&out, value.at[i]);
	}
	if (!bare)
		buf_char(&out, '"');
	return arena_cstr(sql->arena, out.at);
}

/* field:/expression/ */
static const char *regex_term(struct sql *sql, const char *field, struct text pattern)
{
	scoped(buf_end) struct buf out = {0};
	buf_print(&out, "%s:/", field);
	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.at[i] == '/' && (i == 0 || pattern.at[i - 1] != '\\'))
			buf_char(&out, '\\');
		buf_char(&out, pattern.at[i]);
	}
	buf_char(&out, '/');
	return arena_cstr(sql->arena, out.at);
}

/* LIKE's pattern as an expression: % is any text, _ any character, the ends are anchored where no % stands. */
static const char *like_term(struct sql *sql, const char *field, struct text pattern)
{
	scoped(buf_end) struct buf out = {0};
	size_t begin = 0, end = pattern.len;
	while (begin < end && pattern.at[begin] == '%')
		begin++;
	while (end > begin && pattern.at[end - 1] == '%')
		end--;
	if (begin == end && pattern.len > 0)
		return arena_print(sql->arena, "%s:*", field);
	buf_cstr(&out, begin == 0 ? "^" : "");
	for (size_t i = begin; i < end; i++) {
		char c = pattern.at[i];
		if (c == '%')
			buf_cstr(&out, ".*");
		else if (c == '_')
			buf_char(&out, '.');
		else if (strchr("\\^$.|?*+()[]{}/", c))
			buf_print(&out, "\\%c", c);
		else
			buf_char(&out, c);
	}
	buf_cstr(&out, end == pattern.len ? "$" : "");
	return arena_print(sql->arena, "%s:/%s/", field, out.at ? out.at : "");
}

/* queueloc: "linux.HOST.…": what stands before the first dot is the operating system. */
static const char *queue_term(struct sql *sql, struct text pattern)
{
	struct text rest = pattern, os;
	if (!text_next(&rest, '.', &os) || !is_bare(os) || memchr(os.at, '*', os.len))
		return NULL;
	if (rest.len == 0 || text_is(rest, "%"))
		return term(sql, "os", os);
	if (!text_ends(rest, "%"))
		return NULL;
	struct text name = {rest.at, rest.len - 1};
	while (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	if (memchr(name.at, '%', name.len) || memchr(name.at, '_', name.len))
		return NULL;
	return arena_print(sql->arena, "(%s and %s)", term(sql, "os", os),
			   term(sql, "name", text_of(arena_print(sql->arena, "%.*s*", TEXT_ARG(name)))));
}

/* -------- predicates -------- */

static const struct {
	const char *name, *key; /* key "*": any, of tags; NULL: none */
	const char *field;
} columns[] = {
	{"environment", "os", "os"},	   {"environment", "ident", "os_name"},
	{"environment", "arch", "arch"},   {"tags", "*", "tags"},
	{"name", NULL, "name"},		   {"status", NULL, "status"},
	{"queueloc", NULL, "queueloc"},	   {"os", NULL, "os"},
	{"ident", NULL, "os_name"},	   {"version", NULL, "agent_version"},
};

static const char *field_of(struct sql *sql, const struct column *column)
{
	for (size_t i = 0; i < array_len(columns); i++) {
		if (!text_is_alike(column->name, text_of(columns[i].name)) ||
		    (columns[i].key != NULL) != (column->key.at != NULL))
			continue;
		if (columns[i].key && strcmp(columns[i].key, "*") == 0)
			return arena_print(sql->arena, "tags.%.*s", TEXT_ARG(column->key));
		if (!columns[i].key || text_is(column->key, columns[i].key))
			return columns[i].field;
	}
	return NULL;
}

static bool take_column(struct sql *sql, struct column *column)
{
	*column = (struct column){0};
	if (!take_word(sql, &column->name))
		return fail(sql, "a column such as name or environment->>'os' is expected");
	if (take_mark(sql, ".") && !take_word(sql, &column->name)) /* agents.name */
		return fail(sql, "a column is expected behind the dot");
	if (take_mark(sql, "->>"))
		return take_quoted(sql, &column->key);
	return true;
}

enum operator { IS_EQUAL, IS_LIKE, IS_MATCH, IS_IN };

static bool take_operator(struct sql *sql, enum operator *operator, bool *negated)
{
	static const struct {
		const char *mark;
		enum operator operator;
		bool negated;
	} marks[] = {
		{"!~*", IS_MATCH, true}, {"!~", IS_MATCH, true},  {"~*", IS_MATCH, false},
		{"~", IS_MATCH, false},  {"!=", IS_EQUAL, true},  {"<>", IS_EQUAL, true},
		{"=", IS_EQUAL, false},
	};
	*negated = take_keyword(sql, "not");
	for (size_t i = 0; i < array_len(marks) && !*negated; i++)
		if (take_mark(sql, marks[i].mark)) {
			*operator = marks[i].operator;
			*negated = marks[i].negated;
			return true;
		}
	if (take_keyword(sql, "like") || take_keyword(sql, "ilike"))
		*operator = IS_LIKE;
	else if (take_keyword(sql, "in"))
		*operator = IS_IN;
	else
		return fail(sql, "=, LIKE, ILIKE, IN or ~* is expected behind a column");
	return true;
}

static const char *simple_term(struct sql *sql, const char *field, enum operator operator,
			       struct text value)
{
	if (strcmp(field, "queueloc") == 0)
		return operator == IS_MATCH ? NULL : queue_term(sql, value);
	if (operator == IS_LIKE)
		return like_term(sql, field, value);
	if (operator == IS_MATCH)
		return regex_term(sql, field, value);
	return term(sql, field, value);
}

static const char *in_term(struct sql *sql, const char *field)
{
	scoped(buf_end) struct buf out = {0};
	struct text value;
	if (!take_mark(sql, "(")) {
		fail(sql, "a list in parentheses is expected behind IN");
		return NULL;
	}
	do {
		if (!take_quoted(sql, &value))
			return NULL;
		buf_cstr(&out, out.len > 0 ? " or " : "(");
		buf_cstr(&out, term(sql, field, value));
	} while (take_mark(sql, ","));
	if (!take_mark(sql, ")"))
		fail(sql, "the list behind IN lacks its closing parenthesis");
	buf_char(&out, ')');
	return arena_cstr(sql->arena, out.at);
}

/* The predicate as a term; "" for one that has no meaning here. NULL: a mistake. */
static const char *predicate(struct sql *sql)
{
	struct column column;
	enum operator operator = IS_EQUAL;
	bool negated;
	struct text start = skip(sql->rest), value;
	if (!take_column(sql, &column) || !take_operator(sql, &operator, &negated))
		return NULL;
	const char *field = field_of(sql, &column), *made = NULL;
	if (operator == IS_IN)
		made = in_term(sql, field ? field : "name");
	else if (take_quoted(sql, &value) && field)
		made = simple_term(sql, field, operator, value);
	if (sql->wrong)
		return NULL;
	if (!field || !made || (operator == IS_IN && strcmp(field, "queueloc") == 0)) {
		if (!sql->meaningless)
			sql->meaningless = arena_print(sql->arena, "%.*s",
						       (int)(sql->rest.at - start.at), start.at);
		return "";
	}
	return negated ? arena_print(sql->arena, "not %s", made) : made;
}

static const char *read_or(struct sql *sql);

static const char *read_not(struct sql *sql)
{
	const char *inner;
	if (++sql->depth > SQL_DEPTH_MAX) {
		fail(sql, "it is nested too deeply");
		return NULL;
	}
	if (take_keyword(sql, "not")) {
		inner = read_not(sql);
		inner = inner && *inner ? arena_print(sql->arena, "not %s", inner) : inner;
	} else if (take_mark(sql, "(")) {
		inner = read_or(sql);
		if (inner && !take_mark(sql, ")"))
			fail(sql, "a closing parenthesis is missing");
		inner = inner && *inner ? arena_print(sql->arena, "(%s)", inner) : inner;
	} else {
		inner = predicate(sql);
	}
	sql->depth--;
	return sql->wrong ? NULL : inner;
}

/* Terms joined by a word; those without meaning are left out. */
static const char *read_joined(struct sql *sql, const char *word,
			       const char *(*read)(struct sql *sql))
{
	const char *all = read(sql);
	while (all && take_keyword(sql, word)) {
		const char *next = read(sql);
		if (!next)
			return NULL;
		if (*all && *next)
			all = arena_print(sql->arena, "%s %s %s", all, word, next);
		else if (*next)
			all = next;
	}
	return all;
}

static const char *read_and(struct sql *sql)
{
	return read_joined(sql, "and", read_not);
}

static const char *read_or(struct sql *sql)
{
	return read_joined(sql, "or", read_and);
}

/* -------- the whole -------- */

static bool is_word(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_name_char(text.at[i]))
			return false;
	return text.len > 0;
}

bool target_translate(struct loader *loader, const struct doc *at, struct text *query)
{
	struct text text;
	if (!load_text(loader, at, "target", &text))
		return false;
	text = text_trim(text);
	if (text.len > SQL_MAX)
		return load_wrong(loader, at, "target has %zu bytes; at most %d are taken", text.len, SQL_MAX);
	if (is_word(text)) {
		*query = text_of(arena_print(loader->arena, "os:%.*s", TEXT_ARG(text)));
		return true;
	}
	if (memchr(text.at, ':', text.len) && !memchr(text.at, '=', text.len)) {
		*query = text; /* a host query already */
		return true;
	}
	struct sql sql = {.arena = loader->arena, .rest = text};
	const char *made = read_or(&sql);
	take_mark(&sql, ";");
	if (made && skip(sql.rest).len > 0)
		fail(&sql, "something stands behind its end");
	if (sql.wrong)
		return load_wrong(loader, at, "target: %s, near \"%.*s\"; write a host query such as "
					      "os:debian and tags.role:web",
				  sql.wrong, (int)text_cut(skip(sql.rest), 40), skip(sql.rest).at);
	if (sql.meaningless)
		return load_wrong(loader, at, "target: %s has no meaning here; write \"%s\"", sql.meaningless,
				  *made ? made : "*");
	*query = text_of(made);
	return true;
}
