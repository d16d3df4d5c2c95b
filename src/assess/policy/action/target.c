#include "assess/policy/action/target.h"

#include <string.h>

#include "assess/policy/action/term.h"

#define EXAMPLE "such as os:linux and name:web*"

enum column_kind {
	COLUMN_TEXT,
	COLUMN_WORDS, /* a sentence: exact matches need an expression */
	COLUMN_ARCH,
	COLUMN_QUEUE,
	COLUMN_FIXED, /* every host that runs a check has this one value, `field` */
	COLUMN_REFUSED,
};

/* Columns of the table of agents; `environment->>'os'` is called environment.os here. */
static const struct column {
	const char *name;
	enum column_kind kind;
	const char *field;   /* of a host query */
	const char *instead; /* a query to write, of what is refused */
} columns[] = {
	{"name", COLUMN_TEXT, "name", NULL},
	{"os", COLUMN_TEXT, "os", NULL},
	{"environment.os", COLUMN_TEXT, "os", NULL},
	{"environment.ident", COLUMN_WORDS, "os_name", NULL},
	{"environment.arch", COLUMN_ARCH, "arch", NULL},
	{"queueloc", COLUMN_QUEUE, "os", NULL},
	{"status", COLUMN_FIXED, "online", "leave it out: a host that runs a check is online"},
	{"mode", COLUMN_FIXED, "daemon", "leave it out: every agent is a daemon"},
	{"id", COLUMN_REFUSED, NULL, "write name:web1.example.net"},
	{"version", COLUMN_REFUSED, NULL, "write agent_version>=0.1"},
	{"heartbeattime", COLUMN_REFUSED, NULL, "write last_seen>now-1d"},
	{"starttime", COLUMN_REFUSED, NULL, "write last_seen>now-1d"},
	{"environment.publicip", COLUMN_REFUSED, NULL, "write ip:192.0.2.0/24"},
	{"environment.addresses", COLUMN_REFUSED, NULL, "write ip:192.0.2.0/24"},
	{"environment.init", COLUMN_REFUSED, NULL, "write os:debian"},
};

/* Architectures as Go names them, and as the kernel does. */
static const struct {
	const char *go, *kernel;
} architectures[] = {
	{"amd64", "x86_64"}, {"386", "i?86"}, {"arm64", "aarch64"}, {"arm", "arm*"},
};

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_TEXT, TOKEN_MARK };

struct token {
	enum token_kind kind;
	size_t at; /* the byte it begins at */
	struct text text;
};

enum part_kind { PART_EVERY, PART_TERM, PART_AND, PART_OR };

struct part { /* of the query that comes out */
	enum part_kind kind;
	struct text text;
};

struct parser {
	struct text text;
	size_t at;
	struct token token; /* the next one */
	struct arena *arena;
	size_t depth, terms;
	struct err *err;
};

/* -------- words of the SQL -------- */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool refuse(struct parser *parser, size_t at, const char *what, const char *instead)
{
	return err_set(parser->err, ERR_INPUT, "column %zu: %s; %s", at + 1, what, instead);
}

static bool read_quoted(struct parser *parser)
{
	struct text text = parser->text;
	char *out = arena_get(parser->arena, text.len - parser->at + 1, 1);
	size_t len = 0, at = parser->at + 1;
	for (; at < text.len; at++) {
		if (text.at[at] == '\'' && (at + 1 == text.len || text.at[at + 1] != '\''))
			break;
		at += text.at[at] == '\''; /* two stand for one */
		out[len++] = text.at[at];
	}
	if (at >= text.len)
		return refuse(parser, parser->at, "this quote is not closed", "put another ' behind it");
	parser->token = (struct token){TOKEN_TEXT, parser->at, {out, len}};
	parser->at = at + 1;
	return true;
}

static bool advance(struct parser *parser)
{
	static const char *const marks[] = {"->>", "!~*", "!~", "~*", "~",  "!=", "<>",
					    "<=",  ">=",  "<",	">",  "=",  "(",  ")", ","};
	struct text text = parser->text;
	while (parser->at < text.len && is_space(text.at[parser->at]))
		parser->at++;
	size_t from = parser->at;
	struct text rest = {text.at + from, text.len - from};
	parser->token = (struct token){TOKEN_END, from, {"", 0}};
	if (rest.len == 0)
		return true;
	if (rest.at[0] == '\'')
		return read_quoted(parser);
	for (size_t i = 0; i < array_len(marks); i++)
		if (text_starts(rest, marks[i])) {
			parser->at += strlen(marks[i]);
			parser->token = (struct token){TOKEN_MARK, from, text_of(marks[i])};
			return true;
		}
	while (parser->at < text.len && term_is_word(text.at[parser->at])) {
		struct text behind = {text.at + parser->at, text.len - parser->at};
		if (text_starts(behind, "->>"))
			break;
		parser->at++;
	}
	if (parser->at == from)
		return refuse(parser, from, "this is no word, 'text' or comparison",
			      "write a host query, " EXAMPLE);
	parser->token = (struct token){TOKEN_WORD, from, {text.at + from, parser->at - from}};
	return true;
}

