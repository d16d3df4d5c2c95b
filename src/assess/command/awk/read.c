#include <stdlib.h>
#include <string.h>

#include "assess/command/awk/awk.h"
#include "base/mem.h"

enum token { T_END, T_NUMBER, T_STRING, T_NAME, T_CALLED, T_WORD, T_SIGN, T_LINE };

struct parser {
	struct awk_program *program;
	struct text text;
	size_t at;
	unsigned depth;
	bool bad, no_greater;
	/* the token at hand */
	enum token token;
	struct text word; /* of names, and of words and signs as they are written */
	struct buf string;
	double number;
};

static const struct {
	const char *name;
	enum awk_call call;
	unsigned least, most;
} calls[] = {
	{"length", CALL_LENGTH, 0, 1}, {"substr", CALL_SUBSTR, 2, 3}, {"index", CALL_INDEX, 2, 2},
	{"toupper", CALL_UPPER, 1, 1}, {"tolower", CALL_LOWER, 1, 1}, {"int", CALL_INT, 1, 1},
	{"sub", CALL_SUB, 2, 3},       {"gsub", CALL_GSUB, 2, 3},
};

static bool is_function(struct text word)
{
	for (size_t i = 0; i < array_len(calls); i++)
		if (text_is(word, calls[i].name))
			return true;
	return false;
}

static void *refuse(struct parser *parser)
{
	parser->bad = true;
	return NULL;
}

/* -------- tokens -------- */

static char look(const struct parser *parser, size_t ahead)
{
	size_t at = parser->at + ahead;
	return at < parser->text.len ? parser->text.at[at] : '\0';
}

static bool is_name(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void read_string(struct parser *parser)
{
	static const char letters[] = "abfnrtv\\\"/", codes[] = "\a\b\f\n\r\t\v\\\"/";
	buf_clear(&parser->string);
	for (parser->at++; look(parser, 0) != '"'; parser->at++) {
		char c = look(parser, 0), next = look(parser, 1);
		if (!c || c == '\n') {
			refuse(parser);
			return;
		}
		if (c == '\\') {
			const char *known = next ? strchr(letters, next) : NULL;
			if (!next || is_digit(next)) {
				refuse(parser);
				return;
			}
			if (known) {
				c = codes[known - letters];
			} else {
				buf_char(&parser->string, '\\');
				c = next;
			}
			parser->at++;
		}
		buf_char(&parser->string, c);
	}
	parser->at++;
	parser->token = T_STRING;
}

static void lex_number(struct parser *parser)
{
	char digits[32];
	size_t len = 0;
	while (len < sizeof(digits) - 1 &&
	       (is_digit(look(parser, len)) || look(parser, len) == '.')) {
		digits[len] = look(parser, len);
		len++;
	}
	digits[len] = '\0';
	if (look(parser, len) == 'e' || look(parser, len) == 'x' || len == sizeof(digits) - 1)
		refuse(parser);
	parser->number = strtod(digits, NULL);
	parser->at += len;
	parser->token = T_NUMBER;
}

static void read_word(struct parser *parser)
{
	static const char *const words[] = {"BEGIN", "END",  "print", "printf", "if",
					    "else",  "next", "exit",  "in"};
	static const char *const refused[] = {
		"while", "for",      "do", "getline", "function", "func",   "delete",  "return",
		"break", "continue", "RS", "RSTART",  "RLENGTH",  "SUBSEP", "ENVIRON", "nextfile"};
	size_t len = 0;
	while (is_name(look(parser, len), len == 0))
		len++;
	parser->word = (struct text){parser->text.at + parser->at, len};
	parser->at += len;
	size_t blanks = 0;
	while (is_function(parser->word) && look(parser, blanks) == ' ')
		blanks++;
	parser->token = look(parser, blanks) == '(' ? T_CALLED : T_NAME;
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is(parser->word, words[i]))
			parser->token = T_WORD;
	for (size_t i = 0; i < array_len(refused); i++)
		if (text_is(parser->word, refused[i]))
			refuse(parser);
}

