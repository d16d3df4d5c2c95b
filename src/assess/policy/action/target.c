#include "assess/policy/action/target.h"

#include <string.h>

#include "assess/policy/action/sql.h"
#include "assess/policy/action/term.h"
#include "query/query.h"

#define EXAMPLE "such as os:linux and name:web*"

enum column_kind {
	COLUMN_TEXT,
	COLUMN_WORDS, /* a sentence: exact matches need an expression */
	COLUMN_ARCH,
	COLUMN_QUEUE,
	COLUMN_FIXED,   /* every host that runs a check has this one value, `field` */
	COLUMN_UNKNOWN, /* no host says it: what comes nearest is shown in the error */
};

/* Columns of the table of agents; `environment->>'os'` is called environment.os here. */
static const struct column {
	const char *name;
	enum column_kind kind;
	const char *field;   /* of a host query; NULL: none */
	const char *instead; /* a term to write, of what is unknown */
} columns[] = {
	{"name", COLUMN_TEXT, "name", NULL},
	{"os", COLUMN_TEXT, "os", NULL},
	{"environment.os", COLUMN_TEXT, "os", NULL},
	{"environment.ident", COLUMN_WORDS, "os_name", NULL},
	{"environment.arch", COLUMN_ARCH, "arch", NULL},
	{"queueloc", COLUMN_QUEUE, "os", NULL},
	{"status", COLUMN_FIXED, "online", NULL},
	{"mode", COLUMN_FIXED, "daemon", NULL},
	{"id", COLUMN_UNKNOWN, NULL, "name:web1.example.net"},
	{"version", COLUMN_UNKNOWN, NULL, "agent_version>=0.1"},
	{"heartbeattime", COLUMN_UNKNOWN, NULL, "last_seen>now-1d"},
	{"starttime", COLUMN_UNKNOWN, NULL, "last_seen>now-1d"},
	{"environment.publicip", COLUMN_UNKNOWN, "ip", "ip:192.0.2.0/24"},
	{"environment.addresses", COLUMN_UNKNOWN, "ip", "ip:192.0.2.0/24"},
};

/* Architectures as Go names them, and as the kernel does. */
static const struct {
	const char *go, *kernel;
} architectures[] = {
	{"amd64", "x86_64"},
	{"386", "i?86"},
	{"arm64", "aarch64"},
	{"arm", "arm*"},
};

enum part_kind { PART_EVERY, PART_TERM, PART_AND, PART_OR };

struct part { /* of the query that comes out */
	enum part_kind kind;
	struct text text;
};

struct parser {
	struct sql sql;
	struct arena *arena;
	size_t depth, terms;
	const char *unsaid; /* the first part that no query says; NULL: all of it was said */
	size_t unsaid_at;
	struct err *err;
};

