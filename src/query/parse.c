#include <string.h>

#include "format/quantity.h"
#include "model/level.h"
#include "query/tree.h"

#define ARENA_LIMIT (4u * 1024 * 1024)

/* A recursive descent over the text: or < and < not < one term; side by side means and. */
struct parser {
	struct text text;
	size_t at;
	size_t nodes, depth;
	const struct query_schema *schema;
	struct query *query;
	struct err *err;
};

static bool refuse(struct parser *parser, size_t at, const char *what)
{
	return err_set(parser->err, ERR_INPUT, "column %zu: %s", at + 1, what);
}

static char peek(const struct parser *parser)
{
	return parser->at < parser->text.len ? parser->text.at[parser->at] : '\0';
}

static bool at_end(const struct parser *parser)
{
	return parser->at >= parser->text.len;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(struct parser *parser)
{
	while (!at_end(parser) && is_space(peek(parser)))
		parser->at++;
}

static struct node *node_new(struct parser *parser, enum node_kind kind)
{
	if (++parser->nodes > QUERY_NODES_MAX) {
		err_set(parser->err, ERR_LIMIT, "column %zu: more than %d terms", parser->at + 1,
			QUERY_NODES_MAX);
		return NULL;
	}
	struct node *node = arena_get(parser->query->arena, 1, sizeof(*node));
	node->kind = kind;
	return node;
}

static struct node *join(struct parser *parser, enum node_kind kind, struct node *left,
			 struct node *right)
{
	struct node *node = left && right ? node_new(parser, kind) : NULL;
	if (node) {
		node->left = left;
		node->right = right;
	}
	return node;
}

/* A word ends at white space, a parenthesis, a quote or a stage; a field's also at : < > =. */
static size_t word_end(const struct parser *parser, bool field)
{
	size_t at = parser->at;
	while (at < parser->text.len) {
		char c = parser->text.at[at];
		if (is_space(c) || strchr(field ? "()\"|:<>=" : "()\"|", c))
			break;
		at += c == '\\' && at + 1 < parser->text.len ? 2 : 1;
	}
	return at;
}

/* Whether the keyword stands here as a word of its own; moves behind it if so. */
static bool take_keyword(struct parser *parser, const char *keyword)
{
	skip_space(parser);
	size_t end = word_end(parser, true);
	struct text word = {parser->text.at + parser->at, end - parser->at};
	bool is_field = end < parser->text.len && strchr(":<>=", parser->text.at[end]);
	if (is_field || !text_is_alike(word, text_of(keyword)))
		return false;
	parser->at = end;
	return true;
}

/* --- values --- */

static bool read_phrase(struct parser *parser, struct text *text)
{
	size_t from = parser->at++;
	char *out = arena_get(parser->query->arena, 1, parser->text.len - from + 1);
	size_t len = 0;
	while (!at_end(parser) && peek(parser) != '"') {
		if (peek(parser) == '\\' && parser->at + 1 < parser->text.len)
			parser->at++;
		out[len++] = parser->text.at[parser->at++];
	}
	if (at_end(parser))
		return refuse(parser, from, "this quote is not closed; expected another \"");
	parser->at++;
	*text = (struct text){out, len};
	return true;
}

/* "/…/" is an expression only where its second slash ends the value, so that paths need no quotes.
 */
static bool is_regex(const struct parser *parser, size_t *end)
{
	size_t at = parser->at + 1;
	while (at < parser->text.len && parser->text.at[at] != '/')
		at += parser->text.at[at] == '\\' ? 2 : 1;
	if (peek(parser) != '/' || at >= parser->text.len || at == parser->at + 1)
		return false;
	*end = at;
	return at + 1 == parser->text.len || is_space(parser->text.at[at + 1]) ||
	       strchr(")|", parser->text.at[at + 1]);
}

static bool read_regex(struct parser *parser, struct node *node, size_t end)
{
	struct text pattern = {parser->text.at + parser->at + 1, end - parser->at - 1};
	node->term = TERM_REGEX;
	node->text = arena_text(parser->query->arena, pattern);
	node->regex = regex_new(node->text, REGEX_CASELESS, parser->err);
	if (!node->regex)
		return err_add(parser->err, "column %zu", parser->at + 1);
	struct query *query = parser->query;
	query->regexes = mem_grow(query->regexes, &query->regex_room, query->regex_count + 1,
				  sizeof(*query->regexes));
	query->regexes[query->regex_count++] = node->regex;
	parser->at = end + 1;
	return true;
}

/* Removes the escapes of a word, unless it has live wildcards: then the matcher needs them. */
static void set_word(struct parser *parser, struct node *node, struct text word)
{
	char *out = arena_get(parser->query->arena, 1, word.len + 1);
	size_t len = 0;
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] == '\\' && i + 1 < word.len)
			i++;
		else if (word.at[i] == '*' || word.at[i] == '?')
			node->wild = true;
		out[len++] = word.at[i];
	}
	node->text = node->wild ? arena_text(parser->query->arena, word) : (struct text){out, len};
}