static void read_sign(struct parser *parser)
{
	static const char *const signs[] = {"&&", "||", "==", "!=", "<=", ">=", "!~",
					    "++", "--", "+=", "-=", "*=", "/=", "%="};
	size_t len = 1;
	for (size_t i = 0; i < array_len(signs); i++)
		if (look(parser, 0) == signs[i][0] && look(parser, 1) == signs[i][1])
			len = 2;
	if (!strchr("{}()[];,+-*/%!<>=~?:$&|", look(parser, 0)) || look(parser, 0) == '\0')
		refuse(parser);
	parser->word = (struct text){parser->text.at + parser->at, len};
	if (text_is(parser->word, "&") || text_is(parser->word, "|"))
		refuse(parser);
	parser->at += len;
	parser->token = T_SIGN;
}

static void advance(struct parser *parser)
{
	for (;;) {
		char c = look(parser, 0);
		if (c == '\\' && look(parser, 1) == '\n')
			parser->at += 2;
		else if (c == ' ' || c == '\t' || c == '\r')
			parser->at++;
		else if (c == '#')
			while (look(parser, 0) && look(parser, 0) != '\n')
				parser->at++;
		else
			break;
	}
	char c = look(parser, 0);
	parser->word = TEXT("");
	if (parser->at >= parser->text.len) {
		parser->token = T_END;
	} else if (c == '\n') {
		parser->at++;
		parser->token = T_LINE;
	} else if (c == '"') {
		read_string(parser);
	} else if (is_digit(c) || (c == '.' && is_digit(look(parser, 1)))) {
		lex_number(parser);
	} else if (is_name(c, true)) {
		read_word(parser);
	} else {
		read_sign(parser);
	}
}

static bool is_sign(const struct parser *parser, const char *sign)
{
	return parser->token == T_SIGN && text_is(parser->word, sign);
}

static bool is_word(const struct parser *parser, const char *word)
{
	return parser->token == T_WORD && text_is(parser->word, word);
}

static bool take_sign(struct parser *parser, const char *sign)
{
	if (!is_sign(parser, sign))
		return false;
	advance(parser);
	return true;
}

static void expect(struct parser *parser, const char *sign)
{
	if (!take_sign(parser, sign))
		refuse(parser);
}

static void skip_lines(struct parser *parser)
{
	while (parser->token == T_LINE)
		advance(parser);
}

/* -------- nodes -------- */

static struct awk_node *node_of(struct parser *parser, enum awk_kind kind, struct awk_node *left,
				struct awk_node *right)
{
	if (++parser->program->nodes > AWK_NODES_MAX)
		parser->bad = true;
	struct awk_node *node = arena_get(parser->program->arena, 1, sizeof(*node));
	*node = (struct awk_node){.kind = kind, .left = left, .right = right};
	return node;
}

static bool enter(struct parser *parser)
{
	if (parser->bad || ++parser->depth > AWK_DEPTH_MAX) {
		refuse(parser);
		return false;
	}
	return true;
}

size_t awk_variable(struct awk_program *program, struct text name)
{
	for (size_t i = 0; i < program->variable_count; i++)
		if (text_is_equal(program->names[i], name))
			return i;
	if (program->variable_count == AWK_VARIABLES_MAX)
		return SIZE_MAX;
	program->names[program->variable_count] = arena_text(program->arena, name);
	return program->variable_count++;
}

static struct awk_node *parse_expression(struct parser *parser);
static struct awk_node *parse_unary(struct parser *parser);

static struct awk_node *parse_list(struct parser *parser)
{
	struct awk_node *first = parse_expression(parser), *last = first;
	while (last && take_sign(parser, ",")) {
		skip_lines(parser);
		last->next = parse_expression(parser);
		last = last->next;
	}
	return parser->bad ? NULL : first;
}

