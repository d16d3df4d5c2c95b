#include "assess/command/shell/parser.h"

#include <string.h>

static struct shell_node *new_node(struct parser *parser, enum shell_kind kind)
{
	if (++*parser->nodes > SHELL_NODES_MAX)
		return parser_refuse(parser);
	struct shell_node *node = arena_get(parser->arena, 1, sizeof(*node));
	node->kind = kind;
	return node;
}

/* The word that is next, when it stands there bare: for reserved words. */
static struct text peek_bare(struct parser *parser)
{
	size_t len = 0;
	while (!parser_ends_word(parser_look(parser, len)) &&
	       !strchr("\"'\\$`", parser_look(parser, len)))
		len++;
	if (!parser_ends_word(parser_look(parser, len)))
		len = 0;
	return (struct text){parser->text.at + parser->at, len};
}

static bool take_bare(struct parser *parser, const char *word)
{
	parser_skip_lines(parser);
	struct text bare = peek_bare(parser);
	if (parser_is_end(parser) || !text_is(bare, word))
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

/* What stands behind the sign of one that is there. */
static bool read_target(struct parser *parser, struct shell_redirect *redirect, bool reads)
{
	if (!reads && parser_look(parser, 0) == '&') {
		redirect->kind = REDIRECT_JOIN;
		redirect->to = parser_look(parser, 1) - '0';
		parser->at += 2;
		return (redirect->to == 1 || redirect->to == 2) &&
		       parser_ends_word(parser_look(parser, 0));
	}
	if (!reads && parser_look(parser, 0) == '>')
		parser->at++;
	parser_skip_blanks(parser);
	if (parser_ends_word(parser_look(parser, 0)))
		return false;
	redirect->word = parser_word(parser);
	return reads || is_null_device(redirect->word); /* else it would write a file */
}

/* "2>/dev/null", "2>&1", ">&2", "&>/dev/null", "</etc/passwd"; *there: one stands here. */
static struct shell_redirect *parse_redirect(struct parser *parser, bool *there)
{
	char first = parser_look(parser, 0);
	bool digit = first >= '0' && first <= '9';
	bool both = parser->bash && first == '&' && parser_look(parser, 1) == '>';
	char sign = parser_look(parser, digit || both);
	bool reads = sign == '<';
	*there = reads || sign == '>';
	if (!*there)
		return NULL;
	struct shell_redirect *redirect = arena_get(parser->arena, 1, sizeof(*redirect));
	redirect->fd = digit ? first - '0' : !reads;
	redirect->kind = both ? REDIRECT_BOTH : reads ? REDIRECT_FROM : REDIRECT_NULL;
	parser->at += (digit || both) + 1u;
	if (redirect->fd > 2 || reads != (redirect->fd == 0) ||
	    !read_target(parser, redirect, reads))
		return parser_refuse(parser);
	return redirect;
}

static bool is_assignment(const struct shell_word *word)
{
	const struct shell_piece *piece = word->pieces;
	size_t len = 0;
	if (!piece || piece->kind != PIECE_TEXT || piece->quoted)
		return false;
	while (len < piece->text.len && parser_is_name(piece->text.at[len], len == 0))
		len++;
	return len > 0 && len < piece->text.len && piece->text.at[len] == '=';
}

static bool is_at_command_end(const struct parser *parser)
{
	char c = parser_look(parser, 0);
	return parser_is_end(parser) || c == '\n' || c == ';' || c == '|' || c == ')' ||
	       (c == '&' && !(parser->bash && parser_look(parser, 1) == '>'));
}

static struct shell_redirect *parse_redirects(struct parser *parser)
{
	struct shell_redirect *first = NULL, **end = &first;
	for (bool there = true; there && !parser->bad;) {
		parser_skip_blanks(parser);
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
	for (parser_skip_blanks(parser); node && !is_at_command_end(parser);
	     parser_skip_blanks(parser)) {
		bool there;
		struct shell_redirect *redirect = parse_redirect(parser, &there);
		if (redirect) {
			*redirects = redirect;
			redirects = &redirect->next;
			continue;
		}
		struct shell_word *word = there ? NULL : parser_word(parser);
		if (!word)
			return parser_refuse(parser);
		if (!node->words && is_assignment(word)) {
			*assigned = word;
			assigned = &word->next;
		} else {
			*words = word;
			words = &word->next;
		}
	}
	if (!node || (!node->words && !node->assigned))
		return parser_refuse(parser);
	return node;
}

static struct shell_node *parse_if(struct parser *parser)
{
	struct shell_node *node = new_node(parser, SHELL_IF);
	if (!node)
		return NULL;
	node->left = parser_list(parser);
	if (!take_bare(parser, "then"))
		return parser_refuse(parser);
	node->right = parser_list(parser);
	if (take_bare(parser, "elif")) {
		node->otherwise = parse_if(parser); /* ends with the one fi */
		return node;
	}
	if (take_bare(parser, "else"))
		node->otherwise = parser_list(parser);
	return take_bare(parser, "fi") && node->left && node->right ? node : parser_refuse(parser);
}

static struct shell_node *parse_body(struct parser *parser, struct shell_node *node)
{
	parser_skip_lines(parser);
	if (parser_look(parser, 0) == ';')
		parser->at++;
	if (!take_bare(parser, "do"))
		return parser_refuse(parser);
	node->right = parser_list(parser);
	return take_bare(parser, "done") && node->right ? node : parser_refuse(parser);
}

static struct shell_node *parse_for(struct parser *parser)
{
	struct shell_node *node = new_node(parser, SHELL_FOR);
	parser_skip_blanks(parser);
	struct text name = peek_bare(parser);
	if (!node || name.len == 0 || !parser_is_name(name.at[0], true))
		return parser_refuse(parser);
	for (size_t i = 0; i < name.len; i++)
		if (!parser_is_name(name.at[i], false))
			return parser_refuse(parser);
	node->name = name;
	parser->at += name.len;
	if (!take_bare(parser, "in"))
		return parser_refuse(parser);
	struct shell_word **words = &node->words;
	for (parser_skip_blanks(parser); !is_at_command_end(parser); parser_skip_blanks(parser)) {
		*words = parser_word(parser);
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
	node->left = parser_list(parser);
	return node->left ? parse_body(parser, node) : parser_refuse(parser);
}

static struct shell_node *parse_group(struct parser *parser, char end)
{
	struct shell_node *node = new_node(parser, end == ')' ? SHELL_SUBSHELL : SHELL_GROUP);
	parser->at++;
	struct shell_node *inner = parser_list(parser);
	if (!node || !inner || parser_look(parser, 0) != end)
		return parser_refuse(parser);
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
	else if (parser_look(parser, 0) == '(')
		node = parser_look(parser, 1) == '(' ? parser_refuse(parser)
						     : parse_group(parser, ')');
	else if (text_is(peek_bare(parser), "{"))
		node = parse_group(parser, '}');
	else if (is_refused(peek_bare(parser)))
		node = parser_refuse(parser);
	else
		return parse_simple(parser);
	if (node)
		node->redirects = parse_redirects(parser);
	return node;
}

static struct shell_node *parse_pipe(struct parser *parser)
{
	if (++parser->depth > SHELL_DEPTH_MAX)
		return parser_refuse(parser);
	bool inverse = take_bare(parser, "!");
	struct shell_node *left = parse_compound(parser);
	for (parser_skip_blanks(parser);
	     left && parser_look(parser, 0) == '|' && parser_look(parser, 1) != '|';
	     parser_skip_blanks(parser)) {
		if (parser_look(parser, 1) == '&')
			return parser_refuse(parser);
		parser->at++;
		parser_skip_lines(parser);
		struct shell_node *node = new_node(parser, SHELL_PIPE);
		struct shell_node *right = parse_compound(parser);
		if (!node || !right)
			return parser_refuse(parser);
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
		return parser_refuse(parser);
	node->left = left;
	node->right = right;
	return node;
}

static struct shell_node *parse_and_or(struct parser *parser)
{
	struct shell_node *left = parse_pipe(parser);
	for (parser_skip_blanks(parser); left; parser_skip_blanks(parser)) {
		char c = parser_look(parser, 0);
		if ((c != '&' && c != '|') || parser_look(parser, 1) != c)
			break;
		parser->at += 2;
		parser_skip_lines(parser);
		left = join(parser, c == '&' ? SHELL_AND : SHELL_OR, left, parse_pipe(parser));
	}
	return left;
}

/* Whether a list ends here: at the text's end, a bracket, or a word that closes. */
static bool is_list_end(struct parser *parser)
{
	static const char *const words[] = {"then", "do", "done", "fi", "else", "elif", "}"};
	parser_skip_lines(parser);
	if (parser_is_end(parser) || parser_look(parser, 0) == ')')
		return true;
	struct text bare = peek_bare(parser);
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is(bare, words[i]))
			return true;
	return false;
}

struct shell_node *parser_list(struct parser *parser)
{
	struct shell_node *list = NULL;
	if (++parser->depth > SHELL_DEPTH_MAX)
		return parser_refuse(parser);
	while (!is_list_end(parser)) {
		struct shell_node *next = parse_and_or(parser);
		if (!next)
			return parser_refuse(parser);
		list = list ? join(parser, SHELL_THEN, list, next) : next;
		parser_skip_blanks(parser);
		char c = parser_look(parser, 0);
		if (c == ';' || c == '&' || c == '\n')
			parser->at++;
		else if (!is_list_end(parser))
			return parser_refuse(parser);
		if (c == ';' && parser_look(parser, 0) == ';')
			return parser_refuse(parser);
	}
	parser->depth--;
	return list;
}

bool shell_parse(struct text text, bool bash, struct arena *arena, struct shell_node **node,
		 char *open)
{
	size_t nodes = 0;
	struct parser parser = {.text = text, .arena = arena, .nodes = &nodes, .bash = bash};
	*open = '\0';
	if (text.len > SHELL_TEXT_MAX || (text.len > 0 && memchr(text.at, 0, text.len)))
		return false;
	*node = parser_list(&parser);
	*open = parser.open;
	return !parser.bad && parser.at == text.len;
}