/* now, now-1h, now+30m: relative to the moment of matching. */
static bool read_now(struct text text, struct node *node)
{
	int64_t span = 0;
	if (text.len < 3 || !text_is_alike((struct text){text.at, 3}, TEXT("now")))
		return false;
	struct text rest = {text.at + 3, text.len - 3};
	char sign = rest.len > 0 ? rest.at[0] : '+';
	if (rest.len > 0 && ((sign != '-' && sign != '+') ||
			     !time_read_span((struct text){rest.at + 1, rest.len - 1}, &span)))
		return false;
	node->from_now = true;
	node->value = value_number(VALUE_TIME, sign == '-' ? -span : span);
	return true;
}

static bool check_type(struct parser *parser, size_t at, const struct node *node)
{
	struct value value;
	if (node->type == VALUE_NONE || node->type == VALUE_TEXT || node->type == VALUE_LIST ||
	    node->type == VALUE_VERSION || node->wild || node->is_network ||
	    (node->type == VALUE_TIME && node->from_now) ||
	    value_read(node->type, node->text, &value))
		return true;
	return err_set(parser->err, ERR_INPUT, "column %zu: \"%.*s\" is no %s, which \"%s\" is",
		       at + 1, TEXT_ARG(node->text), value_type_name(node->type), node->field);
}

/* What stands behind "field:". */
static bool read_value(struct parser *parser, struct node *node)
{
	size_t from = parser->at, end;
	struct address network;
	if (peek(parser) == '"') {
		node->term = TERM_PHRASE;
		return read_phrase(parser, &node->text) && check_type(parser, from, node);
	}
	if (is_regex(parser, &end))
		return read_regex(parser, node, end);
	end = word_end(parser, false);
	if (end == from)
		return refuse(parser, from,
			      "expected a value, a \"phrase\", a /regex/ or (a or b)");
	struct text word = {parser->text.at + from, end - from};
	parser->at = end;
	if (text_is(word, "*")) {
		node->term = TERM_EXISTS;
		return true;
	}
	node->term = TERM_VALUE;
	set_word(parser, node, word);
	node->is_network = memchr(word.at, '/', word.len) && quantity_read_address(word, &network);
	return check_type(parser, from, node);
}

/* The type that a comparison without a schema's word for it is made in, from the value itself. */
static bool guess(struct node *node)
{
	static const enum value_type order[] = {VALUE_INT, VALUE_LEVEL, VALUE_TIME, VALUE_SIZE,
						VALUE_SPAN};
	for (size_t i = 0; i < array_len(order); i++)
		if (value_read(order[i], node->text, &node->value))
			return true;
	if (node->text.len == 0 || node->text.at[0] < '0' || node->text.at[0] > '9')
		return false;
	node->value = value_text(VALUE_VERSION, node->text);
	return true;
}

static bool read_compared(struct parser *parser, struct node *node)
{
	skip_space(parser);
	size_t from = parser->at, end = word_end(parser, false);
	if (peek(parser) == '"') {
		if (!read_phrase(parser, &node->text))
			return false;
	} else {
		struct text word = {parser->text.at + from, end - from};
		node->text = arena_text(parser->query->arena, word);
		parser->at = end;
	}
	if (node->text.len == 0)
		return refuse(parser, from, "expected a number, time, level, version or size");
	bool ordered = node->type != VALUE_NONE && node->type != VALUE_TEXT &&
		       node->type != VALUE_LIST;
	bool read = read_now(node->text, node) ||
		    (ordered ? value_read(node->type, node->text, &node->value) : guess(node));
	if (read)
		return true;
	return err_set(parser->err, ERR_INPUT, "column %zu: \"%.*s\" has no order; expected a %s",
		       from + 1, TEXT_ARG(node->text),
		       ordered ? value_type_name(node->type)
			       : "number, time, level, version or size");
}

/* --- fields --- */