/* /re/: the slash is the token at hand. */
static struct awk_node *parse_regex(struct parser *parser)
{
	struct awk_program *program = parser->program;
	scoped(buf_end) struct buf out = {0};
	struct err err;
	size_t len = 0;
	bool set = false;
	for (; look(parser, len) && look(parser, len) != '\n'; len++) {
		char c = look(parser, len);
		if (c == '\\' && look(parser, len + 1))
			len++;
		else if (c == '[')
			set = true;
		else if (c == ']')
			set = false;
		else if (c == '/' && !set)
			break;
	}
	struct text pattern = {parser->text.at + parser->at, len};
	if (look(parser, len) != '/' || program->regex_count == AWK_NODES_MAX ||
	    !pattern_translate(pattern, program->gawk ? PATTERN_GAWK : PATTERN_MAWK, &out))
		return refuse(parser);
	struct awk_node *node = node_of(parser, AWK_REGEX, NULL, NULL);
	node->regex = regex_new(buf_view(&out), REGEX_PLAIN, &err);
	node->text = arena_text(program->arena, buf_view(&out));
	if (!node->regex)
		return refuse(parser);
	program->regexes[program->regex_count++] = node->regex;
	parser->at += len + 1;
	advance(parser);
	return node;
}

static struct awk_node *parse_call(struct parser *parser)
{
	size_t i = 0;
	while (i < array_len(calls) && !text_is(parser->word, calls[i].name))
		i++;
	bool brackets = parser->token == T_CALLED;
	if (i == array_len(calls) || (!brackets && calls[i].call != CALL_LENGTH))
		return refuse(parser);
	struct awk_node *node = node_of(parser, AWK_CALL, NULL, NULL);
	node->call = calls[i].call;
	advance(parser);
	unsigned count = 0;
	if (brackets) {
		expect(parser, "(");
		if (!is_sign(parser, ")"))
			node->left = parse_list(parser);
		expect(parser, ")");
	}
	for (const struct awk_node *item = node->left; item; item = item->next)
		count++;
	bool changes = node->call == CALL_SUB || node->call == CALL_GSUB;
	if (count < calls[i].least || count > calls[i].most ||
	    (changes && (node->left->kind != AWK_REGEX || pattern_is_ambiguous(node->left->text))))
		return refuse(parser);
	return node;
}

static struct awk_node *parse_name(struct parser *parser)
{
	if (parser->token == T_CALLED || text_is(parser->word, "length"))
		return parse_call(parser);
	struct awk_node *node = node_of(parser, AWK_VARIABLE, NULL, NULL);
	node->variable = awk_variable(parser->program, parser->word);
	if (node->variable == SIZE_MAX)
		return refuse(parser);
	advance(parser);
	if (take_sign(parser, "[")) {
		node->kind = AWK_ELEMENT;
		node->left = parse_expression(parser);
		parser->program->arrays[node->variable] = true;
		if (!is_sign(parser, "]")) /* a comma would make one subscript of two */
			return refuse(parser);
		advance(parser);
	}
	return node;
}

static struct awk_node *parse_grouping(struct parser *parser)
{
	bool no_greater = parser->no_greater;
	parser->no_greater = false;
	advance(parser);
	struct awk_node *node = parse_expression(parser);
	expect(parser, ")");
	parser->no_greater = no_greater;
	return node;
}

static bool is_target(const struct awk_node *node)
{
	return node &&
	       (node->kind == AWK_FIELD || node->kind == AWK_VARIABLE || node->kind == AWK_ELEMENT);
}

static struct awk_node *parse_step(struct parser *parser, bool before, struct awk_node *target)
{
	struct awk_node *node = node_of(parser, AWK_STEP, target, NULL);
	node->op = parser->word.at[0];
	node->before = before;
	advance(parser);
	if (before)
		node->left = parse_unary(parser);
	return is_target(node->left) ? node : refuse(parser);
}

