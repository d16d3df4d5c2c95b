#include <string.h>

#include "assess/command/shell/shell.h"

struct parser {
	struct text text;
	size_t at;
	struct arena *arena;
	size_t *nodes; /* over all texts in texts */
	unsigned depth;
	bool bash, bad;
};

static void *refuse(struct parser *parser)
{
	parser->bad = true;
	return NULL;
}

static char look(const struct parser *parser, size_t ahead)
{
	size_t at = parser->at + ahead;
	return at < parser->text.len ? parser->text.at[at] : '\0';
}

static bool is_end(const struct parser *parser)
{
	return parser->bad || parser->at >= parser->text.len;
}

static struct shell_node *new_node(struct parser *parser, enum shell_kind kind)
{
	if (++*parser->nodes > SHELL_NODES_MAX)
		return refuse(parser);
	struct shell_node *node = arena_get(parser->arena, 1, sizeof(*node));
	node->kind = kind;
	return node;
}

static void skip_blanks(struct parser *parser)
{
	for (;;) {
		char c = look(parser, 0);
		if (c == ' ' || c == '\t') {
			parser->at++;
		} else if (c == '\\' && look(parser, 1) == '\n') {
			parser->at += 2;
		} else if (c == '#') {
			while (!is_end(parser) && look(parser, 0) != '\n')
				parser->at++;
		} else {
			return;
		}
	}
}

static void skip_lines(struct parser *parser)
{
	for (skip_blanks(parser); look(parser, 0) == '\n'; skip_blanks(parser))
		parser->at++;
}

/* -------- words -------- */

static struct shell_node *parse_list(struct parser *parser);

struct draft {
	struct parser *parser;
	struct shell_piece *first, **end;
	struct buf text; /* not yet a piece */
	bool quoted;
};

static struct shell_piece *add_piece(struct draft *draft, enum shell_piece_kind kind)
{
	struct shell_piece *piece = arena_get(draft->parser->arena, 1, sizeof(*piece));
	piece->kind = kind;
	piece->quoted = draft->quoted;
	*draft->end = piece;
	draft->end = &piece->next;
	return piece;
}

static void end_text(struct draft *draft, bool even_empty)
{
	if (draft->text.len == 0 && !even_empty)
		return;
	struct shell_piece *piece = add_piece(draft, PIECE_TEXT);
	piece->text = arena_text(draft->parser->arena, buf_view(&draft->text));
	buf_clear(&draft->text);
}