static bool is_keyword(const struct parser *parser, const char *word)
{
	return parser->token.kind == TOKEN_WORD && text_is_alike(parser->token.text, text_of(word));
}

static bool is_mark(const struct parser *parser, const char *mark)
{
	return parser->token.kind == TOKEN_MARK && text_is(parser->token.text, mark);
}

static struct text keep(struct parser *parser, const struct buf *out)
{
	return arena_text(parser->arena, buf_view(out));
}

/* -------- conditions -------- */

enum compare { COMPARE_EQUAL, COMPARE_LIKE, COMPARE_REGEX, COMPARE_IN, COMPARE_NULL, COMPARE_ORDER };

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

static bool refuse_column(struct parser *parser, const struct condition *condition, struct text name)
{
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, name, 60);
	return err_set(parser->err, ERR_INPUT,
		       "column %zu: \"%s\" is nothing that can be asked of a host; write a host query, %s",
		       condition->column.at + 1, shown.at ? shown.at : "", EXAMPLE);
}

/* Finds what the column is in a host query. `name` is environment.KEY or tags.KEY for members. */
static bool settle_column(struct parser *parser, struct condition *condition, struct text name)
{
	if (text_starts(name, "agents."))
		name = (struct text){name.at + 7, name.len - 7};
	for (size_t i = 0; i < array_len(columns); i++)
		if (text_is_alike(name, text_of(columns[i].name)))
			condition->known = &columns[i];
	if (!condition->known && text_starts(name, "tags.") && term_is_plain(name) && name.len > 5) {
		condition->field = arena_text(parser->arena, name);
		return true;
	}
	if (!condition->known)
		return refuse_column(parser, condition, name);
	condition->field = text_of(condition->known->field);
	scoped(buf_end) struct buf what = {0};
	buf_print(&what, "a host has no \"%s\" here", condition->known->name);
	return condition->known->kind != COLUMN_REFUSED ||
	       refuse(parser, condition->column.at, what.at, condition->known->instead);
}

static bool read_column(struct parser *parser, struct condition *condition)
{
	condition->column = parser->token;
	struct text name = parser->token.text;
	if (parser->token.kind != TOKEN_WORD)
		return refuse(parser, parser->token.at, "a column is expected here",
			      "write for example name='web1' or environment->>'os'='linux'");
	if (!advance(parser))
		return false;
	if (is_mark(parser, "->>")) {
		if (!advance(parser))
			return false;
		if (parser->token.kind != TOKEN_TEXT)
			return refuse(parser, parser->token.at, "a key in quotes is expected here",
				      "write for example environment->>'os'");
		name = text_of(arena_print(parser->arena, "%.*s.%.*s", TEXT_ARG(name),
					   TEXT_ARG(parser->token.text)));
		if (!advance(parser))
			return false;
	}
	return settle_column(parser, condition, name);
}

/* ( 'a', 'b' ) behind IN. */
static bool read_list(struct parser *parser, struct condition *condition)
{
	struct token *list = NULL;
	size_t room = 0;
	if (!is_mark(parser, "("))
		return refuse(parser, parser->token.at, "IN wants a list", "write IN ('a', 'b')");
	do {
		if (!advance(parser) || !count_term(parser, parser->token.at))
			return false;
		if (parser->token.kind != TOKEN_TEXT)
			return refuse(parser, parser->token.at, "a value in quotes is expected here",
				      "write IN ('a', 'b')");
		list = arena_grow(parser->arena, list, &room, condition->count + 1, sizeof(*list));
		list[condition->count++] = parser->token;
		if (!advance(parser))
			return false;
	} while (is_mark(parser, ","));
	if (!is_mark(parser, ")"))
		return refuse(parser, parser->token.at, "the list of IN is not closed",
			      "put ) behind it");
	condition->values = list;
	return advance(parser);
}