static struct awk_node *parse_primary(struct parser *parser)
{
	struct awk_node *node = NULL;
	if (parser->token == T_NUMBER) {
		node = node_of(parser, AWK_NUMBER, NULL, NULL);
		node->number = parser->number;
		advance(parser);
	} else if (parser->token == T_STRING) {
		node = node_of(parser, AWK_STRING, NULL, NULL);
		node->text = arena_text(parser->program->arena, buf_view(&parser->string));
		advance(parser);
	} else if (parser->token == T_NAME || parser->token == T_CALLED) {
		node = parse_name(parser);
	} else if (is_sign(parser, "(")) {
		node = parse_grouping(parser);
	} else if (is_sign(parser, "/") || is_sign(parser, "/=")) {
		parser->at -= parser->word.len - 1; /* the expression may begin with = */
		node = parse_regex(parser);
	} else if (take_sign(parser, "$")) {
		if (is_sign(parser, "++") || is_sign(parser, "--") || is_sign(parser, "-"))
			return refuse(parser);
		node = enter(parser) ? node_of(parser, AWK_FIELD, parse_primary(parser), NULL)
				     : NULL;
		parser->depth--;
		return parser->bad ? NULL : node;
	}
	return node ? node : refuse(parser);
}

static struct awk_node *parse_postfix(struct parser *parser)
{
	struct awk_node *node = parse_primary(parser);
	if (is_target(node) && (is_sign(parser, "++") || is_sign(parser, "--")))
		node = parse_step(parser, false, node);
	return node;
}

static struct awk_node *parse_unary(struct parser *parser)
{
	struct awk_node *node = NULL;
	if (!enter(parser))
		return NULL;
	if (is_sign(parser, "++") || is_sign(parser, "--"))
		node = parse_step(parser, true, NULL);
	else if (take_sign(parser, "!"))
		node = node_of(parser, AWK_NOT, parse_unary(parser), NULL);
	else if (take_sign(parser, "-"))
		node = node_of(parser, AWK_MINUS, parse_unary(parser), NULL);
	else if (take_sign(parser, "+"))
		node = node_of(parser, AWK_PLUS, parse_unary(parser), NULL);
	else
		node = parse_postfix(parser);
	parser->depth--;
	return parser->bad ? NULL : node;
}

static bool is_one_of(const struct parser *parser, const char *signs)
{
	return parser->token == T_SIGN && parser->word.len == 1 &&
	       strchr(signs, parser->word.at[0]);
}

static struct awk_node *parse_product(struct parser *parser)
{
	struct awk_node *node = parse_unary(parser);
	while (node && is_one_of(parser, "*/%")) {
		char op = parser->word.at[0];
		advance(parser);
		node = node_of(parser, AWK_SUM, node, parse_unary(parser));
		node->op = op;
	}
	return parser->bad ? NULL : node;
}

static struct awk_node *parse_sum(struct parser *parser)
{
	struct awk_node *node = parse_product(parser);
	while (node && is_one_of(parser, "+-")) {
		char op = parser->word.at[0];
		advance(parser);
		node = node_of(parser, AWK_SUM, node, parse_product(parser));
		node->op = op;
	}
	return parser->bad ? NULL : node;
}

/* What may follow side by side, to be put together. */
static bool begins_operand(const struct parser *parser)
{
	return parser->token == T_NUMBER || parser->token == T_STRING || parser->token == T_NAME ||
	       parser->token == T_CALLED || is_sign(parser, "$") || is_sign(parser, "(") ||
	       is_sign(parser, "!") || is_sign(parser, "-");
}

static struct awk_node *parse_concat(struct parser *parser)
{
	struct awk_node *node = parse_sum(parser);
	while (node && begins_operand(parser) && !is_sign(parser, "!"))
		node = node_of(parser, AWK_CONCAT, node, parse_sum(parser));
	return parser->bad ? NULL : node;
}

static struct awk_node *parse_compare(struct parser *parser)
{
	static const struct {
		const char *sign;
		char op;
	} signs[] = {{"<", '<'}, {"<=", 'l'}, {"==", '='}, {"!=", '!'}, {">", '>'}, {">=", 'g'}};
	struct awk_node *node = parse_concat(parser);
	for (size_t i = 0; node && i < array_len(signs); i++) {
		if (!is_sign(parser, signs[i].sign))
			continue;
		if (signs[i].op == '>' && parser->no_greater)
			return refuse(parser); /* print > FILE */
		advance(parser);
		node = node_of(parser, AWK_COMPARE, node, parse_concat(parser));
		node->op = signs[i].op;
		break;
	}
	return parser->bad ? NULL : node;
}