static bool is_name_char(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

static void parse_variable(struct draft *draft)
{
	struct parser *parser = draft->parser;
	bool braces = look(parser, 1) == '{';
	size_t from = parser->at + 1 + braces, len = 0;
	while (from + len < parser->text.len && is_name_char(parser->text.at[from + len], len == 0))
		len++;
	if (len == 0 && from < parser->text.len && parser->text.at[from] == '?')
		len = 1;
	if (len == 0 && !braces) { /* a dollar sign alone */
		char c = look(parser, 1);
		if (c && strchr("0123456789#@*$!-'\"(", c) && !(draft->quoted && c == '"')) {
			refuse(parser);
			return;
		}
		buf_char(&draft->text, '$');
		parser->at++;
		return;
	}
	if (len == 0 ||
	    (braces && (from + len >= parser->text.len || parser->text.at[from + len] != '}'))) {
		refuse(parser);
		return;
	}
	end_text(draft, false);
	add_piece(draft, PIECE_VARIABLE)->text = (struct text){parser->text.at + from, len};
	parser->at = from + len + braces;
}

static void parse_command(struct draft *draft)
{
	struct parser *parser = draft->parser;
	if (look(parser, 2) == '(' || ++parser->depth > SHELL_DEPTH_MAX) {
		refuse(parser); /* arithmetic */
		return;
	}
	parser->at += 2;
	end_text(draft, false);
	struct shell_piece *piece = add_piece(draft, PIECE_COMMAND);
	piece->inner = parse_list(parser);
	parser->depth--;
	if (look(parser, 0) != ')')
		refuse(parser);
	parser->at++;
}

/* `…`: a backslash in it stands for $, ` or itself. */
static void parse_backquotes(struct draft *draft)
{
	struct parser *parser = draft->parser;
	scoped(buf_end) struct buf inside = {0};
	for (parser->at++; !is_end(parser) && look(parser, 0) != '`'; parser->at++) {
		char next = look(parser, 1);
		if (look(parser, 0) == '\\' &&
		    (next == '$' || next == '`' || next == '\\' || (draft->quoted && next == '"')))
			parser->at++;
		buf_char(&inside, look(parser, 0));
	}
	if (is_end(parser) || ++parser->depth > SHELL_DEPTH_MAX) {
		refuse(parser);
		return;
	}
	parser->at++;
	end_text(draft, false);
	struct parser inner = *parser;
	inner.text = arena_text(parser->arena, buf_view(&inside));
	inner.at = 0;
	struct shell_piece *piece = add_piece(draft, PIECE_COMMAND);
	piece->inner = parse_list(&inner);
	parser->bad |= inner.bad || inner.at < inner.text.len;
	parser->depth--;
}

static void parse_dollar(struct draft *draft)
{
	if (look(draft->parser, 1) == '(')
		parse_command(draft);
	else
		parse_variable(draft);
}

static void parse_double(struct draft *draft)
{
	struct parser *parser = draft->parser;
	end_text(draft, false);
	draft->quoted = true;
	for (parser->at++; !is_end(parser) && look(parser, 0) != '"';) {
		char c = look(parser, 0), next = look(parser, 1);
		if (c == '$') {
			parse_dollar(draft);
		} else if (c == '`') {
			parse_backquotes(draft);
		} else if (c == '\\' && next == '\n') {
			parser->at += 2;
		} else {
			bool escaped = c == '\\' && next && strchr("$`\"\\", next);
			buf_char(&draft->text, escaped ? next : c);
			parser->at += escaped ? 2 : 1;
		}
	}
	if (is_end(parser))
		refuse(parser);
	parser->at++;
	end_text(draft, true);
	draft->quoted = false;
}

static void parse_single(struct draft *draft)
{
	struct parser *parser = draft->parser;
	end_text(draft, false);
	draft->quoted = true;
	for (parser->at++; !is_end(parser) && look(parser, 0) != '\''; parser->at++)
		buf_char(&draft->text, look(parser, 0));
	if (is_end(parser))
		refuse(parser);
	parser->at++;
	end_text(draft, true);
	draft->quoted = false;
}

static void parse_backslash(struct draft *draft)
{
	struct parser *parser = draft->parser;
	char next = look(parser, 1);
	parser->at += 2;
	if (parser->at > parser->text.len) {
		refuse(parser);
		return;
	}
	if (next == '\n')
		return;
	end_text(draft, false);
	draft->quoted = true;
	buf_char(&draft->text, next);
	end_text(draft, false);
	draft->quoted = false;
}

static bool ends_word(char c)
{
	return c == '\0' || strchr(" \t\n;&|()<>", c);
}

static void end_draft(struct draft *draft)
{
	buf_end(&draft->text);
}

/* {a,b} and {1..9}, which bash makes several words of. */
static bool is_brace_list(const struct parser *parser)
{
	for (size_t i = 1; !ends_word(look(parser, i)) && look(parser, i) != '}'; i++)
		if (look(parser, i) == ',' ||
		    (look(parser, i) == '.' && look(parser, i + 1) == '.'))
			return true;
	return false;
}

static struct shell_word *parse_word(struct parser *parser)
{
	scoped(end_draft) struct draft draft = {.parser = parser};
	draft.end = &draft.first;
	size_t from = parser->at;
	if (look(parser, 0) == '~')
		return refuse(parser);
	while (!is_end(parser) && !ends_word(look(parser, 0))) {
		char c = look(parser, 0);
		if (c == '"') {
			parse_double(&draft);
		} else if (c == '\'') {
			parse_single(&draft);
		} else if (c == '\\') {
			parse_backslash(&draft);
		} else if (c == '$') {
			parse_dollar(&draft);
		} else if (c == '`') {
			parse_backquotes(&draft);
		} else {
			if (c == '{' && parser->bash && is_brace_list(parser))
				return refuse(parser);
			buf_char(&draft.text, c);
			parser->at++;
		}
	}
	end_text(&draft, false);
	if (parser->bad || parser->at == from ||
	    (parser->at < parser->text.len && !look(parser, 0)))
		return refuse(parser);
	struct shell_word *word = arena_get(parser->arena, 1, sizeof(*word));
	word->pieces = draft.first;
	return word;
}

/* The word that is next, when it stands there bare: for reserved words. */
static struct text peek_bare(struct parser *parser)
{
	size_t len = 0;
	while (!ends_word(look(parser, len)) && !strchr("\"'\\$`", look(parser, len)))
		len++;
	if (!ends_word(look(parser, len)))
		len = 0;
	return (struct text){parser->text.at + parser->at, len};
}

static bool take_bare(struct parser *parser, const char *word)
{
	skip_lines(parser);
	struct text bare = peek_bare(parser);
	if (is_end(parser) || !text_is(bare, word))
		return false;
	parser->at += bare.len;
	return true;
}

/* -------- commands -------- */

static bool is_null_device(const struct shell_word *word)
{
	return word && word->pieces && !word->pieces->next && word->pieces->kind == PIECE_TEXT &&
	       text_is(word->pieces->text, "/dev/null");
}

/* "2>/dev/null", "2>&1", ">&2", "&>/dev/null", "</etc/passwd"; *there: one stands here. */
static struct shell_redirect *parse_redirect(struct parser *parser, bool *there)
{
	size_t digit = look(parser, 0) >= '0' && look(parser, 0) <= '9' ? 1 : 0;
	bool both = digit == 0 && parser->bash && look(parser, 0) == '&' && look(parser, 1) == '>';
	char sign = look(parser, both ? 1 : digit);
	*there = sign == '<' || sign == '>';
	if (!*there)
		return NULL;
	struct shell_redirect *redirect = arena_get(parser->arena, 1, sizeof(*redirect));
	redirect->fd = digit ? look(parser, 0) - '0' : sign == '>';
	parser->at += (both ? 1 : digit) + 1;
	if (redirect->fd > 2 || (sign == '<') != (redirect->fd == 0))
		return refuse(parser);
	if (sign == '>' && look(parser, 0) == '&') {
		redirect->kind = REDIRECT_JOIN;
		redirect->to = look(parser, 1) - '0';
		parser->at += 2;
		if ((redirect->to != 1 && redirect->to != 2) || !ends_word(look(parser, 0)))
			return refuse(parser);
		return redirect;
	}
	if (sign == '>' && look(parser, 0) == '>')
		parser->at++;
	skip_blanks(parser);
	redirect->kind = both ? REDIRECT_BOTH : sign == '>' ? REDIRECT_NULL : REDIRECT_FROM;
	redirect->word = ends_word(look(parser, 0)) ? NULL : parse_word(parser);
	if (!redirect->word || (sign == '>' && !is_null_device(redirect->word)))
		return refuse(parser); /* it would write a file */
	return redirect;
}

static bool is_assignment(const struct shell_word *word)
{
	const struct shell_piece *piece = word->pieces;
	size_t len = 0;
	if (!piece || piece->kind != PIECE_TEXT || piece->quoted)
		return false;
	while (len < piece->text.len && is_name_char(piece->text.at[len], len == 0))
		len++;
	return len > 0 && len < piece->text.len && piece->text.at[len] == '=';
}

static bool is_at_command_end(const struct parser *parser)
{
	char c = look(parser, 0);
	return is_end(parser) || c == '\n' || c == ';' || c == '|' || c == ')' ||
	       (c == '&' && !(parser->bash && look(parser, 1) == '>'));
}

static struct shell_redirect *parse_redirects(struct parser *parser)
{
	struct shell_redirect *first = NULL, **end = &first;
	for (bool there = true; there && !parser->bad;) {
		skip_blanks(parser);
		*end = parse_redirect(parser, &there);
		if (*end)
			end = &(*end)->next;
	}
	return first;
}

static struct shell_node *parse_simple(struct parser *parser)
{
	struct shell_node *node = new_node(parser, SHELL_SIMPLE);
	struct shell_word **words = node ? &node->words : NULL;
	struct shell_word **assigned = node ? &node->assigned : NULL;
	struct shell_redirect **redirects = node ? &node->redirects : NULL;
	for (skip_blanks(parser); node && !is_at_command_end(parser); skip_blanks(parser)) {
		bool there;
		struct shell_redirect *redirect = parse_redirect(parser, &there);
		if (redirect) {
			*redirects = redirect;
			redirects = &redirect->next;
			continue;
		}
		struct shell_word *word = there ? NULL : parse_word(parser);
		if (!word)
			return refuse(parser);
		if (!node->words && is_assignment(word)) {
			*assigned = word;
			assigned = &word->next;
		} else {
			*words = word;
			words = &word->next;
		}
	}
	if (!node || (!node->words && !node->assigned))
		return refuse(parser);
	return node;
}

static struct shell_node *parse_if(struct parser *parser)
{
	struct shell_node *node = new_node(parser, SHELL_IF);
	if (!node)
		return NULL;
	node->left = parse_list(parser);
	if (!take_bare(parser, "then"))
		return refuse(parser);
	node->right = parse_list(parser);
	if (take_bare(parser, "elif")) {
		node->otherwise = parse_if(parser); /* ends with the one fi */
		return node;
	}
	if (take_bare(parser, "else"))
		node->otherwise = parse_list(parser);
	return take_bare(parser, "fi") && node->left && node->right ? node : refuse(parser);
}

static struct shell_node *parse_body(struct parser *parser, struct shell_node *node)
{
	skip_lines(parser);
	if (look(parser, 0) == ';')
		parser->at++;
	if (!take_bare(parser, "do"))
		return refuse(parser);
	node->right = parse_list(parser);
	return take_bare(parser, "done") && node->right ? node : refuse(parser);
}

static struct shell_node *parse_for(struct parser *parser)
{
	struct shell_node *node = new_node(parser, SHELL_FOR);
	skip_blanks(parser);
	struct text name = peek_bare(parser);
	if (!node || name.len == 0 || !is_name_char(name.at[0], true))
		return refuse(parser);
	for (size_t i = 0; i < name.len; i++)
		if (!is_name_char(name.at[i], false))
			return refuse(parser);
	node->name = name;
	parser->at += name.len;
	if (!take_bare(parser, "in"))
		return refuse(parser);
	struct shell_word **words = &node->words;
	for (skip_blanks(parser); !is_at_command_end(parser); skip_blanks(parser)) {
		*words = parse_word(parser);
		if (!*words)
			return NULL;
		words = &(*words)->next;
	}
	return parse_body(parser, node);
}

static struct shell_node *parse_while(struct parser *parser)
{
	struct shell_node *node = new_node(parser, SHELL_WHILE);
	if (!node)
		return NULL;
	node->left = parse_list(parser);
	return node->left ? parse_body(parser, node) : refuse(parser);
}

static struct shell_node *parse_group(struct parser *parser, char end)
{
	struct shell_node *node = new_node(parser, end == ')' ? SHELL_SUBSHELL : SHELL_GROUP);
	parser->at++;
	struct shell_node *inner = parse_list(parser);
	if (!node || !inner || look(parser, 0) != end)
		return refuse(parser);
	parser->at++;
	node->left = inner;
	return node;
}

static bool is_refused(struct text word)
{
	static const char *const words[] = {"case", "esac", "function", "until", "select", "time",
					    "then", "do",   "done",     "fi",    "else",   "elif",
					    "in",   "[[",   "((",       "}"};
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is(word, words[i]))
			return true;
	return false;
}