static const struct query_field *find_field(const struct query_schema *schema, struct text name)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct query_field *field = &schema->fields[i];
		if (text_is_alike(name, text_of(field->name)) ||
		    (field->also && text_is_alike(name, text_of(field->also))))
			return field;
	}
	return NULL;
}

static bool refuse_field(struct parser *parser, size_t at, struct text name)
{
	struct near near = near_begin(name);
	for (size_t i = 0; i < parser->schema->count; i++)
		near_try(&near, parser->schema->fields[i].name);
	if (near.best)
		return err_set(parser->err, ERR_INPUT,
			       "column %zu: no field \"%.*s\"; did you mean \"%s\"?", at + 1,
			       TEXT_ARG(name), near.best);
	struct buf known = {0};
	for (size_t i = 0; i < parser->schema->count; i++)
		buf_print(&known, "%s%s", i > 0 ? ", " : "", parser->schema->fields[i].name);
	err_set(parser->err, ERR_INPUT, "column %zu: no field \"%.*s\"; there are %s", at + 1,
		TEXT_ARG(name), known.at ? known.at : "none");
	buf_end(&known);
	return false;
}

/* A field without a type has members of its own: tags.NAME. */
static bool is_member(const struct query_schema *schema, struct text name)
{
	for (size_t i = 0; i < schema->count; i++) {
		size_t len = strlen(schema->fields[i].name);
		if (schema->fields[i].type == VALUE_NONE && name.len > len + 1 &&
		    text_starts(name, schema->fields[i].name) && name.at[len] == '.')
			return true;
	}
	return false;
}

/* Without a schema, the fields that hold sentences are known by their last name (CONTRACT 7). */
static bool holds_words(struct text name)
{
	static const char *const names[] = {"message", "summary", "name", "description", "reason"};
	const char *dot = memrchr(name.at, '.', name.len);
	struct text last = dot ? (struct text){dot + 1, name.len - (size_t)(dot + 1 - name.at)}
			       : name;
	for (size_t i = 0; i < array_len(names); i++)
		if (text_is_alike(last, text_of(names[i])))
			return true;
	return false;
}

static bool set_field(struct parser *parser, size_t at, struct text name, struct node *node)
{
	const struct query_field *field = parser->schema ? find_field(parser->schema, name) : NULL;
	if (parser->schema && !field && !parser->schema->open && !is_member(parser->schema, name))
		return refuse_field(parser, at, name);
	if (field) {
		node->field = field->name;
		node->type = field->type;
		node->words = field->words;
		return true;
	}
	node->field = arena_copy(parser->query->arena, name.at, name.len);
	node->words = !parser->schema && holds_words(name);
	return true;
}

/* --- terms --- */

static struct node *read_or(struct parser *parser, const struct node *like);

/* ( … ), of whole terms or, behind "field:", of values. */
static struct node *read_group(struct parser *parser, const struct node *like)
{
	size_t from = parser->at++;
	if (++parser->depth > QUERY_DEPTH_MAX) {
		err_set(parser->err, ERR_LIMIT, "column %zu: nested deeper than %d", from + 1,
			QUERY_DEPTH_MAX);
		return NULL;
	}
	struct node *node = read_or(parser, like);
	parser->depth--;
	if (!node)
		return NULL;
	skip_space(parser);
	if (peek(parser) != ')') {
		refuse(parser, at_end(parser) ? from : parser->at,
		       at_end(parser) ? "this parenthesis is not closed; expected )"
				      : "expected )");
		return NULL;
	}
	parser->at++;
	return node;
}

static struct node *read_like(struct parser *parser, const struct node *like)
{
	struct node *node = node_new(parser, NODE_TERM);
	if (!node)
		return NULL;
	*node = *like;
	return read_value(parser, node) ? node : NULL;
}

static struct node *read_bare(struct parser *parser)
{
	struct node *node = node_new(parser, NODE_TERM);
	if (!node)
		return NULL;
	node->words = true;
	if (!read_value(parser, node))
		return NULL;
	if (node->term == TERM_EXISTS)
		node->kind = NODE_ALL;
	return node;
}

static bool read_operator(struct parser *parser, struct node *node)
{
	char c = peek(parser);
	size_t from = parser->at++;
	bool equal = peek(parser) == '=';
	parser->at += equal;
	if (c == '=' || (c != '<' && c != '>'))
		return refuse(parser, from, "expected : or a comparison; write field:value");
	node->term = c == '<' ? (equal ? TERM_AT_MOST : TERM_BELOW)
			      : (equal ? TERM_AT_LEAST : TERM_ABOVE);
	return read_compared(parser, node);
}