static struct awk_node *parse_match(struct parser *parser)
{
	struct awk_node *node = parse_compare(parser);
	while (node && (is_sign(parser, "~") || is_sign(parser, "!~"))) {
		bool no = parser->word.len == 2;
		advance(parser);
		node = node_of(parser, no ? AWK_NO_MATCH : AWK_MATCH, node, parse_compare(parser));
	}
	return parser->bad ? NULL : node;
}

static struct awk_node *parse_in(struct parser *parser)
{
	struct awk_node *node = parse_match(parser);
	while (node && is_word(parser, "in")) {
		advance(parser);
		if (parser->token != T_NAME)
			return refuse(parser);
		node = node_of(parser, AWK_IN, node, NULL);
		node->variable = awk_variable(parser->program, parser->word);
		if (node->variable == SIZE_MAX)
			return refuse(parser);
		parser->program->arrays[node->variable] = true;
		advance(parser);
	}
	return parser->bad ? NULL : node;
}

static struct awk_node *parse_logic(struct parser *parser, bool or)
{
	struct awk_node *node = or ? parse_logic(parser, false) : parse_in(parser);
	while (node && is_sign(parser, or ? "||" : "&&")) {
		advance(parser);
		skip_lines(parser);
		node = node_of(parser, or ? AWK_OR : AWK_AND, node,
			       or ? parse_logic(parser, false) : parse_in(parser));
	}
	return parser->bad ? NULL : node;
}

static struct awk_node *parse_expression(struct parser *parser)
{
	if (!enter(parser))
		return NULL;
	struct awk_node *node = parse_logic(parser, true);
	if (node && take_sign(parser, "?")) {
		struct awk_node *yes = parse_expression(parser);
		expect(parser, ":");
		node = node_of(parser, AWK_CHOICE, node, yes);
		node->third = parse_expression(parser);
	} else if (node && parser->token == T_SIGN && text_ends(parser->word, "=") &&
		   !text_is(parser->word, "==") && is_target(node)) {
		char op = parser->word.len == 2 ? parser->word.at[0] : '\0';
		advance(parser);
		node = node_of(parser, AWK_ASSIGN, node, parse_expression(parser));
		node->op = op;
	}
	parser->depth--;
	return parser->bad ? NULL : node;
}

/* -------- statements -------- */

static bool ends_statement(const struct parser *parser)
{
	return parser->token == T_LINE || parser->token == T_END || is_sign(parser, ";") ||
	       is_sign(parser, "}");
}

static struct awk_node *parse_print(struct parser *parser)
{
	struct awk_node *node = node_of(parser, is_word(parser, "print") ? AWK_PRINT : AWK_PRINTF,
					NULL, NULL);
	advance(parser);
	bool wrapped = is_sign(parser, "(");
	size_t at = parser->at;
	parser->no_greater = true;
	if (wrapped) { /* print (a, b): brackets around the whole list, or around its first part */
		struct parser saved = *parser;
		parser->no_greater = false;
		advance(parser);
		node->left = is_sign(parser, ")") ? NULL : parse_list(parser);
		if (!parser->bad && take_sign(parser, ")") && ends_statement(parser) &&
		    node->left) {
			parser->no_greater = false;
			return node;
		}
		struct buf string = parser->string; /* it may have been moved */
		*parser = saved;
		parser->string = string;
		parser->at = at;
	}
	if (!ends_statement(parser))
		node->left = parse_list(parser);
	parser->no_greater = false;
	return node->kind == AWK_PRINTF && !node->left ? refuse(parser) : node;
}

static struct awk_node *parse_statement(struct parser *parser);

static struct awk_node *parse_block(struct parser *parser)
{
	struct awk_node *first = NULL, **end = &first;
	expect(parser, "{");
	while (!parser->bad && !is_sign(parser, "}")) {
		if (parser->token == T_LINE || is_sign(parser, ";")) {
			advance(parser);
			continue;
		}
		*end = parse_statement(parser);
		while (*end)
			end = &(*end)->next;
		if (!ends_statement(parser))
			refuse(parser);
	}
	expect(parser, "}");
	return first;
}