static const struct {
	const char *word;
	enum compare compare;
	bool negated;
} comparisons[] = {
	{"=", COMPARE_EQUAL, false},   {"!=", COMPARE_EQUAL, true},  {"<>", COMPARE_EQUAL, true},
	{"~", COMPARE_REGEX, false},   {"~*", COMPARE_REGEX, false}, {"!~", COMPARE_REGEX, true},
	{"!~*", COMPARE_REGEX, true},  {"like", COMPARE_LIKE, false}, {"ilike", COMPARE_LIKE, false},
	{"in", COMPARE_IN, false},     {"<", COMPARE_ORDER, false},  {">", COMPARE_ORDER, false},
	{"<=", COMPARE_ORDER, false},  {">=", COMPARE_ORDER, false},
};

/* IS [NOT] NULL, behind IS. */
static bool read_null(struct parser *parser, struct condition *condition)
{
	condition->compare = COMPARE_NULL;
	if (!advance(parser))
		return false;
	condition->negated = is_keyword(parser, "not");
	if (condition->negated && !advance(parser))
		return false;
	return is_keyword(parser, "null") ? advance(parser)
					  : refuse(parser, parser->token.at, "NULL is expected here",
						   "write IS NULL or IS NOT NULL");
}

static bool read_comparison(struct parser *parser, struct condition *condition)
{
	if (is_keyword(parser, "is"))
		return read_null(parser, condition);
	bool negated = is_keyword(parser, "not");
	if (negated && !advance(parser))
		return false;
	size_t which = 0, at = parser->token.at;
	while (which < array_len(comparisons) &&
	       (parser->token.kind == TOKEN_TEXT || parser->token.kind == TOKEN_END ||
		!text_is_alike(parser->token.text, text_of(comparisons[which].word))))
		which++;
	if (which == array_len(comparisons) || comparisons[which].compare == COMPARE_ORDER)
		return refuse(parser, at, "a comparison is expected here",
			      "write =, !=, LIKE, ILIKE, ~* or IN, or a host query, " EXAMPLE);
	condition->compare = comparisons[which].compare;
	condition->negated = comparisons[which].negated != negated;
	if (!advance(parser))
		return false;
	if (condition->compare == COMPARE_IN)
		return read_list(parser, condition);
	if (parser->token.kind != TOKEN_TEXT)
		return refuse(parser, parser->token.at, "a value in quotes is expected here",
			      "write for example name='web1'");
	struct token *value = arena_get(parser->arena, 1, sizeof(*value));
	*value = parser->token;
	condition->values = value;
	condition->count = 1;
	return advance(parser);
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

/* The queue of an agent begins with its OS: 'linux.%' is all that it can be asked for. */
static bool put_queue(struct parser *parser, const struct condition *condition, struct buf *out)
{
	struct text like = condition->count > 0 ? condition->values[0].text : TEXT("");
	size_t len = 0;
	while (len < like.len && ((like.at[len] >= 'a' && like.at[len] <= 'z') ||
				  (like.at[len] >= 'A' && like.at[len] <= 'Z')))
		len++;
	struct text rest = {like.at + len, like.len - len};
	if (condition->compare != COMPARE_LIKE || len == 0 ||
	    !(text_is(rest, ".%") || text_is(rest, "%") || text_is(rest, ".%%")))
		return refuse(parser, condition->column.at,
			      "queueloc can only be asked for an OS, as in queueloc LIKE 'linux.%'",
			      "write a host query, " EXAMPLE);
	term_put_value(out, (struct text){like.at, len});
	return true;
}

static bool put_condition(struct parser *parser, const struct condition *condition, struct buf *out)
{
	if (condition->known && condition->known->kind == COLUMN_QUEUE)
		return put_queue(parser, condition, out);
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

/* What a column of one fixed value says: it holds for every host, or can't be asked. */
static bool settle_fixed(struct parser *parser, const struct condition *condition, struct part *part)
{
	bool holds = false;
	scoped(buf_end) struct buf what = {0};
	if (condition->compare == COMPARE_EQUAL || condition->compare == COMPARE_IN)
		for (size_t i = 0; i < condition->count; i++)
			holds |= text_is_alike(condition->values[i].text,
					       text_of(condition->known->field));
	buf_print(&what, "%s is always '%s'", condition->known->name, condition->known->field);
	if (holds == condition->negated)
		return refuse(parser, condition->column.at, what.at, condition->known->instead);
	*part = (struct part){PART_EVERY, TEXT("*")};
	return true;
}

static bool read_condition(struct parser *parser, struct part *part)
{
	struct condition condition = {0};
	scoped(buf_end) struct buf out = {0};
	if (!count_term(parser, parser->token.at) || !read_column(parser, &condition) ||
	    !read_comparison(parser, &condition))
		return false;
	if (condition.known && condition.known->kind == COLUMN_FIXED)
		return settle_fixed(parser, &condition, part);
	bool null = condition.compare == COMPARE_NULL;
	bool absent = null != condition.negated; /* IS NULL: not there */
	bool tag = !condition.known && absent && !null; /* of a tag that isn't there SQL knows nothing */
	if (tag)
		buf_print(&out, "%.*s:* and ", TEXT_ARG(condition.field));
	buf_print(&out, "%s%.*s:", absent ? "not " : "", TEXT_ARG(condition.field));
	if (!put_condition(parser, &condition, &out))
		return false;
	*part = (struct part){tag ? PART_AND : PART_TERM, keep(parser, &out)};
	return true;
}

/* -------- AND, OR, NOT -------- */

static bool read_or(struct parser *parser, struct part *part);

static bool enter(struct parser *parser)
{
	if (++parser->depth <= TARGET_DEPTH_MAX)
		return true;
	return err_set(parser->err, ERR_LIMIT, "column %zu: nested deeper than %d",
		       parser->token.at + 1, TARGET_DEPTH_MAX);
}

static bool read_group(struct parser *parser, struct part *part)
{
	size_t from = parser->token.at;
	if (!enter(parser) || !advance(parser) || !read_or(parser, part))
		return false;
	parser->depth--;
	if (!is_mark(parser, ")"))
		return refuse(parser, from, "this parenthesis is not closed", "put ) where it ends");
	return advance(parser);
}

static bool read_not(struct parser *parser, struct part *part)
{
	if (is_mark(parser, "("))
		return read_group(parser, part);
	if (!is_keyword(parser, "not"))
		return read_condition(parser, part);
	struct part inside;
	if (!enter(parser) || !advance(parser) || !read_not(parser, &inside))
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
	while (is_keyword(parser, "and")) {
		struct part right;
		if (!advance(parser) || !read_not(parser, &right))
			return false;
		join(parser, PART_AND, part, &right);
	}
	return true;
}

static bool read_or(struct parser *parser, struct part *part)
{
	if (!read_and(parser, part))
		return false;
	while (is_keyword(parser, "or")) {
		struct part right;
		if (!advance(parser) || !read_and(parser, &right))
			return false;
		join(parser, PART_OR, part, &right);
	}
	return true;
}

/* -------- which kind of target it is -------- */

static bool has_any(struct text text, const char *marks)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] != '\0' && strchr(marks, text.at[i]))
			return true;
	return false;
}

