#include "assess/command/awk/token.h"

#include <string.h>

#include "base/mem.h"

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

/* -------- nodes -------- */

static struct awk_node *node_of(struct lexer *lexer, enum awk_kind kind, struct awk_node *left,
				struct awk_node *right)
{
	if (++lexer->program->nodes > AWK_NODES_MAX)
		lexer->bad = true;
	struct awk_node *node = arena_get(lexer->program->arena, 1, sizeof(*node));
	*node = (struct awk_node){.kind = kind, .left = left, .right = right};
	return node;
}

static bool enter(struct lexer *lexer)
{
	if (lexer->bad || ++lexer->depth > AWK_DEPTH_MAX) {
		lexer_refuse(lexer);
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

static struct awk_node *parse_expression(struct lexer *lexer);
static struct awk_node *parse_unary(struct lexer *lexer);

static struct awk_node *parse_list(struct lexer *lexer)
{
	struct awk_node *first = parse_expression(lexer), *last = first;
	while (last && !lexer->bad && lexer_take(lexer, ",")) {
		lexer_skip_lines(lexer);
		last->next = parse_expression(lexer);
		last = last->next;
	}
	return lexer->bad ? NULL : first;
}

/* /re/: the slash is the token at hand. */
static struct awk_node *parse_regex(struct lexer *lexer)
{
	struct awk_program *program = lexer->program;
	scoped(buf_end) struct buf out = {0};
	struct err err;
	size_t len = 0;
	bool set = false;
	for (; lexer_look(lexer, len) && lexer_look(lexer, len) != '\n'; len++) {
		char c = lexer_look(lexer, len);
		if (c == '\\' && lexer_look(lexer, len + 1))
			len++;
		else if (c == '[')
			set = true;
		else if (c == ']')
			set = false;
		else if (c == '/' && !set)
			break;
	}
	struct text pattern = {lexer->text.at + lexer->at, len};
	if (lexer_look(lexer, len) != '/' || program->regex_count == AWK_NODES_MAX ||
	    !pattern_translate(pattern, program->gawk ? PATTERN_GAWK : PATTERN_MAWK, &out))
		return lexer_refuse(lexer);
	struct awk_node *node = node_of(lexer, AWK_REGEX, NULL, NULL);
	node->regex = regex_new(buf_view(&out), REGEX_PLAIN, &err);
	node->text = arena_text(program->arena, buf_view(&out));
	if (!node->regex)
		return lexer_refuse(lexer);
	program->regexes[program->regex_count++] = node->regex;
	lexer->at += len + 1;
	lexer_next(lexer);
	return node;
}

static struct awk_node *parse_call(struct lexer *lexer)
{
	size_t i = 0;
	while (i < array_len(calls) && !text_is(lexer->word, calls[i].name))
		i++;
	bool brackets = lexer->token == T_CALLED;
	if (i == array_len(calls) || (!brackets && calls[i].call != CALL_LENGTH))
		return lexer_refuse(lexer);
	struct awk_node *node = node_of(lexer, AWK_CALL, NULL, NULL);
	node->call = calls[i].call;
	lexer_next(lexer);
	unsigned count = 0;
	if (brackets) {
		lexer_expect(lexer, "(");
		if (!lexer_is_sign(lexer, ")"))
			node->left = parse_list(lexer);
		lexer_expect(lexer, ")");
	}
	for (const struct awk_node *item = node->left; item; item = item->next)
		count++;
	bool changes = node->call == CALL_SUB || node->call == CALL_GSUB;
	if (count < calls[i].least || count > calls[i].most ||
	    (changes && (node->left->kind != AWK_REGEX || pattern_is_ambiguous(node->left->text))))
		return lexer_refuse(lexer);
	return node;
}

static struct awk_node *parse_name(struct lexer *lexer)
{
	if (lexer->token == T_CALLED || text_is(lexer->word, "length"))
		return parse_call(lexer);
	struct awk_node *node = node_of(lexer, AWK_VARIABLE, NULL, NULL);
	node->variable = awk_variable(lexer->program, lexer->word);
	if (node->variable == SIZE_MAX)
		return lexer_refuse(lexer);
	lexer_next(lexer);
	if (lexer_take(lexer, "[")) {
		node->kind = AWK_ELEMENT;
		node->left = parse_expression(lexer);
		lexer->program->arrays[node->variable] = true;
		if (!lexer_is_sign(lexer, "]")) /* a comma would make one subscript of two */
			return lexer_refuse(lexer);
		lexer_next(lexer);
	}
	return node;
}

static struct awk_node *parse_grouping(struct lexer *lexer)
{
	bool no_greater = lexer->no_greater;
	lexer->no_greater = false;
	lexer_next(lexer);
	struct awk_node *node = parse_expression(lexer);
	lexer_expect(lexer, ")");
	lexer->no_greater = no_greater;
	return node;
}

static bool is_target(const struct awk_node *node)
{
	return node &&
	       (node->kind == AWK_FIELD || node->kind == AWK_VARIABLE || node->kind == AWK_ELEMENT);
}

static struct awk_node *parse_step(struct lexer *lexer, bool before, struct awk_node *target)
{
	struct awk_node *node = node_of(lexer, AWK_STEP, target, NULL);
	node->op = lexer->word.at[0];
	node->before = before;
	lexer_next(lexer);
	if (before)
		node->left = parse_unary(lexer);
	return is_target(node->left) ? node : lexer_refuse(lexer);
}

static struct awk_node *parse_primary(struct lexer *lexer)
{
	struct awk_node *node = NULL;
	if (lexer->token == T_NUMBER) {
		node = node_of(lexer, AWK_NUMBER, NULL, NULL);
		node->number = lexer->number;
		lexer_next(lexer);
	} else if (lexer->token == T_STRING) {
		node = node_of(lexer, AWK_STRING, NULL, NULL);
		node->text = arena_text(lexer->program->arena, buf_view(&lexer->string));
		lexer_next(lexer);
	} else if (lexer->token == T_NAME || lexer->token == T_CALLED) {
		node = parse_name(lexer);
	} else if (lexer_is_sign(lexer, "(")) {
		node = parse_grouping(lexer);
	} else if (lexer_is_sign(lexer, "/") || lexer_is_sign(lexer, "/=")) {
		lexer->at -= lexer->word.len - 1; /* the expression may begin with = */
		node = parse_regex(lexer);
	} else if (lexer_take(lexer, "$")) {
		if (lexer_is_sign(lexer, "++") || lexer_is_sign(lexer, "--") ||
		    lexer_is_sign(lexer, "-"))
			return lexer_refuse(lexer);
		node = enter(lexer) ? node_of(lexer, AWK_FIELD, parse_primary(lexer), NULL) : NULL;
		lexer->depth--;
		return lexer->bad ? NULL : node;
	}
	return node ? node : lexer_refuse(lexer);
}

static struct awk_node *parse_postfix(struct lexer *lexer)
{
	struct awk_node *node = parse_primary(lexer);
	if (is_target(node) && (lexer_is_sign(lexer, "++") || lexer_is_sign(lexer, "--")))
		node = parse_step(lexer, false, node);
	return node;
}

static struct awk_node *parse_unary(struct lexer *lexer)
{
	struct awk_node *node = NULL;
	if (!enter(lexer))
		return NULL;
	if (lexer_is_sign(lexer, "++") || lexer_is_sign(lexer, "--"))
		node = parse_step(lexer, true, NULL);
	else if (lexer_take(lexer, "!"))
		node = node_of(lexer, AWK_NOT, parse_unary(lexer), NULL);
	else if (lexer_take(lexer, "-"))
		node = node_of(lexer, AWK_MINUS, parse_unary(lexer), NULL);
	else if (lexer_take(lexer, "+"))
		node = node_of(lexer, AWK_PLUS, parse_unary(lexer), NULL);
	else
		node = parse_postfix(lexer);
	lexer->depth--;
	return lexer->bad ? NULL : node;
}

static bool is_one_of(const struct lexer *lexer, const char *signs)
{
	return lexer->token == T_SIGN && lexer->word.len == 1 && strchr(signs, lexer->word.at[0]);
}

static struct awk_node *parse_product(struct lexer *lexer)
{
	struct awk_node *node = parse_unary(lexer);
	while (node && !lexer->bad && is_one_of(lexer, "*/%")) {
		char op = lexer->word.at[0];
		lexer_next(lexer);
		node = node_of(lexer, AWK_SUM, node, parse_unary(lexer));
		node->op = op;
	}
	return lexer->bad ? NULL : node;
}

static struct awk_node *parse_sum(struct lexer *lexer)
{
	struct awk_node *node = parse_product(lexer);
	while (node && !lexer->bad && is_one_of(lexer, "+-")) {
		char op = lexer->word.at[0];
		lexer_next(lexer);
		node = node_of(lexer, AWK_SUM, node, parse_product(lexer));
		node->op = op;
	}
	return lexer->bad ? NULL : node;
}

/* What may follow side by side, to be put together. */
static bool begins_operand(const struct lexer *lexer)
{
	return lexer->token == T_NUMBER || lexer->token == T_STRING || lexer->token == T_NAME ||
	       lexer->token == T_CALLED || lexer_is_sign(lexer, "$") || lexer_is_sign(lexer, "(") ||
	       lexer_is_sign(lexer, "!") || lexer_is_sign(lexer, "-");
}

static struct awk_node *parse_concat(struct lexer *lexer)
{
	struct awk_node *node = parse_sum(lexer);
	while (node && !lexer->bad && begins_operand(lexer) && !lexer_is_sign(lexer, "!"))
		node = node_of(lexer, AWK_CONCAT, node, parse_sum(lexer));
	return lexer->bad ? NULL : node;
}

static struct awk_node *parse_compare(struct lexer *lexer)
{
	static const struct {
		const char *sign;
		char op;
	} signs[] = {{"<", '<'}, {"<=", 'l'}, {"==", '='}, {"!=", '!'}, {">", '>'}, {">=", 'g'}};
	struct awk_node *node = parse_concat(lexer);
	for (size_t i = 0; node && i < array_len(signs); i++) {
		if (!lexer_is_sign(lexer, signs[i].sign))
			continue;
		if (signs[i].op == '>' && lexer->no_greater)
			return lexer_refuse(lexer); /* print > FILE */
		lexer_next(lexer);
		node = node_of(lexer, AWK_COMPARE, node, parse_concat(lexer));
		node->op = signs[i].op;
		break;
	}
	return lexer->bad ? NULL : node;
}

static struct awk_node *parse_match(struct lexer *lexer)
{
	struct awk_node *node = parse_compare(lexer);
	while (node && !lexer->bad && (lexer_is_sign(lexer, "~") || lexer_is_sign(lexer, "!~"))) {
		bool no = lexer->word.len == 2;
		lexer_next(lexer);
		node = node_of(lexer, no ? AWK_NO_MATCH : AWK_MATCH, node, parse_compare(lexer));
	}
	return lexer->bad ? NULL : node;
}

static struct awk_node *parse_in(struct lexer *lexer)
{
	struct awk_node *node = parse_match(lexer);
	while (node && !lexer->bad && lexer_is_word(lexer, "in")) {
		lexer_next(lexer);
		if (lexer->token != T_NAME)
			return lexer_refuse(lexer);
		node = node_of(lexer, AWK_IN, node, NULL);
		node->variable = awk_variable(lexer->program, lexer->word);
		if (node->variable == SIZE_MAX)
			return lexer_refuse(lexer);
		lexer->program->arrays[node->variable] = true;
		lexer_next(lexer);
	}
	return lexer->bad ? NULL : node;
}

static struct awk_node *parse_logic(struct lexer *lexer, bool or)
{
	struct awk_node *node = or ? parse_logic(lexer, false) : parse_in(lexer);
	while (node && !lexer->bad && lexer_is_sign(lexer, or ? "||" : "&&")) {
		lexer_next(lexer);
		lexer_skip_lines(lexer);
		node = node_of(lexer, or ? AWK_OR : AWK_AND, node,
			       or ? parse_logic(lexer, false) : parse_in(lexer));
	}
	return lexer->bad ? NULL : node;
}

static struct awk_node *parse_expression(struct lexer *lexer)
{
	if (!enter(lexer))
		return NULL;
	struct awk_node *node = parse_logic(lexer, true);
	if (node && lexer_take(lexer, "?")) {
		struct awk_node *yes = parse_expression(lexer);
		lexer_expect(lexer, ":");
		node = node_of(lexer, AWK_CHOICE, node, yes);
		node->third = parse_expression(lexer);
	} else if (node && lexer->token == T_SIGN && text_ends(lexer->word, "=") &&
		   !text_is(lexer->word, "==") && is_target(node)) {
		char op = lexer->word.len == 2 ? lexer->word.at[0] : '\0';
		lexer_next(lexer);
		node = node_of(lexer, AWK_ASSIGN, node, parse_expression(lexer));
		node->op = op;
	}
	lexer->depth--;
	return lexer->bad ? NULL : node;
}

/* -------- statements -------- */

static bool ends_statement(const struct lexer *lexer)
{
	return lexer->token == T_LINE || lexer->token == T_END || lexer_is_sign(lexer, ";") ||
	       lexer_is_sign(lexer, "}");
}

static struct awk_node *parse_print(struct lexer *lexer)
{
	struct awk_node *node = node_of(
		lexer, lexer_is_word(lexer, "print") ? AWK_PRINT : AWK_PRINTF, NULL, NULL);
	lexer_next(lexer);
	bool wrapped = lexer_is_sign(lexer, "(");
	size_t at = lexer->at;
	lexer->no_greater = true;
	if (wrapped) { /* print (a, b): brackets around the whole list, or around its first part */
		struct lexer saved = *lexer;
		lexer->no_greater = false;
		lexer_next(lexer);
		node->left = lexer_is_sign(lexer, ")") ? NULL : parse_list(lexer);
		if (!lexer->bad && lexer_take(lexer, ")") && ends_statement(lexer) && node->left) {
			lexer->no_greater = false;
			return node;
		}
		struct buf string = lexer->string; /* it may have been moved */
		*lexer = saved;
		lexer->string = string;
		lexer->at = at;
	}
	if (!ends_statement(lexer))
		node->left = parse_list(lexer);
	lexer->no_greater = false;
	return node->kind == AWK_PRINTF && !node->left ? lexer_refuse(lexer) : node;
}

static struct awk_node *parse_statement(struct lexer *lexer);

static struct awk_node *parse_block(struct lexer *lexer)
{
	struct awk_node *first = NULL, **end = &first;
	lexer_expect(lexer, "{");
	while (!lexer->bad && !lexer_is_sign(lexer, "}")) {
		if (lexer->token == T_LINE || lexer_is_sign(lexer, ";")) {
			lexer_next(lexer);
			continue;
		}
		*end = parse_statement(lexer);
		while (*end)
			end = &(*end)->next;
		if (!ends_statement(lexer))
			lexer_refuse(lexer);
	}
	lexer_expect(lexer, "}");
	return first;
}

/* What stands behind if and else: its own list. */
static struct awk_node *parse_branch(struct lexer *lexer)
{
	lexer_skip_lines(lexer);
	return lexer_is_sign(lexer, "{") ? parse_block(lexer) : parse_statement(lexer);
}

static struct awk_node *parse_if(struct lexer *lexer)
{
	lexer_next(lexer);
	if (!lexer_is_sign(lexer, "("))
		return lexer_refuse(lexer);
	struct awk_node *node = node_of(lexer, AWK_IF, parse_grouping(lexer), NULL);
	node->right = parse_branch(lexer);
	struct lexer saved = *lexer;
	while (lexer->token == T_LINE || lexer_is_sign(lexer, ";"))
		lexer_next(lexer);
	if (lexer_is_word(lexer, "else")) {
		lexer_next(lexer);
		node->third = parse_branch(lexer);
		return node;
	}
	struct buf string = lexer->string;
	bool bad = lexer->bad;
	*lexer = saved;
	lexer->string = string;
	lexer->bad = bad;
	/* a block ends the statement by itself */
	if (!ends_statement(lexer))
		lexer_refuse(lexer);
	return node;
}

static struct awk_node *parse_statement(struct lexer *lexer)
{
	struct awk_node *node;
	if (!enter(lexer))
		return NULL;
	if (lexer_is_word(lexer, "print") || lexer_is_word(lexer, "printf")) {
		node = parse_print(lexer);
	} else if (lexer_is_word(lexer, "if")) {
		node = parse_if(lexer);
	} else if (lexer_is_word(lexer, "next")) {
		node = node_of(lexer, AWK_NEXT, NULL, NULL);
		lexer_next(lexer);
	} else if (lexer_is_word(lexer, "exit")) {
		node = node_of(lexer, AWK_EXIT, NULL, NULL);
		lexer_next(lexer);
		if (!ends_statement(lexer))
			node->left = parse_expression(lexer);
	} else if (lexer_is_sign(lexer, "{")) {
		node = parse_block(lexer);
	} else {
		node = node_of(lexer, AWK_DO, parse_expression(lexer), NULL);
	}
	lexer->depth--;
	return lexer->bad ? NULL : node;
}

static void parse_rule(struct lexer *lexer)
{
	struct awk_program *program = lexer->program;
	if (program->rule_count == AWK_RULES_MAX) {
		lexer_refuse(lexer);
		return;
	}
	struct awk_rule *rule = &program->rules[program->rule_count++];
	if (lexer_is_word(lexer, "BEGIN") || lexer_is_word(lexer, "END")) {
		rule->kind = lexer_is_word(lexer, "BEGIN") ? RULE_BEGIN : RULE_END;
		lexer_next(lexer);
		if (!lexer_is_sign(lexer, "{"))
			lexer_refuse(lexer);
	} else if (!lexer_is_sign(lexer, "{")) {
		rule->kind = RULE_WHEN;
		rule->from = parse_expression(lexer);
		if (lexer_take(lexer, ",")) {
			rule->kind = RULE_RANGE;
			lexer_skip_lines(lexer);
			rule->to = parse_expression(lexer);
		}
	}
	if (lexer_is_sign(lexer, "{")) {
		rule->has_action = true;
		rule->action = parse_block(lexer);
	} else if (!ends_statement(lexer)) {
		lexer_refuse(lexer);
	}
}

static void end_lexer(struct lexer *lexer)
{
	buf_end(&lexer->string);
}

void awk_program_begin(struct awk_program *program)
{
	static const char *const fixed[] = {"NF", "NR", "FNR", "FS", "OFS", "ORS", "FILENAME"};
	for (size_t i = 0; i < array_len(fixed); i++)
		must(awk_variable(program, text_of(fixed[i])) == i);
}

bool awk_parse(struct awk_program *program, struct text text)
{
	scoped(end_lexer) struct lexer lexer = {
		.program = program, .text = text, .is_function = is_function};
	if (text.len > AWK_TEXT_MAX || (text.len > 0 && memchr(text.at, 0, text.len)))
		return false;
	lexer_next(&lexer);
	while (!lexer.bad && lexer.token != T_END) {
		if (lexer.token == T_LINE || lexer_is_sign(&lexer, ";"))
			lexer_next(&lexer);
		else
			parse_rule(&lexer);
	}
	for (size_t i = 0; i < VARIABLE_FIXED; i++)
		lexer.bad |= program->arrays[i];
	return !lexer.bad && program->rule_count > 0;
}

void awk_program_end(struct awk_program *program)
{
	for (size_t i = 0; i < program->regex_count; i++)
		regex_free(&program->regexes[i]);
}