/* What stands behind if and else: its own list. */
static struct awk_node *parse_branch(struct parser *parser)
{
	skip_lines(parser);
	return is_sign(parser, "{") ? parse_block(parser) : parse_statement(parser);
}

static struct awk_node *parse_if(struct parser *parser)
{
	advance(parser);
	if (!is_sign(parser, "("))
		return refuse(parser);
	struct awk_node *node = node_of(parser, AWK_IF, parse_grouping(parser), NULL);
	node->right = parse_branch(parser);
	struct parser saved = *parser;
	while (parser->token == T_LINE || is_sign(parser, ";"))
		advance(parser);
	if (is_word(parser, "else")) {
		advance(parser);
		node->third = parse_branch(parser);
		return node;
	}
	struct buf string = parser->string;
	bool bad = parser->bad;
	*parser = saved;
	parser->string = string;
	parser->bad = bad;
	/* a block ends the statement by itself */
	if (!ends_statement(parser))
		refuse(parser);
	return node;
}

static struct awk_node *parse_statement(struct parser *parser)
{
	struct awk_node *node;
	if (!enter(parser))
		return NULL;
	if (is_word(parser, "print") || is_word(parser, "printf")) {
		node = parse_print(parser);
	} else if (is_word(parser, "if")) {
		node = parse_if(parser);
	} else if (is_word(parser, "next")) {
		node = node_of(parser, AWK_NEXT, NULL, NULL);
		advance(parser);
	} else if (is_word(parser, "exit")) {
		node = node_of(parser, AWK_EXIT, NULL, NULL);
		advance(parser);
		if (!ends_statement(parser))
			node->left = parse_expression(parser);
	} else if (is_sign(parser, "{")) {
		node = parse_block(parser);
	} else {
		node = node_of(parser, AWK_DO, parse_expression(parser), NULL);
	}
	parser->depth--;
	return parser->bad ? NULL : node;
}

static void parse_rule(struct parser *parser)
{
	struct awk_program *program = parser->program;
	if (program->rule_count == AWK_RULES_MAX) {
		refuse(parser);
		return;
	}
	struct awk_rule *rule = &program->rules[program->rule_count++];
	if (is_word(parser, "BEGIN") || is_word(parser, "END")) {
		rule->kind = is_word(parser, "BEGIN") ? RULE_BEGIN : RULE_END;
		advance(parser);
		if (!is_sign(parser, "{"))
			refuse(parser);
	} else if (!is_sign(parser, "{")) {
		rule->kind = RULE_WHEN;
		rule->from = parse_expression(parser);
		if (take_sign(parser, ",")) {
			rule->kind = RULE_RANGE;
			skip_lines(parser);
			rule->to = parse_expression(parser);
		}
	}
	if (is_sign(parser, "{")) {
		rule->has_action = true;
		rule->action = parse_block(parser);
	} else if (!ends_statement(parser)) {
		refuse(parser);
	}
}

static void end_parser(struct parser *parser)
{
	buf_end(&parser->string);
}

void awk_program_begin(struct awk_program *program)
{
	static const char *const fixed[] = {"NF", "NR", "FNR", "FS", "OFS", "ORS", "FILENAME"};
	for (size_t i = 0; i < array_len(fixed); i++)
		must(awk_variable(program, text_of(fixed[i])) == i);
}

bool awk_parse(struct awk_program *program, struct text text)
{
	scoped(end_parser) struct parser parser = {.program = program, .text = text};
	if (text.len > AWK_TEXT_MAX || (text.len > 0 && memchr(text.at, 0, text.len)))
		return false;
	advance(&parser);
	while (!parser.bad && parser.token != T_END) {
		if (parser.token == T_LINE || is_sign(&parser, ";"))
			advance(&parser);
		else
			parse_rule(&parser);
	}
	for (size_t i = 0; i < VARIABLE_FIXED; i++)
		parser.bad |= program->arrays[i];
	return !parser.bad && program->rule_count > 0;
}

void awk_program_end(struct awk_program *program)
{
	for (size_t i = 0; i < program->regex_count; i++)
		regex_free(&program->regexes[i]);
}