static struct shell_node *parse_compound(struct parser *parser)
{
	struct shell_node *node;
	if (take_bare(parser, "if"))
		node = parse_if(parser);
	else if (take_bare(parser, "for"))
		node = parse_for(parser);
	else if (take_bare(parser, "while"))
		node = parse_while(parser);
	else if (look(parser, 0) == '(')
		node = look(parser, 1) == '(' ? refuse(parser) : parse_group(parser, ')');
	else if (text_is(peek_bare(parser), "{"))
		node = parse_group(parser, '}');
	else if (is_refused(peek_bare(parser)))
		node = refuse(parser);
	else
		return parse_simple(parser);
	if (node)
		node->redirects = parse_redirects(parser);
	return node;
}

static struct shell_node *parse_pipe(struct parser *parser)
{
	if (++parser->depth > SHELL_DEPTH_MAX)
		return refuse(parser);
	bool inverse = take_bare(parser, "!");
	struct shell_node *left = parse_compound(parser);
	for (skip_blanks(parser); left && look(parser, 0) == '|' && look(parser, 1) != '|';
	     skip_blanks(parser)) {
		if (look(parser, 1) == '&')
			return refuse(parser);
		parser->at++;
		skip_lines(parser);
		struct shell_node *node = new_node(parser, SHELL_PIPE);
		struct shell_node *right = parse_compound(parser);
		if (!node || !right)
			return refuse(parser);
		node->left = left;
		node->right = right;
		left = node;
	}
	parser->depth--;
	struct shell_node *not = inverse && left ? new_node(parser, SHELL_NOT) : NULL;
	if (not )
		not ->left = left;
	return inverse ? not : left;
}