static bool check_bytes(struct text target, struct err *err)
{
	if (target.len > TARGET_LEN_MAX)
		return err_set(err, ERR_LIMIT, "column 1: a target of %zu bytes; at most %d are taken",
			       target.len, TARGET_LEN_MAX);
	for (size_t i = 0; i < target.len; i++)
		if ((unsigned char)target.at[i] < ' ' && !is_space(target.at[i]))
			return err_set(err, ERR_INPUT,
				       "column %zu: a control character; take it out", i + 1);
	return true;
}

static bool read_sql(struct text target, struct arena *arena, struct text *query, struct err *err)
{
	struct parser parser = {.text = target, .arena = arena, .err = err};
	struct part part;
	if (!advance(&parser) || !read_or(&parser, &part))
		return false;
	if (parser.token.kind != TOKEN_END)
		return refuse(&parser, parser.token.at, "AND, OR or the end is expected here",
			      "or write a host query, " EXAMPLE);
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
	if (term_is_plain(target) && !has_any(target, ".")) {
		*query = text_of(arena_print(arena, "os:%.*s", TEXT_ARG(target)));
		return true;
	}
	if (term_is_plain(target))
		return err_set(err, ERR_INPUT,
			       "column 1: \"%.*s\" is no OS; for a host of that name write name:%.*s",
			       (int)text_cut(target, 100), target.at, (int)text_cut(target, 100),
			       target.at);
	if (!has_any(target, "'") && has_any(target, ":<>")) { /* a host query already */
		*query = arena_text(arena, target);
		return true;
	}
	return read_sql(target, arena, query, err);
}