static bool has(struct text text, char c)
{
	return text.len > 0 && memchr(text.at, c, text.len);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool refuse(struct parser *parser, size_t at, const char *what, const char *instead)
{
	return err_set(parser->err, ERR_INPUT, "column %zu: %s; %s", at + 1, what, instead);
}

/* -------- conditions -------- */

enum compare {
	COMPARE_EQUAL,
	COMPARE_LIKE,
	COMPARE_REGEX,
	COMPARE_IN,
	COMPARE_NULL,
	COMPARE_ORDER
};

struct condition {
	struct token column;
	const struct column *known; /* NULL: a tag */
	struct text field;
	enum compare compare;
	bool negated;
	const struct token *values;
	size_t count;
};

static bool count_term(struct parser *parser, size_t at)
{
	if (++parser->terms <= TARGET_TERMS_MAX)
		return true;
	return err_set(parser->err, ERR_LIMIT, "column %zu: more than %d conditions", at + 1,
		       TARGET_TERMS_MAX);
}

/* Keeps the first part that can't be said; reading goes on, so that the error can show the rest. */
static void note_unsaid(struct parser *parser, size_t at, const char *what, struct text name)
{
	scoped(buf_end) struct buf shown = {0};
	if (parser->unsaid)
		return;
	buf_printable(&shown, name, 60);
	parser->unsaid = arena_print(parser->arena, "%s \"%s\"", what, shown.at ? shown.at : "");
	parser->unsaid_at = at;
}

/* Finds what the column is in a host query. `name` is environment.KEY or tags.KEY for members. */
static void settle_column(struct parser *parser, struct condition *condition, struct text name)
{
	static const struct column nothing = {"", COLUMN_UNKNOWN, NULL, NULL};
	if (text_starts(name, "agents."))
		name = (struct text){name.at + 7, name.len - 7};
	for (size_t i = 0; i < array_len(columns); i++)
		if (text_is_alike(name, text_of(columns[i].name)))
			condition->known = &columns[i];
	if (!condition->known && text_starts(name, "tags.") && term_is_plain(name) &&
	    name.len > 5) {
		condition->field = arena_text(parser->arena, name);
		return;
	}
	if (!condition->known)
		condition->known = &nothing;
	condition->field = text_of(condition->known->field);
	if (condition->known->kind == COLUMN_UNKNOWN)
		note_unsaid(parser, condition->column.at, "no host says its", name);
}

static bool read_column(struct parser *parser, struct condition *condition)
{
	condition->column = parser->sql.token;
	struct text name = parser->sql.token.text;
	if (parser->sql.token.kind != TOKEN_WORD)
		return refuse(parser, parser->sql.token.at, "a column is expected here",
			      "write for example name='web1' or environment->>'os'='linux'");
	if (!sql_next(&parser->sql))
		return false;
	if (sql_is_mark(&parser->sql, "->>")) {
		if (!sql_next(&parser->sql))
			return false;
		if (parser->sql.token.kind != TOKEN_TEXT)
			return refuse(parser, parser->sql.token.at,
				      "a key in quotes is expected here",
				      "write for example environment->>'os'");
		name = text_of(arena_print(parser->arena, "%.*s.%.*s", TEXT_ARG(name),
					   TEXT_ARG(parser->sql.token.text)));
		if (!sql_next(&parser->sql))
			return false;
	}
	settle_column(parser, condition, name);
	return true;
}

/* ( 'a', 'b' ) behind IN. */
static bool read_list(struct parser *parser, struct condition *condition)
{
	struct token *list = NULL;
	size_t room = 0;
	if (!sql_is_mark(&parser->sql, "("))
		return refuse(parser, parser->sql.token.at, "IN wants a list",
			      "write IN ('a', 'b')");
	do {
		if (!sql_next(&parser->sql) || !count_term(parser, parser->sql.token.at))
			return false;
		if (parser->sql.token.kind != TOKEN_TEXT)
			return refuse(parser, parser->sql.token.at,
				      "a value in quotes is expected here", "write IN ('a', 'b')");
		list = arena_grow(parser->arena, list, &room, condition->count + 1, sizeof(*list));
		list[condition->count++] = parser->sql.token;
		if (!sql_next(&parser->sql))
			return false;
	} while (sql_is_mark(&parser->sql, ","));
	if (!sql_is_mark(&parser->sql, ")"))
		return refuse(parser, parser->sql.token.at, "the list of IN is not closed",
			      "put ) behind it");
	condition->values = list;
	return sql_next(&parser->sql);
}

static const struct {
	const char *word;
	enum compare compare;
	bool negated;
} comparisons[] = {
	{"=", COMPARE_EQUAL, false},  {"!=", COMPARE_EQUAL, true},   {"<>", COMPARE_EQUAL, true},
	{"~", COMPARE_REGEX, false},  {"~*", COMPARE_REGEX, false},  {"!~", COMPARE_REGEX, true},
	{"!~*", COMPARE_REGEX, true}, {"like", COMPARE_LIKE, false}, {"ilike", COMPARE_LIKE, false},
	{"in", COMPARE_IN, false},    {"<", COMPARE_ORDER, false},   {">", COMPARE_ORDER, false},
	{"<=", COMPARE_ORDER, false}, {">=", COMPARE_ORDER, false},
};

/* IS [NOT] NULL, behind IS. */
static bool read_null(struct parser *parser, struct condition *condition)
{
	condition->compare = COMPARE_NULL;
	if (!sql_next(&parser->sql))
		return false;
	condition->negated = sql_is_word(&parser->sql, "not");
	if (condition->negated && !sql_next(&parser->sql))
		return false;
	return sql_is_word(&parser->sql, "null")
		       ? sql_next(&parser->sql)
		       : refuse(parser, parser->sql.token.at, "NULL is expected here",
				"write IS NULL or IS NOT NULL");
}

static bool read_comparison(struct parser *parser, struct condition *condition)
{
	if (sql_is_word(&parser->sql, "is"))
		return read_null(parser, condition);
	bool negated = sql_is_word(&parser->sql, "not");
	if (negated && !sql_next(&parser->sql))
		return false;
	size_t which = 0, at = parser->sql.token.at;
	while (which < array_len(comparisons) &&
	       (parser->sql.token.kind == TOKEN_TEXT || parser->sql.token.kind == TOKEN_END ||
		!text_is_alike(parser->sql.token.text, text_of(comparisons[which].word))))
		which++;
	if (which < array_len(comparisons) && comparisons[which].compare == COMPARE_ORDER)
		return refuse(parser, at, "an order of SQL is not read",
			      "write a host query, such as os:linux and last_seen>now-1d");
	if (which == array_len(comparisons))
		return refuse(parser, at, "a comparison is expected here",
			      "write =, !=, LIKE, ILIKE, ~* or IN, or a host query, " EXAMPLE);
	condition->compare = comparisons[which].compare;
	condition->negated = comparisons[which].negated != negated;
	if (!sql_next(&parser->sql))
		return false;
	if (condition->compare == COMPARE_IN)
		return read_list(parser, condition);
	if (parser->sql.token.kind != TOKEN_TEXT)
		return refuse(parser, parser->sql.token.at, "a value in quotes is expected here",
			      "write for example name='web1'");
	struct token *value = arena_get(parser->arena, 1, sizeof(*value));
	*value = parser->sql.token;
	condition->values = value;
	condition->count = 1;
	return sql_next(&parser->sql);
}

/* -------- conditions as terms -------- */

static void put_exact(const struct condition *condition, struct text value, struct buf *out)
{
	enum column_kind kind = condition->known ? condition->known->kind : COLUMN_TEXT;
	if (kind == COLUMN_WORDS) {
		term_put_exact_regex(out, value);
		return;
	}
	for (size_t i = 0; kind == COLUMN_ARCH && i < array_len(architectures); i++)
		if (text_is_alike(value, text_of(architectures[i].go))) {
			buf_cstr(out, architectures[i].kernel);
			return;
		}
	term_put_value(out, value);
}

static void put_like(const struct condition *condition, struct text like, struct buf *out)
{
	if (term_is_every_like(like))
		buf_char(out, '*');
	else if (condition->known && condition->known->kind == COLUMN_WORDS)
		term_put_like_regex(out, like);
	else if (like.len == 0)
		buf_cstr(out, "\"\"");
	else
		term_put_like_word(out, like);
}

static void put_list(const struct condition *condition, struct buf *out)
{
	buf_cstr(out, condition->count > 1 ? "(" : "");
	for (size_t i = 0; i < condition->count; i++) {
		buf_cstr(out, i > 0 ? " or " : "");
		put_exact(condition, condition->values[i].text, out);
	}
	buf_cstr(out, condition->count > 1 ? ")" : "");
}

/* The queue of an agent is "OS.NAME.NUMBER": 'linux.%' asks for the OS, 'linux.web%' for names too.
 */
static void put_queue(struct parser *parser, const struct condition *condition, struct buf *out)
{
	struct text rest = condition->count > 0 ? condition->values[0].text : TEXT(""), os;
	bool has_dot = has(rest, '.');
	while (!has_dot && rest.len > 0 && rest.at[rest.len - 1] == '%')
		rest.len--;
	if (condition->compare != COMPARE_LIKE || !text_next(&rest, '.', &os) ||
	    !term_is_plain(os)) {
		note_unsaid(parser, condition->column.at, "only an OS is read, as in",
			    TEXT("queueloc LIKE 'linux.%'"));
		buf_cstr(out, "os:linux");
		return;
	}
	bool names = rest.len > 0 && !term_is_every_like(rest);
	buf_print(out, "%sos:", names ? "(" : "");
	term_put_value(out, os);
	if (names) {
		buf_cstr(out, " and name:");
		term_put_like_word(out, rest);
		buf_char(out, ')');
	}
}

static bool put_condition(struct parser *parser, const struct condition *condition, struct buf *out)
{
	buf_print(out, "%.*s:", TEXT_ARG(condition->field));
	switch (condition->compare) {
	case COMPARE_EQUAL:
	case COMPARE_IN:
		put_list(condition, out);
		return true;
	case COMPARE_LIKE:
		put_like(condition, condition->values[0].text, out);
		return true;
	case COMPARE_REGEX:
		if (condition->values[0].text.len == 0)
			buf_char(out, '*'); /* the empty expression matches all */
		else if (!term_put_regex(out, condition->values[0].text))
			return refuse(parser, condition->values[0].at,
				      "the expression ends with a backslash",
				      "escape it with another one");
		return true;
	case COMPARE_NULL:
		buf_char(out, '*');
		return true;
	case COMPARE_ORDER:
		break;
	}
	never("an order is refused before");
}

/* What a column of one fixed value says: it holds for every host, or no query says it. */
static void settle_fixed(struct parser *parser, const struct condition *condition)
{
	bool holds = false;
	if (condition->compare == COMPARE_EQUAL || condition->compare == COMPARE_IN)
		for (size_t i = 0; i < condition->count; i++)
			holds |= text_is_alike(condition->values[i].text, condition->field);
	if (holds == condition->negated)
		note_unsaid(parser, condition->column.at,
			    condition->known->field[0] == 'o' ? "whoever runs a check is"
							      : "every agent runs as a",
			    condition->field);
}

/* field:values, with what SQL says of a negation. */
static bool put_term(struct parser *parser, const struct condition *condition, struct part *part)
{
	scoped(buf_end) struct buf out = {0};
	bool null = condition->compare == COMPARE_NULL;
	bool absent = null != condition->negated; /* IS NULL: not there */
	bool tag = !condition->known && absent &&
		   !null; /* of a tag that isn't there SQL knows nothing */
	if (tag)
		buf_print(&out, "%.*s:* and ", TEXT_ARG(condition->field));
	buf_cstr(&out, absent ? "not " : "");
	if (condition->known && condition->known->kind == COLUMN_QUEUE)
		put_queue(parser, condition, &out);
	else if (!put_condition(parser, condition, &out))
		return false;
	*part = (struct part){tag ? PART_AND : PART_TERM,
			      arena_text(parser->arena, buf_view(&out))};
	return true;
}

static bool read_condition(struct parser *parser, struct part *part)
{
	struct condition condition = {0};
	if (!count_term(parser, parser->sql.token.at) || !read_column(parser, &condition) ||
	    !read_comparison(parser, &condition))
		return false;
	*part = (struct part){PART_EVERY, TEXT("*")};
	if (!condition.known || condition.known->kind < COLUMN_FIXED)
		return put_term(parser, &condition, part);
	if (condition.known->kind == COLUMN_FIXED) {
		settle_fixed(parser, &condition);
		return true;
	}
	if (condition.field.at && condition.compare != COMPARE_REGEX)
		return put_term(parser, &condition, part);
	if (condition.known->instead)
		*part = (struct part){PART_TERM, text_of(condition.known->instead)};
	return true;
}

/* -------- AND, OR, NOT -------- */

static bool read_or(struct parser *parser, struct part *part);

static bool enter(struct parser *parser)
{
	if (++parser->depth <= TARGET_DEPTH_MAX)
		return true;
	return err_set(parser->err, ERR_LIMIT, "column %zu: nested deeper than %d",
		       parser->sql.token.at + 1, TARGET_DEPTH_MAX);
}

static bool read_group(struct parser *parser, struct part *part)
{
	size_t from = parser->sql.token.at;
	if (!enter(parser) || !sql_next(&parser->sql) || !read_or(parser, part))
		return false;
	parser->depth--;
	if (!sql_is_mark(&parser->sql, ")"))
		return refuse(parser, from, "this parenthesis is not closed",
			      "put ) where it ends");
	return sql_next(&parser->sql);
}

static bool read_not(struct parser *parser, struct part *part)
{
	if (sql_is_mark(&parser->sql, "("))
		return read_group(parser, part);
	if (!sql_is_word(&parser->sql, "not"))
		return read_condition(parser, part);
	struct part inside;
	if (!enter(parser) || !sql_next(&parser->sql) || !read_not(parser, &inside))
		return false;
	parser->depth--;
	bool group = inside.kind == PART_AND || inside.kind == PART_OR;
	*part = (struct part){PART_TERM,
			      text_of(arena_print(parser->arena, "not %s%.*s%s", group ? "(" : "",
						  TEXT_ARG(inside.text), group ? ")" : ""))};
	return true;
}

/* Two parts as one. Every host: no condition beside `and`, and all there is beside `or`. */
static void join(struct parser *parser, enum part_kind kind, struct part *left,
		 const struct part *right)
{
	bool every_left = left->kind == PART_EVERY, every_right = right->kind == PART_EVERY;
	if (every_left || every_right) {
		bool take_right = (kind == PART_AND) == every_left;
		*left = take_right ? *right : *left;
		return;
	}
	bool group_left = kind == PART_AND && left->kind == PART_OR;
	bool group_right = kind == PART_AND && right->kind == PART_OR;
	left->text = text_of(arena_print(
		parser->arena, "%s%.*s%s %s %s%.*s%s", group_left ? "(" : "", TEXT_ARG(left->text),
		group_left ? ")" : "", kind == PART_AND ? "and" : "or", group_right ? "(" : "",
		TEXT_ARG(right->text), group_right ? ")" : ""));
	left->kind = kind;
}

static bool read_and(struct parser *parser, struct part *part)
{
	if (!read_not(parser, part))
		return false;
	while (sql_is_word(&parser->sql, "and")) {
		struct part right;
		if (!sql_next(&parser->sql) || !read_not(parser, &right))
			return false;
		join(parser, PART_AND, part, &right);
	}
	return true;
}

static bool read_or(struct parser *parser, struct part *part)
{
	if (!read_and(parser, part))
		return false;
	while (sql_is_word(&parser->sql, "or")) {
		struct part right;
		if (!sql_next(&parser->sql) || !read_and(parser, &right))
			return false;
		join(parser, PART_OR, part, &right);
	}
	return true;
}

/* -------- which kind of target it is -------- */

/* A query of ours: SQL has its values in quotes. */
static bool is_host_query(struct text target)
{
	struct err err = {0};
	if (has(target, '\'') || has(target, ':'))
		return !has(target, '\'');
	scoped(query_free) struct query *query = query_parse(target, &query_hosts, &err);
	return query && (has(target, '<') || has(target, '>'));
}

static bool check_bytes(struct text target, struct err *err)
{
	if (target.len > TARGET_LEN_MAX)
		return err_set(err, ERR_LIMIT,
			       "column 1: a target of %zu bytes; at most %d are taken", target.len,
			       TARGET_LEN_MAX);
	for (size_t i = 0; i < target.len; i++)
		if ((unsigned char)target.at[i] < ' ' && !is_space(target.at[i]))
			return err_set(err, ERR_INPUT,
				       "column %zu: a control character; take it out", i + 1);
	return true;
}

static bool read_sql(struct text target, struct arena *arena, struct text *query, struct err *err)
{
	struct parser parser = {
		.sql = {.text = target, .arena = arena, .err = err}, .arena = arena, .err = err};
	struct part part;
	if (!sql_next(&parser.sql) || !read_or(&parser, &part))
		return false;
	if (parser.sql.token.kind != TOKEN_END)
		return refuse(&parser, parser.sql.token.at, "AND, OR or the end is expected here",
			      "or write a host query, " EXAMPLE);
	if (parser.unsaid)
		return err_set(err, ERR_INPUT, "column %zu: %s; write %.*s", parser.unsaid_at + 1,
			       parser.unsaid, TEXT_ARG(part.text));
	*query = part.text;
	return true;
}

bool target_read(struct text target, struct arena *arena, struct text *query, struct err *err)
{
	if (!check_bytes(target, err))
		return false;
	target = text_trim(target);
	if (text_is(target, "*") || text_is_alike(target, TEXT("all"))) {
		*query = TEXT("*");
		return true;
	}
	if (term_is_plain(target) && !has(target, '.')) {
		*query = text_of(arena_print(arena, "os:%.*s", TEXT_ARG(target)));
		return true;
	}
	if (term_is_plain(target))
		return err_set(
			err, ERR_INPUT,
			"column 1: \"%.*s\" is no OS; for a host of that name write name:%.*s",
			(int)text_cut(target, 100), target.at, (int)text_cut(target, 100),
			target.at);
	if (is_host_query(target)) {
		*query = arena_text(arena, target);
		return true;
	}
	return read_sql(target, arena, query, err);
}