static struct shell_node *join(struct parser *parser, enum shell_kind kind, struct shell_node *left,
			       struct shell_node *right)
{
	struct shell_node *node = new_node(parser, kind);
	if (!node || !right)
		return refuse(parser);
	node->left = left;
	node->right = right;
	return node;
}

static struct shell_node *parse_and_or(struct parser *parser)
{
	struct shell_node *left = parse_pipe(parser);
	for (skip_blanks(parser); left; skip_blanks(parser)) {
		char c = look(parser, 0);
		if ((c != '&' && c != '|') || look(parser, 1) != c)
			break;
		parser->at += 2;
		skip_lines(parser);
		left = join(parser, c == '&' ? SHELL_AND : SHELL_OR, left, parse_pipe(parser));
	}
	return left;
}

/* Whether a list ends here: at the text's end, a bracket, or a word that closes. */
static bool is_list_end(struct parser *parser)
{
	static const char *const words[] = {"then", "do", "done", "fi", "else", "elif", "}"};
	skip_lines(parser);
	if (is_end(parser) || look(parser, 0) == ')')
		return true;
	struct text bare = peek_bare(parser);
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is(bare, words[i]))
			return true;
	return false;
}

static struct shell_node *parse_list(struct parser *parser)
{
	struct shell_node *list = NULL;
	if (++parser->depth > SHELL_DEPTH_MAX)
		return refuse(parser);
	while (!is_list_end(parser)) {
		struct shell_node *next = parse_and_or(parser);
		if (!next)
			return refuse(parser);
		list = list ? join(parser, SHELL_THEN, list, next) : next;
		skip_blanks(parser);
		char c = look(parser, 0);
		if (c == ';' || c == '&' || c == '\n')
			parser->at++;
		else if (!is_list_end(parser))
			return refuse(parser);
		if (c == ';' && look(parser, 0) == ';')
			return refuse(parser);
	}
	parser->depth--;
	return list;
}

bool shell_parse(struct text text, bool bash, struct arena *arena, struct shell_node **node)
{
	size_t nodes = 0;
	struct parser parser = {.text = text, .arena = arena, .nodes = &nodes, .bash = bash};
	if (text.len > SHELL_TEXT_MAX || (text.len > 0 && memchr(text.at, 0, text.len)))
		return false;
	*node = parse_list(&parser);
	return !parser.bad && parser.at == text.len;
}