/* What stands behind the word here: a field's mark (':', '<', '>' or '='), or '\0' where it is no
 * field; *at is where. A colon must follow at once, comparisons may stand apart. */
static char field_mark(const struct parser *parser, size_t end, size_t *at)
{
	size_t regex_end;
	*at = end;
	if (end == parser->at || (peek(parser) == '/' && is_regex(parser, &regex_end)))
		return '\0';
	while (*at < parser->text.len && is_space(parser->text.at[*at]))
		(*at)++;
	char mark = *at < parser->text.len ? parser->text.at[*at] : '\0';
	bool compared = mark == '<' || mark == '>' || mark == '=';
	return compared || (mark == ':' && *at == end) ? mark : '\0';
}

static struct node *read_term(struct parser *parser)
{
	size_t from = parser->at, end = word_end(parser, true), behind;
	char mark = field_mark(parser, end, &behind);
	if (mark == '\0')
		return read_bare(parser);
	struct node *node = node_new(parser, NODE_TERM);
	struct text name = {parser->text.at + from, end - from};
	if (!node || !set_field(parser, from, name, node))
		return NULL;
	parser->at = behind;
	if (mark != ':')
		return read_operator(parser, node) ? node : NULL;
	parser->at++;
	skip_space(parser);
	if (peek(parser) == '(')
		return read_group(parser, node);
	return read_value(parser, node) ? node : NULL;
}

static struct node *read_not(struct parser *parser, const struct node *like)
{
	if (take_keyword(parser, "not")) {
		if (++parser->depth > QUERY_DEPTH_MAX) {
			err_set(parser->err, ERR_LIMIT, "column %zu: nested deeper than %d",
				parser->at + 1, QUERY_DEPTH_MAX);
			return NULL;
		}
		struct node *inside = read_not(parser, like);
		parser->depth--;
		struct node *node = inside ? node_new(parser, NODE_NOT) : NULL;
		if (node)
			node->left = inside;
		return node;
	}
	skip_space(parser);
	if (at_end(parser) || peek(parser) == ')') {
		refuse(parser, parser->at, "expected a term: field:value, a word or a \"phrase\"");
		return NULL;
	}
	if (peek(parser) == '|') {
		refuse(parser, parser->at,
		       "stages (| …) are not taken here; write the condition alone");
		return NULL;
	}
	if (peek(parser) == '(')
		return read_group(parser, like);
	return like ? read_like(parser, like) : read_term(parser);
}

/* Whether another term follows at this depth, after an optional "and". */
static bool more_follows(struct parser *parser)
{
	if (take_keyword(parser, "and"))
		return true;
	size_t before = parser->at;
	bool is_or = take_keyword(parser, "or");
	parser->at = before;
	skip_space(parser);
	return !is_or && !at_end(parser) && peek(parser) != ')';
}

static struct node *read_and(struct parser *parser, const struct node *like)
{
	struct node *node = read_not(parser, like);
	while (node && more_follows(parser))
		node = join(parser, NODE_AND, node, read_not(parser, like));
	return node;
}

static struct node *read_or(struct parser *parser, const struct node *like)
{
	struct node *node = read_and(parser, like);
	while (node && take_keyword(parser, "or"))
		node = join(parser, NODE_OR, node, read_and(parser, like));
	return node;
}

struct query *query_parse(struct text text, const struct query_schema *schema, struct err *err)
{
	if (text.len > QUERY_TEXT_MAX) {
		err_set(err, ERR_LIMIT, "a query of %zu bytes; at most %d are taken", text.len,
			QUERY_TEXT_MAX);
		return NULL;
	}
	struct query *query = mem_new(1, sizeof(*query));
	query->arena = arena_new(ARENA_LIMIT);
	struct parser parser = {.text = text, .schema = schema, .query = query, .err = err};
	skip_space(&parser);
	query->root = at_end(&parser) ? node_new(&parser, NODE_ALL) : read_or(&parser, NULL);
	skip_space(&parser);
	if (query->root && !at_end(&parser)) {
		refuse(&parser, parser.at, "expected \"and\", \"or\" or the end");
		query->root = NULL;
	}
	if (!query->root)
		query_free(&query);
	return query;
}

void query_free(struct query **query)
{
	if (!*query)
		return;
	for (size_t i = 0; i < (*query)->regex_count; i++)
		regex_free(&(*query)->regexes[i]);
	mem_free(&(*query)->regexes);
	arena_free(&(*query)->arena);
	mem_free(query);
}
